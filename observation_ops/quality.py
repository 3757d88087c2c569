"""Why an observation is not used: one code each, counted."""

import numpy as np

REASONS = (
    "used",
    "none",  # nothing observed here and now
    "not_finite",
    "out_of_range",
    "product_flag",
    "duplicate",
    "masked",
    "urban",
    "water",
    "relief",
    "frozen",
    "few_pairs",
    "gross",
    "not_calibrated",
    "dense_vegetation",
)
CODE = {name: code for code, name in enumerate(REASONS)}
USED, NONE = CODE["used"], CODE["none"]


def reject(flag: np.ndarray, where: np.ndarray, reason: str) -> None:
    """Give what is still usable and lies in `where` the code of `reason`; the first one stays."""
    flag[(flag == USED) & where] = CODE[reason]


def counted(flag: np.ndarray) -> np.ndarray:
    """How often each code stands in `flag`, shape (reason,)."""
    return np.bincount(flag.ravel(), minlength=len(REASONS))


def as_reasons(counts: np.ndarray) -> dict[str, int]:
    """Rejections by reason, those that happened only."""
    return {
        name: int(counts[code])
        for name, code in CODE.items()
        if code not in (USED, NONE) and counts[code]
    }
