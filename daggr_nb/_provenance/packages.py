"""What is installed, and in which version; what is not is the person's own code."""

from __future__ import annotations

import functools
import importlib.machinery
import importlib.util
import os
import pathlib
import re
import site
import sys
import sysconfig
import types
from collections.abc import Mapping
from typing import Any

from daggr_nb.errors import is_interrupt


def installed(thing: Any) -> bool:
    """Whether a module, function or class comes from an installed package or the interpreter."""
    return installed_module(module_of(thing))


def module_of(thing: Any) -> str:
    """Return the name of the module a thing was written in.

    For a function that of its globals: ``functools.wraps`` lends a wrapper another's name. Globals
    without a name are no module's: a script that ``%run`` has run, code of an ``exec``. A slot of a
    C type belongs to the type's.
    """
    try:
        return _module_of(thing)
    except BaseException as error:  # a property may be foreign code
        if is_interrupt(error):
            raise
        return _module_of(type(thing))


def _module_of(thing: Any) -> str:
    if isinstance(thing, types.ModuleType):
        return thing.__name__
    if isinstance(thing, types.FunctionType):
        return str(thing.__globals__.get("__name__") or "__main__")
    owner = getattr(thing, "__objclass__", thing)
    name = getattr(owner, "__module__", None)
    if name is None and isinstance(thing, types.BuiltinFunctionType):
        name = type(thing.__self__).__module__
    return name if isinstance(name, str) else "builtins"


def installed_module(name: str) -> bool:
    """Whether the module ``name`` is not the person's own."""
    root = name.partition(".")[0]
    if root == "__main__":
        return False
    if root == "daggr_nb" or root.startswith("_cython_"):  # types that Cython's modules share
        return True
    module = sys.modules.get(name) or sys.modules.get(root)
    file = None if module is None else _file(module)
    if root in sys.stdlib_module_names and not file:
        return True
    return _in_library(name, file)


def _file(module: types.ModuleType) -> str:
    """Return where a loaded module came from; empty if it came from no file."""
    spec = getattr(module, "__spec__", None)
    if isinstance(getattr(spec, "loader", None), importlib.machinery.ExtensionFileLoader):
        return str(getattr(spec, "origin", ""))
    path = getattr(module, "__file__", None) or next(iter(getattr(module, "__path__", ())), "")
    return str(path)


@functools.lru_cache(maxsize=4096)
def _in_library(name: str, file: str | None) -> bool:
    if file is None:
        file = _origin(name.partition(".")[0])
    return file.startswith(_library_folders()) or _in_packages(file, name.partition(".")[0])


def _origin(root: str) -> str:
    """Return where a module that is not loaded would come from; empty if nobody knows."""
    try:
        spec = importlib.util.find_spec(root)
    except (ImportError, ValueError, AttributeError):
        return ""
    if spec is None:
        return ""
    return str(spec.origin or next(iter(spec.submodule_search_locations or ()), ""))


@functools.lru_cache(maxsize=1)
def _library_folders() -> tuple[str, ...]:
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    folders = {sysconfig.get_path(name) for name in names}
    folders |= {*site.getsitepackages(), site.getusersitepackages()}
    return tuple(f"{folder}/" for folder in folders if folder)


_PACKAGES = re.compile(r".*/(?:site|dist)-packages/")


def _in_packages(file: str, root: str) -> bool:
    """Whether a file is where an installer has put packages: in whatever environment or folder.

    Environments are put on top of each other (``.pth`` files, ``PYTHONPATH``), and
    ``pip install --target`` takes any folder: it says there what it has installed.
    """
    if _PACKAGES.match(file):
        return True
    folder = next((f for f in sys.path if f and file.startswith(f"{f.rstrip('/')}/")), None)
    return folder is not None and root in _installed_in(folder)


@functools.lru_cache(maxsize=256)
def _installed_in(folder: str) -> frozenset[str]:
    """Return the top-level modules that an installer has put into a folder."""
    import importlib.metadata  # noqa: PLC0415 - slow to load, rarely needed

    try:
        if not any(name.endswith(".dist-info") for name in os.listdir(folder)):
            return frozenset()
    except OSError:
        return frozenset()
    distributions = importlib.metadata.distributions(path=[folder])
    files = (file for each in distributions for file in each.files or ())
    return frozenset(pathlib.PurePath(file).parts[0].partition(".")[0] for file in files)


def versioned_name(thing: Any) -> str:
    """Return the name of a thing of a package with the version: ``numpy.linalg.norm==2.4.6``."""
    module = module_of(thing)
    if isinstance(thing, types.ModuleType):
        label = thing.__name__
    else:
        name = getattr(thing, "__qualname__", None) or getattr(thing, "__name__", None)
        label = f"{module}.{name or type(thing).__qualname__}"
    return f"{label}=={version(module.partition('.')[0])}"


@functools.lru_cache(maxsize=1024)
def version(root: str) -> str:
    """Return the version of the package that provides the top-level module ``root``.

    Asked of the installed files, so that the answer does not depend on what is loaded.
    """
    if root in sys.stdlib_module_names or root == "__main__":
        return "python{}.{}".format(*sys.version_info)
    text = _version_of(root)
    if text is None:  # the package has another name than its module, as pillow has
        text = next(filter(None, map(_version_of, _distributions().get(root, ()))), None)
    if text is None:
        text = getattr(sys.modules.get(root), "__dict__", {}).get("__version__")
    return text if isinstance(text, str) else "unknown"


def _version_of(distribution: str) -> str | None:
    import importlib.metadata  # noqa: PLC0415 - slow to load, rarely needed

    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


@functools.lru_cache(maxsize=1)
def _distributions() -> Mapping[str, list[str]]:
    import importlib.metadata  # noqa: PLC0415 - slow to load, rarely needed

    return importlib.metadata.packages_distributions()
