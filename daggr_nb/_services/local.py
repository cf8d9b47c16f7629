"""A Space as a process on this machine: its files, an environment, the app.

It is somebody else's code, so it gets no token of this user. It never outlives the kernel: its
launcher ends when the pipe to it closes. What it prints is read all the time.
"""

from __future__ import annotations

import collections
import contextlib
import hashlib
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import platformdirs

from daggr_nb._paths import private_folder, user_folder
from daggr_nb._services import hub, launcher
from daggr_nb._services.connection import said
from daggr_nb.errors import RemoteError, RunCancelled, Unreachable

Tell = Callable[[str], object]
_LINES = 200  # of what an app prints, which are kept at hand
_LOG = 5 << 20  # bytes of it that are kept in a file
_POLL = 0.1  # seconds
_ENDING = 1.0  # seconds
_LOG_SECONDS = 30 * 86_400  # after which nobody wants to read a log
_ENVIRONMENT_SECONDS = 90 * 86_400  # without use, after which an environment goes
_IN_USE = ".in-use-"  # the names of files in an environment that kernels hold locked
_RUNNING_ON = re.compile(r"[Rr]unning on (?:local URL:\s*)?(http://\S+?:(\d+))")
_SECRET = re.compile(r"TOKEN|SECRET|PASSWORD|API_?KEY|CREDENTIAL", re.IGNORECASE)


class LocalApp:
    """One Space at one commit, running. ``url`` is where; ``log`` is what it prints."""

    def __init__(self, space: str, commit: str) -> None:
        self.space, self.commit = space, commit
        self.url = ""
        self.lines: collections.deque[str] = collections.deque(maxlen=_LINES)
        self.users = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._printed_url = ""
        self._let_go: Callable[[], object] = lambda: None  # of its environment
        self._log: Tell | None = None  # who hears what it prints, while somebody waits for it
        self._lock = threading.Lock()

    @property
    def alive(self) -> bool:
        """Whether its process runs."""
        return self._process is not None and self._process.poll() is None

    def end(self) -> str:
        """Return how its process ended and what it said last; nothing while it runs.

        One that hangs up is about to end, for which it has a moment.
        """
        process = self._process
        if process is None:
            return ""
        try:
            code = process.wait(_ENDING)
        except subprocess.TimeoutExpired:
            return ""
        tail = "\n".join(list(self.lines)[-12:])
        return f"Its process ended with exit code {code}." + (f"\n{tail}" if tail else "")

    def start(self, tell: Tell, log: Tell, cancelled: Callable[[], bool]) -> None:
        """See to it that it runs and answers; ``tell`` hears what is done, ``log`` what is said.

        Raises :class:`~daggr_nb.errors.RemoteError` if it does not come up.
        """
        with self._lock:
            if self.alive and self.url:
                return
            self._end()
            folder, card = _snapshot(self.space, self.commit, tell)
            try:
                python = environment(folder, card, tell, log, cancelled)
                self._let_go = hold_environment(environment_folder(folder, card))
            except OSError as error:
                raise self._failed(f"has no environment: {error}") from None
            tell(f"starting {self.space} on this machine")
            self._log = log
            try:
                self._begin(folder, card, python)
                self._wait_until_it_answers(cancelled)
            except OSError as error:  # no such Python, no room
                self._end()
                raise self._failed(f"could not be started: {error}") from None
            except BaseException:
                self._end()
                raise
            finally:
                self._log = None

    def stop(self) -> None:
        """End it."""
        with self._lock:
            self._end()

    def _begin(self, folder: pathlib.Path, card: Mapping[str, Any], python: pathlib.Path) -> None:
        port = _free_port()
        self.url, self._printed_url = f"http://127.0.0.1:{port}", ""
        self._process = subprocess.Popen(
            [str(python), "-u", launcher.__file__, str(card.get("app_file") or "app.py")],
            cwd=folder,
            env=_environment_of(port),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        args = (self._process,)
        threading.Thread(target=self._read, args=args, name="daggr-nb-app", daemon=True).start()

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        """Read what the app prints as long as it does: a full pipe would stop it."""
        left = _LOG
        folder = _folder("logs")
        _sweep_logs(folder)
        path = folder / f"{self.space.replace('/', '--')}-{self.commit[:7]}.log"
        assert process.stdout is not None
        with (
            process.stdout,
            open(path, "wb") as file,
            contextlib.suppress(ValueError, OSError),
        ):
            while data := process.stdout.read1(1 << 16):  # type: ignore[attr-defined]
                file.write(data[:left])
                file.flush()
                left -= min(left, len(data))
                for line in data[-(1 << 14) :].decode("utf-8", "replace").splitlines():
                    self.lines.append(line)
                    found = _RUNNING_ON.search(line)
                    if found:
                        self._printed_url = f"http://127.0.0.1:{found[2]}"
                    log = self._log
                    if log is not None:
                        log(line)

    def _wait_until_it_answers(self, cancelled: Callable[[], bool]) -> None:
        limit = float(os.environ.get("DAGGR_LOCAL_TIMEOUT", "120"))
        end = time.monotonic() + limit
        while time.monotonic() < end:
            if cancelled():
                raise RunCancelled("The run was cancelled while a Space was started.")
            if not self.alive:
                code = self._process.wait() if self._process is not None else None
                raise self._failed(f"ended with exit code {code}")
            for url in dict.fromkeys((self.url, self._printed_url)):
                if url and _answers(url):
                    self.url = url
                    return
            time.sleep(_POLL)
        raise self._failed(f"did not answer within {limit:g} s (DAGGR_LOCAL_TIMEOUT)")

    def _failed(self, what: str) -> RemoteError:
        service = f"the Space {self.space} on this machine"
        text = said(service, what, "See its log.")
        tail = "\n".join(list(self.lines)[-12:])
        return Unreachable(f"{text}\n{tail}" if tail else text, service=service)

    def _end(self) -> None:
        process, self._process = self._process, None
        try:
            self._end_process(process)
        finally:
            self._let_go()

    def _end_process(self, process: subprocess.Popen[bytes] | None) -> None:
        if process is None:
            return
        with contextlib.suppress(OSError):
            if process.stdin is not None:
                process.stdin.close()  # which its launcher waits for
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(2)
            return
        process.kill()
        process.wait()


_apps: dict[tuple[str, str], LocalApp] = {}
_lock = threading.RLock()  # the collector may let go of a node while another one is taken up


def hold(space: str, commit: str) -> LocalApp:
    """Return the one app of a Space at a commit, for one more node; it may be yet to be started."""
    with _lock:
        app = _apps.setdefault((space, commit), LocalApp(space, commit))
        app.users += 1
        return app


def release(app: LocalApp) -> None:
    """Note that a node is gone that called an app; the last one ends it.

    Whoever the collector interrupts with this does not wait for the end.
    """
    with _lock:
        app.users -= 1
        if app.users > 0:
            return
        if _apps.get((app.space, app.commit)) is app:
            del _apps[app.space, app.commit]
    try:
        threading.Thread(target=app.stop, name="daggr-nb-app-end", daemon=True).start()
    except RuntimeError:  # Python is on its way out
        app.stop()


def stop_all() -> None:
    """End all that run."""
    with _lock:
        running = list(_apps.values())
        _apps.clear()
    for app in running:
        app.stop()


def known_commit(space: str) -> str:
    """Return the commit that was last run here; empty if there is none, or it is to be updated.

    ``DAGGR_UPDATE_SPACES`` asks for what there is now.
    """
    if os.environ.get("DAGGR_UPDATE_SPACES", "").lower() in ("1", "true", "yes"):
        return ""
    with contextlib.suppress(OSError):
        return _commit_file(space).read_text().strip()
    return ""


def remember_commit(space: str, commit: str) -> None:
    """Note which commit of a Space was run here."""
    with contextlib.suppress(OSError):
        _commit_file(space).write_text(commit)


def _commit_file(space: str) -> pathlib.Path:
    return _folder("spaces") / f"{space.replace('/', '--')}.commit"


# ---------------------------------------------------------------- files and environment


def _folder(name: str) -> pathlib.Path:
    folder = user_folder(platformdirs.user_cache_path) / name
    private_folder(folder)
    return folder


def _snapshot(space: str, commit: str, tell: Tell) -> tuple[pathlib.Path, dict[str, Any]]:
    """Return the folder with a Space's files, and what its README says of it."""
    import huggingface_hub  # noqa: PLC0415 - takes long to load
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError  # noqa: PLC0415

    tell(f"fetching {space} at {commit[:7]}")
    try:
        folder = huggingface_hub.snapshot_download(
            space, repo_type="space", revision=commit, endpoint=hub.endpoint(), token=hub.token()
        )
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError, ValueError) as error:
        what = f"could not be fetched: {' '.join(str(error).split())}"
        service = f"the Space {space}"
        raise Unreachable(said(service, what, "See the Hub."), service=service) from None
    card: dict[str, Any] = {}
    with contextlib.suppress(Exception):  # a README that nobody can read says nothing
        card = huggingface_hub.RepoCard.load(pathlib.Path(folder) / "README.md").data.to_dict()
    return pathlib.Path(folder), card


def environment_folder(folder: pathlib.Path, card: Mapping[str, Any]) -> pathlib.Path:
    """Return where the environment of a Space is, or will be; those that need the same share it."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    parts = (version, sys.platform, *requirements(folder, card))
    return _folder("environments") / hashlib.sha256("\0".join(parts).encode()).hexdigest()[:24]


def requirements(folder: pathlib.Path, card: Mapping[str, Any]) -> list[str]:
    """Return what a Space needs: Gradio as its README says, and its ``requirements.txt``."""
    sdk = str(card.get("sdk_version") or "")
    needed = [f"gradio[oauth]=={sdk}" if sdk else "gradio[oauth]", "spaces"]
    with contextlib.suppress(OSError):
        text = (folder / "requirements.txt").read_text(encoding="utf-8", errors="replace")
        lines = (line.split(" #")[0].strip() for line in text.splitlines())
        needed += [line for line in lines if line and not line.startswith("#")]
    return needed


def environment(
    folder: pathlib.Path,
    card: Mapping[str, Any],
    tell: Tell,
    log: Tell,
    cancelled: Callable[[], bool],
) -> pathlib.Path:
    """Return the Python of a Space's environment, which is made if there is none yet."""
    from filelock import FileLock  # noqa: PLC0415 - comes with huggingface_hub

    place = environment_folder(folder, card)
    python = place / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    ready = place / ".ready"
    with FileLock(f"{place}.lock"):  # another kernel may be at it, or about to remove it
        if ready.exists():
            ready.touch()  # which says that it was used
            return python
        shutil.rmtree(place, ignore_errors=True)
        tell("installing what the Space needs; the first time this takes minutes")
        file = place.with_suffix(".txt")
        file.write_text("\n".join(requirements(folder, card)) + "\n", encoding="utf-8")
        for command in _commands(place, python, file):
            _run(command, folder, log, cancelled)
        ready.touch()
    _sweep_environments(place.parent)
    return python


def hold_environment(place: pathlib.Path) -> Callable[[], object]:
    """Say that an environment is in use until the answer is called, or this process ends."""
    from filelock import FileLock  # noqa: PLC0415 - comes with huggingface_hub

    path = place / f"{_IN_USE}{os.urandom(6).hex()}"
    lock = FileLock(path, thread_local=False)  # whichever thread lets go of it
    lock.acquire()

    def let_go() -> None:
        lock.release()
        path.unlink(missing_ok=True)

    return let_go


def _is_held(place: pathlib.Path) -> bool:
    from filelock import FileLock, Timeout  # noqa: PLC0415 - comes with huggingface_hub

    for path in place.glob(f"{_IN_USE}*"):
        try:
            with FileLock(path, timeout=0):
                pass
        except Timeout:
            return True
    return False


def _sweep_environments(folder: pathlib.Path) -> None:
    """Remove environments that nobody has used for long, but for those that are in use now."""
    from filelock import FileLock, Timeout  # noqa: PLC0415 - comes with huggingface_hub

    for ready in folder.glob("*/.ready"):
        place = ready.parent
        with contextlib.suppress(OSError, Timeout):
            if _is_older(ready, _ENVIRONMENT_SECONDS):
                with FileLock(f"{place}.lock", timeout=0):
                    if _is_older(ready, _ENVIRONMENT_SECONDS) and not _is_held(place):
                        ready.unlink()  # what is left half-way is made anew
                        shutil.rmtree(place, ignore_errors=True)


def _sweep_logs(folder: pathlib.Path) -> None:
    for path in folder.glob("*.log"):
        with contextlib.suppress(OSError):
            if _is_older(path, _LOG_SECONDS):
                path.unlink()


def _is_older(path: pathlib.Path, seconds: float) -> bool:
    return time.time() - path.stat().st_mtime > seconds


def _commands(place: pathlib.Path, python: pathlib.Path, file: pathlib.Path) -> Iterator[list[str]]:
    uv = shutil.which("uv")
    if uv is not None:
        yield [uv, "venv", "--quiet", "--python", sys.executable, str(place)]
        yield [uv, "pip", "install", "--python", str(python), "--requirement", str(file)]
    else:
        yield [sys.executable, "-m", "venv", str(place)]
        pip = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--quiet"]
        yield [*pip, "--requirement", str(file)]


def _run(
    command: list[str], folder: pathlib.Path, log: Tell, cancelled: Callable[[], bool]
) -> None:
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=_environment_of(None),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    lines: collections.deque[str] = collections.deque(maxlen=_LINES)

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line.rstrip())
            log(line)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    while process.poll() is None:
        if cancelled():
            process.kill()
            process.wait()
            raise RunCancelled("The run was cancelled while a Space was installed.")
        time.sleep(_POLL)
    reader.join(2)
    if process.stdout is not None:
        process.stdout.close()
    if process.returncode:
        what = f"installing what it needs failed: {lines[-1] if lines else 'nothing was said'}"
        tail = "\n".join(list(lines)[-12:])
        raise Unreachable(said("A Space on this machine", what, "See its log.") + f"\n{tail}")


# ---------------------------------------------------------------- the process


def _environment_of(port: int | None) -> dict[str, str]:
    """Return the environment of somebody else's code: none of this user's secrets are in it."""
    kept = {name: value for name, value in os.environ.items() if not _SECRET.search(name)}
    for name in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "GRADIO_ROOT_PATH"):
        kept.pop(name, None)
    if port is not None:
        kept |= {
            "GRADIO_SERVER_PORT": str(port),
            "GRADIO_SERVER_NAME": "127.0.0.1",
            "GRADIO_ANALYTICS_ENABLED": "False",
            "GRADIO_SHARE": "False",
            "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1",
            "PYTHONUNBUFFERED": "1",
        }
    return kept


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _answers(url: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{url}/config", timeout=2) as answer:
            return bool(answer.status == 200)
    except (OSError, ValueError):
        return False
