"""The networks that are shipped, how they were trained, and how good they are.

`train_all` gives the same weights bit for bit on the same machine. Three networks of S2MP: without
prior knowledge, for dry to slightly wet, and for very wet soil (El Hajj et al. 2017); that of the
hybrid, which also knows the index of change detection (Nativel et al. 2022).
"""

import functools
import itertools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .hybrid_base import simulate as simulate_places
from .inversion import Uncertainty, invert
from .network import Network, train
from .training_base import MOISTURE, NDVI, THETA, Base, simulate

HYBRID = "hybrid"
RANGES = {"none": MOISTURE, "dry": (2.0, 30.0), "wet": (20.0, 40.0)}  # vol.%
SIMULATED: dict[str, Callable[[int, int], Base]] = {
    **{name: functools.partial(simulate, moisture=span) for name, span in RANGES.items()},
    HYBRID: simulate_places,
}
NUMBER, SEED = 60000, 2017  # simulations of a base, half of them train
SHIPPED = Path(__file__).with_name("s2mp_networks.json")
ONE_SIGMA = 68.27  # percentile of |error|
EDGE_NDVI, EDGE_THETA, CLASSES = (0.15, 0.3, 0.45, 0.6), (28.0, 36.0), 12
JUDGED = {"moisture": (2, 10, 20, 30, 40), "height": (0.5, 1.0, 2.0, 3.0, 3.8),
          "ndvi": (0.0, 0.25, 0.5, 0.75)}  # fmt: skip


@dataclass(frozen=True)
class Trained:
    """A network with the uncertainty of what it gives and its scores on held-out simulations."""

    network: Network
    uncertainty: Uncertainty
    scores: Mapping[str, Any]


def train_all(
    seed: int = SEED, number: int = NUMBER, info: Callable[[str], None] = lambda text: None
) -> dict[str, Trained]:
    """All networks from simulations with this seed."""
    return {name: train_one(name, seed, number, info) for name in SIMULATED}


def train_one(
    name: str, seed: int, number: int, info: Callable[[str], None] = lambda text: None
) -> Trained:
    """The network of one prior: half of the simulations train, half check and calibrate."""
    own = seed + list(SIMULATED).index(name)
    base = SIMULATED[name](number, own)
    one, two = base.half(0), base.half(1)
    info(f"network '{name}': {one.moisture.size} simulations train, {two.moisture.size} check")
    network = train(one.inputs, one.moisture, two.inputs, two.moisture, own, info=info)
    uncertainty = calibrate(network, two)
    held_out = SIMULATED[name](number, own + 1000)
    found = Trained(network, uncertainty, judge(network, uncertainty, held_out))
    info(f"network '{name}': rmse {found.scores['rmse']:.3f} vol.% on held-out ones")
    return found


def calibrate(network: Network, base: Base) -> Uncertainty:
    """The 68 % point of the error in classes of what can be seen: moisture found, NDVI, angle."""
    retrieved = np.clip(network(base.inputs), network.y_low, network.y_high)
    error = np.abs(retrieved - base.moisture)
    edges = np.percentile(retrieved, 100.0 * np.arange(1, CLASSES) / CLASSES)
    ndvi, theta = np.array(EDGE_NDVI), np.array(EDGE_THETA)
    where = (
        np.searchsorted(edges, retrieved, side="right"),
        np.searchsorted(ndvi, base.inputs[:, 2], side="right"),
        np.searchsorted(theta, base.inputs[:, 1], side="right"),
    )
    table = np.full((CLASSES, ndvi.size + 1, theta.size + 1), np.percentile(error, ONE_SIGMA))
    for place in np.ndindex(table.shape):
        inside = error[np.all([w == p for w, p in zip(where, place, strict=True)], axis=0)]
        if inside.size >= 30:
            table[place] = np.percentile(inside, ONE_SIGMA)
    return Uncertainty(edges, ndvi, theta, table)


def judge(network: Network, uncertainty: Uncertainty, base: Base) -> dict[str, Any]:
    """RMSE, bias, share of errors within one sigma, and both by class of truth."""
    retrieved, sigma = invert(network, uncertainty, *base.inputs.T)
    error = retrieved - base.moisture
    out: dict[str, Any] = {
        "n": error.size,
        "rmse": float(np.sqrt(np.mean(error**2))),
        "bias": float(error.mean()),
        "within_one_sigma": float(np.mean(np.abs(error) <= sigma)),
    }
    for name, edges in JUDGED.items():
        values = getattr(base, name)
        out[name] = {}
        for low, high in itertools.pairwise(edges):
            inside = error[(values >= low) & (values < high)]
            if inside.size:
                rmse, bias = np.sqrt(np.mean(inside**2)), inside.mean()
                out[name][f"{low:g} to {high:g}"] = [round(float(rmse), 3), round(float(bias), 3)]
    return out


def write_networks(path: Path, trained: Mapping[str, Trained], seed: int, number: int) -> None:
    """Weights, uncertainties, scores and what they were made from, as JSON."""
    text = {
        "made_by": f"ldas retrieve --train: seed {seed}, {number} simulations",
        "base": {"moisture vol.%": MOISTURE, "theta degrees": THETA, "ndvi": NDVI},
        "networks": {
            name: {
                "network": {k: np.asarray(v).tolist() for k, v in t.network.__dict__.items()},
                "uncertainty": {k: v.tolist() for k, v in t.uncertainty.__dict__.items()},
                "scores": t.scores,
            }
            for name, t in trained.items()
        },
    }
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_text(json.dumps(text, indent=1) + "\n")
    temporary.replace(path)


def read_networks(path: Path = SHIPPED) -> dict[str, Trained]:
    """What `write_networks` wrote. Raises ValueError for a file that is something else."""
    try:
        found = json.loads(path.read_text())["networks"]
        return {name: _trained(part) for name, part in found.items()}
    except (OSError, KeyError, TypeError, json.JSONDecodeError) as error:
        raise ValueError(f"{path}: no networks that can be read ({error})") from None


def _trained(part: Mapping[str, Any]) -> Trained:
    arrays = {
        k: np.array(v) if isinstance(v, list) else float(v) for k, v in part["network"].items()
    }
    uncertainty = Uncertainty(**{k: np.array(v) for k, v in part["uncertainty"].items()})
    return Trained(Network(**arrays), uncertainty, part["scores"])
