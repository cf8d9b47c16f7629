"""All libraries whose values are known, by their top-level package.

Importing this tells the digest of their types.
"""

from __future__ import annotations

from collections.abc import Mapping

from daggr_nb._provenance.digest.content import register_library
from daggr_nb._provenance.values import (
    matplotlib,
    numpy,
    pandas,
    pil,
    plotly,
    pydantic,
    scipy,
    torch,
)
from daggr_nb._provenance.values.library import Library

LIBRARIES: Mapping[str, Library] = {
    "PIL": pil.LIBRARY,
    "matplotlib": matplotlib.LIBRARY,
    "numpy": numpy.LIBRARY,
    "pandas": pandas.LIBRARY,
    "plotly": plotly.LIBRARY,
    "pydantic": pydantic.LIBRARY,
    "scipy": scipy.LIBRARY,
    "torch": torch.LIBRARY,
}

for library in LIBRARIES.values():
    register_library(library.digests, library.caches)
