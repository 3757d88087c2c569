"""What the user sees of a run: plain lines, a progress bar on a terminal, a log file."""

import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from ldas.core.clock import Window, iso, seconds

KEPT_LOGS = 5
LINE_EVERY = 5.0  # s between progress lines where there is no terminal


class Reporter:
    """Speaks on rank 0 only; silent elsewhere and with `quiet`."""

    def __init__(self, rank: int, quiet: bool) -> None:
        self.rank, self.quiet = rank, quiet
        self.console = Console(stderr=True, highlight=False)
        self.log: Path | None = None

    def log_to(self, path: Path, largest: float | None = None) -> None:
        """Append everything said from now on to a log file.

        One that has grown beyond `largest` (MiB) is put aside as `.1`, the one before as `.2`.
        """
        self.log = path
        mine = self.rank == 0 and largest is not None and path.is_file()
        if mine and path.stat().st_size > largest * 2**20:
            put_aside(path)

    def info(self, text: str) -> None:
        """One line to the terminal and the log."""
        if self.rank != 0:
            return
        if not self.quiet:
            self.console.print(text, markup=False, soft_wrap=True)
        self.write_log(text)

    def warn(self, text: str) -> None:
        """One line that is said with `quiet` too."""
        if self.rank == 0 and self.quiet:
            report_errors([text])
        self.info(text)

    def write_log(self, text: str) -> None:
        """One line, with the time, to the log only."""
        if self.rank == 0 and self.log is not None and self.log.parent.is_dir():
            stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            with self.log.open("a") as stream:
                stream.write(f"{stamp} {text}\n")


def put_aside(path: Path) -> None:
    """Rename a file to `.1`, what has that name to `.2`, up to KEPT_LOGS."""
    for k in range(KEPT_LOGS - 1, 0, -1):
        older = path.with_name(f"{path.name}.{k}")
        if older.is_file():
            older.replace(path.with_name(f"{path.name}.{k + 1}"))
    path.replace(path.with_name(f"{path.name}.1"))


class _Bar:
    """What is shown while it is at work, where there is a terminal."""

    bar: Progress | None = None

    def __enter__(self) -> Self:
        if self.bar:
            self.bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.bar:
            self.bar.stop()


class RunProgress(_Bar):
    """Tells how far a run has come: a bar on a terminal, else a line now and then."""

    def __init__(self, reporter: Reporter, period: Window) -> None:
        self.reporter, self.period = reporter, period
        self.total = seconds(period.end - period.start)
        self.told: float | None = None
        shown = reporter.rank == 0 and not reporter.quiet and reporter.console.is_terminal
        if shown:
            self.bar = _bar(reporter.console)
            self.task = self.bar.add_task(iso(period.start), total=self.total)

    def __call__(self, window: Window) -> None:
        """A window is done."""
        done = seconds(window.end - self.period.start)
        self.reporter.write_log(f"window {window} done")
        if self.bar:
            self.bar.update(self.task, completed=done, description=iso(window.end))
            return
        now = time.perf_counter()
        if self.told is None:
            self.told = now
        elif now - self.told > LINE_EVERY:
            self.told = now
            self.reporter.info(f"{iso(window.end)}  {100 * done // self.total:3d} %")


class CountBar(_Bar):
    """Lines to stdout and, below them on a terminal, how many of how many are done."""

    def __init__(self, quiet: bool) -> None:
        self.quiet = quiet
        console = Console(stderr=True, highlight=False)
        if console.is_terminal and not quiet:
            self.bar = _bar(console)
        self.task: TaskID | None = None

    def line(self, text: str) -> None:
        """One line."""
        if not self.quiet:
            print(text, flush=True)

    def counted(self, done: int, total: int) -> None:
        """So many are done; a new batch begins with none."""
        if self.bar is None:
            return
        if done == 0:
            if self.task is not None:
                self.bar.remove_task(self.task)
            self.task = self.bar.add_task(f"0 of {total}", total=total)
        elif self.task is not None:
            self.bar.update(self.task, completed=done, description=f"{done} of {total}")


def _bar(console: Console) -> Progress:
    """A bar with the time gone and the time left; lines that are piped elsewhere stay there."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:3.0f} %"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        redirect_stdout=sys.stdout.isatty(),
    )


def report_errors(problems: list[str]) -> None:
    """Errors to stderr, one line each."""
    for line in problems:
        print(f"ldas: {line}", file=sys.stderr)
    sys.stderr.flush()
