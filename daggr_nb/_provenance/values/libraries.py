"""All libraries whose values are known, by their top-level package.

Importing this tells the digest of their types.
"""

from __future__ import annotations

from collections.abc import Mapping

from daggr_nb._provenance.digest.content import register_library
from daggr_nb._provenance.values import (
    bs4,
    httpx,
    matplotlib,
    networkx,
    numpy,
    pandas,
    pil,
    plotly,
    polars,
    pydantic,
    scipy,
    sklearn,
    torch,
    xarray,
)
from daggr_nb._provenance.values.library import Library

LIBRARIES: Mapping[str, Library] = {
    "PIL": pil.LIBRARY,
    "bs4": bs4.LIBRARY,
    "httpx": httpx.LIBRARY,
    "matplotlib": matplotlib.LIBRARY,
    "networkx": networkx.LIBRARY,
    "numpy": numpy.LIBRARY,
    "pandas": pandas.LIBRARY,
    "plotly": plotly.LIBRARY,
    "polars": polars.LIBRARY,
    "pydantic": pydantic.LIBRARY,
    "scipy": scipy.LIBRARY,
    "sklearn": sklearn.LIBRARY,
    "torch": torch.LIBRARY,
    "xarray": xarray.LIBRARY,
}

for library in LIBRARIES.values():
    register_library(library.digests, library.caches)
