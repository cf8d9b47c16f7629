"""Build the documentation below build/docs, without a network, and check every link in it.

make docs                              all of it; notebooks are run
.venv/bin/python scripts/docs.py --check    only check the pages that are there
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import time
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "build" / "docs"
LOCAL = ("localhost", "127.0.0.1")
LOADS = {
    "script": ("src",),
    "link": ("href",),
    "img": ("src", "srcset"),
    "iframe": ("src",),
    "source": ("src", "srcset"),
    "video": ("src", "poster"),
    "audio": ("src",),
    "embed": ("src",),
    "object": ("data",),
}
FROM_CSS = re.compile(r"(?:url\(\s*['\"]?|@import\s+['\"])((?:https?:)?//[^'\")\s]+)")


class Page(HTMLParser):
    """What a page names (``ids``), leads to (``links``) and loads (``sources``)."""

    def __init__(self, path: Path) -> None:
        super().__init__(convert_charrefs=True)
        self.path = path
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.sources: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        about = {name: value for name, value in attrs if value is not None}
        self.ids |= {about[name] for name in ("id", "name") if name in about}
        if tag == "a" and "href" in about:
            self.links.append(about["href"])
        for name in LOADS.get(tag, ()):
            if name in about:
                self.sources.append(about[name])


def build() -> int:
    """Run Sphinx; warnings are errors, and all of them are told."""
    shutil.rmtree(PAGES, ignore_errors=True)
    doctrees = ROOT / "build" / "doctrees"
    options = ("-q", "-W", "--keep-going", "-E", "-b", "html", "-d", str(doctrees))
    command = (sys.executable, "-m", "sphinx", *options, str(ROOT / "docs"), str(PAGES))
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def all_pages(folder: Path) -> list[Path]:
    """Return the pages below a folder; the theme has templates among its files."""
    pages = sorted(folder.rglob("*.html"))
    return [page for page in pages if "_static" not in page.relative_to(folder).parts]


def problems(folder: Path) -> tuple[list[str], int]:
    """Return what is wrong with the links of the pages below a folder, and how many there are."""
    pages = {path: Page(path) for path in all_pages(folder)}
    wrong, count = [], 0
    for path, page in pages.items():
        place = path.relative_to(folder)
        for source in page.sources:
            count += 1
            if urlsplit(source).scheme == "data":
                continue
            if is_elsewhere(source):
                wrong.append(f"{place} loads {source} from the network")
            elif target_of(path, urlsplit(source)) is None:
                wrong.append(f"{place} loads {source}, which is not there")
        for link in page.links:
            count += 1
            problem = (
                outer_problem(link) if is_elsewhere(link) else inner_problem(link, page, pages)
            )
            if problem:
                wrong.append(f"{place}: {problem}")
    for sheet in sorted(folder.rglob("*.css")):
        for source in FROM_CSS.findall(sheet.read_text(encoding="utf-8")):
            wrong.append(f"{sheet.relative_to(folder)} loads {source} from the network")
    return wrong, count


def is_elsewhere(link: str) -> bool:
    parts = urlsplit(link)
    return bool(parts.scheme or parts.netloc)


def outer_problem(link: str) -> str:
    """What can be said of an address without a network."""
    try:
        parts = urlsplit(link)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        return f"{link} is no address: {error}"
    if parts.scheme == "mailto":
        return "" if "@" in parts.path else f"{link} names nobody"
    if host in LOCAL and parts.scheme == "http":
        return ""
    if parts.scheme != "https":
        return f"{link} is not https"
    is_name = re.fullmatch(r"(?:[a-z0-9-]+\.)+[a-z]{2,}", host) is not None
    return "" if is_name and not re.search(r"[\s<>]", link) else f"{link} is no address"


def inner_problem(link: str, page: Page, pages: dict[Path, Page]) -> str:
    parts = urlsplit(link)
    target = target_of(page.path, parts)
    if target is None:
        return f"{link} leads nowhere"
    fragment = unquote(parts.fragment)
    if not fragment or target not in pages or fragment in pages[target].ids:
        return ""
    return f"{link} leads to no such place"


def target_of(page: Path, parts: SplitResult) -> Path | None:
    target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    target = target / "index.html" if target.is_dir() else target
    return target if target.exists() else None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="do not build")
    begun = time.monotonic()
    code = 0 if parser.parse_args().check else build()
    wrong, count = problems(PAGES)
    print(*wrong, sep="\n", end="\n" if wrong else "")
    seconds = time.monotonic() - begun
    pages = len(all_pages(PAGES))
    print(f"{pages} pages, {count} links, {len(wrong)} wrong, {seconds:.0f} s: {PAGES}/index.html")
    return 1 if code or wrong or not pages else 0


if __name__ == "__main__":
    raise SystemExit(main())
