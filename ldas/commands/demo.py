"""`ldas demo`: the embedded demonstration case, ready to run."""

from collections.abc import Iterator
from pathlib import Path

from ldas.synthetic.demo import write_demo


def demo(folder: Path, days: int, seed: int) -> Iterator[str]:
    """Write the case; lines about what was written and what to do next."""
    written = write_demo(folder, days, seed)
    yield f"wrote {', '.join(written)} in {folder}"
    yield f"next: mpirun -n 2 ldas run {folder / 'open_loop.nml'}"
