"""Play the scenario in every host, print what came of it, and put the table into the README.

python -m tests.hosts.matrix                 all hosts, with ipykernel 7 and 6
python -m tests.hosts.matrix --only Voila    one of them; the others' results stay
python -m tests.hosts.matrix --table         only put the table into the README again
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import re
import site
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from tests.hosts import browser
from tests.hosts.everywhere import HOSTS, OLD_KERNEL, Opening, Servers
from tests.hosts.scenario import AFTERWARDS, AT_ONCE, STEPS, YES, play

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
RECORD = Path(__file__).with_name("matrix.json")
KERNEL6 = "6.29.5"
PACKAGES = {  # whose version matters, by host
    "JupyterLab": "jupyterlab",
    "Notebook 7": "notebook",
    "JupyterLab, side panel": "sidecar",
    "Voila": "voila",
    "Colab-like page": "ipywidgets",
    "Colab-like page, few messages": "ipywidgets",
    "marimo": "marimo",
    "marimo edit": "marimo",
    "served page": "uvicorn",
    "saved page": "nbconvert",
}
BEGIN, END = "<!-- hosts: made by `make hosts` -->", "<!-- hosts: end -->"
Record = Mapping[str, Mapping[str, Any]]


def recorded() -> Record:
    """What came of the last runs, by host: ``versions``, and ``steps`` with their outcomes."""
    found: Record = json.loads(RECORD.read_text(encoding="utf-8"))
    return found


def with_table(readme: str, record: Record) -> str:
    """The README with the table of ``record`` between its marks."""
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"README.md lacks {BEGIN} or {END}")
    return f"{before}{BEGIN}\n\n{table(record)}\n\n{END}{after}"


def table(record: Record) -> str:
    """Hosts × steps as Markdown; ``✓`` is yes, most other outcomes are said below."""
    notes: dict[str, int] = {}

    def cell(outcome: str) -> str:
        if outcome == YES:
            return "✓"
        if outcome in (AT_ONCE, AFTERWARDS):
            return outcome
        mark = "✓" if not outcome.startswith("FAILED") else "✗"
        if outcome in ("read-only", "no cells there"):
            mark = "–"
        return f"{mark} {notes.setdefault(outcome, len(notes) + 1)}"

    lines = ["| Host | " + " | ".join(STEPS) + " |", "|---" * (len(STEPS) + 1) + "|"]
    for name, found in record.items():
        cells = " | ".join(cell(found["steps"][step]) for step in STEPS)
        lines.append(f"| {name}<br>{found['versions']} | {cells} |")
    said = "; ".join(f"{number}: {outcome}" for outcome, number in notes.items())
    return "\n".join([*lines, "", f"{said}."])


def kernel6(home: Path) -> None:
    """Make a kernelspec of ipykernel 6: its own environment, all else from this one."""
    folder = ROOT / "build" / "ipykernel6"
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        own = Path(subprocess.check_output([python, "-c", PURELIB], text=True).strip())
        here = next(p for p in site.getsitepackages() if p.startswith(sys.prefix))
        (own / "rest.pth").write_text(f"import site; site.addsitedir({here!r})\n")
        command = [python, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
        subprocess.run([*command, f"ipykernel=={KERNEL6}"], check=True)
    spec = home / "data" / "kernels" / "ipykernel6"
    spec.mkdir(parents=True)
    argv = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    about = {"argv": argv, "display_name": "ipykernel 6", "language": "python"}
    (spec / "kernel.json").write_text(json.dumps(about))


def no_more(home: Path) -> None:
    """Leave a server's folder as it is."""


PURELIB = "import sysconfig; print(sysconfig.get_path('purelib'))"


def played(running: Browser, name: str, opening: Opening, old: bool) -> dict[str, Any]:
    """Play the scenario in one host; what fails ends it there, and says so."""
    kernel = KERNEL6 if old else importlib.metadata.version("ipykernel")
    package = PACKAGES[name]
    versions = f"{package} {importlib.metadata.version(package)}"
    if package not in ("marimo", "uvicorn"):
        versions += f", ipykernel {kernel}"
    steps = dict.fromkeys(STEPS, "FAILED before")
    page = running.new_context(viewport={"width": 1600, "height": 1200}).new_page()
    with tempfile.TemporaryDirectory() as folder:
        try:
            with (
                Servers(Path(folder), kernel6 if old else no_more) as servers,
                opening(page, servers) as host,
            ):
                begun = time.monotonic()
                for step, outcome in play(host):
                    steps[step] = outcome
                    took = time.monotonic() - begun
                    print(f"  {step:<28}{outcome:<44}{took:6.1f} s", flush=True)
        except Exception as error:  # noqa: BLE001 - the table is to have all hosts
            failed = next(step for step in STEPS if steps[step] == "FAILED before")
            steps[failed] = f"FAILED: {type(error).__name__}: {error}".splitlines()[0]
            print(f"  {failed:<28}{error}", flush=True)
    page.context.close()
    return {"versions": versions, "steps": steps}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", action="append", help="a host; may be given several times")
    parser.add_argument("--table", action="store_true", help="play nothing")
    given = parser.parse_args()
    record = dict(recorded()) if RECORD.exists() else {}
    wanted = {name: (opening, False) for name, opening in HOSTS.items()}
    wanted |= {f"{name}, ipykernel 6": (opening, True) for name, opening in OLD_KERNEL.items()}
    if not given.table:
        with sync_playwright() as playwright:
            running = playwright.chromium.launch(
                executable_path=browser.find(), args=list(browser.FLAGS)
            )
            for name, (opening, old) in wanted.items():
                if given.only and name not in given.only:
                    continue
                print(name, flush=True)
                plain = re.sub(", ipykernel 6$", "", name)
                record[name] = played(running, plain, opening, old)
        record = {name: record[name] for name in wanted if name in record}
        RECORD.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n")
    README.write_text(with_table(README.read_text(encoding="utf-8"), record), encoding="utf-8")
    print(table(record))
    return int("FAILED" in table(record))


if __name__ == "__main__":
    raise SystemExit(main())
