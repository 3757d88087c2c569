"""Objects of a class with the Basic Model Interface that together hold a rank's columns.

One object may hold all of the rank's columns, or all of the domain's, of which the rank then
uses its own; of a model of a single column there is one object for each.
"""

import importlib
import importlib.util
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from ldas.core.errors import UserError
from ldas.io.output_table import FLUX_BY_NAME
from ldas.io.surface import Surface
from ldas.land_models.base import Ground

from .fitting import Known, told_units
from .names import pairs
from .settings import ForeignSettings

NEEDED = (
    *("initialize", "update", "finalize", "get_value", "set_value", "get_current_time"),
    *("get_time_step", "get_time_units", "get_input_var_names", "get_output_var_names"),
    *("get_var_grid", "get_var_units", "get_grid_size"),
)
END, SUM = "_end", "_sum"  # an input at an interval's end; a flux summed over steps
INTERVAL = ("forcing_begin", "forcing_end")  # when (s since the start) an interval begins, ends
SECONDS = {
    **dict.fromkeys(("s", "sec", "second", "seconds"), 1.0),
    **dict.fromkeys(("min", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hour", "hours"), 3600.0),
    **dict.fromkeys(("d", "day", "days"), 86400.0),
}


def load_class(library: str, folder: Path) -> Any:
    """The class 'package.module:Class', in a file of `folder` or else installed.

    Raises UserError if it cannot be had or has no BMI.
    """
    module, _, name = library.partition(":")
    try:
        found = getattr(_imported(module, folder), name)
    except Exception as error:  # whatever the module does when it is imported
        raise UserError(
            f"&model library: cannot import '{library}', expected 'package.module:Class' ({error})"
        ) from None
    lacking = [method for method in NEEDED if not callable(getattr(found, method, None))]
    if lacking:
        raise UserError(
            f"&model library: {library} lacks {', '.join(lacking)} of the Basic Model Interface"
        )
    return found


def _imported(module: str, folder: Path) -> ModuleType:
    """A module; a file of `folder` is read anew, whatever module had its name before."""
    path = folder / f"{module}.py"
    if not path.is_file():
        return importlib.import_module(module)
    spec = importlib.util.spec_from_file_location(module, path)
    assert spec is not None and spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(folder))
    try:
        sys.modules[module] = found
        spec.loader.exec_module(found)
    finally:
        sys.path.remove(str(folder))
    return found


class Instances:
    """The objects, as one model over the columns of a rank.

    Raises UserError for a model that cannot be initialized or is of another size.
    """

    def __init__(
        self, library: str, config_file: str, settings: ForeignSettings, ground: Ground
    ) -> None:
        self.library, self.settings = library, settings
        self.kind = load_class(library, ground.file(""))
        self.step = settings.time_step
        self.mine, self.first, self.total = ground.mosaic.columns, ground.first, ground.total
        self.keep = tempfile.TemporaryDirectory(prefix="ldas_bmi_")
        config = ground.file(config_file)
        if not config.is_file():
            raise UserError(f"&model config_file: no file {config}")
        together = "{columns}" in config.read_text(errors="surrogateescape")
        begun = self._begin(config, ground, np.arange(self.mine if together else 1))
        size = self._points(begun)
        self.objects, self.offset, self.size = [begun], 0, size
        if size == 1 and self.mine > 1:
            others = (self._begin(config, ground, np.array([k])) for k in range(1, self.mine))
            self.objects += list(others)
        elif size == self.total and size != self.mine:
            self.offset = self.first
        elif size != self.mine:
            raise UserError(
                f"{self.library}: its variables have {size} values, the domain {self.mine} columns "
                "(one value, or {columns} in config_file, fit any domain)"
            )
        self.alone = len(self.objects) > 1
        self.interpolates = self._interpolates()

    def _begin(self, config: Path, ground: Ground, columns: np.ndarray) -> Any:
        """An object over some columns."""
        model = self.kind()
        path = written_for(config, Path(self.keep.name), ground, columns)
        try:
            model.initialize(str(path))
        except UserError:
            raise
        except Exception as error:
            raise UserError(
                f"{self.library}: initialize('{config}') failed: {type(error).__name__}: {error}"
            ) from error
        return model

    def _points(self, model: Any) -> int:
        """How many columns an object has: the values of the smallest of its forcing and state."""
        settable = set(model.get_input_var_names())
        names = {*pairs(self.settings.inputs).values(), *self.settings.state} & settable
        return min((_size(model, name) for name in names), default=self.mine)

    def _interpolates(self) -> bool:
        """Whether the model takes every input at both ends of an interval, and sums its fluxes."""
        settings, taken = self.settings, set(self.objects[0].get_input_var_names())
        fluxes = [o for ours, o in pairs(settings.outputs).items() if ours in FLUX_BY_NAME]
        needed = {f"{name}{END}" for name in pairs(settings.inputs).values()}
        needed |= {*INTERVAL, *(f"{name}{SUM}" for name in fluxes)}
        return needed <= taken and callable(getattr(self.objects[0], "update_until", None))

    def known(self) -> Known:
        """What the model tells of its variables."""
        model = self.objects[0]
        said = told_units(self.settings)

        def unit(name: str) -> str | None:
            return said.get(name) or str(model.get_var_units(name)) or None

        return Known(
            self.library,
            frozenset(model.get_output_var_names()),
            frozenset(model.get_input_var_names()),
            lambda name: _size(model, name) // self.size,
            unit,
        )

    def problems(self) -> list[str]:
        """What does not fit of time units, step and sizes."""
        model, found = self.objects[0], []
        units = str(model.get_time_units()).split(" since ")[0].strip().lower()
        self.per_unit = SECONDS.get(units, 1.0)
        step = model.get_time_step() * self.per_unit
        if units not in SECONDS:
            found.append(f"{self.library}: time in '{units}', allowed: {', '.join(SECONDS)}")
        elif not np.isclose(step, self.step):
            found.append(f"&model time_step: found {self.step}; the model steps {step:g} s")
        taken, given = set(model.get_input_var_names()), set(model.get_output_var_names())
        for name in self.settings.state:
            if name in taken & given and _size(model, name) % self.size:
                found.append(
                    f"&model state: '{name}' has {_size(model, name)} values, not a multiple of "
                    f"{self.size} columns"
                )
        return found

    def now(self) -> float:
        """The model's time (s since its start)."""
        return float(self.objects[0].get_current_time() * self.per_unit)

    def get(self, name: str, columns: np.ndarray) -> np.ndarray:
        """Values of some columns: (column,) or (column, layer)."""
        if self.alone:
            found = np.stack([_get(self.objects[c], name).reshape(-1) for c in columns])
            return found[:, 0] if found.shape[1] == 1 else found
        found = _get(self.objects[0], name)
        if found.size > self.size:
            found = found.reshape(self.size, -1)
        return found if self._whole(columns) else found[self.offset + columns]

    def set(self, name: str, columns: np.ndarray, values: np.ndarray) -> None:
        """Set the values (column,) or (column, layer) of some columns; others keep theirs."""
        if self.alone:
            for c, row in zip(columns, values, strict=True):
                _set(self.objects[c], name, np.atleast_1d(row))
            return
        if not self._whole(columns):
            whole = _get(self.objects[0], name).reshape(self.size, *values.shape[1:])
            whole[self.offset + columns] = values
            values = whole
        _set(self.objects[0], name, values)

    def force(self, name: str, columns: np.ndarray, values: np.ndarray) -> None:
        """Set an input (column,), of all the rank's columns, in those that are stepped."""
        if self.alone:
            for c in columns:
                _set(self.objects[c], name, values[c : c + 1])
            return
        if self.size != self.mine:
            whole = np.full(self.size, values[0])
            whole[self.offset : self.offset + self.mine] = values
            values = whole
        _set(self.objects[0], name, values)

    def set_scalar(self, name: str, columns: np.ndarray, value: float) -> None:
        """Set one number of every object that is stepped."""
        for model in self._stepped(columns):
            model.set_value(name, np.array([value]))

    def update(self, columns: np.ndarray) -> None:
        """One time step; raises UserError if the model fails."""
        for model in self._stepped(columns):
            self._guarded(model.update, "update")

    def update_until(self, columns: np.ndarray, time: float) -> None:
        """Advance to `time` (s since the start); raises UserError if the model fails."""
        for model in self._stepped(columns):
            self._guarded(lambda model=model: model.update_until(time / self.per_unit), "update")

    def _guarded(self, work: Callable[[], None], what: str) -> None:
        try:
            work()
        except UserError:
            raise
        except Exception as error:
            raise UserError(
                f"{self.library}: {what}() failed: {type(error).__name__}: {error}"
            ) from error

    def largest(self, name: str, columns: np.ndarray) -> float:
        """The largest value of a variable in what is stepped; NaN if there is one."""
        return float(np.max([np.max(_get(model, name)) for model in self._stepped(columns)]))

    def _stepped(self, columns: np.ndarray) -> list[Any]:
        return [self.objects[c] for c in columns] if self.alone else self.objects

    def _whole(self, columns: np.ndarray) -> bool:
        return self.size == self.mine == columns.size


def written_for(config: Path, folder: Path, ground: Ground, columns: np.ndarray) -> Path:
    """The configuration with what it asks of `columns` filled in; the file itself if nothing."""
    text = config.read_text(errors="surrogateescape")
    cell, surface = ground.mosaic.cell[columns], ground.surface
    known = {
        "columns": lambda: columns.size,
        "lat": lambda: surface.grid.cell_lat[cell],
        "lon": lambda: surface.grid.cell_lon[cell],
        "altitude": lambda: _altitude(surface)[cell],
        "clay": lambda: surface.clay[cell],
        "sand": lambda: surface.sand[cell],
        "patch": lambda: ground.mosaic.patch[columns] + 1,
        "fraction": lambda: ground.mosaic.fraction[columns],
    }
    asked = [name for name in known if "{" + name + "}" in text]
    if not asked:
        return config
    for name in asked:
        values = known[name]()
        items = np.atleast_1d(np.asarray(values)).tolist()
        text = text.replace("{" + name + "}", ", ".join(str(item) for item in items))
    path = folder / f"{columns[0]}_{columns.size}_{config.name}"
    path.write_text(text, errors="surrogateescape")
    return path


def _altitude(surface: Surface) -> np.ndarray:
    if surface.altitude is None:
        raise UserError("&model config_file: asks for {altitude}, which the domain does not give")
    return surface.altitude


def _size(model: Any, name: str) -> int:
    return int(model.get_grid_size(model.get_var_grid(name)))


def _kind(model: Any, name: str) -> np.dtype:
    """The type that the model keeps a variable in, double precision if it does not tell."""
    told = getattr(model, "get_var_type", lambda name: "float64")(name)
    words = {"double": "f8", "double precision": "f8", "real": "f4", "float": "f4", "integer": "i4"}
    try:
        return np.dtype(words.get(str(told).lower(), str(told)))
    except TypeError:
        return np.dtype("f8")


def _get(model: Any, name: str) -> np.ndarray:
    return np.asarray(
        model.get_value(name, np.empty(_size(model, name), _kind(model, name))), float
    )


def _set(model: Any, name: str, values: np.ndarray) -> None:
    model.set_value(name, np.ascontiguousarray(values, _kind(model, name)).ravel())
