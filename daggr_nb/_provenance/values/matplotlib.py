"""Figures of Matplotlib as content: everything that drawing one hands to a renderer.

Each path, text, marker and image counts with its position, colours and clip, to the last bit,
and so do the arrays behind images, which are drawn at the resolution of a screen. Two figures of
equal content look alike at any size. A picture of one would be less: it leaves out what falls
between its pixels.
"""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from daggr_nb._provenance.digest.stream import Encoding
from daggr_nb._provenance.values.library import Library

DRAWING = threading.RLock()
"""Held by whoever draws: a figure that two threads draw at once is another one afterwards."""


def take_from_pyplot(values: Iterable[Any]) -> None:
    """Close figures in pyplot: else the next cell to end would show them, and draw meanwhile."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None:
        return
    for value in values:
        for part in value if isinstance(value, (list, tuple)) else (value,):
            if isinstance(part, (pyplot.Figure, pyplot.Axes)) and part.figure is not None:
                pyplot.close(part.figure)


def _add_figure(value: Any, out: Encoding) -> None:
    """Write a figure: its size, what is drawn, and the numbers that colours stand for."""
    figure = value.figure if value.figure is not None else value
    out.text(b"F", type(value).__qualname__)
    with DRAWING, _without_layout(figure) as layout:
        out.add([float(figure.dpi), *map(float, figure.get_size_inches())])
        out.add(layout)
        figure.draw(_renderer_class()(figure.dpi, out.add))
    for artist in figure.findobj(lambda artist: hasattr(artist, "get_array")):
        out.add(artist.get_array())


def _add_artist(value: Any, out: Encoding) -> None:
    """Write a part of a figure, such as an axes: the figure, and which part it is."""
    if value.figure is None:
        out.text(b"F", type(value).__qualname__)
        return
    _add_figure(value.figure, out)
    out.text(b"F", type(value).__qualname__)
    out.add([part is value for part in value.figure.findobj()].index(True))


@contextmanager
def _without_layout(figure: Any) -> Iterator[list[Any]]:
    """Draw parts where they stand: a layout is worked out with each draw, from the last one.

    Gives what the layout is, which together with the parts says where it would put them.
    """
    engine = figure.get_layout_engine()
    if engine is None:
        yield []
        return
    figure.set_layout_engine("none")
    try:
        yield [type(engine).__qualname__, *map(str, sorted(engine.get().items()))]
    finally:
        figure.set_layout_engine(engine)


@functools.cache
def _renderer_class() -> Callable[[float, Callable[[Any], None]], Any]:
    from matplotlib.backend_bases import RendererBase  # noqa: PLC0415 - loaded already
    from matplotlib.transforms import Affine2D  # noqa: PLC0415 - loaded already

    class RecordingRenderer(RendererBase):
        """Paints nothing, and tells what it is asked to paint."""

        def __init__(self, dpi: float, add: Callable[[Any], None]) -> None:
            super().__init__()
            self._dpi, self._add = dpi, add

        def points_to_pixels(self, points: Any) -> Any:
            return points * self._dpi / 72

        def option_image_nocomposite(self) -> bool:
            return True

        def draw_path(self, gc: Any, path: Any, transform: Any, rgbFace: Any = None) -> None:  # noqa: N803 - its name there
            self._add(("path", _path(path), _matrix(transform), _pen(gc), _plain(rgbFace)))

        def draw_markers(
            self,
            gc: Any,
            marker_path: Any,
            marker_trans: Any,
            path: Any,
            trans: Any,
            rgbFace: Any = None,  # noqa: N803 - its name there
        ) -> None:
            self._add(("markers", _path(marker_path), _matrix(marker_trans)))
            self.draw_path(gc, path, trans, rgbFace)

        def draw_path_collection(
            self,
            gc: Any,
            master_transform: Any,
            paths: Any,
            all_transforms: Any,
            *args: Any,
            **kwargs: Any,
        ) -> None:
            """Tell of many paths at once: a scatter of 10,000 points is one call."""
            transforms = [_matrix(Affine2D(each)) for each in all_transforms]
            arguments = [_plain(each) for each in (*args, *kwargs.values())]
            self._add(("paths", [_path(path) for path in paths], transforms, arguments))
            self._add((_matrix(master_transform), _pen(gc)))

        def draw_quad_mesh(self, gc: Any, master_transform: Any, *args: Any, **kwargs: Any) -> None:
            arguments = [_plain(each) for each in (*args, *kwargs.values())]
            self._add(("mesh", _matrix(master_transform), arguments, _pen(gc)))

        def draw_gouraud_triangles(self, gc: Any, points: Any, colors: Any, transform: Any) -> None:
            self._add(("triangles", _plain(points), _plain(colors), _matrix(transform), _pen(gc)))

        def draw_image(self, gc: Any, x: Any, y: Any, im: Any, transform: Any = None) -> None:
            self._add(("image", float(x), float(y), _plain(im), _matrix(transform), _pen(gc)))

        def draw_text(
            self,
            gc: Any,
            x: Any,
            y: Any,
            s: Any,
            prop: Any,
            angle: Any,
            ismath: Any = False,
            mtext: Any = None,
        ) -> None:
            font = (prop.get_family(), prop.get_style(), prop.get_variant(), prop.get_weight())
            size = (prop.get_stretch(), float(prop.get_size_in_points()), float(angle))
            placement = (float(x), float(y), str(s), bool(ismath))
            self._add(("text", *placement, _plain(font), _plain(size), _pen(gc)))

    return RecordingRenderer


def _path(path: Any) -> Any:
    return path.vertices, path.codes


def _matrix(transform: Any) -> Any:
    """Return the affine part; what is not affine has been applied to the path by then."""
    return None if transform is None else transform.get_affine().get_matrix()


def _pen(gc: Any) -> Any:
    clip_path, clip_matrix = gc.get_clip_path()
    clip = gc.get_clip_rectangle()
    return _plain(
        (
            gc.get_rgb(),
            gc.get_alpha(),
            gc.get_linewidth(),
            gc.get_dashes(),
            gc.get_capstyle(),
            gc.get_joinstyle(),
            gc.get_antialiased(),
            gc.get_hatch(),
            gc.get_url(),
            None if clip is None else clip.bounds,
            None if clip_path is None else _path(clip_path),
            _matrix(clip_matrix),
        )
    )


def _plain(value: Any) -> Any:
    """Return numbers, texts and arrays as they are, the rest as it is written."""
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if value is None or isinstance(value, (bool, int, float, str)) or hasattr(value, "dtype"):
        return value
    matrix = getattr(value, "get_matrix", None)
    return matrix() if matrix is not None else str(value)


def _add_nothing(value: Any, out: Encoding) -> None:
    """Who is told of a change is no content; asking for it would change it."""
    out.text(b"F", type(value).__qualname__)


LIBRARY = Library(
    digests={
        ("matplotlib", "FigureBase"): _add_figure,
        ("matplotlib", "Artist"): _add_artist,
        ("matplotlib", "CallbackRegistry"): _add_nothing,
    },
    caches={("matplotlib", "Colormap"): frozenset({"_isinit", "_lut"})},
)
