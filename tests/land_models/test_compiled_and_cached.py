"""A model's bits do not depend on whether its kernels were compiled just now or cached.

LLVM sees a function's callers when all is compiled at once and not when it comes from the
cache; with contraction of products and sums allowed, that changed the last bit.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

SCRIPT = """
import hashlib
import numpy as np
from test_any_column import DAY, START, Mosaic, random_model, weather
random = np.random.default_rng(6)
mosaic = Mosaic.from_fractions(np.full((4, 12), 1 / 12))
model = random_model(random, mosaic, "nit")
forcing = weather(random, 4, 3, np.array([272.0, 290.0, 265.0, 300.0]), 0.3)
state = model.initial_state(forcing.values[mosaic.cell, 0, 0], START)
for day in range(3):
    state = model.advance(state, forcing, START + day * DAY, 288).state
print(hashlib.sha256(b"".join(state[name].tobytes() for name in state)).hexdigest())
"""


def bits(cache: Path) -> str:
    """Hash of the state after three days, computed in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env=os.environ | {"LDAS_CACHE_DIR": str(cache), "PYTHONPATH": str(Path(__file__).parent)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert len(done.stdout.strip()) == hashlib.sha256().digest_size * 2
    return done.stdout.strip()


def test_first_run_equals_later_runs(tmp_path: Path) -> None:
    assert bits(tmp_path) == bits(tmp_path)
