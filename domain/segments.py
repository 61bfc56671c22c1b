"""Segments: customers of one kind for whom a rule holds, entered and left by the night."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from domain.customers import CustomerKind
from domain.faults import did_you_mean
from domain.people import ContactKind
from domain.rules_check import Mistake
from domain.rules_functions import ALIASES
from domain.rules_tree import Call, Constant, Expression, Name, Rule, walk

USUAL_SPREAD = ("visits(12m)", "spent(12m)", "average_purchase(12m)")

LONGEST_NAME = 64
MINIMUM_SIZE = 30
"""Below this size a spread or a share says little, and the few can be told apart."""

_OF_PURCHASES = frozenset(
    {
        "visits",
        "purchases",
        "spent",
        "average_purchase",
        "product_groups",
        "bought",
        "average_monthly",
        "unbroken",
        "every_due",
        "signals",
        "signal",
    }
)
_PICTURE = "picture."
_ASKS_A_SEGMENT = "segment"


@dataclass(frozen=True, slots=True)
class Segment:
    """
    One segment file.

    Its members are the customers of *kind* who are *contact* to the company and for whom *rule* holds. *spread* are
    measures of the rule language; with fewer members than *minimum_size* there is a warning.
    """

    name: str
    rule: Rule
    title: Mapping[str, str] = field(default_factory=dict)
    kind: CustomerKind = CustomerKind.CONSUMER
    contact: ContactKind = ContactKind.CUSTOMER
    minimum_size: int = MINIMUM_SIZE
    spread: tuple[str, ...] = USUAL_SPREAD


@dataclass(frozen=True, slots=True)
class InSegment:
    """A segment that somebody is in, and the day from which on she was."""

    name: str
    since: dt.date


def segments_asked(root: Expression) -> tuple[str, ...]:
    """Name the segments that a rule asks for, in written order."""
    return tuple(name for name, _ in _asked(root))


def unknown_segments(root: Expression, known: Collection[str]) -> tuple[Mistake, ...]:
    """List the places where a rule asks for a segment that there is not."""
    return tuple(
        Mistake(
            f'unknown segment "{name}"',
            did_you_mean(name, known, otherwise=f"write segments/{name}.toml, or ask for another"),
            call.place,
        )
        for name, call in _asked(root)
        if name not in known
    )


def is_profiling(segment: Segment, by_name: Mapping[str, Segment]) -> bool:
    """
    Say whether its rule judges people by what they buy or are reckoned to be, which a customer may object to.

    What she told, agreed to or joined is no profile: a segment of a language, a town or a club keeps her.
    """
    return _profiles(segment.rule.root, by_name, frozenset({segment.name}))


def in_order(segments: Iterable[Segment]) -> tuple[Segment, ...]:
    """Put each segment behind those that its rule asks for, otherwise by name; a ring is left as it is by name."""
    by_name = {segment.name: segment for segment in sorted(segments, key=lambda each: each.name)}
    done: dict[str, Segment] = {}

    def put(name: str, above: frozenset[str]) -> None:
        if name in done or name in above or name not in by_name:
            return
        for other in segments_asked(by_name[name].rule.root):
            put(other, above | {name})
        done[name] = by_name[name]

    for name in by_name:
        put(name, frozenset())
    return tuple(done.values())


def ring_of(name: str, by_name: Mapping[str, Segment]) -> Sequence[str]:
    """Give the way by which the segment *name* asks for itself, from it to it; empty where it does not."""

    def way(at: str, above: tuple[str, ...]) -> tuple[str, ...]:
        for other in segments_asked(by_name[at].rule.root) if at in by_name else ():
            if other == name:
                return (*above, at, name)
            if other not in above and other != at and (found := way(other, (*above, at))):
                return found
        return ()

    return way(name, ())


def _asked(root: Expression) -> Iterable[tuple[str, Call]]:
    for node in walk(root):
        if isinstance(node, Call) and node.function == _ASKS_A_SEGMENT:
            for value in (*node.arguments, *(argument for _, argument in node.named)):
                if isinstance(value, Constant) and isinstance(value.value, str):
                    yield value.value, node


def _profiles(root: Expression, by_name: Mapping[str, Segment], above: frozenset[str]) -> bool:
    for node in walk(root):
        match node:
            case Name(name=name) if name.startswith(_PICTURE):
                return True
            case Call(function=function) if ALIASES.get(function, function) in _OF_PURCHASES:
                return True
            case Call(function="since" | "days_since", arguments=(Constant(value="purchase"), *_)):
                return True
            case _:
                continue
    others = [by_name[name] for name in segments_asked(root) if name in by_name and name not in above]
    return any(_profiles(other.rule.root, by_name, above | {other.name}) for other in others)
