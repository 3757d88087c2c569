"""The kernels run as plain Python too, so that errors and coverage are seen, with the same
results to round-off (the compiler may contract a multiplication and an addition)."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np

PROGRAM = """
import sys
import numpy as np
sys.path.insert(0, sys.argv[1])
from columns import START, weather
from test_any_column import random_model
from ldas.core.mosaic import Mosaic
random = np.random.default_rng(7)
mosaic = Mosaic.from_fractions(np.eye(12)[[0, 3, 6]])
model = random_model(random, mosaic, "nit")
forcing = weather(random, 3, 1, np.array([290.0, 272.0, 300.0]), 0.3)
first = model.initial_state(forcing.values[mosaic.cell, 0, 0], START)
done = model.advance(first, forcing, START, 24)
assert done.worst_water <= 1e-9 and done.worst_energy <= 1e-6
np.savez(sys.argv[2], **dict(done.state.items()))
"""


def test_compiled_or_not(tmp_path):
    found = []
    for disabled in ("0", "1"):
        path = tmp_path / f"state{disabled}.npz"
        subprocess.run(
            [sys.executable, "-c", PROGRAM, str(Path(__file__).parent), str(path)],
            env={**os.environ, "NUMBA_DISABLE_JIT": disabled},
            check=True,
        )
        found.append(np.load(path))
    for name in found[0]:
        np.testing.assert_allclose(found[0][name], found[1][name], rtol=1e-9, atol=1e-12)
