"""What a card says below its outputs: what cannot be followed, once, and what to do about it.

What stands in backticks is code, what stands in two asterisks a node; the page shows them so.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator

from daggr_nb._canvas.displays.rendering import size
from daggr_nb._engine.session.sheet_session import SheetSession
from daggr_nb._engine.sheet.sheet import unchanged
from daggr_nb._ids import NodeId
from daggr_nb._model.annotations import mismatches
from daggr_nb._model.feed import Control
from daggr_nb._model.node import AskingNode, Node
from daggr_nb._provenance.artifacts.codec import holds_files
from daggr_nb._provenance.code.fingerprint import Fingerprint
from daggr_nb._provenance.digest.folders import Folder
from daggr_nb._provenance.log.records import Record
from daggr_nb._provenance.secrecy import is_hidden
from daggr_nb.errors import DaggrError


def remarks(current: SheetSession, name: NodeId) -> list[str]:
    """Return what a card says, in the order of what matters most; each once."""
    if not current.structure.nodes[name].runnable:
        return _about_copies(current, name)
    record = current.sheet.shown.get(name)
    node = current.structure.nodes[name]
    if node.selector is not None:
        node = node.by_variant[current.inputs.chosen(name)].node
    failed = record is not None and record.status == "failed"
    texts = [
        *([node.problem] if node.problem and not failed else ()),
        *node.notes,
        *(_about_record(current, name, record) if record is not None else ()),
        *_about_copies(current, name),
        *_about_data(current, name),
        *_about_code(current.freshness.code(name)),
        *_about_processes(current, name, node),
        *(m.remark for m in mismatches(current.structure.nodes, current.structure.into[name])),
    ]
    return list(dict.fromkeys(texts))


def _about_record(current: SheetSession, name: NodeId, record: Record) -> Iterator[str]:
    """Say what is to be known of what is shown."""
    if record.edited:
        yield "edited by hand"
    outputs = record.outputs.items()
    limit = current.log.asks
    for port, ref in outputs:
        if ref.digest in limit.left_out:
            where = (
                "kept in memory only" if ref.encoding == "none" else "not copied from where it is"
            )
            count = size(limit.left_out[ref.digest])
            yield (
                f"`{port}` has {count}, more than the {size(limit.size)} that are stored "
                f"unasked, and is {where}: `graph.store.keep({str(name)!r})` stores it"
            )
    in_memory = [
        port
        for port, ref in outputs
        if ref.encoding == "none" and not is_hidden(ref.digest) and ref.digest not in limit.left_out
    ]
    secrets = [port for port, ref in outputs if is_hidden(ref.digest)]
    if secrets:
        yield f"{_code(secrets)}: a secret, neither shown nor kept; the next kernel makes it anew"
    if in_memory:
        yield f"kept in memory only: {', '.join(in_memory)}; the next kernel makes it anew"
    folders = [port for port in in_memory if _is_folder(current, name, port)]
    if folders:
        yield (
            f"{_code(folders)} holds more than is compared: return `Folder(path, '*.csv')` to "
            "choose, or with `files=` and `megabytes=` to allow more"
        )
    unwatched = current.inputs.unwatched(name)
    if unwatched:
        several = "them" if len(unwatched) > 1 else "it"
        remedies = _code(f"register_digest({name}, …)" for name in unwatched.values())
        yield (
            f"Can't tell if {_code(unwatched)} changed, as several nodes get {several}: "
            f"{remedies}, or give each node its own"
        )
    asks = isinstance(current.structure.nodes[name], AskingNode)
    if asks and record.status == "succeeded" and not record.outputs:
        yield "rejected: nothing goes on from here"


def _is_folder(current: SheetSession, name: NodeId, port: str) -> bool:
    with contextlib.suppress(DaggrError):
        return isinstance(current.inputs.value(name, port), Folder)
    return False


def _about_data(current: SheetSession, name: NodeId) -> Iterator[str]:
    """Say which data runs change: the node's own, and those of nodes that nothing connects."""
    hidden_edges = current.freshness.hidden_edges(name)
    for data, writer, reader in hidden_edges:
        yield (
            f"`{data}` is changed by **{writer}** and read by **{reader}**: "
            f"make it an output of **{writer}**"
        )
    told = {data for data, _, _ in hidden_edges}  # of which there is more to say
    changing = [data for data in current.freshness.changed_by_runs(name) if data not in told]
    if changing:
        are = "are" if len(changing) > 1 else "is"
        yield (
            f"{_code(changing)} {are} changed by its own runs, which does not count: "
            f"`{_ignoring(changing)}` spares looking"
        )


def _about_processes(current: SheetSession, name: NodeId, node: Node) -> Iterator[str]:
    """Say what a process of its own cannot do for a node, if it would be missed."""
    written = current.freshness.code(name).written.values()
    if written and current.services.in_processes(node):
        yield (
            f"{_code(dict.fromkeys(written))}: what a process of its own changes there stays there"
        )


def _about_code(code: Fingerprint) -> Iterator[str]:
    """Say what of a node's code cannot be followed, or takes long to."""
    for name, port in code.reads.items():
        yield f"`{name}` is read inside: feed it as an input, `inputs={{...: {port}}}`"
    if code.opaque:
        several = len(code.opaque) > 1
        are, they = ("are", "they depend") if several else ("is", "it depends")
        their = "their definitions" if several else "its definition"
        names = [name for name in code.opaque if name.isidentifier()]
        leave = f", or leave {'them' if several else 'it'} out with `{_ignoring(names)}`"
        yield (
            f"{_code(code.opaque)} {are} watched by {their} only: name what {they} on with "
            f"`depends=[...]`{leave if names else ''}"
        )
    if code.large:
        several = len(code.large) > 1
        yield (
            f"{_code(code.large)} {'hold' if several else 'holds'} more than 16 MB, looked through "
            f"before every run: pass {'them as inputs' if several else 'it as an input'}"
        )
    yield from code.beyond


def _about_copies(current: SheetSession, name: NodeId) -> list[str]:
    """Say which files are copies from the store, as the originals are not what they were."""
    log, node = current.log, current.structure.nodes[name]
    refs = []
    for port, feed in node.inputs.items():
        tracked = current.inputs.control(name, port) if isinstance(feed, Control) else None
        if tracked is not None and holds_files(tracked.ref):
            refs.append(tracked.ref)
            if not unchanged(tracked):
                with contextlib.suppress(DaggrError):
                    log.value(tracked.ref)
    record = current.sheet.shown.get(name)
    if record is not None:
        for port, ref in record.outputs.items():
            if holds_files(ref):
                with contextlib.suppress(DaggrError):  # which its preview tells
                    current.sheet.glance(log, record, port)
                    refs.append(ref)
    words = dict.fromkeys(word for ref in refs for word in log.copies.get(ref.digest, ()))
    return [f"{word}: a copy from the store is used" for word in words]


def _code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in dict.fromkeys(names))


def _ignoring(names: Iterable[str]) -> str:
    return f"ignore={list(dict.fromkeys(names))}"
