"""Find a Chromium that works, or install one.

python -m tests.hosts.browser             print where it is
python -m tests.hosts.browser --install   install one first if there is none
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ON_PATH = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ON_MAC = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
HELP = """\
The tests in tests/hosts need a Chromium or Chrome, and none could be found or installed.
  Debian:   sudo apt-get install chromium
  Ubuntu:   .venv/bin/python -m playwright install --with-deps chromium
  macOS:    brew install --cask chromium
or name one: CHROMIUM=/path/to/chromium make test"""


def candidates() -> Iterator[str]:
    if named := os.environ.get("CHROMIUM"):
        yield named
        return
    yield from filter(None, map(shutil.which, ON_PATH))
    yield from filter(os.path.exists, ON_MAC)
    yield from filter(os.path.exists, [playwright_own()])


def playwright_own() -> str:
    """Where `playwright install chromium` puts its own."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return playwright.chromium.executable_path


def works(program: str) -> bool:
    """Tell a browser from a stub: on Ubuntu, `chromium-browser` may only ask for a snap."""
    command = [program, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", "about:blank"]
    try:
        page = subprocess.run(command, capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return page.returncode == 0 and b"<html" in page.stdout


@cache
def find() -> str | None:
    return next(filter(works, candidates()), None)


def install() -> None:
    """Install with the system's package manager if we may, else a private copy."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    if root and shutil.which("apt-get"):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for arguments in (["update", "-qq"], ["install", "-y", "-qq", "chromium"]):
            subprocess.run(
                ["apt-get", *arguments], env=environment, stdin=subprocess.DEVNULL, check=False
            )
        find.cache_clear()
        if find():
            return
    extra = ["--with-deps"] if root else []
    subprocess.run([sys.executable, "-m", "playwright", "install", *extra, "chromium"], check=False)
    find.cache_clear()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--install", action="store_true")
    if parser.parse_args().install and not find():
        print("No Chromium found; installing one ...", flush=True)
        install()
    found = find()
    print(Path(found) if found else HELP, file=sys.stdout if found else sys.stderr)
    return 0 if found else 1


if __name__ == "__main__":
    raise SystemExit(main())
