"""The observations of an experiment: every set opened, screened and given its statistics."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ldas import __version__
from ldas.config.groups import Observation
from ldas.config.product_entries import type_of, wanted_of
from ldas.core.errors import Problems, UserError
from ldas.core.netcdf_input import find_inputs, open_input
from ldas.io.rescaling_file import read_rescaling
from ldas.io.surface import Surface
from ldas.land_models.foreign.names import shown_as
from observation_ops import quality
from observation_ops.observation_type import ObservationType, observation_type
from observation_ops.products import NothingYet, Product, open_wanted
from observation_ops.rescaling import Climate

from .backscatter import BackscatterSet
from .configuration import BACKSCATTER, Configuration, name_of
from .observation_set import ObservationSet

FEATURES = ("urban", "water", "relief")  # of the surface file, screened by the set's limits


def open_sets(conf: Configuration, surface: Surface, rescaled: bool = True) -> list[ObservationSet]:
    """Every set of the namelist over the cells of `surface`.

    With `rescaled` false the statistics are not read: they are about to be made. Raises
    UserError with everything that is wrong with any of them.
    """
    problems = Problems()
    sets = []
    for settings in conf.observation:
        try:
            sets.append(_open_set(conf, settings, surface, rescaled))
        except UserError as error:
            problems.add(error)
    problems.raise_if_any()
    return sets


def _open_set(
    conf: Configuration, settings: Observation, surface: Surface, rescaled: bool
) -> ObservationSet:
    kind = seen_of(conf, observation_type(type_of(settings)))
    files = tuple(find_inputs([conf.file(e) for e in settings.files], "&observation files"))
    product: Product = NothingYet(kind)  # of operations
    if files:
        product = open_wanted(wanted_of(settings, kind, files), settings.reader)
    if product.factor is None and settings.rescaling == "none":
        raise UserError(
            f"&observation '{name_of(settings)}': units '{product.units}' are not those of the "
            f"model; set rescaling = 'linear', 'cdf' or 'anomaly'"
        )
    if kind.name == BACKSCATTER:
        found: ObservationSet = BackscatterSet(settings, product, surface)
    else:
        found = ObservationSet(settings, product, surface.grid)
    if files:
        _screen(conf, found, surface)
    if rescaled and isinstance(found, BackscatterSet):
        whose = dict(identity(conf, found))
        if not files:  # nothing has come yet that could be another product
            whose.pop("product")
        found.calibrate(conf.file(settings.calibration_file or ""), whose)
    elif rescaled and files and settings.rescaling != "none":
        path = conf.file(settings.rescaling_file or "")
        found.climate = Climate(**read_rescaling(path, surface.grid, identity(conf, found)))
    return found


def seen_of(conf: Configuration, kind: ObservationType) -> ObservationType:
    """A kind with the output and layer that it sees of the namelist's model.

    Raises UserError for a layer of a foreign soil that the namelist does not say.
    """
    said = getattr(conf.model, "equivalents", None)
    if said is None:
        return kind
    shown = shown_as(kind.name, said)
    if shown is not None:
        return replace(kind, variable=shown[0], layer=shown[1])
    if kind.layer is not None:
        raise UserError(
            f"&model equivalents: missing for '{kind.name}'; which layer of the model does it see? "
            f"('{kind.name}=wg1')"
        )
    return kind


def identity(conf: Configuration, found: ObservationSet) -> Mapping[str, str]:
    """Whose statistics a rescaling file holds: product and model, as text."""
    model = {key: value for key, value in conf.fingerprint().items() if key.startswith("&model ")}
    for key in ("restart", "initial_swi", "initial_lai", "initial_temperature"):
        model.pop(f"&model {key}", None)
    text = "\n".join(f"{key} = {value}" for key, value in sorted(model.items()))
    return {
        "made_by": f"ldas {__version__}",
        "product": f"{found.kind.name} '{found.product.variable}' in '{found.product.units}'",
        "model": hashlib.sha256(text.encode()).hexdigest()[:16],
    }


def _screen(conf: Configuration, found: ObservationSet, surface: Surface) -> None:
    """Give cells where this set is never used their code."""
    settings = found.settings
    for feature in FEATURES:
        values = surface.features.get(feature)
        if values is not None:
            limit = getattr(settings, f"{feature}_max")
            quality.reject(found.static, ~(values <= limit), feature)
    if settings.mask_file is not None:
        path = conf.file(settings.mask_file)
        with open_input(path, "mask") as dataset:
            if settings.mask_variable not in dataset.variables:
                raise UserError(f"{path}: no variable '{settings.mask_variable}'")
            mask = np.ma.filled(np.ma.asarray(dataset[settings.mask_variable][...]), 1)
        shape = (surface.grid.lat.size, surface.grid.lon.size)
        if mask.shape != shape:
            raise UserError(f"{path}: mask has shape {mask.shape}, the domain {shape}")
        masked = mask[surface.grid.row, surface.grid.col] != 0
        quality.reject(found.static, masked, "masked")
