"""The namelist of `ldas cycle`: a run without an end, weather in order of preference."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ldas.config.cycle_group import Cycle
from ldas.config.groups import Forcing
from ldas.config.namelist import check, expand_path, parse, read
from ldas.core.clock import DAY, SECOND, Window, boundary_from, seconds
from ldas.core.errors import Problems, UserError
from ldas.cycling.configuration import CYCLE, Configuration, configured, name_of


@dataclass(frozen=True)
class Operations:
    """Checked settings: `base` with the first forcing and the first window, and what is more."""

    base: Configuration
    forcings: list[Forcing]
    cycle: Cycle

    @property
    def folder(self) -> Path:
        """Where results, restarts and the books go."""
        return self.base.folder

    @property
    def start(self) -> np.datetime64:
        """Where the first window begins."""
        return self.base.experiment.start

    @property
    def replay(self) -> np.timedelta64:
        """How far back a window may still be made anew."""
        return self.cycle.replay_days * DAY

    def fixed_inputs(self) -> list[Path]:
        """Files that must not change from one call to the next."""
        names = [self.base.domain.surface_file]
        if self.base.experiment.kind == "analysis":
            for entry in self.base.observation:
                names += [entry.rescaling_file, entry.mask_file]
        return [self.base.file(name) for name in names if name]

    def label(self, k: int) -> str:
        """What a forcing is called."""
        return self.forcings[k].name or f"forcing{k + 1}"

    def set_names(self) -> list[str]:
        """The sets of observations that are assimilated."""
        if self.base.experiment.kind != "analysis":
            return []
        return [name_of(entry) for entry in self.base.observation]

    def fingerprint(self) -> dict[str, str]:
        """What must not change from one call to the next; of files only the content counts."""
        found = self.base.fingerprint()
        return {key: value for key, value in found.items() if not key.endswith(" files")}

    def next_window(self, after: np.datetime64) -> Window:
        """The window that begins at `after`."""
        hour = self.base.experiment.window_start_utc
        return Window(after, boundary_from(after + SECOND, seconds(DAY), hour))

    def with_forcing(self, k: int, files: Sequence[Path], window: Window) -> Configuration:
        """The configuration that reads some files of a forcing for a window."""
        forcing = self.forcings[k].model_copy(update={"files": [str(path) for path in files]})
        experiment = self.base.experiment.model_copy(
            update={"start": window.start, "end": window.end}
        )
        return replace(self.base, forcing=forcing, experiment=experiment)

    def with_observations(self, files: Sequence[Sequence[Path]]) -> Configuration:
        """The configuration that reads just these files of each set."""
        sets = [
            entry.model_copy(update={"files": [str(path) for path in paths]})
            for entry, paths in zip(self.base.observation, files, strict=True)
        ]
        return replace(self.base, observation=sets)


def is_cycle(path: Path) -> bool:
    """Whether a namelist is one of `ldas cycle`; a file that cannot be read is none."""
    try:
        return CYCLE in parse(read(path), path.name)
    except UserError:
        return False


def load_operations(path: Path) -> Operations:
    """Read and check a namelist; raises UserError with every problem found in it."""
    text = read(path)
    groups = parse(text, path.name)
    problems = Problems()
    if CYCLE not in groups:
        problems.add(f"{path.name}: there is no &cycle group; `ldas template cycle` shows it")
    cycle = check({CYCLE: groups.pop(CYCLE, {})}, {CYCLE: Cycle}, path.name, problems)
    forcings = _forcings(groups, path, problems)
    _give_end(groups, path, problems)
    base = configured(path, text, groups, problems)
    operations = Operations(base, forcings, cycle[CYCLE])
    for rule in (_names, _bounds, _begin, _climate):
        rule(operations, lambda line: problems.add(f"{path.name}: {line}"))
    problems.raise_if_any()
    return operations


def _forcings(groups: dict[str, Any], path: Path, problems: Problems) -> list[Forcing]:
    """All `&forcing` groups; the first one is left in `groups`."""
    given = groups.get("forcing", {})
    every = given if isinstance(given, list) else [given]
    groups["forcing"] = every[0]
    found = []
    for k, item in enumerate(every):
        one = Problems()
        settings = check({"forcing": item}, {"forcing": Forcing}, path.name, one)
        if k > 0:  # the first one's problems are told with all other groups
            for line in one.found:
                problems.add(line)
        found += settings.values()
    return found


def _give_end(groups: dict[str, Any], path: Path, problems: Problems) -> None:
    """An end for the declarations' sake: that of the first window."""
    experiment = groups.get("experiment")
    if not isinstance(experiment, dict):
        return
    if experiment.get("end") is not None:
        problems.add(f"{path.name}: &experiment end: a cycle has none; leave it out")
    try:
        start = np.datetime64(str(experiment.get("start")).removesuffix("Z"))
        hour = int(experiment.get("window_start_utc", 18))
        start = start.astype("datetime64[s]")
        experiment["end"] = str(boundary_from(start + SECOND, seconds(DAY), hour))
    except (ValueError, TypeError):
        experiment["end"] = "2300-01-01"  # what is wrong with the start is told by its check


def _names(operations: Operations, tell: Callable[[str], None]) -> None:
    labels = [operations.label(k) for k in range(len(operations.forcings))]
    for name in sorted({name for name in labels if labels.count(name) > 1}):
        tell(f"&forcing name: '{name}' stands for {labels.count(name)} groups; allowed: one")


def _bounds(operations: Operations, tell: Callable[[str], None]) -> None:
    cycle = operations.cycle
    if cycle.chi2_min >= cycle.chi2_max:
        tell(f"&cycle chi2_min: found {cycle.chi2_min:g}; allowed: below chi2_max")


def _begin(operations: Operations, tell: Callable[[str], None]) -> None:
    """The first state must not hang on how much weather has arrived."""
    model = operations.base.model
    if not hasattr(model, "initial_temperature"):
        return
    if model.initial_temperature is None and getattr(model, "restart", None) is None:
        tell(
            "&model restart: missing; a cycle begins from a state (`ldas spinup` or `ldas run` "
            "make one), or with initial_temperature"
        )


def _climate(operations: Operations, tell: Callable[[str], None]) -> None:
    name = operations.cycle.climate
    if name is not None:
        path = expand_path(name, operations.base.path.parent)
        if not path.is_file():
            tell(f"&cycle climate: '{path}' is no file; `ldas climate` writes it")
