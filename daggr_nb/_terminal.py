"""What is printed, as a terminal ends up: carriage returns, backspaces and cursors have moved.

Colours and all else that is for terminals alone is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Callable

HEIGHT = 60
"""Rows that a cursor reaches, as on a screen; those above are as they are."""
_WIDEST = 50_000  # characters of a row that can still be written over,
_LONG = 2_000  # and of one that is left for another
_TOKEN = re.compile(
    r"(?P<csi>(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~])"
    r"|\x1b\][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)"  # a title, a link
    r"|\x1b[PX^_][^\x1b\x9c]*(?:\x1b\\|\x9c)"  # for devices
    r"|\x1b[ -/]+[0-~]|\x1b(?P<escape>[0-OQ-WYZ\\`-~])"
    r"|(?P<move>[\r\b\v\f\x85])"
    r"|[\x00-\x07\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x9f]|\x1b"
)
_SPECIAL = re.compile(r"[^\t\n -~\xa0-\U0010ffff]")
_OPEN = re.compile(
    r"(?:\x1b[ -/]*|(?:\x1b\[|\x9b)[0-?]*[ -/]*|\x1b[\]PX^_][^\x07\x1b\x9c]{0,4096}\x1b?)\Z"
)


class Screen:
    r"""The last rows of what was printed; ``keep`` gets what no cursor reaches any more.

    >>> screen = Screen(lambda text: None)
    >>> screen.write("10 %\r20 %\rdone\n")
    >>> screen.text
    'done\n'
    """

    def __init__(self, keep: Callable[[str], object]) -> None:
        self._keep = keep
        self._rows: list[str] = [""]
        self._erased: set[int] = set()  # rows that were written over: blanks at their end are none
        self._end: list[str] = []  # of the last row, while the cursor stays behind it
        self._row = self._column = 0
        self._saved = (0, 0)
        self._begun = ""  # of a sequence whose end is yet to come

    @property
    def text(self) -> str:
        """What stands there now."""
        self._join()
        rows = self._shown_rows(len(self._rows))
        while len(rows) > self._row + 1 and not rows[-1]:
            rows.pop()
        return "\n".join(rows)

    def write(self, text: str) -> None:
        """Print a text where the cursor is."""
        text, self._begun = self._begun + text, ""
        if not _SPECIAL.search(text):
            self._lines(text)
            return
        begun = _OPEN.search(text)
        if begun is not None:
            text, self._begun = text[: begun.start()], begun[0]
        at = 0
        for token in _TOKEN.finditer(text):
            self._lines(text[at : token.start()])
            at = token.end()
            if token["move"]:
                self._move(token["move"])
            elif token["csi"] and not token["csi"].endswith("m"):  # most are colours
                self._control(token["csi"])
            elif token["escape"]:
                self._escape(token["escape"])
        self._lines(text[at:])

    def _lines(self, text: str) -> None:
        """Print text in which nothing but line feeds moves the cursor."""
        if "\n" not in text:
            self._put(text)
            return
        first, *others = text.split("\n")
        self._put(first)
        if self._row == len(self._rows) - 1:
            self._join()
            self._rows += others
            self._row, self._column = len(self._rows) - 1, len(others[-1])
            self._scroll(len(others))
            return
        for line in others:
            self._down()
            self._put(line)

    # -- printing

    def _put(self, text: str) -> None:
        """Print characters that stand in one row."""
        if not text:
            return
        last = self._row == len(self._rows) - 1
        if last and self._column == self._length():
            self._end.append(text)
            self._column += len(text)
            if self._column > 2 * _WIDEST:
                self._let_go()
            return
        self._join()
        row = self._rows[self._row].ljust(self._column)
        end = self._column + len(text)
        if row[self._column : end].strip(" ") and text.endswith(" "):
            self._erased.add(self._row)
        self._rows[self._row] = row[: self._column] + text + row[end:]
        self._column = end

    def _length(self) -> int:
        """Return how long the last row is, if the cursor is behind it."""
        return self._column if self._end else len(self._rows[-1])

    def _join(self) -> None:
        if self._end:
            self._rows[-1] += "".join(self._end)
            self._end.clear()

    def _let_go(self) -> None:
        """Keep the beginning of a row that is very long: nobody writes over it."""
        self._join()
        self._keep("\n".join([*self._shown_rows(len(self._rows) - 1), self._rows[-1][:-_WIDEST]]))
        self._rows, self._row = [self._rows[-1][-_WIDEST:]], 0
        self._column = len(self._rows[0])
        self._erased.clear()

    def _shown_rows(self, count: int) -> list[str]:
        rows = self._rows[:count]
        return [row.rstrip(" ") if i in self._erased else row for i, row in enumerate(rows)]

    def _down(self) -> None:
        """Go to the start of the next row; there always is one."""
        self._join()
        self._row, self._column = self._row + 1, 0
        if self._row < len(self._rows):
            return
        self._rows.append("")
        self._scroll(1)

    def _scroll(self, new: int) -> None:
        """Let go of rows that no cursor reaches, after some were added."""
        last = len(self._rows) - 2
        ends = (i + 1 for i in range(last, last - new, -1) if len(self._rows[i]) > _LONG)
        above = max(len(self._rows) - HEIGHT, next(ends, 0))
        if above > 0:
            self._keep("".join(f"{row}\n" for row in self._shown_rows(above)))
            del self._rows[:above]
            self._row -= above
            self._erased = {row - above for row in self._erased if row >= above}

    # -- moving

    def _move(self, character: str) -> None:
        self._join()
        if character == "\r":
            self._column = 0
        elif character == "\b":
            self._column = max(0, self._column - 1)
        else:
            self._down()

    def _escape(self, letter: str) -> None:
        self._join()
        if letter == "7":
            self._saved = (self._row, self._column)
        elif letter == "8":
            self._go(*self._saved)
        elif letter == "M":
            self._go(self._row - 1, self._column)
        elif letter in "DE":
            self._down()
        elif letter == "c":
            self._clear(2)

    def _go(self, row: int, column: int) -> None:
        """Go to a row and a column; rows that are not there yet are made."""
        row = max(0, min(row, HEIGHT - 1))
        while len(self._rows) <= row:
            self._rows.append("")
        self._row, self._column = row, max(0, min(column, _WIDEST))

    def _control(self, sequence: str) -> None:
        """Do what a control sequence says, if it is about the cursor or erases something."""
        self._join()
        final = sequence[-1]
        numbers = re.findall(r"\d+", sequence)
        first = min(int(numbers[0][:6]), 10_000) if numbers else 0
        count, row, column = max(first, 1), self._row, self._column
        second = min(int(numbers[1][:6]), _WIDEST) if len(numbers) > 1 else 1
        moves = {
            "A": (row - count, column),
            "B": (row + count, column),
            "C": (row, column + count),
            "D": (row, column - count),
            "E": (row + count, 0),
            "F": (row - count, 0),
            "G": (row, count - 1),
            "`": (row, count - 1),
            "d": (count - 1, column),
            "H": (count - 1, max(second, 1) - 1),
            "f": (count - 1, max(second, 1) - 1),
        }
        if sequence[1:2] in "?>=" or (len(sequence) > 2 and sequence[2] in "?>="):
            return
        if final in moves:
            self._go(*moves[final])
        elif final == "J":
            self._clear(first)
        elif final == "K":
            self._clear_row(first)
        elif final == "P":
            text = self._rows[row]
            self._rows[row] = text[:column] + text[column + count :]
        elif final == "X":
            text = self._rows[row]
            blank = " " * len(text[column : column + count])
            self._rows[row] = text[:column] + blank + text[column + count :]
            self._erased.add(row)
        elif final == "s":
            self._saved = (row, column)
        elif final == "u":
            self._go(*self._saved)

    def _clear_row(self, what: int) -> None:
        """Erase the row behind the cursor, before it, or all of it."""
        text = self._rows[self._row]
        if what == 0:
            self._rows[self._row] = text[: self._column]
        elif what == 1:
            self._rows[self._row] = (
                " " * min(self._column + 1, len(text)) + text[self._column + 1 :]
            )
            self._erased.add(self._row)
        else:
            self._rows[self._row] = ""

    def _clear(self, what: int) -> None:
        """Erase what is below the cursor, above it, or the whole screen."""
        if what == 0:
            self._clear_row(0)
            del self._rows[self._row + 1 :]
        elif what == 1:
            self._clear_row(1)
            self._rows[: self._row] = [""] * self._row
        else:
            self._rows = [""] * (self._row + 1)


def settled(text: str) -> str:
    r"""Return a text as a terminal ends up that prints it.

    >>> settled("\x1b[31mred\x1b[0m\r\n50 %\r100 %")
    'red\n100 %'
    """
    if not _SPECIAL.search(text):
        return text
    above: list[str] = []
    screen = Screen(above.append)
    screen.write(text)
    return "".join(above) + screen.text
