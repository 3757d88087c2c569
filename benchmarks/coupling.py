"""What the door for other models costs: ISBA through its own interface over ISBA: `make bench`."""

import json
import re
import shutil
import sys
import tempfile
from pathlib import Path

import netCDF4
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "coupling"))
from through_bmi import model_group, quoted
from trying import ldas

DAYS, REPEATS = 6, 1
OUTPUTS = ("wg", "lai", "tg", "swe", "le", "h", "evap", "runoff", "drainage", "rainf")
OBSERVATION = """&observation
   type = 'ssm'
   files = 'ssm.nc'
   variable = 'ssm'
/
"""


def write_cases(folder):
    """The demonstration region as an open loop and an analysis, by ISBA and through BMI."""
    ldas(folder, "demo", "region", "--days", DAYS)
    text = (folder / "region" / "open_loop.nml").read_text()
    text = re.sub(r"'(surface|forcing)\.nc'", r"'region/\1.nc'", text)
    text = text.replace("frequency = 21600", f"frequency = 86400\n   variables = {quoted(OUTPUTS)}")
    text = text.replace("files = 'region", "height_correction = .false.\n   files = 'region")
    (folder / "isba.nml").write_text(text)
    group = model_group(folder / "isba.nml", OUTPUTS, analysed=True)
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
        shutil.rmtree(folder / "output" / name, ignore_errors=True)
        ldas(folder, "run", f"{name}.nml", "--quiet")
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
