"""Draw the lists of the tutorial on scatter and gather: python docs/pictures/drawings.py."""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).resolve().parent
BOX = '<rect x="{x}" y="{y}" width="{w}" height="26" rx="5" fill="{fill}" stroke="#8a8f98"/>'
TEXT = '<text x="{x}" y="{y}" text-anchor="middle" font-size="12" fill="#1f2328">{text}</text>'
LINE = (
    '<path d="M{x} {y}C{m} {y} {m} {v} {u} {v}" fill="none" stroke="#b5734c" stroke-width="1.5"/>'
)


def box(x: int, y: int, text: str, w: int = 90, fill: str = "#fff") -> str:
    middle = TEXT.format(x=x + w // 2, y=y + 17, text=text)
    return BOX.format(x=x, y=y, w=w, fill=fill) + middle


def line(x: int, y: int, u: int, v: int) -> str:
    return LINE.format(x=x, y=y, u=u, v=v, m=(x + u) // 2)


def write(name: str, title: str, width: int, height: int, *parts: str) -> None:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}"'
    frame = f'<rect width="{width}" height="{height}" rx="8" fill="#f6f5f3"/>'
    body = f'{head} font-family="sans-serif" role="img"><title>{title}</title>{frame}'
    (HERE / name).write_text(body + "".join(parts) + "</svg>\n", encoding="utf-8")


def column(x: int, texts: list[str], fill: str = "#fff") -> str:
    return "".join(box(x, 20 + 40 * i, text, fill=fill) for i, text in enumerate(texts))


def main() -> None:
    rows = range(3)
    items, runs = ["page 1", "page 2", "page 3"], ["summary"] * 3
    write(
        "scatter.svg",
        "One run for every item, gathered into a list",
        520,
        146,
        box(20, 60, "pages"),
        *(line(110, 73, 160, 33 + 40 * i) for i in rows),
        column(160, items, "#fbe9df"),
        *(line(250, 33 + 40 * i, 290, 33 + 40 * i) for i in rows),
        column(290, runs),
        *(line(380, 33 + 40 * i, 420, 73) for i in rows),
        box(420, 60, "report"),
    )
    write(
        "mapping.svg",
        "Item by item through two steps",
        520,
        146,
        column(20, items, "#fbe9df"),
        *(line(110, 33 + 40 * i, 160, 33 + 40 * i) for i in rows),
        column(160, runs),
        *(line(250, 33 + 40 * i, 300, 33 + 40 * i) for i in rows),
        column(300, ["translate"] * 3),
    )
    write(
        "pairing.svg",
        "Pairwise, or every combination",
        520,
        186,
        TEXT.format(x=120, y=14, text="zip: pairwise"),
        box(20, 40, "small", 60, "#fbe9df"),
        box(20, 110, "large", 60, "#fbe9df"),
        box(160, 40, "red", 60, "#fbe9df"),
        box(160, 110, "blue", 60, "#fbe9df"),
        line(80, 53, 160, 53),
        line(80, 123, 160, 123),
        TEXT.format(x=390, y=14, text="product: every combination"),
        box(290, 40, "small", 60, "#fbe9df"),
        box(290, 110, "large", 60, "#fbe9df"),
        box(430, 40, "red", 60, "#fbe9df"),
        box(430, 110, "blue", 60, "#fbe9df"),
        *(line(350, a, 430, b) for a in (53, 123) for b in (53, 123)),
    )


if __name__ == "__main__":
    main()
