"""Every task of models: which address is asked for it, with what, and what comes of the answer."""

from __future__ import annotations

import base64
import json
import pathlib
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from daggr_nb import Graph, InferenceNode
from daggr_nb._services.tasks import TASKS
from daggr_nb.testing import ModelServer, Reply

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
SOUND = b"RIFF\x24\0\0\0WAVEfmt " + bytes(28)
OWN = "/hf-inference/models/example/{task}"
LABELS = {"otter": 0.9, "heron": 0.1}
ENCODED = base64.b64encode(PIXEL).decode()


class Row(NamedTuple):
    """``body`` is what is sent, as data or bytes; ``result`` the value or what tells a good one."""

    task: str
    inputs: dict[str, Any]
    body: Any
    result: Any
    path: str = OWN
    provider: str = "hf-inference"


def is_file(suffix: str) -> Callable[[Any], bool]:
    def check(value: Any) -> bool:
        return (
            isinstance(value, pathlib.Path) and value.suffix == suffix and value.stat().st_size > 0
        )

    return check


def chat(*content: Any) -> dict[str, Any]:
    messages = [{"role": "user", "content": list(content) if len(content) > 1 else content[0]}]
    return {"model": "example/{task}", "messages": messages, "stream": True}


def asked(inputs: Any, **parameters: Any) -> dict[str, Any]:
    return {"inputs": inputs, "parameters": parameters}


PICTURE_PART = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{ENCODED}"}}
ROWS = [
    Row("conversational", {"prompt": "Hi"}, chat("Hi"), "You said: Hi", "/v1/chat/completions"),
    Row(
        "image-text-to-text",
        {"image": PIXEL, "text": "What is it?"},
        chat({"type": "text", "text": "What is it?"}, PICTURE_PART),
        "You said: What is it? (image_url)",
        "/v1/chat/completions",
    ),
    Row(
        "text-generation",
        {"prompt": "Once", "max_new_tokens": 20.0},
        asked("Once", max_new_tokens=20),
        "Once there was an otter.",
    ),
    Row("text2text-generation", {"input": "So?"}, asked("So?"), "An otter, then."),
    Row(
        "text-to-image",
        {"prompt": "an otter", "width": 64.0, "seed": 7, "guidance_scale": 2.5},
        asked("an otter", width=64, seed=7, guidance_scale=2.5),
        is_file(".png"),
    ),
    Row(
        "image-to-image",
        {"image": PIXEL, "prompt": "at night"},
        asked(ENCODED, prompt="at night"),
        is_file(".png"),
    ),
    Row("image-to-text", {"image": PIXEL}, PIXEL, "an otter in a river"),
    Row(
        "image-to-video",
        {"image": PIXEL, "prompt": "it swims", "num_frames": 8},
        {
            "image_url": f"data:image/jpeg;base64,{ENCODED}",
            "prompt": "it swims",
            "num_frames": 8,
        },
        is_file(".mp4"),
        "/fal-ai/example/{task}?_subdomain=queue",
        "fal-ai",
    ),
    Row(
        "text-to-video",
        {"prompt": "it swims"},
        {"prompt": "it swims"},
        is_file(".mp4"),
        "/novita/v3/hf/example/{task}",
        "novita",
    ),
    Row("text-to-speech", {"text": "Hello"}, asked("Hello"), is_file(".wav")),
    Row("text-to-audio", {"text": "a stream"}, asked("a stream"), is_file(".wav")),
    Row("automatic-speech-recognition", {"audio": SOUND}, SOUND, "An otter swims by."),
    Row("audio-to-audio", {"audio": SOUND}, SOUND, is_file(".wav")),
    Row("audio-classification", {"audio": SOUND}, SOUND, LABELS),
    Row(
        "image-classification",
        {"image": PIXEL, "top_k": 2.0},
        asked(ENCODED, top_k=2),
        LABELS,
    ),
    Row(
        "object-detection",
        {"image": PIXEL},
        PIXEL,
        [
            {
                "label": "otter",
                "score": 0.9,
                "box": {"xmin": 1, "ymin": 2, "xmax": 30, "ymax": 40},
            }
        ],
    ),
    Row(
        "image-segmentation",
        {"image": PIXEL},
        PIXEL,
        lambda v: (
            (v[0]["label"], v[0]["score"]) == ("otter", 0.9) and is_file(".png")(v[0]["mask"])
        ),
    ),
    Row("translation", {"text": "an otter"}, asked("an otter"), "une loutre"),
    Row("summarization", {"text": "An otter is …"}, asked("An otter is …"), "An otter."),
    Row(
        "feature-extraction",
        {"text": ["an otter"], "normalize": True},
        {"inputs": ["an otter"], "normalize": True},
        lambda v: v.tolist() == [[0.25, 0.5, -1.0]],
        f"{OWN}/pipeline/{{task}}",
    ),
    Row(
        "fill-mask",
        {"text": "in the [MASK]"},
        asked("in the [MASK]"),
        [{"score": 0.7, "token": 7, "token_str": "river", "sequence": "in the river"}],
    ),
    Row(
        "question-answering",
        {"question": "Who?", "context": "An otter."},
        asked({"question": "Who?", "context": "An otter."}),
        "an otter",
    ),
    Row(
        "table-question-answering",
        {"table": {"animal": ["otter"], "legs": [4]}, "query": "How many?"},
        asked({"query": "How many?", "table": {"animal": ["otter"], "legs": ["4"]}}),
        {
            "answer": "AVERAGE > 2",
            "cells": ["2"],
            "coordinates": [[0, 1]],
            "aggregator": "AVERAGE",
        },
    ),
    Row(
        "sentence-similarity",
        {"sentence": "an otter", "other_sentences": ["an otter", "a heron"]},
        asked({"source_sentence": "an otter", "sentences": ["an otter", "a heron"]}),
        [0.9, 0.1],
        f"{OWN}/pipeline/{{task}}",
    ),
    Row(
        "zero-shot-classification",
        {"text": "It swims.", "candidate_labels": "otter, heron"},
        asked("It swims.", candidate_labels=["otter", "heron"], multi_label=False),
        LABELS,
    ),
    Row(
        "zero-shot-image-classification",
        {"image": PIXEL, "labels": ["otter", "heron"]},
        asked(ENCODED, candidate_labels=["otter", "heron"]),
        LABELS,
    ),
    Row(
        "document-question-answering",
        {"image": PIXEL, "question": "Who?"},
        asked({"question": "Who?", "image": ENCODED}),
        [{"answer": "an otter", "score": 0.8}],
    ),
    Row(
        "visual-question-answering",
        {"image": PIXEL, "prompt": "Who?"},
        {**asked(ENCODED), "question": "Who?", "image": ENCODED},
        [{"answer": "an otter", "score": 0.8}],
    ),
    Row("text-classification", {"text": "It swims."}, asked("It swims."), LABELS),
    Row(
        "token-classification",
        {"text": "an otter"},
        asked("an otter"),
        [{"entity_group": "ANIMAL", "score": 0.9, "word": "otter", "start": 3, "end": 8}],
    ),
]


def test_there_is_a_row_for_each_task() -> None:
    assert sorted(row.task for row in ROWS) == sorted(TASKS)
    assert len(ROWS) == 30


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.task)
def test_a_task_is_asked_for_and_read(row: Row, models: ModelServer) -> None:
    name = f"example/{row.task}"
    if row.provider != "hf-inference":
        models.add("example-cloud/model", row.task, provider=row.provider)
        name = "example-cloud/model"
        script(models)
    node = InferenceNode(name, "node", inputs=row.inputs, outputs=["result"], task=row.task)
    value = Graph("Task", nodes=[node], persist_key=False).run()["node"]["result"]
    request = next(r for r in models.requests if r.method == "POST")
    known = request.path.replace("example-cloud/model", f"example/{row.task}")
    assert known == row.path.format(task=row.task)
    if isinstance(row.body, bytes):
        assert request.body == row.body
    else:
        expected = json.loads(json.dumps(row.body).replace("{task}", row.task))
        assert {"parameters": {}, **request.json} == {"parameters": {}, **expected}
    assert row.result(value) if callable(row.result) else value == row.result


def script(models: ModelServer) -> None:
    """Have the server answer as providers of videos do: with a job, then with the place of it."""
    video = f"{models.url}/files/it.mp4"
    job = {"request_id": "7", "status": "COMPLETED", "response_url": f"{models.url}/jobs/7"}
    models.script(Reply({**job, "video": {"video_url": video}}))
    models.script(Reply({"video": {"url": video}}), path="/jobs/7")
