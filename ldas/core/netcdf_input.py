"""Opening NetCDF files that somebody else has made."""

import numbers
from collections.abc import Sequence
from pathlib import Path

import netCDF4

from .archive import is_archive, unpacked
from .errors import Problems, UserError
from .patterns import is_pattern, matches


def find_inputs(patterns: Sequence[Path], entry: str) -> list[Path]:
    """The files that paths or patterns name; raises UserError for each that names none.

    `entry` is where in the namelist they stand. An archive stands for the files in it.
    """
    problems = Problems()
    for pattern in patterns:
        if not matches(pattern):
            what = "matches no file" if is_pattern(pattern) else "is no file"
            problems.add(f"{entry}: '{pattern}' {what}")
    found, broken = present_inputs(patterns)
    for line in broken:
        problems.add(line)
    problems.raise_if_any()
    return found


def present_inputs(patterns: Sequence[Path]) -> tuple[list[Path], list[str]]:
    """The files that are there of paths or patterns, and a line on each that cannot be used.

    An archive stands for the files in it.
    """
    problems = Problems()
    found = [path for pattern in patterns for path in matches(pattern)]
    opened: list[Path] = []
    for path in dict.fromkeys(found):
        if not is_archive(path):
            opened.append(path)
            continue
        try:
            opened += unpacked(path)
        except UserError as error:
            problems.add(error)
    return list(dict.fromkeys(opened)), problems.found


def open_input(path: Path, what: str = "", unpacks: bool = True) -> netCDF4.Dataset:
    """The open file; raises UserError saying why it cannot be read, and `what` it should be.

    Where netCDF4 `unpacks` what is read, packing that is no number is refused.
    """
    what = f"{what} " if what else ""
    if not path.exists():
        raise UserError(f"{path}: {what}cannot be read (no such file)")
    if path.is_file() and path.stat().st_size == 0:
        raise UserError(f"{path}: {what}cannot be read (the file is empty)")
    try:
        dataset = netCDF4.Dataset(path)
    except (OSError, RuntimeError, ValueError, LookupError) as error:
        reason = str(error).split("]")[-1].split(": '")[0].strip()
        raise UserError(
            f"{path}: {what}cannot be read as NetCDF, damaged or cut short ({reason})"
        ) from None
    for variable in dataset.variables.values() if unpacks else ():
        for key in {"scale_factor", "add_offset"} & set(variable.ncattrs()):
            value = variable.getncattr(key)
            if not isinstance(value, numbers.Real):
                told = (
                    f"{path}: variable '{variable.name}' has {key} {value!r}, which is not a number"
                )
                dataset.close()
                raise UserError(told)
    return dataset
