"""What the namelist must say of any other land model, whichever door it comes through."""

import shlex
from typing import Annotated, Literal

from pydantic import BeforeValidator

from ldas.core.meteorology import FORCING
from ldas.core.settings import Group, Numbers, Strings, as_list, entry

Bounds = Annotated[list[float | str], BeforeValidator(as_list)]


class ForeignSettings(Group):
    """A land model of your own: whose names and units are which, what may be analysed."""

    name: str = entry(help="land model")
    time_step: int = entry(help="time step, the model's own", unit="s", ge=1, le=86400)
    threads: int = entry(1, "threads of each MPI rank", ge=1, le=1)
    restart: str | None = entry(None, "restart file to begin from, instead of initial values")
    layers: Numbers | None = entry(
        None, "depths of the bottoms of its soil layers; not given: those of ISBA", "m"
    )
    inputs: Strings = entry(
        list(FORCING), "forcing it takes: 'ours=theirs', or one name if they are the same"
    )
    outputs: Strings = entry(help="outputs it gives: 'ours=theirs', or one name if the same")
    state: Strings = entry(help="all variables of its state, readable and settable")
    balance: Strings = entry(
        [], "variables with its worst water (kg m-2) and energy (W m-2) residual of a step"
    )
    units: Strings = entry(
        [], "'theirs: unit', of variables whose unit it does not tell or wrongly"
    )
    control: Strings = entry(
        [], "what an analysis may change: 'lai=theirs', 'wg1=theirs[1]', 'wg2=theirs[2]' ..."
    )
    lower: Bounds = entry(
        [0.0], "least values of control: numbers or variables of the model, one or one for each"
    )
    upper: Bounds = entry(
        [], "largest values of control, alike; '' or not given: no bound. NaN: a column has none"
    )
    moves_along: Strings = entry(
        [], "state that follows control: 'lai*theirs' in proportion, 'wg1+theirs[1]' by the amount"
    )
    equivalents: Strings = entry(
        [], "what observations see, of the outputs: 'ssm=wg1' (layer 1 of wg), 'lai=lai'"
    )
    screened: Strings = entry(
        [], "where nothing is assimilated: 'snow>0.1', 'ice[1]>1e-6', any of them"
    )
    soil_range: float | str | None = entry(
        None,
        "range of soil moisture that errors are given in: a number or a variable; not given: by "
        "clay, as for ISBA",
        "m3 m-3",
    )

    def decisive(self) -> list[str]:
        """Paths and patterns of files that decide the results; those that are there count."""
        return []


class FilesSettings(ForeignSettings):
    """A land model of your own, an executable that is driven through files."""

    name: Literal["files"] = entry("files", "land model")
    command: str = entry(
        help="what is run in the working folder, a window at a time; {start}, {end}, {steps}, "
        "{time_step} and {columns} in it stand for those of the call"
    )
    files: Strings = entry(
        [],
        "what the command needs there beside, copied; in one that ends in '.in' the same words are "
        "filled in, and the ending falls",
    )
    initial: Strings = entry(
        [],
        "first values of the state: 'theirs: number', or a number for each layer; or give restart",
    )
    surface_file: str = entry("surface.nc", "written: the columns and what is known of them")
    forcing_file: str = entry("forcing.nc", "written: the inputs at every time step")
    restart_in: str = entry("restart_in.nc", "written: the state to begin with")
    restart_out: str = entry("restart_out.nc", "read: the state at the end")
    output_file: str = entry("output.nc", "read, if there are fluxes: their means or steps")
    time_limit: float = entry(3600.0, "after which a call is ended", "s", gt=0.0)
    work_dir: str | None = entry(
        None, "where working folders are made, one for each process; not given: the system's own"
    )

    def decisive(self) -> list[str]:
        """The program, if it is a path of the namelist's, and what it needs."""
        return [*shlex.split(self.command)[:1], *self.files]
