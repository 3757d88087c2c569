"""Product files as agencies distribute them: opened by name, assimilated, judged by."""

import json

import numpy as np
import pytest
from conftest import SmallCase
from netCDF4 import Dataset
from typer.testing import CliRunner

from ldas.cli import app
from ldas.config.groups import Observation
from ldas.config.product_entries import type_of, wanted_of
from ldas.core.errors import UserError
from observation_ops import quality
from observation_ops.observation_type import observation_type
from observation_ops.preset import presets
from observation_ops.products import open_wanted

# product, files, where and when it is good, values used there or in all, their bounds
CASES = {
    "smap_l2": ("smap/SMAP_L2_SM_P_*.h5", 592, (0.02, 0.5)),
    "smos_l3_asc": ("smos/SM_OPER_MIR_CLF31A_20150506*.nc", 3563, (0.0, 1.0)),
    "esa_cci_combined": ("cci_c3s/ESACCI-*COMBINED-20160607*.nc", 170984, (0.0, 0.6)),
    "c3s_combined": ("cci_c3s/C3S-*COMBINED-DAILY*.nc", 70011, (0.0, 0.6)),
    "ascat_l2": ("ascat/W_XX*SURFACE*.nc", 2786, (0.0, 100.0)),
    "cgls_ssm1km": ("../cgls_1km/c_gls_SSM1km_*.nc", 32011, (0.0, 100.0)),
    "cgls_swi1km_005": ("../cgls_1km/c_gls_SWI1km_*.nc", 467643, (0.0, 100.0)),
}
WHOLE = slice(None)


@pytest.fixture
def samples(shared):
    return shared / "data" / "samples"


def opened(samples, name, pattern, **entries):
    folder = samples / pattern.rpartition("/")[0]
    files = sorted(folder.glob(pattern.rpartition("/")[2]))
    assert files, pattern
    settings = Observation(product=name, files=[str(p) for p in files], **entries)
    kind = observation_type(type_of(settings))
    return open_wanted(wanted_of(settings, kind, tuple(files)))


def everything(found):
    """Good values, their places and times, and why the others are not."""
    good, lat, lon, time = [], [], [], []
    counts = 0
    for stamp in found.stamps:
        values, flag = found.read(stamp, WHOLE, WHOLE)
        counts = counts + quality.counted(flag)
        geometry = found.geometries[stamp.place]
        rows, cols = np.nonzero(flag == quality.USED)
        good.append(values[rows, cols])
        lat.append(geometry.lat[rows])
        lon.append(geometry.lon[cols if found.regular else rows])
        time += [stamp.time] * rows.size
    return (*(np.concatenate(part) for part in (good, lat, lon)), np.array(time), counts)


@pytest.mark.parametrize("name", CASES)
def test_opened_by_name(samples, name):
    pattern, number, (low, high) = CASES[name]
    found = opened(samples, name, pattern)
    values, *_ = everything(found)
    assert values.size == number
    assert low <= values.min() < values.max() <= high


def run(command, namelist):
    result = CliRunner().invoke(app, [command, str(namelist)])
    assert result.exit_code == 0, (command, result.output, result.stderr, result.exception)
    return result


@pytest.mark.parametrize("name", CASES)
def test_assimilated_and_judged_over_its_place(samples, name, tmp_path):
    pattern, *_ = CASES[name]
    found = opened(samples, name, pattern)
    values, lat, lon, time, _ = everything(found)
    k = int(np.argmin(np.abs(values - np.median(values))))
    start = time[k].astype("datetime64[D]").astype("datetime64[s]") - np.timedelta64(6, "h")
    case = SmallCase(tmp_path)
    case.forcing.lat = np.round(lat[k] + np.array([-0.1, 0.0, 0.1]), 4)
    case.forcing.lon = np.round(lon[k] + np.array([-0.1, 0.0, 0.1]), 4)
    case.forcing.time_units = f"hours since {str(start).replace('T', ' ')}"
    case.set("latitude = 43.4", f"latitude = {lat[k]:.5f}")
    case.set("longitude = 1.7", f"longitude = {lon[k]:.5f}")
    case.set("'2001-06-01T00:00'", f"'{start}'")
    case.set("'2001-06-03T12:00'", f"'{start + np.timedelta64(48, 'h')}'")
    case.set("name = 'case'", "name = 'case'\n   kind = 'analysis'")
    files = str((samples / pattern).parent / pattern.rpartition("/")[2])
    index = found.factor is None
    observation = f"&observation\n   product = '{name}'\n   files = '{files}'\n"
    if index:  # a degree of saturation needs the model's climate: as volumes for this test
        observation += "   units = 'm3 m-3'\n"
    case.set(
        "&output",
        "&assimilation\n   control = 'wg2', 'wg3', 'wg4'\n   allow_no_observations = .true.\n/\n"
        f"{observation}   gross = 1000.0\n/\n&output",
    )
    namelist = case.write()
    assert "no problem found" in run("check", namelist).stdout
    run("run", namelist)
    books = json.loads((case.results / "summary.json").read_text())["observations"]
    seen = books["ssm"]["used"] + sum(books["ssm"]["rejected"].values())
    assert seen >= 1
    if not index:
        assert books["ssm"]["used"] >= 1
    judged = tmp_path / "judged.nml"
    judged.write_text(
        "&evaluation\n   minutes = 720.0\n   pixel_pairs = 2\n/\n"
        "&source\n   name = 'analysis'\n   folder = 'output/case'\n/\n"
        f"&source\n   name = 'seen'\n   product = '{name}'\n   files = '{files}'\n/\n"
    )
    run("check", judged)
    run("evaluate", judged)


def test_time_series_of_locations(samples):
    found = opened(samples, "hsaf_ssm_ts", "ascat/ts_H119_qa4sm/0165.nc")
    assert len(found.geometries) == 1 and found.geometries[0].shape == (55, 1)
    # of the location with the most good values, the numbers of the file itself
    with Dataset(samples / "ascat" / "ts_H119_qa4sm" / "0165.nc") as file:
        file.set_auto_maskandscale(False)
        sizes = np.maximum(file["row_size"][:], 0)
        sm = file["sm"][:]
        good = (sm >= 0) & (sm <= 10000)
        for name, allowed in (("proc_flag", [0]), ("conf_flag", [0]), ("ssf", [0, 1])):
            good &= np.isin(file[name][:], allowed)
    location = np.repeat(np.arange(55), sizes)
    best = int(np.bincount(location[good]).argmax())
    read = [found.read(stamp, slice(best, best + 1), WHOLE)[0][0, 0] for stamp in found.stamps]
    read = np.array(read)[np.isfinite(read)]
    own = 0.01 * sm[good & (location == best)]
    assert read.size == own.size > 5000
    assert np.allclose(np.sort(read), np.sort(own))


def test_all_missing_is_told_as_none(samples, tmp_path):
    import zipfile

    with zipfile.ZipFile(samples / "cgls" / "zampy" / "satellite-lai-fapar_2020-1.zip") as pack:
        pack.extractall(tmp_path)
    files = tuple(sorted(tmp_path.glob("c3s_LAI_*.nc")))
    settings = Observation(product="c3s_lai", files=[str(p) for p in files])
    found = open_wanted(wanted_of(settings, observation_type("lai"), files))
    assert [str(s.time)[:10] for s in found.stamps] == ["2020-01-10", "2020-01-20", "2020-01-31"]
    values, *_, counts = everything(found)
    assert values.size == 0 and counts[quality.NONE] == 3 * 100 * 100


def test_no_places_are_told(samples):
    with pytest.raises(UserError, match=r"Soil_Moisture.*has no latitudes and longitudes"):
        opened(samples, "smos_l2", "smos/SM_REPR_MIR_SMUDP2_*.nc")


def test_every_preset_can_be_asked_for():
    for name, preset in presets().items():
        if preset.type == "ndvi":  # for retrievals
            continue
        settings = Observation(product=name, files=["x.nc"])
        wanted = wanted_of(settings, observation_type(preset.type), ())
        assert wanted.variable == preset.variable and preset.meaning and preset.source


def test_the_unknown_product_gets_a_hint(case):
    case.set(
        "&output",
        "&observation\n   product = 'smap_l3f'\n   files = 'x.nc'\n/\n&output",
    )
    result = CliRunner().invoke(app, ["check", str(case.write())])
    assert result.exit_code == 2 and "did you mean 'smap_l3" in result.stderr


def test_bufr_tells_what_netcdf_tells(samples):
    """The same three minutes of the orbit in both: the same places and moisture."""
    one = opened(samples, "ascat_l2_bufr", "ascat/W_XX*SOUNDING*.bin")
    places = one.geometries[0]
    assert places.shape == (2016, 1)
    from ldas.gridded.stored import open_stored

    bufr = open_stored(next((samples / "ascat").glob("W_XX*SOUNDING*.bin")))
    with Dataset(next((samples / "ascat").glob("W_XX*SURFACE*.nc"))) as file:
        lat, lon = (np.ma.filled(file[n][:], np.nan).ravel() for n in ("latitude", "longitude"))
        file.set_auto_maskandscale(False)
        moisture = file["soil_moisture"][:].ravel()
    ours = bufr.variable("surfaceSoilMoisture").read()
    there = np.flatnonzero((ours >= 0.0) & (ours <= 100.0))
    assert there.size > 500
    for k in there[::50]:
        distance = np.hypot(lat - places.lat[k], (lon - places.lon[k]) * 0.5)
        n = int(np.nanargmin(distance))
        assert distance[n] < 1e-3
        assert ours[k] == pytest.approx(0.01 * moisture[n], abs=0.06)
