"""Pictures, sound, film, models and other files."""

from __future__ import annotations

import contextlib
import os
import pathlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from daggr_nb.errors import InputError
from daggr_nb.ui._component import Formed, expected

MODELS = (".obj", ".stl", ".glb", ".gltf", ".ply", ".splat")
_NO_FILE = (bool, int, float, complex, dict, set, frozenset)
_MORE_TYPES = {".webp": "image/webp", ".flac": "audio/flac", ".opus": "audio/ogg"}


def media_type(name: str) -> str:
    """Return what a file is, by its name, such as ``image/png``; empty if nobody knows."""
    import mimetypes  # noqa: PLC0415 - slow to load, and only files need it

    kind, _ = mimetypes.guess_type(name)
    return kind or _MORE_TYPES.get(pathlib.PurePath(name).suffix.lower(), "")


@dataclass(frozen=True, eq=False)
class Files(Formed):
    """A value that is a file, or what a file of its kind holds."""

    value: Any = None

    previewed: ClassVar[bool] = True
    takes_files: ClassVar[bool] = True
    single_file: ClassVar[bool] = True
    forms: ClassVar[tuple[str, ...]] = ("filepath",)
    kind: ClassVar[str] = ""
    """The first part of the media types that it takes; empty for all."""
    a_file: ClassVar[str] = "a file"

    @property
    def accepts(self) -> list[str]:
        """What the browser offers in its dialog: media types and endings."""
        return [f"{self.kind}/*"] if self.kind else []

    @property
    def multiple(self) -> bool:
        """Whether several files may be given."""
        return False

    @property
    def props(self) -> dict[str, Any]:
        return {"accepts": self.accepts, "multiple": self.multiple, "what": self.what}

    @property
    def what(self) -> str:
        """What it takes, in words."""
        return self.a_file

    @property
    def initial(self) -> Any:
        return self.accept(self.value)

    def accept(self, value: Any) -> Any:
        return None if value is None else self._file(value)

    def output(self, value: Any) -> Any:
        """Return an output with texts that name files as their paths, which count by content."""
        if isinstance(value, str):
            path = _expanded(value)
            return pathlib.Path(path) if self._names(path) else value
        if type(value) is dict:  # as Gradio hands files over, or files by name
            return {key: self.output(part) for key, part in value.items()}
        if type(value) is tuple and len(value) == 2 and isinstance(value[1], str):
            return self.output(value[0]), self._second(value[1])
        if type(value) in (list, tuple):
            return type(value)(map(self.output, value))
        return value

    def _names(self, text: str) -> bool:
        """Whether a text is the path of something that there is."""
        return _is_file(text)

    def _second(self, value: str) -> Any:
        """Return the text beside a file in a pair; of some components it is a caption."""
        return self.output(value)

    def _file(self, value: Any) -> Any:
        """Return one file; a text that names one becomes its path, which counts by content."""
        if isinstance(value, _NO_FILE):
            raise InputError(expected(self, f"{self.a_file}, or its path", value))
        if isinstance(value, str):
            value = file_named(value)
        if isinstance(value, pathlib.PurePath) and not self._takes(value.name):
            raise InputError(expected(self, self.a_file, value.name) + " Choose another file.")
        return value

    def _takes(self, name: str) -> bool:
        kind = media_type(name)
        return not self.kind or not kind or kind.startswith(self.kind)


def _expanded(text: str) -> str:
    """Return a path with the home folder in the place of ``~``."""
    return os.path.expanduser(text) if text.startswith("~") else text


def file_named(text: str) -> pathlib.Path | str:
    """Return the path of the file that a text names, or the text if there is none."""
    path = _expanded(text)
    return pathlib.Path(path) if _is_file(path) else text


def _is_file(text: str) -> bool:
    with contextlib.suppress(ValueError, OSError):
        return len(text) < 4096 and os.path.isfile(text)
    return False


def _is_folder(text: str) -> bool:
    with contextlib.suppress(ValueError, OSError):
        return len(text) < 4096 and os.path.isdir(text)
    return False


@dataclass(frozen=True, eq=False)
class Image(Files):
    """A picture: a PIL image, an array, a path, the bytes of a file.

    A function gets what its parameter is annotated to be (``PIL.Image.Image``, ``np.ndarray``,
    ``Path``, ``bytes``); without an annotation ``type`` decides, by default the path.
    """

    typical_height: ClassVar[int] = 170
    shows: ClassVar[str] = "a picture"
    forms: ClassVar[tuple[str, ...]] = ("filepath", "pil", "numpy")
    kind: ClassVar[str] = "image"
    a_file: ClassVar[str] = "an image file"


@dataclass(frozen=True, eq=False)
class ImageSlider(Files):
    """Two pictures, one over the other, with a handle between: before and after."""

    typical_height: ClassVar[int] = 170

    slider_position: float = 50

    shows: ClassVar[str] = "two pictures"
    single_file: ClassVar[bool] = False
    forms: ClassVar[tuple[str, ...]] = ("filepath", "pil", "numpy")
    kind: ClassVar[str] = "image"
    a_file: ClassVar[str] = "two image files"

    @property
    def multiple(self) -> bool:
        return True

    @property
    def props(self) -> dict[str, Any]:
        return super().props | {"position": self.slider_position, "most": 2}

    def accept(self, value: Any) -> Any:
        if value is None or (isinstance(value, (list, tuple)) and not value):
            return None
        if not isinstance(value, (list, tuple)) or len(value) > 2:
            raise InputError(expected(self, "two pictures as (before, after)", value))
        pair = [None if picture is None else self._file(picture) for picture in value]
        return tuple([*pair, None][:2])


@dataclass(frozen=True, eq=False)
class Audio(Files):
    """Sound: a path, the bytes of a file, or ``(rate, samples)``.

    A parameter annotated ``tuple[int, np.ndarray]``, or ``type="numpy"``, gets ``(rate, samples)``
    as in Gradio: samples in the file's own integers, one column a channel if there are several.
    """

    shows: ClassVar[str] = "a sound"
    forms: ClassVar[tuple[str, ...]] = ("filepath", "numpy")
    kind: ClassVar[str] = "audio"
    a_file: ClassVar[str] = "an audio file"


@dataclass(frozen=True, eq=False)
class Video(Files):
    """Film: a path or the bytes of a file."""

    typical_height: ClassVar[int] = 170
    shows: ClassVar[str] = "a film"
    kind: ClassVar[str] = "video"
    a_file: ClassVar[str] = "a video file"


@dataclass(frozen=True, eq=False)
class Model3D(Files):
    """A model in space: the path of an .obj, .stl, .glb, .gltf, .ply or .splat file."""

    typical_height: ClassVar[int] = 180
    wide: ClassVar[bool] = True
    shows: ClassVar[str] = "a model"
    a_file: ClassVar[str] = "a 3D model"

    @property
    def accepts(self) -> list[str]:
        return list(MODELS)

    def _takes(self, name: str) -> bool:
        return name.lower().endswith(MODELS)


@dataclass(frozen=True, eq=False)
class File(Files):
    """Any file, or with ``file_count="multiple"`` a list of them.

    ``file_types`` are endings (``".csv"``) or ``"image"``, ``"audio"``, ``"video"``, ``"text"``.

    >>> File(file_types=[".csv"]).accept("notes.txt")
    'notes.txt'
    """

    file_count: Literal["single", "multiple", "directory"] = "single"
    file_types: Sequence[str] | None = None

    shows: ClassVar[str] = "files"
    forms: ClassVar[tuple[str, ...]] = ("filepath", "binary")

    @property
    def accepts(self) -> list[str]:
        types = self.file_types or ()
        return [kind if kind.startswith(".") else f"{kind}/*" for kind in types if kind != "file"]

    @property
    def multiple(self) -> bool:
        return self.file_count != "single"

    @property
    def what(self) -> str:
        kinds = [kind.removesuffix("/*") for kind in self.accepts]
        if not kinds:
            return self.a_file
        several = ", ".join(kinds[:-1]) + " or " if len(kinds) > 1 else ""
        return f"{'an' if kinds[0][0] in 'aeiou' else 'a'} {several}{kinds[-1]} file"

    def accept(self, value: Any) -> Any:
        if value is None or not self.multiple:
            return super().accept(value)
        files = value if isinstance(value, (list, tuple)) else [value]
        return [self._file(file) for file in files] or None

    def _names(self, text: str) -> bool:
        return _is_file(text) or (self.file_count == "directory" and _is_folder(text))

    def _takes(self, name: str) -> bool:
        patterns = self.accepts
        wildcard = media_type(name).partition("/")[0] + "/*"
        return not patterns or any(
            name.lower().endswith(pattern.lower())
            if pattern.startswith(".")
            else pattern == wildcard
            for pattern in patterns
        )

    def _file(self, value: Any) -> Any:
        if isinstance(value, str) and self.file_count == "directory":
            path = _expanded(value)
            value = pathlib.Path(path) if _is_folder(path) else value
        if isinstance(value, pathlib.PurePath) and not self._takes(value.name):
            raise InputError(expected(self, self.what, value.name) + " Choose another file.")
        return super()._file(value)


@dataclass(frozen=True, eq=False)
class Gallery(Files):
    """A list of pictures, each alone or as ``(picture, caption)``."""

    typical_height: ClassVar[int] = 150

    columns: int = 2

    shows: ClassVar[str] = "a list of pictures"
    single_file: ClassVar[bool] = False
    forms: ClassVar[tuple[str, ...]] = ("filepath", "pil", "numpy")
    kind: ClassVar[str] = "image"
    a_file: ClassVar[str] = "image files"

    @property
    def multiple(self) -> bool:
        return True

    def accept(self, value: Any) -> Any:
        if value is None or (isinstance(value, (list, tuple)) and not value):
            return None
        if isinstance(value, (str, bytes, Mapping)) or not hasattr(value, "__iter__"):
            raise InputError(expected(self, "a list of pictures", value))
        return [self._entry(entry) for entry in value]

    def _second(self, value: str) -> Any:
        return value

    def _entry(self, value: Any) -> Any:
        if isinstance(value, (tuple, list)) and len(value) == 2:
            picture, caption = value
            return self._file(picture), caption
        return self._file(value)
