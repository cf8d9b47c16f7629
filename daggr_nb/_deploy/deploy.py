"""Putting a project on a Space: looked at, checked, listed, sent, and waited for."""

from __future__ import annotations

import contextlib
import os
import pathlib
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from daggr_nb._deploy.checks import Report, check
from daggr_nb._deploy.project import Project, find_project
from daggr_nb._deploy.requirements import WHEELS
from daggr_nb._deploy.space_files import (
    DOCKERFILE,
    PACKAGES,
    README,
    REQUIREMENTS,
    dockerfile,
    readme,
    requirements_text,
    serve_command,
)
from daggr_nb.errors import GraphError, InputError, RunError

if TYPE_CHECKING:
    from daggr_nb._services.spaces import Account, Stage

_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,95}")
_LISTED = 40  # files that are listed one by one
_LAST_LINES = 30
_POLL_SECONDS = 2.0
_LONGEST_BUILD = 30 * 60.0


@dataclass(frozen=True)
class Order:
    """What is to be put where. ``requirements`` is a file of lines that are taken as they are."""

    file: pathlib.Path
    graph: str | None = None
    name: str | None = None
    title: str | None = None
    owner: str | None = None
    private: bool = False
    hardware: str | None = None
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    variables: Mapping[str, str] = field(default_factory=dict)
    requirements: pathlib.Path | None = None
    folder: pathlib.Path | None = None
    include: Sequence[str] = ()
    exclude: Sequence[str] = ()
    options: Sequence[str] = ()
    """Further words for ``daggr-nb serve`` on the Space."""
    extras: Sequence[str] = ("serve",)
    """Those of this package that its server needs."""
    dry_run: bool = False
    update: bool = False
    wait: bool = True


def deploy(order: Order, say: Callable[[str], None]) -> str:
    """Put a project on a Space and wait until it runs; return its address.

    With ``dry_run`` only say what would go, which takes neither an account nor a network. Raises
    :class:`~daggr_nb.errors.DaggrError` for what cannot go, and for a Space that does not start.
    """
    project = find_project(order.file, order.folder, order.include, order.exclude)
    with tempfile.TemporaryDirectory(prefix="daggr-nb-deploy-") as name:
        tree = pathlib.Path(name, "tree")
        _copy(project, tree)
        given = _given(order, project)
        report = _checked(order, project, tree, given)
        _add_files(order, project, tree, given, report)
        space = order.name or space_name(report.name)
        if not _NAME.fullmatch(space):
            raise InputError(
                f"A Space's name was expected of letters, digits, -, _ and ., got {space!r}. Say "
                "one with --name."
            )
        files = {path.relative_to(tree).as_posix(): path for path in _files_in(tree)}
        for line in _listing(order, project, report, files, space):
            say(line)
        if order.dry_run:
            say("Nothing was sent (--dry-run).")
            return ""
        return _sent(order, space, files, say)


def space_name(graph: str) -> str:
    """Return a name for a Space of a graph.

    >>> space_name("Letters, warm & dry")
    'letters-warm-dry'
    """
    return re.sub(r"[^a-z0-9]+", "-", graph.lower()).strip("-")[:80] or "daggr-graph"


def _copy(project: Project, tree: pathlib.Path) -> None:
    for name in project.files:
        place = tree / name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(project.path(name), place)


def _files_in(tree: pathlib.Path) -> Iterator[pathlib.Path]:
    """Yield the files of a tree but for what running it has left there."""
    for path in sorted(tree.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path


def _given(order: Order, project: Project) -> str:
    """Return the lines that the project says it needs."""
    if order.requirements is not None:
        if not order.requirements.is_file():
            raise InputError(
                f"A requirements file was expected, and there is none: {order.requirements}."
            )
        return order.requirements.read_text("utf-8")
    return project.read(REQUIREMENTS) if REQUIREMENTS in project.files else ""


def _checked(order: Order, project: Project, tree: pathlib.Path, given: str) -> Report:
    """Run the copied tree by itself, in a copy of its own: it may write what it likes."""
    with tempfile.TemporaryDirectory(prefix="daggr-nb-deploy-") as name:
        scratch = pathlib.Path(name, "app")
        shutil.copytree(tree, scratch)
        wheels = tree / WHEELS
        had_wheels = wheels.is_dir()
        wheels.mkdir(exist_ok=True)
        report = check(
            scratch, project.entry, order.graph, given, order.extras, wheels, order.secrets
        )
    if not report.wheels and not had_wheels:
        shutil.rmtree(wheels)
    if report.missing:
        listed = "\n  ".join(report.missing)
        raise GraphError(
            "Modules are imported that are neither installed here nor in the project:\n  "
            f"{listed}\nInstall them, or put the import into a try if it is not needed."
        )
    return report


def _add_files(
    order: Order, project: Project, tree: pathlib.Path, given: str, report: Report
) -> None:
    """Write what makes the tree a Space; a Dockerfile that the project has stays its own."""
    text = requirements_text(given, report.lines)
    (tree / REQUIREMENTS).write_text(text, "utf-8")
    former = project.read(README) if README in project.files else None
    (tree / README).write_text(readme(order.title or report.name, former), "utf-8")
    if DOCKERFILE not in project.files:
        command = serve_command(project.entry, order.graph, order.options)
        has_packages = PACKAGES in project.files
        made = dockerfile(command, has_packages, (tree / WHEELS).is_dir())
        (tree / DOCKERFILE).write_text(made, "utf-8")


def _listing(
    order: Order,
    project: Project,
    report: Report,
    files: Mapping[str, pathlib.Path],
    space: str,
) -> Iterator[str]:
    """Yield what would go, line by line."""
    where = f"{order.owner}/{space}" if order.owner else space
    yield f"{report.name} goes to the Space {where}{' (private)' * order.private}."
    size = sum(path.stat().st_size for path in files.values())
    yield f"{len(files):,} files, {size:,} bytes, of {project.folder}:"
    names = list(files)
    for name in names[:_LISTED]:
        made = "" if name in project.files else "  (made)"
        yield f"  {name}{made}"
    if len(names) > _LISTED:
        yield f"  … and {len(names) - _LISTED:,} more"
    if project.left_out:
        shown = ", ".join(project.left_out[:12]) + ", …" * (len(project.left_out) > 12)
        yield f"Left out: {shown}"
    yield "Installed there:"
    for line in files[REQUIREMENTS].read_text("utf-8").splitlines():
        yield f"  {line}"
    for kind, values in (("Secrets", order.secrets), ("Variables", order.variables)):
        if values:
            yield f"{kind}: {', '.join(values)}"


def _sent(
    order: Order,
    space: str,
    files: Mapping[str, pathlib.Path],
    say: Callable[[str], None],
) -> str:
    """Send a tree and wait for it; return the address of the Space."""
    from daggr_nb._services.spaces import Account, Wanted, page_of  # noqa: PLC0415 - heavy

    account = Account()
    identity = f"{order.owner or account.name}/{space}"
    wanted = Wanted(order.private, order.hardware, order.secrets, order.variables)
    there = account.has(identity)
    if there and not order.update:
        raise InputError(
            f"There is a Space {identity} already. Say --update to put this in its place, or "
            "another --name."
        )
    if there:
        account.change(identity, wanted)
    else:
        account.create(identity, wanted)
    commit = account.fill(identity, files, f"Deploy {order.file.name}")
    address = page_of(identity)
    say(f"Sent to {address}")
    if order.wait:
        _wait(account, identity, commit, say)
        say(f"It runs: {address}")
    return address


def _wait(account: Account, space: str, commit: str, say: Callable[[str], None]) -> None:
    """Wait until a Space runs; raise with the end of its log if it does not."""
    due = time.monotonic() + _LONGEST_BUILD
    last = ""
    while time.monotonic() < due:
        stage = account.stage(space)
        if stage.name != last:
            say(f"  {stage.name.replace('_', ' ').lower()}")
            last = stage.name
        if _is_of(stage, commit):
            if stage.name == "RUNNING":
                return
            _check_stage(account, space, stage.name)
        time.sleep(_POLL_SECONDS)
    raise RunError(f"The Space {space} did not start within {_LONGEST_BUILD / 60:g} minutes.")


def _is_of(stage: Stage, commit: str) -> bool:
    """Whether a stage is that of what was sent, and not of what was there before."""
    return stage.commit in ("", commit)


def _check_stage(account: Account, space: str, stage: str) -> None:
    from daggr_nb._services.spaces import FAILED, page_of  # noqa: PLC0415 - heavy

    if stage in ("PAUSED", "STOPPED", "DELETING", "SLEEPING"):
        raise RunError(f"The Space {space} is {stage.lower()}. Start it at {page_of(space)}.")
    if stage not in FAILED:
        return
    lines = account.log(space, build=stage == "BUILD_ERROR")[-_LAST_LINES:]
    told = "\n".join(f"  {line}" for line in lines)
    raise RunError(
        f"The Space {space} does not start ({stage.replace('_', ' ').lower()})."
        + (f" The end of its log:\n{told}" if told else "")
        + f"\nSee {page_of(space)}?logs=container, and deploy again with --update."
    )


def secret_values(
    words: Sequence[str], ask: Callable[[str], str], environment: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """Return secrets by name: given as ``NAME=VALUE``, of the environment, or asked for."""
    values = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not name.isidentifier():
            raise InputError(f"A secret was expected as NAME or NAME=VALUE, got {name!r}.")
        if not equals:
            value = environment.get(name, "")
            if not value:
                with contextlib.suppress(EOFError):
                    value = ask(f"{name}: ")
        if not value:
            raise InputError(f"The secret {name} was expected to have a value, and has none.")
        values[name] = value
    return values
