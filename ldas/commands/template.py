"""`ldas template`: a namelist with every entry of every command."""

from ldas.config.cycle_group import Cycle
from ldas.config.retrieval_groups import Retrieval
from ldas.config.surface_group import SurfaceMaps
from ldas.config.template import namelist_template
from ldas.core.errors import UserError
from ldas.core.registries import LAND_MODELS, RETRIEVALS
from ldas.core.settings import Group
from ldas.cycling.configuration import DEFAULT_MODEL
from ldas.cycling.configuration import GROUPS as RUN
from ldas.evaluation.setup import GROUPS as EVALUATION
from ldas.image_chain.chain import GROUPS as IMAGES

METHOD = "--- instead of &retrieval above, `ldas retrieve` with method ="
MODEL = "--- instead of &model above, a land model of yours with name ="
GROUPS: dict[str, type[Group]] = {
    **RUN,
    "cycle": Cycle,
    **EVALUATION,
    "retrieval": Retrieval,
    "surface": SurfaceMaps,
    **IMAGES,
}


def template(name: str | None = None) -> str:
    """The template of one group, a method of retrieval, a land model, or of everything.

    Raises UserError for a name that is none of them.
    """
    if name in models():
        return namelist_template({"model": LAND_MODELS.load(name).settings})
    if name is not None and name in RETRIEVALS.names():
        return namelist_template(RETRIEVALS.load(name).groups)
    try:
        found = namelist_template(GROUPS, name)
    except UserError as error:
        methods, doors = ", ".join(RETRIEVALS.names()), ", ".join(models())
        known = [f"methods of retrieval: {methods}", f"land models: {doors}"]
        raise UserError([*error.problems, *known]) from None
    if name is not None:
        return found
    more = [(MODEL, model) for model in models()] + [(METHOD, method) for method in others()]
    return "\n".join([found, *(f"! {which} '{one}'\n\n{template(one)}" for which, one in more)])


def models() -> tuple[str, ...]:
    """Land models whose entries are not those of the default one."""
    return tuple(name for name in LAND_MODELS.names() if name != DEFAULT_MODEL)


def others() -> tuple[str, ...]:
    """Methods of retrieval whose groups are not among GROUPS."""
    names = RETRIEVALS.names()
    return tuple(n for n in names if RETRIEVALS.load(n).settings is not GROUPS["retrieval"])
