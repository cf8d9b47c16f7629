"""What templates say in one run: segment by segment, while what feeds them is being made.

A run calls this in its own turns: when it begins, when a node has streamed, is tried again, or is
over. Every variable of every template reads the one stream of its source from the beginning, so
none waits for another and none misses anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

from daggr_nb._engine.freshness.inputs import SheetInputs
from daggr_nb._engine.run.certainty import Certainty
from daggr_nb._engine.run.speech import Speech, Stream
from daggr_nb._engine.sheet.sheet import TrackedValue
from daggr_nb._engine.state.state import SheetState
from daggr_nb._engine.task.task import Task
from daggr_nb._ids import NodeId
from daggr_nb._model.feed import Control, Fixed, Wire
from daggr_nb._model.utterance import as_text
from daggr_nb._provenance.redaction import HIDDEN
from daggr_nb._provenance.secrecy import hidden, hidden_result, scrubbed
from daggr_nb.errors import is_interrupt
from daggr_nb.ui import Component

Ending = Literal["succeeded", "failed", "blocked", "skipped", "aborted"]
"""How the text of a template ended."""

_ENDING: Mapping[str, Ending] = {
    "node.succeeded": "succeeded",
    "node.cached": "succeeded",
    "node.recovered": "succeeded",
    "node.failed": "failed",
    "node.blocked": "blocked",
    "node.skipped": "skipped",
    "node.cancelled": "aborted",
}
_OVER_WELL = frozenset({"succeeded", "cached", "recovered"})

Stage = Callable[[str, Mapping[str, Any]], None]


class Speaking:
    """The templates of one run. All calls come in turns of the run, which gives them their order.

    ``stage`` takes an event: its type and fields.
    """

    def __init__(
        self,
        state: SheetState,
        stage: Stage,
        planned: Mapping[NodeId, Any],
        keep: Callable[[NodeId, str], None],
    ) -> None:
        self._state = state
        self._inputs: SheetInputs = state.inputs
        self._stage = stage
        self._keep = keep
        self._streams: dict[tuple[NodeId, str], Stream] = {}
        self._listeners: dict[NodeId, list[Speech]] = {}
        self._by_name: dict[NodeId, Speech] = {}
        self._fed: dict[NodeId, Mapping[str, Stream]] = {}
        depth = self._inputs.structure.depth
        speakers = [
            name
            for name in planned
            if name in self._inputs.structure.speakers
            and depth[name] == 0
            and self._inputs.speaks(name)
        ]
        for name in speakers:
            self._add(name, planned)
        self._certainty = Certainty(self._inputs, planned, speakers)

    def _add(self, name: NodeId, planned: Mapping[NodeId, Any]) -> None:
        variant = self._inputs.variant(name)
        utterance = variant.node.utterance
        assert utterance is not None
        ports = {own: port for port, own in variant.ports.items()}
        names = dict.fromkeys(s.port for s in utterance.segments if s.port is not None)
        fed = {own: self._stream_of(name, ports[own], planned) for own in names}
        self._fed[name] = {ports[own]: stream for own, stream in fed.items()}
        streams = [None if s.port is None else fed[s.port] for s in utterance.segments]
        speech = self._by_name[name] = Speech(name, utterance, streams)
        for node in dict.fromkeys(stream.node for stream in fed.values()):
            self._listeners.setdefault(node, []).append(speech)

    def _stream_of(self, name: NodeId, port: str, planned: Mapping[NodeId, Any]) -> Stream:
        """Return what feeds an input of a template as a stream; of a constant it is over."""
        feed, stream = self._inputs.structure.nodes[name].inputs[port], self._feeding(name, port)
        if isinstance(feed, Wire):
            ref = source, _ = stream.node, stream.port
            if ref not in self._streams:
                component = self._inputs.structure.nodes[source].outputs.get(stream.port)
                stream.is_hidden = hidden_result(stream.port, component, "a text")
                self._streams[ref] = stream
                if source not in planned:
                    stream.is_early = True
                    self._settle(stream)
            return self._streams[ref]
        if isinstance(feed, Control):
            self._say_given(stream, self._inputs.control(name, port).value, feed.component)
        elif isinstance(feed, Fixed):
            self._say_given(stream, feed.value)
        return stream  # what is drawn is known when it is

    def _feeding(self, name: NodeId, port: str) -> Stream:
        """Return a stream of what feeds an input: of an output, or of the input itself."""
        feed = self._inputs.structure.nodes[name].inputs[port]
        if isinstance(feed, Wire):
            return Stream(self._inputs.name_of(feed.port.node), feed.port.name)
        return Stream(name, port, is_early=True)

    # -- what the run calls

    def begin(self) -> None:
        """The run has begun: what is certain to run may speak."""
        self._activate_all(self._certainty.certain)

    def hears(self, task: Task) -> bool:
        """Whether anybody listens to what an evaluation streams."""
        return not task.scope and task.name in self._listeners

    def chunk(self, task: Task, port: str, fields: Mapping[str, Any]) -> None:
        """An evaluation has streamed; :meth:`flush` follows in the same turn."""
        stream = self._streams.get((task.name, port))
        if stream is None:
            return
        stream.exec_id, stream.attempt = task.id, task.attempt
        stream.take(fields["delta"], bool(fields.get("reset")))
        if len(stream.pieces) == 1:  # who says something has not decided against it
            self._activate_all(self._certainty.chosen(task.name, [port]))

    def flush(self, task: Task) -> None:
        """Say what an evaluation has streamed."""
        for speech in self._listeners.get(task.name, ()):
            self._advance(speech)

    def retried(self, again: Task) -> None:
        """A node is tried again: what it has said does not count."""
        for stream in self._of(again.name):
            stream.begin_anew()
            stream.exec_id, stream.attempt = again.id, again.attempt
        for speech in self._listeners.get(again.name, ()):
            self._advance(speech, "retry")

    def entered(self, name: NodeId) -> None:
        """A node is about to run, or to show what is known of it: it is not skipped."""
        speech = self._by_name.get(name)
        if speech is not None:
            self._activate(speech)

    def given(self, name: NodeId, inputs: Mapping[str, TrackedValue]) -> None:
        """A template has its inputs: drawn ones are new, and others may have changed meanwhile."""
        speech = self._by_name.get(name)
        if speech is None:
            return
        for port, stream in self._fed[name].items():
            if stream.is_early and port in inputs:
                self._say(stream, inputs[port].value)
        if speech.is_outdated:
            self._take_back(speech, "mismatch", whole=True)
        self._advance(speech)

    def over(self, name: NodeId, how: str, exec_id: str | None = None) -> None:
        """A node is over, and its terminal event told: its streams are closed.

        A template that waits with what it is fed by stands as far as it came.
        """
        if how == "waiting" and name in self._by_name:
            self._state.let_stand(name)
        if name not in self._listeners and name not in self._inputs.skippable:
            return
        for stream in self._of(name):
            stream.exec_id = exec_id or stream.exec_id
            if how in _OVER_WELL:
                self._settle(stream)
            elif how != "waiting":
                stream.reason = how
        if how in _OVER_WELL:
            outputs = self._inputs.structure.nodes[name].outputs
            ports = [port for port in outputs if not self._inputs.edge_skipped(name, port)]
            self._activate_all(self._certainty.chosen(name, ports))
        for speech in self._listeners.get(name, ()):
            self._advance(speech)

    def said_item(self, task: Task) -> None:
        """An item of a scattered template is over: its text is said whole."""
        if task.name not in self._inputs.structure.speakers or task.node.utterance is None:
            return
        common = {"node": task.name, "scope": task.scope}
        ports = {own: port for port, own in task.own_ports.items()}
        said = []
        self._stage("template.activated", common)
        for seg, segment in enumerate(task.node.utterance.segments):
            if segment.port is None:
                source, text = self._itself(task.name), segment.text
            else:
                port = ports[segment.port]
                source = self._feeding(task.name, port).source
                text = self._text_of_input(task, port)
            if text:
                said.append(text)
                kind = "text" if segment.port is None else "variable"
                about = {"seg": seg, "kind": kind, "text": text, "source": source}
                self._stage("template.delta", {**common, **about})
        done = {"status": "succeeded", "text": "".join(said)}
        self._stage("template.done", {**common, **done})

    def conclude(self, name: NodeId, kind: str) -> None:
        """Tell the end of a template, whose terminal event ``kind`` comes next.

        One that has not begun to speak never will.
        """
        speech = self._by_name.get(name)
        if speech is None or speech.over:
            return
        if speech.active:
            self._end(speech, _ENDING[kind])
        speech.over = True

    def abort(self) -> list[NodeId]:
        """The run is given up: whoever speaks stops, and what was said is kept.

        Returns the templates concerned.
        """
        speeches = [s for s in self._by_name.values() if s.active and not s.over]
        for speech in speeches:
            self._end(speech, "aborted")
        return [speech.name for speech in speeches]

    # -- inside

    @staticmethod
    def _itself(name: NodeId) -> dict[str, Any]:
        """Return a template as the source of its literal text."""
        return {"node": name, "port": None, "exec_id": None, "attempt": 1}

    def _text_of_input(self, task: Task, port: str) -> str:
        if port not in task.inputs:  # it was skipped
            return ""
        value = task.inputs[port].value
        feed = self._inputs.structure.nodes[task.name].inputs[port]
        component = feed.component if isinstance(feed, Control) else None
        return HIDDEN if hidden(port, component, value) else scrubbed(as_text(value))

    def _of(self, node: NodeId) -> Iterable[Stream]:
        outputs = self._inputs.structure.nodes[node].outputs
        streams = (self._streams.get((node, port)) for port in outputs)
        return [stream for stream in streams if stream is not None]

    def _settle(self, stream: Stream) -> None:
        """Take in what an output shows; if it shows nothing, somebody decided against it."""
        node, port = stream.node, stream.port
        if self._inputs.edge_skipped(node, port):
            stream.reason = "skipped"
            return
        record = self._state.sheet.shown.get(node)
        if record is not None:
            stream.attempt = record.attempt
        component = self._inputs.structure.nodes[node].outputs.get(port)
        try:
            value = self._inputs.value(node, port)
            stream.is_hidden = stream.is_hidden or hidden_result(port, component, value)
            self._say(stream, value)
        except BaseException as error:  # the template itself will meet it, and fail
            if is_interrupt(error):
                raise

    def _say_given(self, stream: Stream, value: Any, component: Component | None = None) -> None:
        stream.is_hidden = hidden(stream.port, component, value)
        self._say(stream, value)

    def _say(self, stream: Stream, value: Any) -> None:
        try:
            stream.text = HIDDEN if stream.is_hidden else scrubbed(as_text(value))
        except BaseException as error:  # a foreign __str__: the template itself will meet it
            if is_interrupt(error):
                raise

    def _activate_all(self, names: Iterable[NodeId]) -> None:
        for name in names:
            self._activate(self._by_name[name])

    def _activate(self, speech: Speech) -> None:
        if not speech.active and not speech.over:
            speech.active = True
            self._stage("template.activated", {"node": speech.name})
            self._advance(speech)

    def _advance(self, speech: Speech, why: str = "restart") -> None:
        """Say whatever can be said now."""
        if not speech.active or speech.over:
            return
        while not speech.is_through and self._say_segment(speech, why):
            speech.go_on()
        is_news = not speech.told
        self._show(speech)
        if is_news:  # another template may say what this one says
            for listener in self._listeners.get(speech.name, ()):
                self._advance(listener, why)

    def _say_segment(self, speech: Speech, why: str) -> bool:
        """Say what is there of the segment a template is at; says whether that is all of it."""
        if speech.segment.port is None:
            if not self._leads_on(speech):
                return False
            self._delta(speech, "text", speech.segment.text, self._itself(speech.name))
            return True
        stream = speech.stream
        if speech.epoch != stream.epoch:
            speech.epoch, speech.read = stream.epoch, 0
            if speech.said[speech.at]:
                self._take_back(speech, why)
        if stream.counts and not self._withholds(speech, stream):
            unread = stream.pieces[speech.read :]
            speech.read += len(unread)
            self._delta(speech, "variable", "".join(unread), stream.source)
        if stream.reason:
            about = {"status": "omitted", "reason": stream.reason}
            if stream.reason != "cancelled" and speech.said[speech.at]:
                self._take_back(speech, stream.reason)
        elif stream.text is not None:
            self._agree(speech, stream, stream.text)
            about = {"status": "done"}
        else:
            return False
        self._stage("template.seg_end", {"node": speech.name, "seg": speech.at, **about})
        return True

    def _leads_on(self, speech: Speech) -> bool:
        """Whether literal text may be said: leading text is held until what follows it speaks."""
        if speech.at or speech.utterance.lead == "eager" or len(speech.streams) == 1:
            return True
        following = speech.streams[1]
        assert following is not None
        speaks = following.pieces and not self._withholds(speech, following)
        return bool(speaks or following.reason or following.text is not None)

    def _withholds(self, speech: Speech, stream: Stream) -> bool:
        """Whether nothing may be said of a source before it has succeeded."""
        if stream.is_hidden:
            return True
        if speech.utterance.on_retry == "reset" or stream.text is not None:
            return False
        return self._inputs.variant(stream.node).node.policy.retries > 0

    def _agree(self, speech: Speech, stream: Stream, text: str) -> None:
        """Say what is left of a value; one that is not what was said of it takes its place."""
        said = "".join(speech.said[speech.at])
        if not text.startswith(said):
            self._take_back(speech, "mismatch")
            said = ""
        self._delta(speech, "variable", text[len(said) :], stream.source)

    def _delta(self, speech: Speech, kind: str, text: str, source: Mapping[str, Any]) -> None:
        if text:
            speech.said[speech.at].append(text)
            speech.partial.append(speech.utterance.output, text)
            speech.told = False
            fields = {"seg": speech.at, "kind": kind, "text": text, "source": source}
            self._stage("template.delta", {"node": speech.name, **fields})
            if (heard := self._streams.get((speech.name, speech.utterance.output))) is not None:
                heard.take(text, is_reset=False)

    def _take_back(self, speech: Speech, reason: str, whole: bool = False) -> None:
        offset = speech.take_back_all() if whole else speech.take_back()
        speech.told = False
        about = {"seg": speech.at, "offset": offset, "reason": reason}
        self._stage("template.reset", {"node": speech.name, **about})
        if (heard := self._streams.get((speech.name, speech.utterance.output))) is not None:
            heard.take(speech.text, is_reset=True)

    def _end(self, speech: Speech, status: Ending) -> None:
        if status == "succeeded":
            self._agree_whole(speech)
        elif status == "skipped" and speech.text:  # a source has failed, and routes the failure
            self._take_back(speech, status, whole=True)
        speech.over = True
        text = speech.text
        self._stage("template.done", {"node": speech.name, "status": status, "text": text})
        if status == "aborted" and text:
            self._keep(speech.name, text)

    def _agree_whole(self, speech: Speech) -> None:
        """Say the text as the template itself has made it, if that is another one."""
        if any(stream.is_hidden for stream in speech.streams if stream is not None):
            return
        try:
            value = self._inputs.value(speech.name, speech.utterance.output)
            text = scrubbed(as_text(value))
        except BaseException as error:  # it is lost already, which is said elsewhere
            if is_interrupt(error):
                raise
            return
        said = speech.text
        if text == said:
            return
        last = len(speech.said) - 1
        if not text.startswith(said):
            self._take_back(speech, "mismatch", whole=True)
            said = ""
        if last >= 0:
            speech.at = min(speech.at, last)
            self._delta(speech, "text", text[len(said) :], self._itself(speech.name))

    def _show(self, speech: Speech) -> None:
        if not speech.told:
            speech.told = True
            self._state.show_partial(speech.name, speech.partial)
