"""How many cores there are for linear algebra changes no bit of what a command makes."""

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from ldas.assimilation.ekf import forecast_covariance
from ldas.endings import guarded


def covariances():
    """What the widths of a cell's covariances give, from one patch to twelve."""
    draw = np.random.default_rng(1).normal
    found = []
    for width in (8, 40, 81, 90, 98, 108, 120):
        m, b = draw(size=(width, width)), draw(size=(width, width))
        found.append(forecast_covariance(b @ b.T, m, np.eye(width)).tobytes())
    return found


@pytest.mark.parametrize("cores", [1, 2, 4])
def test_covariances_of_a_command_do_not_depend_on_cores(cores):
    found = []

    def work():
        found.append(covariances())
        threads = [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]
        assert set(threads) == {1}

    with threadpool_limits(cores, user_api="blas"):
        guarded(work, False)
    with threadpool_limits(1, user_api="blas"):
        assert found[0] == covariances()
