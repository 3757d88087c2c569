"""Maps: means, changes, and how fields go together pixel by pixel. xarray in, xarray out."""

import itertools

import numpy as np
import xarray as xr

EARTH_RADIUS = 6371.0  # km


def pixel_scores(x: xr.DataArray, y: xr.DataArray, min_pairs: int = 10) -> xr.Dataset:
    """R, bias (x - y), STDD (ubRMSD), RMSD and N of two fields (time, lat, lon), per pixel.

    Both must have the same times and grid; a pair counts where both are finite. NaN where
    there are fewer than `min_pairs`, R also where one does not vary.
    """
    a, b = (np.asarray(v.transpose("time", "lat", "lon").values, float) for v in (x, y))
    if a.shape != b.shape:
        raise ValueError(f"fields of shapes {a.shape} and {b.shape}")
    good = np.isfinite(a) & np.isfinite(b)
    n = good.sum(axis=0)
    enough = n >= max(min_pairs, 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean_a, mean_b = (np.where(good, v, 0.0).sum(axis=0) / n for v in (a, b))
        da, db = (np.where(good, v - m, 0.0) for v, m in ((a, mean_a), (b, mean_b)))
        var_a, var_b, cov = ((u * v).sum(axis=0) / n for u, v in ((da, da), (db, db), (da, db)))
        r = cov / np.sqrt(var_a * var_b)
        r = np.where((var_a > 1e-20) & (var_b > 1e-20), np.clip(r, -1.0, 1.0), np.nan)
        stdd = np.sqrt(np.maximum(((da - db) ** 2).sum(axis=0) / n, 0.0))
    bias = mean_a - mean_b
    place = {name: x[name] for name in ("lat", "lon")}
    found = {"R": r, "bias": bias, "STDD": stdd, "RMSD": np.hypot(bias, stdd)}
    out = {k: (("lat", "lon"), np.where(enough, v, np.nan)) for k, v in found.items()}
    return xr.Dataset({**out, "N": (("lat", "lon"), n)}, coords=place)


def same_times(x: xr.DataArray, y: xr.DataArray, minutes: float) -> tuple[xr.DataArray, ...]:
    """Both fields at the times of the one with fewer, the other's nearest within `minutes`."""
    if x.time.size > y.time.size:
        b, a = same_times(y, x, minutes)
        return a, b
    x, y = (v.isel(time=np.unique(v.time.values, return_index=True)[1]) for v in (x, y))
    limit = np.timedelta64(int(60e9 * minutes), "ns")
    places = y.indexes["time"].get_indexer(x.indexes["time"], method="nearest", tolerance=limit)
    found = places >= 0
    return x.isel(time=found), y.isel(time=places[found]).assign_coords(time=x.time[found])


def same_grid(a: xr.DataArray, b: xr.DataArray) -> bool:
    """Whether two fields stand on one grid."""
    return all(
        a[name].size == b[name].size and np.allclose(a[name], b[name]) for name in ("lat", "lon")
    )


def onto(field: xr.DataArray, like: xr.DataArray) -> xr.DataArray:
    """A field on the grid of another: means of finer pixels, else the nearest."""
    if same_grid(field, like):
        return field.assign_coords(lat=like.lat, lon=like.lon)
    steps = [
        abs(float(np.median(np.diff(v)))) if v.size > 1 else np.inf
        for v in (field.lat, like.lat, field.lon, like.lon)
    ]
    if steps[0] * 1.5 < steps[1] and steps[2] * 1.5 < steps[3]:
        return aggregated(field, like.lat.values, like.lon.values)
    return field.sel(lat=like.lat, lon=like.lon, method="nearest").assign_coords(
        lat=like.lat, lon=like.lon
    )


def aggregated(field: xr.DataArray, lat: np.ndarray, lon: np.ndarray) -> xr.DataArray:
    """Means (..., lat, lon) over the cells of a coarser regular grid, NaN left out."""
    rows = np.abs(field.lat.values[:, None] - lat[None]).argmin(axis=1)
    cols = np.abs(field.lon.values[:, None] - lon[None]).argmin(axis=1)
    near = [np.abs(a - b[k]) for a, b, k in ((field.lat.values, lat, rows),
                                             (field.lon.values, lon, cols))]  # fmt: skip
    half = [0.5 * abs(float(np.median(np.diff(v)))) if v.size > 1 else np.inf for v in (lat, lon)]
    values = field.transpose(..., "lat", "lon").values
    kept = [np.flatnonzero(n <= h + 1e-9) for n, h in zip(near, half, strict=True)]
    values = values[..., kept[0], :][..., kept[1]]
    place = (rows[kept[0]][:, None] * lon.size + cols[kept[1]][None]).ravel()
    flat = values.reshape(-1, place.size)
    out = np.full((flat.shape[0], lat.size * lon.size), np.nan)
    for k, row in enumerate(flat):
        good = np.isfinite(row)
        number = np.bincount(place[good], minlength=out.shape[1])
        total = np.bincount(place[good], weights=row[good], minlength=out.shape[1])
        with np.errstate(invalid="ignore"):
            out[k] = total / number
    dims = field.transpose(..., "lat", "lon").dims
    coords = {d: field[d] for d in dims if d in field.coords and d not in ("lat", "lon")}
    shape = (*values.shape[:-2], lat.size, lon.size)
    return xr.DataArray(out.reshape(shape), dims=dims, coords={**coords, "lat": lat, "lon": lon})


def coarse_axes(field: xr.DataArray, km: float) -> tuple[np.ndarray, np.ndarray]:
    """Middles of cells of about `km` that cover a field."""
    lat, lon = field.lat.values, field.lon.values
    degrees = np.degrees(km / EARTH_RADIUS)
    steps = (degrees, degrees / np.cos(np.radians(lat.mean())))
    return tuple(
        v.min() + step * (0.5 + np.arange(max(1, round((v.max() - v.min()) / step))))
        for v, step in zip((lat, lon), steps, strict=True)
    )


def july_changes(field: xr.DataArray, month: int = 7) -> dict[str, xr.DataArray]:
    """Change of the month's mean from each year to the next, by 'YYYY to YYYY'."""
    part = field.sel(time=field.time.dt.month == month)
    years = sorted(set(part.time.dt.year.values.tolist()))
    means = {y: part.sel(time=part.time.dt.year == y).mean("time") for y in years}
    return {f"{a} to {b}": means[b] - means[a] for a, b in itertools.pairwise(years) if b == a + 1}


def by_class(values: xr.DataArray, classes: np.ndarray) -> dict[int, float]:
    """Median of a map over each class of a map of whole numbers."""
    flat = np.asarray(values.values, float)
    found = {}
    for number in np.unique(classes):
        part = flat[classes == number]
        part = part[np.isfinite(part)]
        found[int(number)] = float(np.median(part)) if part.size else np.nan
    return found
