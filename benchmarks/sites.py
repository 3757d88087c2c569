"""What the analysis is worth at real sites: one probe near the surface seen, deeper ones judged.

At every site of ${LDAS_DATA}/sites and Matsch B2: an open loop from a state in balance, the
shallow probe thinned to one value in six days and rescaled to it, the analysis with the
settings that a user who changes nothing has, and R, R of 35-day anomalies and ubRMSD of daily
means at every depth with what the analysis changes and how sure that is (block bootstrap).
   python benchmarks/sites.py FOLDER [--assimilation "errors = 'published'"] [--site NAME ...]
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import netCDF4
import numpy as np
import pandas as pd
from trying import ldas, tried

from ldas.commands.evaluate import compared
from ldas.config.namelist import expand_path
from ldas.core.mosaic import PATCHES
from ldas.evaluation.setup import load_setup
from ldas.evaluation.station import read_station

SETTLED = np.timedelta64(60, "D")  # not judged, after the start


@dataclass(frozen=True)
class Site:
    """A place, its plants and soil (from its literature), and its probes: depth (m) by column."""

    name: str
    folder: str
    lat: float
    lon: float
    altitude: float
    patch: str
    clay: float
    sand: float
    height: float
    seen: str
    probes: dict[str, float]
    model: str = ""
    table: str = "insitu.csv"


MATSCH_SOIL = "wsat = 0.53\n wfc = 0.25\n wwilt = 0.08\n root_depth = 0.8\n ground_depth = 1.5"
# PALS tells no depths: 5 and 20 cm are taken, the quicker column (changes in 12 h) as the upper.
SITES = (
    Site("Matsch_B2", "matsch_b2", 46.668, 10.579, 1480.0, "C3 grass", 0.08, 0.45, 2.0,
         "sm_5cm_m3_m3", {"sm_5cm_m3_m3": 0.05, "sm_20cm_m3_m3": 0.2}, MATSCH_SOIL,
         "insitu.csv.gz"),
    Site("Matsch_P2", "sites/matsch_p2", 46.683, 10.584, 1549.0, "C3 grass", 0.08, 0.45, 2.0,
         "sm_05cm", {"sm_05cm": 0.05, "sm_20cm": 0.2}),
    Site("DOMEF_1500", "sites/domef1500", 46.401, 11.454, 1415.0, "C3 grass", 0.2, 0.4, 2.0,
         "sm_05cm", {"sm_05cm": 0.05, "sm_20cm": 0.2}),
    Site("Loobos", "sites/pals_NL-Loo", 52.1679, 5.7440, 25.0, "needleleaf", 0.04, 0.9, 24.0,
         "sm_d1", {"sm_d1": 0.05, "sm_d2": 0.2}),
    Site("Hyytiala", "sites/pals_FI-Hyy", 61.8474, 24.2948, 181.0, "needleleaf", 0.1, 0.6, 23.0,
         "sm_d1", {"sm_d1": 0.05, "sm_d2": 0.2}),
    Site("Blodgett", "sites/pals_US-Blo", 38.8952, -120.633, 1315.0, "needleleaf", 0.3, 0.35,
         10.0, "sm_d1", {"sm_d1": 0.05, "sm_d2": 0.2}),
    Site("Amplero", "sites/pals_IT-Amp", 41.9041, 13.6052, 884.0, "C3 grass", 0.35, 0.2, 4.0,
         "sm_d2", {"sm_d2": 0.05, "sm_d1": 0.2}),
)  # fmt: skip

NAMELIST = """&experiment
 name = '{name}'
 start = '{start}'
 end = '{end}'
 kind = '{kind}'
/
&domain
 latitude = {site.lat}
 longitude = {site.lon}
 altitude = {site.altitude}
 clay = {site.clay}
 sand = {site.sand}
 patch_fraction = {fractions}
/
&forcing
 files = 'forcing.nc'
 z_temperature = {site.height}
 z_wind = {site.height}
 height_correction = .false.
/
&model
 photosynthesis = 'nit'
 {site.model}
 {restart}
/
&output
 frequency = 10800
/
"""
OBSERVED = """&assimilation
/
&observation
 type = 'ssm'
 files = 'probe.nc'
 variable = 'ssm'
 rescaling = 'linear'
 rescaling_file = 'rescaling.nc'
/
&rescaling
 open_loop = 'output/open_loop'
/
"""


def forcing_of(site, data, target):
    """The site's weather, stamps at the interval's end as the model takes them; its period."""
    with netCDF4.Dataset(data / "forcing.nc") as source, netCDF4.Dataset(target, "w") as out:
        for name, dimension in source.dimensions.items():
            out.createDimension(name, dimension.size)
        for name, variable in source.variables.items():
            if name in ("ZREF", "UREF"):
                continue
            copy = out.createVariable(name, "f8", variable.dimensions)
            copy.setncatts({k: variable.getncattr(k) for k in variable.ncattrs()
                            if not k.startswith(("_", "scale", "add"))})  # fmt: skip
            copy[...] = variable[...]
        if site.folder.startswith("sites"):
            time = out["time"]
            time[:] = time[:] + (time[1] - time[0])
        stamps = netCDF4.num2date(out["time"][:], out["time"].units)
    return (np.datetime64(stamps[k].isoformat(), "s") for k in (0, -1))


def prepare(site, folder):
    """Open loop, product and statistics of a site."""
    folder.mkdir(parents=True, exist_ok=True)
    data = expand_path("${LDAS_DATA}", folder) / site.folder
    first, last = forcing_of(site, data, folder / "forcing.nc")
    day, evening = np.timedelta64(1, "D"), np.timedelta64(18, "h")
    start = first.astype("datetime64[D]") + day + evening
    end = last.astype("datetime64[D]") - day + evening
    table = read_station(data / site.table, "time_utc", list(site.probes))
    table = pd.DataFrame(table)
    table.index.name = "time_utc"
    table.to_csv(folder / "insitu.csv", date_format="%Y-%m-%dT%H:%M:%SZ")
    fractions = ", ".join("1." if name == site.patch else "0." for name in PATCHES)
    common = {"site": site, "start": start, "end": end, "fractions": fractions}
    free = {**common, "name": "open_loop", "kind": "open_loop"}
    (folder / "spinup.nml").write_text(NAMELIST.format(**free, restart=""))
    ldas(folder, "spinup", "spinup.nml")
    restart = folder / "output" / "open_loop" / "spinup" / "restart.nc"
    free["restart"] = common["restart"] = f"restart = '{restart.relative_to(folder)}'"
    (folder / "open_loop.nml").write_text(NAMELIST.format(**free))
    ldas(folder, "run", "open_loop.nml")
    ldas(folder, "station", "insitu.csv", "probe.nc", "--column", site.seen,
         "--lat", site.lat, "--lon", site.lon)  # fmt: skip
    bound = NAMELIST.format(**common, name="analysis", kind="analysis")
    (folder / "analysis.nml").write_text(bound + OBSERVED)
    ldas(folder, "rescale", "analysis.nml")
    sources = "".join(f"&source\n name = '{n}'\n folder = 'output/{n}'\n/\n"
                      for n in ("open_loop", "tried"))  # fmt: skip
    columns = ", ".join(f"'{name}'" for name in site.probes)
    depths = ", ".join(str(depth) for depth in site.probes.values())
    kinds = ", ".join("'wg'" for _ in site.probes)
    (folder / "evaluate.nml").write_text(
        f"&evaluation\n reference = 'open_loop'\n average = 'day'\n start = '{start + SETTLED}'\n"
        f"/\n{sources}&station\n name = '{site.name}'\n network = 'sites'\n file = 'insitu.csv'\n"
        f" land_cover = '{site.patch}'\n latitude = {site.lat}\n longitude = {site.lon}\n"
        f" columns = {columns}\n variables = {kinds}\n depths = {depths}\n/\n"
    )


def judge(site, folder, assimilation):
    """Run the analysis and score it: rows of the evaluation's table, and chi2."""
    (chi2,) = tried(folder, "analysis", assimilation)
    scores = compared(load_setup(folder / "evaluate.nml")).scores
    return scores[scores.season == "all"], chi2


def main():
    asked = argparse.ArgumentParser()
    asked.add_argument("folder", type=Path)
    asked.add_argument("--assimilation", default="", help="lines of &assimilation; default: none")
    asked.add_argument("--site", nargs="*", help="only these")
    asked = asked.parse_args()
    print("site         depth   R open->analysis         anomaly R               "
          "ubRMSD (m3 m-3)         chi2")  # fmt: skip
    for site in SITES:
        if asked.site and site.name not in asked.site:
            continue
        folder = asked.folder / site.name
        if not (folder / "evaluate.nml").exists():
            prepare(site, folder)
        scores, chi2 = judge(site, folder, asked.assimilation)
        for depth in sorted(scores.depth.unique()):
            rows = scores[scores.depth == depth].set_index("source")
            free, found = rows.loc["open_loop"], rows.loc["tried"]
            words = [
                f"{free[name]:.3f}->{found[name]:.3f} [{found[f'd{name}_low']:+.3f} "
                f"{found[f'd{name}_high']:+.3f}]"
                for name in ("R", "anomaly_R", "ubRMSD")
            ]
            print(
                f"{site.name:12s} {100 * depth:3.0f} cm {'  '.join(words)}  {chi2:.2f}", flush=True
            )


if __name__ == "__main__":
    main()
