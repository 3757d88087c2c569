"""Python begins with this where it is on its path: SIGKILL before a certain change of files.

What counts is what Python itself does in the folder it was started in: making, renaming, removing.

`SOAK_STEP`: before which, counted from 1; 0: none. `SOAK_STEPS`: the file that gets their number.
Of an MPI run rank 0 alone counts and is killed: it writes.
"""

import atexit
import os
import signal
import sys
from pathlib import Path

CHANGES = ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate")
HERE = Path.cwd()
state = {"done": 0}


def step(event: str, arguments: tuple) -> None:
    """Count what changes files; die where that is wanted."""
    if event == "open":
        if not (arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR):
            return
    elif event not in CHANGES:
        return
    name = arguments[0]
    if not isinstance(name, str | Path) or not (HERE / name).is_relative_to(HERE):
        return
    state["done"] += 1
    if state["done"] == int(os.environ.get("SOAK_STEP", 0)):
        os.kill(os.getpid(), signal.SIGKILL)


if os.environ.get("OMPI_COMM_WORLD_RANK", "0") == "0" and "ldas.cli" in " ".join(sys.orig_argv):
    sys.addaudithook(step)
    if "SOAK_STEPS" in os.environ:
        atexit.register(lambda: Path(os.environ["SOAK_STEPS"]).write_text(str(state["done"])))
