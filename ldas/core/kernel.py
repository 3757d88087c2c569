"""The one policy for compiled code.

Every compiled function is made with `kernel`, or with `loop_kernel` or `parallel_kernel` for
the outer loop. Compiled code is cached on disk in a folder named by a hash of all
sources and of the compiler's version: numba itself notices a change in the file of a
function but not in the files of the functions it calls (numba issue 1833), and would
go on with the old result. Within it a kernel is found by its place in the package, so that
the same sources installed elsewhere are not compiled again.

No `fastmath`, not even contraction of products and sums: LLVM contracts or not as the
code around suggests, so that a function compiled in this process and the same function
loaded from the cache would differ in the last bit, as would two kinds of processor.
"""

import hashlib
import importlib.metadata
import os
import platform
from collections.abc import Callable
from pathlib import Path

import llvmlite.binding
import numba
from numba import prange, types  # noqa: F401  (prange: re-exported with the policy it belongs to)
from numba.core.caching import CacheImpl, UserProvidedCacheLocator
from numba.extending import intrinsic, overload

ROOT = Path(__file__).resolve().parents[2]
# parts whose kernels call each other across files
COMPILED = ("ldas/core", "ldas/land_models", "ldas/assimilation", "retrieval")


def source_hash() -> str:
    """Hash of every source that ends up in kernels and of what compiles it (16 hex digits)."""
    digest = hashlib.sha256()
    for name in ("numba", "llvmlite", "numpy"):
        digest.update(f"{name} {importlib.metadata.version(name)}\n".encode())
    digest.update(platform.python_version().encode())
    sources = (path for part in COMPILED for path in (ROOT / part).rglob("*.py"))
    for path in sorted(sources):
        digest.update(str(path.relative_to(ROOT)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def cache_root() -> Path:
    """Where is kept what can be made again: $LDAS_CACHE_DIR or the user's cache folder."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("LDAS_CACHE_DIR") or Path(home) / "ldas")


def cache_folder() -> Path:
    """Where compiled kernels are kept."""
    return cache_root() / source_hash()


class InPackage(UserProvidedCacheLocator):
    """Where the compiled functions of a file of this package are, wherever it is installed."""

    @classmethod
    def get_suitable_cache_subpath(cls, py_file: str) -> str:
        """The file's folder within the package."""
        return str(Path(py_file).resolve().relative_to(ROOT).parent)

    @classmethod
    def from_function(cls, py_func: Callable, py_file: str) -> "InPackage | None":
        """The locator of a function of this package; None for others."""
        inside = Path(py_file).resolve().is_relative_to(ROOT)
        return super().from_function(py_func, py_file) if inside else None


# Loops over layers touch more arrays than LLVM by default checks for overlap.
llvmlite.binding.set_option("ldas", "--runtime-memory-check-threshold=64")
# Loops over the 12 layers of snow are as worth to be vectorised as longer ones, and are not once
# they are unrolled.
llvmlite.binding.set_option("ldas", "--vectorizer-min-trip-count=4")
llvmlite.binding.set_option("ldas", "--unroll-full-max-count=8")
numba.config.CACHE_DIR = str(cache_folder())
numba.config.CACHE_LOCATOR_CLASSES = ",".join(
    [f"{__name__}.InPackage", *(found.__name__ for found in CacheImpl._locator_classes)]
)


def kernel(function: Callable) -> Callable:
    """Compile a function of scalars and small arrays; division follows IEEE 754."""
    return numba.njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)(function)


def fma(x: float, y: float, z: float) -> float:
    """x y + z rounded once when compiled, on any processor (twice in the interpreter)."""
    return x * y + z


@intrinsic
def _fused(typing, x, y, z):  # noqa: ANN001, ANN202  (numba's calling convention)
    def code(context, builder, signature, values):  # noqa: ANN001, ANN202
        return builder.fma(*values)

    return types.float64(types.float64, types.float64, types.float64), code


@overload(fma, inline="never")
def _fma_compiled(x, y, z):  # noqa: ANN001, ANN202
    return lambda x, y, z: _fused(x, y, z)


def loop_kernel(function: Callable) -> Callable:
    """Compile a loop over columns that Python threads can share: it lets the others run."""
    return numba.njit(cache=True, error_model="numpy", _nrt=False, nogil=True)(function)


def parallel_kernel(function: Callable) -> Callable:
    """Compile a function whose `prange` loop is shared among threads."""
    return numba.njit(cache=True, error_model="numpy", parallel=True, nogil=True)(function)
