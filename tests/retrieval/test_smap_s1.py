"""tau-omega and the disaggregation of brightness temperature: laws, and SMAP's own retrievals."""

import netCDF4
import numpy as np
import pytest
import xarray as xr
from radiometer_scene import NAMELIST, RadiometerScene
from typer.testing import CliRunner

from ldas.cli import app
from retrieval import on_xarray
from retrieval.dielectric import mironov
from retrieval.smap_s1 import (
    beta_by_series,
    beta_snapshot,
    disaggregated,
    foliage,
    gamma,
    means,
)
from retrieval.tau_omega import (
    ANGLE,
    brightness_temperature,
    fresnel_v,
    single_channel,
    soil_reflectivity,
)

SMAP = "data/samples/smap/SMAP_L2_SM_P_02801_A_20150811T013002_R18290_001.h5"


def soils(number=2000, seed=1):
    random = np.random.default_rng(seed)
    return {
        "moisture": random.uniform(0.021, 0.55, number),
        "clay": random.uniform(0.05, 0.5, number),
        "temperature": random.uniform(275.0, 310.0, number),
        "tau": random.uniform(0.0, 0.6, number),
        "omega": random.uniform(0.0, 0.08, number),
        "h": random.uniform(0.0, 0.3, number),
        "theta": random.uniform(35.0, 45.0, number),
    }


def test_round_trip():
    made = soils()
    tb = brightness_temperature(**made)
    assert (tb > 100.0).all() and (tb < made["temperature"]).all()
    moisture = made.pop("moisture")
    found = single_channel(tb, **made)
    assert np.abs(found - moisture).max() < 1e-6


def test_on_xarray():
    made = soils(10)
    made["theta"] = ANGLE
    tb = xr.DataArray(brightness_temperature(**made), dims="place").chunk(place=5)
    rest = [xr.DataArray(made[n], dims="place") for n in ("clay", "temperature", "tau")]
    rest += [xr.DataArray(made[n], dims="place") for n in ("omega", "h")]
    found = on_xarray.single_channel(tb, *rest)
    np.testing.assert_allclose(found.compute(), made["moisture"], atol=1e-6)


def test_limits_of_the_model():
    made = soils()
    bare = {**made, "tau": 0.0, "h": 0.0}
    emitted = 1.0 - fresnel_v(mironov(made["moisture"], made["clay"], 1.41), made["theta"])
    np.testing.assert_allclose(
        brightness_temperature(**bare), emitted * made["temperature"], rtol=1e-14
    )
    thick = brightness_temperature(**{**made, "tau": 50.0})
    np.testing.assert_allclose(thick, (1.0 - made["omega"]) * made["temperature"], rtol=1e-9)
    wetter = brightness_temperature(**{**made, "moisture": made["moisture"] + 0.01})
    assert (wetter < brightness_temperature(**made)).all()


def test_a_tb_of_no_soil_gives_no_value():
    made = soils(3)
    made.pop("moisture")
    assert np.isnan(single_channel(np.array([50.0, 400.0, np.nan]), **made)).all()


def test_smaps_own_retrievals_are_found_again(shared):
    """SCA-V of SPL2SMP R18290: its TB, temperature, opacity, albedo, roughness and clay in."""
    with netCDF4.Dataset(shared / SMAP) as file:
        data = file["Soil_Moisture_Retrieval_Data"]

        def field(name):
            values = np.ma.filled(data[name][:].astype(float), np.nan)
            return np.where(values < -900.0, np.nan, values)

        theta = field("boresight_incidence")
        tau = field("vegetation_opacity_option2") * np.cos(np.radians(theta))
        found = single_channel(
            field("tb_v_corrected"), field("clay_fraction"), field("surface_temperature"),
            tau, field("albedo"), field("roughness_coefficient"), theta,
        )  # fmt: skip
        theirs = field("soil_moisture_option2")
    there = np.isfinite(theirs)
    both = there & np.isfinite(found)
    off = np.abs(found - theirs)[both]
    print(
        f"\n{both.sum()} of {there.sum()} cells: median {np.median(off):.1e}, most {off.max():.1e}"
    )
    assert there.sum() == 1213 and both.sum() >= 1212
    assert np.median(off) < 2e-7 and off.max() < 2e-4


def scene(seed=2):
    """Fine pixels of four coarse cells whose emissivity is a line in what soil adds to vv."""
    random = np.random.default_rng(seed)
    cell = np.repeat(np.arange(4), 144)
    soil = random.uniform(0.02, 0.15, cell.size)
    vh = random.uniform(0.005, 0.03, cell.size)
    slope, beta = np.array([0.8, 1.2, 1.6, 2.0]), np.array([-1.0, -1.5, -2.0, -0.7])
    # plants are as they are, whatever the soil: what they share by chance is taken out
    for k in range(4):
        part = cell == k
        a, b = soil[part] - soil[part].mean(), vh[part] - vh[part].mean()
        soil[part] = soil[part].mean() + a - (a @ b) / (b @ b) * b
    vv = soil + slope[cell] * vh
    emissivity = 0.95 + beta[cell] * soil
    temperature = np.array([290.0, 295.0, 300.0, 285.0])
    return cell, vv, vh, slope, beta, emissivity * temperature[cell], temperature


def test_where_the_law_holds_the_fine_tb_is_found():
    cell, vv, vh, slope, beta, tb, temperature = scene()
    np.testing.assert_allclose(gamma(vv, vh, cell, 4), slope, rtol=1e-10)
    coarse = means(tb, cell, 4)
    found = disaggregated(coarse, temperature, beta, slope, vv, vh, cell)
    np.testing.assert_allclose(found, tb, atol=1e-9)
    missing = np.where(np.arange(cell.size) % 7 == 0, np.nan, vv)
    part = disaggregated(coarse, temperature, beta, slope, missing, vh, cell)
    assert np.isnan(part[np.isnan(missing)]).all()
    np.testing.assert_allclose(means(part, cell, 4), coarse, atol=1e-9)  # its mean stays


def test_beta_by_time_and_at_once():
    random = np.random.default_rng(3)
    soil = random.uniform(0.02, 0.15, (60, 5))
    emissivity = 0.93 - 1.4 * soil
    emissivity[::9, 2] = np.nan
    np.testing.assert_allclose(beta_by_series(emissivity, soil + 0.02), -1.4, rtol=1e-10)
    assert np.isnan(beta_by_series(0.5 + soil, soil)).all()
    assert np.isnan(beta_by_series(emissivity[:10], soil[:10])).all()
    tau, omega = np.full(5, 0.2), np.full(5, 0.05)
    through = np.exp(-0.2 / np.cos(np.radians(ANGLE)))
    black = through + 0.95 * (1.0 - through)
    seen = black - 1.4 * soil[0]
    at_once = beta_snapshot(seen, tau, omega, soil[0] + 1.3 * 0.02, np.full(5, 0.02), 1.3)
    np.testing.assert_allclose(at_once, -1.4, rtol=1e-10)
    assert np.isnan(beta_snapshot(seen, tau, omega, np.full(5, 0.01), np.full(5, 0.02), 1.3)).all()


def test_fine_moisture_from_a_coarse_radiometer_and_a_radar():
    """Soils and plants of tau-omega and a water cloud: finer than the coarse cell's one value."""
    random = np.random.default_rng(4)
    cell = np.repeat(np.arange(9), 144)
    moisture = np.clip(0.22 + 0.08 * random.standard_normal(cell.size), 0.05, 0.45)
    water = random.uniform(0.2, 2.0, cell.size)  # kg m-2 of plants
    tau = 0.11 * water
    clay, h, omega, ts = 0.25, 0.11, 0.05, 295.0
    tb = brightness_temperature(moisture, clay, ts, tau, omega, h)
    soil = 10.0 ** (0.1 * (-17.0 + 28.0 * moisture)) * np.exp(-0.1 * water)
    vh = 0.004 + 0.006 * water
    vv = soil + 1.1 * vh
    noisy = [v * random.gamma(100.0, 0.01, cell.size) for v in (vv, vh)]
    coarse_tb, coarse_tau = means(tb, cell, 9), means(tau, cell, 9)
    temperature = np.full(9, ts)
    slope = gamma(*noisy, cell, 9)
    coarse = [means(v, cell, 9) for v in noisy]
    beta = beta_snapshot(coarse_tb / temperature, coarse_tau, np.full(9, omega), *coarse, slope)
    fine = disaggregated(coarse_tb, temperature, beta, slope, *noisy, cell)
    found = single_channel(fine, clay, ts, tau, omega, h)
    flat = single_channel(coarse_tb, clay, temperature, coarse_tau, omega, h)[cell]
    good = np.isfinite(found)
    r = np.corrcoef(found[good], moisture[good])[0, 1]
    error = np.sqrt(np.mean((found - moisture)[good] ** 2))
    before = np.sqrt(np.mean((flat - moisture) ** 2))
    print(f"\nfine R {r:.2f}, RMSE {error:.3f} (coarse {before:.3f}), given {good.mean():.2f}")
    assert good.mean() > 0.9 and r > 0.8 and error < 0.7 * before


def test_reflectivity_beyond_soil_is_not_hidden():
    made = soils(5)
    made.pop("moisture"), made.pop("clay")
    assert (soil_reflectivity(np.full(5, 320.0), **made) < 0.0).all()


def run(folder, text=NAMELIST, command="retrieve"):
    (folder / "smap.nml").write_text(text)
    result = CliRunner().invoke(app, [command, str(folder / "smap.nml")])
    assert result.exit_code == 0, (result.stderr, result.exception)
    if command == "check":
        return result.stdout
    with xr.open_dataset(folder / "fine.nc") as found:
        return found.load()


def test_from_a_namelist(tmp_path):
    scene = RadiometerScene()
    found = run(scene.write(tmp_path))
    good = np.isfinite(found.ssm.values)
    assert good.mean() > 0.9
    assert (good == (found.quality.values == 0)).all()
    off = (found.ssm.values - scene.truth)[good]
    r = np.corrcoef(found.ssm.values[good], scene.truth[good])[0, 1]
    error = found.ssm_uncertainty.values[good]
    print(f"\nR {r:.2f}, bias {off.mean():+.3f}, RMSE {off.std():.3f}, claimed {error.mean():.3f}")
    assert r > 0.85 and abs(off.mean()) < 0.02 and off.std() < 0.05
    assert (error > 0.0).all() and np.nanmax(found.beta.values) < 0.0
    said = run(tmp_path, command="check")
    assert "900 cells" in said and "a first value" in said


def test_the_radiometer_must_be_near_in_time(tmp_path):
    scene = RadiometerScene()
    scene.late = np.timedelta64(30, "h")
    scene.write(tmp_path)
    text = NAMELIST.replace("   output", "   hours = 31.0\n   output")
    assert np.isfinite(run(tmp_path, text).ssm.values).any()


def test_dense_plants_are_left_out(tmp_path):
    scene = RadiometerScene()
    scene.opacity = np.where(np.arange(scene.opacity.size) < 3, 2.0, scene.opacity)
    found = run(scene.write(tmp_path))
    flags = found.quality.attrs["flag_meanings"].split()
    dense = found.quality.values == flags.index("dense_plants")
    assert dense.any() and np.isnan(found.ssm.values[dense]).all()


def test_leaves_are_told_apart_by_ndvi():
    ndvi = np.array([0.0, 0.2, 0.5, 0.8])
    water = foliage(ndvi)
    assert (np.diff(water[1:]) > 0.0).all() and water[0] == water[1] > 0.0
    assert water[2] == pytest.approx(1.9134 * 0.25 - 0.3215 * 0.5)
