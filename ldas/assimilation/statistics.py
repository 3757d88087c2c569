"""What the observations did over a run: counts, innovations, residuals, Desroziers' diagnostics."""

from typing import Any

import numpy as np

SUMS = ("n", "d", "dd", "r", "rr", "dr", "bb", "oo")


class Tally:
    """Sums over observations by group (month or land cover), for one set.

    d: innovation, r: residual, bb: expected variance of the background at the observation,
    oo: assumed observation variance.
    """

    def __init__(self, groups: int, kept: dict[str, Any] | None = None) -> None:
        self.sums = {name: np.zeros(groups) for name in SUMS}
        for name, values in (kept or {}).items():
            self.sums[name][:] = values

    def add(
        self,
        group: np.ndarray,
        innovation: np.ndarray,
        residual: np.ndarray,
        background_variance: np.ndarray,
        observation_variance: np.ndarray,
    ) -> None:
        """Add what was observed, all of shape (observation,), in a fixed order."""
        terms = {
            "n": np.ones(innovation.size),
            "d": innovation,
            "dd": innovation**2,
            "r": residual,
            "rr": residual**2,
            "dr": innovation * residual,
            "bb": background_variance,
            "oo": observation_variance,
        }
        for name, values in terms.items():
            np.add.at(self.sums[name], group, values)

    def kept(self) -> dict[str, list[float]]:
        """The sums, for a restart."""
        return {name: values.tolist() for name, values in self.sums.items()}

    def summary(self, which: np.ndarray | slice = slice(None)) -> dict[str, float | int | None]:
        """Statistics over some groups together; None where undefined.

        Desroziers et al. (2005): mean(d r) should be the observation error variance,
        mean(d (d - r)) that of the background; `chi2` is mean(d^2) over what was expected.
        """
        s = {name: float(values[which].sum()) for name, values in self.sums.items()}
        n = s["n"]
        if n == 0:
            return {"n": 0}
        expected = (s["bb"] + s["oo"]) / n
        return {
            "n": int(n),
            "innovation_mean": s["d"] / n,
            "innovation_sd": _root(s["dd"] / n - (s["d"] / n) ** 2),
            "residual_mean": s["r"] / n,
            "residual_sd": _root(s["rr"] / n - (s["r"] / n) ** 2),
            "observation_error_assumed": _root(s["oo"] / n),
            "observation_error_desroziers": _root(s["dr"] / n),
            "background_error_assumed": _root(s["bb"] / n),
            "background_error_desroziers": _root((s["dd"] - s["dr"]) / n),
            "chi2": s["dd"] / n / expected if expected > 0.0 else None,
        }


def _root(value: float) -> float | None:
    return float(np.sqrt(value)) if value >= 0.0 else None
