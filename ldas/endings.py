"""How a command ends: a message for whatever goes wrong, and the exit status."""

import signal
import sys
import traceback
from collections.abc import Callable
from typing import Any

import typer

from ldas.core.errors import UserError

OK, FAILED, WRONG_INPUT = 0, 1, 2
GOES_ON = "; results are kept up to the last restart, from which the same command goes on"
AGAIN = 5.0  # s, until an interruption that nobody heard is raised again
INTERRUPTED, TERMINATED = 130, 143  # 128 and the number of the signal


class Terminated(BaseException):
    """SIGTERM, as schedulers send it before they kill."""


INTERRUPTIONS = (KeyboardInterrupt, Terminated)


def terminate(number: int, frame: object) -> None:
    """What SIGTERM does: it raises, so that files are let go of and a line is said.

    Libraries have places where whatever is raised is dropped: until it is heard (`ended_by`) it is
    raised again every AGAIN seconds.
    """
    signal.signal(signal.SIGALRM, terminate)
    signal.setitimer(signal.ITIMER_REAL, AGAIN)
    raise Terminated


def ended_by(error: BaseException) -> tuple[str, int]:
    """What to say of an interruption that was heard, and the exit status."""
    signal.setitimer(signal.ITIMER_REAL, 0.0)
    if isinstance(error, Terminated):
        return "ended by SIGTERM", TERMINATED
    return "ended by SIGINT", INTERRUPTED


def guarded(work: Callable[[], None], verbose: bool) -> None:
    """Run a command's work; turn whatever goes wrong into a message and an exit status."""
    from ldas.parallel.linear_algebra import one_thread
    from ldas.reporting import report_errors

    try:
        with one_thread():
            work()
    except UserError as error:
        report_errors(error.problems)
        raise typer.Exit(WRONG_INPUT) from None
    except INTERRUPTIONS as error:
        told, status = ended_by(error)
        report_errors([f"{told}; nothing half-written is left, the same command begins again"])
        raise typer.Exit(status) from None
    except BrokenPipeError:  # the reader of our output has gone
        sys.stderr.close()
        raise typer.Exit(FAILED) from None
    except OSError as error:
        report_errors([f"{error.filename or 'input or output'}: {error.strerror or error}"])
        if verbose:
            traceback.print_exc()
        raise typer.Exit(FAILED) from None
    finally:
        _close_files()


def on_all_ranks(
    work: Callable[[Any, Any], None], verbose: bool, quiet: bool, advice: str = ""
) -> None:
    """Do a command's work on every rank; any rank's failure ends all, with one message."""
    from ldas.parallel.communicator import launched_rank, world
    from ldas.parallel.linear_algebra import one_thread
    from ldas.reporting import Reporter, report_errors

    try:
        comm = world()
    except UserError as error:
        if launched_rank() == 0:
            report_errors(error.problems)
        raise typer.Exit(WRONG_INPUT) from None
    reporter = Reporter(comm.rank, quiet)
    try:
        with one_thread():
            work(comm, reporter)
    except UserError as error:
        for line in error.problems:
            reporter.write_log(line)
        if comm.rank == 0:
            report_errors(error.problems)
        raise typer.Exit(WRONG_INPUT) from None
    except BaseException as error:
        place = f"rank {comm.rank}: " if comm.size > 1 else ""
        if isinstance(error, INTERRUPTIONS):
            told, status = ended_by(error)
            if comm.rank == 0:
                report_errors([f"{told}{advice}"])
                reporter.write_log(f"{told}{advice}")
            comm.leave(status)
        report_errors([f"{place}{type(error).__name__}: {error}{advice}"])
        if verbose:
            traceback.print_exc()
        comm.abort(FAILED)
    finally:
        _close_files()


def _close_files() -> None:
    """Let go of the files that readers keep open, if any reader was imported at all."""
    kept = sys.modules.get("ldas.gridded.stored")
    if kept is not None:
        kept.close_kept()
