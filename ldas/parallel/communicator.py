"""The processes of a run: the only file that knows MPI. Alone, everything is a no-op."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol, TypeVar, cast

import numpy as np

from ldas.core.errors import UserError

T = TypeVar("T")
SIZE_VARIABLES = ("OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMIX_SIZE", "MPI_LOCALNRANKS")
RANK_VARIABLES = ("OMPI_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK", "MPI_LOCALRANKID")


class Communicator(Protocol):
    """What the system needs of a group of processes; rows are split in rank order."""

    rank: int
    size: int

    def broadcast(self, value: Any) -> Any:
        """Rank 0's value on every rank."""
        ...

    def gather_rows(self, rows: np.ndarray) -> np.ndarray | None:
        """All ranks' rows, one below the other in rank order, on rank 0; None elsewhere."""
        ...

    def rows_in_turn(self, rows: np.ndarray) -> Iterator[np.ndarray]:
        """Each rank's rows in rank order, on rank 0, which never holds more; none elsewhere."""
        ...

    def allgather(self, value: Any) -> list[Any]:
        """Every rank's value on every rank, in rank order."""
        ...

    def barrier(self) -> None:
        """Wait for all."""
        ...

    def abort(self, status: int) -> None:
        """End all processes now."""
        ...

    def leave(self, status: int) -> None:
        """End this process now, the others having been told to end as well."""
        ...

    def first(self, number: int) -> "Communicator | None":
        """The first `number` ranks among themselves; None on the others. Collective."""
        ...


class Serial:
    """One process."""

    rank = 0
    size = 1

    def broadcast(self, value: Any) -> Any:
        return value

    def gather_rows(self, rows: np.ndarray) -> np.ndarray:
        return rows

    def rows_in_turn(self, rows: np.ndarray) -> Iterator[np.ndarray]:
        yield rows

    def allgather(self, value: Any) -> list[Any]:
        return [value]

    def barrier(self) -> None:
        return None

    def abort(self, status: int) -> None:
        sys.exit(status)

    def leave(self, status: int) -> None:
        sys.exit(status)

    def first(self, number: int) -> "Serial":
        return self


class Mpi:
    """All processes of an MPI run, or some of them."""

    def __init__(self, some: Any = None) -> None:
        from mpi4py import MPI

        self._mpi = MPI
        self._comm = MPI.COMM_WORLD if some is None else some
        self.rank = self._comm.Get_rank()
        self.size = self._comm.Get_size()

    def broadcast(self, value: Any) -> Any:
        return self._comm.bcast(value, root=0)

    def gather_rows(self, rows: np.ndarray) -> np.ndarray | None:
        rows = np.ascontiguousarray(rows)
        counts = self._comm.gather(rows.shape[0], root=0)
        row_type = self._row_type(rows)
        out = None
        if self.rank == 0:
            out = np.empty((sum(counts), *rows.shape[1:]), dtype=rows.dtype)
        receive = [out, (counts, _offsets(counts)), row_type] if self.rank == 0 else None
        self._comm.Gatherv([rows, rows.shape[0], row_type], receive, root=0)
        row_type.Free()
        return out

    def rows_in_turn(self, rows: np.ndarray) -> Iterator[np.ndarray]:
        rows = np.ascontiguousarray(rows)
        counts = self._comm.gather(rows.shape[0], root=0)
        row_type = self._row_type(rows)
        try:
            if self.rank != 0:
                self._comm.Send([rows, rows.shape[0], row_type], dest=0)
                return
            yield rows
            for rank, number in enumerate(counts[1:], start=1):
                theirs = np.empty((number, *rows.shape[1:]), dtype=rows.dtype)
                self._comm.Recv([theirs, number, row_type], source=rank)
                yield theirs
        finally:
            row_type.Free()

    def _row_type(self, rows: np.ndarray) -> Any:
        """A row as one MPI element, so that counts stay below 2^31."""
        values = int(np.prod(rows.shape[1:], dtype=np.int64)) * rows.dtype.itemsize
        return self._mpi.BYTE.Create_contiguous(values).Commit()

    def allgather(self, value: Any) -> list[Any]:
        return self._comm.allgather(value)

    def barrier(self) -> None:
        self._comm.Barrier()

    def abort(self, status: int) -> None:
        sys.stderr.flush()
        self._mpi.COMM_WORLD.Abort(status)

    def leave(self, status: int) -> None:
        # an abort would end with MPI's own words and status; the launcher has told every rank
        sys.stderr.flush()
        os._exit(status)

    def first(self, number: int) -> "Mpi | None":
        if number >= self.size:
            return self
        mine = self.rank < number
        some = self._comm.Split(0 if mine else self._mpi.UNDEFINED, self.rank)
        return Mpi(some) if mine else None


def _offsets(counts: Sequence[int]) -> list[int]:
    return [0, *np.cumsum(counts)[:-1].tolist()]


def launched_processes() -> int:
    """How many processes the launcher says there are; 1 without one."""
    return max(int(os.environ.get(name, "1") or 1) for name in SIZE_VARIABLES)


def launched_rank() -> int:
    """Which of them this is, before MPI is started."""
    return max(int(os.environ.get(name, "0") or 0) for name in RANK_VARIABLES)


def world() -> Communicator:
    """All processes that were started together.

    Raises UserError if a launcher started several but mpi4py is not installed: they would
    all do the same and overwrite each other.
    """
    if launched_processes() == 1:
        return Serial()
    try:
        return Mpi()
    except ImportError as error:
        raise UserError(
            f"mpirun started {launched_processes()} processes but mpi4py cannot be imported "
            f"({error}); install it with: pip install 'ldas[mpi]'"
        ) from None


def agree(comm: Communicator, error: UserError | None) -> None:
    """Raise on every rank the errors that any rank met; nothing if none did."""
    problems = [e.problems if e else [] for e in comm.allgather(error)]
    merged = list(dict.fromkeys(line for lines in problems for line in lines))
    if merged:
        raise UserError(merged)


def collectively(comm: Communicator, work: Callable[[], T]) -> T:
    """What `work` gives on this rank; a UserError of any rank is raised on all of them."""
    result, error = None, None
    try:
        result = work()
    except UserError as caught:
        error = caught
    agree(comm, error)
    return cast(T, result)


def on_rank_0(comm: Communicator, work: Callable[[], T]) -> T | None:
    """What `work` gives on rank 0, None elsewhere; its UserError is raised on all ranks."""
    return collectively(comm, lambda: work() if comm.rank == 0 else None)
