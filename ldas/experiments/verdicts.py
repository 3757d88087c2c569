"""What an evaluation found, in sentences."""

import pandas as pd

SCORES = (("R", "correlation"), ("anomaly_R", "correlation of anomalies"), ("ubRMSD", "ubRMSD"))


def probe_verdicts(scores: pd.DataFrame, reference: str, truth: str | None = None) -> list[str]:
    """A sentence for each source, score and quantity: better or worse than the reference.

    Nothing is said of the `truth`, which needs no verdict.
    """
    lines = []
    if scores.empty or "R" not in scores:
        return lines
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
            judged = int((said != "").sum())
            better, worse = (int((said == word).sum()) for word in ("better", "worse"))
            at = "" if sampling == "experiments" else f" at the times of '{sampling}'"
            verdict = "no significant difference"
            if better or worse:
                verdict = f"significantly better at {better}, worse at {worse} of {judged} probes"
            probes = f"medians of {len(group)} probes" if len(group) > 1 else "one probe"
            lines.append(
                f"'{name}' against '{reference}', {quantity}{at}: {words} "
                f"{base[score].median():.3g} to {group[score].median():.3g} ({probes}), {verdict}."
            )
    return lines


def truth_verdicts(table: pd.DataFrame, reference: str, classes: dict[int, str]) -> list[str]:
    """A sentence for each source: errors of root zone and leaf area against the truth."""
    lines = []
    for name in table["source"].unique():
        if name == reference:
            continue
        words = []
        for variable in ("wg5", "lai"):
            part = table[(table["source"] == name) & (table["variable"] == variable)]
            for row in part.itertuples():
                where = f" {classes[row.part]}" if len(classes) > 1 else ""
                words.append(f"{variable.upper()}{where} {row.relative:.2f}")
        lines.append(
            f"'{name}': RMSE against the truth over that of '{reference}': {', '.join(words)}."
        )
    return lines
