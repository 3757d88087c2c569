"""Irrigation found again in twins, where it is known: who is found, how much, who wrongly.

python benchmarks/irrigation.py FOLDER ANALYSIS ...      twins FOLDER/*/ of `ldas twin`
"""

import argparse
from pathlib import Path

import netCDF4
import numpy as np
from trying import ldas


def area_under_roc(score, irrigated):
    """How often an irrigated cell has more than another one; a tie counts half."""
    above = score[irrigated][:, None] - score[~irrigated][None, :]
    return (above > 0.0).mean() + 0.5 * (above == 0.0).mean()


def truth(folder, months):
    """Irrigation (mm) of each month of the truth: (month, lat, lon)."""
    with netCDF4.Dataset(folder / "irrigation.nc") as file:
        days = np.asarray(file["time"][:]).astype("datetime64[s]").astype("datetime64[M]")
        water = np.asarray(file["irrigation"][:])
    return np.stack([water[days == month].sum(axis=0) for month in months])


def judge(folder, analysis):
    """Probability, amounts found and true of a twin's cells, and which are irrigated."""
    ldas(folder, "irrigation", f"{analysis}.nml")
    with netCDF4.Dataset(folder / "output" / analysis / "irrigation.nc") as file:
        months = np.asarray(file["time"][:]).astype("datetime64[s]").astype("datetime64[M]")
        found = [np.asarray(file[name][:]) for name in ("irrigation_probability", "irrigation")]
    with netCDF4.Dataset(folder / "irrigated.nc") as file:
        irrigated = np.asarray(file["irrigated"][:]).astype(bool)
    return *found, truth(folder, months), irrigated


def main():
    """Print a line for each twin and analysis, and for all of an analysis' twins."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("analyses", nargs="+")
    asked = parser.parse_args()
    print(f"{'twin':10s} {'analysis':14s}  ROC area  R of months  found/true mm  wrongly found")
    for analysis in asked.analyses:
        every = []
        twins = sorted(
            p.parent.parent.parent for p in asked.folder.glob(f"*/output/{analysis}/summary.json")
        )
        for twin in twins:
            every.append(judge(twin, analysis))
            tell(twin.name, analysis, every[-1:])
        if len(every) > 1:
            tell("all", analysis, every)


def tell(name, analysis, found):
    """A line on some twins together."""
    probability, irrigated = (np.concatenate([f[k].ravel() for f in found]) for k in (0, 3))
    amount, true = (
        np.concatenate([f[k].reshape(len(f[k]), -1) for f in found], axis=1) for k in (1, 2)
    )
    r = np.corrcoef(amount.ravel(), true.ravel())[0, 1]
    wrongly = int((probability[~irrigated] > 0.5).sum())
    water = (values[:, irrigated].sum() / irrigated.sum() for values in (amount, true))
    area = area_under_roc(probability, irrigated)
    found_and_true = f"{next(water):5.0f}/{next(water):4.0f}"
    print(f"{name:10s} {analysis:14s}  {area:8.3f}  {r:11.2f}  {found_and_true}"
          f"      {wrongly} of {int((~irrigated).sum())}")  # fmt: skip


if __name__ == "__main__":
    main()
