"""Models that others run: which provider a node chooses, and what it makes of the answers."""

from __future__ import annotations

import pathlib
from typing import Any

import pytest

from daggr_nb import FnNode, Graph, InferenceNode, ui
from daggr_nb.errors import NodeFailed
from daggr_nb.testing import ModelServer, Reply
from tests.remote.test_tasks import PIXEL, SOUND


def graph_of(*nodes: Any) -> Graph:
    return Graph("Providers", nodes=list(nodes), persist_key=False)


def posted(models: ModelServer) -> list[str]:
    return [request.path for request in models.requests if request.method == "POST"]


@pytest.mark.parametrize(
    ("providers", "model", "task", "path", "name"),
    [
        # A text model: the router finds a provider for a conversation by itself.
        ({"groq": "conversational"}, "x/y", "", "/v1/chat/completions", "x/y"),
        ({"groq": "conversational"}, "x/y:groq", "", "/v1/chat/completions", "x/y:groq"),
        ({"groq": "conversational"}, "x/y:fastest", "", "/v1/chat/completions", "x/y:fastest"),
        ({}, "x/y", "", "/v1/chat/completions", "x/y"),
        (
            {"novita": "text-generation", "groq": "conversational"},
            "x/y",
            "",
            "/v1/chat/completions",
            "x/y",
        ),
        ({"groq": "conversational"}, "x/y", "text-generation", "/v1/chat/completions", "x/y"),
        ({"hf-inference": "text-generation"}, "x/y", "", "/hf-inference/models/x/y", None),
        # The task of the provider counts, unless somebody knows better.
        ({"hf-inference": "fill-mask"}, "x/y", "", "/hf-inference/models/x/y", None),
        ({"hf-inference": "fill-mask"}, "x/y", "summarization", "/hf-inference/models/x/y", None),
    ],
)
def test_a_provider_is_chosen(
    providers: dict[str, str],
    model: str,
    task: str,
    path: str,
    name: str | None,
    models: ModelServer,
) -> None:
    models.add("x/y", "text-generation", provider=None)
    for provider, does in providers.items():
        models.add("x/y", "text-generation", provider=provider, does=does)
    node = InferenceNode(model, "node", inputs={"input": "Hi"}, task=task or None)
    does = next(iter(providers.values()), "")
    answer = {
        "fill-mask": [{"score": 0.5, "token": 1, "token_str": "a", "sequence": "a"}],
        "summarization": [{"summary_text": "short"}],
    }.get(task or does)
    if answer is not None:
        models.script(Reply(answer))
    graph_of(node).run()
    assert posted(models) == [path]
    if name is not None:
        assert models.requests[-1].json["model"] == name


def test_a_provider_that_is_down_is_not_chosen(models: ModelServer) -> None:
    models.add("x/y", "text-to-image", provider="fal-ai", status="error")
    models.add("x/y", "text-to-image", provider="hf-inference")
    models.script(Reply(PIXEL))
    graph_of(InferenceNode("x/y", inputs={"prompt": "an otter"})).run()
    assert posted(models) == ["/hf-inference/models/x/y"]


def test_the_hub_tells_of_providers_in_a_list_too(models: ModelServer) -> None:
    listed = [{"provider": "groq", "task": "conversational", "status": "live", "providerId": "y"}]
    models.script(
        Reply(
            {
                "sha": "a1b2c3d",
                "pipeline_tag": "text-generation",
                "inferenceProviderMapping": listed,
            }
        ),
        path="/api/models/",
    )
    graph_of(InferenceNode("x/y:groq", inputs={"prompt": "Hi"})).run()
    assert models.requests[-1].json["model"] == "x/y:groq"


def test_pig_latin_as_in_daggrs_example(models: ModelServer) -> None:
    models.add("openai/whisper", "automatic-speech-recognition", provider="replicate")
    models.add("hexgrad/Kokoro", "text-to-speech", provider="fal-ai")
    models.script(Reply({"output": {"transcription": "hello otter"}}))
    models.script(Reply({"audio": {"url": f"{models.url}/files/it.wav"}}), path="/fal-ai/")
    original = InferenceNode(
        "openai/whisper:replicate", inputs={"audio": SOUND}, outputs={"text": ui.Textbox()}
    )

    def pig_latin(text: str) -> str:
        return " ".join(f"{word[1:]}{word[0]}ay" for word in text.split())

    words = FnNode(pig_latin, inputs={"text": original.text}, outputs=["text"])
    output = InferenceNode(
        "hexgrad/Kokoro", inputs={"text": words.text}, outputs={"audio": ui.Audio()}
    )
    results = graph_of(original, words, output).run()
    assert results["Kokoro"]["audio"].suffix == ".wav"
    assert posted(models) == [
        "/replicate/v1/models/openai/whisper/predictions",
        "/fal-ai/hexgrad/Kokoro",
    ]
    assert models.requests[-2].json == {"text": "ellohay tteroay"}


def test_a_picture_is_enhanced_as_in_daggrs_example(
    models: ModelServer, tmp_path: pathlib.Path
) -> None:
    """The provider takes the job into its queue; the library looks how far it is."""
    path = tmp_path / "small.png"
    path.write_bytes(PIXEL)
    models.add("flux/klein", "image-to-image", provider="fal-ai")
    place = f"{models.url}/jobs/7"
    models.script(Reply({"request_id": "7", "status": "IN_QUEUE", "response_url": place}))
    models.script(Reply({"status": "COMPLETED"}), path="/jobs/7/status")
    models.script(Reply({"images": [{"url": f"{models.url}/files/it.png"}]}), path="/jobs/7?")
    small = FnNode(lambda: path, "small", outputs={"image": ui.Image()})
    node = InferenceNode(
        "flux/klein:fal-ai",
        inputs={"image": small.image, "prompt": ui.Textbox("a clean render")},
        outputs={"image": ui.Image()},
    )
    results = graph_of(small, node).run()
    assert results["klein"]["image"].read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        ({"images": []}, "a form that is not known"),
        ({"pictures": []}, "a form that is not known"),
        ({"images": [{"url": "{url}/nothing/there.png"}]}, "no image"),
        ({"error": "out of memory"}, "failed: out of memory"),
    ],
)
def test_a_form_that_the_library_does_not_know_names_a_way_out(
    answer: Any, what: str, models: ModelServer
) -> None:
    models.add("flux/klein", "text-to-image", provider="fal-ai")
    for image in answer.get("images", ()):
        image["url"] = image["url"].replace("{url}", models.url)
    models.script(Reply(answer))
    with pytest.raises(NodeFailed) as failed:
        graph_of(InferenceNode("flux/klein", inputs={"prompt": "an otter"})).run()
    text = str(failed.value.__cause__).splitlines()[0]
    assert what in text
    assert len(text) <= 160
    if "failed" not in what:
        assert "Another provider may do" in text


def test_a_model_is_asked_for_each_item(models: ModelServer) -> None:
    animals = FnNode(lambda: ["otter", "heron", "eel"], "animals", outputs=["names"])
    node = InferenceNode("example/chat", "said", inputs={"prompt": animals.names.each})
    together = FnNode(" ".join, "together", inputs={"iterable": node.output.all()}, version="1")
    results = graph_of(animals, node, together).run()
    assert results["together"]["output"] == "You said: otter You said: heron You said: eel"


def test_offline_the_hub_is_not_asked(models: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(NodeFailed, match="HF_HUB_OFFLINE is set"):
        graph_of(InferenceNode("example/chat", inputs={"prompt": "Hi"}, patience=0)).run()
    assert models.requests == []


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        ("path", PIXEL),
        ("text", PIXEL),
        ("bytes", PIXEL),
        ("link", None),
        ("picture", None),
        ("array", None),
    ],
)
def test_a_picture_may_be_any_of_what_people_have(
    value: str, sent: bytes | None, models: ModelServer, tmp_path: pathlib.Path
) -> None:
    import numpy
    from PIL import Image

    path = tmp_path / "pixel.png"
    path.write_bytes(PIXEL)
    values: dict[str, Any] = {
        "path": path,
        "text": str(path),
        "bytes": PIXEL,
        "link": f"{models.url}/files/it.png",
        "picture": Image.new("RGB", (2, 2)),
        "array": numpy.zeros((2, 2, 3), "uint8"),
    }
    node = InferenceNode("example/image-to-text", inputs={"image": values[value]})
    assert graph_of(node).run() == {"image-to-text": {"output": "an otter in a river"}}
    body = next(request.body for request in models.requests if request.method == "POST")
    assert body == sent if sent is not None else body.startswith(b"\x89PNG")


def test_a_sound_may_be_samples(models: ModelServer) -> None:
    import numpy

    sound = (8000, numpy.zeros(80, "int16"))
    node = InferenceNode("example/automatic-speech-recognition", inputs={"audio": sound})
    graph_of(node).run()
    assert models.requests[-1].body.startswith(b"RIFF")
    assert "wav" in models.requests[-1].headers["content-type"]
