"""How SMEN's network is trained: masked unbiased RMSE, Adam, the weights that do best on the last.

The loss leaves the mean of what is found free; it is set to that of the truth when training ends.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

import numpy as np

from .smen import (
    BLOCKS,
    FEATURES,
    PAST,
    Parameters,
    Scaling,
    Smen,
    jax_numpy,
    network,
    scaled,
    unbiased_rmse,
)

RATE, EPOCHS = 1e-4, 1000
BATCH = 8  # pairs of images of one step
MOMENTUM = 0.9  # of the kept means and variances from batch to batch
CHECKED = 0.2  # of the pairs, the latest, that choose the weights and give the error
LEAST = 10  # pairs to train on
FOUND_EACH = 10  # epochs between two looks at the pairs that check


def optax() -> ModuleType:
    """The module optax; raises ImportError that says how to have it."""
    try:
        import optax
    except ImportError:
        raise ImportError("to train 'smen' needs optax: pip install 'ldas[cnn]'") from None
    return optax


@dataclass(frozen=True)
class Pairs:
    """Coarse images and what was seen fine of the same times, in the order of time.

    `coarse`, `fine` (pair, row, col), `past` (pair, PAST, row, col); NaN where nothing is known.
    """

    coarse: np.ndarray
    past: np.ndarray
    fine: np.ndarray

    def part(self, which: slice) -> "Pairs":
        """Some of them."""
        return Pairs(self.coarse[which], self.past[which], self.fine[which])


def in_pairs(coarse: np.ndarray, fine: np.ndarray) -> Pairs:
    """From images of the same times (time, row, col): each with the PAST ones before it."""
    residual = fine - coarse
    later = range(PAST, coarse.shape[0])
    past = np.array([residual[k - PAST : k] for k in later]).reshape(
        len(later), PAST, *coarse.shape[1:]
    )
    return Pairs(coarse[PAST:], past, fine[PAST:])


def train(
    pairs: Pairs,
    inputs: str = "both",
    epochs: int = EPOCHS,
    rate: float = RATE,
    seed: int = 2018,
    about: Mapping[str, Any] | None = None,
    info: Callable[[str], None] = lambda text: None,
) -> Smen:
    """A network of pairs of images, the same for the same seed on the same machine.

    The latest CHECKED of the pairs choose among the weights of all epochs and tell the error.
    Raises ValueError for too few pairs.
    """
    number = pairs.coarse.shape[0]
    if number < LEAST:
        raise ValueError(f"{number} pairs of images with {PAST} before them, needed {LEAST}")
    kept = number - max(1, round(CHECKED * number))
    one, two = pairs.part(slice(0, kept)), pairs.part(slice(kept, number))
    scaling = Scaling(
        float(np.nanmean(one.coarse)),
        max(float(np.nanstd(one.coarse)), 1e-6),
        max(float(np.nanstd(one.past)), 1e-6),
    )
    truth = (one.fine - scaling.mean) / scaling.sd
    seen = np.isfinite(truth)
    data = (
        *scaled(scaling, one.coarse, one.past),
        np.where(seen, truth, 0.0).astype(np.float32),
        seen.astype(np.float32),
    )
    step, state = _prepared(inputs, rate, seed)
    net = Smen(state[0], scaling, inputs, np.nan, dict(about or {}))
    random, best = np.random.default_rng(seed), (np.inf, state[0])
    for epoch in range(epochs):
        order = random.permutation(kept)
        for k in range(0, kept, BATCH):
            state = step(*state, *(part[order[k : k + BATCH]] for part in data))
        if (epoch + 1) % FOUND_EACH == 0 or epoch == epochs - 1:
            checked = unbiased_rmse(applied(replace(net, parameters=state[0]), two), two.fine)
            if checked < best[0]:
                best = (checked, state[0])
            if (epoch + 1) % (10 * FOUND_EACH) == 0:
                info(f"epoch {epoch + 1}: uRMSE of the pairs that check {checked:.4f}")
    net = replace(net, parameters=best[1], error=best[0])
    return _without_bias(net, pairs)


def applied(net: Smen, pairs: Pairs) -> np.ndarray:
    """What a network makes of each pair, (pair, row, col)."""
    return np.stack([net(c, p) for c, p in zip(pairs.coarse, pairs.past, strict=True)])


def _without_bias(net: Smen, pairs: Pairs) -> Smen:
    """The network with the mean of the fine images."""
    away = float(np.nanmean(pairs.fine - applied(net, pairs))) / net.scaling.sd
    p = net.parameters
    last = {**p["h"], "bias": np.asarray(p["h"]["bias"]) + np.float32(away)}
    return replace(net, parameters={**p, "h": last})


def begun(inputs: str, seed: int) -> Parameters:
    """Weights to begin with (He et al. 2015), thresholds zero."""
    random = np.random.default_rng([seed, 1])

    def kernel(depth: int, out: int) -> np.ndarray:
        spread = np.sqrt(2.0 / (9.0 * depth))
        return (spread * random.standard_normal((3, 3, depth, out))).astype(np.float32)

    def layer(depth: int, out: int) -> dict[str, np.ndarray]:
        return {"kernel": kernel(depth, out), "bias": np.zeros(out, np.float32)}

    ones, zeros = np.ones(FEATURES, np.float32), np.zeros(FEATURES, np.float32)
    blocks = [
        {
            **layer(2 * (1 if k == 0 else FEATURES), FEATURES),
            **{"scale": ones, "shift": zeros, "mean": zeros, "variance": ones},
        }
        for k in range(BLOCKS)
    ]
    return {"f": blocks, "g": layer(1, FEATURES), "h": layer(FEATURES, 1)}


def _prepared(inputs: str, rate: float, seed: int) -> tuple[Callable[..., Any], tuple[Any, Any]]:
    """The compiled step of Adam, and weights with the state of Adam to begin with."""
    jax, jnp = jax_numpy()
    adam, weights = optax().adam(rate), begun(inputs, seed)

    def loss(p: Parameters, image: Any, residual: Any, truth: Any, seen: Any) -> Any:
        found, moments = network(p, image, residual, inputs, True)
        error = (found - truth) * seen
        number = jnp.maximum(seen.sum(), 1.0)
        away = (error - error.sum() / number) * seen
        return jnp.sqrt((away**2).sum() / number + 1e-12), moments

    @jax.jit
    def step(p: Parameters, state: Any, *data: Any) -> tuple[Parameters, Any]:
        slopes, moments = jax.grad(loss, has_aux=True)(p, *data)
        updates, state = adam.update(slopes, state, p)
        moved = optax().apply_updates(p, updates)
        blocks = [
            {**block, "mean": _moved(old["mean"], mean), "variance": _moved(old["variance"], var)}
            for block, old, (mean, var) in zip(moved["f"], p["f"], moments, strict=False)
        ]
        return {**moved, "f": blocks or moved["f"]}, state

    return step, (weights, adam.init(weights))


def _moved(old: Any, new: Any) -> Any:
    return MOMENTUM * old + (1.0 - MOMENTUM) * new
