"""`ldas template`: a namelist with every entry of every command."""

from ldas.config.cycle_group import Cycle
from ldas.config.retrieval_groups import Retrieval
from ldas.config.surface_group import SurfaceMaps
from ldas.config.template import namelist_template
from ldas.core.errors import UserError
from ldas.core.registries import RETRIEVALS
from ldas.core.settings import Group
from ldas.cycling.configuration import GROUPS as RUN
from ldas.evaluation.setup import GROUPS as EVALUATION

MORE = "--- instead of &retrieval above, `ldas retrieve` with method ="
GROUPS: dict[str, type[Group]] = {
    **RUN,
    "cycle": Cycle,
    **EVALUATION,
    "retrieval": Retrieval,
    "surface": SurfaceMaps,
}


def template(name: str | None = None) -> str:
    """The template of one group, of all groups of a method of retrieval, or of everything.

    Raises UserError for a name that is neither.
    """
    if name is not None and name in RETRIEVALS.names():
        return namelist_template(RETRIEVALS.load(name).groups)
    try:
        found = namelist_template(GROUPS, name)
    except UserError as error:
        methods = ", ".join(RETRIEVALS.names())
        raise UserError([*error.problems, f"methods of retrieval: {methods}"]) from None
    if name is not None:
        return found
    return "\n".join([found, *(f"! {MORE} '{other}'\n\n{template(other)}" for other in others())])


def others() -> tuple[str, ...]:
    """Methods of retrieval whose groups are not among GROUPS."""
    names = RETRIEVALS.names()
    return tuple(n for n in names if RETRIEVALS.load(n).settings is not GROUPS["retrieval"])
