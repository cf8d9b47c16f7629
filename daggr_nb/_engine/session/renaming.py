"""What nodes are called now, and were before; and whether one is what was called otherwise.

A function that is renamed in its cell makes a node of another name, and its history would be left
behind. Whether it is the same node, nobody can know but who wrote it: it is asked once.
"""

from __future__ import annotations

import ast
import collections
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from daggr_nb._engine.state.state import SheetState
from daggr_nb._ids import NodeId
from daggr_nb._model.structure import Structure
from daggr_nb._provenance.code.dependency import Dependency
from daggr_nb._provenance.log import renames
from daggr_nb._provenance.log.log import Log
from daggr_nb._provenance.log.renames import Renames
from daggr_nb.errors import DaggrError

_MOST_NEW = 50  # nodes at once, of which nobody has renamed one

Dependencies = Mapping[str, Dependency]
Codes = Mapping[NodeId, Dependencies]


@dataclass(frozen=True)
class RenameQuestion:
    """Whether ``node`` is what was called ``former``, of which so many ``runs`` are on record."""

    node: NodeId
    former: NodeId
    runs: int

    @property
    def text(self) -> str:
        """The question, as a person is asked it."""
        runs = "run" if self.runs == 1 else f"{self.runs} runs"
        return f"Is {self.node} what was {self.former}, with its {runs}?"

    @property
    def key(self) -> str:
        """What tells the question from any other."""
        return f"renamed {len(self.former)} {self.former} {self.node}"


class Renaming:
    """The names on record of one session's nodes, and what is to be asked about them."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self.names: Renames = renames.read(log)
        self.questions: dict[NodeId, RenameQuestion] = {}
        """What nobody has answered yet, by the node that is new."""
        self._asked: set[RenameQuestion] = set()

    def unasked(self) -> list[RenameQuestion]:
        """Return, once each, what is to be asked in the cell that led to it."""
        unasked = [each for each in self.questions.values() if each not in self._asked]
        self._asked.update(unasked)
        return unasked

    def read_again(self) -> Renames:
        """Return what is on record of names now: another kernel may have renamed nodes."""
        self.take(renames.read(self._log))
        return self.names

    def take(self, names: Renames) -> None:
        """Take names that are on record, and ask no more what they answer."""
        self.names = names
        answered = {*names.apart, *names.aliases, *names.taken}
        self.questions = {
            name: question
            for name, question in self.questions.items()
            if (question.former, name) not in answered
        }

    def note(self, names: Renames) -> None:
        """Keep what is known of names now."""
        if names != self.names:
            renames.write(self._log, names)
        self.take(names)

    def attached(self, state: SheetState, before: Structure, codes: Codes) -> None:
        """Find out which nodes of a graph may have been called otherwise ``before``.

        ``codes`` are those of the nodes that are gone. Where several nodes are equally likely,
        nobody is asked about any.
        """
        nodes = state.structure.nodes
        self.note(self.names.without(nodes))
        self.questions = {
            name: question
            for name, question in self.questions.items()
            if name in nodes and question.former not in nodes
        }
        added = [
            name
            for name, node in nodes.items()
            if node.runnable and name not in before.nodes and not self._total(name)
        ]
        if not added or len(added) > _MOST_NEW:
            return
        gone = [NodeId(n) for n in renames.names_on_record(self._log) if n not in nodes]
        pairs = {
            (former, name): likeness
            for name in added
            for former in gone
            if (former, name) not in self.names.apart
            and (likeness := self._likeness(state, name, former, before, codes, added))
        }
        for former, name in _certain(pairs):
            self.questions[name] = RenameQuestion(name, former, self._total(former))

    def _total(self, name: NodeId) -> int:
        try:
            return self._log.total(name)
        except DaggrError:  # there is something, which cannot be read
            return 1

    def _likeness(
        self,
        state: SheetState,
        name: NodeId,
        former: NodeId,
        before: Structure,
        codes: Codes,
        added: Iterable[NodeId],
    ) -> int:
        """Return how much speaks for one node: 2 for its code, 1 for its place, 0 for nothing."""
        code = state.freshness.code(name).dependencies
        if _is_same_code(codes.get(former) or self._recorded(former), code):
            return 2
        if former not in before.nodes:
            return 0
        gone = before.nodes.keys() - state.structure.nodes.keys()
        return int(_place(before, former, gone) == _place(state.structure, name, {*added}))

    def _recorded(self, name: NodeId) -> Dependencies:
        try:
            for identity in self._log.history(name, 1):
                return self._log.code(self._log.record(identity).code)
        except DaggrError:
            pass
        return {}


def _certain(pairs: Mapping[tuple[NodeId, NodeId], int]) -> Iterable[tuple[NodeId, NodeId]]:
    """Yield the pairs of which each is the likeliest for the other, and no other is as likely."""
    best: dict[tuple[int, NodeId], int] = {}
    for pair, likeness in pairs.items():
        for end in enumerate(pair):
            best[end] = max(best.get(end, 0), likeness)
    counts = collections.Counter(
        end for pair, likeness in pairs.items() for end in enumerate(pair) if likeness == best[end]
    )
    for pair, likeness in pairs.items():
        if all(likeness == best[end] and counts[end] == 1 for end in enumerate(pair)):
            yield pair


def _is_same_code(former: Dependencies, latter: Dependencies) -> bool:
    """Whether two functions differ in nothing but what they are called."""
    if not former or former.keys() != latter.keys() or "fn" not in former:
        return False
    if any(former[p].digest != latter[p].digest for p in former if p != "fn"):
        return False
    one, other = former["fn"], latter["fn"]
    return one.digest == other.digest or _nameless(one) == _nameless(other) != ""


def _nameless(function: Dependency) -> str:
    """Return the code of a function without its name; empty where there is none."""
    try:
        statement = ast.parse(textwrap.dedent(function.source)).body[0]
    except (SyntaxError, IndexError, ValueError, RecursionError):
        return ""
    if not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return ""
    for each in ast.walk(statement):
        if isinstance(each, ast.Name) and each.id == statement.name:  # it calls itself
            each.id = ""
    statement.name, statement.decorator_list = "", []
    return ast.dump(statement)


def _place(structure: Structure, name: NodeId, moving: Iterable[NodeId]) -> object:
    """Return what a node hangs on, and what on it; those that are ``moving`` are any."""
    others = {*moving}

    def plain(node: NodeId) -> str:
        return "" if node in others else str(node)

    into = {
        (plain(e.source), e.source_port, e.target_port, e.scatter, e.gather)
        for e in structure.into[name]
    }
    out = {(e.source_port, plain(e.target), e.target_port) for e in structure.out_of[name]}
    node = structure.nodes[name]
    return node.kind, into, out, set(node.inputs), set(node.outputs)
