"""A Gradio app with every kind of endpoint, run as a program: ``python zoo.py [PORT]``.

It prints its address once it is up, and ends with its standard input.
"""

from __future__ import annotations

import os
import sys
import time
from typing import Any

import gradio as gr

RUNNING: dict[str, float] = {}
"""What runs now, by a name that the caller gave, and when it last took a step."""


def echo(text: str) -> str:
    return text


def twice(text: str) -> tuple[str, str]:
    return text, text


def noop() -> str:
    return "done"


def slow(seconds: float, tag: str = "slow") -> str:
    end = time.monotonic() + seconds
    RUNNING[tag] = time.time()
    try:
        while time.monotonic() < end:
            time.sleep(0.02)
        return f"waited {seconds:g}"
    finally:
        RUNNING.pop(tag, None)


def nap(seconds: float) -> str:
    time.sleep(seconds)
    return f"slept {seconds:g}"


def count(n: float, pause: float = 0.05, tag: str = "count") -> Any:
    try:
        text = ""
        for number in range(int(n)):
            RUNNING[tag] = time.time()
            text += f"{number} "
            yield text
            time.sleep(pause)
    finally:
        RUNNING.pop(tag, None)


def timed(n: float, pause: float = 0.1) -> Any:
    """Each step tells when it was made, so that a reader can tell how late it is."""
    for _ in range(int(n)):
        yield f"{time.time():.6f}"
        time.sleep(pause)


def chat(message: str) -> Any:
    history = [{"role": "user", "content": message}, {"role": "assistant", "content": ""}]
    for word in f"You said {message}".split():
        history[1]["content"] += word + " "
        yield history
        time.sleep(0.02)


def running(tag: str) -> bool:
    """Whether a step was taken just now: some versions drop a generator without ending it."""
    return time.time() - RUNNING.get(tag, 0.0) < 1


def steps(n: float, progress: gr.Progress = gr.Progress()) -> str:  # noqa: B008 - as Gradio asks
    for _ in progress.tqdm(range(int(n)), desc="working"):
        time.sleep(0.05)
    gr.Info("half of it was easy")
    gr.Warning("the rest was not")
    return "finished"


def fails(message: str) -> str:
    raise gr.Error(message)


def crashes() -> str:
    raise RuntimeError("something inside")


def dies() -> str:
    os._exit(3)


def picture(image: Any) -> Any:
    return image


def painted(width: float, height: float) -> Any:
    from PIL import Image

    return Image.new("RGB", (int(width), int(height)), (200, 80, 40))


def sound(audio: Any) -> Any:
    return audio


def file(path: str) -> str:
    return path


def files(paths: list[str]) -> list[str]:
    return paths


def gallery(items: Any) -> Any:
    return items


def pair(image: Any) -> Any:
    return (image, image)


def frame(table: Any) -> Any:
    return table


def label() -> dict[str, float]:
    return {"cat": 0.8, "dog": 0.2}


def highlighted(text: str) -> Any:
    return [(word, "long" if len(word) > 4 else None) for word in text.split(" ")]


def jsonable(value: Any) -> Any:
    return value


def choose(one: str, several: list[str], yes: bool, number: float) -> str:
    return f"{one} {'+'.join(several)} {yes} {number:g}"


def updated(text: str) -> Any:
    return gr.update(value=text.upper(), label="loud")


def skipped() -> Any:
    return "first", gr.skip() if hasattr(gr, "skip") else gr.update()


def remember(text: str, state: list[str] | None) -> Any:
    state = [*(state or []), text]
    return " ".join(state), state


def three() -> tuple[str, float, bool]:
    return "a", 1.5, True


def batch(texts: list[str]) -> list[list[str]]:
    return [[text[::-1] for text in texts]]


def large(megabytes: float) -> str:
    path = os.path.join(os.environ["GRADIO_TEMP_DIR"], f"large-{megabytes:g}.bin")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as out:
        for number in range(int(megabytes)):
            out.write(bytes([number % 256]) * (1 << 20))
    return path


def pictures(n: float) -> Any:
    from PIL import Image

    for number in range(int(n)):
        yield Image.new("RGB", (32, 32), (number * 20 % 256, 90, 120))
        time.sleep(0.03)


def album(n: float) -> Any:
    from PIL import Image

    painted: list[Any] = []
    for number in range(int(n)):
        painted.append(Image.new("RGB", (32, 32), (number * 20 % 256, 90, 120)))
        yield painted
        time.sleep(0.2)


def length(path: str) -> float:
    return float(os.path.getsize(path))


def defaults(text: str = "hello", times: float = 2, exact: bool = False) -> str:
    return f"{text * int(times)}{'!' if exact else ''}"


def nothing(value: Any) -> Any:
    return None


def demo() -> gr.Blocks:
    """Return the app."""
    text, number = gr.Textbox, gr.Number
    with gr.Blocks() as blocks:
        state = gr.State()
        slider = [gr.ImageSlider()] if hasattr(gr, "ImageSlider") else [gr.Gallery()]
        for name, fn, inputs, outputs in (
            ("echo", echo, [text()], [text()]),
            ("noop", noop, [], [text()]),
            ("slow", slow, [number(), text("slow")], [text()]),
            ("count", count, [number(), number(0.05), text("count")], [text(label="counted")]),
            ("timed", timed, [number(), number(0.1)], [text()]),
            (
                "chat",
                chat,
                [text()],
                [gr.Chatbot(**({} if int(gr.__version__[0]) > 5 else {"type": "messages"}))],
            ),
            ("running", running, [text()], [gr.Checkbox()]),
            ("steps", steps, [number()], [text()]),
            ("fails", fails, [text()], [text()]),
            ("crashes", crashes, [], [text()]),
            ("dies", dies, [], [text()]),
            ("picture", picture, [gr.Image(type="filepath")], [gr.Image()]),
            ("painted", painted, [number(), number()], [gr.Image()]),
            ("sound", sound, [gr.Audio()], [gr.Audio()]),
            ("file", file, [gr.File()], [gr.File()]),
            ("files", files, [gr.File(file_count="multiple")], [gr.File(file_count="multiple")]),
            ("gallery", gallery, [gr.Gallery()], [gr.Gallery()]),
            ("pair", pair, [gr.Image(type="filepath")], slider),
            ("frame", frame, [gr.Dataframe()], [gr.Dataframe()]),
            ("label", label, [], [gr.Label()]),
            ("highlighted", highlighted, [text()], [gr.HighlightedText()]),
            ("json", jsonable, [gr.JSON()], [gr.JSON()]),
            (
                "choose",
                choose,
                [
                    gr.Radio(["a", "b"]),
                    gr.CheckboxGroup(["x", "y"]),
                    gr.Checkbox(),
                    gr.Slider(0, 10),
                ],
                [text()],
            ),
            ("updated", updated, [text()], [text()]),
            ("skipped", skipped, [], [text(), text()]),
            ("remember", remember, [text(), state], [text(), state]),
            ("three", three, [], [text(), number(), gr.Checkbox()]),
            ("large", large, [number()], [gr.File()]),
            ("pictures", pictures, [number()], [gr.Image()]),
            ("album", album, [number()], [gr.Gallery()]),
            ("length", length, [gr.File()], [number()]),
            ("defaults", defaults, [text("hello"), number(2), gr.Checkbox()], [text()]),
            ("nothing", nothing, [gr.JSON()], [text()]),
        ):
            button = gr.Button(name)
            limit = None if name in ("slow", "nap", "noop", "echo", "running", "count") else 4
            button.click(fn, inputs, outputs, api_name=name, concurrency_limit=limit)
        one, result = text(), text()
        gr.Button("batch").click(
            batch, [one], [result], api_name="batch", batch=True, max_batch_size=4
        )
        pause, slept = number(), text()
        gr.Button("nap").click(nap, [pause], [slept], api_name="nap", concurrency_limit=1)
        many, done = number(), text()
        gr.Button("crowd").click(nap, [many], [done], api_name="crowd", concurrency_limit=8)
        direct, answer = text(), text()
        gr.Button("direct").click(echo, [direct], [answer], api_name="direct", queue=False)
        button = gr.Button("secret")
        button.click(twice, [text()], [text(), button], api_name="with_button")
    blocks.queue(max_size=int(os.environ.get("ZOO_QUEUE", "60")))
    return blocks


def main() -> None:
    """Serve until standard input ends."""
    port = int(sys.argv[1]) if len(sys.argv) > 1 else None
    app = demo()
    app.launch(
        server_port=port,
        prevent_thread_lock=True,
        quiet=True,
        allowed_paths=[os.environ["GRADIO_TEMP_DIR"]],
        max_threads=80,
        auth=tuple(os.environ["ZOO_AUTH"].split(":")) if "ZOO_AUTH" in os.environ else None,
    )
    sys.stdout.write(f"{app.local_url}\n")
    sys.stdout.flush()
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
