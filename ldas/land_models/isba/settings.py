"""The namelist group `&model` of ISBA: how it runs, and overrides of its parameters."""

from typing import Any, Literal

from pydantic import create_model

from ldas.core.registries import LAND_MODELS
from ldas.core.settings import Group, Numbers, Strings, chosen_from, entry

from .parameters import MONTHS, PARAMETERS, PER_PATCH


class _Run(Group):
    """The land model; the parameters below override its defaults (see the docs)."""

    name: chosen_from(LAND_MODELS) = entry(
        "isba", "land model; 'bmi' takes a model of your own (its entries: see the docs)"
    )
    photosynthesis: Literal["prescribed", "nit"] = entry(
        "prescribed",
        "prescribed: LAI given by month, stomata after Jarvis; nit: A-gs, leaves grow and die",
    )
    snow: Literal["es", "none"] = entry(
        "es", "es: explicit pack of 12 layers; none: snowfall is an error"
    )
    irrigation: Literal["none", "demand", "prescribed"] = entry(
        "none",
        "none; demand: patches with an irrigation_type are irrigated when their roots ask for "
        "water; prescribed: as irrigation_files say",
    )
    irrigation_files: Strings = entry(
        [],
        "water applied to the irrigated patches of each UTC day, on any grid; paths or patterns",
    )
    irrigation_variable: str = entry(
        "irrigation", "variable of irrigation_files, in units of a rate (mm day-1, kg m-2 s-1)"
    )
    time_step: int = entry(300, "time step, a divisor of the forcing interval", "s", ge=1, le=3600)
    threads: int = entry(1, "threads of each MPI rank", ge=1)
    restart: str | None = entry(None, "restart file to begin from, instead of initial values")
    initial_swi: float = entry(
        1.0, "initial soil wetness index: 0 wilting point, 1 field capacity", "1", ge=0.0, le=1.2
    )
    initial_lai: Numbers | None = entry(
        None,
        "initial leaf area index where leaves grow, 1 or 12 values (patches); not given: lai of "
        "the first month, or 1 where there is none",
        "m2 m-2",
    )
    co2_reference: float | None = entry(
        None,
        "CO2 to which the ageing of leaves is scaled; not given: that of the air at the "
        "experiment's start (give it to make experiments that follow each other alike)",
        "kg kg-1",
        gt=0.0,
        le=0.01,
    )
    initial_temperature: Numbers | None = entry(
        None,
        "initial soil temperature: one value, or surface, root zone and deep; not given: the "
        "damped course of the air's year, or its first day's mean where the forcing is shorter",
        "K",
    )

    def decisive(self) -> list[str]:
        """Files beside those that every namelist names that decide the numbers."""
        return list(self.irrigation_files)


def fortran_list(values: tuple[float, ...] | None, times: int) -> str | None:
    """Values, each `times` over, as Fortran writes them: 3*0., 12*0.5; None for None."""
    if values is None:
        return None
    runs: list[list[float]] = []
    for value in values:
        if runs and runs[-1][0] == value:
            runs[-1][1] += times
        else:
            runs.append([value, times])
    return ", ".join(f"{n:g}*{value:g}" if n > 1 else f"{value:g}" for value, n in runs)


def _overrides() -> dict[str, Any]:
    entries = {}
    for parameter in PARAMETERS:
        counts = f"1 or {PER_PATCH} values (patches)"
        if parameter.monthly:
            counts = f"1, {MONTHS} (months) or {MONTHS * PER_PATCH} values (months by patch)"
        shown = fortran_list(parameter.default, MONTHS if parameter.monthly else 1)
        field = entry(None, f"{parameter.meaning}; {counts}", parameter.units, shown)
        entries[parameter.name] = (Numbers | None, field)
    return entries


IsbaSettings = create_model("IsbaSettings", __base__=_Run, __doc__=_Run.__doc__, **_overrides())
