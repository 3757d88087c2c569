"""Does the analysis put back the water that the forcing lacks? Matsch B2, 2014 and 2015.

The open loop and the analysis of the 5 cm probe get the precipitation without the irrigation;
another open loop gets all of it. Judged at 20 cm, which no analysis has seen. Needs LDAS_DATA:
   python benchmarks/matsch_irrigation.py FOLDER
"""

import subprocess
import sys
from pathlib import Path

import netCDF4
import numpy as np

from ldas.config.namelist import expand_path
from ldas.evaluation.station import read_station

ROOT = Path(__file__).resolve().parents[1] / "namelists"
DRY = "precip_noirrigation_mm_h_2014on"
START, PAIRS = "2014-04-20T18:00", "2009-10-02T18:00"


def ldas(*arguments):
    subprocess.run([sys.executable, "-m", "ldas.cli", *map(str, arguments)], check=True)


def without_irrigation(folder, data):
    """The forcing with the precipitation that the rain gauge saw, where it is known."""
    table = read_station(data / "insitu.csv.gz", "time_utc", [DRY])[DRY]
    with netCDF4.Dataset(data / "forcing.nc") as whole:
        time = netCDF4.num2date(whole["time"][:], whole["time"].units)
        stamps = np.array([np.datetime64(t.isoformat()) for t in time])
        rain, snow = (np.ma.filled(whole[name][:, 0, 0], np.nan) for name in ("Rainf", "Snowf"))
    seen = table.reindex(stamps).to_numpy() / 3600.0
    dry = np.where(np.isfinite(seen), np.maximum(seen - snow, 0.0), rain)
    target = folder / "forcing_dry.nc"
    target.write_bytes((data / "forcing.nc").read_bytes())
    with netCDF4.Dataset(target, "a") as out:
        out["Rainf"][:, 0, 0] = dry
    print(f"left out: {3600 * np.nansum(rain - dry):.0f} mm since 2014")


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    data = expand_path("${LDAS_DATA}/matsch_b2", folder)
    without_irrigation(folder, data)
    ldas("station", data / "insitu.csv.gz", folder / "probe.nc", "--column", "sm_5cm_m3_m3",
         "--lat", 46.668, "--lon", 10.579)  # fmt: skip
    wet = (ROOT / "matsch.nml").read_text().replace("'matsch'", "'irrigated'")
    dry = wet.replace("'irrigated'", "'dry'").replace(
        "${LDAS_DATA}/matsch_b2/forcing", "forcing_dry"
    )
    ssm = (ROOT / "matsch_ssm.nml").read_text().replace("'matsch_ssm'", "'analysis'")
    ssm = ssm.replace("${LDAS_DATA}/matsch_b2/forcing", "forcing_dry")
    ssm = ssm.replace("output/matsch_probe", "probe").replace("output/matsch'", "output/dry'")
    ssm = ssm.replace("output/matsch_rescaling", "rescaling")
    rescale = ssm.replace("end = '2015-12-30T18:00'", f"end = '{START}'")
    corrected = ssm.replace("'analysis'", "'corrected'", 1)
    ssm = ssm.replace("&observation", "&assimilation\n   bias_gain = 0.0\n/\n&observation", 1)
    for name, text in (("irrigated", wet), ("dry", dry), ("rescale", rescale),
                       ("analysis", ssm), ("corrected", corrected)):  # fmt: skip
        (folder / f"{name}.nml").write_text(text)
    ldas("run", folder / "irrigated.nml")
    ldas("run", folder / "dry.nml")
    ldas("rescale", folder / "rescale.nml")
    ldas("run", folder / "analysis.nml")
    ldas("run", folder / "corrected.nml")
    sources = "".join(f"&source\n name = '{name}'\n folder = 'output/{name}'\n/\n"
                      for name in ("dry", "irrigated", "analysis", "corrected"))  # fmt: skip
    whole = (ROOT / "evaluate_matsch.nml").read_text()
    station = whole[whole.index("&station") :]
    (folder / "evaluate.nml").write_text(
        f"&evaluation\n name = 'pair'\n average = 'day'\n start = '{START}'\n/\n{sources}{station}"
    )
    ldas("evaluate", folder / "evaluate.nml")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
