"""Experiments against the truth of a twin: errors by variable and part of the domain."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr


def errors(
    truth: xr.DataArray, fields: Mapping[str, xr.DataArray], classes: np.ndarray
) -> pd.DataFrame:
    """RMSE and bias of each field (time, lat, lon) in each class of `classes` (lat, lon).

    Times that all fields and the truth share; cells where all are finite.
    """
    common = truth.indexes["time"]
    for values in fields.values():
        common = common.intersection(values.indexes["time"])
    true = truth.sel(time=common).values
    rows = []
    for name, values in fields.items():
        difference = values.sel(time=common).values - true
        for number in np.unique(classes):
            part = difference[:, classes == number]
            part = part[np.isfinite(part)]
            if part.size:
                rows.append(
                    {
                        "source": name,
                        "class": int(number),
                        "RMSE": float(np.sqrt(np.mean(part.astype(float) ** 2))),
                        "bias": float(part.mean()),
                        "N": part.size,
                    }
                )
    return pd.DataFrame(rows)


def relative(table: pd.DataFrame, reference: str, by: Sequence[str]) -> pd.DataFrame:
    """The table with RMSE over that of the reference source, within the groups `by`."""
    base = table[table["source"] == reference].set_index(list(by))["RMSE"]
    place = pd.MultiIndex.from_frame(table[list(by)]) if len(by) > 1 else table[by[0]]
    return table.assign(relative=table["RMSE"] / base.reindex(place).to_numpy())
