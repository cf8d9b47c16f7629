"""A node that asks a model: one of the Hub, or one at any address."""

from __future__ import annotations

import asyncio
import urllib.parse
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from typing_extensions import Unpack

from daggr_nb import ui
from daggr_nb._model.evaluation import Revision, RunContext
from daggr_nb._model.node import Service
from daggr_nb._model.policy import Pairing, RunOptions
from daggr_nb._nodes.calls.outputs import Outputs
from daggr_nb._nodes.remote import (
    Answer,
    RemoteNode,
    address_of,
    as_text,
    checked_revision,
    paths_in,
    remember_secrets,
    revisions_skipped,
    when_moved,
    with_paths,
)
from daggr_nb._provenance.redaction import surely_secret
from daggr_nb._services import hub
from daggr_nb._services.chat import talk
from daggr_nb._services.inference import Thoughts, Where, chosen, on_the_hub
from daggr_nb._services.loop import wait_alone, wait_for
from daggr_nb._services.openai_routes import ROUTES, ask_route
from daggr_nb._services.tasks import CHAT, TALKS, TASKS, Task, assigned, check_whole, converted
from daggr_nb._text import brief
from daggr_nb.errors import GraphError, RemoteError, did_you_mean

REASONING = "reasoning"
"""The port for what a model thinks before it answers."""
_ANY_PROVIDER = frozenset({"auto", "fastest", "cheapest", "preferred"})


class InferenceNode(RemoteNode):
    """Ask a model: chat, transcribe, draw, classify, and the other tasks of the Hugging Face Hub.

    The answer of a chat streams; what the model thinks before it goes to an output ``reasoning``,
    if there is one. Pictures, sounds and videos are paths, labels ``{label: score}``. A model of
    the Hub gets the token of the Hugging Face account that is logged in here.

    Args:
        model: The id of a model, ``"owner/name"`` or ``"owner/name:provider"``, the address of an
            endpoint, or with ``base_url`` what the model is called there.
        name: What the node is called; by default as the model is.
        inputs: What feeds what the task takes, as in :class:`FnNode`, and its parameters by name:
            ``prompt``, ``system`` and ``image`` or ``messages`` for a chat, ``audio`` for a
            transcription, ``temperature``, ``seed``. What the task is about may have any name.
            Without it there is one input, ``input``.
        outputs: Ports with displays; without it there is one, ``output``.
        validate: Whether names are checked before the first call.
        preprocess: Gets and returns the dict of inputs.
        postprocess: Gets the result, and the thoughts if there is a port for them, and returns what
            counts.
        task: What the model is to do where it can do more than one thing. At a ``base_url`` it
            chats, or does ``"feature-extraction"``, ``"text-to-image"``, ``"text-to-speech"`` or
            ``"automatic-speech-recognition"``.
        provider: Who runs the model.
        base_url: The address of a server that speaks as OpenAI's does.
        api_key: Its key, if it wants one. Recorded nowhere.
        headers: Sent with each request. Recorded nowhere.
        revision: The commit that a model is pinned to.
        patience: Seconds that a busy service may let a run wait before it takes the call.
        volatile: Whether it runs every time and never re-uses a result.
        scatter: ``"zip"`` or ``"product"``: how several scattered inputs make items.
        **options: ``retries``, ``timeout``, ``concurrency_group`` and the rest, as in
            :class:`FnNode`. Many calls run at once unless they name a group.

    Raises :class:`~daggr_nb.errors.GraphError` for an id that is none. Nobody is asked before the
    node is shown or run: what is wrong with the model is on the card, and is the error of the run.

    >>> InferenceNode("owner/chat-8b", inputs={"prompt": "Hi", "temperature": 0.2})
    <InferenceNode 'chat-8b' (prompt, temperature) -> (output)>
    """

    kind = "inference"
    icon = "inference"
    at_hand = (*RemoteNode.at_hand, "model")

    def __init__(
        self,
        model: str,
        name: str | None = None,
        inputs: Mapping[str, Any] | None = None,
        outputs: Outputs = None,
        validate: bool = True,
        preprocess: Callable[[dict[str, Any]], dict[str, Any]] | None = None,
        postprocess: Callable[..., Any] | None = None,
        *,
        task: str | None = None,
        provider: str | None = None,
        base_url: str | None = None,
        api_key: str | None = None,
        headers: Mapping[str, str] | None = None,
        revision: str | None = None,
        patience: float = 60.0,
        volatile: bool = False,
        scatter: Pairing = "zip",
        **options: Unpack[RunOptions],
    ) -> None:
        self._target = _target(model, provider, base_url, api_key, headers, name)
        self._task = _checked_task(task, self._target, name)
        self._revision = checked_revision(
            revision, self._target.service, "a model", not self._target.url, name
        )
        self._commit = ""
        self._asked: tuple[str, str] | None = None
        remember_secrets(self._target.secrets)
        super().__init__(
            name,
            {"input": _first_input(self._task)} if inputs is None else inputs,
            outputs,
            preprocess,
            postprocess,
            validate=validate,
            patience=patience,
            volatile=volatile,
            options={**options, "scatter": scatter},
        )

    # -- description

    @property
    def model(self) -> str:
        """The model, as it is called where it runs."""
        return self._target.model

    @property
    def default_name(self) -> str:
        return self._target.label

    @property
    def doc(self) -> str:
        return self._asked[0] if self._asked is not None else self._task

    @property
    def service(self) -> Service:
        target = self._target
        if target.url:
            return Service(target.service, target.url.partition("://")[2], target.url)
        page, commit = f"{hub.endpoint()}/{target.model}", self._revision or self._commit
        return Service(target.service, target.model, page, commit)

    @property
    def described(self) -> Mapping[str, Any]:
        target = self._target
        described = {"model": target.model, "url": target.url, "provider": target.provider}
        return {**described, "task": self._task, "headers": sorted(target.headers)}

    @property
    def revisions(self) -> tuple[Revision, ...]:
        if self._target.url:
            return ()
        commit = self._revision or ("" if revisions_skipped() else self._commit)
        return (Revision(self._target.service, commit, when_moved()),)

    @property
    def notes(self) -> Sequence[str]:
        if self._asked is None or not self._asked[1]:
            return ()
        return (f"run by `{self._asked[1]}`",)

    # -- looking up

    async def _find(self) -> None:
        self._asked = await self._asked_for()
        if self._validate and self._preprocess is None:  # which may make other names
            names = list(self.inputs)  # what is asked for them may take a second to load
            await asyncio.to_thread(assigned, self._row, self._who_does, names, self._name)

    async def _asked_for(self) -> tuple[str, str]:
        """Return the task and the provider; asks the Hub for a model that is there."""
        target = self._target
        if target.url:
            return self._task, ""
        model = await hub.model(target.model)
        self._commit = model.commit
        self._check_revision(model.commit)
        wanted = target.provider
        if wanted and wanted not in _ANY_PROVIDER and wanted not in model.providers:
            known = did_you_mean(wanted, model.providers)
            raise GraphError(
                f"The model {target.model!r} is not run by the provider {wanted!r}.{known}",
                node=self._name,
            )
        task, provider = chosen(model, self._task, wanted)
        if task not in TASKS:
            says = f"is for {task!r}, which no node does" if task else "does not say what it is for"
            raise GraphError(
                f"The model {target.model!r} {says}. If it can do another task, say so: task=.\n"
                f"Known: {', '.join(sorted(TASKS))}.",
                node=self._name,
            )
        if not provider and not TASKS[task].chats:
            raise GraphError(
                f"Nobody runs the model {target.model!r} for {task} now. Take another one, or run "
                f"it yourself.\nSee {hub.endpoint()}/{target.model}. The address of a server of "
                "your own can stand in the place of the model.",
                node=self._name,
            )
        return task, wanted if wanted in _ANY_PROVIDER and TASKS[task].chats else provider

    def _check_revision(self, commit: str) -> None:
        wanted = self._revision
        if wanted and commit and not commit.startswith(wanted):
            raise GraphError(
                f"The model {self.model!r} is at {commit[:7]} now, and the node is pinned to "
                f"{wanted[:7]}. Take out revision=, or run that commit yourself.\n"
                "The address of a server of your own can stand in the place of the model.",
                node=self._name,
            )

    @property
    def _row(self) -> Task:
        assert self._asked is not None
        task = self._asked[0]
        return ROUTES.get(task, TASKS[task]) if self._target.serves_several else TASKS[task]

    @property
    def _who_does(self) -> str:
        """Return who takes the inputs: tasks take different ones."""
        assert self._asked is not None
        task = "chats" if self._row.chats else f"tasks of {self._asked[0]}"
        return f"In {task}, {self._target.service}"

    # -- running

    def _evaluate(self, inputs: dict[str, Any], context: RunContext) -> Answer:
        by_name = assigned(self._row, self._who_does, list(inputs), self._name, whole=False)
        values = converted(self._row, by_name, inputs)
        check_whole(self._row, self._who_does, values, self._name)
        hearing = _Hearing(context, self._streamed_ports())
        try:
            result, thoughts = self._ask(values, hearing, context)
        except RemoteError as error:
            error.node = self.name
            raise error.with_traceback(None) from None  # what the transport did helps nobody
        if REASONING in self.outputs:
            thoughts, result = hearing.told_apart(result, thoughts)
        paths = paths_in(result)
        values_seen = (
            [as_text(result), thoughts] if REASONING in self.outputs else [as_text(result)]
        )
        return Answer(values_seen, lambda values: [with_paths(value, paths) for value in values])

    def _ask(
        self, values: Mapping[str, Any], hearing: _Hearing, context: RunContext
    ) -> Sequence[Any]:
        where, stopped = self._where(), context.when_stopped
        if self._row.chats:
            said: list[Any] = wait_for(talk(where, values, hearing, self._patience), stopped)
            return said
        if self._target.serves_several:
            done = ask_route(where, self._row, values, hearing, self._patience)
            return wait_for(done, stopped), ""
        from daggr_nb._services.model_client import ask  # noqa: PLC0415 - loads huggingface_hub

        return wait_alone(ask(where, self._row, values, hearing, self._patience), stopped), ""

    def _where(self) -> Where:
        """Return where to ask, with the token as it is now."""
        target = self._target
        if target.url:
            name = target.model if target.named else ""
            url = f"{target.url}?{target.query}" if target.query else target.url
            return Where(target.service, name, url, "", target.key, False, target.headers)
        assert self._asked is not None
        task, provider = self._asked
        where = on_the_hub(target.service, target.model, task, provider, target.key, target.headers)
        if where.secret is None and not where.url:
            raise hub.no_token(target.service)
        if self._row.chats and not where.url:
            raise GraphError(
                f"The key of {self.name!r} is that of a provider, and chats go by its address: "
                "give its base_url=, and the name that the model has there.",
                node=self.name,
            )
        return where

    def _streamed_ports(self) -> tuple[str, str]:
        """Return the ports that show the answer and the thoughts as they come; empty for none."""
        if self._postprocess is not None:
            return "", ""
        ports = [port for port in self._result_ports if port != REASONING]
        return next(iter(ports), ""), REASONING if REASONING in self.outputs else ""

    def _by_position(self, values: Sequence[Any]) -> dict[str, Any]:
        if REASONING not in self._result_ports:
            return super()._by_position(values)
        ports = [port for port in self._result_ports if port != REASONING]
        by_port = dict(zip(ports, values[:1], strict=False))
        if len(ports) > 1:
            return super()._by_position(values[:1])
        return {**by_port, REASONING: values[1]}


class _Hearing:
    """Tells a run what a model says, as it comes."""

    def __init__(self, context: RunContext, ports: tuple[str, str]) -> None:
        self._context = context
        self._answer, self._reasoning = ports
        self._thoughts = Thoughts()
        self._waited = False

    def waits(self, text: str) -> None:
        if text or self._waited:
            self._waited = bool(text)
            self._context.progress(0, None, text)

    def wrote(self, text: str) -> None:
        if self._reasoning:
            thought, text = self._thoughts.split(text)
            self._tell(self._reasoning, thought)
        self._tell(self._answer, text)

    def thought(self, text: str) -> None:
        self._tell(self._reasoning, text)

    def ended(self, reason: str) -> None:
        if reason == "length":
            self._context.log("The answer ends at its limit of tokens: see max_tokens.")
        elif reason not in ("stop", "eos_token", "stop_sequence"):
            self._context.log(f"The answer ended for another reason than its end: {reason}.")

    def told_apart(self, text: Any, thoughts: str) -> tuple[str, Any]:
        """Return thoughts and answer; the first may stand within the latter."""
        if not isinstance(text, str):
            return thoughts, text
        within, answer = Thoughts().split(text, last=True)
        return thoughts + within, answer

    def _tell(self, port: str, text: str) -> None:
        if port and text:
            self._context.stream(text, port)


class _Target(NamedTuple):
    """Which model a node asks: one of the Hub by its id, or what is at ``url``.

    ``named`` says that the server has others beside it.
    """

    service: str
    label: str
    model: str
    provider: str
    url: str
    query: str
    named: bool
    key: str | None
    headers: Mapping[str, str]

    @property
    def serves_several(self) -> bool:
        """Whether it is a server of models that speaks as OpenAI's do."""
        return self.named and bool(self.url)

    @property
    def secrets(self) -> dict[str, str]:
        """What lets somebody in, by name."""
        asked = dict(urllib.parse.parse_qsl(self.query))
        keys = {name: value for name, value in asked.items() if surely_secret(name)}
        return {**self.headers, **keys, **({"api_key": self.key} if self.key else {})}

    def __repr__(self) -> str:
        return f"<{self.service}>"  # what lets somebody in is in no text


def _target(
    model: Any,
    provider: str | None,
    base_url: str | None,
    api_key: str | None,
    headers: Mapping[str, str] | None,
    node: str | None,
) -> _Target:
    extra = {str(name).lower(): str(value) for name, value in (headers or {}).items()}
    key = api_key or None
    if not isinstance(model, str) or not model.strip():
        raise GraphError(
            "InferenceNode expected the id of a model as 'owner/name', or the address of one, got "
            f"{type(model).__name__} {brief(model)}.",
            node=node,
        )
    model = model.strip()
    address = base_url if base_url is not None else model if "://" in model else None
    if address is None:
        identity, _, tag = model.partition(":")
        hub.check_id("model", identity, node)
        if tag and provider and tag != provider:
            raise GraphError(
                f"The model {model!r} names one provider, and provider={provider!r} another. Give "
                "one of them.",
                node=node,
            )
        wanted = provider or tag
        if key is not None and not key.startswith("hf_") and (wanted or "auto") in _ANY_PROVIDER:
            raise GraphError(
                "api_key= expected beside the provider that it is for, as in "
                f"model='{identity}:provider', or beside base_url=.",
                node=node,
            )
        service, label = f"the model {identity}", identity.rpartition("/")[2]
        return _Target(service, label, identity, wanted, "", "", True, key, extra)
    if provider:
        raise GraphError(
            f"provider= is for models of the Hub, and {brief(model)} is not there. Take it out.",
            node=node,
        )
    url, query, known = address_of("InferenceNode", address.strip(), node)
    named = base_url is not None
    host = url.partition("://")[2]
    service = f"the model {model} at {host}" if named else f"the model at {url}"
    label = (model if named else url).rstrip("/").rpartition("/")[2] or host
    label = label.partition(":")[0] if named else label
    shown = model if named else url
    return _Target(service, label, shown, "", url, query, named, key, {**known, **extra})


def _checked_task(task: str | None, target: _Target, node: str | None) -> str:
    """Return the task that a node is for, or nothing; raise for one that there is not there."""
    if task is not None and task not in TASKS:
        raise GraphError(
            f"task= expected a task of models, got {task!r}.{did_you_mean(str(task), TASKS)}",
            node=node,
        )
    if not target.url:
        return task or ""
    if task is None or task in TALKS:
        return CHAT
    if target.serves_several and task not in ROUTES:
        raise GraphError(
            f"base_url= is for chat models and for {', '.join(sorted(ROUTES))}, and the task is "
            f"{task!r}. Give the address of the endpoint that does it in the place of the model.",
            node=node,
        )
    return task


def _first_input(task: str) -> ui.Component:
    """Return the control of a node that names no inputs."""
    kind = TASKS[task].takes[0].kind if task else "text"
    if kind == "image":
        return ui.Image()
    return ui.Audio() if kind == "audio" else ui.Textbox()
