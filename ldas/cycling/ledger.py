"""The books of an analysis run, kept on rank 0: what was used, why not, and what it did."""

from typing import Any

import numpy as np

from ldas.assimilation.rank_histogram import flatness
from ldas.assimilation.statistics import Tally
from ldas.core.clock import Window, month_index
from ldas.core.mosaic import PATCHES
from ldas.parallel.communicator import Communicator
from observation_ops import quality

from .filtering import Outcome

MONTHS = 12


class Ledger:
    """Statistics of every set by month and by the dominant patch of the cell."""

    def __init__(
        self, comm: Communicator, names: list[str], cover: np.ndarray, members: int
    ) -> None:
        """`cover` (cell,) is the dominant patch of this rank's cells; collective.

        `members` is how many the filter's ensemble has, 0 without one.
        """
        self.comm, self.names, self.members = comm, names, members
        self.cover = comm.gather_rows(cover.astype(np.int64))
        self.counts = {name: np.zeros(len(quality.REASONS), np.int64) for name in names}
        self.month = {name: Tally(MONTHS) for name in names}
        self.patch = {name: Tally(len(PATCHES)) for name in names}
        self.ranks = {name: np.zeros(members + 1 if members else 0, np.int64) for name in names}
        self.latest: dict[str, dict[str, Any]] = {}

    def enter(self, outcome: Outcome, window: Window) -> str | None:
        """Book a window; returns a line about it on rank 0. Collective.

        `latest` then holds the window's own numbers by set, on rank 0.
        """
        flag = self.comm.gather_rows(outcome.flag)
        fields = [
            self.comm.gather_rows(values)
            for values in (outcome.innovation, outcome.residual, outcome.hbh, outcome.r)
        ]
        rank = self.comm.gather_rows(outcome.rank) if self.members else None
        moved = self.comm.gather_rows(np.abs(outcome.increment).sum(axis=1))
        if self.comm.rank != 0:
            return None
        assert flag is not None and moved is not None and self.cover is not None
        month = int(month_index(window.end))
        words = []
        for k, name in enumerate(self.names):
            counts = quality.counted(flag[:, k])
            self.counts[name] += counts
            if rank is not None:
                among = rank[np.isfinite(rank[:, k]), k].astype(np.int64)
                self.ranks[name] += np.bincount(among, minlength=self.members + 1)
            used = flag[:, k] == quality.USED
            self.latest[name] = {"used": int(used.sum()), "rejected": quality.as_reasons(counts)}
            if not used.any():
                rejected = quality.as_reasons(counts)
                if rejected:
                    words.append(f"{name}: 0 used, rejected {_listed(rejected)}")
                continue
            d, r, hbh, oo = (np.asarray(values)[used, k] for values in fields)
            self.month[name].add(np.full(d.size, month), d, r, hbh, oo)
            self.patch[name].add(self.cover[used], d, r, hbh, oo)
            expected = float((hbh + oo).mean())
            self.latest[name] |= {
                "innovation": float(d.mean()),
                "chi2": float((d**2).mean()) / expected,
                "expected_sd": expected**0.5,
            }
            rejected = quality.as_reasons(counts)
            words.append(
                f"{name}: {d.size} used, rejected {_listed(rejected) or 0}, innovation "
                f"{d.mean():+.4f} sd {d.std():.4f}, residual {r.mean():+.4f} sd {r.std():.4f}"
            )
        if not words:
            return None
        return f"{str(window.end)[:16]} {'; '.join(words)}; mean |increment| {moved.mean():.2e}"

    def used(self) -> dict[str, int]:
        """How many observations of each set were used so far."""
        return {name: int(counts[quality.USED]) for name, counts in self.counts.items()}

    def summary(self) -> dict[str, Any]:
        """For `summary.json`."""
        found: dict[str, Any] = {}
        for name in self.names:
            months = {
                str(m + 1): self.month[name].summary(np.array([m]))
                for m in range(MONTHS)
                if self.month[name].sums["n"][m]
            }
            covers = {
                PATCHES[p]: self.patch[name].summary(np.array([p]))
                for p in range(len(PATCHES))
                if self.patch[name].sums["n"][p]
            }
            found[name] = {
                "used": int(self.counts[name][quality.USED]),
                "rejected": quality.as_reasons(self.counts[name]),
                "all": self.month[name].summary(),
                "months": months,
                "land_cover": covers,
            }
            if self.members:
                found[name] |= {
                    "rank_histogram": self.ranks[name].tolist(),
                    "rank_flatness": flatness(self.ranks[name]),
                }
        return found

    def kept(self) -> dict[str, Any]:
        """Everything, for a restart."""
        return {
            name: {
                "counts": self.counts[name].tolist(),
                "ranks": self.ranks[name].tolist(),
                "month": self.month[name].kept(),
                "patch": self.patch[name].kept(),
            }
            for name in self.names
        }

    def restore(self, kept: dict[str, Any]) -> None:
        """Take up what `kept` gave."""
        for name, books in kept.items():
            if name in self.counts:
                self.counts[name][:] = books["counts"]
                self.ranks[name][:] = books["ranks"]
                self.month[name] = Tally(MONTHS, books["month"])
                self.patch[name] = Tally(len(PATCHES), books["patch"])


def _listed(rejected: dict[str, int]) -> str:
    return ", ".join(f"{number} {reason}" for reason, number in rejected.items())
