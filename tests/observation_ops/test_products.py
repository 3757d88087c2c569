"""Product files as they come: units, flags, gaps, other grids, broken metadata."""

import netCDF4
import numpy as np
import pytest

from ldas.core.errors import UserError
from observation_ops import quality
from observation_ops.gridding import to_cells
from observation_ops.observation_type import observation_type
from observation_ops.products import open_product

LAT, LON = 43.0 + 0.01 * np.arange(6), 1.0 + 0.01 * np.arange(8)


def product(path, values=None, name="ssm", units="m3 m-3", times=(0,), lat=LAT, lon=LON, **extra):
    """A product file; `extra` are attributes of the variable."""
    shape = (len(times), lat.size, lon.size)
    values = np.full(shape, 0.2) if values is None else values
    with netCDF4.Dataset(path, "w") as out:
        for axis, points in (("lat", lat), ("lon", lon)):
            out.createDimension(axis, points.size)
            out.createVariable(axis, "f8", (axis,))[:] = points
        out.createDimension("time", len(times))
        time = out.createVariable("time", "f8", ("time",))
        time.units = "hours since 2017-06-01"
        time[:] = times
        fill = extra.pop("fill", None)
        stored = out.createVariable(name, values.dtype, ("time", "lat", "lon"), fill_value=fill)
        stored.set_auto_maskandscale(False)
        if units is not None:
            stored.units = units
        for key, value in extra.items():
            setattr(stored, key, value)
        stored[:] = values
    return path


def whole(found, k=0):
    return found.read(found.stamps[k], slice(None), slice(None))


def test_each_pixel_has_its_reason(tmp_path):
    values = np.full((1, 6, 8), 0.2)
    values[0, 0, :4] = [np.nan, np.inf, 1.5, -0.1]
    found = open_product(observation_type("ssm"), [product(tmp_path / "a.nc", values)], "ssm")
    read, flag = whole(found)
    reasons = [quality.REASONS[code] for code in flag[0, :5]]
    assert reasons == ["none", "not_finite", "out_of_range", "out_of_range", "used"]
    assert np.isnan(read[0, :4]).all() and read[0, 4] == 0.2


def test_scaled_integers_with_flags_as_copernicus_distributes_them(shared):
    path = shared / "data" / "cgls_1km" / "c_gls_SSM1km_201706010000_CEURO_S1CSAR_V1.1.1.nc"
    found = open_product(observation_type("ssm"), [path], "ssm")
    values, flag = whole(found)
    good = flag == quality.USED
    assert found.units == "%" and found.factor is None
    assert values[good].min() >= 0.0 and values[good].max() <= 100.0
    counts = quality.as_reasons(quality.counted(flag))
    assert counts.get("product_flag", 0) > 1000
    with netCDF4.Dataset(path) as file:
        file.set_auto_maskandscale(False)
        raw = file["ssm"][0]
    assert good.sum() == (raw <= 200).sum()
    assert np.allclose(values[good], 0.5 * raw[good])


def test_a_flag_variable(tmp_path):
    path = product(tmp_path / "a.nc")
    with netCDF4.Dataset(path, "a") as file:
        said = file.createVariable("qc", "i1", ("time", "lat", "lon"))
        said[:] = 0
        said[0, 2, 3] = 4
    found = open_product(observation_type("ssm"), [path], "ssm", "qc", [0])
    _, flag = whole(found)
    assert quality.as_reasons(quality.counted(flag)) == {"product_flag": 1}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "sm"}, "no variable 'ssm'"),
        ({"units": None}, "no units"),
        ({"units": "K"}, "units 'K'"),
    ],
)
def test_broken_metadata_is_told(tmp_path, change, said):
    path = product(tmp_path / "a.nc", **change)
    with pytest.raises(UserError, match=said):
        open_product(observation_type("ssm"), [path], "ssm")


def test_two_grids_and_a_file_that_is_none(tmp_path):
    paths = [product(tmp_path / "a.nc"), product(tmp_path / "b.nc", lat=LAT + 0.5)]
    broken = tmp_path / "c.nc"
    broken.write_bytes(b"not a file")
    with pytest.raises(UserError) as error:
        open_product(observation_type("ssm"), [*paths, broken], "ssm")
    said = " ".join(error.value.problems)
    assert "b.nc" in said and "another grid" in said and "c.nc" in said


def test_stamps_are_sorted_and_cut_by_the_window(tmp_path):
    late, early = (
        product(tmp_path / "a.nc", times=(30.0,)),
        product(tmp_path / "b.nc", times=(6.0,)),
    )
    found = open_product(observation_type("ssm"), [late, early], "ssm")
    assert [stamp.path.name for stamp in found.stamps] == ["b.nc", "a.nc"]
    at = np.datetime64("2017-06-01T06:00:00")
    assert len(found.between(at - np.timedelta64(1, "s"), at)) == 1
    assert found.between(at, at + np.timedelta64(1, "h")) == []


def test_finer_pixels_are_averaged_and_descending_ones_too():
    lat, lon = np.array([43.005, 43.025]), np.array([1.005, 1.025])
    fine_lat, fine_lon = 43.0 + 0.002 * np.arange(20), 1.0 + 0.002 * np.arange(20)
    field = fine_lat[:, None] * 100 + fine_lon[None, :]
    cell_lat, cell_lon = np.repeat(lat, 2), np.tile(lon, 2)
    up = to_cells(fine_lat, fine_lon, cell_lat, cell_lon, 0.02, 0.02, 1.0)
    down = to_cells(fine_lat[::-1], fine_lon + 360.0, cell_lat, cell_lon, 0.02, 0.02, 1.0)
    part = lambda cells, values: values[cells.rows, cells.cols]
    good = np.ones((20, 20), bool)
    mean, share = up.mean(part(up, field), part(up, good))
    turned, _ = down.mean(part(down, field[::-1]), part(down, good))
    inside = np.abs(fine_lat - lat[0]) <= 0.01
    across = np.abs(fine_lon - lon[1]) <= 0.01
    assert mean[1] == pytest.approx(field[np.ix_(inside, across)].mean())
    assert np.allclose(mean, turned) and (share == 1.0).all()


def test_the_nearest_pixel_only_if_near_enough():
    cells = to_cells(LAT, LON, np.array([43.021, 44.0]), np.array([1.0, 1.0]), 0.01, 0.01, 1.0)
    field = np.arange(48.0).reshape(6, 8)[cells.rows, cells.cols]
    mean, share = cells.mean(field, np.ones(field.shape, bool))
    assert share.tolist() == [1.0, 0.0]
    assert np.isfinite(mean[0]) and np.isnan(mean[1])


def test_heads_of_many_files_are_kept_until_a_file_changes(tmp_path, monkeypatch):
    from observation_ops.readers import netcdf

    monkeypatch.setenv("LDAS_CACHE_DIR", str(tmp_path / "cache"))
    files = [product(tmp_path / f"{k:02d}.nc", times=(24.0 * k,)) for k in range(12)]
    opened = []
    look = netcdf.layout
    monkeypatch.setattr(netcdf, "layout", lambda *a: opened.append(a[0]) or look(*a))
    first = open_product(observation_type("ssm"), files, "ssm")
    assert len(opened) == 12
    second = open_product(observation_type("ssm"), files, "ssm")
    assert len(opened) == 12 and second.stamps == first.stamps
    files[3].unlink()
    product(files[3], times=(1000.0,))
    third = open_product(observation_type("ssm"), files, "ssm")
    assert opened[12:] == [files[3]] and third.stamps[-1].path == files[3]
