"""Speed of all parts in one table, beside that of the release before: `make bench`.

CPU time of one core, the best of some repeats, so that a busy machine disturbs it little; wall time
only where two cores share the work.
   python benchmarks/speed.py [--record NAME] [--only PART ...]
`--record` keeps the figures in history.json under a name.
"""

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "land_models"))
import processes
from columns import START, site, weather
from scale import SEEN, make, spent

from ldas.core.mosaic import Mosaic
from ldas.land_models.isba.model import InitialValues, Isba, Options

HISTORY = Path(__file__).with_name("history.json")
STEPS, DT = 288, 300
PATCH = 6
JULY, WINTER = 293.0, 266.0  # K, mean of the air
LOSS = 1.15  # times slower than before is marked
Rows = Iterator[tuple[str, str, float]]


def model_with(columns: int, photosynthesis: str, threads: int = 1) -> Isba:
    """A model of so many cells of one patch."""
    fractions = np.zeros((columns, 12))
    fractions[:, PATCH] = 1.0
    half = np.full(columns, 0.37)
    given = {"lai": np.array([3.0]), "z0": np.array([0.1]), "albedo": np.array([0.2])}
    if photosynthesis == "nit":
        del given["lai"], given["z0"]
    options = Options(DT, photosynthesis, threads=threads)
    initial = InitialValues(lai=(3.0,))
    return Isba(Mosaic.from_fractions(fractions), site(half, half), given, {}, initial, options)


def day_of(
    columns: int, photosynthesis: str, temperature: float, steps: int = STEPS, threads: int = 1
) -> Callable[[], None]:
    """A day, or `steps` of it, of a model after its first day."""
    model = model_with(columns, photosynthesis, threads)
    forcing = weather(np.random.default_rng(1), columns, 2, np.full(columns, temperature), 0.1)
    state = model.initial_state(np.full(columns, temperature), START)
    state = model.advance(state, forcing, START, STEPS if columns < 5000 else 1).state
    begin = START + np.timedelta64(1, "D")
    return lambda: model.advance(state, forcing, begin, steps)


def best(work: Callable[[], None], repeats: int, clock: Callable[[], float]) -> float:
    """Least time (s) of a piece of work."""
    times = []
    for _ in range(repeats):
        began = clock()
        work()
        times.append(clock() - began)
    return min(times)


def model_rows() -> Rows:
    """The column step, by kind and by number of columns; Python around it; threads."""
    costs = {}
    for kind, name in (("prescribed", "prescribed leaves"), ("nit", "growing leaves")):
        for season, temperature in (("July", JULY), ("snow", WINTER)):
            taken = best(day_of(2000, kind, temperature), 7, time.process_time)
            costs[kind, season] = taken / 2000 / STEPS * 1e6
            yield f"column step, {name}, {season}", "us", costs[kind, season]
    for number, steps, repeats in ((64, STEPS, 50), (20_000, 24, 5), (100_000, 6, 5)):
        taken = best(day_of(number, "prescribed", JULY, steps), repeats, time.process_time)
        yield f"column step, {number} columns", "us", taken / number / steps * 1e6
    one = best(day_of(64, "prescribed", JULY, 1), 50, time.process_time)
    yield (
        "Python around a window of 64 columns",
        "us",
        (one * 1e6 - 64 * costs["prescribed", "July"]),
    )
    wall = [best(day_of(2000, "prescribed", JULY, threads=n), 7, time.perf_counter) for n in (1, 2)]
    yield "two threads, times faster", "1", wall[0] / wall[1]
    state = model_with(2000, "nit").initial_state(np.full(2000, JULY), START)
    yield "memory of a column's state", "kB", sum(v.nbytes for v in state.values()) / 2000 / 1e3


def command_rows() -> Rows:
    """Start-up, the embedded case with one rank and two, and an analysis beside its open loop."""
    ldas = [sys.executable, "-m", "ldas.cli"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(folder / "few", 2, 1, DT)
        few = folder / "few"
        point = [*ldas, "run", "open_loop_1.nml", "--quiet"]
        spent(point, few)
        warm = min(spent(_fresh(few, point), few)[0] for _ in range(3))
        yield "warm start, a day of 2 cells", "s", warm
        cold = spent(_fresh(few, point), few, LDAS_CACHE_DIR=str(folder / "cache"))
        yield "cold start", "s", cold[0]
        spent([*ldas, "demo", "demo", "--days", "3", "--quiet"], folder)
        demo, wall = folder / "demo", []
        text = (demo / "open_loop.nml").read_text()
        for ranks in (1, 2):
            path = demo / f"ranks{ranks}.nml"
            path.write_text(text.replace("name = 'open_loop'", f"name = 'ranks{ranks}'"))
            used = spent(["mpirun", "-n", str(ranks), *ldas, "run", path.name, "--quiet"], demo)
            wall.append(used[1])
            yield f"embedded case, 3 days, {ranks} rank(s)", "s wall", used[1]
        yield "two ranks, times faster", "1", wall[0] / wall[1]
        scale, cost = folder / "scale", {}
        make(scale, 400, 4, DT)
        for kind, repeats in (("open_loop", 4), ("joint", 2)):
            one, whole = (
                min(
                    spent(_fresh(scale, [*ldas, "run", f"{kind}{tail}.nml", "--quiet"]), scale)[0]
                    for _ in range(repeats)
                )
                for tail in ("_1", "")
            )
            cost[kind] = (whole - one) / 3
        seen = cost["joint"] / cost["open_loop"]
        yield "a window in which all is seen, over a free one", "1", seen
        year = 1.0 + SEEN["joint"] * (seen - 1.0)
        yield "a year, soil seen each 6 days, leaves each 10", "1", year


def _fresh(folder: Path, command: list[str]) -> list[str]:
    """The command, what it wrote before removed."""
    shutil.rmtree(folder / "output", ignore_errors=True)
    return command


def process_rows() -> Rows:
    """Each process of the land model."""
    for name, cost in processes.costs().items():
        yield name, "ns", cost


PARTS = {"processes": process_rows, "model": model_rows, "commands": command_rows}


def main() -> None:
    """Print the table; keep it where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--record", metavar="NAME")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    asked = parser.parse_args()
    history = json.loads(HISTORY.read_text()) if HISTORY.exists() else {}
    before_name = next(reversed(history), "nothing")
    before = history.get(before_name, {})
    print(f"{'':48s} {'unit':>7s} {'now':>9s} {before_name:>12s}")
    found = {}
    for part in asked.only:
        for name, unit, value in PARTS[part]():
            found[name] = round(value, 4)
            old = before.get(name)
            told = "" if old is None else f"{old:12.4g}"
            mark = "  slower" if old and unit != "1" and value > LOSS * old else ""
            print(f"{name:48s} {unit:>7s} {value:9.4g} {told}{mark}", flush=True)
    if asked.record:
        history[asked.record] = found
        HISTORY.write_text(json.dumps(history, indent=1) + "\n")


if __name__ == "__main__":
    main()
