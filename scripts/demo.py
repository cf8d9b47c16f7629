"""Open the quickstart in JupyterLab, or run it without a browser.

make demo               JupyterLab on a copy in build/demo, so that a run never changes the checkout
make demo HEADLESS=1    runs it and leaves build/quickstart.html
"""

from __future__ import annotations

import argparse
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import webbrowser
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbconvert import HTMLExporter

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
NOTEBOOK = ROOT / "notebooks" / "01_quickstart.ipynb"
PAGE = ROOT / "build" / "quickstart.html"
CELL_SECONDS = 120

# What a person does by pressing "Run stale" and looking at the page.
WITHOUT_A_CANVAS = ("graph.run()", "graph", "sheet.page.value")
PICTURE = re.compile(rb'<img[^>]+src="data:image/svg\+xml;base64,[A-Za-z0-9+/=]{1000,}"')
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
SCRIPT = re.compile(r"<script\b.*?</script>", re.DOTALL)
FROM_ELSEWHERE = re.compile(rb'<(?:link|img|iframe)[^>]+(?:src|href)="https?://[^"]+"')


def copy_notebooks() -> Path:
    """Copy the notebooks to build/demo; a copy somebody has worked in stays beside the new one."""
    folder = ROOT / "build" / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    for notebook in NOTEBOOK.parent.glob("*.ipynb"):
        copy = folder / notebook.name
        if copy.exists() and copy.read_bytes() != notebook.read_bytes():
            copy.replace(copy.with_name(f"{copy.stem}.previous.ipynb"))
        shutil.copyfile(notebook, copy)
    return folder


def free_port(preferred: int = 8888) -> int:
    for port in (preferred, 0):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise SystemExit("No free port on 127.0.0.1.")


def wait_until_up(url: str, server: subprocess.Popen[bytes], seconds: int = 90) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise SystemExit(f"JupyterLab ended at once (exit code {server.returncode}).")
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
        else:
            return
    server.terminate()
    raise SystemExit(f"JupyterLab did not answer within {seconds} s.")


def can_open_a_browser() -> bool:
    """Whether there is a screen to open one on; a text browser in this terminal would not do."""
    if sys.platform == "linux" and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    ):
        return False
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True


def demo() -> int:
    folder = copy_notebooks()
    port, token = free_port(), secrets.token_hex(16)
    command = [
        str(BIN / "jupyter-lab"),
        "--no-browser",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        f"--ServerApp.root_dir={folder}",
        f"--IdentityProvider.token={token}",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    environment = {"DAGGR_NB_HOME": str(ROOT / "build" / "demo-store"), **os.environ}
    environment["PATH"] = f"{BIN}{os.pathsep}{environment['PATH']}"
    log = ROOT / "build" / "demo.log"
    with log.open("wb") as output:
        # In a session of its own, so that Ctrl-C reaches us alone and JupyterLab does not ask back.
        server = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        base = f"http://127.0.0.1:{port}"
        wait_until_up(f"{base}/api", server)
        url = f"{base}/lab/tree/{NOTEBOOK.name}?token={token}"
        if can_open_a_browser() and webbrowser.open(url):
            print(f"JupyterLab is open in your browser. If it is not, open\n\n    {url}\n")
        else:
            print(f"JupyterLab is running. Open this in a browser:\n\n    {url}\n")
        print("Then choose Run > Run All Cells. Ctrl-C here stops the server.", flush=True)
        return server.wait()
    except KeyboardInterrupt:
        print("\nStopping JupyterLab ...")
        return 0
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()


def headless() -> int:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    notebook.cells += [nbformat.v4.new_code_cell(source) for source in WITHOUT_A_CANVAS]
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(DAGGR_NB_HOME=folder, JUPYTER_PLATFORM_DIRS="1")
        client = NotebookClient(
            notebook,
            timeout=CELL_SECONDS,
            kernel_name="python3",
            store_widget_state=False,
            extra_arguments=["--log-level=ERROR"],
            resources={"metadata": {"path": folder}},
        )
        try:
            client.execute()
        except CellExecutionError as error:
            print(COLOUR.sub("", str(error)))
            return 1
    page = export(notebook)
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_bytes(page)
    for complaint in complaints(notebook):
        print(f"A cell complained:\n{complaint}")
        return 1
    pictures = len(PICTURE.findall(page))
    if pictures < 2:
        print(f"Expected a picture of the graph before and after the run, found {pictures}.")
        return 1
    if strange := FROM_ELSEWHERE.findall(page):
        print(f"Expected a page that needs no network, but it loads {strange[0].decode()}")
        return 1
    print(f"The quickstart ran. {PAGE.relative_to(ROOT)} shows it, with {pictures} pictures of")
    print("the graph: as it was built, and after the run.")
    return 0


def complaints(notebook: nbformat.NotebookNode) -> list[str]:
    """What cells wrote to stderr; our own log goes there too."""
    outputs = (output for cell in notebook.cells for output in cell.get("outputs", ()))
    return [output.text for output in outputs if output.get("name") == "stderr"]


def export(notebook: nbformat.NotebookNode) -> bytes:
    """Return the executed notebook as one page that needs nothing else."""
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            # A widget needs a kernel and a script from elsewhere; its picture needs neither.
            output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)
    page, _ = HTMLExporter(embed_images=True).from_notebook_node(notebook)
    return SCRIPT.sub("", page).encode()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--headless", action="store_true")
    return headless() if parser.parse_args().headless else demo()


if __name__ == "__main__":
    raise SystemExit(main())
