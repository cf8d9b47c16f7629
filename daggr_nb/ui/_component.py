"""What all components have in common."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import InitVar, dataclass, field, fields
from typing import Any, ClassVar

from daggr_nb._names import NOT_GIVEN, OfferedNames, is_ours, offered_by
from daggr_nb._text import repr_of
from daggr_nb.errors import InputError, is_interrupt

UNSET = NOT_GIVEN

DATA = "$json"
"""The key of data as a text: a browser's numbers have fewer digits, and no 1.0 beside 1."""


class ComponentKind(OfferedNames):
    """The class of components: of all but :class:`Component`, ``dir`` names what people give.

    Who writes a component reads the rest at :class:`Component`.
    """

    def names_for_others(self) -> AbstractSet[str]:
        if not any(isinstance(base, ComponentKind) for base in self.__bases__):
            return frozenset()
        names = {name for kind in self.__mro__ if is_ours(kind) for name in vars(kind)}
        given = {each.name for each in fields(self)} | {"accept", "schema", "type"}  # type: ignore[arg-type]
        return {name for name in names if not name.startswith("_")} - given


@dataclass(frozen=True, eq=False)
class Component(metaclass=ComponentKind):
    """A control or a display. ``props`` is what the canvas needs to draw it, all JSON.

    Args:
        label: What stands above it, by default the name of the port.
        info: What stands beside the label.
        interactive: ``False`` shows the value of an input, which nobody edits on the canvas.
        visible: Whether the canvas shows it; its value counts in any case.
        widget: A widget of ipywidgets that has the same value, if it stands for one.
    """

    label: str | None = field(default=None, kw_only=True)
    info: str | None = field(default=None, kw_only=True)
    interactive: bool | None = field(default=None, kw_only=True)
    visible: bool = field(default=True, kw_only=True)
    """Whether the canvas shows it; its value counts in any case."""
    widget: Any = field(default=None, kw_only=True, repr=False)
    """The widget of ipywidgets that shows the same value, if the component stands for one."""

    previewed: ClassVar[bool] = False
    """Whether the canvas shows a control's value as it shows a result: as a preview."""
    takes_files: ClassVar[bool] = False
    """Whether its value is a file, or several."""
    single_file: ClassVar[bool] = False
    """Whether it is filled by choosing one file."""
    labels_itself: ClassVar[bool] = False
    """Whether the control says its label; the others get a line above them."""
    obvious: ClassVar[bool] = False
    """Whether the control needs no label where there are few beside it."""
    typical_height: ClassVar[int] = 0
    """About how high a result is on a card, in pixels, where that is more than a line or two: so
    much is kept free before there is one."""
    wide: ClassVar[bool] = False
    """Whether a card that shows it as a result begins wider than others."""
    shows: ClassVar[str] = ""
    """What its display shows, in a few words, for a value that is something else."""
    shows_nothing: ClassVar[bool] = False
    """Whether the control shows that nothing is chosen, so that a question starts with that."""

    def __dir__(self) -> list[str]:
        return offered_by(self)

    @property
    def type(self) -> str:
        """The name the canvas knows the component by."""
        return type(self).__name__

    @property
    def form(self) -> str | None:
        """In which form a function gets the value if its parameter is not annotated."""
        return None

    @property
    def props(self) -> dict[str, Any]:
        """What the canvas needs to draw the component, beside its label and value."""
        return {}

    @property
    def secret(self) -> bool:
        """Whether nobody is to see its value, which is not kept either."""
        return False

    @property
    def initial(self) -> Any:
        """The value an input starts with."""
        return getattr(self, "value", None)

    @property
    def blank(self) -> Any:
        """The value that the control starts with where :attr:`initial` is ``None``."""
        return None

    @property
    def value_type(self) -> Any:
        """The type of the values that :meth:`accept` returns, as far as it is known."""
        return Any

    def accept(self, value: Any) -> Any:
        """Return ``value`` as the node will get it; raise :class:`InputError` if it cannot be."""
        return value

    def output(self, value: Any) -> Any:
        """Return what a node gave for a port with this component, as it is to be kept."""
        return value

    def edited(self, previous: Any, value: Any) -> Any:
        """Return what a person made of ``previous``; raise :class:`InputError` if it cannot be."""
        return self.accept(value)

    def plain(self, value: Any) -> Any:
        """Return an accepted value as the canvas's control edits it: as data for JSON."""
        return value

    def example_value(self) -> Any:
        """Return a value to try a node with."""
        return self.initial


@dataclass(frozen=True, eq=False)
class Formed(Component):
    """A component with an argument ``type``, as Gradio calls the form that a function gets."""

    type: InitVar[str | None] = field(default=None, kw_only=True)

    forms: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self, type: str | None) -> None:  # noqa: A002 - Gradio's name
        if type is not None and type not in self.forms:
            raise InputError(
                f"{self.type} expected type= as one of {', '.join(self.forms)}, got {type!r}."
            )
        object.__setattr__(self, "_form", type)

    @property
    def form(self) -> str | None:
        form: str | None = self.__dict__["_form"]
        return form


# As an attribute it stays what it is of every component: the name that the canvas knows.
del Formed.type


@dataclass(frozen=True, eq=False)
class Unknown(Component):
    """A component of another library that this one has no counterpart for; shows its value."""

    value: Any = None
    of: str = "component"

    previewed: ClassVar[bool] = True

    @property
    def props(self) -> dict[str, Any]:
        return {"of": self.of}


def expected(component: Component, description: str, value: Any) -> str:
    """Return what an error says: what was expected, and which value was seen."""
    name = f" {component.label!r}" if component.label else ""
    return f"{component.type}{name} expected {description}, got {_brief(value)}."


def _brief(value: Any) -> str:
    if value is None:
        return "None"
    if type(value) in (str, int, float, bool):
        return f"{type(value).__name__} {repr_of(value)[:62]}"
    try:
        text = repr(str(value)[:60])
    except BaseException as error:  # a foreign __str__ may raise anything
        if is_interrupt(error):
            raise
        text = "that cannot be shown"
    return f"{type(value).__name__} {text}"
