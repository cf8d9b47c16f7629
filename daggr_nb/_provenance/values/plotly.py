"""Figures of Plotly: what they are drawn from, as JSON."""

from __future__ import annotations

import json
from typing import Any

from daggr_nb._provenance.digest.stream import Encoding
from daggr_nb._provenance.values.library import Library, type_name


def _add_figure(value: Any, out: Encoding) -> None:
    """What the figure is drawn from, in the form that draws it: data, layout, frames.

    The order of keys is none of it: Plotly has another one for a figure that it has read.
    """
    out.text(b"F", type_name(value))
    out.text(b"s", json.dumps(json.loads(value.to_json(engine="json")), sort_keys=True))


def _write(value: Any) -> tuple[str, bytes]:
    return "plotly", value.to_json(engine="json").encode()


def _read(data: bytes) -> Any:
    from plotly.io import from_json  # noqa: PLC0415 - loaded already, or needed now

    return from_json(data.decode(), engine="json")


LIBRARY = Library(
    digests={("plotly", "BaseFigure"): _add_figure},
    writers={("plotly", "Figure"): _write},
    readers={"plotly": _read},
)
