"""The status page in a browser, and its charts."""

import json
import re
import subprocess

from ldas.operations.charts import bars, lines
from ldas.operations.status import status_page

FOUND = {
    "name": "oper",
    "version": "1",
    "as_of": "2001-06-01T19:00",
    "stands_at": "2001-06-01T18:00",
    "final_until": None,
    "waits_for": {
        "window_end": "2001-06-02T18:00",
        "reasons": ["forcing <b>'x'</b>"],
        "since": "2001-06-01T19:00",
    },
    "alarms": [{"kind": "silent", "text": "silent: 'ssm'"}],
    "unusable_files": ["a.nc: cut short"],
    "disk_free_gib": 3.0,
    "limits": {"chi2": [0.1, 4.0], "residual": 1e-6},
    "latest_windows": [
        {
            "window_end": f"2001-05-{day:02d}T18:00",
            "status": "preliminary",
            "replays": day % 2,
            "made_at": "2001-06-01T19:00",
            "wall_s": 0.5,
            "worst_water": 1e-12,
            "worst_energy": 1e-10,
            "forcing": "forcing1: all",
            "observations": {
                "ssm": {"used": 5, "rejected": {"gross": 1}, "missing": False}
                | {"innovation": -0.01 * day, "chi2": 1.0, "expected_sd": 0.05},
                "lai": {"used": 0, "rejected": {}, "missing": True},
            },
        }
        for day in range(1, 31)
    ],
}


def test_the_page_in_a_browser(tmp_path, chromium):
    probe = """<script>
      var table = document.querySelector('table.sorts'), head = table.tHead.rows[0].cells[2];
      head.click();
      var bars = document.querySelectorAll('svg rect').length, charts = 0, empty = 0;
      document.querySelectorAll('svg').forEach(function (svg) {
        charts++; if (!svg.getBoundingClientRect().height) empty++; });
      document.title = JSON.stringify({bars: bars, charts: charts, empty: empty,
        first: table.tBodies[0].rows[0].cells[2].textContent,
        words: document.querySelector('main').textContent.indexOf("forcing <b>'x'</b>") > 0,
        wide: document.documentElement.scrollWidth <= window.innerWidth});
    </script></body>"""
    page = tmp_path / "status.html"
    page.write_text(status_page(FOUND).replace("</body>", probe))
    done = subprocess.run(
        [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
         "--no-first-run", "--disable-component-update", "--disable-sync", "--disable-quic",
         f"--user-data-dir={tmp_path / 'browser'}", "--enable-logging=stderr", "--dump-dom",
         page.as_uri()],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert "CONSOLE" not in done.stderr, done.stderr
    title = re.search(r"<title>(.*?)</title>", done.stdout).group(1)
    found = json.loads(title.replace("&quot;", '"'))
    assert found == {
        "bars": 60, "charts": 9, "empty": 0, "first": "1", "words": True, "wide": True
    }  # fmt: skip


def test_nothing_outside_the_page():
    page = status_page(FOUND)
    assert not re.search(r"(src|href)=\"(?!#|data:)", page)
    assert "silent: &#x27;ssm&#x27;" in page and "a.nc: cut short" in page


def test_charts_of_nothing_and_of_gaps():
    assert "<rect" not in bars([], {"used": []}, "none")
    drawn = lines(["a", "b", "c"], {"x": [1.0, None, float("nan")]}, "some", limits=(0.0, 2.0))
    assert drawn.count("<circle") == 1 and drawn.count("stroke-dasharray") == 2
