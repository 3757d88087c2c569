"""A model's bits depend neither on the processor nor on whether its kernels come from the cache.

LLVM sees a function's callers when all is compiled at once and not when it comes from the
cache; with contraction of products and sums allowed, that changed the last bit. A processor
with wider vectors, or with a fused product and sum, must not change it either.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

ROOT = Path(__file__).resolve().parents[2]
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


def bits(cache: Path, tree: Path | None = None, **environment: str) -> str:
    """Hash of the state after three days, computed in a process of its own; of another tree."""
    places = [str(path) for path in (tree, Path(__file__).parent) if path]
    own = {"LDAS_CACHE_DIR": str(cache), "PYTHONPATH": os.pathsep.join(places)}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env=os.environ | own | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert len(done.stdout.strip()) == hashlib.sha256().digest_size * 2
    return done.stdout.strip()


def test_first_run_equals_later_runs_and_other_processors(tmp_path: Path) -> None:
    cache, tree = tmp_path / "cache", tmp_path / "tree"
    vectors = [name for name in __cpu_dispatch__ if __cpu_features__.get(name)]
    plainest = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}
    plainest["NPY_DISABLE_CPU_FEATURES"] = " ".join(vectors)
    first = bits(cache)
    assert bits(cache) == first
    compiled = set(cache.rglob("*.nbc"))
    for part in ("ldas", "forcing", "observation_ops", "retrieval"):
        shutil.copytree(ROOT / part, tree / part)
    assert bits(cache, tree) == first
    assert set(cache.rglob("*.nbc")) == compiled  # the same sources at another place
    assert bits(cache, **plainest) == first
