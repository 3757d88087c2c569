"""Random damage to namelists and files, through all commands: no traceback, no crash, no hang.

    python tests/fuzz/fuzz.py [--namelists 100000] [--files 2000] [--seed 1] [--folder DIR]

Every trial is `ldas check` first, a hundred of them in a child process, then the command itself, in
one of its own, where check accepts (always of a damaged file, of a namelist twice in 100). What fails is kept in
DIR/failed. What was accepted although it was changed is listed in DIR/accepted.txt with the lines
that differ, to be looked through by eye.
"""

import argparse
import difflib
import functools
import gc
import os
import random
import re
import shutil
import signal
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import netCDF4
import numba
import numpy as np
import typer.testing
from jobs import ALL, NAMELIST, Job

from ldas.cli import app

LIMIT = 60  # s, after which a trial hangs
INPUTS = (".nc", ".csv", ".tif", ".h5", ".tiff", ".jp2", ".xml", ".safe")  # that are damaged
FINE = {0: "ok", 2: "refused", 3: "alarm"}  # statuses that a command may end with
TOGETHER = 100  # trials that share a child
WORDS = [
    "nan",
    "1e999",
    "-1",
    "0",
    "'x'",
    ".true.",
    "1,2,3",
    "''",
    "&",
    "/",
    "3*2",
    "%",
    "\x00",
    "é",
]


def mutated_text(text: str, dice: random.Random) -> str:
    """A namelist with one to three changes."""
    for _ in range(dice.randint(1, 3)):
        lines = text.split("\n")
        k = dice.randrange(len(lines))
        kind = dice.randrange(9)
        if kind == 0:
            del lines[k]
        elif kind == 1:
            lines.insert(k, lines[dice.randrange(len(lines))])
        elif kind == 2 and "=" in lines[k]:
            lines[k] = lines[k].split("=")[0] + "= " + dice.choice(WORDS)
        elif kind == 3 and "=" in lines[k]:
            lines[k] = lines[k].replace("=", dice.choice(["", "==", ":", "= ="]), 1)
        elif kind == 4 and lines[k]:
            at = dice.randrange(len(lines[k]))
            lines[k] = lines[k][:at] + chr(dice.randrange(1, 300)) + lines[k][at + 1 :]
        elif kind == 5 and lines[k]:
            at = dice.randrange(len(lines[k]))
            lines[k] = lines[k][:at] + lines[k][at + 1 :]
        elif kind == 6:
            numbers = list(re.finditer(r"\d+\.?\d*", lines[k]))
            if numbers:
                spot = dice.choice(numbers)
                new = dice.choice(
                    ["0", "-7", "1e30", "1e-30", "99999999999", "5.5", spot.group() * 2]
                )
                lines[k] = lines[k][: spot.start()] + new + lines[k][spot.end() :]
        elif kind == 7:
            other = dice.randrange(len(lines))
            lines[k], lines[other] = lines[other], lines[k]
        else:
            lines[k] = lines[k].upper() if dice.random() < 0.5 else lines[k] + " ! " + lines[k]
        text = "\n".join(lines)
    return text


def mutate_file(path: Path, dice: random.Random) -> str:
    """Damage bytes of a file; of a NetCDF file attributes, values, names or order, too.

    Returns what was done.
    """
    kind = dice.randrange(6 if path.suffix == ".nc" else 2)
    content = bytearray(path.read_bytes())
    if kind == 0:
        places = [dice.randrange(len(content)) for _ in range(dice.randint(1, 40))]
        for place in places:
            content[place] = dice.randrange(256)
        path.write_bytes(content)
        return f"{len(places)} bytes"
    if kind == 1:
        size = dice.randrange(len(content))
        path.write_bytes(content[:size])
        return f"cut to {size} of {len(content)} bytes"
    with netCDF4.Dataset(path, "a") as file:
        numbers = [n for n, v in file.variables.items() if getattr(v.dtype, "kind", "") in "iuf"]
        name = dice.choice(numbers)
        variable = file[name]
        if kind == 2:
            key = dice.choice(["units", "scale_factor", "add_offset", "valid_range", "missing_value",
                               "calendar", "standard_name", "axis", "flag_values"])  # fmt: skip
            value = dice.choice(
                ["x", "", "K", "1", 0.0, -1.0, np.nan, 1e30, [1.0, 2.0], "days since x"]
            )
            variable.setncattr(key, value)
            return f"{name}:{key} = {value!r}"
        if kind == 3 and variable.size:
            values = np.asarray(variable[...], float)
            place = dice.randrange(values.size)
            old, new = values.flat[place], dice.choice([np.nan, np.inf, -9999.0, 1e30, 0.0])
            values.flat[place] = new
            variable[...] = values
            return f"{name}[{place}] = {new:g}, was {old:g}"
        if kind == 4:
            new = dice.choice(["x", "old", "time_", "Tair2"])
            file.renameVariable(name, new)
            return f"{name} is named {new}"
        if variable.size and variable.ndim:
            variable[...] = np.asarray(variable[...], float)[::-1]
            return f"{name} is reversed"
        variable[...] = 1e9
        return f"{name} = 1e9"


class Case:
    """A job with its whole input, to be damaged again and again."""

    def __init__(self, job: Job, folder: Path):
        self.job, self.folder = job, folder
        folder.mkdir(parents=True)
        job.prepare(folder)
        self.text = (folder / NAMELIST).read_text()
        inputs = [path for path in sorted(folder.rglob("*")) if path.is_file()]
        self.whole = {path: path.read_bytes() for path in inputs}
        self.files = [path for path in inputs if path.suffix in INPUTS]

    def clean(self) -> None:
        """The input as it was, and nothing else."""
        for path in sorted(self.folder.rglob("*")):
            if path.is_file() and path not in self.whole:
                path.unlink()
        for path, content in self.whole.items():
            if not path.is_file() or path.read_bytes() != content:
                path.unlink(missing_ok=True)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)

    def damage(self, dice: random.Random, of_files: bool) -> str:
        """Damage a file or the namelist; what was done to it."""
        if of_files:
            path = dice.choice(self.files)
            path.unlink()
            path.write_bytes(self.whole[path])  # not in the place that a child may have mapped
            return f"{path.relative_to(self.folder)}: {mutate_file(path, dice)}"
        text = mutated_text(self.text, dice)
        (self.folder / NAMELIST).write_text(text, errors="replace")
        old, new = self.text.split("\n"), text.split("\n")
        changes = list(difflib.unified_diff(old, new, n=0, lineterm=""))[2:]
        return " | ".join(line for line in changes if not line.startswith("@"))

    def call(self, line: list[str]) -> tuple[str, str]:
        """How a command ended in this process: 'ok', 'refused' or 'traceback'; and what it said."""
        os.chdir(self.folder)
        result = typer.testing.CliRunner().invoke(app, line)
        said = f"{result.stdout}\n{result.stderr}\n{result.exception!r}"
        traced = "Traceback" in result.stderr or result.exit_code not in FINE
        return "traceback" if traced else FINE[result.exit_code], said

    def in_child(self, line: list[str]) -> tuple[str, str]:
        """How a command ended in a process of its own; 'hang' or the signal that ended it."""
        said = self.folder / "said.log"
        child = os.fork()
        if child == 0:
            signal.alarm(LIMIT)
            outcome, words = self.call(line)
            said.write_text(f"{outcome}\n{words}")
            os._exit(0)
        _, status = os.waitpid(child, 0)
        words = said.read_text() if said.exists() else ""
        outcome, _, words = words.partition("\n")
        return ended(status) or outcome, words


def ended(status: int) -> str:
    """What ended a child against its will, if anything."""
    if not os.WIFSIGNALED(status):
        return "" if os.WEXITSTATUS(status) == 0 else f"status {os.WEXITSTATUS(status)}"
    number = os.WTERMSIG(status)
    return "hang" if number == signal.SIGALRM else f"signal {number}"


def ready(folder: Path) -> list[Case]:
    """The cases, each gone through once undamaged: compiled and loaded for all children."""
    numba.config.THREADING_LAYER = "workqueue"  # OpenMP's threads do not survive a fork
    typer.testing._get_command = functools.cache(typer.testing._get_command)  # made once
    cases = [Case(job, folder / job.name) for job in ALL]
    for case in cases:
        for line in (["check", NAMELIST], case.job.line(case.folder)):
            outcome, words = case.call(line)
            assert outcome == "ok", (case.job.name, line, words)
        case.clean()
    gc.collect()
    gc.freeze()  # children that collect garbage need not look at what they inherit
    return cases


@dataclass
class Fuzz:
    """All trials, and what became of them."""

    folder: Path
    seed: int
    namelists: int
    files: int
    counts: Counter[str] = field(default_factory=Counter)

    def run(self, cases: list[Case]) -> None:
        """Children that take up where the last one ended, or after what ended it."""
        began, number = time.monotonic(), 0
        while number < self.namelists + self.files:
            notes = self.folder / "notes.txt"
            notes.unlink(missing_ok=True)
            child = os.fork()
            if child == 0:
                with notes.open("w", buffering=1) as out:
                    for k in range(number, min(number + TOGETHER, self.namelists + self.files)):
                        out.write(self._trial(k, cases) + "\n")
                os._exit(0)
            _, status = os.waitpid(child, 0)
            outcomes = notes.read_text().split("\n")[:-1]
            if killed := ended(status):
                number_of = number + len(outcomes)
                self._keep(number_of, self._case(number_of, cases), "check", killed, "")
                outcomes.append(killed)
            self.counts.update(outcomes)
            number += len(outcomes)
            if number // 5_000 > (number - len(outcomes)) // 5_000:
                seconds = time.monotonic() - began
                print(f"{number} after {seconds:.0f} s: {dict(self.counts)}", flush=True)
        seconds = time.monotonic() - began
        print(f"{self.namelists} namelists, {self.files} files, {seconds:.0f} s: {self.counts}")

    def _dice(self, number: int) -> random.Random:
        return random.Random(f"{self.seed}-{number}")

    def _case(self, number: int, cases: list[Case]) -> Case:
        dice = self._dice(-1 - number)
        return dice.choices(cases, [case.job.weight for case in cases])[0]

    def _trial(self, number: int, cases: list[Case]) -> str:
        dice, of_files = self._dice(number), number >= self.namelists
        case = self._case(number, cases)
        case.clean()
        changed = case.damage(dice, of_files)
        signal.alarm(LIMIT)
        line, (outcome, words) = ["check", NAMELIST], case.call(["check", NAMELIST])
        signal.alarm(0)
        # a command is only worth its time where check accepts
        if outcome == "ok" and dice.random() < (1.0 if of_files else 0.02):
            line = case.job.line(case.folder)
            outcome, words = case.in_child(line)
        if outcome == "ok" and changed:
            with (self.folder / "accepted.txt").open("a") as accepted:
                accepted.write(f"{number} {case.job.name} {line[0]}: {changed}\n")
        if outcome not in FINE.values():
            self._keep(number, case, line[0], outcome, words)
        return outcome

    def _keep(self, number: int, case: Case, command: str, outcome: str, words: str) -> None:
        kind = outcome.replace(" ", "")
        shutil.copytree(case.folder, self.folder / "failed" / f"{number}-{command}-{kind}")
        print(f"{number} {case.job.name} {command}: {outcome}: {words[-300:]}", flush=True)


def main() -> int:
    """Run all trials; 1 if any failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--namelists", type=int, default=100_000)
    parser.add_argument("--files", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=Path("fuzz"))
    entries = parser.parse_args()
    folder = entries.folder.absolute()
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "failed").mkdir(parents=True)
    fuzz = Fuzz(folder, entries.seed, entries.namelists, entries.files)
    fuzz.run(ready(folder / "work"))
    return 0 if set(fuzz.counts) <= set(FINE.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
