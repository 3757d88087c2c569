"""Speed of the land model on one core, and of a run: `make bench`."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "land_models"))
from columns import START, site, weather

from ldas.core.mosaic import Mosaic
from ldas.land_models.isba.model import InitialValues, Isba, Options

CELLS, DAYS, STEPS_A_DAY = 50, 5, 288
MONTHLY_LAI = np.array([3.0])


def seconds_of(work) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def columns_with(patches, photosynthesis="prescribed"):
    fractions = np.zeros((CELLS, 12))
    fractions[:, patches] = 1.0 / len(patches)
    mosaic = Mosaic.from_fractions(fractions)
    half = np.full(CELLS, 0.37)
    given = {"lai": MONTHLY_LAI, "z0": np.array([0.1]), "albedo": np.array([0.2])}
    if photosynthesis == "nit":
        del given["lai"], given["z0"]
    initial = InitialValues(lai=(3.0,))
    return mosaic, Isba(mosaic, site(half, half), given, {}, initial, Options(300, photosynthesis))


def microseconds_per_step(patches, temperature, photosynthesis):
    random = np.random.default_rng(1)
    mosaic, model = columns_with(patches, photosynthesis)
    forcing = weather(random, CELLS, DAYS + 1, np.full(CELLS, temperature), 0.1)
    day = np.timedelta64(1, "D")
    first = model.initial_state(np.full(mosaic.columns, temperature), START)
    state = model.advance(first, forcing, START, STEPS_A_DAY).state
    times = []
    for k in range(1, DAYS + 1):
        begin = START + k * day
        times.append(seconds_of(lambda t=begin: model.advance(state, forcing, t, STEPS_A_DAY)))
    return np.median(times) / mosaic.columns / STEPS_A_DAY * 1e6


def main():
    mosaic, model = columns_with([6])
    forcing = weather(np.random.default_rng(1), CELLS, 1, np.full(CELLS, 290.0), 0.1)
    first = model.initial_state(np.full(mosaic.columns, 290.0), START)
    compiled = seconds_of(lambda: model.advance(first, forcing, START, 1))
    print(f"kernels ready after {compiled:.1f} s (compiled or from the cache)")
    for name, patches in (("one patch", [6]), ("4 patches", [0, 3, 6, 9])):
        for kind in ("prescribed", "nit"):
            for season, temperature in (("summer", 293.0), ("snow", 266.0)):
                speed = microseconds_per_step(patches, temperature, kind)
                print(f"{name}, {kind}, {season}: {speed:.2f} us per column and step, one core")
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "ldas.cli"]
        subprocess.run([*command, "demo", folder, "--days", "5", "--quiet"], check=True)
        namelist = Path(folder) / "open_loop.nml"
        text = namelist.read_text()
        for ranks in (1, 2):
            path = namelist.with_name(f"ranks{ranks}.nml")
            path.write_text(text.replace("name = 'open_loop'", f"name = 'ranks{ranks}'"))
            run = ["mpirun", "-n", str(ranks), *command, "run", str(path), "--quiet"]
            taken = seconds_of(lambda run=run: subprocess.run(run, check=True))
            print(f"embedded case, 5 days, {ranks} rank(s): {taken:.1f} s from start to end")


if __name__ == "__main__":
    main()
