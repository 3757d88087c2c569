"""The command line: `ldas run`, `spinup`, `check`, `template`, `demo`, `surface`, `plot`.

Heavy parts are imported inside the commands, so that help and errors come at once.
"""

import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from ldas import __version__
from ldas.core.errors import UserError

OK, FAILED, WRONG_INPUT = 0, 1, 2

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


def guarded(work: Callable[[], None], verbose: bool) -> None:
    """Run a command's work; turn whatever goes wrong into a message and an exit status."""
    from ldas.reporting import fail

    try:
        work()
    except UserError as error:
        fail(error.problems)
        raise typer.Exit(WRONG_INPUT) from None
    except KeyboardInterrupt:
        fail(["interrupted; the same command goes on from the last restart"])
        raise typer.Exit(FAILED) from None
    except BrokenPipeError:  # the reader of our output has gone
        sys.stderr.close()
        raise typer.Exit(FAILED) from None
    except OSError as error:
        fail([f"{error.filename or 'input or output'}: {error.strerror or error}"])
        if verbose:
            traceback.print_exc()
        raise typer.Exit(FAILED) from None


def on_all_ranks(
    work: Callable[[Any, Any], None], verbose: bool, quiet: bool, advice: str = ""
) -> None:
    """Do a command's work on every rank; any rank's failure ends all, with one message."""
    from ldas.parallel.communicator import launched_rank, world
    from ldas.reporting import Reporter, fail

    try:
        comm = world()
    except UserError as error:
        if launched_rank() == 0:
            fail(error.problems)
        raise typer.Exit(WRONG_INPUT) from None
    reporter = Reporter(comm.rank, quiet)
    try:
        work(comm, reporter)
    except UserError as error:
        for line in error.problems:
            reporter.write_log(line)
        if comm.rank == 0:
            fail(error.problems)
        raise typer.Exit(WRONG_INPUT) from None
    except BaseException as error:
        place = f"rank {comm.rank}: " if comm.size > 1 else ""
        interrupted = isinstance(error, KeyboardInterrupt)
        told = "interrupted" if interrupted else f"{type(error).__name__}: {error}"
        fail([f"{place}{told}{advice}"])
        if verbose:
            traceback.print_exc()
        comm.abort(FAILED)


@app.command()
def run(namelist: Namelist, verbose: Verbose = False, quiet: Quiet = False) -> None:
    """Run the experiment of a namelist; go on from its last restart if there is one.

    The same command works alone and under `mpirun -n N`.
    """

    def work(comm: Any, reporter: Any) -> None:
        from ldas.cycling.experiment import analysis, configure, open_loop
        from ldas.reporting import RunProgress

        conf = configure(namelist, comm)
        reporter.log_to(conf.folder / "run.log")
        reporter.say(f"ldas {__version__}: {conf.experiment.kind} '{conf.experiment.name}'")
        with RunProgress(reporter, conf.period) as progress:
            if conf.experiment.kind == "analysis":
                summary = analysis(conf, comm, reporter.say, reporter.write_log, progress)
            else:
                summary = open_loop(conf, comm, reporter.say, progress)
        reporter.say(
            f"done: {summary['column_steps_per_s']:,} column steps per second, worst residuals "
            f"{summary['worst_water_residual']:.1e} kg m-2, "
            f"{summary['worst_energy_residual']:.1e} W m-2; results in {conf.folder}"
        )

    on_all_ranks(work, verbose, quiet, "; the same command goes on from the last restart")


@app.command()
def spinup(namelist: Namelist, verbose: Verbose = False, quiet: Quiet = False) -> None:
    """Repeat the experiment's period until its state no longer drifts; write a restart.

    The same command works alone and under `mpirun -n N`.
    """

    def work(comm: Any, reporter: Any) -> None:
        from ldas.commands.spinup import spin_up
        from ldas.cycling.experiment import configure

        conf = configure(namelist, comm)
        reporter.say(f"ldas {__version__}: spin-up of '{conf.experiment.name}', {conf.period}")
        summary = spin_up(conf, comm, reporter.say)
        verdict = "balanced" if summary["balanced"] else "not balanced yet"
        reporter.say(
            f"{verdict} after {len(summary['passes'])} passes; start from it with &model restart = "
            f"'{summary['restart']}'"
        )

    on_all_ranks(work, verbose, quiet)


@app.command()
def check(namelist: Namelist, verbose: Verbose = False, quiet: Quiet = False) -> None:
    """Check all that can be checked without running; list every problem at once."""

    def work() -> None:
        from ldas.commands.check import check_everything

        for line in check_everything(namelist):
            if not quiet:
                print(line)

    guarded(work, verbose)


@app.command()
def template(
    group: Annotated[str | None, typer.Argument(help="one group only, e.g. model")] = None,
) -> None:
    """Print a namelist with every entry, its default, unit, allowed values and help."""

    def work() -> None:
        from ldas.config.template import namelist_template
        from ldas.cycling.configuration import GROUPS
        from ldas.evaluation.setup import GROUPS as EVALUATION
        from ldas.imagery.s2mp_inputs import GROUPS as RETRIEVAL

        print(namelist_template({**GROUPS, **EVALUATION, **RETRIEVAL}, group))

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
        from ldas.synthetic.demo import write_demo

        written = write_demo(folder, days, seed)
        if not quiet:
            print(f"wrote {', '.join(written)} in {folder}")
            print(f"next: mpirun -n 2 ldas run {folder / 'open_loop.nml'}")

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
        from ldas.commands.station import station_product

        said = station_product(table, column, target, (lat, lon), units, every, hour, time)
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
        from ldas.synthetic.twin import write_twin

        say = (lambda text: None) if quiet else print
        commands = write_twin(folder, size, seed, say, years=years, radar=radar)
        say(f"next, in {folder}:")
        for command in commands:
            say(f"   {command}")

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
def retrieve(
    namelist: Annotated[
        Path | None, typer.Argument(help="namelist of the retrieval", metavar="FILE.nml")
    ] = None,
    train: Annotated[
        bool, typer.Option("--train", help="train the networks again instead")
    ] = False,
    networks: Annotated[
        Path | None, typer.Option(help="where --train writes them; default: the shipped file")
    ] = None,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> None:
    """Make soil moisture of Sentinel-1 and NDVI images; or train the networks that do."""

    def work() -> None:
        from ldas.imagery.methods.s2mp import retrain
        from ldas.imagery.methods.s2mp import retrieve as retrieved

        say = (lambda text: None) if quiet else print
        if train:
            say(f"wrote {retrain(networks, say)}")
        elif namelist is None:
            raise UserError("a namelist is missing, or --train")
        else:
            say(f"wrote {retrieved(namelist, say)}")

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
        from ldas.report.evaluation import evaluate as judged
        from ldas.reporting import fail

        report = judged(namelist, lambda line: fail([line]))
        if not quiet:
            print(f"wrote {report}")

    guarded(work, verbose)


@app.command()
def surface(
    land_cover: Annotated[Path, typer.Argument(help="NetCDF of land cover classes (lat, lon)")],
    target: Annotated[Path, typer.Argument(help="surface file to write", metavar="OUT.nc")],
    pixels: Annotated[int, typer.Option(help="pixels along one side of a cell", min=1)] = 10,
    variable: Annotated[str, typer.Option(help="variable with the classes")] = "land_cover",
    table: Annotated[
        Path | None,
        typer.Option(help="CSV of patch shares by class; default: that of CGLS-LC100"),
    ] = None,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> None:
    """Make patch fractions of a surface file from a land cover map such as CGLS-LC100.

    Clay, sand and altitude are yours to add: `ldas check` says what is missing.
    """

    def work() -> None:
        from ldas.io.land_cover import TABLE, make_surface

        said = make_surface(land_cover, variable, target, pixels, table or TABLE)
        if not quiet:
            print(said)

    guarded(work, verbose)


@app.command()
def plot(
    namelist: Namelist,
    figure: Annotated[
        list[str] | None,
        typer.Option(help="soil_moisture, plants, snow or station; all that apply if not given"),
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


def main() -> None:
    """Entry point of the `ldas` command."""
    app(prog_name="ldas")


if __name__ == "__main__":
    sys.exit(main())
