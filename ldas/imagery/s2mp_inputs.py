"""The namelist of S2MP: that of radar images, with NDVI, its forms and its networks."""

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from ldas.config.retrieval_groups import Retrieval
from ldas.core.errors import Problems, UserError
from ldas.core.netcdf_input import open_input
from ldas.imagery.radar_inputs import RadarWork
from ldas.imagery.radar_inputs import prepare as prepare_images
from retrieval.training import SHIPPED, Trained, read_networks

TEXTURE = ("clay", "sand")


@dataclass(kw_only=True)
class Work(RadarWork):
    """What is read, the networks that invert it, and where it goes."""

    settings: Retrieval
    networks: dict[str, Trained]
    texture: tuple[np.ndarray, np.ndarray] | None  # clay and sand (1) of the cells (lat, lon)


def prepare(namelist: Path, s: Retrieval) -> Work:
    """Check the heads of all files that a namelist names."""
    problems = Problems()
    if s.form == "plots" and s.label_file is None:
        problems.add("&retrieval label_file: missing; form = 'plots' needs the labels of fields")
    if s.form == "plots" and s.texture_file is not None:
        problems.add("&retrieval texture_file: the texture of cells; form = 'plots' has none")
    if s.form == "s1s2" and s.land_cover_file is None:
        problems.add("&retrieval land_cover_file: missing; form = 's1s2' averages over its pixels")
    networks: dict[str, Trained] = {}
    try:
        path = SHIPPED if s.networks is None else namelist.absolute().parent / s.networks
        networks = read_networks(path)
    except ValueError as error:
        problems.add(f"&retrieval networks: {s.networks} is no file of networks ({error})")
    labels = {"label": (s.label_file, s.label_variable)}
    work = prepare_images(namelist, s, problems, labels)
    work.look_back = max(s.dry_days, s.wet_days)
    parts = {field.name: getattr(work, field.name) for field in fields(work)}
    texture = None if s.texture_file is None else _texture(work, s.texture_file)
    return Work(**parts, networks=networks, texture=texture)


def _texture(work: RadarWork, entry: str) -> tuple[np.ndarray, np.ndarray]:
    """Clay and sand (lat, lon) of the cells, NaN where the file has none.

    Raises UserError for a file of other cells, or whose fractions are none.
    """
    path = work.file(entry)
    with open_input(path, "&retrieval texture_file") as dataset:
        lost = [n for n in ("lat", "lon", *TEXTURE) if n not in dataset.variables]
        if lost:
            raise UserError(
                f"{path}: no variable {', '.join(lost)}; needed: clay and sand of cells"
            )
        order = []
        for name, mine in (("lat", work.lat), ("lon", work.lon)):
            axis = np.ma.filled(dataset[name][:].astype(float), np.nan)
            order.append(np.argsort(axis))
            if axis.shape != mine.shape or not np.allclose(axis[order[-1]], mine, atol=1e-4):
                raise UserError(f"{path}: {name} are other cells than those of the product")
        found = []
        for name in TEXTURE:
            values = np.ma.filled(dataset[name][:].astype(float), np.nan)
            if values.shape != (work.lat.size, work.lon.size):
                raise UserError(f"{path}: '{name}' is of shape {values.shape}; needed: (lat, lon)")
            known = values[np.isfinite(values)]
            if known.size == 0 or known.min() < 0.0 or known.max() > 1.0:
                span = f"{known.min():g} to {known.max():g}" if known.size else "nothing"
                raise UserError(f"{path}: '{name}' holds {span}; needed: fractions, 0 to 1")
            found.append(values[np.ix_(*order)])
    return found[0], found[1]
