"""What an evaluation found, in sentences and at a glance."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

SCORES = (("R", "correlation"), ("anomaly_R", "correlation of anomalies"), ("ubRMSD", "ubRMSD"))


@dataclass(frozen=True)
class Judgement:
    """A source against the reference by one score, over the probes of one quantity."""

    sampling: str
    quantity: str
    source: str
    score: str
    words: str
    before: float
    after: float
    probes: int
    judged: int
    better: int
    worse: int

    @property
    def at(self) -> str:
        """At whose times, where it is not all the experiments'."""
        return "" if self.sampling == "experiments" else f" at the times of '{self.sampling}'"


def judgements(
    scores: pd.DataFrame, reference: str, truth: str | None = None
) -> Iterator[Judgement]:
    """Medians of every source, score and quantity beside the reference's, all seasons.

    Nothing is said of the `truth`, which needs no verdict.
    """
    if scores.empty or "R" not in scores:
        return
    part = scores[scores["season"] == "all"]
    for (sampling, quantity, name), group in part.groupby(
        ["sampling", "quantity", "source"], sort=False
    ):
        base = part[
            (part["sampling"] == sampling)
            & (part["quantity"] == quantity)
            & (part["source"] == reference)
        ]
        if name in (reference, truth) or base.empty:
            continue
        for score, words in SCORES:
            if score not in group or group[score].notna().sum() == 0:
                continue
            said = group.get(f"{score}_verdict", pd.Series(dtype=str)).fillna("")
            before, after = float(base[score].median()), float(group[score].median())
            yield Judgement(
                sampling, quantity, name, score, words, before, after, len(group),
                *(int(n.sum()) for n in (said != "", said == "better", said == "worse")),
            )  # fmt: skip


def probe_verdicts(scores: pd.DataFrame, reference: str, truth: str | None = None) -> list[str]:
    """A sentence for each source, score and quantity: better or worse than the reference."""
    lines = []
    for j in judgements(scores, reference, truth):
        verdict = "no significant difference"
        if j.better or j.worse:
            verdict = f"significantly better at {j.better}, worse at {j.worse} of {j.judged} probes"
        probes = f"medians of {j.probes} probes" if j.probes > 1 else "one probe"
        lines.append(
            f"'{j.source}' against '{reference}', {j.quantity}{j.at}: {j.words} "
            f"{j.before:.3g} to {j.after:.3g} ({probes}), {verdict}."
        )
    return lines


def at_a_glance(scores: pd.DataFrame, reference: str, truth: str | None = None) -> pd.DataFrame:
    """The same as a table: a row for each quantity and source, a column for each score."""
    rows: dict[tuple[str, str], dict[str, object]] = {}
    for j in judgements(scores, reference, truth):
        row = rows.setdefault(
            (j.quantity + j.at, j.source),
            {"quantity": j.quantity + j.at, "source": j.source, "probes": j.probes},
        )
        verdict = "="
        if j.better or j.worse:
            counts = [f"{n} {word}" for n, word in ((j.better, "better"), (j.worse, "worse")) if n]
            verdict = ", ".join(counts)
        row[j.words] = f"{j.before:.3g} to {j.after:.3g}: {verdict}"
    return pd.DataFrame(list(rows.values()))


def truth_verdicts(
    table: pd.DataFrame, reference: str, classes: dict[int, str], variables: Sequence[str]
) -> list[str]:
    """A sentence for each source: errors of some variables against the truth."""
    lines = []
    for name in table["source"].unique():
        if name == reference:
            continue
        words = []
        for variable in variables:
            part = table[(table["source"] == name) & (table["variable"] == variable)]
            for row in part.itertuples():
                where = f" {classes[row.part]}" if len(classes) > 1 else ""
                words.append(f"{variable.upper()} {row.relative:.2f}{where}")
        lines.append(
            f"'{name}': RMSE against the truth over that of '{reference}': {', '.join(words)}."
        )
    return lines
