"""Terrain-flattened gamma0 on hills whose brightness is only due to their slope."""

import known_ground as ground
import numpy as np
import pytest
import xarray as xr

from ldas.image_chain.steps import run_chain
from ldas.synthetic.sentinel1_product import RadarScene, write_safe

GAMMA = 0.12
THETA, HEADING = np.radians(38.0), np.radians(-12.0)


def as_bright_as_its_slope(lat, lon):
    """sigma0 on the ellipsoid of ground of one gamma0 (Ulander 1996): east, north, up."""
    y, x = ground.metres(lat, lon)
    step = 2.0
    rise = [
        (ground.hills(*ground.degrees(y + a, x + b)) - ground.hills(*ground.degrees(y - a, x - b)))
        / (2 * step)
        for a, b in ((0.0, step), (step, 0.0))
    ]
    length = np.sqrt(1.0 + rise[0] ** 2 + rise[1] ** 2)
    normal = np.stack([-rise[0] / length, -rise[1] / length, 1.0 / length])
    forward = np.array([np.sin(HEADING), np.cos(HEADING), 0.0])
    right = np.array([np.cos(HEADING), -np.sin(HEADING), 0.0])
    up = np.array([0.0, 0.0, 1.0])
    sight = np.cos(THETA) * up - np.sin(THETA) * right
    plane = np.cross(sight, forward)  # normal of the image's plane
    plane *= np.sign(plane[2])
    local, psi = (np.tensordot(v, normal, 1) for v in (sight, plane))
    return GAMMA * np.maximum(local, 0.01) * np.sin(THETA) / np.maximum(psi, 0.05)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("flat")
    write_safe(folder, RadarScene(ground.LAT, ground.LON, {"VV": as_bright_as_its_slope},
                                  ground.hills, looks=0.0))  # fmt: skip
    ground.write_dem(folder / "dem.tif", ground.hills)
    found = {}
    for kind in ("sigma0", "gamma0"):
        nml = ground.namelist(
            folder, size=30.0,
            more=f"&sentinel1\n files = '*.SAFE', radiometry = '{kind}', border = 0.0, "
            "polarisations = 'VV', units = 'linear'\n/\n",
        )  # fmt: skip
        nml.write_text(nml.read_text().replace("'out'", f"'{kind}'"))
        run_chain(nml, lambda line: None)
        with xr.open_dataset(next((folder / kind).glob("S1*.nc"))) as file:
            found[kind] = file.load()
    return found


def test_gamma0_no_longer_tells_the_slope(made):
    decibels = {}
    for kind, file in made.items():
        values = file[f"{kind}_vv"].values[0]
        decibels[kind] = 10.0 * np.log10(values[np.isfinite(values) & (values > 0.0)])
    sd = {kind: v.std() for kind, v in decibels.items()}
    off = np.median(decibels["gamma0"]) - 10.0 * np.log10(GAMMA)
    print(f"sd {sd['sigma0']:.2f} dB of sigma0, {sd['gamma0']:.2f} dB of gamma0, off {off:.3f} dB")
    assert sd["sigma0"] > 1.5 and sd["gamma0"] < 0.3
    assert abs(off) < 0.05


def test_the_sides_of_the_grid_have_no_gamma0(made):
    values = made["gamma0"].gamma0_vv.values[0]
    assert np.isnan(values[:2]).all() and np.isnan(values[:, -2:]).all()
    assert np.isfinite(values).mean() > 0.5
