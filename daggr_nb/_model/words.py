"""The vocabulary: words that have a fixed set of values, in the kernel, on disk and in views."""

from __future__ import annotations

from typing import Literal

Freshness = Literal["fresh", "stale", "missing", "unverified"]
"""Whether what a node shows is what running it now would give."""

RecordStatus = Literal["succeeded", "recovered", "failed", "cancelled"]
"""How an evaluation ended, as its record has it."""

NodeEnding = Literal[
    "succeeded", "cached", "recovered", "failed", "blocked", "skipped", "cancelled", "waiting"
]
"""How a node ended in a run."""

Status = Literal[
    "missing",
    "queued",
    "running",
    "stopping",
    "waiting",
    "succeeded",
    "cached",
    "recovered",
    "failed",
    "blocked",
    "skipped",
    "cancelled",
]
"""What a node is doing, else how what it shows came to be. Freshness is another thing."""

RunEnding = Literal["succeeded", "partial", "failed", "aborted", "paused"]
"""How a run ended."""

RunStatus = Literal["running", "succeeded", "partial", "failed", "aborted", "paused"]
"""How a run stands."""

RunMode = Literal["stale", "to_here", "step", "downstream"]
"""What a request runs: see ``make_plan``."""

ReasonKind = Literal[
    "CODE", "INPUT", "UPSTREAM", "EDGE", "VARIANT", "ENV", "REVISION", "VOLATILE", "UNVERIFIED"
]
"""Why a node is not fresh."""

InputSource = Literal["component", "port", "constant", "callable"]
"""Where the value of an input comes from."""

QuestionKind = Literal["approve", "choose", "value"]
"""What a person is asked for."""

AnswerPhase = Literal["none", "missing", "waiting", "speaking", "said", "stopped", "failed"]
"""How the answer to what was said last stands; ``none`` where nobody has said anything new."""

NodeIcon = Literal[
    "function", "input", "space", "inference", "choice", "interaction", "template", "route", "node"
]
"""What a card shows before its name: a picture that the canvas has."""
