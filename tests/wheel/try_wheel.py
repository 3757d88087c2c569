"""What `make dist` does with a wheel: an empty environment outside the tree, a run, a retrieval.

Usage: try_wheel.py WHEEL
"""

import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

import netCDF4
import numpy as np


def main(wheel: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        venv.create(home / "env", with_pip=True)
        scripts = home / "env" / "bin"
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRTUAL"))}
        environment = {**clean, "PATH": f"{scripts}:/usr/bin:/bin"}

        def call(*command: str) -> None:
            print("$", *command, flush=True)
            subprocess.run(command, cwd=home, env=environment, check=True)

        call(str(scripts / "python"), "-m", "pip", "install", "--quiet", str(wheel))
        call("ldas", "demo", "region", "--days", "2")
        call("ldas", "check", "region/open_loop.nml")
        call("ldas", "run", "region/open_loop.nml", "--quiet")
        call("ldas", "twin", "twin", "--size", "2", "--years", "1", "--radar", "--quiet")
        call("ldas", "retrieve", "twin/retrieve.nml", "--quiet")
        with netCDF4.Dataset(next((home / "region/output").rglob("state_*.nc"))) as out:
            assert np.isfinite(out["wg"][:]).any()
        with netCDF4.Dataset(home / "twin/s2mp.nc") as out:
            assert np.isfinite(np.ma.filled(out["ssm"][:], np.nan)).any()
        print("the wheel installs, runs and retrieves")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
