"""An accelerated season: deliveries in disorder, calls at random times, kills; then the same bits.

python tests/operations/season.py [--days 120] [--kills 100] [--seed 1] [--folder DIR]
"""

import argparse
import json
import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import netCDF4
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
from feeding import START, Feed, day_values, month_values, stamp, state_of

from ldas.core.clock import DAY

HOUR = np.timedelta64(3600, "s")
REPLAY = 8  # days
LATEST = 4  # days after which the last delivery of a file has come
SMALL_FILES = 30_000  # bytes, a file may have when the disk is 'full'
NOT_STARTED = "PMIx server's listener thread failed to start"  # Open MPI's own, before any rank


@dataclass
class Season:
    """A schedule of deliveries, and the calls in between."""

    folder: Path
    days: int
    kills: int
    seed: int
    ranks: tuple[int, ...] = (1, 1, 1, 2, 3)
    counts: dict[str, int] = field(default_factory=dict)
    finals: dict[str, bytes] = field(default_factory=dict)

    def run(self) -> dict[str, int]:
        """Go through the season; raises AssertionError for whatever is not as it must be."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.dice = random.Random(self.seed)
        cycle = f"   replay_days = {REPLAY}\n   delay_alarm = 240.0\n   disk_gib = 0.0"
        self.feed = Feed(self.folder, self.days, self.seed, cycle=cycle)
        events = self._schedule()
        left = self.kills
        for hour in range(6, 24 * (self.days + LATEST + 2), 6):
            now = START + hour * HOUR
            due = [event for event in events if event[0] <= now]
            events = events[len(due) :]
            during = due[-1:] if self.dice.random() < 0.15 else []
            for _, deliver in due[: len(due) - len(during)]:
                deliver()
            if self.dice.random() < 0.45 or during:
                continue_kills = min(left, self.dice.choice((0, 1, 1, 2)))
                for _ in range(continue_kills):
                    self._killed(now)
                left -= continue_kills
                self._called(now, during)
        while left > 0:  # what is left of them, on replays of the last days
            day = self.dice.randrange(max(0, self.days - 3), self.days)
            self.feed.deliver(f"met_{stamp(day)}.nc")
            self._killed(now)
            left -= 1
        assert not events
        self._call(now)
        self._call(now + (REPLAY + 40) * DAY)
        self._judge()
        return self.counts

    def _count(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1

    def _schedule(self) -> list[tuple[np.datetime64, Callable[[], None]]]:
        events = []
        for path in sorted(self.feed.whole.glob("*.nc")):
            day = next(d for d in range(self.days + 1) if stamp(d) in path.name)
            on_time = START + day * DAY + 8 * HOUR
            kinds = ["on time"] * 4 + ["late", "twice", "corrected", "truncated", "wrong day"]
            if path.name.startswith("ssm"):
                kinds += ["never", "late"]
            kind = self.dice.choice(kinds)
            if kind == "wrong day" and day < 4:
                kind = "on time"
            self._count(kind)
            late = on_time + self.dice.uniform(0.5, LATEST) * 24 * HOUR
            if kind == "never":
                path.unlink()
                continue
            if kind in ("corrected", "truncated", "wrong day"):
                events.append((on_time, lambda p=path, k=kind, d=day: self._deliver_bad(p, k, d)))
            if kind in ("on time", "twice"):
                events.append((on_time, lambda p=path: self.feed.deliver(p.name)))
            if kind != "on time":
                events.append((late, lambda p=path: self.feed.deliver(p.name)))
        return sorted(events, key=lambda event: event[0])

    def _deliver_bad(self, path: Path, kind: str, day: int) -> None:
        """What comes first under the name of a file."""
        target = self.feed.there / path.name
        if kind == "wrong day":
            other = self.feed.whole / path.name.replace(stamp(day), stamp(day - 2))
            if other.is_file():
                self.feed.deliver(path.name, other.name)
        elif kind == "truncated":
            content = path.read_bytes()
            target.write_bytes(content[: self.dice.randrange(1, len(content))])
        else:
            self.feed.deliver(path.name)
            with netCDF4.Dataset(target, "a") as file:
                name = "ssm" if "ssm" in file.variables else "Rainf"
                file[name][:] = 0.5 * file[name][:]

    def _begin(self, now: np.datetime64, ranks: int = 1, **more: object) -> subprocess.Popen:
        command = [sys.executable, "-m", "ldas.cli", "cycle", str(self.feed.oper)]
        command += ["--now", str(now)]
        if ranks > 1:
            command = ["mpirun", "-n", str(ranks), *command]
        return subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            **more,
        )

    def _killed(self, now: np.datetime64) -> None:
        """A call that is killed at a random instant."""
        process = self._begin(now, self.dice.choice(self.ranks))
        time.sleep(self.dice.uniform(0.3, 5.0))
        if process.poll() is None:  # not reaped, so that its group is still there
            self._count("killed")
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        subprocess.run(["pkill", "-9", "-f", str(self.feed.oper)], check=False)
        for path in (self.feed.results / "days").glob("*.nc"):
            netCDF4.Dataset(path).close()

    def _called(self, now: np.datetime64, during: list) -> None:
        """A call that is left alone, or meets another one, a full disk, a clock set back."""
        kind = self.dice.random()
        if during:
            self._count("delivered while it ran")
            process = self._begin(now)
            time.sleep(self.dice.uniform(0.5, 3.0))
            for _, deliver in during:
                deliver()
            _, said = process.communicate(timeout=600)
            assert process.returncode in (0, 2, 3), said
        elif kind < 0.1:
            self._count("two at once")
            both = [self._begin(now), self._begin(now)]
            for process in both:
                _, said = process.communicate(timeout=600)
                assert process.returncode in (0, 2, 3), said
        elif kind < 0.15:
            self._count("disk full")
            limit = (SMALL_FILES, SMALL_FILES)
            full = self._begin(
                now, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit)
            )
            _, said = full.communicate(timeout=600)
            assert "Traceback" not in said, said
        elif kind < 0.2:
            self._count("clock set back")
            self._call(now - 7 * DAY)
        elif kind < 0.25 and self.feed.results.is_dir():
            self._count("rebooted")
            host = {"host": "elsewhere", "pid": os.getpid(), "boot": "another", "heartbeat": 0.0}
            (self.feed.results / ".lock").write_text(json.dumps(host))
        self._call(now, self.dice.choice(self.ranks))

    def _call(self, now: np.datetime64, ranks: int = 1) -> None:
        process = self._begin(now, ranks)
        _, said = process.communicate(timeout=600)
        if ranks > 1 and NOT_STARTED in said:  # after a launcher that was killed, now and then
            self._count("not started by mpirun")
            return self._call(now)
        assert process.returncode in (0, 2, 3), said
        assert "Traceback" not in said, said
        self._count(f"ended with {process.returncode}")
        self._finals_stay()

    def _finals_stay(self) -> None:
        """A final file never changes again."""
        for path in sorted((self.feed.results / "days").glob("*.nc")):
            with netCDF4.Dataset(path) as file:
                final = file.status == "final"
            content = path.read_bytes()
            if path.name in self.finals:
                assert content == self.finals[path.name], f"{path} was final and has changed"
            elif final:
                self.finals[path.name] = content

    def _judge(self) -> None:
        """The same as one run on all that came; nothing lost, nothing half-written."""
        reference = self.feed.run_reference()
        mine, run = day_values(self.feed.results), month_values(reference)
        assert set(mine) == set(run), len(set(mine) ^ set(run))
        different = sorted(key[2] for key in run if mine[key] != run[key])
        assert not different, f"{len(different)} fields differ, first at {different[0]}"
        months = month_values(self.feed.results)
        assert months and all(run[key] == value for key, value in months.items())
        last = f"restart/restart_{str(START + self.days * DAY)[:16]}.nc"
        last = last.replace("-", "").replace(":", "")
        there, here = state_of(reference / last), state_of(self.feed.results / last)
        assert there == here
        assert len(self.finals) == 3 * self.days
        assert not list(self.feed.results.rglob("*.tmp"))
        for path in self.feed.results.rglob("*.nc"):
            netCDF4.Dataset(path).close()
        books = sqlite3.connect(self.feed.results / "cycle.sqlite")
        rows = books.execute("SELECT observations, files, replays FROM windows").fetchall()
        books.close()
        assert len(rows) == self.days
        used = {Path(item["path"]).name for row in rows for item in json.loads(row[1])}
        came = {path.name for path in self.feed.whole.glob("ssm*.nc")}
        assert came <= used, came - used
        self.counts["windows replayed"] = sum(row[2] > 0 for row in rows)
        self.counts["values compared"] = len(run)


def main() -> int:
    """One season; prints what happened in it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--days", type=int, default=120)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "season")
    entries = parser.parse_args()
    began = time.monotonic()
    season = Season(entries.folder.absolute(), entries.days, entries.kills, entries.seed)
    counts = season.run()
    told = ", ".join(f"{name} {number}" for name, number in sorted(counts.items()))
    print(f"{entries.days} days in {time.monotonic() - began:.0f} s: {told}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
