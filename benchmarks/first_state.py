"""What the first soil temperatures are worth: a year begun without spin-up against a spun-up one.

For each site of data/sites with a year of weather: the error of soil temperature at 10 and 100 cm
over the first half year, begun from the first day's mean (as it was) and from the year's course.
"""

import os
import tempfile
from pathlib import Path

import numpy as np
import xarray as xr

import ldas
from ldas.gridded.stored import open_stored
from ldas.gridded.times import decode_time

SITES = Path(os.environ.get("LDAS_DATA", "../shared/data")) / "sites"
NAMELIST = """&experiment
   name = '{name}'
   start = '{start}'
   end = '{end}'
   output_dir = '{folder}'
/
&domain
   latitude = {lat}
   longitude = {lon}
   altitude = 100.0
   clay = 0.2
   sand = 0.4
   patch_fraction = 0., 0., 0., 0., 0., 0., 0., 0., 0., 1., 0., 0.
/
&forcing
   files = '{forcing}'
   height_correction = .false.
   z_temperature = 2.0
   z_wind = 10.0
/
&model
   lai = 2.0
   albedo = 0.2
   {first}
/
&output
   frequency = 86400
   variables = 'tg', 'wgi'
/
"""


def run(folder: Path, name: str, first: str, site: dict) -> xr.Dataset:
    path = folder / f"{name}.nml"
    path.write_text(NAMELIST.format(name=name, folder=folder, first=first, **site))
    return ldas.run(path).states.tg.isel(lat=0, lon=0).load()


def main() -> None:
    print("site           begun   rmse(10 cm, 1 m) from the first day  from the year's course  K")
    for forcing in sorted(SITES.glob("*/forcing.nc")):
        file = open_stored(forcing)
        time = decode_time(file.variable("time"))
        air = file.variable("Tair").read().ravel()
        for begin in ("01-01", "07-01"):
            starts = [t for t in time if str(t)[5:13] == f"{begin}T00"]
            starts = [t for t in starts if t + np.timedelta64(365, "D") <= time[-1]]
            if not starts:
                continue
            start = starts[0]
            step = int((time[1] - time[0]).astype(int))
            k = int(np.searchsorted(time, start))
            first_day = air[k : k + 86400 // step].mean()
            site = {
                "start": start,
                "end": start + np.timedelta64(365, "D"),
                "forcing": forcing.resolve(),
                "lat": float(file.variable("lat").read()[0]),
                "lon": float(file.variable("lon").read()[0]),
            }  # fmt: skip
            with tempfile.TemporaryDirectory() as name:
                folder = Path(name)
                old = run(folder, "old", f"initial_temperature = {first_day:.3f}", site)
                new = run(folder, "new", "", site)
                state = folder / "new" / "restart"
                truth = new
                for n in range(4):  # the year again and again
                    last = sorted(state.glob("restart_*.nc"))[-1]
                    truth = run(folder, f"again{n}", f"restart = '{last}'", site)
                    state = folder / f"again{n}" / "restart"
            half = slice(0, 182)
            errors = []
            for found in (old, new):
                d = (found - truth).isel(time=half)
                errors += [float(np.sqrt((d.sel(layer=n) ** 2).mean())) for n in (3, 8)]
            print(
                f"{forcing.parent.name:<14} {begin}   {errors[0]:6.2f} {errors[1]:6.2f}"
                f"              {errors[2]:6.2f} {errors[3]:6.2f}"
            )


if __name__ == "__main__":
    main()
