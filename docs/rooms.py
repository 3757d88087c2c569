"""The picture of the rooms in docs/architecture.md, made from every import in the sources."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TOP = ("ldas", "forcing", "observation_ops", "retrieval")


def room_of(module: str) -> str | None:
    """The package of a module that counts as a room; None for what is not ours."""
    names = module.split(".")
    if names[0] not in TOP:
        return None
    if names[0] != "ldas":
        return names[0]
    return ".".join(names[:2]) if len(names) > 1 else None


def rooms() -> dict[str, set[str]]:
    """Every room and the rooms that it imports from, imports inside functions included."""
    found: dict[str, set[str]] = {}
    for path in sorted(p for top in TOP for p in (ROOT / top).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        module = ".".join(parts).removesuffix(".__init__")
        mine = room_of(module)
        if mine is None:
            continue
        needs = found.setdefault(mine, set())
        package = parts[:-1]
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                base = package[: len(package) - node.level + 1] if node.level else ()
                names = [".".join([*base, node.module or ""]).strip(".")]
                if names == ["ldas"]:
                    names = [f"ldas.{alias.name}" for alias in node.names]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            else:
                continue
            needs |= {room for name in names if (room := room_of(name)) not in (None, mine)}
    return {room: {need for need in needs if need in found} for room, needs in found.items()}


def floors(found: dict[str, set[str]]) -> list[list[str]]:
    """Rooms by the longest way down from them, the ground floor first."""
    height: dict[str, int] = {}

    def floor(room: str) -> int:
        if room not in height:
            height[room] = 1 + max((floor(need) for need in found[room]), default=-1)
        return height[room]

    for room in found:
        floor(room)
    return [sorted(r for r in found if height[r] == k) for k in range(max(height.values()) + 1)]


def purpose(room: str) -> str:
    """First line of what a room says of itself."""
    path = ROOT.joinpath(*room.split("."))
    source = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    text = ast.get_docstring(ast.parse(source.read_text())) or ""
    return text.splitlines()[0].rstrip(".")


def picture() -> str:
    """The floors as text, from the top down."""
    lines = []
    stack = floors(rooms())
    for number in range(len(stack) - 1, -1, -1):
        for k, room in enumerate(stack[number]):
            label = f"{number:2d}" if k == 0 else "  "
            lines.append(f"{label}  {room:<18}  {purpose(room)}")
    return "\n".join(lines)
