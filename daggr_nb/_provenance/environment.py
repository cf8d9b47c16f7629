"""Which interpreter and which packages a run happened with."""

from __future__ import annotations

import functools
import json
import platform
import sys

from daggr_nb._ids import Digest
from daggr_nb._provenance.digest.content import digest


def package_versions() -> dict[str, str]:
    """Return the versions of the interpreter and of the loaded packages that say theirs."""
    versions = {"python": platform.python_version()}
    for name, module in list(sys.modules.items()):
        version = getattr(module, "__dict__", {}).get("__version__") if "." not in name else None
        if isinstance(version, str) and not name.startswith("_"):
            versions[name] = version
    return dict(sorted(versions.items()))


@functools.lru_cache(maxsize=8)
def _environment(module_count: int) -> tuple[Digest, bytes]:
    versions = package_versions()
    return digest(versions), json.dumps(versions).encode()


def environment() -> tuple[Digest, bytes]:
    """Return :func:`package_versions` as digest and JSON; memoized until a module is loaded."""
    return _environment(len(sys.modules))
