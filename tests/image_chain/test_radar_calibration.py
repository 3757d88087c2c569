"""Digital numbers to sigma0: by hand, and by another reader of the same annotation."""

import numpy as np
import pytest

from ldas.image_chain.product_folder import ProductFolder
from ldas.image_chain.safe import Frame
from retrieval.sar.border import within_border
from retrieval.sar.calibration import AzimuthNoise, Lookup, multilook

LAROCHE = "data/samples/sentinel1/laroche_2020_07_29.SAFE"


@pytest.fixture(scope="module")
def band(shared):
    return Frame(ProductFolder(shared / LAROCHE)).band("VV")


def test_what_a_frame_is(shared):
    frame = Frame(ProductFolder(shared / LAROCHE))
    assert (frame.platform, frame.direction, frame.relative_orbit) == ("S1B", "ASCENDING", 88)
    assert frame.polarisations == ("VV",)


@pytest.mark.parametrize(
    "group, ours, theirs",
    [("calibration", "gain", "sigmaNought"), ("noise_range", "noise", "noiseRangeLut")],
)
def test_vectors_are_those_of_xarray_sentinel(band, shared, group, ours, theirs):
    xr = pytest.importorskip("xarray")
    pytest.importorskip("xarray_sentinel")
    known = xr.open_dataset(str(shared / LAROCHE), engine="sentinel-1", group=f"IW/VV/{group}")
    lines, pixels = np.array([3, 700.0, 8351, 16700]), np.array([0, 17, 5000, 26144])
    wanted = known[theirs].interp(line=lines, pixel=pixels, kwargs={"fill_value": "extrapolate"})
    found = getattr(band, ours).at(lines)[:, pixels]
    np.testing.assert_allclose(found[:3], wanted[:3], rtol=1e-6)


def by_hand(number, lines, pixels, gain, noise, azimuth):
    """One pixel after the other, as MPC-0392 writes it; vectors at pixels of their own."""
    out = np.empty(number.shape)
    for i, line in enumerate(lines):
        for j, pixel in enumerate(pixels):
            values = []
            for vectors in (gain, noise):
                at = [np.interp(pixel, p, v) for _, p, v in vectors]
                values.append(np.interp(line, [k for k, _, _ in vectors], at))
            for (top, bottom, left, right), at, factor in azimuth:
                if top <= line <= bottom and left <= pixel <= right:
                    values[1] *= np.interp(line, at, factor)
            out[i, j] = (float(number[i, j]) ** 2 - values[1]) / values[0] ** 2
    return out


def test_sigma0_of_every_pixel_is_that_of_a_computation_by_hand():
    random = np.random.default_rng(4)
    width, first, left = 90, 37, 11
    gain = [(0, [0, 40, 89], [650.0, 610.0, 580.0]), (100, [0, 25, 60, 89], [640.0, 600, 590, 570])]
    noise = [(0, [0, 89], [9000.0, 4000.0]), (60, [0, 50, 89], [8000.0, 7000.0, 5000.0]),
             (100, [0, 89], [8000.0, 6000.0])]  # fmt: skip
    azimuth = [((0, 50, 0, 44), [0, 10, 50], [0.9, 1.2, 1.0]),
               ((51, 100, 0, 44), [51, 100], [1.3, 0.8]),
               ((0, 100, 45, 89), [0, 100], [1.0, 1.4])]  # fmt: skip
    number = random.integers(80, 400, (30, 60)).astype(np.uint16)
    wanted = by_hand(number, first + np.arange(30), left + np.arange(60), gain, noise, azimuth)
    lookups = [
        Lookup.of_vectors([v[0] for v in vectors], [np.array(v[1]) for v in vectors],
                          [np.array(v[2]) for v in vectors], width)
        for vectors in (gain, noise)
    ]  # fmt: skip
    blocks = [
        AzimuthNoise(edges[:2], edges[2:], np.array(at, float), np.array(factor))
        for edges, at, factor in azimuth
    ]
    found, share = multilook(number, first, left, *lookups, blocks, (1, 1))
    np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-15)
    assert (share == 1.0).all()
    looked, _ = multilook(number, first, left, *lookups, blocks, (3, 4))
    means = wanted.reshape(10, 3, 15, 4).mean(axis=(1, 3))
    decibels = np.abs(10.0 * np.log10(looked / means)[means > 0.0])
    assert decibels.max() < 1e-3
    number[3:6, 4:8] = 0
    number[0, 0] = 0
    looked, share = multilook(number, first, left, *lookups, blocks, (3, 4))
    assert np.isnan(looked[1, 1]) and share[1, 1] == 0.0
    assert share[0, 0] == pytest.approx(11 / 12) and np.isfinite(looked[0, 0])


def test_the_mean_of_dark_ground_is_right_though_most_pixels_are_less_than_the_noise():
    random = np.random.default_rng(5)
    truth, floor, gain = 1e-3, 4e-3, 500.0
    power = (truth + floor) * random.gamma(1.0, 1.0, (1000, 1000)) * gain**2
    number = np.maximum(np.rint(np.sqrt(power)), 1).astype(np.uint16)
    flat = [Lookup(np.zeros(1), np.full((1, 1000), v)) for v in (gain, floor * gain**2)]
    sigma, _ = multilook(number, 0, 0, *flat, [], (1000, 1000))
    assert sigma[0, 0] == pytest.approx(truth, rel=0.05)


def test_numbers_below_the_noise_at_the_edge_are_margin_and_calm_water_is_none():
    """Before 2018 margins held small numbers, not 0; water may be as dark as the noise."""
    random = np.random.default_rng(6)
    floor, gain = 3e-3, 500.0
    power = np.full((300, 400), 0.05)
    power[100:200, 150:250] = 0.0  # calm water: noise alone
    power = (power + floor) * random.gamma(4.4, 1.0 / 4.4, power.shape) * gain**2
    number = np.maximum(np.rint(np.sqrt(power)), 1).astype(np.uint16)
    number[:, :60] = random.integers(1, 8, (300, 60))
    flat = [Lookup(np.zeros(1), np.full((1, 400), v)) for v in (gain, floor * gain**2)]
    for denoised in (True, False):
        _, share = multilook(number, 0, 0, *flat, [], (5, 5), denoised)
        margin = within_border(share, 0, (True, True, True, True))
        assert margin[:, :12].all() and not margin[:, 12:].any()


def test_the_margin_is_what_lacks_numbers_from_the_edge_on():
    share = np.ones((12, 14))
    share[:2, :5] = 0.3  # hangs together with the upper edge
    share[6, 7] = 0.0  # within the image
    at_all = within_border(share, 0, (True, True, True, True))
    assert at_all[:2, :5].all() and at_all.sum() == 10 and not at_all[6, 7]
    inside = within_border(share, 0, (False, False, False, False))
    assert not inside.any()
    grown = within_border(share, 1, (True, False, False, False))
    assert grown[0].all() and grown[:3, :6].all() and not grown[4:].any()
