"""What an analysis is worth in twins of many seeds, with the settings `ldas twin` writes.

RMSE against the truth relative to the open loop, over irrigated cells and elsewhere, January to
September of the last year; chi2 of the innovations beside.
   python benchmarks/twins.py FOLDER [--seeds 11 12 ...] [--size 4] [--years 2] [--jobs 2]
      [--run joint|ssm|lai] [--assimilation "errors = 'published'; bias_gain = 0.7"]
"""

import argparse
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import netCDF4
import numpy as np
from trying import ldas, tried

from ldas.evaluation.opening import months_of

SEEDS = tuple(range(11, 21))
SCORED = {"WG2": ("wg", 2), "WG4": ("wg", 4), "WG5": ("wg", 5), "WG8": ("wg", 8),
          "LAI": ("lai", None)}  # fmt: skip


def make(folder, seed, asked):
    """Truth, open loop and statistics of a seed, unless they are there; chi2 of the analysis."""
    if not (folder / "output" / "rescale").exists():
        ldas(folder.parent, "twin", folder.name, "--size", asked.size, "--years", asked.years,
             "--seed", seed)  # fmt: skip
        ldas(folder, "run", "open_loop.nml")
        ldas(folder, "rescale", "rescale.nml")
    return tried(folder, asked.run, asked.assimilation)


def series(folder, name, times):
    """A variable at 18 UTC of the days in `times`, (time, ..., lat, lon)."""
    parts = []
    for path in months_of(folder, "state"):
        with netCDF4.Dataset(path) as file:
            stamps = netCDF4.num2date(file["time"][:], file["time"].units)
            there = [s.isoformat() in times for s in stamps]
            if any(there):
                parts.append(np.ma.filled(file[name][there], np.nan))
    return np.concatenate(parts)


def score(folder):
    """RMSE of the analysis over that of the open loop, by variable: irrigated, elsewhere."""
    with netCDF4.Dataset(folder / "irrigated.nc") as file:
        irrigated = np.asarray(file["irrigated"][:]).astype(bool)
    results, times = folder / "output", set()
    for path in months_of(results / "tried", "state"):
        with netCDF4.Dataset(path) as file:
            times |= {s.isoformat() for s in netCDF4.num2date(file["time"][:], file["time"].units)}
    runs = ("truth", "open_loop", "tried")
    whole = {name: [series(results / run, name, times) for run in runs] for name in ("wg", "lai")}
    found = {}
    for label, (name, layer) in SCORED.items():
        truth, free, analysis = (x if layer is None else x[:, layer - 1] for x in whole[name])
        found[label] = [
            np.sqrt(((analysis - truth)[:, where] ** 2).mean())
            / np.sqrt(((free - truth)[:, where] ** 2).mean())
            for where in (irrigated, ~irrigated)
        ]
    return found


def main():
    asked = argparse.ArgumentParser()
    asked.add_argument("folder", type=Path)
    asked.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    asked.add_argument("--size", type=int, default=4)
    asked.add_argument("--years", type=int, default=2)
    asked.add_argument("--jobs", type=int, default=2)
    asked.add_argument("--run", choices=("joint", "ssm", "lai"), default="joint")
    asked.add_argument("--assimilation", default="", help="lines of &assimilation; default: none")
    asked = asked.parse_args()
    folders = {seed: asked.folder.resolve() / f"seed{seed}" for seed in asked.seeds}
    asked.folder.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(asked.jobs) as pool:
        chi2 = list(pool.map(lambda seed: make(folders[seed], seed, asked), folders))
    print("seed  " + "  ".join(f"{name:>11s}" for name in SCORED) + "   chi2 by set")
    table = []
    for (seed, folder), by_set in zip(folders.items(), chi2, strict=True):
        found = score(folder)
        table.append(list(found.values()))
        words = [f"{a:.2f} / {b:.2f}" for a, b in found.values()]
        print(f"{seed:4d}  {'  '.join(words)}   {', '.join(f'{x:.2f}' for x in by_set)}")
    for name, of in (("mean", np.mean), ("worst", np.max)):
        print(f"{name:5s} " + "  ".join(f"{a:.2f} / {b:.2f}" for a, b in of(table, axis=0)))


if __name__ == "__main__":
    main()
