"""What all tests share: where the reference data lie, small cases, the command line."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import netCDF4
import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("LDAS_SHARED", ROOT.parent / "shared"))


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in the same hook
def pytest_collection_modifyitems(items):
    """Files stay together on one process; what takes minutes begins first, on its own."""
    for item in items:
        if "shared" in item.fixturenames:
            item.add_marker(pytest.mark.shared)
        alone = item.get_closest_marker("minutes")
        item.add_marker(pytest.mark.xdist_group(item.nodeid if alone else str(item.path)))
    items.sort(key=lambda item: item.get_closest_marker("minutes") is None)


@pytest.fixture(scope="session")
def shared():
    """The folder of reference data; its absence is a failure in CI and a skip elsewhere."""
    if not SHARED.is_dir():
        message = f"no reference data at {SHARED} (set LDAS_SHARED)"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return SHARED


@pytest.fixture(scope="session")
def chromium():
    """A browser to look at pages with; its absence is a failure in CI and a skip elsewhere."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "chrome"))), None)
    if found is None:
        message = "no Chromium on this machine"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return found


@pytest.fixture
def data(shared, monkeypatch):
    """The real input, where namelists look for it."""
    monkeypatch.setenv("LDAS_DATA", str(shared / "data"))
    return shared / "data"


def pytest_assertrepr_compare(op, left, right):
    """Where two sets of bits differ, instead of all of their bytes."""
    both = (left, right)
    if op != "==" or not all(isinstance(x, dict) and x for x in both):
        return None
    if not all(isinstance(value, bytes) for x in both for value in x.values()):
        return None
    lines = ["bits differ:"]
    for key in sorted({*left, *right}, key=str):
        a, b = left.get(key), right.get(key)
        if a is None or b is None:
            lines.append(f"{key}: only on the {'left' if b is None else 'right'}")
        elif len(a) != len(b):
            lines.append(f"{key}: {len(a)} and {len(b)} bytes")
        elif a != b:
            other = [k for k in range(len(a)) if a[k] != b[k]]
            at = slice(other[0] // 8 * 8, other[0] // 8 * 8 + 8)
            values = f"{a[at].hex()} and {b[at].hex()}"
            lines.append(
                f"{key}: {len(other)} of {len(a)} bytes, {other[0]} to {other[-1]}, first {values}"
            )
    return lines


def contents(folder):
    """Every variable of every file of a run's folder, bit by bit."""
    found = {}
    for path in sorted(folder.glob("*.nc")):
        with netCDF4.Dataset(path) as file:
            file.set_auto_mask(False)
            for name, variable in file.variables.items():
                found[path.name, name] = variable[...].tobytes()
    return found


@pytest.fixture
def ldas(tmp_path):
    """Run the `ldas` command as a user would, in an empty folder, on any number of ranks."""

    def call(*arguments, ranks=1, **environment):
        command = [sys.executable, "-m", "ldas.cli", *map(str, arguments)]
        if ranks > 1:
            command = ["mpirun", "-n", str(ranks), *command]
        return subprocess.run(
            command,
            cwd=tmp_path,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            errors="replace",
            timeout=600,
        )

    return call


START = np.datetime64("2001-06-01T00:00:00")
VALUES = {
    "Tair": ("K", 290.0),
    "Qair": ("kg kg-1", 0.008),
    "Wind": ("m s-1", 3.0),
    "SWdown": ("W m-2", 300.0),
    "LWdown": ("W m-2", 330.0),
    "Rainf": ("kg m-2 s-1", 1e-5),
    "Snowf": ("kg m-2 s-1", 0.0),
    "PSurf": ("Pa", 98000.0),
}


class ForcingFile:
    """A small forcing file that a test can bend before writing."""

    def __init__(self, hours=72, lat=(43.0, 43.5, 44.0), lon=(1.0, 1.5, 2.0)):
        self.lat, self.lon = np.array(lat, float), np.array(lon, float)
        self.hours = np.arange(hours + 1, dtype=float)
        self.time_units = f"hours since {str(START).replace('T', ' ')}"
        self.calendar = "proleptic_gregorian"
        shape = (self.hours.size, self.lat.size, self.lon.size)
        self.units = {name: units for name, (units, _) in VALUES.items()}
        self.fields = {name: np.full(shape, value) for name, (_, value) in VALUES.items()}
        day = np.cos(2 * np.pi * (self.hours - 13) / 24)[:, None, None]
        self.fields["Tair"] += 6 * day + self.lat[None, :, None] - 43.5
        self.fields["SWdown"] = np.maximum(0.0, 800 * day) + np.zeros(shape)
        self.scalars = {"ZREF": ("m", 2.0), "UREF": ("m", 10.0), "ZS": ("m", 100.0)}
        self.fill = {}

    def write(self, path):
        with netCDF4.Dataset(path, "w") as out:
            for name, values in (("time", self.hours), ("lat", self.lat), ("lon", self.lon)):
                out.createDimension(name, values.size)
                variable = out.createVariable(name, "f8", (name,))
                variable[:] = values
            out["time"].units, out["time"].calendar = self.time_units, self.calendar
            out["lat"].units, out["lon"].units = "degrees_north", "degrees_east"
            for name, values in self.fields.items():
                variable = out.createVariable(name, "f4", ("time", "lat", "lon"))
                if self.units[name] is not None:
                    variable.units = self.units[name]
                variable[:] = values
            for name, (units, value) in self.scalars.items():
                out.createVariable(name, "f8", ())[...] = value
                out[name].units = units
        return path


NAMELIST = """
&experiment
   name = 'case'
   start = '2001-06-01T00:00'
   end = '2001-06-03T12:00'
/
&domain
   latitude = 43.4
   longitude = 1.7
   altitude = 100.0
   clay = 0.2
   sand = 0.4
   patch_fraction = 0.1, 0., 0., 0.3, 0., 0., 0.4, 0., 0., 0.2, 0., 0.
/
&forcing
   files = 'forcing.nc'
/
&model
   lai = 2.0
/
&output
   frequency = 3600
/
"""


class SmallCase:
    """A namelist and a forcing file in a folder, both to be bent."""

    def __init__(self, folder):
        self.folder = folder
        self.forcing = ForcingFile()
        self.text = NAMELIST

    def set(self, old, new):
        assert old in self.text, old
        self.text = self.text.replace(old, new)
        return self

    def write(self):
        self.forcing.write(self.folder / "forcing.nc")
        return self.write_namelist()

    def write_namelist(self):
        path = self.folder / "case.nml"
        path.write_text(self.text)
        return path

    def write_ssm(self, change=lambda out: None):
        """A product of one value at the point, at 18 UTC of the first day; `change` bends it."""
        with netCDF4.Dataset(self.folder / "ssm.nc", "w") as out:
            for name, values in (("time", [18.0]), ("lat", [43.4]), ("lon", [1.7])):
                out.createDimension(name, 1)
                out.createVariable(name, "f8", (name,))[:] = values
            out["time"].units = "hours since 2001-06-01"
            stored = out.createVariable("ssm", "f4", ("time", "lat", "lon"))
            stored.units, stored[:] = "m3 m-3", 0.2
            change(out)

    def on_six_cells(self):
        """Six cells with all patches in place of one point: something for three ranks."""
        head, tail = self.text.split("&domain")
        rest = tail.split("&forcing")[1]
        self.text = f"{head}&domain\n   surface_file = 'surface.nc'\n/\n&forcing{rest}"
        with netCDF4.Dataset(self.folder / "surface.nc", "w") as out:
            for name, axis in (("lat", [43.2, 43.4, 43.6]), ("lon", [1.4, 1.6])):
                out.createDimension(name, len(axis))
                out.createVariable(name, "f8", (name,))[:] = axis
            out.createDimension("patch", 12)
            share = out.createVariable("patch_fraction", "f8", ("patch", "lat", "lon"))
            share[:] = 1.0 / 12.0
            for name, value in (("clay", 0.2), ("sand", 0.4), ("altitude", 100.0)):
                out.createVariable(name, "f8", ("lat", "lon"))[:] = value
        return self

    @property
    def results(self):
        return self.folder / "output" / "case"


@pytest.fixture
def case(tmp_path):
    return SmallCase(tmp_path)


@pytest.fixture(scope="session")
def frame(tmp_path_factory):
    """A folder with a radar frame without speckle of bright points on hills, and their heights."""
    import known_ground as ground

    from ldas.synthetic.sentinel1_product import RadarScene, write_safe

    folder = tmp_path_factory.mktemp("frame")
    scene = RadarScene(
        ground.LAT, ground.LON, {"VV": ground.reflecting, "VH": lambda lat, lon: 0.02 + 0 * lat},
        ground.hills, looks=0.0,
    )  # fmt: skip
    write_safe(folder, scene)
    ground.write_dem(folder / "dem.tif", ground.hills)
    return folder
