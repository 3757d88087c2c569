"""What the door for other models costs: ISBA through its own interface over ISBA: `make bench`."""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import netCDF4
import numpy as np

from ldas.coupling.isba_bmi import IsbaBmi

DAYS, REPEATS = 6, 1
OUTPUTS = "'wg', 'lai', 'tg', 'swe', 'le', 'h', 'evap', 'runoff', 'drainage', 'rainf'"
MODEL = """&model
   name = 'bmi'
   library = 'ldas.coupling.isba_bmi:IsbaBmi'
   config_file = 'isba.nml'
   clock = 'time'
   balance = 'worst_water_residual', 'worst_energy_residual'
   time_step = 300
   outputs = {outputs}
   state = {state}
   control = 'lai=lai', {controls}
   lower = 'lai_lower', 8*'wg_lower'
   upper = '', 8*'wg_upper'
   equivalents = 'ssm=wg2', 'lai=lai'
   screened = 'state_wgi[2]>1e-6', 'swe>0.1'
/
"""
OBSERVATION = """&observation
   type = 'ssm'
   files = 'ssm.nc'
   variable = 'ssm'
/
"""


def ldas(*arguments, folder):
    done = subprocess.run(
        [sys.executable, "-m", "ldas.cli", *arguments], cwd=folder, capture_output=True, text=True
    )
    if done.returncode != 0:
        sys.exit(done.stderr)


def write_cases(folder):
    """The demonstration region as an open loop and an analysis, by ISBA and through BMI."""
    ldas("demo", "region", "--days", str(DAYS), folder=folder)
    text = (folder / "region" / "open_loop.nml").read_text()
    text = re.sub(r"'(surface|forcing)\.nc'", r"'region/\1.nc'", text)
    text = text.replace("frequency = 21600", f"frequency = 86400\n   variables = {OUTPUTS}")
    text = text.replace("files = 'region", "height_correction = .false.\n   files = 'region")
    (folder / "isba.nml").write_text(text)
    model = IsbaBmi()
    model.initialize(str(folder / "isba.nml"))
    state = [name for name in model.get_output_var_names() if name.startswith("state_")]
    group = MODEL.format(
        outputs=OUTPUTS,
        state=", ".join(f"'{name}'" for name in state),
        controls=", ".join(f"'wg{k}=state_wg[{k}]'" for k in range(1, 9)),
    )
    begin, end = text.index("&model"), text.index("&output")
    with netCDF4.Dataset(folder / "region" / "surface.nc") as surface:
        lat, lon = surface["lat"][:], surface["lon"][:]
    with netCDF4.Dataset(folder / "ssm.nc", "w") as out:
        out.createDimension("time", 1)
        out.createVariable("time", "f8", ("time",))[:] = [16.0 * 24.0 + 18.0]
        out["time"].units = "hours since 2017-05-01"
        for name, axis in (("lat", lat), ("lon", lon)):
            out.createDimension(name, axis.size)
            out.createVariable(name, "f8", (name,))[:] = axis
        out.createVariable("ssm", "f8", ("time", "lat", "lon"))[:] = 0.25
        out["ssm"].units = "m3 m-3"
    for door, body in (("isba", text), ("bmi", text[:begin] + group + text[end:])):
        for kind in ("open_loop", "analysis"):
            said = body.replace("'open_loop'", f"'{door}_{kind}'", 1)
            said = said.replace("kind = 'open_loop'", f"kind = '{kind}'")
            said += OBSERVATION if kind == "analysis" else ""
            (folder / f"{door}_{kind}.nml").write_text(said)


def wall(folder, name):
    """Seconds of the run itself, start-up aside: the least of some."""
    found = []
    for _ in range(REPEATS):
        for path in sorted((folder / "output" / name).rglob("*"), reverse=True):
            path.unlink() if path.is_file() else path.rmdir()
        ldas("run", f"{name}.nml", "--quiet", folder=folder)
        found.append(json.loads((folder / "output" / name / "summary.json").read_text())["wall_s"])
    return float(np.min(found))


def main():
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        write_cases(folder)
        for kind in ("open_loop", "analysis"):
            direct, through = (wall(folder, f"{door}_{kind}") for door in ("isba", "bmi"))
            print(
                f"{kind}: {direct:.1f} s by ISBA, {through:.1f} s through its interface, ratio "
                f"{through / direct:.2f} (target 1.3)"
            )


if __name__ == "__main__":
    main()
