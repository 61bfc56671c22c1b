"""The tree that a rule is read into, and how it is written back."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass, field

from domain.rules_values import Comparison, Value, written_value


@dataclass(frozen=True, slots=True)
class Place:
    """Line and column in a rule's text, both from 1."""

    line: int = 1
    column: int = 1


_START = Place()


class Operator(enum.StrEnum):
    """The four kinds of arithmetic."""

    PLUS = "+"
    MINUS = "-"
    TIMES = "*"
    BY = "/"


@dataclass(frozen=True, slots=True)
class Constant:
    """A number, text, duration, yes, no, or unknown (None)."""

    value: Value | None
    place: Place = field(default=_START, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Name:
    """A thing known (or not) of the customer: an attribute, a fact, an answer; may have dots."""

    name: str
    place: Place = field(default=_START, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its arguments as written."""

    function: str
    arguments: tuple[Expression, ...] = ()
    named: tuple[tuple[str, Expression], ...] = ()
    place: Place = field(default=_START, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Left operator right."""

    operator: Operator
    left: Expression
    right: Expression
    place: Place = field(default=_START, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Compared:
    """A comparison; unknown as soon as one side is."""

    comparison: Comparison
    left: Expression
    right: Expression
    place: Place = field(default=_START, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Among:
    """*item* in (options): equal to one of them."""

    item: Expression
    options: tuple[Expression, ...]
    place: Place = field(default=_START, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Within:
    """*item* in a name whose value is a list, such as the options that were ticked."""

    item: Expression
    container: Name
    place: Place = field(default=_START, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Not:
    """Yes where *inner* is no, and the other way about; unknown stays."""

    inner: Expression
    place: Place = field(default=_START, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds (and)."""

    parts: tuple[Expression, ...]
    place: Place = field(default=_START, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds (or)."""

    parts: tuple[Expression, ...]
    place: Place = field(default=_START, compare=False, repr=False)


Expression = Constant | Name | Call | Arithmetic | Compared | Among | Within | Not | All | AnyOf


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its text as written, and its tree. Two rules are equal when they mean the same word for word."""

    text: str = field(compare=False)
    root: Expression

    def __str__(self) -> str:
        """Write the rule on one line: as it was written where it stands on one, else anew and without its comments."""
        text = self.text.strip()
        return written(self.root) if "\n" in text or "#" in text else text


def children(node: Expression) -> tuple[Expression, ...]:
    """Give the expressions directly inside *node*, in written order."""
    match node:
        case Constant() | Name():
            return ()
        case Call():
            return (*node.arguments, *(value for _, value in node.named))
        case Arithmetic() | Compared():
            return (node.left, node.right)
        case Among():
            return (node.item, *node.options)
        case Within():
            return (node.item, node.container)
        case Not():
            return (node.inner,)
        case All() | AnyOf():
            return node.parts


def walk(node: Expression) -> Iterator[Expression]:
    """Go through *node* and all that is in it, outer before inner."""
    yield node
    for child in children(node):
        yield from walk(child)


_STRENGTH: dict[type, int] = {AnyOf: 1, All: 2, Not: 3, Compared: 4, Among: 4, Within: 4}
_ARITHMETIC_STRENGTH = {Operator.PLUS: 5, Operator.MINUS: 5, Operator.TIMES: 6, Operator.BY: 6}


def _strength(node: Expression) -> int:
    return _ARITHMETIC_STRENGTH[node.operator] if isinstance(node, Arithmetic) else _STRENGTH.get(type(node), 7)


def written(node: Expression) -> str:
    """Write *node* so that it reads back as the same tree, with no more brackets than that needs."""

    def inner(child: Expression, least: int) -> str:
        text = written(child)
        return text if _strength(child) >= least else f"({text})"

    match node:
        case Constant():
            return written_constant(node)
        case Name():
            return node.name
        case Call():
            named = [f"{name}={written(value)}" for name, value in node.named]
            return f"{node.function}({', '.join([*map(written, node.arguments), *named])})"
        case Arithmetic():
            own = _strength(node)
            return f"{inner(node.left, own)} {node.operator} {inner(node.right, own + 1)}"
        case Compared():
            return f"{inner(node.left, 5)} {node.comparison} {inner(node.right, 5)}"
        case Among():
            return f"{inner(node.item, 5)} in ({', '.join(inner(option, 5) for option in node.options)})"
        case Within():
            return f"{inner(node.item, 5)} in {node.container.name}"
        case Not():
            return f"not {inner(node.inner, 3)}"
        case All():
            return " and ".join(inner(part, 3) for part in node.parts)
        case AnyOf():
            return " or ".join(inner(part, 2) for part in node.parts)


def written_constant(node: Constant) -> str:
    """Write a constant; numbers with all their places."""
    return written_value(node.value) if isinstance(node.value, str | bool | None) else str(node.value)
