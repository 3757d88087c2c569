"""Archives as data centres send them: their files, unpacked once into the cache."""

import contextlib
import hashlib
import shutil
import tarfile
import uuid
import zipfile
import zlib
from pathlib import Path

from .errors import UserError
from .kernel import cache_root

ENDINGS = (".zip", ".tar", ".tgz", ".tar.gz")
FIELDS = (
    ".nc", ".nc4", ".cdf", ".h5", ".he5", ".hdf5", ".hdf", ".tif", ".tiff", ".jp2",
    ".grib", ".grib2", ".grb", ".grb2", ".buf", ".bufr", ".bin", ".csv",
)  # fmt: skip


def is_archive(path: Path) -> bool:
    """Whether a file is one of many files, by its name."""
    return path.name.lower().endswith(ENDINGS)


def unpacked(path: Path) -> list[Path]:
    """The files of fields in an archive, in the order of their names.

    They are kept in the cache by path, size and time of change. Raises UserError for an archive
    that is damaged, holds no such file, or has no room to be unpacked.
    """
    stat = path.stat()
    key = f"{path.resolve()}\n{stat.st_size}\n{stat.st_mtime_ns}"
    folder = cache_root() / "unpacked" / hashlib.sha256(key.encode()).hexdigest()[:24]
    if not folder.is_dir():
        temporary = folder.with_name(f"{folder.name}.{uuid.uuid4().hex}")
        try:
            temporary.mkdir(parents=True)
            _unpack(path, temporary)
            with contextlib.suppress(OSError):  # another process was faster
                temporary.rename(folder)
        except (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError) as error:
            raise UserError(f"{path}: the archive is damaged or cut short ({error})") from None
        except OSError as error:
            raise UserError(
                f"{path}: the archive cannot be unpacked to {temporary.parent} "
                f"({error.strerror or error})"
            ) from None
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    found = sorted(p for p in folder.rglob("*") if p.name.lower().endswith(FIELDS))
    if not found:
        raise UserError(f"{path}: the archive holds no file of fields ({', '.join(FIELDS)})")
    return found


def _unpack(path: Path, target: Path) -> None:
    if path.name.lower().endswith(".zip"):
        with zipfile.ZipFile(path) as archive:
            archive.extractall(target)
        return
    with tarfile.open(path) as archive:
        archive.extractall(target, filter="data")
