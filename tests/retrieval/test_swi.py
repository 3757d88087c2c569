"""The soil water index: its law, other people's filters, and `ldas retrieve` with it."""

import numpy as np
import pytest
import xarray as xr
from pytesmo.time_series.filters import exp_filter
from two_products import COARSE, FIRST, NAMELIST, TwoProducts
from typer.testing import CliRunner

from ldas.cli import app
from retrieval.on_xarray import soil_water_index as soil_water_index_of
from retrieval.swi import Memory, _take_up, soil_water_index

T = (2.0, 20.0, 100.0)


def series(number=300, seed=1):
    random = np.random.default_rng(seed)
    return np.cumsum(random.exponential(1.3, number)), random.uniform(0.0, 100.0, number)


def by_definition(day, value, constant, now):
    """Wagner et al. (1999): the weighted mean of all past values."""
    past = day <= now
    share = np.exp(-(now - day[past]) / constant)
    return (share @ value[past]) / share.sum(), share / share.sum()


def test_the_recursion_is_the_weighted_mean_of_the_past():
    day, value = series()
    index, error, _ = soil_water_index(day, value, T, error=4.0)
    for k, constant in enumerate(T):
        for n in (0, 1, 17, 299):
            mean, share = by_definition(day, value, constant, day[n])
            assert index[n, k] == pytest.approx(mean, rel=1e-11)
            assert error[n, k] == pytest.approx(4.0 * np.sqrt((share**2).sum()), rel=1e-11)


def test_against_pytesmo():
    """Its gain is a single-precision number, which leaves a few 1e-6 of values up to 100."""
    day, value = series(2000)
    index, _, _ = soil_water_index(day, value, T)
    for k, constant in enumerate(T):
        assert np.abs(exp_filter(value.copy(), day, ctime=int(constant)) - index[:, k]).max() < 2e-5


def test_one_value_stays_and_missing_ones_are_not_taken_up():
    day = np.array([0.0, 1.0, 2.0, 10.0])
    value = np.array([[0.2, np.nan], [np.nan, 0.3], [0.2, 0.3], [np.nan, np.nan]])
    index, _, filled = soil_water_index(day, value, (5.0,), at=np.array([0.0, 3.0, 40.0]))
    assert np.isnan(index[0, 0, 1]) and filled[0, 0, 1] == 0.0
    np.testing.assert_allclose(index[1:, 0], [[0.2, 0.3]] * 2, rtol=1e-14)
    assert (filled[2] < filled[1]).all()


def test_a_memory_is_full_of_daily_values():
    day = np.arange(2000.0)
    _, _, filled = soil_water_index(day, np.ones(2000), T)
    np.testing.assert_allclose(filled[-1], 1.0, rtol=1e-8)
    _, _, rare = soil_water_index(day[::6], np.ones(334), T)
    _, _, own = soil_water_index(day[::6], np.ones(334), T, revisit=6.0)
    assert (rare[-1] < 0.5).all() and (own[-1] > 0.999).all()


def test_a_weight_counts_as_so_many_values_at_once():
    one, two = Memory.empty(T, 1), Memory.empty(T, 1)
    for memory in (one, two):
        memory.take_up(0.0, np.array([0.1]), 0.02)
    one.take_up(3.0, np.array([0.4]), 0.02, weight=2.0)
    for _ in range(2):
        two.take_up(3.0, np.array([0.4]), 0.02)
    np.testing.assert_allclose(one.index, two.index, rtol=1e-14)
    np.testing.assert_allclose(one.filled(5.0), two.filled(5.0), rtol=1e-14)


def test_without_the_compiler():
    random = np.random.default_rng(3)
    compiled, plain = Memory.empty(T, 5), Memory.empty(T, 5)
    for day in (0.0, 2.5, 9.0):
        value = np.where(random.random(5) < 0.3, np.nan, random.random(5))
        compiled.take_up(day, value, 0.03, 0.7)
        _take_up.py_func(
            day, value, np.full(5, 0.03), 0.7, plain.constants,
            plain.index, plain.weight, plain.variance, plain.last,
        )  # fmt: skip
    np.testing.assert_allclose(compiled.index, plain.index, rtol=1e-13)
    np.testing.assert_allclose(compiled.error, plain.error, rtol=1e-13)


def test_what_cannot_be_a_memory_is_refused():
    with pytest.raises(ValueError, match="characteristic"):
        Memory.empty((5.0, -1.0), 3)
    with pytest.raises(ValueError, match="order"):
        soil_water_index(np.array([1.0, 0.0]), np.ones(2))
    memory = Memory.empty((5.0,), 1)
    memory.take_up(3.0, np.ones(1), 0.1)
    with pytest.raises(ValueError, match="order"):
        memory.take_up(2.0, np.ones(1), 0.1)


def retrieve(folder, text=NAMELIST, command="retrieve"):
    (folder / "swi.nml").write_text(text)
    result = CliRunner().invoke(app, [command, str(folder / "swi.nml")])
    assert result.exit_code == 0, (result.stderr, result.exception)
    if command == "check":
        return result.stdout
    with xr.open_dataset(folder / "swi.nc") as found:
        return found.load()


def r_with(truth, index):
    """Correlation in time, mean of the cells, from day 60 to 390."""
    return np.mean([
        np.corrcoef(truth[60:390, i, j], index[60:390, i, j])[0, 1]
        for i in range(truth.shape[1])
        for j in range(truth.shape[2])
    ])  # fmt: skip


def test_one_product_from_a_namelist(tmp_path):
    made = TwoProducts()
    found = retrieve(made.write(tmp_path))
    assert found.SWI_010.attrs["units"] == "m3 m-3"
    assert str(found.time.values[0])[:19] == "2020-01-01T18:00:00"
    day = np.arange(0, 400, made.fine_every)
    at = (found.time.values - FIRST) / np.timedelta64(1, "D")
    index, error, filled = soil_water_index(day, np.clip(made.fine[day], 0, 1), (2, 10), at, 0.04)
    np.testing.assert_allclose(found.SWI_010.values, index[:, 1], rtol=1e-6)
    np.testing.assert_allclose(found.SWI_002_error.values, error[:, 0], rtol=1e-6)
    np.testing.assert_allclose(found.QFLAG_002.values, 100.0 * filled[:, 0], rtol=1e-6)
    assert (found.quality == 0).all()


def test_two_products_know_more_than_one(tmp_path):
    made = TwoProducts()
    made.write(tmp_path)
    truth, _, _ = soil_water_index(np.arange(400.0), made.truth, (10.0,))
    fused = retrieve(tmp_path, NAMELIST + COARSE).SWI_010.values
    alone = retrieve(tmp_path).SWI_010.values
    one, two = r_with(truth[:, 0], alone), r_with(truth[:, 0], fused)
    print(f"\nR with the truth's index: one product {one:.3f}, two {two:.3f}")
    assert two > one + 0.02
    bias = np.abs(fused[60:].mean(axis=0) - truth[60:, 0].mean(axis=0))
    assert bias.max() < 0.02  # the coarse one came in percent


def test_frozen_values_do_not_enter(tmp_path):
    made = TwoProducts()
    made.frozen[100:200] = 1
    made.coarse[100:200] = 95.0
    lone = NAMELIST[: NAMELIST.index("&source")] + COARSE
    found = retrieve(made.write(tmp_path), lone.replace("/\n&", "grid_file = 'fine.nc'\n/\n&"))
    before, after = (found.SWI_002.values[k, 0, 0] for k in (99, 199))
    assert after == before and before < 80.0
    assert found.QFLAG_002.values[199, 0, 0] < 1e-6 and found.QFLAG_010.values[199, 0, 0] < 1.0


END = "end = '2020-12-31T12:00:00'\n   memory_output = 'memory.nc'"
ON = "memory_file = 'memory.nc'\n   memory_output = 'next.nc'"


def with_entries(text, lines):
    return text.replace("/\n&source", f"   {lines}\n/\n&source", 1)


def test_the_next_day_needs_no_history(tmp_path):
    """A run that keeps its memory, and one on from it, give the bits that one run gives."""
    TwoProducts().write(tmp_path)
    whole = retrieve(tmp_path)
    first = retrieve(tmp_path, with_entries(NAMELIST, END))
    assert "2021-01-01T06:00:00 to" in retrieve(tmp_path, with_entries(NAMELIST, ON), "check")
    second = retrieve(tmp_path, with_entries(NAMELIST, ON))
    assert first.time.values[-1] < second.time.values[0] == np.datetime64("2020-12-27T18:00:00")
    for name in whole.data_vars:
        both = np.concatenate([first[name].values, second[name].values])
        assert np.array_equal(both, whole[name].values, equal_nan=True), name


def test_a_memory_knows_how_sources_were_matched(tmp_path):
    made = TwoProducts()
    made.write(tmp_path)
    truth, _, _ = soil_water_index(np.arange(400.0), made.truth, (10.0,))
    retrieve(tmp_path, with_entries(NAMELIST + COARSE, END))
    found = retrieve(tmp_path, with_entries(NAMELIST + COARSE, ON))
    assert found.time.values[0] == np.datetime64("2021-01-01T18:00:00")
    # 34 days, of which the fine product alone has too few values to match anything
    assert np.abs(found.SWI_010.values - truth[366:, 0]).max() < 0.05
    with xr.open_dataset(tmp_path / "memory.nc") as a, xr.open_dataset(tmp_path / "next.nc") as b:
        assert np.array_equal(a.slope, b.slope) and a.slope.values[1].max() < 0.01
        assert (b["last"] > a["last"]).all() and b.attrs["origin"] == a.attrs["origin"]


def test_too_little_memory_is_told(tmp_path):
    text = NAMELIST.replace("constants = 2.0, 10.0", "constants = 10.0\n least_filled = 0.15")
    found = retrieve(TwoProducts().write(tmp_path), text)
    full = found.QFLAG_010.values  # only where there is an index
    assert np.isnan(full).any() and np.nanmin(full) >= 15.0
    assert ((found.quality == 2) == np.isnan(found.SWI_010)).all()


def test_check_says_what_is_there(tmp_path):
    said = retrieve(TwoProducts().write(tmp_path), NAMELIST + COARSE, "check")
    for words in ("67 fields of ssm [m3 m-3]", "400 fields of sm [percent]", "no problem found"):
        assert words in said
    assert not (tmp_path / "swi.nc").exists()


def test_on_xarray_and_in_pieces():
    day, value = series(50)
    times = np.datetime64("2020-01-01", "ns") + (day * 86400e9).astype("timedelta64[ns]")
    values = np.stack([value, value[::-1]])
    ssm = xr.DataArray(values, dims=("place", "time"), coords={"time": times})
    ssm.attrs["units"] = "percent"
    whole = soil_water_index_of(ssm, (5.0, 20.0), error=3.0)
    index, error, _ = soil_water_index(day, values.T, (5.0, 20.0), error=3.0)
    assert whole.swi.dims == ("time", "constant", "place") and whole.swi.units == "percent"
    np.testing.assert_allclose(whole.swi.values, index, rtol=1e-9)
    np.testing.assert_allclose(whole.swi_uncertainty.values, error, rtol=1e-9)
    pieces = soil_water_index_of(ssm.chunk(place=1), (5.0, 20.0), error=3.0).compute()
    xr.testing.assert_identical(pieces, whole)
