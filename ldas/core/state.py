"""The state of a land model: the prognostic variables and nothing else; a restart holds it."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from .variable import Variable


class State(Mapping[str, np.ndarray]):
    """Arrays by name, first axis = column, exactly those of the model's table.

    Raises KeyError for a name that is missing or not in the table and ValueError for a
    shape that does not fit.
    """

    def __init__(self, table: Sequence[Variable], arrays: Mapping[str, np.ndarray]) -> None:
        names = [variable.name for variable in table]
        if set(arrays) != set(names):
            raise KeyError(f"state wants {sorted(names)}, got {sorted(arrays)}")
        columns = {array.shape[0] for array in arrays.values()}
        if len(columns) != 1:
            raise ValueError(f"state variables differ in their number of columns: {columns}")
        for variable in table:
            if arrays[variable.name].ndim != len(variable.dims):
                raise ValueError(f"state variable {variable.name} wants dims {variable.dims}")
        self.table = tuple(table)
        self._arrays = {name: arrays[name] for name in names}

    def __getitem__(self, name: str) -> np.ndarray:
        return self._arrays[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)

    @property
    def columns(self) -> int:
        """Number of columns."""
        return next(iter(self._arrays.values())).shape[0]

    def copy(self) -> "State":
        """An independent copy."""
        return State(self.table, {name: array.copy() for name, array in self.items()})

    def take(self, columns: np.ndarray) -> "State":
        """A copy holding only the given columns, in that order, repeats allowed."""
        return State(self.table, {name: array[columns] for name, array in self.items()})

    def part(self, columns: slice) -> "State":
        """Some columns of this very state: what is set in one is set in the other."""
        return State(self.table, {name: array[columns] for name, array in self.items()})

    def outside_bounds(self, first: int = 0) -> list[str]:
        """One line for each variable with a value that is NaN or outside its bounds.

        Columns are counted from `first`, that of the first one here.
        """
        lines = []
        for variable in self.table:
            values = self[variable.name]
            bad = ~np.isfinite(values)
            if variable.lower is not None:
                bad |= values < variable.lower
            if variable.upper is not None:
                bad |= values > variable.upper
            if bad.any():
                where = tuple(int(k) for k in np.argwhere(bad)[0])
                lines.append(
                    f"state variable {variable.name} is {values[where]:g} {variable.units} "
                    f"in column {first + where[0]}, allowed {variable.lower} to {variable.upper} "
                    f"({int(bad.sum())} such values)"
                )
        return lines
