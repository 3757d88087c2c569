"""How long thousands of product files take to open: the first time and again, and to read."""

import os
import tempfile
import time
from pathlib import Path

import netCDF4
import numpy as np

FILES, ROWS, COLS = 3650, 40, 60


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LDAS_CACHE_DIR"] = str(Path(folder) / "cache")
        from observation_ops.observation_type import observation_type
        from observation_ops.products import open_product

        files = []
        for k in range(FILES):
            files.append(Path(folder) / f"ssm_{k:05d}.nc")
            with netCDF4.Dataset(files[-1], "w") as out:
                for name, size in (("time", 1), ("lat", ROWS), ("lon", COLS)):
                    out.createDimension(name, size)
                    out.createVariable(name, "f8", (name,))[:] = 0.01 * np.arange(size) + k * (
                        name == "time"
                    )
                out["time"].units = "days since 2010-01-01"
                stored = out.createVariable("ssm", "f4", ("time", "lat", "lon"))
                stored.units, stored[:] = "m3 m-3", 0.2
        kind = observation_type("ssm")
        for what in ("first time", "again"):
            begun = time.perf_counter()
            found = open_product(kind, files, "ssm")
            print(f"{FILES} daily files opened, {what}: {time.perf_counter() - begun:.1f} s")
        begun = time.perf_counter()
        for stamp in found.stamps[:365]:
            found.read(stamp, slice(None), slice(None))
        print(f"365 fields of {ROWS} x {COLS} read: {time.perf_counter() - begun:.1f} s")
        one = Path(folder) / "all.nc"
        with netCDF4.Dataset(one, "w") as out:
            for name, size in (("time", 17000), ("lat", 1), ("lon", 1)):
                out.createDimension(name, size)
                out.createVariable(name, "f8", (name,))[:] = np.arange(size)
            out["time"].units = "hours since 2010-01-01"
            stored = out.createVariable("ssm", "f4", ("time", "lat", "lon"))
            stored.units, stored[:] = "m3 m-3", 0.2
        found = open_product(kind, [one], "ssm")
        begun = time.perf_counter()
        for stamp in found.stamps:
            found.read(stamp, slice(None), slice(None))
        print(f"17,000 records of one file read: {time.perf_counter() - begun:.1f} s")


if __name__ == "__main__":
    main()
