"""Kernels in processes of their own, which talk through files: ports meet those of other tests."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from typing import Any

import jupyter_client
from jupyter_client.blocking.client import BlockingKernelClient


def new_manager() -> jupyter_client.KernelManager:
    """Return what starts a kernel. Its files go with it."""
    folder = tempfile.mkdtemp(prefix="k")  # short: the path of a socket has a hundred letters
    manager = jupyter_client.KernelManager(kernel_name="python3", transport="ipc", ip=f"{folder}/k")
    weakref.finalize(manager, shutil.rmtree, folder, ignore_errors=True)
    return manager


def started_kernel(**options: Any) -> tuple[jupyter_client.KernelManager, BlockingKernelClient]:
    """Start a kernel and return it with a client, once it answers."""
    manager = new_manager()
    manager.start_kernel(**options)
    client = manager.blocking_client()
    client.start_channels()
    client.wait_for_ready(timeout=120)
    return manager, client
