"""Which cells a rank owns: contiguous runs with equal numbers of columns."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Decomposition:
    """Bounds of each rank's subdomain: rank r owns cells [bounds[r], bounds[r + 1])."""

    bounds: np.ndarray

    @classmethod
    def by_work(cls, work: np.ndarray, ranks: int) -> "Decomposition":
        """Split cells in order so that the `work` (cell,) of the ranks differs least.

        Work is the number of active patches: a column costs the same wherever it is.
        """
        total = np.concatenate([[0], np.cumsum(work)])
        targets = total[-1] * np.arange(1, ranks) / ranks
        cuts = np.searchsorted(total, targets)
        left = np.maximum(cuts - 1, 0)
        nearer = np.abs(total[left] - targets) < np.abs(total[cuts] - targets)
        inner = np.where(nearer, left, cuts)
        return cls(np.concatenate([[0], np.maximum.accumulate(inner), [work.size]]).astype(int))

    def cells(self, rank: int) -> slice:
        """The cells of a rank."""
        return slice(int(self.bounds[rank]), int(self.bounds[rank + 1]))

    def others(self, work: np.ndarray, rank: int) -> tuple[int, int]:
        """Work of the ranks before and of those after a rank."""
        sums = self.sums(work)
        return sum(sums[:rank]), sum(sums[rank + 1 :])

    def sums(self, work: np.ndarray) -> list[int]:
        """Work of each rank."""
        return [int(work[self.cells(rank)].sum()) for rank in range(self.bounds.size - 1)]
