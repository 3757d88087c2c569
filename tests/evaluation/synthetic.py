"""Experiments, stations and archives that a test knows everything about."""

import numpy as np
import pandas as pd
import xarray as xr

from ldas.land_models.isba.soil.hydraulics import LAYER_BOTTOM

BOTTOM = np.asarray(LAYER_BOTTOM)
BOUNDS = np.stack([np.concatenate([[0.0], BOTTOM[:-1]]), BOTTOM], axis=1)


def truth(days=730, seed=0, lat=4, lon=5):
    """Soil moisture of the truth (time, lat, lon): a season, memory, and cells that differ."""
    random = np.random.default_rng(seed)
    time = pd.date_range("2015-01-01T18:00", periods=days, freq="1D")
    noise = random.normal(0.0, 0.02, (days, lat, lon))
    for k in range(1, days):
        noise[k] = 0.95 * noise[k - 1] + 0.3 * noise[k]
    season = 0.06 * np.cos(2 * np.pi * (time.day_of_year.to_numpy() - 30) / 365.25)
    values = 0.25 + season[:, None, None] + noise
    return time, np.linspace(43.0, 43.3, lat), np.linspace(1.0, 1.4, lon), values


def write_experiment(folder, time, lat, lon, wg, lai=None):
    """`state_YYYYMM.nc` files with the same `wg` (time, lat, lon) in all layers, and `lai`."""
    folder.mkdir(parents=True, exist_ok=True)
    layers = len(BOTTOM)
    data = {"wg": (("time", "layer", "lat", "lon"), np.repeat(wg[:, None], layers, axis=1))}
    if lai is not None:
        data["lai"] = (("time", "lat", "lon"), lai)
    data["depth_bounds"] = (("layer", "bnds"), BOUNDS)
    whole = xr.Dataset(data, {"time": time, "lat": lat, "lon": lon, "layer": 1 + np.arange(layers)})
    for month, part in whole.groupby(whole.time.dt.strftime("%Y%m")):
        part.to_netcdf(folder / f"state_{month}.nc")
    return folder


def write_station(path, time, values, column="sm"):
    pd.DataFrame({"time_utc": time, column: values}).to_csv(path, index=False)
    return path


def write_ismn(
    folder, network, station, place, depth, time, values, flag="G", header=True, instrument="Probe"
):
    """One sensor of an ISMN archive, in the header or the CEOP format."""
    where = folder / network / station
    where.mkdir(parents=True, exist_ok=True)
    name = f"{network}_{network}_{station}_sm_{depth:.6f}_{depth:.6f}_{instrument}"
    name += "_20150101_20161231.stm"
    place_text = f"{place[0]:.5f} {place[1]:.5f} 100.0"
    lines = []
    if header:
        lines.append(
            f"{network} {network} {station} {place_text} {depth:.4f} {depth:.4f} {instrument}"
        )
    for stamp, value in zip(time, values, strict=True):
        day = stamp.strftime("%Y/%m/%d %H:%M")
        middle = (
            ""
            if header
            else (f"{day} {network} {network} {station} {place_text} {depth:.2f} {depth:.2f} ")
        )
        lines.append(f"{day} {middle}{value:.4f} {flag} M")
    (where / name).write_text("\n".join(lines) + "\n")
    meta = "quantity_name;unit;depth_from[m];depth_to[m];value;description;quantity_source_name\n"
    meta += "land cover classification;;;;130;130;insitu\n"
    (where / f"{network}_{network}_{station}_static_variables.csv").write_text(meta)
    return where / name
