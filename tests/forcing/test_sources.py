"""Weather as agencies ship it: reanalyses, forecasts, stations; what is a mean stays one."""

import netCDF4
import numpy as np
import pytest
from conftest import ForcingFile, SmallCase
from typer.testing import CliRunner

from forcing.atmosphere import Atmosphere, Reading
from forcing.course import between_stamps, hourly_shares, instants
from forcing.grib import Chain
from forcing.longwave import longwave
from forcing.precipitation_phase import snow_share
from ldas.cli import app
from ldas.core.clock import Window
from ldas.core.errors import UserError
from ldas.core.meteorology import FORCING
from ldas.core.sun import cos_zenith

WINDOW = Window(np.datetime64("2020-01-10T18:00:00"), np.datetime64("2020-01-11T18:00:00"))
PLACE = (np.array([46.8, 46.6]), np.array([9.8, 10.0]), np.array([1600.0, 2000.0]))


def column(found, name):
    return found.values[..., FORCING.index(name)]


@pytest.fixture
def samples(shared):
    return shared / "data" / "samples"


@pytest.fixture
def davos(samples, tmp_path):
    """Real ERA5 of the old CDS, and a wind that it lacks, in a file of its own."""
    path = samples / "era5" / "TopoPyScale_davos_SURF_202001.nc"
    with netCDF4.Dataset(path) as old, netCDF4.Dataset(tmp_path / "wind.nc", "w") as new:
        for name in ("time", "latitude", "longitude"):
            new.createDimension(name, old[name].size)
            axis = new.createVariable(name, old[name].dtype, (name,))
            axis.units = old[name].units
            axis[:] = old[name][:]
        for name in ("u10", "v10"):
            wind = new.createVariable(name, "f4", ("time", "latitude", "longitude"))
            wind.units = "m s**-1"
            wind[:] = 2.0
    return [path, tmp_path / "wind.nc"]


def read(files, source, window=WINDOW, place=PLACE, height=True, **reading):
    atmosphere = Atmosphere(files, source, reading=Reading(**reading))
    cells = atmosphere.at_cells(*place, 30.0, height)
    cells.scan(window)
    return atmosphere, cells, cells.window(window)


def test_era5_of_davos(davos):
    atmosphere, cells, found = read(davos, "era5")
    assert atmosphere.chosen["rain and snow"] == ("precip",)
    # the ground is ERA5's own, from its geopotential
    assert 1000.0 < atmosphere.altitude.min() < atmosphere.altitude.max() < 3000.0
    assert 250.0 < column(found, "tair").min() < column(found, "tair").max() < 280.0
    # every hour's radiation is the file's, though the model sees lines between instants
    series = atmosphere.series["swdown"]
    first, last = series.stamps(WINDOW.start, WINDOW.end)
    hourly = cells.bilinear(series.read(first, last, cells.bilinear.box))
    seen = column(found, "swdown")
    kept = (seen[:, :-2:2] + 2.0 * seen[:, 1:-1:2] + seen[:, 2::2]) / 4.0
    assert hourly.max() > 300.0 and np.allclose(kept, hourly[:, 1:], atol=1e-9)
    assert seen.min() >= 0.0


def accumulated_since_midnight(path, target):
    """The same with the amounts of ERA5-Land."""
    with netCDF4.Dataset(path) as old, netCDF4.Dataset(target, "w") as new:
        for name in ("time", "latitude", "longitude"):
            new.createDimension(name, old[name].size)
            axis = new.createVariable(name, old[name].dtype, (name,))
            axis.units = old[name].units
            axis[:] = old[name][:]
        hour = np.asarray(old["time"][:]).astype(int) % 24
        for name in ("t2m", "d2m", "sp", "ssrd", "strd", "tp", "z"):
            values = np.asarray(old[name][:], float)
            if name in ("ssrd", "strd", "tp"):
                total = np.zeros(values.shape[1:])
                for k, h in enumerate(hour):
                    total = values[k] if h == 1 else total + values[k]
                    values[k] = total
            stored = new.createVariable(name, "f8", ("time", "latitude", "longitude"))
            stored.units = old[name].units
            stored[:] = values
    return target


def test_era5_land_counts_from_midnight(davos, tmp_path):
    land = accumulated_since_midnight(davos[0], tmp_path / "land.nc")
    _, _, hourly = read(davos, "era5")
    _, _, since = read([land, davos[1]], "era5_land")
    for name in ("swdown", "lwdown", "rainf", "snowf"):
        assert np.allclose(column(since, name), column(hourly, name), atol=3e-6 if "f" in name[-1]
                           else 1e-3), name  # fmt: skip
    # a window across midnight, where the sum of the whole day stands
    assert column(since, "swdown").max() > 300.0


def test_era5_of_the_new_cds_by_its_valid_time(samples, tmp_path):
    folder = samples / "era5" / "zampy"
    with pytest.raises(UserError) as error:
        Atmosphere(sorted(folder.glob("era5_*.nc")), "era5")
    told = " ".join(error.value.problems)
    assert "no variable for air temperature; needed: t2m" in told
    assert "time" not in told and "dimension" not in told  # what is there was understood


def test_arome_lead_times_are_chained(samples):
    files = sorted((samples / "nwp").glob("*ANTIL*.grib2"))
    window = Window(np.datetime64("2022-11-12T13:00:00"), np.datetime64("2022-11-12T14:00:00"))
    place = (np.array([16.0]), np.array([-61.5]), np.array([100.0]))
    with pytest.raises(UserError, match="no variable for longwave"):
        Atmosphere(files, "arome")
    atmosphere = Atmosphere(files, "arome", reading=Reading(longwave="prata", chain=Chain(1, 24)))
    times = atmosphere.series["tair"].time
    assert [str(t) for t in times] == ["2022-11-12T13:00:00", "2022-11-12T14:00:00"]
    cells = atmosphere.at_cells(*place, 5.0, False)
    box = cells.bilinear.box
    series = atmosphere.series["swdown"]
    one, two = cells.bilinear(series.read(0, 2, box))[0]
    total = series.messages[1]
    both = cells.bilinear(series._field(total, box)[None])[0, 0]
    assert one > 0.0 and two > 0.0 and (one + two) * 3600.0 == pytest.approx(both, rel=1e-9)
    with pytest.raises(UserError, match="sea level only"):
        cells.window(window)
    assert Chain(1, 24, (0,)).allows(series.messages[0]) is False  # a run of 12 UTC


def test_surfex_forcing_of_listed_places(samples):
    path = samples / "surfex" / "FORCING_test_base.nc"
    window = Window(np.datetime64("2010-08-02T18:00:00"), np.datetime64("2010-08-03T18:00:00"))
    with netCDF4.Dataset(path) as file:
        lat, lon, height = (np.asarray(file[name][:], float) for name in ("LAT", "LON", "ZS"))
    place = (lat[:1], lon[:1], height[:1])
    _, _, found = read([path], "alma", window, place)
    with netCDF4.Dataset(path) as file:
        k = int((window.start - np.datetime64("2010-08-01T06:00:00")).astype(int) // 3600)
        assert np.allclose(column(found, "tair")[0], file["Tair"][k : k + 25, 0])
        direct, diffuse = file["DIR_SWdown"][k : k + 25, 0], file["SCA_SWdown"][k : k + 25, 0]
        assert np.allclose(column(found, "swdown")[0], direct + diffuse)
    with pytest.raises(UserError, match=r"the nearest place is .* km"):
        read([path], "alma", window, (lat[:1] + 3.0, lon[:1], height[:1]))


def test_a_station_without_a_place_and_a_table(tmp_path):
    case = SmallCase(tmp_path)
    whole = case.write()
    assert CliRunner().invoke(app, ["run", str(whole), "-q"]).exit_code == 0
    path = tmp_path / "forcing.nc"
    with netCDF4.Dataset(path) as file:
        file.set_auto_mask(False)
        values = {name: np.asarray(file[name][:, 1, 1]) for name in case.forcing.fields}
    with netCDF4.Dataset(tmp_path / "station.nc", "w") as out:
        out.createDimension("time", case.forcing.hours.size)
        time = out.createVariable("time", "f8", ("time",))
        time.units, time[:] = case.forcing.time_units, case.forcing.hours
        for name, series in values.items():
            stored = out.createVariable(name, "f4", ("time",))
            stored.units, stored[:] = case.forcing.units[name], series
    head = ",".join(["time", *(f"{name} [{case.forcing.units[name]}]" for name in values)])
    stamps = np.datetime64("2001-06-01T00:00:00") + np.arange(73) * np.timedelta64(1, "h")
    rows = (
        ",".join([f"{stamp}Z", *(repr(float(series[k])) for series in values.values())])
        for k, stamp in enumerate(stamps)
    )
    (tmp_path / "station.csv").write_text("\n".join([head, *rows]) + "\n")
    extra = "z_temperature = 2.0\n   z_wind = 10.0\n   height_correction = .false.\n"
    found = []
    for file in ("station.nc", "station.csv"):
        text = case.text.replace("'forcing.nc'", f"'{file}'\n   {extra}")
        (tmp_path / "one.nml").write_text(text.replace("'case'", f"'{file[-2:]}'"))
        done = CliRunner().invoke(app, ["run", str(tmp_path / "one.nml"), "-q"])
        assert done.exit_code == 0, done.stderr
        with netCDF4.Dataset(tmp_path / "output" / file[-2:] / "state_200106.nc") as out:
            found.append(out["tg"][:].tobytes())
    assert found[0] == found[1]


def test_total_precipitation_is_split(tmp_path):
    made = ForcingFile()
    rain = made.fields.pop("Rainf")
    del made.fields["Snowf"]
    made.fields["Precip"], made.units["Precip"] = 3600.0 * (rain + 1e-4), "mm"
    made.fields["Tair"] -= 15.85  # about the melting point
    window = Window(np.datetime64("2001-06-01T18:00:00"), np.datetime64("2001-06-02T18:00:00"))
    place = (np.array([43.1]), np.array([1.2]), np.array([100.0]))
    _, _, found = read([made.write(tmp_path / "f.nc")], "alma", window, place)
    total = column(found, "rainf") + column(found, "snowf")
    assert np.allclose(total, 1.1e-4, rtol=1e-6)
    assert column(found, "snowf").min() == 0.0 and column(found, "rainf").min() == 0.0
    assert snow_share(np.array([273.15, 274.15, 275.15])).tolist() == [1.0, 0.5, 0.0]


def test_three_hourly_means_get_their_course_back_and_are_kept():
    lat, lon = np.array([45.0]), np.array([10.0])
    ends = np.datetime64("2020-06-01T03:00:00") + np.arange(8) * np.timedelta64(3, "h")
    fine = ends[0] - np.timedelta64(3, "h") + np.arange(24 * 60) * np.timedelta64(60, "s")
    true = 900.0 * cos_zenith(fine[None], lat[:, None], lon[:, None])
    means = true.reshape(1, 8, 180).mean(axis=2)
    shares = hourly_shares(lat, lon, ends, 10800)
    assert np.allclose(shares.mean(axis=2), 1.0)
    hourly = (means[:, :, None] * shares).reshape(1, -1)
    seen = instants(hourly, np.zeros(1))
    assert seen.min() >= 0.0
    kept = (seen[:, :-2:2] + 2.0 * seen[:, 1:-1:2] + seen[:, 2::2]) / 4.0
    assert np.allclose(kept, hourly[:, 1:])
    # nearer to the truth at noon than the mean itself
    noon = int((np.datetime64("2020-06-01T11:00:00") - ends[0]) / np.timedelta64(30, "m"))
    hour = true[0].reshape(24, 60).mean(axis=1)[11]
    assert abs(seen[0, noon + 4] - hour) < abs(means[0, 3] - hour)


def test_states_between_stamps_are_linear():
    assert between_stamps(np.array([[0.0, 2.0, 3.0]]), 2).tolist() == [[0.0, 1.0, 2.0, 2.5, 3.0]]


def test_longwave_of_a_formula_is_that_of_measurements(shared):
    """A year at Loobos, where longwave was measured: bias and scatter of days stay small."""
    with netCDF4.Dataset(shared / "data" / "sites" / "pals_NL-Loo" / "forcing.nc") as file:
        t, q, p, sw, lw = (
            np.asarray(file[n][:8760, 0, 0], float)
            for n in ("Tair", "Qair", "PSurf", "SWdown", "LWdown")
        )
        lat, lon = np.asarray(file["lat"][:], float), np.asarray(file["lon"][:], float)
        units = file["time"].units
    from forcing.longwave import cloud_cover

    start = np.datetime64(units.split(" since ")[1].replace(" ", "T")[:19])
    step = 1800 if t.size == 8760 and "second" in units else 3600
    time = start + np.arange(t.size) * np.timedelta64(step, "s")
    per_day = 86400 // step
    days = t.size // per_day
    part = lambda v: v[: days * per_day].reshape(days, per_day)
    made = []
    for d in range(days):
        cover = cloud_cover(part(sw)[d : d + 1], part(time)[d], lat, lon)
        made.append(longwave("prata", part(t)[d], part(q)[d], part(p)[d], cover[0]))
    error = np.array(made) - part(lw)
    daily = error.mean(axis=1)
    print(f"longwave by Prata: bias {daily.mean():+.1f}, rms of days {daily.std():.1f} W m-2")
    assert abs(daily.mean()) < 15.0 and daily.std() < 25.0


def test_the_new_cds_ships_two_files_with_valid_time_and_strings(davos, tmp_path):
    """Instants and amounts in files of their own, float32, `valid_time`, `expver`, `number`."""
    with netCDF4.Dataset(davos[0]) as old:
        start = np.datetime64("1900-01-01T00:00:00")
        stamps = start + np.asarray(old["time"][:]).astype(int) * np.timedelta64(1, "h")
        parts = {
            "instant": ("t2m", "d2m", "sp", "z", "u10", "v10"),
            "accum": ("ssrd", "strd", "tp"),
        }
        files = []
        for kind, names in parts.items():
            files.append(tmp_path / f"data_stream-oper_stepType-{kind}.nc")
            with netCDF4.Dataset(files[-1], "w") as new:
                for name, size in (("valid_time", stamps.size), ("latitude", 4), ("longitude", 5)):
                    new.createDimension(name, size)
                time = new.createVariable("valid_time", "i8", ("valid_time",))
                time.units, time.standard_name = "seconds since 1970-01-01", "time"
                time[:] = stamps.astype("datetime64[s]").astype(np.int64)
                for name in ("latitude", "longitude"):
                    axis = new.createVariable(name, "f8", (name,))
                    axis.units, axis[:] = old[name].units, old[name][:]
                new.createVariable("number", "i8", ())[...] = 0
                new.createVariable("expver", str, ("valid_time",))[:] = np.full(
                    stamps.size, "0001", object
                )
                for name in names:
                    stored = new.createVariable(
                        name, "f4", ("valid_time", "latitude", "longitude"), fill_value=np.nan
                    )
                    stored.coordinates = "number valid_time latitude longitude expver"
                    stored.units = old[name].units if name in old.variables else "m s**-1"
                    stored[:] = old[name][:] if name in old.variables else 2.0
    _, _, one = read(davos, "era5")
    _, _, two = read(files, "era5")
    assert np.allclose(one.values, two.values, rtol=1e-5, atol=1e-4)


def test_a_curvilinear_grid_and_places_listed_serve_the_nearest(tmp_path):
    """A regional model's turned grid, and the same places one after the other."""
    made = ForcingFile()
    random = np.random.default_rng(5)
    for name in ("Tair", "PSurf"):
        made.fields[name] = made.fields[name] + random.integers(0, 8, made.fields[name].shape)
    turned = made.lat[:, None] + 0.05 * made.lon[None], made.lon[None] - 0.05 * made.lat[:, None]
    flat = [axis.ravel() for axis in turned]
    files = {}
    for kind, dims in (("plane", ("y", "x")), ("list", ("place",))):
        files[kind] = tmp_path / f"{kind}.nc"
        with netCDF4.Dataset(files[kind], "w") as out:
            out.createDimension("time", made.hours.size)
            for dim, size in zip(dims, (3, 3) if len(dims) == 2 else (9,), strict=True):
                out.createDimension(dim, size)
            time = out.createVariable("time", "f8", ("time",))
            time.units, time[:] = made.time_units, made.hours
            for name, units, axis in (("lat", "degrees_north", 0), ("lon", "degrees_east", 1)):
                stored = out.createVariable(name, "f8", dims)
                stored.units = units
                stored[:] = turned[axis] if len(dims) == 2 else flat[axis]
            for name, values in made.fields.items():
                stored = out.createVariable(name, "f4", ("time", *dims), fill_value=-999.0)
                stored.units = made.units[name]
                stored[:] = values if len(dims) == 2 else values.reshape(values.shape[0], -1)
            for name, (units, value) in made.scalars.items():
                out.createVariable(name, "f8", ())[...] = value
                out[name].units = units
    window = Window(np.datetime64("2001-06-01T18:00:00"), np.datetime64("2001-06-02T18:00:00"))
    place = (flat[0][[2, 7]] + 0.01, flat[1][[2, 7]], np.full(2, 100.0))
    found = {kind: read([path], "alma", window, place)[2].values for kind, path in files.items()}
    assert np.array_equal(found["plane"], found["list"])
    for cell, k in enumerate((2, 7)):
        own = made.fields["Tair"].reshape(73, -1)[18:43, k].astype("f4")
        assert np.allclose(found["list"][cell, :, FORCING.index("tair")], own)
