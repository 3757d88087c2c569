"""The whole configuration of a run: all groups, checked one by one and against each other."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ldas.config.cycle_group import Climate
from ldas.config.evaluation_groups import Station
from ldas.config.groups import (
    Assimilation,
    Calibration,
    Domain,
    Experiment,
    Forcing,
    Irrigation,
    Observation,
    Output,
    Rescaling,
    Spinup,
)
from ldas.config.namelist import check, digest, expand_path, parse, read
from ldas.config.product_entries import missing, type_of
from ldas.core.clock import DAY, SECOND, Window, seconds
from ldas.core.errors import Problems, UserError, nearest
from ldas.core.mosaic import FRACTION_TOLERANCE, PATCHES
from ldas.core.netcdf_input import find_inputs
from ldas.core.patterns import matches
from ldas.core.registries import LAND_MODELS
from ldas.core.settings import Group
from ldas.gridded.units import conversion
from ldas.io.output_table import FLUX_BY_NAME, OUTPUT_BY_NAME, STATE_BY_NAME
from ldas.land_models.isba.parameters import IRRIGATION

DEFAULT_MODEL = "isba"
BACKSCATTER = "sigma0"  # the type of observation that is calibrated
CYCLE = "cycle"  # the group that makes a namelist one of `ldas cycle`
GROUPS: dict[str, type[Group]] = {
    "experiment": Experiment,
    "domain": Domain,
    "forcing": Forcing,
    "model": LAND_MODELS.load(DEFAULT_MODEL).settings,
    "output": Output,
    "assimilation": Assimilation,
    "observation": Observation,
    "rescaling": Rescaling,
    "calibration": Calibration,
    "irrigation": Irrigation,
    "station": Station,
    "spinup": Spinup,
    "climate": Climate,
}
POINT_ENTRIES = ("latitude", "longitude", "clay", "sand", "patch_fraction")


@dataclass(frozen=True)
class Configuration:
    """Checked settings, and the text they came from."""

    path: Path
    text: str
    experiment: Experiment
    domain: Domain
    forcing: Forcing
    model: Group
    output: Output
    assimilation: Assimilation
    observation: list[Observation]
    rescaling: Rescaling
    calibration: Calibration
    irrigation: Irrigation
    station: list[Station]
    spinup: Spinup
    climate: Climate

    @property
    def period(self) -> Window:
        """From the experiment's start to its end."""
        return Window(self.experiment.start, self.experiment.end)

    @property
    def folder(self) -> Path:
        """Where the experiment's results go."""
        return expand_path(self.experiment.output_dir, self.path.parent) / self.experiment.name

    def file(self, entry: str) -> Path:
        """A path of the namelist made absolute."""
        return expand_path(entry, self.path.parent)

    def inputs(self) -> list[Path]:
        """Every file that decides the numbers of a run."""
        named = [self.domain.surface_file, getattr(self.model, "restart", None)]
        patterns = [self.file(name) for name in self.forcing.files]
        if self.experiment.kind == "analysis":
            for entry in self.observation:
                named += [entry.rescaling_file, entry.calibration_file, entry.mask_file]
                patterns += [self.file(name) for name in entry.files]
        decisive = getattr(self.model, "decisive", list)()
        beside = [path for name in decisive for path in matches(self.file(name))]
        chosen = [self.file(name) for name in named if name]
        return [*chosen, *beside, *find_inputs(patterns, "files")]

    def fingerprint(self) -> dict[str, str]:
        """What must not change between the parts of one run, entry by entry."""
        found = {f"&experiment {key}": str(getattr(self.experiment, key)) for key in FIXED}
        for group, settings in (
            ("domain", self.domain),
            ("forcing", self.forcing),
            ("model", self.model),
            ("output", self.output),
            *self._analysis_groups(),
        ):
            for key, value in settings.model_dump().items():
                if (group.partition(" ")[0], key) not in FREE:
                    found[f"&{group} {key}"] = str(value)
        return found

    def _analysis_groups(self) -> list[tuple[str, Group]]:
        if self.experiment.kind != "analysis":
            return []
        sets = [(f"observation {name_of(entry)}", entry) for entry in self.observation]
        return [("assimilation", self.assimilation), *sets]

    @property
    def digest(self) -> str:
        """SHA-256 of the namelist text."""
        return digest(self.text)


FIXED = ("start", "window_start_utc", "kind")
FREE = {
    *(("model", "threads"), ("output", "compression")),
    # of files it is the content that counts
    *(
        ("model", "irrigation_files"),
        ("forcing", "files"),
        ("forcing", "scan"),
        ("forcing", "name"),
    ),
    *(("observation", "latency"), ("observation", "every")),
}


def declared(groups: Mapping[str, Any]) -> dict[str, type[Group]]:
    """The declarations that a namelist's groups are checked against: its model's own for &model."""
    model = groups.get("model")
    name = model.get("name", DEFAULT_MODEL) if isinstance(model, Mapping) else DEFAULT_MODEL
    if name not in LAND_MODELS.names():
        return GROUPS
    return {**GROUPS, "model": LAND_MODELS.load(name).settings}


def load(path: Path, text: str | None = None) -> Configuration:
    """Read and check a namelist; raises UserError with every problem found in it.

    A `text` that is given stands for the content of the file.
    """
    text = read(path) if text is None else text
    groups = parse(text, path.name)
    if CYCLE in groups:
        raise UserError(f"{path.name}: has a &cycle group: it is for `ldas cycle`")
    return configured(path, text, groups, Problems())


def configured(
    path: Path, text: str, groups: Mapping[str, Any], problems: Problems
) -> Configuration:
    """The checked settings of a namelist's groups; raises UserError with all in `problems` too."""
    settings = check(groups, declared(groups), path.name, problems)
    problems.raise_if_any()
    configuration = Configuration(path.absolute(), text, **settings)
    for rule in RULES:
        rule(configuration, lambda line: problems.add(f"{path.name}: {line}"))
    problems.raise_if_any()
    return configuration


def _period(conf: Configuration, tell: Callable[[str], None]) -> None:
    start, end = conf.experiment.start, conf.experiment.end
    if end <= start:
        tell(f"&experiment end: {end} is not after start = {start}")
    step = conf.model.time_step
    for key, time in (("start", start), ("end", end)):
        if seconds(time - time.astype("datetime64[D]").astype("datetime64[s]")) % step:
            tell(f"&experiment {key}: {time} is not a multiple of &model time_step = {step} s")


def _steps(conf: Configuration, tell: Callable[[str], None]) -> None:
    step, frequency, day = conf.model.time_step, conf.output.frequency, int(DAY / SECOND)
    if 3600 % step:
        tell(f"&model time_step: found {step}; allowed: a divisor of an hour (3600 s)")
    if frequency % step or day % frequency:
        tell(
            f"&output frequency: found {frequency}; allowed: a multiple of &model time_step = "
            f"{step} s that divides a day"
        )


def _domain(conf: Configuration, tell: Callable[[str], None]) -> None:
    domain = conf.domain
    given = [key for key in POINT_ENTRIES if getattr(domain, key) is not None]
    if domain.surface_file is not None:
        for key in given:
            tell(f"&domain {key}: given beside surface_file; allowed: one or the other")
        return
    for key in POINT_ENTRIES:
        if key not in given:
            tell(f"&domain {key}: missing; give surface_file, or all of {', '.join(POINT_ENTRIES)}")
    fractions = domain.patch_fraction
    if fractions is not None:
        if len(fractions) != len(PATCHES):
            tell(f"&domain patch_fraction: {len(fractions)} values; allowed: {len(PATCHES)}")
        elif min(fractions) < 0.0 or abs(sum(fractions) - 1.0) > FRACTION_TOLERANCE:
            tell(f"&domain patch_fraction: sum is {sum(fractions):g}; allowed: 1, none negative")
    if domain.clay and domain.sand and domain.clay + domain.sand > 1.0:
        tell(f"&domain clay + sand: found {domain.clay + domain.sand:g}; allowed: at most 1")


def _temperature(conf: Configuration, tell: Callable[[str], None]) -> None:
    values = getattr(conf.model, "initial_temperature", None)
    if values is None:
        return
    if len(values) not in (1, 3):
        tell(f"&model initial_temperature: {len(values)} values; allowed: 1 or 3")
    elif not all(200.0 <= value <= 340.0 for value in values):
        tell(f"&model initial_temperature: found {values}; allowed: 200 to 340 K")


def _lead_hours(conf: Configuration, tell: Callable[[str], None]) -> None:
    found = conf.forcing.lead_hours
    if not 0 <= found[0] <= found[1]:
        tell(f"&forcing lead_hours: found {found}; allowed: first and last, not negative")


def _initial_lai(conf: Configuration, tell: Callable[[str], None]) -> None:
    values = getattr(conf.model, "initial_lai", None)
    if values is None:
        return
    if len(values) not in (1, len(PATCHES)):
        tell(f"&model initial_lai: {len(values)} values; allowed: 1 or {len(PATCHES)}")
    elif not all(0.0 <= value <= 15.0 for value in values):
        tell(f"&model initial_lai: found {values}; allowed: 0 to 15 m2 m-2")


def _irrigation(conf: Configuration, tell: Callable[[str], None]) -> None:
    kind = getattr(conf.model, "irrigation", None)
    if kind is None:
        return
    files = conf.model.irrigation_files
    given = [name for name in IRRIGATION if getattr(conf.model, name) is not None]
    if kind == "none" and given:
        tell(f"&model irrigation: 'none' beside {', '.join(given)}; allowed: demand, prescribed")
    if (kind == "prescribed") != bool(files):
        tell(
            f"&model irrigation_files: {len(files)} given with irrigation = '{kind}'; allowed: "
            "with 'prescribed', which needs them"
        )


def _variables(conf: Configuration, tell: Callable[[str], None]) -> None:
    known = [*STATE_BY_NAME, *FLUX_BY_NAME]
    for name in conf.output.variables:
        if name != "all" and name not in known:
            tell(
                f"&output variables: unknown variable '{name}'{nearest(name, known)} (allowed: "
                f"'all', {', '.join(known)})"
            )


def name_of(observation: Observation) -> str:
    """The name of a set of observations."""
    return observation.name or type_of(observation)


def _control(conf: Configuration, tell: Callable[[str], None]) -> None:
    names = conf.assimilation.control
    for name in sorted({name for name in names if names.count(name) > 1}):
        tell(f"&assimilation control: '{name}' stands there {names.count(name)} times")


def _products(conf: Configuration, tell: Callable[[str], None]) -> None:
    for entry in conf.observation:
        for line in missing(entry):
            tell(f"&observation {line}")


def _observations(conf: Configuration, tell: Callable[[str], None]) -> None:
    if any(missing(entry) for entry in conf.observation):
        return
    names = [name_of(entry) for entry in conf.observation]
    for name in sorted({name for name in names if names.count(name) > 1}):
        tell(f"&observation name: '{name}' stands for {names.count(name)} sets; allowed: one")
    if conf.experiment.kind == "analysis" and not names:
        tell("&observation: missing; an analysis needs observations")
    for name, entry in zip(names, conf.observation, strict=True):
        if entry.rescaling != "none" and entry.rescaling_file is None:
            tell(f"&observation rescaling_file: missing for '{name}'; `ldas rescale` makes it")
        if type_of(entry) != BACKSCATTER:
            if entry.calibration_file is not None:
                tell(f"&observation calibration_file: given for '{name}'; allowed: for sigma0")
            continue
        if entry.calibration_file is None:
            tell(f"&observation calibration_file: missing for '{name}'; `ldas calibrate` makes it")
        if entry.rescaling != "none":
            tell(f"&observation rescaling: '{entry.rescaling}' for '{name}'; allowed: none")


DEEPEST = 20.0  # m, of a probe; more is taken for another unit


def station_problems(station: Station) -> list[str]:
    """What is wrong with the columns of a `&station` group."""
    found = []
    for key in ("variables", "depths"):
        number = len(getattr(station, key))
        if number != len(station.columns):
            found.append(
                f"&station {key}: {number} values; allowed: {len(station.columns)}, as columns"
            )
    if any(not 0.0 <= depth <= DEEPEST for depth in station.depths):
        found.append(f"&station depths: found {station.depths}; allowed: 0 to {DEEPEST:g} m")
    known = [*STATE_BY_NAME, *FLUX_BY_NAME]
    for name in station.variables:
        if name not in known:
            found.append(f"&station variables: unknown '{name}'{nearest(name, known)}")
    if station.units and len(station.units) != len(station.columns):
        found.append(
            f"&station units: {len(station.units)} values; allowed: {len(station.columns)}, as "
            "columns, or none"
        )
    for unit, name in zip(station.units, station.variables, strict=False):
        if name in known:
            try:
                conversion(unit, OUTPUT_BY_NAME[name].units)
            except ValueError as error:
                found.append(f"&station units of '{name}': {error}")
    return found


def _stations(conf: Configuration, tell: Callable[[str], None]) -> None:
    for station in conf.station:
        for line in station_problems(station):
            tell(line)


RULES = (
    _period,
    _steps,
    _domain,
    _temperature,
    _initial_lai,
    _irrigation,
    _lead_hours,
    _variables,
    _control,
    _products,
    _observations,
    _stations,
)
