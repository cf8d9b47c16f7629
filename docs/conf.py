"""How the documentation is built; `make docs` does."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE / "_ext")]

from daggr_nb import __version__  # noqa: E402 - found by the path above

# Notebooks run in kernels of their own: with a store of their own, as on a machine of which
# nothing is known, and without a server that could ask for a page.
os.environ["DAGGR_NB_HOME"] = tempfile.mkdtemp(prefix="daggr_nb-docs-")
os.environ["PYTHONPATH"] = os.pathsep.join([str(HERE.parent), str(HERE / "workflows")])
os.environ.pop("JPY_SESSION_NAME", None)
os.environ.pop("HF_TOKEN", None)

project = "daggr_nb"
release = version = __version__
html_title = "daggr_nb"
copyright = "the daggr_nb authors, Apache-2.0"  # noqa: A001 - the name Sphinx has for it

extensions = [
    "messages",
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
]
exclude_patterns = ["README.md", "workflows/README.md"]
html_theme = "pydata_sphinx_theme"
html_static_path = ["_static"]
html_css_files = ["daggr_nb.css"]
html_show_sourcelink = False
html_copy_source = False
html_use_index = True
html_sidebars: dict[str, list[str]] = {"index": [], "quickstart": [], "troubleshooting": []}
html_theme_options = {
    "navigation_with_keys": False,
    "show_nav_level": 2,
    "show_toc_level": 2,
    "header_links_before_dropdown": 8,
    "show_prev_next": True,
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "default",
    "pygments_dark_style": "monokai",
}
html_context = {"default_mode": "auto"}
pygments_style = "default"
highlight_language = "python"

# -- notebooks

nb_execution_mode = "force"
nb_execution_timeout = 120
nb_execution_in_temp = True
nb_execution_show_tb = True  # and `-W` makes an error of it
nb_merge_streams = True
nb_ipywidgets_js: dict[str, dict[str, str]] = {}  # they would come from the network
nb_mime_priority_overrides = [("html", "application/vnd.jupyter.widget-view+json", None)]

myst_enable_extensions = ["colon_fence", "deflist", "attrs_inline", "attrs_block"]
myst_heading_anchors = 3
myst_links_external_new_tab = False

# -- reference

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
autoclass_content = "class"
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True
napoleon_custom_sections = [("Values", "params_style")]
