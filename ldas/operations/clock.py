"""What time it is for a call of `ldas cycle`."""

from datetime import UTC, datetime

import numpy as np

from ldas.core.errors import UserError
from ldas.core.settings import iso_instant


def instant(text: str | None) -> np.datetime64:
    """What time it is: as given, or by the clock, UTC; raises UserError for no ISO date."""
    if text is None:
        return np.datetime64(datetime.now(UTC).replace(tzinfo=None)).astype("datetime64[s]")
    try:
        return iso_instant(text)
    except ValueError as error:
        raise UserError(f"--now: found '{text}'; {error}") from None
