"""The tasks of models: a row for each says whom to ask, with what, and what comes of the answer.

A row names a method of huggingface_hub's client, what it takes beside parameters, and what nodes
hand on of its result: text, ``{label: score}``, files, arrays, plain data.
"""

from __future__ import annotations

import base64
import difflib
import inspect
import io
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from daggr_nb._provenance.values.files import FileDraft
from daggr_nb._services.wire import file_of, suffix_of, table_to_wire
from daggr_nb._text import brief
from daggr_nb.errors import InputError, InvalidInputError, did_you_mean
from daggr_nb.ui import media_type

Kind = Literal["text", "texts", "labels", "image", "audio", "table", "messages"]


@dataclass(frozen=True)
class Argument:
    """What a task takes. ``also`` are other names that people know it by."""

    name: str
    kind: Kind = "text"
    also: tuple[str, ...] = ()
    required: bool = True


@dataclass(frozen=True)
class Task:
    """How a task is done. The first of ``takes`` is what it is about.

    ``result`` makes of what the client returns what nodes hand on. ``pipeline`` says that a model
    may do more than this one, so that the address has to name it. ``options`` are the parameters of
    a task that is not done by the client, each with its type as text.
    """

    method: str
    takes: tuple[Argument, ...]
    result: Callable[[Any], Any]
    pipeline: bool = False
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def chats(self) -> bool:
        """Whether it is done by a conversation, whose answer comes word by word."""
        return self.method == "chat_completion"


# ---------------------------------------------------------------- results


class NoMedium(ValueError):
    """What should be a picture, a sound or a video is none."""


def kept(data: bytes, medium: str, suffix: str = "") -> Any:
    """Return bytes as a file of a medium, at the place that their content has."""
    known = suffix or suffix_of(data)
    kind = media_type(f"it.{known}") if known else ""
    alike = not kind or kind.startswith((medium, "application/octet")) or kind in _EITHER
    if not data or not alike or (not known and is_text(data)):
        raise NoMedium(medium)
    draft = FileDraft(f"{medium}.{known or _USUAL[medium]}")
    try:
        draft.write(data)
        return draft.keep()
    finally:
        draft.drop()


_USUAL = {"image": "png", "audio": "wav", "video": "mp4"}
_EITHER = frozenset({"video/webm", "video/mp4", "video/ogg"})  # may hold nothing but sound


def is_text(data: bytes) -> bool:
    """Whether bytes are text as far as their beginning tells."""
    text = data[:512].decode("utf-8", "replace")
    return "\ufffd" not in text[:-1] and text[:-1].translate(_BLANKS).isprintable()


_BLANKS = str.maketrans("\n\r\t", "   ")


def _field(name: str) -> Callable[[Any], Any]:
    """Return what takes a text out of an answer."""

    def take(answer: Any) -> str:
        value = answer[name]
        if not isinstance(value, str):
            raise KeyError(name)
        return value

    return take


def _scores(answer: Any) -> dict[str, float]:
    items = [answer] if isinstance(answer, Mapping) else answer
    return {str(item["label"]): float(item["score"]) for item in items}


def _answer(answer: Any) -> Any:
    """Return the answer to a question; several with their scores where they were asked for."""
    return _plain(answer) if isinstance(answer, list) else _field("answer")(answer)


def _text(answer: Any) -> str:
    if not isinstance(answer, str):
        raise TypeError(f"expected text, got {type(answer).__name__}")
    return answer


def _picture(answer: Any) -> Any:
    """Return a picture as the file that came, not as one written anew."""
    source = getattr(answer, "fp", None)
    if isinstance(source, io.BytesIO):
        return kept(source.getvalue(), "image", str(answer.format or "").lower())
    out = io.BytesIO()
    answer.save(out, format="PNG")
    return kept(out.getvalue(), "image")


def _masks(answer: Any) -> list[dict[str, Any]]:
    return [{**_plain(part), "mask": _picture(part["mask"])} for part in answer]


def _sounds(answer: Any) -> Any:
    """Return the sound; of several that were told apart ``{label: sound}``."""
    sounds = {str(part["label"]): kept(part["blob"], "audio") for part in answer}
    return next(iter(sounds.values())) if len(answer) == 1 else sounds


def _sound(answer: Any) -> Any:
    return kept(bytes(answer), "audio")


def _video(answer: Any) -> Any:
    return kept(bytes(answer), "video")


def _array(answer: Any) -> Any:
    if answer.dtype.kind not in "fiu" or answer.ndim == 0:
        raise TypeError("expected numbers")
    return answer


def _numbers(answer: Any) -> list[float]:
    return [float(number) for number in answer]


def _plain(value: Any) -> Any:
    """Return data without the client's classes, and without what the answer does not have."""
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items() if v is not None and k != "mask"}
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    return value


def _rows(answer: Any) -> list[dict[str, Any]]:
    rows = _plain(answer)
    if not isinstance(rows, list) or not all(isinstance(row, dict) and row for row in rows):
        raise TypeError("expected a list of objects")
    return rows


def _row(answer: Any) -> dict[str, Any]:
    return _rows([answer])[0]


# ---------------------------------------------------------------- the table

_TEXT = Argument("text")
_IMAGE = Argument("image", "image")
_AUDIO = Argument("audio", "audio")
_PROMPT = Argument("prompt")
_QUESTION = Argument("question", also=("prompt", "query"))
_LABELS = Argument("candidate_labels", "labels", also=("labels",))
_MORE_PROMPT = Argument("prompt", required=False)
_CHAT = Task(
    "chat_completion",
    (
        Argument("prompt", also=("input", "text", "message", "question"), required=False),
        Argument("messages", "messages", also=("history",), required=False),
        Argument("system", also=("system_prompt",), required=False),
        Argument("image", "image", also=("images",), required=False),
    ),
    _text,
    options={
        "temperature": "float",
        "top_p": "float",
        "max_tokens": "int",
        "max_completion_tokens": "int",
        "seed": "int",
        "stop": "list[str]",
        "frequency_penalty": "float",
        "presence_penalty": "float",
        "logit_bias": "dict",
        "response_format": "dict",
        "reasoning_effort": "str",
        "extra_body": "dict",
    },
)
_GENERATION = Task("text_generation", (_PROMPT,), _text)
_SPEECH = Task("text_to_speech", (_TEXT,), _sound)

CHAT = "conversational"
"""The task of those that people talk to."""
TASKS: Mapping[str, Task] = {
    CHAT: _CHAT,
    "image-text-to-text": _CHAT,
    "text-generation": _GENERATION,
    "text2text-generation": _GENERATION,
    "text-to-image": Task("text_to_image", (_PROMPT,), _picture),
    "image-to-image": Task("image_to_image", (_IMAGE, _MORE_PROMPT), _picture),
    "image-to-text": Task("image_to_text", (_IMAGE,), _field("generated_text")),
    "image-to-video": Task("image_to_video", (_IMAGE, _MORE_PROMPT), _video),
    "text-to-video": Task("text_to_video", (_PROMPT,), _video),
    "text-to-speech": _SPEECH,
    "text-to-audio": _SPEECH,
    "automatic-speech-recognition": Task("automatic_speech_recognition", (_AUDIO,), _field("text")),
    "audio-to-audio": Task("audio_to_audio", (_AUDIO,), _sounds),
    "audio-classification": Task("audio_classification", (_AUDIO,), _scores),
    "image-classification": Task("image_classification", (_IMAGE,), _scores),
    "object-detection": Task("object_detection", (_IMAGE,), _rows),
    "image-segmentation": Task("image_segmentation", (_IMAGE,), _masks),
    "translation": Task("translation", (_TEXT,), _field("translation_text")),
    "summarization": Task("summarization", (_TEXT,), _field("summary_text")),
    "feature-extraction": Task(
        "feature_extraction", (Argument("text", "texts"),), _array, pipeline=True
    ),
    "fill-mask": Task("fill_mask", (_TEXT,), _rows),
    "question-answering": Task("question_answering", (_QUESTION, Argument("context")), _answer),
    "table-question-answering": Task(
        "table_question_answering",
        (Argument("table", "table"), Argument("query", also=("question", "prompt"))),
        _row,
    ),
    "sentence-similarity": Task(
        "sentence_similarity",
        (
            Argument("sentence", also=("source_sentence",)),
            Argument("other_sentences", "texts", also=("sentences",)),
        ),
        _numbers,
        pipeline=True,
    ),
    "zero-shot-classification": Task("zero_shot_classification", (_TEXT, _LABELS), _scores),
    "zero-shot-image-classification": Task(
        "zero_shot_image_classification", (_IMAGE, _LABELS), _scores
    ),
    "document-question-answering": Task("document_question_answering", (_IMAGE, _QUESTION), _rows),
    "visual-question-answering": Task("visual_question_answering", (_IMAGE, _QUESTION), _rows),
    "text-classification": Task("text_classification", (_TEXT,), _scores),
    "token-classification": Task("token_classification", (_TEXT,), _rows),
}
TALKS = frozenset({"text-generation", "image-text-to-text", CHAT})
"""Tasks of models that people talk to: by conversation, unless somebody knows better."""

# Parameters of the client that say how it answers rather than what: here the node says so.
_NOT_OURS = frozenset(
    {
        *("self", "model", "stream", "stream_options", "details", "decoder_input_details", "n"),
        "encoding_format",
    }
)
_INPUT = ("input", "inputs")


def parameters(task: Task) -> dict[str, str]:
    """Return the parameters of a task by name, each with its type as text.

    Takes a second when it first asks the client, which is loaded then.
    """
    if task.options:
        return dict(task.options)
    import huggingface_hub  # noqa: PLC0415 - takes long to load

    method = getattr(huggingface_hub.AsyncInferenceClient, task.method)
    taken = {argument.name for argument in task.takes}
    found = {}
    for name, parameter in inspect.signature(method).parameters.items():
        if parameter.kind is parameter.VAR_KEYWORD:
            found["extra_body"] = "dict"
        elif name not in taken and name not in _NOT_OURS:
            found[name] = str(parameter.annotation)
    return found


def assigned(
    task: Task, who: str, names: Collection[str], node: str | None, whole: bool = True
) -> dict[str, str]:
    """Return which argument or parameter of a task each input is.

    If nothing has the name of what the task is about, the first input that has no known name is
    that. Raises :class:`~daggr_nb.errors.InvalidInputError` for any other, for two of one meaning,
    and if ``whole`` for what is missing.
    """
    known = {alias: a.name for a in task.takes for alias in (a.name, *a.also)}
    options = parameters(task)
    main = task.takes[0]
    by_name: dict[str, str] = {}
    for name in names:
        target = known.get(name) or (name if name in options else None)
        if target is not None:
            by_name[name] = target
    if main.name not in by_name.values():
        others = {*known.values(), *options} - {main.name}
        rest = [n for n in names if n not in by_name and not _misspelt(n, others)]
        chosen = next((n for n in rest if n in _INPUT), rest[0] if rest else None)
        if chosen is not None:
            by_name[chosen] = main.name
    seen: dict[str, str] = {}
    for name in names:
        if name not in by_name:
            hint = did_you_mean(name, {*known, *options})
            raise InvalidInputError(f"{who} takes no input {name!r}.{hint}", node=node, port=name)
        first = seen.setdefault(by_name[name], name)
        if first != name:
            raise InvalidInputError(
                f"{who} takes {first!r} and {name!r} for one thing, {by_name[name]!r}. Give one.",
                node=node,
                port=name,
            )
    if whole:
        check_whole(task, who, by_name.values(), node)
    return by_name


def check_whole(task: Task, who: str, given: Collection[str], node: str | None) -> None:
    """Raise if something is missing that a task cannot do without."""
    missing = [a.name for a in task.takes if a.required and a.name not in given]
    if task.chats and not {"prompt", "messages", "image"} & set(given):
        missing = ["prompt"]
    if missing:
        others = f", and for {', '.join(map(repr, missing[1:]))}" if missing[1:] else ""
        raise InvalidInputError(
            f"{who} needs a value for {missing[0]!r}{others}. Add it to inputs=.",
            node=node,
            port=missing[0],
        )


def _misspelt(name: str, known: Iterable[str]) -> bool:
    return bool(difflib.get_close_matches(name, list(known), 1, 0.8))


# ---------------------------------------------------------------- values


def converted(task: Task, by_name: Mapping[str, str], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values by argument as the client takes them; what is ``None`` is left out.

    Raises :class:`~daggr_nb.errors.InputError` for what cannot be sent.
    """
    arguments = {argument.name: argument for argument in task.takes}
    types = parameters(task)
    made: dict[str, Any] = {}
    for port, value in values.items():
        name = by_name[port]
        if value is None:
            continue
        if name in arguments:
            made[name] = _CONVERSIONS[arguments[name].kind](port, value, task)
        else:
            made[name] = _parameter(value, types[name])
    return made


def _parameter(value: Any, annotation: str) -> Any:
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:
        value = value.item()
    whole = isinstance(value, float) and value.is_integer()
    if whole and "int" in annotation and "float" not in annotation:
        return int(value)  # controls have no whole numbers
    if isinstance(value, str) and annotation.startswith("list[str]"):
        return [value]
    return value


def _as_words(port: str, value: Any, task: Task) -> str:
    if isinstance(value, (str, int, float)):
        return str(value)
    raise InputError(
        f"{port!r} expected text, got {type(value).__name__} {brief(value)}.", port=port
    )


def _as_texts(port: str, value: Any, task: Task) -> Any:
    if isinstance(value, str):
        return value if task.pipeline and task.takes[0].kind == "texts" else value.splitlines()
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return [_as_words(port, part, task) for part in value]
    raise InputError(f"{port!r} expected a list of texts, got {brief(value)}.", port=port)


def _as_labels(port: str, value: Any, task: Task) -> list[str]:
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, (list, tuple)):
        raise InputError(f"{port!r} expected a list of labels, got {brief(value)}.", port=port)
    labels = [str(part).strip() for part in parts if str(part).strip()]
    if len(labels) < 2:
        raise InputError(f"{port!r} expected at least two labels, got {brief(value)}.", port=port)
    return labels


def _as_file(medium: str) -> Callable[[str, Any, Task], Any]:
    def read(port: str, value: Any, task: Task) -> Any:
        if task.chats:
            several = value if isinstance(value, (list, tuple)) else [value]
            return [_as_link(port, each, medium) for each in several if each is not None]
        file = file_of(value, port, medium)
        if isinstance(file, str):
            return file
        with file.open() as source:
            return bytes(source.read())

    return read


def _as_link(port: str, value: Any, medium: str) -> str:
    file = file_of(value, port, medium)
    if isinstance(file, str):
        return file
    with file.open() as source:
        data = source.read()
    suffix = suffix_of(data)
    kind = media_type(f"it.{suffix}" if suffix else file.name)
    kind = kind if kind.startswith(medium) else f"{medium}/png"
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def _as_table(port: str, value: Any, task: Task) -> dict[str, list[str]]:
    if isinstance(value, Mapping) and {"headers", "data"} <= value.keys():
        table = dict(value)
    elif isinstance(value, Mapping):
        return {str(name): [str(cell) for cell in column] for name, column in value.items()}
    elif hasattr(value, "columns"):
        table = table_to_wire(value)
    elif isinstance(value, list) and value and all(isinstance(row, Mapping) for row in value):
        return {str(name): [str(row.get(name, "")) for row in value] for name in value[0]}
    else:
        raise InputError(
            f"{port!r} expected a table: a data frame, or a dict of columns, got {brief(value)}.",
            port=port,
        )
    columns = zip(*table["data"], strict=True) if table["data"] else [()] * len(table["headers"])
    return {
        str(name): ["" if cell is None else str(cell) for cell in column]
        for name, column in zip(table["headers"], columns, strict=True)
    }


def _as_messages(port: str, value: Any, task: Task) -> list[dict[str, Any]]:
    """Return a conversation as the roles and contents that models know."""
    if isinstance(value, str):
        return [{"role": "user", "content": value}]
    messages: list[dict[str, Any]] = []
    for each in value if isinstance(value, (list, tuple)) else [None]:
        if isinstance(each, Mapping) and "role" in each and "content" in each:
            messages.append({"role": str(each["role"]), "content": each["content"]})
        elif isinstance(each, (list, tuple)) and len(each) == 2:  # what a user said, and the reply
            roles = ("user", "assistant")
            messages += [{"role": r, "content": c} for r, c in zip(roles, each, strict=True) if c]
        else:
            raise InputError(
                f"{port!r} expected a list of {{'role': …, 'content': …}}, got {brief(value)}.",
                port=port,
            )
    return messages


_CONVERSIONS: Mapping[str, Callable[[str, Any, Task], Any]] = {
    "text": _as_words,
    "texts": _as_texts,
    "labels": _as_labels,
    "image": _as_file("image"),
    "audio": _as_file("audio"),
    "table": _as_table,
    "messages": _as_messages,
}


def conversation(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the messages that the inputs of a chat make together.

    >>> conversation({"prompt": "Hi", "system": "Be brief."})
    [{'role': 'system', 'content': 'Be brief.'}, {'role': 'user', 'content': 'Hi'}]
    """
    messages: list[dict[str, Any]] = []
    if values.get("system"):
        messages.append({"role": "system", "content": values["system"]})
    messages += values.get("messages") or []
    links = values.get("image") or []
    content: Any = values.get("prompt")
    if links:
        said = [{"type": "text", "text": content}] if content else []
        content = [*said, *({"type": "image_url", "image_url": {"url": link}} for link in links)]
    if content:
        messages.append({"role": "user", "content": content})
    return messages
