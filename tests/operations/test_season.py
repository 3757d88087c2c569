"""A short season of operations in disorder; `make season` is the long one."""

import pytest
from season import Season


@pytest.mark.mpi
@pytest.mark.minutes
def test_a_season_of_kills_and_wrong_deliveries(tmp_path):
    season = Season(tmp_path / "season", days=7, kills=4, seed=5, ranks=(1, 1, 2))
    counts = season.run()
    assert counts["values compared"] == 7 * 26  # fields a day, three corrections among them
    assert counts.get("killed", 0) >= 1
    assert {"corrected", "truncated", "wrong day", "late", "never"} & set(counts)
