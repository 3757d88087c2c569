"""A page that the site's contents do not list fails `make site`, minutes later than this."""

import re
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_every_page_is_among_the_contents_of_the_site():
    listed = set(re.findall(r'"([\w/]+)"', (DOCS / "make_site.py").read_text()))
    pages = {path.stem for path in DOCS.glob("*.md")}
    assert pages <= listed, pages - listed
