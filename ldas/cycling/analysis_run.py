"""What an analysis adds to a run: its observations, its records and its books."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ldas.core.clock import Window
from ldas.core.errors import UserError
from ldas.core.meteorology import Meteorology
from ldas.core.state import State
from ldas.core.variable import Variable
from ldas.io.output import OutputBuffer
from ldas.io.output_table import analysis_variables
from ldas.parallel.communicator import collectively

from .analysis import Analyst
from .build import Subdomain, System
from .configuration import Configuration
from .filtering import Outcome
from .ledger import Ledger
from .observing import open_sets

FEW_LOST = 0.05  # 1, of the good observations, lost for want of pairs without a word


def make_analyst(conf: Configuration, local: Subdomain) -> Analyst:
    """What makes the analyses of a rank's cells; raises UserError for what cannot be."""
    if not hasattr(local.model, "control"):
        raise UserError(
            f"&model name: '{local.model.name}' has no control variables; an analysis "
            "needs take, control, control_scale and screened (see the docs)"
        )
    sets = open_sets(conf, local.surface)
    given = local.model.diagnostic_names
    lacking = [(found, name) for found in sets for name in found.kind.needs if name not in given]
    if lacking:
        raise UserError(
            f"observations '{found.name}': are compared with '{name}', which model "
            f"'{local.model.name}' does not give (it gives {', '.join(given)})"
            for found, name in lacking
        )
    return Analyst(conf, local, local.model, sets)  # type: ignore[arg-type]


class AnalysisRun:
    """The analysis side of a run on one rank.

    Raises UserError (on all ranks) with everything wrong with the observations.
    """

    def __init__(self, conf: Configuration, system: System, log: Callable[[str], None]) -> None:
        self.conf, self.comm, self.log = conf, system.comm, log
        local = system.local
        self.analyst = analyst = collectively(self.comm, lambda: make_analyst(conf, local))
        names = [found.name for found in analyst.sets]
        units = {
            found.name: {
                "observed": found.product.units,
                "modelled": found.kind.model_units,
            }
            for found in analyst.sets
        }
        self.variables: dict[str, Variable] = {
            variable.name: variable for variable in analysis_variables(units, analyst.cells.names)
        }
        fractions = local.surface.fractions
        self.ledger = Ledger(self.comm, names, fractions.argmax(axis=1), analyst.filter.members)
        self.mosaic = local.mosaic
        self.output = OutputBuffer(
            self.comm,
            local.mosaic,
            conf.folder,
            (),
            False,
            "f4" if conf.output.precision == "single" else "f8",
        )
        self.outcome: Outcome | None = None

    def analyse(
        self, start: State, background: State, forcing: Meteorology, window: Window
    ) -> State:
        """The analysis of one window on this rank; `book` tells the others."""
        state, self.outcome = self.analyst.analyse(start, background, forcing, window)
        return state

    def book(self, window: Window) -> None:
        """Record what the window's analysis did. Collective."""
        assert self.outcome is not None
        self.output.add_values(window, self._fields(self.outcome))
        line = self.ledger.enter(self.outcome, window)
        if line is not None:
            self.log(line)
        self.outcome = None

    def _fields(self, outcome: Outcome) -> dict[str, np.ndarray]:
        """Values by cell, or by cell and patch, under the names of the outputs."""
        fields: dict[str, np.ndarray] = {}
        for k, found in enumerate(self.analyst.sets):
            for prefix, values in (
                ("obs", outcome.raw),
                ("obs_rescaled", outcome.value),
                ("flag", outcome.flag.astype(float)),
                ("background", outcome.background),
                ("innovation", outcome.innovation),
                ("innovation_sd", np.sqrt(outcome.hbh + outcome.r)),
                ("residual", outcome.residual),
            ):
                fields[f"{prefix}_{found.name}"] = values[:, k]
            if self.analyst.filter.members:
                fields[f"rank_{found.name}"] = outcome.rank[:, k]
            if self.analyst.scaling.active:
                fields[f"error_scale_{found.name}"] = outcome.scale[:, k]
        for m, control in enumerate(self.analyst.cells.names):
            fields[f"increment_{control}"] = self._by_patch(outcome.increment[:, m])
            if self.analyst.bias.active:
                fields[f"correction_{control}"] = self._by_patch(outcome.correction[:, m])
            if self.conf.assimilation.jacobians:
                for k, found in enumerate(self.analyst.sets):
                    values = self._by_patch(outcome.jacobian[:, k, m])
                    fields[f"jacobian_{found.name}_{control}"] = values
        return fields

    def _by_patch(self, values: np.ndarray) -> np.ndarray:
        return np.moveaxis(self.mosaic.by_patch(values), 0, 1)

    def table(self) -> tuple[Variable, ...]:
        """What a restart holds beside the model's state."""
        return self.analyst.table()

    def check_used(self) -> list[str]:
        """Problems of a run that has ended: sets of which nothing was used. On rank 0."""
        lines = []
        for name, number in self.ledger.used().items():
            if number == 0:
                counts = self.ledger.summary()[name]["rejected"]
                why = ", ".join(f"{n} {reason}" for reason, n in counts.items())
                why = why or "none in the period and domain"
                lines.append(f"observations '{name}': none was used ({why})")
        return lines + self._lost_for_few_pairs()

    def _lost_for_few_pairs(self) -> list[str]:
        """Lines about sets that lose many observations for want of pairs, and what helps."""
        lines = []
        for found in self.analyst.sets:
            counts = self.ledger.summary()[found.name]
            lost = counts["rejected"].get("few_pairs", 0)
            if lost <= FEW_LOST * (lost + counts["used"]):
                continue
            least = found.settings.min_pairs
            lines.append(
                f"observations '{found.name}': {lost} of {lost + counts['used']} good ones lost, "
                f"their place and season has fewer than min_pairs = {least} pairs; `ldas rescale` "
                "over more years keeps them, or a lower min_pairs"
            )
        return lines

    def nothing_used(self) -> bool:
        """Whether the run has not used a single observation."""
        return sum(self.ledger.used().values()) == 0

    def notes(self) -> dict[str, Any]:
        """For a restart."""
        return {"ledger": self.ledger.kept()}
