"""What went wrong with the user's input, said once and completely."""

import difflib
from collections.abc import Iterable


class UserError(Exception):
    """The input is wrong; `problems` holds one line for each thing found. Exit status 2."""

    def __init__(self, problems: str | Iterable[str]) -> None:
        self.problems = [problems] if isinstance(problems, str) else list(problems)
        super().__init__("\n".join(self.problems))


class Problems:
    """Collects problems, so that all of them are told at once."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def add(self, problem: str | UserError) -> None:
        """Note one problem, or all those of an error caught elsewhere."""
        self.found.extend(problem.problems if isinstance(problem, UserError) else [problem])

    def raise_if_any(self) -> None:
        """Raise UserError with all that was noted."""
        if self.found:
            raise UserError(self.found)


def nearest(word: str, valid: Iterable[str]) -> str:
    """A hint ", did you mean 'x'?" with the valid name closest to `word`, or nothing."""
    match = difflib.get_close_matches(word.lower(), list(valid), n=1, cutoff=0.5)
    return f"; did you mean '{match[0]}'?" if match else ""
