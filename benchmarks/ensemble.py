"""Does the ensemble spread as far as it errs? A truth that is one more member says.

In a twin's region the truth has weather drawn as the members of `filter = 'ensrf'` draw theirs,
and no other error; its soil moisture, with noise, is assimilated. If the members are what they
should be, the ranks of the observations among them are flat, and their spread is the error of
their centre, at the end of the run as at its beginning. Beside it the same without perturbed
weather, and with model errors that the truth has not.
   python benchmarks/ensemble.py FOLDER [--size 4] [--members 20] [--seed 1]
"""

import argparse
from pathlib import Path

import netCDF4
import numpy as np
import xarray as xr
from trying import ldas, tried

from ldas.assimilation.forcing_perturbation import WEATHER, weather_of
from ldas.assimilation.rank_histogram import flatness
from ldas.config.groups import Assimilation
from ldas.core.meteorology import FORCING, Meteorology
from ldas.evaluation.opening import read_variable
from observation_ops.observation_type import observation_type

ERROR, EVERY, SETTLED = 0.005, 3, 90  # m3 m-3; days; days at the beginning not judged
NAMES = {"Rainf": "rainf", "Snowf": "snowf", "SWdown": "swdown", "LWdown": "lwdown"}
DAY, EVENING = 86400, 18 * 3600
SETTINGS = {
    "weather as the truth's": "model_wg = 0.; model_lai = 0.",
    "no perturbed weather": "model_wg = 0.; model_lai = 0.; perturb_rain = 0.; "
    "perturb_shortwave = 0.; perturb_longwave = 0.",
    "model errors besides": "",
}


def seconds(time):
    """Seconds since 1970."""
    return time.values.astype("datetime64[s]").astype(int)


def draw_weather(folder, seed):
    """The twin's weather with the error of one more member, cell by cell, day by day."""
    random, said = np.random.default_rng([seed, 987]), Assimilation()
    target = folder / "forcing_drawn.nc"
    target.write_bytes((folder / "forcing.nc").read_bytes())
    with xr.open_dataset(target) as given:
        window = np.ceil((seconds(given["time"]) - EVENING) / DAY).astype(int)
    with netCDF4.Dataset(target, "a") as file:
        fields = {name: np.asarray(file[name][:], float) for name in NAMES}
        cells = fields["Rainf"][0].size
        for one in np.unique(window):
            chosen = window == one
            values = np.zeros((cells, chosen.sum(), len(FORCING)))
            for name, key in NAMES.items():
                values[..., FORCING.index(key)] = fields[name][chosen].reshape(-1, cells).T
            start = np.datetime64("1970-01-01T00:00:00")
            forcing = Meteorology(values, np.ones((cells, 2)), start, 3600)
            sizes = said.perturb_rain, said.perturb_shortwave, said.perturb_longwave
            drawn = weather_of(forcing, random.standard_normal((cells, WEATHER)), *sizes).values
            for name, key in NAMES.items():
                found = drawn[..., FORCING.index(key)].T
                fields[name][chosen] = found.reshape(fields[name][chosen].shape)
        for name, values in fields.items():
            file[name][:] = values


def observe(folder, seed):
    """What is seen of the truth, every few evenings, in a product of its own."""
    truth = read_variable(folder / "output" / "drawn", "state", "wg")[::EVERY]
    wg = truth.values[:, observation_type("ssm").layer - 1]
    noise = ERROR * np.random.default_rng([seed, 654]).standard_normal(wg.shape)
    with (
        netCDF4.Dataset(folder / "forcing.nc") as of,
        netCDF4.Dataset(folder / "drawn.nc", "w") as out,
    ):
        for name in ("lat", "lon"):
            out.createDimension(name, of[name].size)
            out.createVariable(name, "f8", (name,))[:] = of[name][:]
        out.createDimension("time", len(wg))
        out.createVariable("time", "f8", ("time",))[:] = seconds(truth["time"])
        out["time"].units = "seconds since 1970-01-01"
        for name, values in (("ssm", wg + noise), ("error", np.full(wg.shape, ERROR))):
            out.createVariable(name, "f8", ("time", "lat", "lon"))[:] = values
            out[name].units = "m3 m-3"


def prepare(folder, asked):
    """Truth, observations and the namelist of the analysis."""
    ldas(folder.parent, "twin", folder.name, "--size", asked.size, "--years", 2,
         "--seed", asked.seed)  # fmt: skip
    ldas(folder, "run", "open_loop.nml")
    draw_weather(folder, asked.seed)
    joint = (folder / "joint.nml").read_text()
    head = joint.split("&assimilation", 1)[0]
    truth = head.replace("'joint'", "'drawn'").replace("'analysis'", "'open_loop'")
    (folder / "drawn.nml").write_text(truth.replace("forcing.nc", "forcing_drawn.nc"))
    ldas(folder, "run", "drawn.nml")
    head = head.replace("'joint'", "'ensemble'")
    observe(folder, asked.seed)
    (folder / "ensemble.nml").write_text(
        f"{head}&assimilation\n/\n&observation\n type = 'ssm'\n"
        " files = 'drawn.nc'\n variable = 'ssm'\n error_variable = 'error'\n/\n"
    )


def judged(folder):
    """Ranks after the first months; innovations found and expected, by thirds of the rest."""
    names = ("rank_ssm", "innovation_ssm", "innovation_sd_ssm")
    ranks, *sizes = (read_variable(folder, "analysis", name).values[SETTLED:] for name in names)
    shown, due = (
        [np.sqrt(np.nanmean(part**2)) for part in np.array_split(size, 3)] for size in sizes
    )
    return ranks[np.isfinite(ranks)].astype(int), shown, due


def main():
    asked = argparse.ArgumentParser()
    asked.add_argument("folder", type=Path)
    asked.add_argument("--size", type=int, default=4)
    asked.add_argument("--members", type=int, default=20)
    asked.add_argument("--seed", type=int, default=1)
    asked = asked.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    folder = asked.folder.resolve() / f"ensemble{asked.seed}"
    if not (folder / "ensemble.nml").exists():
        prepare(folder, asked)
    common = f"filter = 'ensrf'; members = {asked.members}; bias_gain = 0.; error_memory = 0."
    for name, lines in SETTINGS.items():
        tried(folder, "ensemble", f"{common}; {lines}")
        found, shown, due = judged(folder / "output" / "tried")
        counts = np.bincount(found, minlength=asked.members + 1)
        print(f"{name}: {counts.sum()} ranks, chi squared over that due {flatness(counts):.2f}")
        print(f"   {' '.join(map(str, counts))}")
        words = [f"{a:.4f} / {b:.4f}" for a, b in zip(shown, due, strict=True)]
        print(f"   innovation / due, by thirds (m3 m-3): {', '.join(words)}", flush=True)


if __name__ == "__main__":
    main()
