"""The variants of a choice: their latest results side by side, and several of them run at once."""

from __future__ import annotations

from daggr_nb._canvas.runs import outputs_of, row_of
from daggr_nb._engine.session.run import Run
from daggr_nb._engine.session.session import Session
from daggr_nb._engine.session.sheet_session import SheetSession
from daggr_nb._ids import NodeId
from daggr_nb._protocol.commands import ListVariants, RunVariants, StopVariants
from daggr_nb._protocol.notifications import VariantsListed, VariantView
from daggr_nb._provenance.log.records import Record
from daggr_nb.errors import DaggrError, InputError, UnknownNodeError, did_you_mean

_DEPTH = 500  # records that are looked through for the latest of each variant


class Variants:
    """Runs variants of choices beside the sheet, and knows which of them are at work."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._runs: dict[tuple[NodeId, str], Run] = {}

    def run(self, command: RunVariants) -> None:
        """Start some variants of a choice; which one the sheet has chosen stays as it is."""
        name, selector, names = _choice(self._session.current, command.node)
        for variant in command.variants:
            if variant not in names:
                raise UnknownNodeError(
                    f"{name!r} has no variant {variant!r}.{did_you_mean(variant, names)}", node=name
                )
        for variant in dict.fromkeys(command.variants):
            if self._busy(name, variant):
                continue
            aside = self._session.sheets.aside()
            aside.set_inputs({(name, selector): variant})
            self._runs[name, variant] = self._session.submit(
                [name], "to_here", command.force, reason="canvas", sheet=aside
            )

    def stop(self, command: StopVariants) -> None:
        """Stop those variants of a choice that run beside the sheet."""
        name, _, names = _choice(self._session.current, command.node)
        for variant in names:
            if self._busy(name, variant):
                self._runs[name, variant].cancel()

    def listed(self, command: ListVariants) -> VariantsListed:
        """Return every variant with its latest run."""
        with self._session.reading() as current:
            name, selector, names = _choice(current, command.node)
            selected = current.inputs.control(name, selector).value
            latest = _latest(current, name, selector, names)
            return VariantsListed(
                id=command.id,
                variants=[
                    VariantView(
                        name=variant,
                        chosen=variant == selected,
                        running=self._busy(name, variant),
                        run=row_of(current, latest[variant]) if variant in latest else None,
                        outputs=outputs_of(current, latest[variant]) if variant in latest else [],
                    )
                    for variant in names
                ],
            )

    def _busy(self, name: NodeId, variant: str) -> bool:
        run = self._runs.get((name, variant))
        return run is not None and run.status == "running"


def _choice(current: SheetSession, node: str) -> tuple[NodeId, str, list[str]]:
    """Return a choice's name, the control that chooses, and its variants."""
    name = current.structure.name_of(node)
    choice = current.structure.nodes[name]
    if choice.selector is None:
        raise InputError(f"{name!r} does its work in one way only: there is no choice.", node=name)
    return name, choice.selector, list(choice.by_variant)


def _latest(
    current: SheetSession, name: NodeId, selector: str, known: list[str]
) -> dict[str, Record]:
    """Return the newest record of each variant, as far as there is one."""
    newest: dict[str, Record] = {}
    log, visit = current.log, current.sheet.visit
    own = None if visit is None else reversed(visit.records(name)[-_DEPTH:])
    for identity in log.history(name, _DEPTH) if own is None else own:
        if len(newest) == len(known):
            break
        try:
            record = log.record(identity)
            ref = record.inputs.get(selector)
            variant = log.value(ref.value) if ref is not None else None
        except DaggrError:
            continue
        if variant in known:
            newest.setdefault(variant, record)
    return newest
