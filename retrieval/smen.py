"""SMEN: coarse soil moisture made fine by a network of convolutions (seed 004's study).

J(t) = h(g(I(t)) + f(D(t))): I is the coarse moisture on the fine grid, D what the fine one was
above it at earlier times, J the fine moisture. f are three blocks of a convolution in time and
space, ReLU and batch normalisation; g and h are one convolution each. A block joins two times,
so that the three of them make one image of four. Needs JAX (the extra `[cnn]`), in single
precision; numpy goes in and comes out.
"""

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

BLOCKS, FEATURES = 3, 32
PAST = BLOCKS + 1  # earlier pairs of images that make D
HALO = BLOCKS + 1  # pixels around one that it depends on
INPUTS = ("both", "spatial", "temporal")
EPSILON = 1e-3  # added to a variance
STRIP = 400_000  # pixels that are computed at a time

Parameters = Mapping[str, Any]


def jax_numpy() -> tuple[ModuleType, ModuleType]:
    """The modules jax and jax.numpy; raises ImportError that says how to have them."""
    try:
        import jax
        import jax.numpy
    except ImportError:
        raise ImportError("'smen' needs JAX; install it: pip install 'ldas[cnn]'") from None
    return jax, jax.numpy


@dataclass(frozen=True)
class Scaling:
    """Mean and deviation of moisture, and the deviation of D, by which the network's are scaled."""

    mean: float
    sd: float
    residual: float


@dataclass(frozen=True)
class Smen:
    """A trained network: weights by name, its scaling, its inputs, one standard error (m3 m-3)."""

    parameters: Parameters
    scaling: Scaling
    inputs: str
    error: float
    about: Mapping[str, Any]

    def __call__(self, coarse: np.ndarray, past: np.ndarray) -> np.ndarray:
        """Fine moisture (row, col) of `coarse` (row, col) and `past` (PAST, row, col).

        The oldest of the past comes first. All in the unit of the training; NaN stands for
        nothing known. Computed in strips of rows, with the pixels beside that they depend on.
        """
        rows, out = coarse.shape[0], np.empty(coarse.shape)
        at_once = max(1, STRIP // max(1, coarse.shape[1]))
        image, residual = scaled(self.scaling, coarse, past)
        for begin in range(0, rows, at_once):
            first, last = max(0, begin - HALO), min(rows, begin + at_once + HALO)
            found = _applied(self.inputs)(
                self.parameters, image[None, first:last], residual[None, :, first:last]
            )
            inside = slice(begin - first, min(rows, begin + at_once) - first)
            out[begin : begin + at_once] = np.asarray(found, float)[0, inside]
        return self.scaling.mean + self.scaling.sd * out


def scaled(s: Scaling, coarse: np.ndarray, past: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The two inputs about zero, which stands for nothing known."""
    parts = ((coarse - s.mean) / s.sd, past / s.residual)
    image, residual = (np.where(np.isfinite(v), v, 0.0).astype(np.float32) for v in parts)
    return image, residual


def network(
    p: Parameters, image: Any, residual: Any, inputs: str, training: bool
) -> tuple[Any, list[tuple[Any, Any]]]:
    """J (n, row, col) of I (n, row, col) and D (n, PAST, row, col), all scaled.

    The second are mean and variance of each block's features, those of this batch where
    `training` and the kept ones else.
    """
    _, jnp = jax_numpy()
    features, seen = 0.0, []
    if inputs != "temporal":
        features = _convolution(image[..., None], p["g"]["kernel"], p["g"]["bias"])
    if inputs != "spatial":
        x = residual[..., None]
        for block in p["f"]:
            joined = jnp.concatenate([x[:, :-1], x[:, 1:]], axis=-1)  # two times, a kernel's depth
            flat = joined.reshape(-1, *joined.shape[2:])
            y = jnp.maximum(_convolution(flat, block["kernel"], block["bias"]), 0.0)
            of_batch = (y.mean(axis=(0, 1, 2)), y.var(axis=(0, 1, 2)))
            mean, variance = of_batch if training else (block["mean"], block["variance"])
            y = (y - mean) / jnp.sqrt(variance + EPSILON) * block["scale"] + block["shift"]
            x = y.reshape(joined.shape[0], -1, *y.shape[1:])
            seen.append((mean, variance))
        features = features + x[:, 0]
    return _convolution(features, p["h"]["kernel"], p["h"]["bias"])[..., 0], seen


def _convolution(x: Any, kernel: Any, bias: Any) -> Any:
    """Of (n, row, col, feature) with (3, 3, in, out), nothing known beyond the sides."""
    jax, _ = jax_numpy()
    order = ("NHWC", "HWIO", "NHWC")
    return jax.lax.conv_general_dilated(x, kernel, (1, 1), "SAME", dimension_numbers=order) + bias


@functools.lru_cache(maxsize=len(INPUTS))
def _applied(inputs: str) -> Any:
    jax, _ = jax_numpy()
    return jax.jit(lambda p, image, residual: network(p, image, residual, inputs, False)[0])


def unbiased_rmse(found: np.ndarray, truth: np.ndarray) -> float:
    """RMSE of what is left when both have lost their means, where both are finite."""
    good = np.isfinite(found) & np.isfinite(truth)
    return float(np.std(found[good] - truth[good]))


def write_smen(path: Path, net: Smen) -> None:
    """Weights and what is known of them, as a NumPy archive; whole or absent."""
    about = {
        "scaling": net.scaling.__dict__,
        "inputs": net.inputs,
        "error": net.error,
        "about": dict(net.about),
    }
    temporary = path.with_name(path.name + ".tmp")
    with temporary.open("wb") as out:
        np.savez(out, description=json.dumps(about), **_flat(net.parameters))
    temporary.replace(path)


def read_smen(path: Path) -> Smen:
    """What `write_smen` wrote. Raises ValueError for a file that is something else."""
    try:
        with np.load(path, allow_pickle=False) as file:
            about = json.loads(str(file["description"]))
            parameters = {
                part: {name: file[f"{part}.{name}"] for name in ("kernel", "bias")}
                for part in ("g", "h")
            }
            names = ("kernel", "bias", "scale", "shift", "mean", "variance")
            blocks = [{n: file[f"f{k}.{n}"] for n in names} for k in range(BLOCKS)]
        scaling = Scaling(**about["scaling"])
        return Smen(
            {**parameters, "f": blocks}, scaling, about["inputs"], about["error"], about["about"]
        )
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path}: no network of 'smen' that can be read ({error})") from None


def _flat(p: Parameters) -> dict[str, np.ndarray]:
    blocks = {f"f{k}": block for k, block in enumerate(p["f"])}
    return {
        f"{part}.{name}": np.asarray(value)
        for part, values in {"g": p["g"], "h": p["h"], **blocks}.items()
        for name, value in values.items()
    }
