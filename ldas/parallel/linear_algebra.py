"""Linear algebra on one thread: what it sums does not depend on how many cores there are."""

from contextlib import AbstractContextManager

import numpy as np  # noqa: F401  its library must be there to be limited
from threadpoolctl import threadpool_limits


def one_thread() -> AbstractContextManager:
    """Within it BLAS works alone: shared among threads, products of large matrices round otherwise.

    The covariances of a cell with twelve patches are large enough. Ranks and the model's own
    threads take the cores.
    """
    return threadpool_limits(limits=1, user_api="blas")
