"""A product of many files as agencies ship it: a folder, or a zip that holds one."""

import posixpath
import re
import zipfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from ldas.core.errors import UserError
from ldas.core.xml_input import MOST_BYTES, Xml, read_xml
from ldas.gridded.stored import StoredFile, open_stored, stored_within

MOST_MEMBERS = 20_000


class ProductFolder:
    """The files of one product by their names within it, read where they lie.

    Nothing is unpacked: rasters are opened within the zip, names that lead out of the product
    are refused, and no more is read of a member than the archive's directory says it has.
    """

    def __init__(self, path: Path) -> None:
        """Raises UserError for what is neither a folder nor a whole zip."""
        self.path = path
        if path.is_dir():
            self.sizes = {
                str(PurePosixPath(file.relative_to(path))): file.stat().st_size
                for file in sorted(path.rglob("*"))
                if file.is_file() and file.resolve().is_relative_to(path.resolve())
            }
            self.top = ""
            return
        if not path.exists():
            raise UserError(f"{path}: no such product")
        try:
            with zipfile.ZipFile(path) as archive:
                members = archive.infolist()
        except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError) as error:
            raise UserError(
                f"{path}: cannot be read as zip, damaged or cut short ({error})"
            ) from None
        if len(members) > MOST_MEMBERS:
            raise UserError(f"{path}: {len(members)} files in one product, more than are read")
        for member in members:
            _refuse_outside(path, member.filename)
        files = [member for member in members if not member.is_dir()]
        tops = {PurePosixPath(member.filename).parts[0] for member in files}
        nested = len(tops) == 1 and all("/" in member.filename for member in files)
        self.top = f"{next(iter(tops))}/" if nested else ""
        self.sizes = {m.filename.removeprefix(self.top): m.file_size for m in files}

    @property
    def name(self) -> str:
        """The product's name."""
        return (self.top.rstrip("/") or self.path.name).removesuffix(".zip")

    def matching(self, pattern: str) -> list[str]:
        """Names within the product that match a regular expression, sorted."""
        wanted = re.compile(pattern, re.IGNORECASE)
        return sorted(name for name in self.sizes if wanted.search(name))

    def only(self, pattern: str, what: str) -> str:
        """The one name that matches; raises UserError, naming `what` it is, for none or several."""
        found = self.matching(pattern)
        if len(found) != 1:
            raise UserError(
                f"{self.path}: {what}: "
                + (f"{len(found)} files, {_some(found)}" if found else "missing")
            )
        return found[0]

    def read(self, name: str) -> bytes:
        """The content of a small file."""
        if self.sizes[name] > MOST_BYTES:
            raise UserError(f"{self.path}/{name}: {self.sizes[name] / 2**20:.0f} MiB, too large")
        try:
            if self.path.is_dir():
                return (self.path / name).read_bytes()
            with zipfile.ZipFile(self.path) as archive:
                return archive.read(self.top + name)
        except (zipfile.BadZipFile, OSError, EOFError, ValueError, RuntimeError) as error:
            raise UserError(f"{self.path}/{name}: cannot be read ({error})") from None

    def xml(self, name: str) -> Xml:
        """The root of an XML file."""
        return read_xml(self.read(name), f"{self.path}/{name}")

    def dataset(self, name: str) -> StoredFile:
        """A NetCDF file of the product; raises UserError if it cannot be read."""
        if self.path.is_dir():
            return open_stored(self.path / name)
        return stored_within(self.path / name, self.read(name))

    def raster(self, name: str) -> str:
        """What GDAL opens for a file of the product."""
        if self.path.is_dir():
            return str(self.path / name)
        return f"/vsizip/{self.path}/{self.top}{name}"


def _refuse_outside(path: Path, name: str) -> None:
    """Raise UserError for a name that leads out of its archive."""
    plain = posixpath.normpath(name.replace("\\", "/"))
    if plain.startswith(("/", "..")) or re.match(r"[A-Za-z]:", plain) or "\0" in name:
        raise UserError(f"{path}: '{name}' leads out of the product; the file is not read")


def _some(names: Iterable[str]) -> str:
    names = list(names)
    return ", ".join(names[:3]) + (" ..." if len(names) > 3 else "")
