"""A report looked at with a browser: what a script finds in it."""

import json
import re
import subprocess


def probed(page, chromium, script, patience=None):
    """What a script that is added to a page leaves as JSON in document.title.

    `patience` (ms) is how long the page's own time goes on before it is looked at.
    """
    copy = page.with_name("probed.html")
    copy.write_text(page.read_text().replace("</body></html>", f"{script}</body></html>"))
    waiting = [f"--virtual-time-budget={patience}"] if patience else []
    done = subprocess.run(
        [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
         "--no-first-run", "--disable-component-update", "--disable-sync", "--disable-quic",
         f"--user-data-dir={page.parent / 'browser'}", "--enable-logging=stderr", *waiting,
         "--dump-dom", copy.as_uri()],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    said = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    # the library of the explorer greets
    assert not [line for line in said if "[bokeh" not in line], said
    title = re.search(r"<title>(.*?)</title>", done.stdout).group(1)
    return json.loads(title.replace("&quot;", '"'))
