"""Imports run one way, downwards; inside functions too."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# from the bottom up; a part may import from itself and from any layer below its own
LAYERS = (
    {"ldas.core", "ldas"},
    {"ldas.gridded"},
    {"forcing", "retrieval"},
    {"observation_ops"},
    {"ldas.config", "ldas.parallel"},
    {"ldas.io"},
    {"ldas.land_models", "ldas.assimilation"},
    {"ldas.cycling"},
    {"ldas.evaluation", "ldas.imagery", "ldas.coupling"},
    {"ldas.figures"},
    {"ldas.image_chain"},
    {"ldas.report", "ldas.synthetic", "ldas.reporting"},
    {"ldas.operations"},
    {"ldas.commands"},
    {"ldas.endings"},
    {"ldas.cli", "ldas.api"},
)
LEVEL = {part: k for k, layer in enumerate(LAYERS) for part in layer}


def sources():
    for top in ("ldas", "forcing", "observation_ops", "retrieval"):
        yield from sorted((ROOT / top).rglob("*.py"))


def part_of(module):
    names = module.split(".")
    if names[0] != "ldas":
        return names[0] if names[0] in LEVEL else None
    return ".".join(names[:2]) if len(names) > 1 and ".".join(names[:2]) in LEVEL else "ldas"


def imports(path):
    module = path.relative_to(ROOT).with_suffix("").parts
    package = module if path.name == "__init__.py" else module[:-1]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            yield ".".join([*base, *(node.module or "").split(".")]).strip("."), node.lineno


def test_every_source_belongs_to_a_layer():
    for path in sources():
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        assert part_of(module.removesuffix(".__init__")) in LEVEL, path


@pytest.mark.parametrize("path", list(sources()), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_run_downwards(path):
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    mine = part_of(module)
    for name, line in imports(path):
        theirs = part_of(name)
        if theirs is None or theirs in (mine, "ldas"):
            continue
        assert LEVEL[theirs] < LEVEL[mine], f"{path}:{line} imports {name} from above or beside"


def test_only_parallel_knows_mpi():
    users = {path for path in sources() for name, _ in imports(path) if name.startswith("mpi4py")}
    assert users == {ROOT / "ldas" / "parallel" / "communicator.py"}


def test_no_source_is_too_long_to_read():
    for path in sources():
        assert len(path.read_text().splitlines()) <= 500, path


def test_no_import_of_a_name_from_a_package_init():
    """`__init__` files hold a docstring (and the version), so that they make no cycles.

    The one of `ldas` finds the names of `ldas.api` when they are asked for.
    """
    face = ast.parse((ROOT / "ldas" / "__init__.py").read_text()).body
    assert [n.name for n in face if not isinstance(n, ast.Expr | ast.Assign)] == ["__getattr__"]
    for path in sources():
        if path.name == "__init__.py" and path != ROOT / "ldas" / "__init__.py":
            body = ast.parse(path.read_text()).body
            assert all(isinstance(node, ast.Expr | ast.Assign) for node in body), path
