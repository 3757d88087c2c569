"""One quantity through all the files that hold it: an even time axis and checked values."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ldas.core.clock import iso, seconds
from ldas.core.errors import UserError

from .files import LONGEST_INTERVAL, ForcingFile
from .quantities import QUANTITIES
from .source import INTERVAL

# what packing and differences of packed sums may leave below zero
NOISE = {"radiation": 5.0, "water flux": 3e-6}  # W m-2, kg m-2 s-1


@dataclass(frozen=True)
class Box:
    """The part of the forcing grid that some cells need, in the order of ascending lat, lon.

    `rows` and `cols` are positions in the file; `lat` and `lon` their coordinates.
    """

    rows: np.ndarray
    cols: np.ndarray
    lat: np.ndarray
    lon: np.ndarray


class Series:
    """A quantity on an even time axis over one or more files."""

    def __init__(
        self, quantity: str, files: Sequence[ForcingFile], accumulated: str = INTERVAL
    ) -> None:
        """Join the files in time; raises UserError on overlaps and gaps.

        `accumulated` says since when amounts are summed up.
        """
        self.accumulated = accumulated
        self.quantity = QUANTITIES[quantity]
        self.files = sorted(files, key=lambda file: file.time[0])
        self.name = self.files[0].variables[quantity].name
        self.amount = self.files[0].variables[quantity].amount
        self.time = np.concatenate([file.time for file in self.files])
        self.first_of_file = np.cumsum([0] + [file.time.size for file in self.files])
        self.interval = self._even_interval()

    def _file_of(self, stamp: int) -> ForcingFile:
        return self.files[int(np.searchsorted(self.first_of_file, stamp, side="right")) - 1]

    def _even_interval(self) -> int:
        if self.time.size < 2:
            raise UserError(
                f"{self.files[0].path}: variable '{self.name}' has one stamp, at least 2 needed"
            )
        step = np.diff(self.time).astype(int)
        interval = int(np.median(step))
        odd = np.flatnonzero(step != interval)
        if odd.size:
            k = int(odd[0])
            raise UserError(self._gap(k, int(step[k]), interval, odd.size))
        if not 0 < interval <= LONGEST_INTERVAL:
            raise UserError(
                f"{self.files[0].path}: variable '{self.name}' has stamps every {interval} s, "
                f"allowed up to {LONGEST_INTERVAL} s"
            )
        return interval

    def _gap(self, k: int, step: int, interval: int, count: int) -> str:
        before, after = iso(self.time[k]), iso(self.time[k + 1])
        place = f"{self._file_of(k + 1).path}: variable '{self.name}'"
        more = f" ({count} such places)" if count > 1 else ""
        if step == 0:
            return f"{place}: time {before} is given twice, in {self._file_of(k).path} too{more}"
        if step < 0:
            return f"{place}: time goes back from {before} to {after}: files overlap{more}"
        missing = iso(self.time[k] + np.timedelta64(interval, "s"))
        return (
            f"{place}: time {missing} is missing: {after} follows {before} where the interval "
            f"is {interval} s{more}"
        )

    def stamps(self, start: np.datetime64, end: np.datetime64) -> tuple[int, int]:
        """Positions [first, last) of the stamps that enclose [start, end].

        Raises UserError if the files do not cover the period.
        """
        if start < self.time[0] or end > self.time[-1]:
            raise UserError(
                f"{self.files[0].path if start < self.time[0] else self.files[-1].path}: variable "
                f"'{self.name}' covers {iso(self.time[0])} to {iso(self.time[-1])}, needed: "
                f"{iso(start)} to {iso(end)}"
            )
        first = seconds(start - self.time[0]) // self.interval
        last = -(-seconds(end - self.time[0]) // self.interval)
        return first, last + 1

    def read(self, first: int, last: int, box: Box) -> np.ndarray:
        """SI values (stamp, row, col) of stamps [first, last) in `box`, checked.

        Amounts have become mean rates of the interval that ends at each stamp. Raises UserError
        naming file, variable, time and place of the first value that is missing or out of the
        physical range.
        """
        values = self._rates(first, last, box) if self.amount else self._raw(first, last, box)
        self._check(values, first, box)
        if self.quantity.lower < 0.0 and self.quantity.dimension in ("radiation", "water flux"):
            np.maximum(values, 0.0, out=values)
        return values

    def _rates(self, first: int, last: int, box: Box) -> np.ndarray:
        """Rates of what is stored as amounts.

        Of a first stamp whose amount cannot be told from what came before, the next one's.
        """
        if self.accumulated == INTERVAL:
            return self._raw(first, last, box) / self.interval
        before = max(first - 1, 0)
        after = min(max(last, before + 2), self.time.size)
        raw = self._raw(before, after, box)
        anew = np.array([self._begins_anew(k) for k in range(before, after)])
        rates = np.empty_like(raw)
        rates[1:] = (raw[1:] - np.where(anew[1:, None, None], 0.0, raw[:-1])) / self.interval
        rates[0] = raw[0] / self.interval if anew[0] else rates[min(1, len(rates) - 1)]
        noise = NOISE[self.quantity.dimension]
        rates = np.where((rates < 0.0) & (rates > -noise), 0.0, rates)
        return rates[first - before : last - before]

    def _begins_anew(self, stamp: int) -> bool:
        """Whether what is accumulated since 00 UTC has just begun at a stamp."""
        since = (self.time[stamp] - np.timedelta64(self.interval, "s")).astype("datetime64[s]")
        return bool(since == since.astype("datetime64[D]"))

    def _raw(self, first: int, last: int, box: Box) -> np.ndarray:
        parts = []
        for k, file in enumerate(self.files):
            begin, end = self.first_of_file[k], self.first_of_file[k + 1]
            if begin < last and end > first:
                parts.append(
                    self._read(file, max(first, begin) - begin, min(last, end) - begin, box)
                )
        return np.concatenate(parts)

    def _read(self, file: ForcingFile, first: int, last: int, box: Box) -> np.ndarray:
        variable = file.variables[self.quantity.name]
        top = int(box.rows.min())
        rows = slice(top, int(box.rows.max()) + 1)
        runs = _runs(box.cols)
        raw = np.concatenate(
            [variable.read(first, last, rows, slice(*run)) for run in runs], axis=2
        )
        stored = np.concatenate([np.arange(*run) for run in runs])
        return raw[:, box.rows - top][:, :, np.searchsorted(stored, box.cols)]

    def _check(self, values: np.ndarray, first: int, box: Box) -> None:
        with np.errstate(invalid="ignore"):
            bad = ~((values >= self.quantity.lower) & (values <= self.quantity.upper))
        if not bad.any():
            return
        k, row, col = (int(i) for i in np.argwhere(bad)[0])
        value = values[k, row, col]
        place = (
            f"{self._file_of(first + k).path}: variable '{self.name}' at "
            f"{iso(self.time[first + k])}, lat {box.lat[row]:g}, lon {box.lon[col]:g}"
        )
        count = f" ({int(bad.sum())} of {bad.size} values read)" if bad.sum() > 1 else ""
        if np.isnan(value):
            raise UserError(f"{place}: no value (NaN or fill value){count}")
        raise UserError(
            f"{place}: {value:g} is no {self.quantity.meaning}, allowed {self.quantity.lower:g} to "
            f"{self.quantity.upper:g}; are its units right?{count}"
        )


def _runs(positions: np.ndarray) -> list[tuple[int, int]]:
    """Contiguous runs [a, b) that cover the given positions."""
    ordered = np.unique(positions)
    cuts = np.flatnonzero(np.diff(ordered) > 1) + 1
    return [(int(run[0]), int(run[-1]) + 1) for run in np.split(ordered, cuts)]
