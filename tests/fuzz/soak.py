"""Kills at random instants of every command that writes; the same command then ends with the same bits.

    python tests/fuzz/soak.py [--kills 200] [--seed 1] [--folder DIR]

After each kill nothing half-written may lie under a final name, and the command, given again, must
write what it writes undisturbed. One kill in four hits two runs that were begun at once.
"""

import argparse
import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import netCDF4

ROOT = Path(__file__).resolve().parents[2]
for part in ("tests", "tests/retrieval", "tests/evaluation", "tests/bad_input"):
    sys.path.insert(0, str(ROOT / part))

from conftest import SmallCase  # noqa: E402
from scene import Scene  # noqa: E402
from synthetic import truth, write_experiment, write_station  # noqa: E402
from test_evaluate import NAMELIST as EVALUATION  # noqa: E402
from test_s2mp import NAMELIST as RETRIEVAL  # noqa: E402
from test_wrong_restarts import RESCALE, product  # noqa: E402

SPINUP = "\n&spinup\n   passes = 3\n/\n"


def bits(folder: Path) -> dict[tuple[str, str], bytes]:
    """Every variable of every result, and the CSV tables."""
    found = {}
    for path in sorted(folder.rglob("*.nc")):
        if path.parent.name in ("restart", "parts"):
            continue
        with netCDF4.Dataset(path) as file:
            file.set_auto_mask(False)
            for name, variable in file.variables.items():
                found[str(path.relative_to(folder)), name] = variable[...].tobytes()
    for path in sorted(folder.rglob("*.csv")):
        found[str(path.relative_to(folder)), ""] = path.read_bytes()
    return found


def cases(folder: Path) -> dict[str, tuple[Path, str, str, int]]:
    """By name: the folder, command, namelist and ranks of each job."""
    found = {}
    for ranks in (1, 2, 3):
        where = folder / f"run{ranks}"
        where.mkdir(parents=True)
        case = SmallCase(where)
        case.on_six_cells()
        case.set(
            "end = '2001-06-03T12:00'", "end = '2001-06-04T00:00'\n   checkpoint_seconds = 0.0"
        ).write()
        found[f"run{ranks}"] = (where, "run", "case.nml", ranks)
    where = folder / "spinup"
    where.mkdir()
    case = SmallCase(where)
    case.text += SPINUP
    case.write()
    found["spinup"] = (where, "spinup", "case.nml", 1)
    where = folder / "rescale"
    where.mkdir()
    case = SmallCase(where)
    case.write()
    call("run", "case.nml", where)
    (where / "again.nml").write_text(case.text + RESCALE)
    product(where / "ssm.nc")
    found["rescale"] = (where, "rescale", "again.nml", 1)
    where = folder / "retrieve"
    where.mkdir()
    Scene(cells=4).write(where)
    (where / "r.nml").write_text(RETRIEVAL)
    found["retrieve"] = (where, "retrieve", "r.nml", 1)
    where = folder / "evaluate"
    where.mkdir()
    days, lat, lon, true = truth(days=200)
    write_experiment(where / "open_loop", days, lat, lon, true + 0.05)
    write_experiment(where / "analysis", days, lat, lon, true + 0.02)
    write_station(where / "north.csv", days, true[:, 2, 1])
    (where / "ev.nml").write_text(EVALUATION)
    found["evaluate"] = (where, "evaluate", "ev.nml", 1)
    return found


def begin(command: str, namelist: str, folder: Path, ranks: int = 1) -> subprocess.Popen:
    """A command in a process group of its own."""
    line = [sys.executable, "-m", "ldas.cli", command, namelist]
    if ranks > 1:
        line = ["mpirun", "-n", str(ranks), *line]
    log = (folder / "soak.log").open("a")
    return subprocess.Popen(line, cwd=folder, stdout=log, stderr=log, start_new_session=True)


def call(command: str, namelist: str, folder: Path, ranks: int = 1) -> int:
    """A command to its end."""
    return begin(command, namelist, folder, ranks).wait(timeout=600)


def kill(process: subprocess.Popen) -> None:
    """The whole group, at once."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    # ranks that a launcher put into groups of their own
    subprocess.run(["pkill", "-9", "-f", f"ldas.cli.*{Path(process.args[-1]).name}"], check=False)


def main() -> int:
    """All kills; 1 if any left something wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=Path("soak"))
    entries = parser.parse_args()
    folder = entries.folder.absolute()
    shutil.rmtree(folder, ignore_errors=True)
    jobs = cases(folder / "good")
    begun: dict[str, tuple[dict, dict, float]] = {}
    for name, (where, command, namelist, ranks) in jobs.items():
        before = bits(where)
        shutil.copytree(where, folder / "input" / name)
        call(command, namelist, where, ranks)  # compiles
        shutil.rmtree(where)
        shutil.copytree(folder / "input" / name, where)
        clock = time.monotonic()
        status = call(command, namelist, where, ranks)
        assert status == 0, (name, (where / "soak.log").read_text()[-500:])
        begun[name] = (before, bits(where), time.monotonic() - clock)
    failures = 0
    for number in range(entries.kills):
        dice = random.Random(f"{entries.seed}-{number}")
        name = dice.choice(sorted(jobs))
        _, command, namelist, ranks = jobs[name]
        before, wanted, seconds = begun[name]
        where = folder / "trial"
        shutil.rmtree(where, ignore_errors=True)
        shutil.copytree(folder / "input" / name, where)
        two = dice.random() < 0.25
        processes = [begin(command, namelist, where, ranks) for _ in range(1 + two)]
        time.sleep(dice.uniform(0.0, 1.1 * seconds))
        for process in processes:
            kill(process)
        wrong = []
        left = {key: value for key, value in bits(where).items() if key not in before}
        # results that are being added to month by month may be shorter, never other than whole files
        if command in ("rescale", "retrieve", "spinup"):
            wrong += [key for key, value in left.items() if wanted.get(key) != value]
        status = call(command, namelist, where, ranks)
        if status != 0:
            wrong.append(f"status {status}: {(where / 'soak.log').read_text()[-400:]}")
        elif bits(where) != wanted:
            wrong.append("other bits")
        wrong += [str(path) for path in where.rglob("*.tmp")]
        if wrong:
            failures += 1
            shutil.copytree(where, folder / f"failed-{number}")
            print(f"kill {number}, {name}{' twice' if two else ''}: {wrong}", flush=True)
    print(f"{entries.kills} kills, {failures} left something wrong")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
