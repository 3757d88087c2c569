"""A station's table as a file of variables: CSV with a column of times and units in the heads.

Heads are names with their unit in brackets: `Tair [K]`, `Rainf (mm h-1)`. The times are UTC.
"""

import re
from pathlib import Path

import numpy as np
import pandas as pd

from ldas.core.errors import UserError

from .stored import StoredFile, in_memory

HEAD = re.compile(r"\s*(\S+?)\s*[\[(]\s*(.*?)\s*[\])]\s*$")
TIME_NAMES = ("time", "time_utc", "date", "datetime", "timestamp")


def open_table(path: Path) -> StoredFile:
    """The columns of a table; raises UserError if it cannot be read or has no times."""
    try:
        table = pd.read_csv(path, comment="#", skipinitialspace=True)
    except (OSError, ValueError, EOFError) as error:
        raise UserError(f"{path}: cannot be read as a CSV table ({error})") from None
    time = next((name for name in table if str(name).strip().lower() in TIME_NAMES), None)
    if time is None:
        raise UserError(f"{path}: no column of times; allowed: {', '.join(TIME_NAMES)}")
    try:
        stamps = pd.to_datetime(table.pop(time), utc=True, format="ISO8601")
    except (ValueError, TypeError) as error:
        raise UserError(f"{path}: times of '{time}' cannot be read ({error})") from None
    if stamps.isna().any():
        raise UserError(f"{path}: time is missing in line {int(stamps.isna().argmax()) + 2}")
    seconds = stamps.dt.tz_localize(None).to_numpy("datetime64[s]").astype(np.int64)
    units = {"units": "seconds since 1970-01-01"}
    variables = {"time": in_memory(path, "time", ("time",), seconds, units)}
    for head in table:
        match = HEAD.match(str(head))
        name, unit = match.groups() if match else (str(head).strip(), None)
        if not pd.api.types.is_numeric_dtype(table[head]):
            raise UserError(f"{path}: column '{name}' is not a number throughout")
        attrs = {"units": unit} if unit is not None else {}
        values = table[head].to_numpy(float)
        variables[name] = in_memory(path, name, ("time",), values, attrs)
    return StoredFile(path, variables, {})
