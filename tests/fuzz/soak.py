"""Kills and other accidents at random instants of every command; then the same bits all the same.

    python tests/fuzz/soak.py [--kills 200] [--seed 1] [--folder DIR] [--steps] [--job NAME ...]

After each kill nothing half-written may lie under a final name, and the command, given again, must
write what it writes undisturbed. Half of the kills come at any time, half just before a file is
made, renamed or removed, where what must belong together is apart. One kill in four of those at
any time hits two calls that were begun at once. `--steps` kills before every such change of every
command (or of each `--job`), one after the other, and does nothing at random. Every third trial
is another accident: SIGTERM to the launcher, a disk that is full, an input that vanishes or that is
replaced while it is read. What a call says of it must be a message.
"""

import argparse
import contextlib
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import netCDF4
from jobs import WRITING, Job

ENDED = (0, 1, 2, 3)  # 3: `ldas cycle` waits, with an alarm
BY_SIGTERM = 143
TOLD_EVERY = 25
AT_STEP = {  # has Python begin with at_step/sitecustomize.py
    "PYTHONPATH": os.pathsep.join(
        (str(Path(__file__).resolve().parent / "at_step"), os.environ.get("PYTHONPATH", ""))
    )
}
DAMAGED = ("Traceback", "Segmentation", "core dumped")


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


class Trial:
    """A job in a fresh copy of its input, and what went wrong with it."""

    def __init__(self, job: Job, given: Path, folder: Path, seconds: float, dice: random.Random):
        self.job, self.given, self.folder = job, given, folder
        self.seconds, self.dice = seconds, dice
        self.wrong: list[str] = []
        self.possible: list[dict] = []  # results of other input
        self.status: int | None = None
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(given, folder)

    def some_time(self) -> None:
        """Wait until any instant of the call."""
        time.sleep(self.dice.uniform(0.0, 1.1 * self.seconds))

    def killed_before(self, step: int) -> None:
        """SIGKILL to the process that writes, before its change of files of this number."""
        self.job.call(self.folder, **AT_STEP, SOAK_STEP=str(step))

    def killed(self) -> None:
        """SIGKILL to one call, or to two that were begun at once."""
        calls = [self.job.begin(self.folder) for _ in range(1 + (self.dice.random() < 0.25))]
        self.some_time()
        for call in calls:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(call.pid, signal.SIGKILL)
            call.wait()
            # ranks that a launcher put into groups of their own
            ours = f"ldas.cli {' '.join(self.job.line(self.folder))}"
            subprocess.run(["pkill", "-9", "-f", ours], check=False)

    def terminated(self) -> None:
        """SIGTERM, as a scheduler sends it: to the launcher, which tells its ranks."""
        call = self.job.begin(self.folder)
        self.some_time()
        call.terminate()
        self._ends(call, (*ENDED, BY_SIGTERM, -signal.SIGTERM))

    def full(self) -> None:
        """No file may grow beyond a few thousand bytes: what a full disk does to a writer.

        Of one process: MPI has files of its own, in memory, and gives up before any line of ours.
        """
        if self.job.ranks > 1:
            return self.terminated()
        most = self.dice.choice((0, 4_000, 20_000))
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        old = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, limits[1]))
        try:
            call = self.job.begin(self.folder)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
            signal.signal(signal.SIGXFSZ, old)
        self._ends(call, ENDED)

    def _inputs(self) -> list[Path]:
        inputs = sorted(path for path in self.given.rglob("*") if path.suffix != ".log")
        return [path.relative_to(self.given) for path in inputs if path.is_file()]

    def vanished(self) -> None:
        """An input is gone from some instant on."""
        name = self.dice.choice(self._inputs())
        call = self.job.begin(self.folder)
        self.some_time()
        with contextlib.suppress(FileNotFoundError):
            (self.folder / name).unlink()
        self._ends(call, ENDED, name)
        if self.status == 0 and name.name in (self.folder / "said.log").read_text():
            self.possible.append(bits(self.folder))  # told, and the rest was done

    def replaced(self) -> None:
        """Another NetCDF file takes the place of an input at some instant; no mixture is made."""
        inputs = [path for path in self._inputs() if path.suffix == ".nc"]
        if not inputs:
            return self.vanished()
        name = self.dice.choice(inputs)
        other = self.folder / "other"
        shutil.copyfile(self.given / name, other)
        with netCDF4.Dataset(other, "a") as file:
            variable = file[self.dice.choice(list(file.variables))]
            values = variable[...]
            variable[...] = values * 1.01 if values.dtype.kind == "f" else values
        of_other = self.folder.with_name("other")
        shutil.rmtree(of_other, ignore_errors=True)
        shutil.copytree(self.given, of_other)
        shutil.copyfile(other, of_other / name)
        self.job.call(of_other)
        self.possible.append({k: v for k, v in bits(of_other).items() if k[0] != str(name)})
        call = self.job.begin(self.folder)
        self.some_time()
        os.replace(other, self.folder / name)
        self._ends(call, ENDED, name)

    def _ends(self, call: subprocess.Popen, statuses: tuple[int, ...], name: Path | None = None):
        """The call ends by itself, as it may; then the input is put back."""
        try:
            self.status = call.wait(timeout=120.0 + 10.0 * self.seconds)
        except subprocess.TimeoutExpired:
            os.killpg(call.pid, signal.SIGKILL)
        said = (self.folder / "said.log").read_text(errors="replace")
        if self.status not in statuses or any(word in said for word in DAMAGED):
            self.wrong.append(f"status {self.status}: {said[-600:]}")
        if name is not None:
            temporary = self.folder / "back"
            shutil.copyfile(self.given / name, temporary)
            os.replace(temporary, self.folder / name)

    def judge(self, before: dict, wanted: dict) -> None:
        """Nothing half-written now; the same call again ends with the bits of the undisturbed."""
        found = bits(self.folder)
        left = {key: value for key, value in found.items() if key not in before}
        whole = any(_within(found, other, before) for other in (wanted, *self.possible))
        # what is added to month by month may be shorter, but never other than a whole file
        if not whole and (self.job.command not in ("run", "cycle") or self.status == 0):
            self.wrong.append(f"half or mixed: {[k for k in left if left[k] != wanted.get(k)][:5]}")
        status = self.job.call(self.folder)
        said = " ".join((self.folder / "said.log").read_text(errors="replace").split())
        other = bool(self.possible) and status == 2 and "another content" in said
        if status != 0 and not other:
            self.wrong.append(f"then status {status}: {said[-400:]}")
        elif status == 0 and (now := bits(self.folder)) != wanted:
            names = sorted(k for k in now.keys() | wanted.keys() if now.get(k) != wanted.get(k))
            self.wrong.append(f"then other bits: {names[:5]}")
        self.wrong += [str(path) for path in self.folder.rglob("*.tmp")]


def _within(found: dict, whole: dict, before: dict) -> bool:
    """Whether all that is there beyond what was there before is of one whole result."""
    return all(whole.get(key) == value for key, value in found.items() if key not in before)


ACCIDENTS = (Trial.terminated, Trial.full, Trial.vanished, Trial.replaced)


@dataclass(frozen=True)
class Undisturbed:
    """What lies there before and after a job, its seconds, and how often it changes files."""

    before: dict
    after: dict
    seconds: float
    steps: int


def undisturbed(job: Job, folder: Path) -> Undisturbed:
    """What a job does when nothing happens to it; compiles first."""
    given, good = folder / "input" / job.name, folder / "good"
    given.mkdir(parents=True)
    job.prepare(given)
    before = bits(given)
    steps = folder / "steps"
    for counted in ({**AT_STEP, "SOAK_STEPS": str(steps)}, {}):
        shutil.rmtree(good, ignore_errors=True)
        shutil.copytree(given, good)
        clock = time.monotonic()
        assert job.call(good, **counted) == 0, (job.name, (good / "said.log").read_text()[-500:])
    return Undisturbed(before, bits(good), time.monotonic() - clock, int(steps.read_text()))


Step = tuple[Job, random.Random, Callable[[Trial], None]]


def at_random(
    jobs: list[Job], known: dict[str, Undisturbed], kills: int, seed: int
) -> Iterator[Step]:
    """Jobs and what happens to them, until there were so many kills."""
    number = killed = 0
    while killed < kills:
        number += 1
        dice = random.Random(f"{seed}-{number}")
        job = dice.choice(jobs)
        if number % 3 == 0:
            yield job, dice, dice.choice(ACCIDENTS)
            continue
        killed += 1
        if dice.random() < 0.5:
            yield job, dice, Trial.killed
        else:
            yield job, dice, before_step(dice.randint(1, known[job.name].steps))


def every_step(jobs: list[Job], known: dict[str, Undisturbed]) -> Iterator[Step]:
    """A kill before every change of files of every job."""
    for job in jobs:
        for step in range(1, known[job.name].steps + 1):
            yield job, random.Random(step), before_step(step)


def before_step(step: int) -> Callable[[Trial], None]:
    """`Trial.killed_before` this one."""

    def killed_before(trial: Trial) -> None:
        trial.killed_before(step)

    return killed_before


def main() -> int:
    """All kills; 1 if any left something wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=Path("soak"))
    parser.add_argument("--steps", action="store_true", help="before every change of files")
    names = [job.name for job in WRITING]
    parser.add_argument("--job", action="append", choices=names, help="these only; several")
    entries = parser.parse_args()
    jobs = [job for job in WRITING if job.name in (entries.job or names)]
    folder = entries.folder.absolute()
    shutil.rmtree(folder, ignore_errors=True)
    known = {job.name: undisturbed(job, folder) for job in jobs}
    for name, found in known.items():
        print(f"{name}: {found.seconds:.1f} s, {found.steps} changes of files", flush=True)
    if entries.steps:
        trials = every_step(jobs, known)
    else:
        trials = at_random(jobs, known, entries.kills, entries.seed)
    counts, failures = Counter(), 0
    for number, (job, dice, accident) in enumerate(trials, start=1):
        found = known[job.name]
        trial = Trial(job, folder / "input" / job.name, folder / "trial", found.seconds, dice)
        counts[accident.__name__] += 1
        accident(trial)
        trial.judge(found.before, found.after)
        if trial.wrong:
            failures += 1
            shutil.copytree(trial.folder, folder / f"failed-{number}")
            print(f"{number}, {job.name} {accident.__name__}: {trial.wrong}", flush=True)
        elif number % TOLD_EVERY == 0:
            print(f"{number} done, {failures} left something wrong", flush=True)
    print(f"{dict(counts)}: {failures} left something wrong")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
