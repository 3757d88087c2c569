"""What VH beside VV would add to S2MP's networks: python benchmarks/with_vh.py

The same draws with sigma0 VH as a fourth input: soil after Oh (2004), plants after Baghdadi et al.
(2017), the noise of VV.
"""

from functools import partial

import numpy as np

from retrieval import training
from retrieval.training_base import SIGMA_NOISE, Base, forward_both, simulate


def simulate_both(number: int, seed: int, moisture: tuple[float, float]) -> Base:
    """As `simulate`, with VH (dB) as fourth input."""
    base = simulate(number, seed, moisture)
    noise = np.random.default_rng([seed, 1]).standard_normal(base.moisture.size)
    _, vh = forward_both(base.moisture, base.height, base.inputs[:, 1], base.ndvi)
    inputs = np.column_stack([base.inputs, vh + SIGMA_NOISE * noise])
    return Base(inputs, base.moisture, base.height, base.ndvi)


def main() -> None:
    shipped = training.read_networks()
    for name, span in training.RANGES.items():
        training.SIMULATED[name] = partial(simulate_both, moisture=span)
        found = training.train_one(name, training.SEED, training.NUMBER)
        rmse = [t.scores["rmse"] for t in (shipped[name], found)]
        print(f"{name}: RMSE {rmse[0]:.2f} vol.% with VV, {rmse[1]:.2f} with both", flush=True)


if __name__ == "__main__":
    main()
