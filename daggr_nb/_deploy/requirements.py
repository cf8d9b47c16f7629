"""What a project needs installed: the packages that it imports, pinned to what is here.

Only what code names, or what it has loaded by other ways, is listed; what those need in their turn
is the business of pip.
"""

from __future__ import annotations

import importlib.metadata
import pathlib
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from daggr_nb._deploy.imports import Import, Imports
from daggr_nb._deploy.wheels import canonical, folder_of, origin, write_wheel

OURS, _OUR_MODULE = "daggr-nb", "daggr_nb"
WHEELS = "wheels"
_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][\w.-]*)\s*(\[[^\]]*\])?(.*)")
_EXTRA = re.compile(r"""\bextra\s*==\s*["']([^"']+)["']""")


@dataclass
class Requirements:
    """Lines of a ``requirements.txt``, the wheels that they name, and what could not be found."""

    lines: list[str] = field(default_factory=list)
    wheels: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def requirements_of(
    imports: Imports,
    loaded: Mapping[str, str],
    given: str,
    extras: Sequence[str],
    wheels: pathlib.Path,
) -> Requirements:
    """Return what has to be installed.

    ``loaded`` are the files of the modules outside of the project that running it has loaded,
    ``given`` is the text of a ``requirements.txt``, whose lines stay as they are. ``extras`` are
    those of this package. Wheels of what no index has are written into the folder ``wheels``.
    """
    found = Requirements()
    by_module = importlib.metadata.packages_distributions()
    wanted: dict[str, importlib.metadata.Distribution] = {}
    files: dict[str, set[pathlib.Path]] = {}

    def want(distribution: importlib.metadata.Distribution, module: str) -> None:
        name = canonical(distribution.metadata["Name"])
        wanted.setdefault(name, distribution)
        place = loaded.get(module) or _file_of(module)
        if place:
            files.setdefault(name, set()).add(_top_of(module, pathlib.Path(place)))

    want(importlib.metadata.distribution(OURS), _OUR_MODULE)
    for each in imports.outside:
        distribution = _distribution(each.name, by_module, loaded)
        if distribution is not None:
            want(distribution, each.top)
        elif not each.optional:
            found.missing.append(_said(each))
    needed = set(_closure(wanted.values(), {OURS: {*extras}}))
    for module in sorted({name.partition(".")[0] for name in loaded}):
        distribution = _distribution(module, by_module, loaded)
        if distribution is not None and canonical(distribution.metadata["Name"]) not in needed:
            want(distribution, module)
    named = {canonical(name) for name in _names_in(given)}
    for name, distribution in sorted(wanted.items()):
        if name not in named:
            mine = extras if name == OURS else ()
            found.lines.append(_line(distribution, mine, files.get(name, set()), wheels, found))
    return found


def _said(each: Import) -> str:
    return f"{each.file}, line {each.line}: {each.name}"


def _file_of(module: str) -> str | None:
    spec = sys.modules.get(module)
    return getattr(spec, "__file__", None) if spec is not None else None


def _top_of(module: str, file: pathlib.Path) -> pathlib.Path:
    """Return the folder or the file of the module that a file belongs to."""
    for parent in file.parents:
        if parent.name == module:
            return parent
    return file


def _distribution(
    module: str, by_module: Mapping[str, Sequence[str]], loaded: Mapping[str, str]
) -> importlib.metadata.Distribution | None:
    """Return what a module was installed by; of a namespace that several share, the right one."""
    top = module.partition(".")[0]
    if top == _OUR_MODULE:
        return importlib.metadata.distribution(OURS)
    names = list(dict.fromkeys(by_module.get(top, ())))
    if not names:
        return _edited(loaded.get(top) or _file_of(top))
    if len(names) > 1:
        path = module.replace(".", "/")
        names = [name for name in names if _has(name, path)] or names
    return importlib.metadata.distribution(names[0])


def _has(name: str, path: str) -> bool:
    files = importlib.metadata.distribution(name).files or ()
    places = (f"{path}/", f"{path}.")
    return any(file.as_posix().startswith(places) for file in files)


def _edited(file: str | None) -> importlib.metadata.Distribution | None:
    """Return what is installed as the folder in which it is edited, and has a file there."""
    if file is None:
        return None
    for distribution in importlib.metadata.distributions():
        folder = folder_of(distribution)
        if folder is not None and pathlib.Path(file).resolve().is_relative_to(folder.resolve()):
            return distribution
    return None


def _closure(
    distributions: Iterable[importlib.metadata.Distribution], extras: Mapping[str, set[str]]
) -> Iterator[str]:
    """Yield the names of distributions, and of what they need."""
    queue = [(canonical(d.metadata["Name"]), frozenset[str]()) for d in distributions]
    queue += [(name, frozenset(of)) for name, of in extras.items()]
    seen = set()
    while queue:
        name, wanted = queue.pop()
        if (name, wanted) in seen:
            continue
        seen.add((name, wanted))
        yield name
        try:
            needs = importlib.metadata.distribution(name).requires or ()
        except importlib.metadata.PackageNotFoundError:
            continue
        for need in needs:
            match = _REQUIREMENT.match(need)
            extra = _EXTRA.search(need)
            if match and (extra is None or extra[1] in wanted):
                inner = re.findall(r"[\w.-]+", match[2] or "")
                queue.append((canonical(match[1]), frozenset(inner)))


def _names_in(text: str) -> Iterator[str]:
    """Yield the names that the lines of a ``requirements.txt`` are about."""
    for line in text.splitlines():
        plain = line.partition("#")[0].strip()
        if plain.endswith(".whl"):
            yield pathlib.PurePosixPath(plain).name.partition("-")[0]
        elif not plain.startswith("-") and (match := _REQUIREMENT.match(plain)):
            yield match[1]


def _line(
    distribution: importlib.metadata.Distribution,
    extras: Sequence[str],
    modules: set[pathlib.Path],
    wheels: pathlib.Path,
    found: Requirements,
) -> str:
    """Return the line for one distribution."""
    name = distribution.metadata["Name"]
    brackets = f"[{','.join(extras)}]" if extras else ""
    place = origin(distribution)
    if "vcs_info" in place:
        commit = place["vcs_info"]["commit_id"]
        return f"{name}{brackets} @ {place['vcs_info']['vcs']}+{place['url']}@{commit}"
    url = str(place.get("url", ""))
    if not url or url.startswith("http"):
        # The version without the part that says how it was built here (torch 2.3.0+cpu).
        return f"{name}{brackets}=={distribution.version.partition('+')[0]}"
    edited = folder_of(distribution) is not None
    wheel = write_wheel(distribution, sorted(modules) if edited else (), wheels)
    found.wheels.append(wheel.name)
    return f"./{WHEELS}/{wheel.name}{brackets}"
