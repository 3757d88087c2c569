"""Work that the threads of a process share."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

SHARES_A_THREAD = 4  # so that who has the quick ones takes more


def in_shares(work: Callable[[int, int], None], size: int, threads: int) -> None:
    """Do `work` (first, last) for all of 0 to `size`, in shares if there are several threads.

    Threads help where the work lets others run (`ldas.core.kernel.loop_kernel`) and its shares
    do not see each other; an error of any share is raised.
    """
    if threads == 1:
        work(0, size)
        return
    ends = np.linspace(0, size, SHARES_A_THREAD * threads + 1).astype(int).tolist()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, ends[:-1], ends[1:]))
