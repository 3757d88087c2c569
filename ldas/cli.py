"""The command line: every verb declared; the work is done in `ldas.commands`.

Heavy parts are imported inside the commands, so that help and errors come at once.
"""

import signal
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from ldas import __version__
from ldas.core.errors import UserError
from ldas.core.registries import COMMANDS
from ldas.endings import (
    GOES_ON,
    INTERRUPTIONS,
    OK,
    ended_by,
    guarded,
    on_all_ranks,
    terminate,
)

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
Namelist = Annotated[Path, typer.Argument(help="namelist of the experiment", metavar="FILE.nml")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="say more; tracebacks too")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="say nothing but errors")]


def _version(wanted: bool) -> None:
    if wanted:
        print(f"ldas {__version__}")
        raise typer.Exit(OK)


@app.callback()
def main_options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="print the version")
    ] = False,
) -> None:
    """Land data assimilation: a land model, its observations and the filter between them."""


@app.command()
def run(namelist: Namelist, verbose: Verbose = False, quiet: Quiet = False) -> None:
    """Run the experiment of a namelist; go on from its last restart if there is one.

    The same command works alone and under `mpirun -n N`.
    """

    def work(comm: Any, reporter: Any) -> None:
        from ldas.commands.run import run

        run(namelist, comm, reporter)

    on_all_ranks(
        work,
        verbose,
        quiet,
        GOES_ON,
    )


@app.command()
def spinup(namelist: Namelist, verbose: Verbose = False, quiet: Quiet = False) -> None:
    """Repeat the experiment's period until its state no longer drifts; write a restart.

    The same command works alone and under `mpirun -n N`.
    """

    def work(comm: Any, reporter: Any) -> None:
        from ldas.commands.spinup import spinup

        spinup(namelist, comm, reporter)

    on_all_ranks(work, verbose, quiet)


@app.command()
def cycle(
    namelist: Annotated[Path, typer.Argument(help="namelist with &cycle", metavar="FILE.nml")],
    now: Annotated[
        str | None, typer.Option(help="what time it is, ISO (UTC); default: the clock's")
    ] = None,
    status: Annotated[
        bool, typer.Option("--status", help="only tell how it stands, from the books")
    ] = False,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> None:
    """Bring an operational system to its last window whose input is complete.

    Call it at any time, any number of times, alone or under `mpirun -n N`. It goes back for late
    input, and ends with 3 where something must be looked at.
    """
    from ldas.operations.clock import instant

    ended: list[int] = []

    def work(comm: Any, reporter: Any) -> None:
        from ldas.operations.idle import peek
        from ldas.parallel.communicator import on_rank_0

        time = instant(now)
        rest = None if status else comm.broadcast(on_rank_0(comm, lambda: peek(namelist, time)))
        if rest is not None:
            for line in rest.lines:
                (reporter.warn if rest.status else reporter.info)(line)
            ended.append(rest.status)
            return
        from ldas.commands.cycle import cycle, status_lines

        if status:
            for line in status_lines(namelist) if comm.rank == 0 else ():
                print(line)
            return
        found = cycle(namelist, comm, reporter, time)
        if found is not None:
            ended.append(found.status)

    on_all_ranks(work, verbose, quiet, GOES_ON)
    raise typer.Exit(max(ended, default=OK))


@app.command()
def check(
    namelist: Namelist,
    picture: Annotated[
        Path | None, typer.Option(help="PNG to write: the domain's share that each set reaches")
    ] = None,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> None:
    """Check all that can be checked without running; list every problem at once."""

    def work() -> None:
        from ldas.commands.check import check_everything

        for line in check_everything(namelist, picture):
            if not quiet:
                print(line)

    guarded(work, verbose)


@app.command()
def template(
    group: Annotated[
        str | None, typer.Argument(help="one group, e.g. model, or a method of retrieval, e.g. swi")
    ] = None,
) -> None:
    """Print a namelist with every entry, its default, unit, allowed values and help."""

    def work() -> None:
        from ldas.commands.template import template

        print(template(group))

    guarded(work, False)


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="folder to write", metavar="DIR")],
    days: Annotated[int, typer.Option(help="length of the case", min=1, max=365)] = 30,
    seed: Annotated[int, typer.Option(help="of the random weather and landscape")] = 1,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> None:
    """Write the embedded demonstration case: a synthetic region, its weather, namelists."""

    def work() -> None:
        from ldas.commands.demo import demo

        for line in demo(folder, days, seed):
            if not quiet:
                print(line)

    guarded(work, verbose)


@app.command()
def station(
    table: Annotated[Path, typer.Argument(help="CSV table of a station", metavar="STATION.csv")],
    target: Annotated[Path, typer.Argument(help="product to write", metavar="OUT.nc")],
    column: Annotated[str, typer.Option(help="column with the soil moisture")],
    lat: Annotated[float, typer.Option(help="degrees north", min=-90.0, max=90.0)],
    lon: Annotated[float, typer.Option(help="degrees east", min=-180.0, max=360.0)],
    units: Annotated[str, typer.Option(help="of the column")] = "m3 m-3",
    every: Annotated[int, typer.Option(help="days from one value to the next", min=1)] = 6,
    hour: Annotated[int, typer.Option(help="of the day, UTC", min=0, max=23)] = 18,
    time: Annotated[str, typer.Option(help="column of the times")] = "time_utc",
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> None:
    """Make a product of one pixel from a station's probe, thinned like a satellite's passes."""

    def work() -> None:
        from ldas.commands.station import Thinning, station_product

        thinning = Thinning(units, every, hour, time)
        said = station_product(table, column, target, (lat, lon), thinning)
        if not quiet:
            print(said)

    guarded(work, verbose)


@app.command()
def twin(
    folder: Annotated[Path, typer.Argument(help="folder to write", metavar="DIR")],
    size: Annotated[int, typer.Option(help="cells along one side", min=2, max=40)] = 8,
    years: Annotated[int, typer.Option(help="of pairs for the rescaling", min=1, max=10)] = 3,
    radar: Annotated[
        bool, typer.Option("--radar", help="radar and optical images in place of soil moisture")
    ] = False,
    seed: Annotated[int, typer.Option(help="of landscape, weather and errors")] = 1,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> None:
    """Write an identical-twin experiment: truth, observations drawn from it, namelists."""

    def work() -> None:
        from ldas.commands.twin import twin
        from ldas.synthetic.twin import TwinOptions

        options = TwinOptions(size, seed, years=years, radar=radar)
        twin(folder, options, (lambda text: None) if quiet else print)

    guarded(work, verbose)


@app.command()
def rescale(namelist: Namelist, verbose: Verbose = False, quiet: Quiet = False) -> None:
    """Write the seasonal statistics by which observations are rescaled to the model's climate."""

    def work() -> None:
        from ldas.commands.rescale import rescale_all

        for line in rescale_all(namelist):
            if not quiet:
                print(line)

    guarded(work, verbose)


@app.command()
def irrigation(namelist: Namelist, verbose: Verbose = False, quiet: Quiet = False) -> None:
    """Tell from an analysis' increments where and how much was irrigated, month by month."""

    def work() -> None:
        from ldas.commands.irrigation import find_all

        for line in find_all(namelist):
            if not quiet:
                print(line)

    guarded(work, verbose)


@app.command()
def calibrate(namelist: Namelist, verbose: Verbose = False, quiet: Quiet = False) -> None:
    """Fit how the radar backscatter of each cell answers to an open loop, for `sigma0`."""

    def work() -> None:
        from ldas.commands.calibrate import calibrate_all

        for line in calibrate_all(namelist):
            if not quiet:
                print(line)

    guarded(work, verbose)


@app.command()
def images(
    namelist: Namelist,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="tell what would be downloaded and made, no more")
    ] = False,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> None:
    """Bring images as agencies ship them to backscatter and NDVI on one grid, ready to retrieve.

    What is there already is not made again: the same command goes on where it was stopped.
    """

    def work() -> None:
        from ldas.commands.images import list_images, make_images

        if dry_run:
            for line in list_images(namelist):
                print(line)
            return
        folder = make_images(namelist, quiet)
        if not quiet:
            print(f"wrote {folder}")

    guarded(work, verbose)


@app.command()
def retrieve(
    namelist: Annotated[
        Path | None, typer.Argument(help="namelist of the retrieval", metavar="FILE.nml")
    ] = None,
    train: Annotated[
        bool,
        typer.Option("--train", help="train the namelist's network, or without one the shipped"),
    ] = False,
    networks: Annotated[
        Path | None, typer.Option(help="where --train writes them; default: the shipped file")
    ] = None,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> None:
    """Make soil moisture of images and products, by the method that the namelist names.

    With --train its network is trained instead (method 'smen'), or without a namelist the
    networks that are shipped.
    """

    def work() -> None:
        from ldas.commands.retrieve import retrain
        from ldas.commands.retrieve import retrieve as retrieved
        from ldas.commands.retrieve import train as trained

        info = (lambda text: None) if quiet else print
        if train and namelist is not None:
            if networks is not None:
                raise UserError("--networks: the namelist says where its network goes")
            info(f"wrote {trained(namelist, info)}")
        elif train:
            info(f"wrote {retrain(networks, info)}")
        elif namelist is None:
            raise UserError("a namelist is missing, or --train")
        else:
            info(f"wrote {retrieved(namelist, info)}")

    guarded(work, verbose)


@app.command()
def climate(namelist: Namelist, verbose: Verbose = False, quiet: Quiet = False) -> None:
    """Write the climate of an experiment by cell and day of the year, for `ldas cycle`."""

    def work() -> None:
        from ldas.commands.climate import write_climate_of

        info = (lambda text: None) if quiet else print
        info(f"wrote {write_climate_of(namelist, info)}")

    guarded(work, verbose)


@app.command()
def evaluate(
    namelist: Annotated[
        Path, typer.Argument(help="namelist of the evaluation", metavar="FILE.nml")
    ],
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> None:
    """Judge experiments and products by measurements and each other: tables, figures, report."""

    def work() -> None:
        from ldas.commands.evaluate import evaluate as judged
        from ldas.reporting import report_errors

        say = (lambda text: None) if quiet else print
        report = judged(namelist, lambda line: report_errors([line]), say)
        say(f"wrote {report}")

    guarded(work, verbose)


@app.command()
def products(verbose: Verbose = False) -> None:
    """List the products and weather sources that are known by name."""

    def work() -> None:
        from ldas.commands.products import products

        for line in products():
            print(line)

    guarded(work, verbose)


@app.command()
def surface(
    land_cover: Annotated[
        Path,
        typer.Argument(
            help="namelist with &surface, or NetCDF of land cover classes (lat, lon)",
            metavar="FILE",
        ),
    ],
    target: Annotated[
        Path | None,
        typer.Argument(help="of a land cover map: surface file to write", metavar="OUT.nc"),
    ] = None,
    pixels: Annotated[int, typer.Option(help="pixels along one side of a cell", min=1)] = 10,
    variable: Annotated[str, typer.Option(help="variable with the classes")] = "land_cover",
    table: Annotated[
        Path | None,
        typer.Option(help="CSV of patch shares by class; default: that of CGLS-LC100"),
    ] = None,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> None:
    """Make a surface file from maps: land cover, soil, terrain, leaf area.

    With a namelist (`ldas template surface`) the whole file, on cells of a box or an outline.
    With a land cover map alone its patch fractions; clay, sand and altitude are yours to add.
    """

    def work() -> None:
        from ldas.commands.surface import surface, surface_from_maps

        if land_cover.suffix == ".nml":
            for line in surface_from_maps(land_cover):
                if not quiet:
                    print(line)
            return
        if target is None:
            raise UserError("the surface file to write is missing: ldas surface MAP.nc OUT.nc")
        said = surface(land_cover, variable, target, pixels, table)
        if not quiet:
            print(said)

    guarded(work, verbose)


@app.command()
def plot(
    namelist: Namelist,
    figure: Annotated[
        list[str] | None,
        typer.Option(
            help="soil_moisture, plants, snow, innovations or station; all that apply if not given"
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="folder of the PNGs; default: beside the results")
    ] = None,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> None:
    """Draw an experiment: soil moisture, plants, snow, and the station it is compared with."""

    def work() -> None:
        from ldas.commands.plot import draw_figures

        for path in draw_figures(namelist, figure, output):
            if not quiet:
                print(f"wrote {path}")

    guarded(work, verbose)


def _add_foreign_commands() -> None:
    """Commands of other packages: their functions are declared as typer declares ours."""
    from ldas.reporting import report_errors

    for name in COMMANDS.foreign():
        try:
            app.command(name)(COMMANDS.load(name))
        except UserError as error:
            report_errors(error.problems)


def main() -> None:
    """Entry point of the `ldas` command."""
    signal.signal(signal.SIGTERM, terminate)
    try:
        _add_foreign_commands()
        app(prog_name="ldas")
    except INTERRUPTIONS as error:  # before the work began, or when it was over
        sys.exit(ended_by(error)[1])


if __name__ == "__main__":
    sys.exit(main())
