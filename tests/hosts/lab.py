"""What a person does in JupyterLab, or Notebook 7: they share their parts."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Literal

import nbformat
from playwright.sync_api import Page, expect

from tests.hosts.server import Jupyter
from tests.waiting import wait_for

Host = Literal["lab", "notebook"]
ADDRESS: dict[Host, str] = {
    "lab": "{url}/lab/tree/{name}?reset",
    "notebook": "{url}/notebooks/{name}",
}
SCREENSHOTS = Path(__file__).resolve().parents[2] / "build" / "screenshots"

# In the page: the notebook's panel, and the connection to its kernel once it is idle.
PANEL = """
const panel = [...(window.jupyterapp?.shell.widgets('main') ?? [])]
    .find(widget => widget.sessionContext?.session?.kernel);
const kernel = panel?.sessionContext.session.kernel;
"""
KERNEL_IS_IDLE = f"() => {{ {PANEL} return kernel?.status === 'idle'; }}"
EXECUTE = f"""async (code) => {{
    {PANEL}
    const future = kernel.requestExecute({{ code, store_history: false }});
    let text = '', error = null;
    future.onIOPub = ({{ header, content }}) => {{
        if (header.msg_type === 'stream') text += content.text;
        if (header.msg_type === 'execute_result') text += content.data['text/plain'];
        if (header.msg_type === 'error') error = `${{content.ename}}: ${{content.evalue}}`;
    }};
    await future.done;
    return {{ text, error }};
}}"""
RUN_IN_NEW_CELL = f"""async (code) => {{
    {PANEL}
    const notebook = panel.content;
    notebook.activeCellIndex = notebook.widgets.length - 1;
    await jupyterapp.commands.execute('notebook:insert-cell-below');
    notebook.activeCell.model.sharedModel.setSource(code);
    jupyterapp.commands.execute('notebook:run-cell');
    return notebook.activeCellIndex;
}}"""


# An animation that is cancelled for another one rejects.
FADED = """async () => {
    await new Promise(requestAnimationFrame);
    const fades = document.getAnimations().filter(each => each instanceof CSSTransition);
    await Promise.allSettled(fades.map(each => each.finished));
}"""
SOURCES = f"""() => {{
    {PANEL}
    return panel.content.widgets.map(cell => cell.model.sharedModel.getSource());
}}"""
ALL_HAVE_RUN = f"""() => {{
    {PANEL}
    const cells = panel?.content.widgets.filter(cell => cell.model.type === 'code') ?? [];
    return cells.length > 0 && cells.every(cell => cell.model.executionCount !== null);
}}"""
RUN_EDITED = f"""async ([index, code]) => {{
    {PANEL}
    const cell = panel.content.widgets[index];
    if (code !== null) cell.model.sharedModel.setSource(code);
    panel.content.activeCellIndex = index;
    const ended = new Promise(resolve => {{
        const heard = (_, message) => {{
            const {{ header, content }} = message.msg ?? message;
            if (header?.msg_type !== 'status' || content.execution_state !== 'idle') return;
            kernel.anyMessage.disconnect(heard);
            resolve();
        }};
        setTimeout(() => kernel.anyMessage.connect(heard));
    }});
    await jupyterapp.commands.execute('notebook:run-cell');
    await ended;
}}"""


IS_LAB = """url => window.jupyterapp?.name === 'JupyterLab' && location.origin === url"""
OPEN = """async (path) => {
    const { shell, commands } = jupyterapp;
    const opened = await commands.execute('docmanager:open', { path, factory: 'Notebook' });
    for (const widget of [...shell.widgets('main')]) if (widget !== opened) widget.dispose();
}"""
# Documents go before their kernels: nobody is asked whether to save, or told that one died.
CLOSE_ALL = """async () => {
    const { shell, serviceManager } = jupyterapp;
    const panels = [...shell.widgets('right')].filter(each => each.hasClass('jupyterlab-sidecar'));
    for (const widget of [...shell.widgets('main'), ...panels]) widget.dispose();
    shell.collapseRight();
    await serviceManager.sessions.shutdownAll();
}"""


def write_notebook(jupyter: Jupyter, name: str, *cells: str, kernel: str = "python3") -> None:
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
        metadata={"kernelspec": {"name": kernel, "display_name": kernel}},
    )
    nbformat.write(notebook, jupyter.notebooks / name)


def open_notebook(page: Page, jupyter: Jupyter, name: str, host: Host = "lab") -> None:
    """Open a notebook with a kernel of its own; all else here works alike in both hosts.

    A page that is in JupyterLab stays there: loading it takes longer than all the rest.
    """
    if host == "lab" and page.evaluate(IS_LAB, jupyter.url):
        page.evaluate(OPEN, name)
    else:
        page.goto(ADDRESS[host].format(url=jupyter.url, name=name))
    wait_for_kernel(page)


def close_all(page: Page) -> None:
    """Leave JupyterLab as it was before the first notebook, for the next one."""
    page.emulate_media(color_scheme="null", forced_colors="null", reduced_motion="null")
    page.evaluate(CLOSE_ALL)
    use_theme(page, "Light")


def wait_for_kernel(page: Page) -> None:
    page.wait_for_function(KERNEL_IS_IDLE, timeout=90_000)


def run_all(page: Page) -> None:
    """Start running all cells; the promise is not waited for, as a question may hold it up."""
    page.evaluate("() => { jupyterapp.commands.execute('notebook:run-all-cells'); }")


def wait_for_all(page: Page) -> None:
    """Wait until every code cell has run."""
    page.wait_for_function(ALL_HAVE_RUN, timeout=60_000)


SAVED = f"""() => {{
    {PANEL}
    return !panel.context.model.dirty;
}}"""


def save_by_keys(page: Page) -> None:
    """Press what saves the notebook, wherever the focus is, and wait until it is saved."""
    assert not page.evaluate(SAVED), "there is nothing to save"
    # What lets chords pass comes after the cards.
    expect(page.get_by_role("separator", name="Height of the canvas").last).to_be_attached()
    page.keyboard.press("Control+s")
    page.wait_for_function(SAVED)


def execute(page: Page, code: str) -> str:
    """Run code in the notebook's kernel, outside its cells; return what it printed or returned."""
    answer = page.evaluate(EXECUTE, code)
    assert answer["error"] is None, answer["error"]
    return str(answer["text"]).strip()


def wait_for_python(page: Page, expression: str, wanted: object) -> None:
    """Wait until Python has it, as JSON: what the canvas has told is there a moment later."""
    code = f"import json; print(json.dumps({expression}, default=str))"

    def pause(seconds: float) -> None:
        page.wait_for_timeout(1_000 * seconds)

    wait_for(lambda: json.loads(execute(page, code)), wanted, pause)


def run_in_new_cell(page: Page, code: str) -> int:
    """Add a cell at the end, run it, and return its index."""
    return int(page.evaluate(RUN_IN_NEW_CELL, code))


def cell_with(page: Page, text: str) -> tuple[int, str]:
    """The index and the source of the first cell that holds ``text``."""
    sources = page.evaluate(SOURCES)
    return next((index, source) for index, source in enumerate(sources) if text in source)


def run_edited(page: Page, index: int, code: str | None = None) -> None:
    """Type ``code`` into a cell that is there, and run it to its end."""
    page.evaluate(RUN_EDITED, [index, code])


def wait_for_fades(page: Page) -> None:
    """Wait until colours that change slowly are what they are going to be."""
    page.evaluate(FADED)


def save(page: Page) -> None:
    page.evaluate("async () => { await jupyterapp.commands.execute('docmanager:save'); }")


def reload(page: Page) -> None:
    save(page)
    page.reload()
    wait_for_kernel(page)


def restart_kernel(page: Page) -> None:
    page.evaluate(f"async () => {{ {PANEL} await kernel.restart(); }}")
    wait_for_kernel(page)


def kill_kernel(page: Page) -> None:
    """Kill the kernel's process as a crash would; JupyterLab says so and starts another."""
    os.kill(int(execute(page, "import os; print(os.getpid())")), signal.SIGKILL)
    dialog = page.locator(".jp-Dialog").filter(has_text="died")
    expect(dialog).to_be_visible(timeout=30_000)
    dialog.get_by_role("button", name="Ok").click()
    wait_for_kernel(page)


def use_theme(page: Page, name: str) -> None:
    """``Light`` or ``Dark``."""
    theme = f"JupyterLab {name}"
    page.evaluate(
        "async theme => { await jupyterapp.commands.execute('apputils:change-theme', { theme }); }",
        theme,
    )
    chosen = page.locator(f"body[data-jp-theme-name='{theme}']")
    expect(chosen).to_be_attached(timeout=30_000)  # its style sheet has to come first
