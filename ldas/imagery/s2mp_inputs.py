"""The namelist of S2MP: that of radar images, with NDVI, its forms and its networks."""

from dataclasses import dataclass, fields
from pathlib import Path

from ldas.config.retrieval_groups import Retrieval
from ldas.core.errors import Problems
from ldas.imagery.radar_inputs import RadarWork
from ldas.imagery.radar_inputs import prepare as prepare_images
from retrieval.training import SHIPPED, Trained, read_networks


@dataclass(kw_only=True)
class Work(RadarWork):
    """What is read, the networks that invert it, and where it goes."""

    settings: Retrieval
    networks: dict[str, Trained]


def prepare(namelist: Path, s: Retrieval) -> Work:
    """Check the heads of all files that a namelist names."""
    problems = Problems()
    if s.form == "plots" and s.label_file is None:
        problems.add("&retrieval label_file: missing; form = 'plots' needs the labels of fields")
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
    return Work(**parts, networks=networks)
