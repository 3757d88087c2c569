"""What benchmarks of analyses share: commands of ldas, and an analysis with settings to try."""

import json
import shutil
import subprocess
import sys


def ldas(folder, *arguments):
    """Run a command in a folder; a failure ends the benchmark with what was said."""
    found = subprocess.run(
        [sys.executable, "-m", "ldas.cli", *map(str, arguments)],
        cwd=folder, text=True, capture_output=True,
    )  # fmt: skip
    if found.returncode:
        raise SystemExit(f"{folder}: ldas {' '.join(map(str, arguments))}\n{found.stderr}")


def tried(folder, base, lines):
    """Run the analysis `base` anew as 'tried' with these lines of &assimilation, separated by ;.

    Returns the chi2 of each of its sets.
    """
    text = (folder / f"{base}.nml").read_text().replace(f"name = '{base}'", "name = 'tried'")
    head, tail = text.split("&assimilation", 1)
    given = lines.replace(";", "\n")
    (folder / "tried.nml").write_text(f"{head}&assimilation\n{given}\n/{tail.split('/', 1)[1]}")
    results = folder / "output" / "tried"
    shutil.rmtree(results, ignore_errors=True)
    ldas(folder, "run", "tried.nml")
    sets = json.loads((results / "summary.json").read_text())["observations"]
    return [books["all"]["chi2"] for books in sets.values()]
