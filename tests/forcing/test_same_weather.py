"""The same weather told in other ways gives the same forcing."""

import netCDF4
import numpy as np
import pytest
from conftest import ForcingFile

from forcing.atmosphere import Atmosphere
from forcing.humidity import saturation_pressure, vapour_pressure
from ldas.core.clock import Window
from ldas.core.errors import UserError
from ldas.core.netcdf_input import find_inputs

WINDOW = Window(np.datetime64("2001-06-01T18:00:00"), np.datetime64("2001-06-02T18:00:00"))
LAT, LON = np.array([43.1, 43.77]), np.array([1.2, 1.9])


def read(*paths, altitude=100.0):
    atmosphere = Atmosphere(find_inputs(paths, "files"), "alma")
    cells = atmosphere.at_cells(LAT, LON, np.full(2, altitude), 0.5, True)
    cells.scan(WINDOW)
    return cells.window(WINDOW)


@pytest.fixture
def weather():
    """Fields that differ at every point and hour, exact in single precision."""
    made = ForcingFile()
    random = np.random.default_rng(3)
    for name, step in (("Tair", 0.125), ("PSurf", 4.0), ("Wind", 0.25), ("LWdown", 1.0)):
        shape = made.fields[name].shape
        made.fields[name] = np.round(made.fields[name]) + step * random.integers(0, 8, shape)
    return made


@pytest.fixture
def plain(weather, tmp_path):
    return read(weather.write(tmp_path / "plain.nc"))


def test_descending_latitudes(weather, plain, tmp_path):
    weather.lat = weather.lat[::-1]
    weather.fields = {name: values[:, ::-1] for name, values in weather.fields.items()}
    found = read(weather.write(tmp_path / "f.nc"))
    assert np.array_equal(found.values, plain.values)


def test_longitudes_from_zero_to_360(weather, tmp_path):
    weather.lon = weather.lon - 1.5  # -0.5, 0, 0.5
    west = Atmosphere([weather.write(tmp_path / "west.nc")], "alma")
    weather.lon = weather.lon % 360.0  # 359.5, 0, 0.5: a grid may not jump
    order = np.argsort(weather.lon)
    weather.lon = weather.lon[order]
    weather.fields = {name: values[:, :, order] for name, values in weather.fields.items()}
    east = Atmosphere([weather.write(tmp_path / "east.nc")], "alma")
    lat, lon, height = np.array([43.3]), np.array([0.2]), np.array([100.0])
    a, b = (
        source.at_cells(lat, place, height, 0.5, True).window(WINDOW).values
        for source, place in ((west, lon), (east, lon))
    )
    assert np.array_equal(a, b)


@pytest.mark.parametrize(
    ("name", "units", "scale", "offset", "tolerance"),
    [
        ("Tair", "degC", 1.0, -273.15, 2e-5),
        ("Tair", "Celsius", 1.0, -273.15, 2e-5),
        ("PSurf", "hPa", 0.01, 0.0, 1e-2),
        ("PSurf", "mbar", 0.01, 0.0, 1e-2),
        ("Rainf", "mm/h", 3600.0, 0.0, 1e-11),
        ("Rainf", "mm hr-1", 3600.0, 0.0, 1e-11),
        ("Rainf", "kg/m2/s", 1.0, 0.0, 0.0),
        ("Rainf", "mm day-1", 86400.0, 0.0, 1e-11),
        ("Qair", "g/kg", 1000.0, 0.0, 1e-9),
        ("Wind", "m/s", 1.0, 0.0, 0.0),
        ("Wind", "km/h", 3.6, 0.0, 1e-6),
    ],
)
def test_other_units(weather, plain, tmp_path, name, units, scale, offset, tolerance):
    weather.fields[name] = weather.fields[name] * scale + offset
    weather.units[name] = units
    found = read(weather.write(tmp_path / "f.nc"))
    assert np.abs(found.values - plain.values).max() <= tolerance


@pytest.mark.parametrize("name", ["Tdew", "RH"])
def test_other_measures_of_humidity(weather, plain, tmp_path, name):
    q, p, t = (weather.fields.pop(k) if k == "Qair" else weather.fields[k]
               for k in ("Qair", "PSurf", "Tair"))  # fmt: skip
    e = vapour_pressure(q, p)
    if name == "RH":
        weather.fields["RH"], weather.units["RH"] = 100.0 * e / saturation_pressure(t), "%"
    else:
        ratio = np.log(e / 611.2)
        weather.fields["Tdew"], weather.units["Tdew"] = 243.5 * ratio / (17.67 - ratio), "degC"
    found = read(weather.write(tmp_path / "f.nc"))
    assert np.abs(found.values - plain.values)[:, :, 1].max() < 1e-4


def test_split_wind_and_radiation(weather, plain, tmp_path):
    wind, sun = weather.fields.pop("Wind"), weather.fields.pop("SWdown")
    weather.fields |= {"Wind_E": 0.6 * wind, "Wind_N": -0.8 * wind}
    weather.fields |= {"DIR_SWdown": 0.75 * sun, "SCA_SWdown": 0.25 * sun}
    weather.units |= {"Wind_E": "m s-1", "Wind_N": "m s-1"}
    weather.units |= {"DIR_SWdown": "W m-2", "SCA_SWdown": "W m-2"}
    found = read(weather.write(tmp_path / "f.nc")).values
    speed = np.hypot(found[..., 2], found[..., 3])
    assert np.allclose(speed, plain.values[..., 2], rtol=1e-6)
    assert np.allclose(found[..., 4], plain.values[..., 4], rtol=1e-6, atol=1e-4)


def test_one_file_or_many_and_any_chunking(weather, plain, tmp_path):
    whole = {name: values.copy() for name, values in weather.fields.items()}
    hours = weather.hours
    for k, part in enumerate((slice(0, 20), slice(20, 41), slice(41, 73))):
        weather.hours = hours[part]
        weather.fields = {name: values[part] for name, values in whole.items()}
        weather.write(tmp_path / f"part{k}.nc")
    found = read(tmp_path / "part?.nc")
    assert np.array_equal(found.values, plain.values)
    with (
        netCDF4.Dataset(tmp_path / "chunked.nc", "w") as out,
        netCDF4.Dataset(tmp_path / "plain.nc") as source,
    ):
        for name, dimension in source.dimensions.items():
            out.createDimension(name, None if name == "time" else dimension.size)
        for name, variable in source.variables.items():
            chunks = (7, 2, 1) if variable.ndim == 3 else None
            made = out.createVariable(
                name, variable.dtype, variable.dimensions, zlib=variable.ndim > 0, chunksizes=chunks
            )
            made.setncatts({k: variable.getncattr(k) for k in variable.ncattrs()})
            made[...] = variable[...]
    assert np.array_equal(read(tmp_path / "chunked.nc").values, plain.values)


def test_cells_on_forcing_points_get_the_points_own_values(weather, tmp_path):
    atmosphere = Atmosphere([weather.write(tmp_path / "f.nc")], "alma")
    cells = atmosphere.at_cells(np.array([43.5]), np.array([2.0]), np.array([100.0]), 0.5, True)
    found = cells.window(WINDOW).values[0, :, 0]
    assert np.array_equal(found, weather.fields["Tair"][18:43, 1, 2].astype("f4").astype(float))


def test_higher_is_colder_thinner_and_drier(plain, weather, tmp_path):
    high = read(weather.write(tmp_path / "f.nc"), altitude=1100.0).values - plain.values
    assert np.allclose(high[..., 0], -6.5, atol=1e-9)
    assert (high[..., 1] < 0).all() and (high[..., 5] < 0).all()
    assert (np.abs(high[..., 6] + 11000) < 1500).all()
    assert not high[..., 2:5].any() and not high[..., 7:9].any()
    assert (high[..., 9] < 0).all()


def test_files_on_two_grids_are_refused(weather, tmp_path):
    weather.write(tmp_path / "a.nc")
    weather.lat = weather.lat + 0.25
    weather.hours = weather.hours + 73
    weather.write(tmp_path / "b.nc")
    with pytest.raises(UserError, match="grid"):
        read(tmp_path / "a.nc", tmp_path / "b.nc")
