"""What the code of a project imports, from its entry on through its own modules."""

from __future__ import annotations

import ast
import contextlib
import pathlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field

from daggr_nb._notebook.scripts import code_of
from daggr_nb.errors import InputError


@dataclass(frozen=True)
class Import:
    """One module that is imported by its full name; ``optional`` ones stand within a ``try``."""

    name: str
    file: str
    line: int
    optional: bool = False

    @property
    def top(self) -> str:
        """The first part of its name."""
        return self.name.partition(".")[0]


@dataclass
class Imports:
    """What is imported from outside of a project, and the files of it that do so."""

    outside: list[Import] = field(default_factory=list)
    files: list[str] = field(default_factory=list)


def imports_of(folder: pathlib.Path, entry: str) -> Imports:
    """Return what the entry imports, and what its local modules do that are reached from it.

    Modules are looked for beside the entry, as Python looks for them when it runs it.
    """
    found = Imports()
    root = (folder / entry).parent
    queue, seen = [folder / entry], set()
    while queue:
        path = queue.pop()
        if path in seen:
            continue
        seen.add(path)
        found.files.append(path.relative_to(folder).as_posix())
        for each in _imports_in(path, root, found.files[-1]):
            local = list(_local_files(root, each.name))
            queue.extend(local)
            standard = each.top in sys.stdlib_module_names
            if not local and not standard and not (root / each.top).is_dir():
                found.outside.append(each)
    return found


def local_imports(root: pathlib.Path, path: pathlib.Path) -> set[pathlib.Path]:
    """Return the files below ``root`` that one of them imports, by resolved path."""
    imported = _imports_in(path, root, path.name)
    return {file.resolve() for each in imported for file in _local_files(root, each.name)}


def _imports_in(path: pathlib.Path, root: pathlib.Path, name: str) -> Iterator[Import]:
    try:
        tree = ast.parse(code_of(path))
    except (SyntaxError, ValueError, InputError):
        return  # the file itself says so when it is run
    yield from _walk(tree, _package(path, root), name, False)


def _package(path: pathlib.Path, root: pathlib.Path) -> list[str]:
    """Return the parts of the name of the package that a file is in."""
    with contextlib.suppress(ValueError):
        return list(path.parent.relative_to(root).parts)
    return []


def _walk(node: ast.AST, package: list[str], file: str, optional: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            for alias in child.names:
                yield Import(alias.name, file, child.lineno, optional)
        elif isinstance(child, ast.ImportFrom):
            base = package[: len(package) + 1 - child.level] if child.level else []
            module = ".".join([*base, *filter(None, [child.module])])
            if module:
                yield Import(module, file, child.lineno, optional)
            if child.level or _has_submodules(module):
                for alias in child.names:
                    yield Import(f"{module}.{alias.name}".lstrip("."), file, child.lineno, True)
        elif isinstance(child, ast.If) and _only_for_types(child):
            for each in child.orelse:
                yield from _walk(each, package, file, optional)
        else:
            yield from _walk(child, package, file, optional or isinstance(child, ast.Try))


def _has_submodules(module: str) -> bool:
    """Whether ``from module import name`` may mean a module: of what is local it may."""
    return module.partition(".")[0] not in sys.stdlib_module_names


def _only_for_types(test: ast.If) -> bool:
    return "TYPE_CHECKING" in ast.unparse(test.test)


def _local_files(root: pathlib.Path, name: str) -> Iterator[pathlib.Path]:
    """Yield the files below ``root`` that importing a module runs."""
    parts = name.split(".")
    for count in range(1, len(parts) + 1):
        place = root.joinpath(*parts[:count])
        for path in (place / "__init__.py", place.with_suffix(".py")):
            if path.is_file():
                yield path
