"""XML that somebody else has made: read without entities, of a size that is checked first."""

from collections.abc import Sequence
from xml.etree import ElementTree
from xml.parsers import expat

import numpy as np

from .errors import UserError

MOST_BYTES = 2**26  # the largest annotation of a Sentinel-1 frame has 2 MB
MOST_DEEP = 64  # elements within elements


class Xml:
    """One element of a file, with messages that name the file and the way to what is missing."""

    def __init__(self, element: ElementTree.Element, name: str, way: str = "") -> None:
        self.element, self.name, self.way = element, name, way

    def first(self, path: str) -> "Xml":
        """The first element at a path below this one; raises UserError if there is none."""
        found = self.element.find(path)
        if found is None:
            raise UserError(f"{self.name}: no <{path}>{self._within()}")
        return Xml(found, self.name, f"{self.way}/{path}".lstrip("/"))

    def every(self, path: str, at_least: int = 1) -> list["Xml"]:
        """All elements at a path; raises UserError if they are fewer."""
        found = self.element.findall(path)
        if len(found) < at_least:
            raise UserError(
                f"{self.name}: {len(found)} of <{path}>{self._within()}, needed: {at_least}"
            )
        way = f"{self.way}/{path}".lstrip("/")
        return [Xml(one, self.name, f"{way}[{k}]") for k, one in enumerate(found)]

    def text(self, path: str) -> str:
        """The text at a path, without blanks around it."""
        return (self.first(path).element.text or "").strip()

    def number(self, path: str, lower: float = -np.inf, upper: float = np.inf) -> float:
        """The number at a path; raises UserError if it is none or beyond its limits."""
        text = self.text(path)
        try:
            value = float(text)
        except ValueError:
            value = np.nan
        if not lower <= value <= upper:
            raise UserError(
                f"{self.name}: <{path}>{self._within()} is '{text[:40]}', needed: a number"
                + (f" from {lower:g} to {upper:g}" if np.isfinite(lower + upper) else "")
            )
        return value

    def numbers(self, path: str) -> np.ndarray:
        """The list of numbers at a path; raises UserError if one is none or not finite."""
        text = self.text(path)
        try:
            values = np.array(text.split(), float)
        except ValueError:
            values = np.array([np.nan])
        if values.size == 0 or not np.isfinite(values).all():
            raise UserError(f"{self.name}: <{path}>{self._within()} is no list of numbers")
        return values

    def time(self, path: str) -> np.datetime64:
        """The instant at a path."""
        text = self.text(path)
        try:
            found = np.datetime64(text.removesuffix("Z"), "ns")
        except ValueError:
            found = np.datetime64("NaT")
        if np.isnat(found):
            raise UserError(f"{self.name}: <{path}>{self._within()} is '{text[:40]}', no time")
        return found

    def _within(self) -> str:
        return f" in <{self.way}>" if self.way else ""


def read_xml(content: bytes, name: str) -> Xml:
    """The root of a file's content; `name` is the file's, for messages.

    Raises UserError for what is no XML, too large or too deep, and for a document type, which
    only entities would need.
    """
    if len(content) > MOST_BYTES:
        raise UserError(f"{name}: {len(content) / 2**20:.0f} MiB, too large for XML to be read")
    parser, deep = expat.ParserCreate(), [0]

    def refuse(*_: object) -> None:
        raise UserError(f"{name}: XML with a document type (entities) is not read")

    def begin(*_: object) -> None:
        deep[0] += 1
        if deep[0] > MOST_DEEP:
            raise UserError(f"{name}: XML with more than {MOST_DEEP} elements in each other")

    def end(*_: object) -> None:
        deep[0] -= 1

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler, parser.EndElementHandler = begin, end
    try:
        parser.Parse(content, True)
        return Xml(ElementTree.fromstring(content), name)
    except (expat.ExpatError, ElementTree.ParseError) as error:
        raise UserError(f"{name}: cannot be read as XML, damaged or cut short ({error})") from None


def local_names(root: ElementTree.Element, wanted: Sequence[str]) -> dict[str, str]:
    """Texts of the first elements of some names, whatever their namespace; '' for none."""
    found = dict.fromkeys(wanted, "")
    for element in root.iter():
        name = element.tag.rsplit("}", 1)[-1] if isinstance(element.tag, str) else ""
        if name in found and not found[name]:
            found[name] = (element.text or "").strip()
    return found
