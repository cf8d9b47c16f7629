"""Runs an app's file and ends, with all that it started, when standard input closes.

It is run as a program by the Python of the app's own environment, so that it imports nothing of
this package: ``python launcher.py APP_FILE``.
"""

import os
import runpy
import signal
import sys
import threading


def _end_with_input() -> None:
    while os.read(sys.stdin.fileno(), 1 << 16):  # not a buffered one, which Python waits for
        pass
    if hasattr(os, "killpg"):
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os._exit(0)


if __name__ == "__main__":
    file = sys.argv[1]
    threading.Thread(target=_end_with_input, daemon=True).start()
    sys.argv = [file]
    sys.path[0] = os.path.dirname(os.path.abspath(file))
    runpy.run_path(file, run_name="__main__")
    threading.Event().wait()  # launch() may have returned
