"""The canvas as a person meets it, through its stable hooks."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import FrameLocator, Locator, Page, expect

IMAGE_IS_LOADED = "image => image.complete && image.naturalWidth > 0"
IMAGE_DIGEST = """async image => {
    const bytes = await (await fetch(image.src)).arrayBuffer();
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
    return [...digest].map(byte => byte.toString(16).padStart(2, '0')).join('');
}"""
EDGES = """root => Object.fromEntries(
    [...root.querySelectorAll('[data-edge]')].map(e => [e.dataset.edge, e.dataset.fresh === 'true'])
)"""

OVERLAPS = """root => {
    const cards = [...root.querySelectorAll('article[data-node]')]
        .map(card => [card.dataset.node, card.getBoundingClientRect()]);
    const touch = (a, b) =>
        a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
    return cards.flatMap(([name, box], i) => cards.slice(i + 1)
        .filter(([, other]) => touch(box, other)).map(([other]) => `${name} and ${other}`));
}"""


@dataclass(frozen=True)
class Card:
    root: Locator
    name: str

    @property
    def element(self) -> Locator:
        return self.root.locator(f'article[data-node="{self.name}"]')

    def expect_status(self, *statuses: str, seconds: float = 30) -> None:
        wanted = ", ".join(
            f'article[data-node="{self.name}"][data-status="{status}"]' for status in statuses
        )
        expect(self.root.locator(wanted)).to_be_attached(timeout=seconds * 1000)

    def expect_freshness(self, freshness: str, seconds: float = 30) -> None:
        expect(self.element).to_have_attribute("data-freshness", freshness, timeout=seconds * 1000)

    def press(self, button: str) -> None:
        self.element.get_by_role("button", name=button).click()

    @property
    def image(self) -> Locator:
        return self.element.locator("img").first

    def image_digest(self) -> str:
        """Digest of the bytes of the picture that the card shows, once it is there."""
        expect(self.image).to_be_visible(timeout=30_000)
        self.image.page.wait_for_function(IMAGE_IS_LOADED, arg=self.image.element_handle())
        return str(self.image.evaluate(IMAGE_DIGEST))

    def expect_image(self, digest: str) -> None:
        """The picture follows a moment after the rest: its bytes are asked for when it is due."""
        assert self._image_digest_once(lambda seen: seen == digest) == digest

    def expect_other_image(self, digest: str) -> None:
        assert self._image_digest_once(lambda seen: seen != digest) != digest

    def _image_digest_once(self, holds: Callable[[str], bool]) -> str:
        """The digest once it fulfils a condition, or the last one seen within ten seconds."""
        for _ in range(100):
            if holds(self.image_digest()):
                break
            self.root.page.wait_for_timeout(100)
        return self.image_digest()

    def expect_history(self, position: str) -> None:
        """``position`` as shown, ``2/3``."""
        expect(self.element).to_contain_text(position)


@dataclass(frozen=True)
class Canvas:
    root: Locator

    @classmethod
    def on(cls, page: Page | FrameLocator | Locator, graph: str, view: int = 0) -> Canvas:
        """The ``view``-th view of the whole graph on the page."""
        root = page.locator(f'.daggr-root[data-graph="{graph}"]:not([data-part])').nth(view)
        expect(root).to_be_attached(timeout=60_000)
        root.scroll_into_view_if_needed()
        expect(root.locator("article").first).to_be_visible()
        return cls(root)

    def card(self, name: str) -> Card:
        return Card(self.root, name)

    def run_stale(self) -> None:
        self.root.locator('.daggr-toolbar [data-control="run"]').click()

    def edges(self) -> dict[str, bool]:
        """Edge id to whether it is drawn as fresh."""
        return dict(self.root.evaluate(EDGES))

    def stale_edges(self) -> set[str]:
        return {edge for edge, fresh in self.edges().items() if not fresh}

    def expect_stale_edges(self, *edges: str) -> None:
        """Exactly these are grey, in the end, and no others."""
        with contextlib.suppress(AssertionError):
            count = expect(self.root.locator('[data-edge]:not([data-fresh="true"])'))
            count.to_have_count(len(edges), timeout=30_000)
        assert self.stale_edges() == set(edges)

    def expect_no_overlap(self) -> None:
        """Cards that have just grown may cover others until the layout has answered."""
        for _ in range(50):
            if not (found := self.root.evaluate(OVERLAPS)):
                return
            self.root.page.wait_for_timeout(100)
        assert found == []

    def slider(self, label: str) -> Locator:
        return self.root.get_by_role("slider", name=label)

    def expect_slider(self, label: str, value: str) -> None:
        expect(self.slider(label)).to_have_value(value, timeout=15_000)


def see(card: Locator) -> None:
    """Bring into view what is drawn only then: the camera goes along."""
    card.locator("[data-control='draw'], iframe, canvas").first.scroll_into_view_if_needed()
