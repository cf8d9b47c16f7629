"""The files that make a project a Docker Space: Dockerfile, README and requirements."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence

from daggr_nb._deploy.requirements import WHEELS

DOCKERFILE, README, REQUIREMENTS, PACKAGES = (
    "Dockerfile",
    "README.md",
    "requirements.txt",
    "packages.txt",
)
PORT = 7860
_DOCKERFILE = """\
# Made by daggr-nb deploy.
FROM python:{version}-slim
{packages}RUN useradd --create-home --uid 1000 user
USER user
ENV HOME=/home/user PATH=/home/user/.local/bin:$PATH PYTHONUNBUFFERED=1
WORKDIR /home/user/app
{first}RUN pip install --no-cache-dir --user -r {requirements}
COPY --chown=user . .
EXPOSE {port}
CMD {command}
"""
_PACKAGES = """\
COPY packages.txt /tmp/packages.txt
RUN apt-get update && xargs -r apt-get install -y --no-install-recommends < /tmp/packages.txt \\
    && rm -rf /var/lib/apt/lists/*
"""
_FRONT = re.compile(r"\A---\s*\n(.*?)^---\s*\n?", re.DOTALL | re.MULTILINE)
_OWN = re.compile(r"^(sdk|app_port|app_file|sdk_version|python_version)\s*:.*\n?", re.MULTILINE)


def serve_command(entry: str, graph: str | None, options: Sequence[str]) -> list[str]:
    """Return the words that serve a graph on its Space."""
    words = ["daggr-nb", "serve", entry, "--host", "0.0.0.0", "--port", str(PORT), "--no-reload"]
    return [*words, *(["--graph", graph] if graph else []), *options]


def dockerfile(command: Sequence[str], has_packages: bool, has_wheels: bool) -> str:
    """Return how the image is made: the Python of this machine, user 1000, port 7860.

    What is to be installed comes first, so that an edit of the project does not install it again.
    """
    first = f"COPY --chown=user {REQUIREMENTS} ./\n"
    if has_wheels:
        first += f"COPY --chown=user {WHEELS} ./{WHEELS}\n"
    return _DOCKERFILE.format(
        version=f"{sys.version_info.major}.{sys.version_info.minor}",
        packages=_PACKAGES if has_packages else "",
        first=first,
        requirements=REQUIREMENTS,
        port=PORT,
        command=json.dumps(list(command)),
    )


def readme(title: str, former: str | None) -> str:
    """Return a README that says what the Space is; one that the project has keeps its text."""
    own = f"sdk: docker\napp_port: {PORT}\n"
    front = _FRONT.match(former or "")
    if former is None:
        text = (
            f"# {title}\n\nA graph of daggr_nb: a page for people, and an address for programs.\n"
        )
    else:
        text = former[front.end() :] if front else former
    kept = _OWN.sub("", front[1]) if front else ""
    if not re.search(r"^title\s*:", kept, re.MULTILINE):
        kept = f"title: {json.dumps(title, ensure_ascii=False)}\n{kept}"
    if not re.search(r"^emoji\s*:", kept, re.MULTILINE):
        kept += "emoji: 🕸️\n"
    return f"---\n{kept}{own}---\n\n{text.lstrip()}"


def requirements_text(given: str, lines: Sequence[str]) -> str:
    """Return what is installed: the lines that the project has, and those that were found."""
    parts = [given.rstrip("\n")] if given.strip() else []
    return "\n".join([*parts, "# Found by daggr-nb deploy", *lines]) + "\n"
