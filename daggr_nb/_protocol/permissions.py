"""Print what the owner of a page and its visitors may say, as the table in SECURITY.md.

python -m daggr_nb._protocol.permissions
"""

from __future__ import annotations

from daggr_nb._protocol.commands import COMMANDS, CommandBase

_WORDS = {"allowed": "yes", "own": "their own", "refused": "no"}


def permission_table() -> str:
    """Return the table of commands by who sends them, in Markdown."""
    rows = ["| Command | Owner | Visitor | |", "|---|---|---|---|", *map(_row, COMMANDS)]
    return "\n".join(rows) + "\n"


def _row(command: type[CommandBase]) -> str:
    kind = command.model_fields["kind"].default
    return f"| `{kind}` | yes | {_WORDS[command.visitor]} | {command.visitor_note} |"


if __name__ == "__main__":
    print(permission_table(), end="")  # noqa: T201 - what it is for
