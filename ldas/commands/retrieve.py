"""`ldas retrieve`: the product of a namelist, or the networks of S2MP trained again."""

from collections.abc import Callable
from pathlib import Path

from ldas.core.errors import UserError
from ldas.core.registries import RETRIEVALS
from ldas.imagery.retrieval import Retrieval, load_groups
from retrieval.training import NUMBER, SEED, SHIPPED, train_all, write_networks


def retrieve(namelist: Path, info: Callable[[str], None]) -> Path:
    """Write the product of a namelist; returns its path. Raises UserError for bad input."""
    groups = load_groups(namelist)
    return RETRIEVALS.load(groups["retrieval"].method).retrieve(namelist, groups, info)


def train(namelist: Path, info: Callable[[str], None]) -> Path:
    """Train the network of a namelist; returns its path. Raises UserError for bad input."""
    groups = load_groups(namelist)
    method = groups["retrieval"].method
    found: Retrieval = RETRIEVALS.load(method)
    if found.train is None:
        raise UserError(
            f"{namelist.name}: method '{method}' learns nothing from a namelist; `ldas retrieve "
            "--train` alone trains the networks that are shipped"
        )
    return found.train(namelist, groups, info)


def retrain(target: Path | None, info: Callable[[str], None]) -> Path:
    """Train the networks again, to the shipped file unless another is given."""
    path = target or SHIPPED
    write_networks(path, train_all(info=info), SEED, NUMBER)
    return path
