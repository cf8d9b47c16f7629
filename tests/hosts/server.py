"""Real servers, each on a folder of its own, with settings, runtime files and store of its own."""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
SETTINGS = {
    # The question whether to fetch news would lie over the notebook.
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false"},
    "@jupyterlab/apputils-extension:themes": {"theme": "JupyterLab Light"},
}


@dataclass(frozen=True)
class Jupyter:
    """``notebooks`` is the server's root folder, ``store`` what its kernels record into."""

    url: str
    notebooks: Path
    store: Path

    def api(self, method: str, path: str) -> Any:
        request = urllib.request.Request(f"{self.url}/api/{path}", method=method)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.loads(answer.read() or "null")

    def forget(self) -> None:
        """End all kernels and empty the store, as if nothing had been run."""
        for kernel in self.api("GET", "kernels"):
            with contextlib.suppress(urllib.error.HTTPError):
                self.api("DELETE", f"kernels/{kernel['id']}")
        shutil.rmtree(self.store, ignore_errors=True)

    @contextlib.contextmanager
    def untouched(self) -> Iterator[None]:
        """Leave nothing behind, and find nothing."""
        self.forget()
        yield
        self.forget()


def environment(home: Path) -> dict[str, str]:
    folders = {
        "JUPYTER_CONFIG_DIR": home / "config",
        "JUPYTER_DATA_DIR": home / "data",
        "JUPYTER_RUNTIME_DIR": home / "runtime",
        "JUPYTERLAB_SETTINGS_DIR": home / "settings",
        "JUPYTERLAB_WORKSPACES_DIR": home / "workspaces",
        "IPYTHONDIR": home / "ipython",
        "DAGGR_NB_HOME": home / "store",
        "XDG_CONFIG_HOME": home / "config",  # marimo's settings
    }
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("JUPYTER")}
    return {**inherited, **{k: str(v) for k, v in folders.items()}, "PATH": path}


@contextlib.contextmanager
def jupyterlab(home: Path) -> Iterator[Jupyter]:
    """JupyterLab, and Notebook 7 on the same server."""
    notebooks = shutil.copytree(NOTEBOOKS, home / "notebooks", dirs_exist_ok=True)
    shutil.rmtree(home / "runtime", ignore_errors=True)  # of a server that was here before
    (home / "config" / "labconfig").mkdir(parents=True, exist_ok=True)
    settings = home / "config" / "labconfig" / "default_setting_overrides.json"
    settings.write_text(json.dumps(SETTINGS))
    command = [
        "jupyter-lab",
        "--no-browser",
        "--allow-root",
        "--expose-app-in-browser",
        "--JupyterNotebookApp.expose_app_in_browser=True",
        "--ServerApp.ip=127.0.0.1",
        "--ServerApp.port=0",  # the system chooses one that nobody else has
        f"--ServerApp.root_dir={notebooks}",
        "--ServerApp.disable_check_xsrf=True",
        "--ServerApp.allow_origin=*",
        "--IdentityProvider.token=",
    ]
    with started(command, home, notebooks) as process:
        url = wait_for(process, home, lambda: noted_address(home / "runtime"), "/api")
        yield Jupyter(url, notebooks, home / "store")


@contextlib.contextmanager
def voila(home: Path, *options: str) -> Iterator[Jupyter]:
    """Voila over ``home/notebooks``, stand-alone as people run it."""
    notebooks = home / "notebooks"
    notebooks.mkdir(parents=True, exist_ok=True)
    url = free_address()
    port = url.rpartition(":")[2]
    command = ["voila", str(notebooks), "--no-browser", "--Voila.ip=127.0.0.1", f"--port={port}"]
    with started([*command, *options], home, notebooks) as process:
        wait_for(process, home, lambda: url, "/")
        yield Jupyter(url, notebooks, home / "store")


@contextlib.contextmanager
def marimo(home: Path, notebook: Path, does: str = "run", *options: str) -> Iterator[Jupyter]:
    """``marimo run`` or ``marimo edit`` of one notebook."""
    url = free_address()
    port = url.rpartition(":")[2]
    command = ["marimo", "--yes", does, "--headless", f"--port={port}", "--no-token", *options]
    with started([*command, "--host=127.0.0.1", str(notebook)], home, home) as process:
        wait_for(process, home, lambda: url, "/health")
        yield Jupyter(url, home, home / "store")


@contextlib.contextmanager
def started(command: list[str], home: Path, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Start a program of this environment with everything it writes below ``home``."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "log").open("wb") as output:
        process = subprocess.Popen(
            [str(Path(sys.executable).parent / command[0]), *command[1:]],
            cwd=folder,
            env=environment(home),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        end(process)


@contextlib.contextmanager
def serving(handler: Callable[..., http.server.BaseHTTPRequestHandler]) -> Iterator[str]:
    """Answer requests of this machine on a thread; yield the address."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


def free_address() -> str:
    """An address for a server that cannot choose and tell one itself."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


def noted_address(runtime: Path) -> str:
    """The address that a Jupyter server has written down."""
    info = json.loads(next(runtime.glob("jpserver-*.json")).read_text())
    return f"http://127.0.0.1:{info['port']}"


def wait_for(
    process: subprocess.Popen[bytes], home: Path, address: Callable[[], str], path: str
) -> str:
    """Return the server's address once it answers."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError, ValueError, StopIteration):
            url = address()
            urllib.request.urlopen(url + path, timeout=5).close()
            return url
        time.sleep(0.1)
    log = (home / "log").read_text(errors="replace")
    raise RuntimeError(f"{process.args} did not start:\n{log[-3000:]}")


def end(process: subprocess.Popen[bytes]) -> None:
    """End the server and its kernels, which share its process group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
