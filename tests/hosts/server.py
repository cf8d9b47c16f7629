"""A real JupyterLab on a folder of its own, with settings, runtime files and store of its own."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
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


def environment(home: Path) -> dict[str, str]:
    folders = {
        "JUPYTER_CONFIG_DIR": home / "config",
        "JUPYTER_DATA_DIR": home / "data",
        "JUPYTER_RUNTIME_DIR": home / "runtime",
        "JUPYTERLAB_SETTINGS_DIR": home / "settings",
        "JUPYTERLAB_WORKSPACES_DIR": home / "workspaces",
        "IPYTHONDIR": home / "ipython",
        "DAGGR_NB_HOME": home / "store",
    }
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("JUPYTER")}
    return {**inherited, **{k: str(v) for k, v in folders.items()}, "PATH": path}


@contextlib.contextmanager
def jupyterlab(home: Path) -> Iterator[Jupyter]:
    notebooks = shutil.copytree(NOTEBOOKS, home / "notebooks")
    (home / "config" / "labconfig").mkdir(parents=True)
    settings = home / "config" / "labconfig" / "default_setting_overrides.json"
    settings.write_text(json.dumps(SETTINGS))
    command = [
        str(Path(sys.executable).parent / "jupyter-lab"),
        "--no-browser",
        "--allow-root",
        "--expose-app-in-browser",
        "--JupyterNotebookApp.expose_app_in_browser=True",  # the same server has Notebook 7
        "--ServerApp.ip=127.0.0.1",
        "--ServerApp.port=0",  # the system chooses one that nobody else has
        f"--ServerApp.root_dir={notebooks}",
        "--ServerApp.disable_check_xsrf=True",
        "--IdentityProvider.token=",
    ]
    log = home / "jupyter.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=notebooks,
            env=environment(home),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        url = wait_until_up(home / "runtime", process, log)
        yield Jupyter(url, notebooks, home / "store")
    finally:
        end(process)


def wait_until_up(runtime: Path, process: subprocess.Popen[bytes], log: Path) -> str:
    """Return the server's address once it answers; it writes down which port it got."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError, ValueError, StopIteration):
            info = json.loads(next(runtime.glob("jpserver-*.json")).read_text())
            url = f"http://127.0.0.1:{info['port']}"
            urllib.request.urlopen(f"{url}/api", timeout=5).close()
            return url
        time.sleep(0.1)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text(errors='replace')[-3000:]}")


def end(process: subprocess.Popen[bytes]) -> None:
    """End the server and its kernels, which share its process group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
