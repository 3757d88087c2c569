"""run.log is put aside when it has grown, and the oldest goes."""

from ldas.reporting import KEPT_LOGS, Reporter


def test_logs_turn(tmp_path):
    log = tmp_path / "run.log"
    for k in range(KEPT_LOGS + 3):
        log.write_text(f"{k} " + "x" * 2000)
        Reporter(0, True).log_to(log, largest=0.001)
        assert not log.exists()
    kept = sorted(tmp_path.glob("run.log*"))
    assert [path.suffix for path in kept] == [f".{k}" for k in range(1, KEPT_LOGS + 1)]
    assert kept[0].read_text().startswith(f"{KEPT_LOGS + 2} ")


def test_small_logs_and_other_ranks_stay(tmp_path):
    log = tmp_path / "run.log"
    log.write_text("x" * 2000)
    Reporter(1, True).log_to(log, largest=0.001)
    Reporter(0, True).log_to(log, largest=5.0)
    assert log.exists() and len(list(tmp_path.iterdir())) == 1
