"""Random damage to namelists and files, through the commands: no traceback, no crash, no hang.

    python tests/fuzz/fuzz.py [--namelists 100000] [--files 2000] [--seed 1] [--folder DIR]

Every trial runs in a child process of its own. What fails is kept in DIR/failed, what was accepted
although it was changed is listed in DIR/accepted.txt, to be looked through by eye.
"""

import argparse
import os
import random
import re
import shutil
import signal
import sys
import time
from pathlib import Path

import netCDF4
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from conftest import SmallCase  # noqa: E402
from typer.testing import CliRunner  # noqa: E402

from ldas.cli import app  # noqa: E402

LIMIT = 60  # s, after which a trial hangs
FINE = (0, 2)  # statuses that a command may end with
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
ANALYSIS = """&assimilation
   control = 'wg2', 'wg3'
/
&observation
   type = 'ssm'
   files = 'ssm.nc'
   variable = 'ssm'
   error = 0.04
/
"""


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


def mutate_file(path: Path, dice: random.Random) -> None:
    """A NetCDF file with damaged bytes, attributes, values, names or dimensions."""
    kind = dice.randrange(6)
    if kind == 0:
        content = bytearray(path.read_bytes())
        for _ in range(dice.randint(1, 40)):
            content[dice.randrange(len(content))] = dice.randrange(256)
        path.write_bytes(content)
        return
    if kind == 1:
        content = path.read_bytes()
        path.write_bytes(content[: dice.randrange(len(content))])
        return
    with netCDF4.Dataset(path, "a") as file:
        name = dice.choice(list(file.variables))
        variable = file[name]
        if kind == 2:
            key = dice.choice(["units", "scale_factor", "add_offset", "valid_range", "missing_value",
                               "calendar", "standard_name", "axis", "flag_values"])  # fmt: skip
            value = dice.choice(
                ["x", "", "K", "1", 0.0, -1.0, np.nan, 1e30, [1.0, 2.0], "days since x"]
            )
            variable.setncattr(key, value)
        elif kind == 3 and variable.size:
            flat = np.asarray(variable[...], float).ravel()
            flat[dice.randrange(flat.size)] = dice.choice([np.nan, np.inf, -9999.0, 1e30, 0.0])
            variable[...] = flat.reshape(variable.shape)
        elif kind == 4:
            file.renameVariable(name, dice.choice(["x", "old", "time_", "Tair2"]))
        elif variable.size:
            variable[...] = np.asarray(variable[...], float)[::-1] if variable.ndim else 1e9


def prepare(folder: Path) -> SmallCase:
    """The good case, with an observation."""
    case = SmallCase(folder)
    case.set("name = 'case'", "name = 'case'\n   kind = 'analysis'").set(
        "&output", ANALYSIS + "&output"
    )
    case.write()
    with netCDF4.Dataset(folder / "ssm.nc", "w") as out:
        for name, values in (("time", [18.0]), ("lat", [43.4]), ("lon", [1.7])):
            out.createDimension(name, 1)
            out.createVariable(name, "f8", (name,))[:] = values
        out["time"].units = "hours since 2001-06-01"
        stored = out.createVariable("ssm", "f4", ("time", "lat", "lon"))
        stored.units, stored[:] = "m3 m-3", 0.2
    return case


def trial(command: str, folder: Path, limit: int = LIMIT) -> tuple[str, str]:
    """How a command on a folder's namelist ended, in a child: 'ok', 'refused' or what is wrong."""
    said = folder / "said.txt"
    child = os.fork()
    if child == 0:
        signal.alarm(limit)
        result = CliRunner().invoke(app, [command, str(folder / "case.nml")])
        said.write_text(f"{result.stdout}\n{result.stderr}\n{result.exception!r}")
        traced = "Traceback" in result.stderr or result.exit_code not in FINE
        os._exit(9 if traced else result.exit_code)
    _, status = os.waitpid(child, 0)
    words = said.read_text() if said.exists() else ""
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        return ("hang" if number == signal.SIGALRM else f"signal {number}"), words
    return {0: "ok", 2: "refused"}.get(os.WEXITSTATUS(status), "traceback"), words


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
    (folder / "work").mkdir(parents=True)
    (folder / "failed").mkdir()
    work = folder / "work"
    case = prepare(work)
    whole = {path.name: path.read_bytes() for path in work.glob("*.nc")}
    assert trial("run", work, 10 * LIMIT)[0] == "ok"  # compiles, so that no trial is slow for that
    CliRunner().invoke(app, ["check", str(work / "case.nml")])  # imports, once for all children
    text, counts, began = case.text, {}, time.monotonic()
    with (folder / "accepted.txt").open("w", buffering=1) as accepted:
        for number in range(entries.namelists + entries.files):
            dice = random.Random(f"{entries.seed}-{number}")
            of_files = number >= entries.namelists
            shutil.rmtree(work / "output", ignore_errors=True)
            (work / "case.nml").write_text(
                text if of_files else mutated_text(text, dice), errors="replace"
            )
            if of_files:
                name = dice.choice(sorted(whole))
                (work / name).unlink()
                (work / name).write_bytes(whole[name])
                mutate_file(work / name, dice)
            # a run is only worth its time where check accepts
            command, (outcome, words) = "check", trial("check", work)
            if outcome == "ok" and dice.random() < (1.0 if of_files else 0.02):
                command, (outcome, words) = "run", trial("run", work)
            counts[outcome] = counts.get(outcome, 0) + 1
            if outcome == "ok" and (
                of_files or (work / "case.nml").read_text(errors="replace") != text
            ):
                accepted.write(f"{number} {'file' if of_files else 'namelist'}\n")
            if outcome not in ("ok", "refused"):
                kept = folder / "failed" / f"{number}-{command}-{outcome.replace(' ', '')}"
                shutil.copytree(work, kept)
                print(f"trial {number}, {command}: {outcome}: {words[-300:]}", flush=True)
            if of_files:
                (work / name).unlink()
                (work / name).write_bytes(whole[name])
    seconds = time.monotonic() - began
    print(f"{entries.namelists} namelists, {entries.files} files in {seconds:.0f} s: {counts}")
    return 0 if set(counts) <= {"ok", "refused"} else 1


if __name__ == "__main__":
    sys.exit(main())
