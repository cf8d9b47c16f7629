"""A real JupyterLab and a real Chromium for the tests of hosts."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, sync_playwright

from tests.hosts import browser, canvas_page, lab, server
from tests.hosts.everywhere import Servers

# What hosts do wrong, and nobody notices.
OF_THE_HOST = (
    "[anywidget] Failed to initialize model.",  # it was late; the canvas hears all the same
    "Cannot read properties of undefined (reading 'schema')",  # Notebook 7's settings
    "Command 'filebrowser:open-path' not registered.",  # Notebook 7, as it opens a file
    # marimo, ten seconds after a view of a widget asked for it that its cell had taken along
    "Model not found for key: ",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.hosts)
            item.add_marker(pytest.mark.timeout(300))


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """One server of every kind, for all tests of a worker."""
    with Servers(tmp_path_factory.mktemp("servers")) as servers:
        yield servers


@pytest.fixture
def jupyter(servers: Servers) -> Iterator[server.Jupyter]:
    """The server, with no kernel and nothing recorded."""
    with servers.jupyter.untouched():
        yield servers.jupyter


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    program = browser.find()
    if program is None:
        pytest.fail(browser.HELP, pytrace=False)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=list(browser.FLAGS))
        yield running
        running.close()


@pytest.fixture(scope="session")
def idle_pages() -> list[Page]:
    """A page that is in JupyterLab, with nothing open, if there is one."""
    return []


@pytest.fixture
def page(
    chromium: Browser, idle_pages: list[Page], request: pytest.FixtureRequest
) -> Iterator[Page]:
    """A page that must see no script error; a failed test leaves a picture and what it logged.

    Tests of JupyterLab hand it on, as its reload would take most of their time. It is empty for
    all others, for those with the mark ``own_page``, and after a failure.
    """
    shared = "jupyter" in request.fixturenames and "own_page" not in request.keywords
    if shared:
        request.getfixturevalue("jupyter")  # its kernels end after the page let go of them
    opened = idle_pages.pop() if shared and idle_pages else new_page(chromium)
    problems: list[str] = []
    logged: deque[str] = deque(maxlen=60)

    def note(error: Error) -> None:
        problems.append(str(error))

    def log(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            logged.append(f"{message.type}: {message.text[:600]}")

    opened.on("pageerror", note)
    opened.on("console", log)
    failed_before = request.session.testsfailed
    yield opened
    opened.remove_listener("pageerror", note)
    opened.remove_listener("console", log)
    failed = request.session.testsfailed > failed_before
    if failed:
        lab.SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        opened.screenshot(path=lab.SCREENSHOTS / f"failed-{request.node.name}.png")
        request.node.add_report_section("teardown", "console", "\n".join(logged))
    if shared and not failed:
        lab.close_all(opened)
        idle_pages.append(opened)
    else:
        opened.context.close()
    assert [p for p in problems if not p.startswith(OF_THE_HOST)] == [], "script errors in the page"


def new_page(chromium: Browser) -> Page:
    return chromium.new_context(viewport={"width": 1600, "height": 1200}).new_page()


@pytest.fixture(scope="session")
def canvas_address() -> Iterator[str]:
    """Where the test page with the fake kernel is."""
    if not canvas_page.BUNDLE.exists():
        pytest.fail("The canvas is not built: run `make bundle`.", pytrace=False)
    with canvas_page.served() as address:
        yield address


@pytest.fixture
def canvas(page: Page, canvas_address: str) -> canvas_page.CanvasPage:
    """The canvas on the test page; things are where they are going at once."""
    page.emulate_media(reduced_motion="reduce")
    return canvas_page.CanvasPage(page, canvas_address)
