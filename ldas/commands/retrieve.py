"""`ldas retrieve`: the product of a namelist, or the networks of S2MP trained again."""

from collections.abc import Callable
from pathlib import Path

from ldas.core.registries import RETRIEVALS
from ldas.imagery.retrieval import load_groups
from retrieval.training import NUMBER, SEED, SHIPPED, train_all, write_networks


def retrieve(namelist: Path, info: Callable[[str], None]) -> Path:
    """Write the product of a namelist; returns its path. Raises UserError for bad input."""
    groups = load_groups(namelist)
    return RETRIEVALS.load(groups["retrieval"].method).retrieve(namelist, groups, info)


def retrain(target: Path | None, info: Callable[[str], None]) -> Path:
    """Train the networks again, to the shipped file unless another is given."""
    path = target or SHIPPED
    write_networks(path, train_all(info=info), SEED, NUMBER)
    return path
