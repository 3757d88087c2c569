"""Dielectric constant, surface and plants against published numbers and other routes to them."""

import itertools

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import j0

from retrieval.dielectric import hallikainen, mironov
from retrieval.iem import calibrated_length, decibels, iem, iem_b, linear, valid, wave_number
from retrieval.water_cloud import two_way, water_cloud

# Fung (1992) as tested in smrt: 2.2 GHz, rms height 0.429 cm, length 3 cm, eps 3 - 0.1j
PUBLISHED = {30: (-20.253, -22.103), 50: (-24.352, -28.694), 60: (-26.743, -32.530)}
CASES = list(
    itertools.product((4.0 - 0.5j, 16.0 - 3.6j), (0.4, 1.0, 1.6), (20.0, 33.0, 45.0), ("VV", "HH"))
)  # 36


@pytest.mark.parametrize("theta", PUBLISHED)
def test_published_values(theta):
    for polarisation, wanted in zip(("VV", "HH"), PUBLISHED[theta], strict=True):
        found = iem(3.0 - 0.1j, 0.429, 3.0, theta, polarisation, "exponential", 2.2)
        assert decibels(found) == pytest.approx(wanted, abs=0.01)


def by_quadrature(eps, s, length, theta, polarisation, correlation):
    """The same model with the spectra integrated numerically and Fresnel's law by angles."""
    k, angle = wave_number(), np.radians(theta)
    inside = np.arcsin(np.sin(angle) / np.sqrt(np.conj(eps)))
    z1, z2 = np.cos(angle), np.cos(inside) * np.sqrt(np.conj(eps))
    er = np.conj(eps)
    if polarisation == "VV":
        r = (er * z1 - z2) / (er * z1 + z2)
        f = 2 * r / np.cos(angle)
        # Fung et al. (1992), equation 91
        both = 2 * np.sin(angle) ** 2 / np.cos(angle) * (1 + r) ** 2
        both *= (1 - 1 / er) * (1 + np.tan(angle) ** 2 / er)
    else:
        r = (z1 - z2) / (z1 + z2)
        f = -2 * r / np.cos(angle)
        both = -2 * np.sin(angle) ** 2 / np.cos(angle) ** 3 * (1 + r) ** 2 * (er - 1)
    kz, total, factor = k * np.cos(angle), 0.0, 1.0
    wave = 2 * k * np.sin(angle)
    for n in range(1, 60):
        factor *= s**2 / n
        amplitude = (2 * kz) ** n * f * np.exp(-((s * kz) ** 2)) + kz**n * both / 2
        total += factor * abs(amplitude) ** 2 * spectrum(wave, length, n, correlation)
    return k**2 / 2 * np.exp(-2 * (s * kz) ** 2) * total


def spectrum(wave, length, n, correlation):
    shape = {"gaussian": lambda r: np.exp(-n * (r / length) ** 2),
             "exponential": lambda r: np.exp(-n * r / length)}[correlation]  # fmt: skip
    reach = length * (6.0 / np.sqrt(n) if correlation == "gaussian" else 40.0 / n)
    found, _ = quad(lambda r: shape(r) * j0(wave * r) * r, 0, reach, limit=400, epsrel=1e-10)
    return found


@pytest.mark.parametrize("correlation", ["exponential", "gaussian"])
@pytest.mark.parametrize(("eps", "s", "theta", "polarisation"), CASES)
def test_another_route_to_the_model(eps, s, theta, polarisation, correlation):
    wanted = by_quadrature(eps, s, 2.0, theta, polarisation, correlation)
    found = iem(eps, s, 2.0, theta, polarisation, correlation)
    assert decibels(found) == pytest.approx(decibels(wanted), abs=0.05)


def test_the_calibrated_model_is_the_model_with_its_length():
    moisture = np.linspace(0.05, 0.4, 8)
    eps = hallikainen(moisture, 0.25, 0.4)
    for s, theta, polarisation in itertools.product((0.5, 1.5, 2.5), (20, 35, 45), ("VV", "HH")):
        length = calibrated_length(s, theta, polarisation)
        found = iem_b(eps, s, theta, polarisation)
        assert np.allclose(found, iem(eps, s, length, theta, polarisation, "gaussian"))
        assert (np.diff(found) > 0.0).all()
    assert calibrated_length(1.0, 30.0, "VV") == pytest.approx(
        1.281 + 0.134 * np.sin(np.radians(5.7)) ** -1.59
    )
    assert (decibels(iem_b(eps, 3.8, 20.0)) > -25.0).all()


def test_exact_maxwell_solutions(shared):
    """The plain model follows NMM3D (40 degrees, exponential) where k s < 1.4."""
    table = np.genfromtxt(shared / "reference" / "backscatter" / "NMM3D_LUT_NRCS_40degree.dat")
    theta, ratio, real, imaginary, height, vv, hh, _ = table.T
    wave = 2.0 * np.pi / wave_number()
    s = height * wave
    for polarisation, exact, worst in (("VV", vv, 1.8), ("HH", hh, 0.8)):
        found = decibels(iem(real - 1j * imaginary, s, ratio * s, theta, polarisation))
        for low, high in ((0.0, 0.3), (0.3, 0.6), (0.6, 1.4)):
            part = (2 * np.pi * height > low) & (2 * np.pi * height <= high)
            rms = np.sqrt(np.mean((found - exact)[part] ** 2))
            r = np.corrcoef(found[part], exact[part])[0, 1]
            print(f"{polarisation} ks {low:g} to {high:g}: rms {rms:.2f} dB, R {r:.3f}")
            assert rms < worst and r > 0.92


def test_dielectric_models_agree_with_each_other_and_with_water():
    moisture = np.linspace(0.02, 0.4, 20)
    for clay, sand in ((0.1, 0.6), (0.25, 0.4), (0.4, 0.2)):
        one, two = hallikainen(moisture, clay, sand), mironov(moisture, clay)
        assert (np.diff(one.real) > 0).all() and (np.diff(two.real) > 0).all()
        assert (one.imag <= 0).all() and (two.imag <= 0).all()
        assert np.abs(one.real / two.real - 1.0).max() < 0.35
    between = hallikainen(0.2, 0.25, 0.4, 5.0)
    low, high = hallikainen(0.2, 0.25, 0.4, 4.0), hallikainen(0.2, 0.25, 0.4, 6.0)
    assert between == pytest.approx(0.5 * (low + high))
    with pytest.raises(ValueError, match="frequency"):
        hallikainen(0.2, 0.25, 0.4, 1.4)


def test_water_cloud():
    soil = linear(np.array([-18.0, -8.0]))
    assert np.allclose(water_cloud(soil, 0.0, 35.0), soil)
    t2 = np.exp(-2 * 0.5513 * 0.6 / np.cos(np.radians(35.0)))
    assert two_way(0.6, 35.0) == pytest.approx(t2)
    wanted = 0.0950 * 0.6 * np.cos(np.radians(35.0)) * (1 - t2) + t2 * soil
    assert np.allclose(water_cloud(soil, 0.6, 35.0), wanted)
    assert np.ptp(decibels(water_cloud(soil, 0.7, 35.0))) < np.ptp(decibels(soil))


def test_limits():
    assert valid(1.0, 30.0) and not valid(3.0, 30.0) and not valid(1.0, 50.0)
    assert np.isnan(decibels([-1.0, 0.0])).all()
    for wrong in (
        lambda: iem(5, 1, 5, 30, "HV"), lambda: iem(5, 1, 5, 30, "VV", "fractal"),
        lambda: water_cloud(0.1, 0.5, 30, "HH"), lambda: iem_b(5, 1, 30, "XX"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match="allowed"):
            wrong()
