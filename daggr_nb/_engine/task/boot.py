"""The first lines of a process of ours; run by its path, with the kernel's import path.

The package's front door opens the whole of it, canvas and all, which takes a second. Bodies need
little, so the door stays shut until somebody asks for a name that is behind it.
"""

import importlib.machinery
import json
import sys
import types
from typing import Any

_PACKAGE = "daggr_nb"
_SMALL = ("errors", "ui")


def shut_door() -> None:
    """Have the package without what its ``__init__`` loads, until a name of that is asked for."""
    spec = importlib.machinery.PathFinder.find_spec(_PACKAGE)
    if spec is None or spec.loader is None:
        return
    package: Any = types.ModuleType(_PACKAGE)
    loader = spec.loader

    def open_door(name: str) -> Any:
        if name.startswith("_") or name in _SMALL:  # or else a module of its own
            raise AttributeError(name)
        del package.__getattr__
        loader.exec_module(package)
        return getattr(package, name)

    package.__spec__, package.__loader__ = spec, loader
    package.__path__, package.__file__ = list(spec.submodule_search_locations or ()), spec.origin
    package.__package__ = _PACKAGE
    package.__getattr__ = open_door
    sys.modules[_PACKAGE] = package


if __name__ == "__main__":
    sys.path[:] = json.loads(sys.argv.pop())
    shut_door()
    from daggr_nb._engine.task.worker import main

    main()
