"""`ldas template`: a namelist with every entry of every command."""

from ldas.config.cycle_group import Cycle
from ldas.config.retrieval_groups import Retrieval
from ldas.config.surface_group import SurfaceMaps
from ldas.config.template import namelist_template
from ldas.core.settings import Group
from ldas.cycling.configuration import GROUPS as RUN
from ldas.evaluation.setup import GROUPS as EVALUATION

GROUPS: dict[str, type[Group]] = {
    **RUN,
    "cycle": Cycle,
    **EVALUATION,
    "retrieval": Retrieval,
    "surface": SurfaceMaps,
}


def template(group: str | None = None) -> str:
    """The template of one group or of all; raises UserError for a group that does not exist."""
    return namelist_template(GROUPS, group)
