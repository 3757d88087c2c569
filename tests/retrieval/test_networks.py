"""The networks: their training, their scores against the floor, and the compiled inversion."""

import numpy as np
import pytest

from retrieval.inversion import invert
from retrieval.network import HIDDEN, _jacobian, _start, train
from retrieval.training import (
    NUMBER,
    RANGES,
    SEED,
    Trained,
    calibrate,
    judge,
    read_networks,
    train_one,
    write_networks,
)
from retrieval.training_base import Posterior, simulate

WORST = {"none": 7.1, "dry": 5.3, "wet": 5.2}  # vol.%


@pytest.fixture(scope="module")
def shipped():
    return read_networks()


@pytest.mark.parametrize("name", RANGES)
def test_scores_are_at_the_floor(shipped, name):
    """Within 3 % of the Bayes posterior mean on simulations the training has not seen."""
    base = simulate(4000, 77, RANGES[name])
    trained = shipped[name]
    retrieved, _ = invert(trained.network, trained.uncertainty, *base.inputs.T)
    error = retrieved - base.moisture
    rmse = np.sqrt(np.mean(error**2))
    floor = np.sqrt(np.mean((Posterior(RANGES[name]).mean(base.inputs) - base.moisture) ** 2))
    print(f"{name}: rmse {rmse:.2f}, floor {floor:.2f} vol.%, bias {error.mean():+.2f}")
    assert rmse <= WORST[name]
    assert rmse <= 1.03 * floor
    assert abs(error.mean()) <= 0.3


@pytest.mark.parametrize("name", RANGES)
def test_uncertainty_is_calibrated(shipped, name):
    base = simulate(40000, 78, RANGES[name])
    trained = shipped[name]
    found = judge(trained.network, trained.uncertainty, base)
    assert found["within_one_sigma"] == pytest.approx(0.6827, abs=0.03)
    for edge in (0.25, 0.5):
        dense = base.ndvi > edge
        mv, sd = invert(trained.network, trained.uncertainty, *base.inputs[dense].T)
        within = np.mean(np.abs(mv - base.moisture[dense]) <= sd)
        assert within == pytest.approx(0.6827, abs=0.03)


def test_the_shipped_network_is_what_training_gives(shipped):
    """To 1e-6 vol.% on any machine; bit for bit on the one that trained it."""
    again = train_one("dry", SEED, NUMBER)
    inputs = simulate(5000, 9, RANGES["dry"]).inputs
    difference = np.abs(again.network(inputs) - shipped["dry"].network(inputs)).max()
    print(f"largest difference {difference:.1e} vol.%")
    assert difference <= 1e-6
    assert np.abs(again.uncertainty.table - shipped["dry"].uncertainty.table).max() <= 1e-6


def test_training_gives_the_same_weights_again(tmp_path):
    base = simulate(4000, 3)
    one, two = base.half(0), base.half(1)
    nets = [train(one.inputs, one.moisture, two.inputs, two.moisture, 3, steps=8) for _ in range(2)]
    for name, value in nets[0].__dict__.items():
        assert np.array_equal(value, getattr(nets[1], name)), name
    kept = Trained(nets[0], calibrate(nets[0], two), {"rmse": 1.0})
    write_networks(tmp_path / "n.json", {"none": kept}, 3, 4000)
    again = read_networks(tmp_path / "n.json")["none"]
    assert np.array_equal(again.network(base.inputs), nets[0](base.inputs))
    assert np.array_equal(again.uncertainty.table, kept.uncertainty.table)
    with pytest.raises(ValueError, match="no networks"):
        read_networks(tmp_path / "none.json")


def test_jacobian_is_the_derivative():
    random = np.random.default_rng(4)
    sizes = (3, *HIDDEN)
    theta, x = _start(sizes, random), random.normal(size=(5, 3))
    value, jacobian = _jacobian(theta, sizes, x)
    for k in random.choice(theta.size, 40, replace=False):
        moved = theta.copy()
        moved[k] += 1e-6
        assert (_jacobian(moved, sizes, x)[0] - value) / 1e-6 == pytest.approx(
            jacobian[:, k], abs=1e-4
        )


def test_compiled_inversion_is_the_network(shipped):
    base = simulate(3000, 5)
    trained = shipped["none"]
    mv, sd = invert(trained.network, trained.uncertainty, *base.inputs.T)
    wanted = trained.network(base.inputs)
    assert np.allclose(mv, np.clip(wanted, 2.0, 40.0), atol=1e-2)
    inside = (wanted > 3.0) & (wanted < 39.0)
    assert np.allclose(mv[inside], wanted[inside], atol=1e-10)
    assert (sd > 0).all()
    gaps = base.inputs.copy()
    gaps[0, 0], gaps[1, 1], gaps[2, 2] = np.nan, np.nan, np.nan
    mv, sd = invert(trained.network, trained.uncertainty, *gaps.T)
    assert np.isnan(mv[:3]).all() and np.isnan(sd[:3]).all() and np.isfinite(mv[3:]).all()
