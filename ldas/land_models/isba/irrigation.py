"""When and how much the farmer irrigates: on demand, or as prescribed.

The scheme of SURFEX 9 (Druel et al. 2022): a patch is irrigated by sprinkler, drip or flood;
on demand, within the growing season, when the soil water stress of its roots falls below a
threshold that becomes stricter from one irrigation of the season to the next, and not again
within an interval. Here the decision is taken once a day, at 00 UTC, on the stress at 00 UTC of
the day before: so that within a daily window nothing that an analysis or its perturbed runs
change can start or stop an irrigation.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from ldas.core.clock import DAY as ONE_DAY
from ldas.core.constants import DAY
from ldas.core.errors import UserError
from ldas.core.state import State
from ldas.core.variable import Variable

NONE, SPRINKLER, DRIP, FLOOD = range(4)  # kinds
STAGES = np.array([0.70, 0.55, 0.40, 0.25])  # 1, of F2; SURFEX 9 XTHRESHOLD
INTERVALS = np.array([np.inf, 7.0, 0.0, 7.0])  # d, by kind; SURFEX 9 IRRIGFREQ_CTYPE_DEFAULT
UNSTRESSED = 1.0  # 1, F2 of a soil that asks for nothing
HOUR = 3600.0  # s

_COLUMN = ("column",)
APPLIED_STATE = (
    Variable("irrigation_rate", _COLUMN, "kg m-2 s-1", "rate of irrigation", lower=0.0, upper=1.0),
    Variable(
        "irrigation_left", _COLUMN, "s", "time of irrigation left today", lower=0.0, upper=DAY
    ),
)
DEMAND_STATE = (
    Variable("irrigation_f2", _COLUMN, "1", "soil water stress of last midnight", lower=0.0),
    Variable(
        "irrigation_wait", _COLUMN, "d", "days until the next irrigation may begin", lower=0.0
    ),
    Variable("irrigation_count", _COLUMN, "1", "irrigations of this season", lower=0.0),
)
INITIAL = {"irrigation_f2": UNSTRESSED}  # all others begin with 0


class Practice(NamedTuple):
    """How each column is irrigated, shape (column,)."""

    kind: np.ndarray  # NONE, SPRINKLER, DRIP or FLOOD
    threshold: np.ndarray  # 1, of F2; NaN: STAGES
    amount: np.ndarray  # kg m-2 an irrigation
    interval: np.ndarray  # d, NaN: INTERVALS
    duration: np.ndarray  # s
    first_day: np.ndarray  # of the year, from 1
    last_day: np.ndarray


class Demand(NamedTuple):
    """What the farmer keeps in mind, shape (column,): the demand-driven state by its names."""

    f2: np.ndarray
    wait: np.ndarray
    count: np.ndarray


def in_season(day: int, practice: Practice) -> np.ndarray:
    """Whether the day of the year (from 1) lies in a column's season, which may span New Year."""
    first, last = practice.first_day, practice.last_day
    within, outside = (day >= first) & (day <= last), (day >= first) | (day <= last)
    return np.where(first <= last, within, outside)


def decide(day: int, before: Demand, practice: Practice) -> tuple[np.ndarray, Demand]:
    """Which columns are irrigated on a day of the year, and what is kept in mind after it.

    Outside the season nothing is, and its count begins anew.
    """
    season = in_season(day, practice)
    count = np.where(season, before.count, 0.0)
    stage = STAGES[np.minimum(count, STAGES.size - 1).astype(int)]
    threshold = np.where(np.isnan(practice.threshold), stage, practice.threshold)
    wait = np.maximum(before.wait - 1.0, 0.0)
    begins = (practice.kind != NONE) & season & (wait <= 0.0) & (before.f2 < threshold)
    by_kind = INTERVALS[practice.kind]
    interval = np.where(np.isnan(practice.interval), by_kind, practice.interval)
    return begins, Demand(before.f2, np.where(begins, interval, wait), count + begins)


@dataclass(frozen=True)
class Prescribed:
    """Amounts (day, cell) in kg m-2 on the irrigated patches, for days from `first` on."""

    first: np.datetime64  # [D]
    amounts: np.ndarray

    def on(self, day: np.datetime64) -> np.ndarray:
        """Amounts (cell,) of a UTC day; none outside the days that are known."""
        k = int((day - self.first).astype(int))
        if not 0 <= k < len(self.amounts):
            return np.zeros(self.amounts.shape[1])
        return self.amounts[k]


@dataclass(frozen=True)
class Irrigation:
    """The irrigation of columns: on demand, or `prescribed` in the cells `cell` (column,)."""

    practice: Practice
    cell: np.ndarray
    prescribed: Prescribed | None = None

    @property
    def state_table(self) -> tuple[Variable, ...]:
        """What must be kept from step to step and from day to day."""
        return APPLIED_STATE if self.prescribed is not None else (*APPLIED_STATE, *DEMAND_STATE)

    def take(self, columns: np.ndarray) -> "Irrigation":
        """The same over some of the columns."""
        practice = Practice(*(values[columns] for values in self.practice))
        return replace(self, practice=practice, cell=self.cell[columns])

    def initial(self) -> dict[str, np.ndarray]:
        """The state before anything is irrigated."""
        columns = self.cell.size
        return {v.name: np.full(columns, INITIAL.get(v.name, 0.0)) for v in self.state_table}

    def begin_day(self, state: State, midnight: np.datetime64, f2: np.ndarray) -> None:
        """Set what is applied on the UTC day that begins; `f2` (column,) is kept for the next."""
        day = midnight.astype("datetime64[D]")
        if self.prescribed is not None:
            amount = np.where(self.practice.kind != NONE, self.prescribed.on(day)[self.cell], 0.0)
        else:
            number = int((day - day.astype("datetime64[Y]")) / ONE_DAY) + 1
            before = Demand(*(state[variable.name] for variable in DEMAND_STATE))
            begins, after = decide(number, before, self.practice)
            amount = np.where(begins, self.practice.amount, 0.0)
            for variable, values in zip(DEMAND_STATE, after._replace(f2=f2), strict=True):
                state[variable.name][:] = values
        state["irrigation_left"][:] = np.where(amount > 0.0, self.practice.duration, 0.0)
        state["irrigation_rate"][:] = amount / self.practice.duration


def practice_of(values: Mapping[str, np.ndarray]) -> Practice:
    """From resolved parameters (column,), those that are not given left out, to the practice.

    Raises UserError for a kind that is none and a season that is no range of days.
    """
    columns = next(iter(values.values())).shape[0]
    nothing = np.full(columns, np.nan)
    kind = values["irrigation_type"]
    wrong = ~np.isin(kind, (NONE, SPRINKLER, DRIP, FLOOD))
    if wrong.any():
        raise UserError(
            f"parameter irrigation_type: {kind[wrong][0]:g}; allowed: 0 none, 1 sprinkler, 2 drip, "
            "3 flood"
        )
    return Practice(
        kind.astype(np.int64),
        values.get("irrigation_threshold", nothing),
        values["irrigation_amount"],
        values.get("irrigation_interval", nothing),
        values["irrigation_hours"] * HOUR,
        values["irrigation_first_day"],
        values["irrigation_last_day"],
    )
