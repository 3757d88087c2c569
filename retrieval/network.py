"""Small networks and how they are trained: Levenberg and Marquardt's method.

Two hidden layers, the first linear, the second a tanh, and a linear output (El Hajj et al.
2017). Inputs and output are scaled to [-1, 1]. Hagan and Menhaj (1994) for the method.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

HIDDEN = (20, 20)
CHUNK = 4096  # rows of the Jacobian at a time
DAMPING, DAMPING_UP, DAMPING_DOWN, DAMPING_MOST = 1e-3, 10.0, 0.1, 1e10


@dataclass(frozen=True)
class Network:
    """Weights, and the ranges that inputs (n, input) and output were scaled from.

    y = w3 tanh(W2 (W1 x + b1) + b2) + b3 on scaled x and y.
    """

    w1: np.ndarray  # (hidden 1, input)
    b1: np.ndarray
    w2: np.ndarray  # (hidden 2, hidden 1)
    b2: np.ndarray
    w3: np.ndarray  # (hidden 2,)
    b3: float
    low: np.ndarray  # (input,)
    high: np.ndarray
    y_low: float
    y_high: float

    def __call__(self, inputs: np.ndarray) -> np.ndarray:
        """Output (n,) for `inputs` (n, input)."""
        x = 2.0 * (inputs - self.low) / (self.high - self.low) - 1.0
        y = np.tanh((x @ self.w1.T + self.b1) @ self.w2.T + self.b2) @ self.w3 + self.b3
        return 0.5 * (y + 1.0) * (self.y_high - self.y_low) + self.y_low

    def folded(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
        """The same function of unscaled inputs as w tanh(V x + c) + d: V, c, w, d."""
        both = self.w2 @ self.w1
        scale = 2.0 / (self.high - self.low)
        v = both * scale
        c = self.w2 @ self.b1 + self.b2 - both @ (scale * self.low + 1.0)
        half = 0.5 * (self.y_high - self.y_low)
        return v, c, half * self.w3, half * (self.b3 + 1.0) + self.y_low


def _split(theta: np.ndarray, sizes: tuple[int, int, int]) -> list[np.ndarray]:
    """W1, b1, W2, b2, w3, b3 of a parameter vector."""
    inputs, one, two = sizes
    shapes = [(one, inputs), (one,), (two, one), (two,), (two,), (1,)]
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes])
    return [p.reshape(s) for p, s in zip(np.split(theta, ends[:-1]), shapes, strict=True)]


def _forward(theta: np.ndarray, sizes: tuple[int, int, int], x: np.ndarray) -> np.ndarray:
    w1, b1, w2, b2, w3, b3 = _split(theta, sizes)
    return np.tanh((x @ w1.T + b1) @ w2.T + b2) @ w3 + b3


def _jacobian(
    theta: np.ndarray, sizes: tuple[int, int, int], x: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Output (n,) and its derivatives (n, parameter)."""
    w1, b1, w2, b2, w3, b3 = _split(theta, sizes)
    first = x @ w1.T + b1
    second = np.tanh(first @ w2.T + b2)
    to_second = w3 * (1.0 - second**2)
    to_first = to_second @ w2
    n = x.shape[0]
    parts = [
        (to_first[:, :, None] * x[:, None, :]).reshape(n, -1),
        to_first,
        (to_second[:, :, None] * first[:, None, :]).reshape(n, -1),
        to_second,
        second,
        np.ones((n, 1)),
    ]
    return second @ w3 + b3, np.concatenate(parts, axis=1)


def _normal(
    theta: np.ndarray, sizes: tuple[int, int, int], x: np.ndarray, y: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """J^T J and J^T (y - f), summed in chunks."""
    size = theta.size
    square, gradient = np.zeros((size, size)), np.zeros(size)
    for k in range(0, x.shape[0], CHUNK):
        found, jacobian = _jacobian(theta, sizes, x[k : k + CHUNK])
        square += jacobian.T @ jacobian
        gradient += jacobian.T @ (y[k : k + CHUNK] - found)
    return square, gradient


def train(
    inputs: np.ndarray,
    target: np.ndarray,
    check_inputs: np.ndarray,
    check_target: np.ndarray,
    seed: int,
    steps: int = 150,
    patience: int = 10,
    info: Callable[[str], None] | None = None,
) -> Network:
    """A network that maps `inputs` (n, input) to `target` (n,) with least squares.

    Training ends after `steps`, or when the error of the check data has not become less for
    `patience` steps; the weights that did best on them are kept.
    """
    low, high = inputs.min(axis=0), inputs.max(axis=0)
    y_low, y_high = float(target.min()), float(target.max())

    def scaled(values: np.ndarray) -> np.ndarray:
        return 2.0 * (values - low) / (high - low) - 1.0

    x, check_x = scaled(inputs), scaled(check_inputs)
    y, check_y = (2.0 * (v - y_low) / (y_high - y_low) - 1.0 for v in (target, check_target))
    sizes = (inputs.shape[1], *HIDDEN)
    theta = _start(sizes, np.random.default_rng(seed))
    error = float(np.mean((y - _forward(theta, sizes, x)) ** 2))
    best, best_error, waited, damping = theta, np.inf, 0, DAMPING
    for step in range(steps):
        square, gradient = _normal(theta, sizes, x, y)
        while damping <= DAMPING_MOST:
            moved = np.linalg.solve(square + damping * len(y) * np.eye(theta.size) / 1e3, gradient)
            tried = float(np.mean((y - _forward(theta + moved, sizes, x)) ** 2))
            if tried < error:
                break
            damping *= DAMPING_UP
        else:
            break
        theta, error, damping = theta + moved, tried, max(damping * DAMPING_DOWN, 1e-12)
        check = float(np.mean((check_y - _forward(theta, sizes, check_x)) ** 2))
        waited += 1
        if check < best_error * (1.0 - 1e-5):
            waited = 0
        if check < best_error:
            best, best_error = theta, check
        if info and step % 10 == 0:
            half = 0.5 * (y_high - y_low)
            info(f"step {step}: rmse {half * error**0.5:.4f}, check {half * check**0.5:.4f}")
        if waited >= patience:
            break
    w1, b1, w2, b2, w3, b3 = _split(best, sizes)
    return Network(w1, b1, w2, b2, w3, float(b3[0]), low, high, y_low, y_high)


def _start(sizes: tuple[int, int, int], random: np.random.Generator) -> np.ndarray:
    """Weights to begin with: each neuron's input of about unit size, thresholds spread."""
    inputs, one, two = sizes
    w1 = random.normal(size=(one, inputs)) / np.sqrt(inputs)
    w2 = random.normal(size=(two, one)) * 1.5 / np.sqrt(one)
    parts = [w1, np.zeros(one), w2, random.uniform(-1.5, 1.5, two),
             0.1 * random.normal(size=two), np.zeros(1)]  # fmt: skip
    return np.concatenate([part.ravel() for part in parts])
