"""
Whether a regular expression can take very long: some need hours for forty signs, and a customer may write any signs.

The expression becomes an automaton without empty steps (Glushkov 1961); one that can read the same signs round a loop
in two ways takes exponential time (Weber, Seidl 1991), and three loops in a row over the same signs take cubic time.
"""

from __future__ import annotations

import importlib
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

_parser: Any = importlib.import_module("re._parser")
_SIGNS = "aZ09_ \n\t-.,;:!?@#/+*()[]{}'\"äЖ漢€😀"  # one of each sort that a class such as \w tells apart
_MOST_PLACES = 150
_MOST_COPIES = 3  # of a counted repetition; one with more is taken for an endless one
_MOST_STEPS = 60_000


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of the expression: whether it may be empty, and the places where it can begin and end."""

    empty: bool
    first: frozenset[int]
    last: frozenset[int]


_NOTHING = _Part(True, frozenset(), frozenset())


class _TooLargeError(Exception):
    pass


@dataclass(slots=True)
class _Automaton:
    leaves: list[tuple[str, Any]] = field(default_factory=list)
    edges: Counter[tuple[int, int]] = field(default_factory=Counter)

    def sequence(self, items: Iterable[tuple[Any, Any]]) -> _Part:
        whole = _NOTHING
        for op, value in items:
            whole = self._joined(whole, self._item(str(op), value))
        return whole

    def _joined(self, one: _Part, other: _Part) -> _Part:
        self._link(one.last, other.first)
        return _Part(
            one.empty and other.empty,
            one.first | (other.first if one.empty else frozenset()),
            other.last | (one.last if other.empty else frozenset()),
        )

    def _link(self, ends: Iterable[int], starts: Iterable[int]) -> None:
        for pair in itertools.product(ends, starts):
            self.edges[pair] += 1

    def _item(self, op: str, value: Any) -> _Part:
        match op:
            case "LITERAL" | "NOT_LITERAL" | "ANY" | "IN" | "CATEGORY":
                return self._leaf(op, value)
            case "BRANCH":
                parts = [self.sequence(each) for each in value[1]]
                return _Part(
                    any(part.empty for part in parts),
                    frozenset().union(*(part.first for part in parts)),
                    frozenset().union(*(part.last for part in parts)),
                )
            case "SUBPATTERN":
                return self.sequence(value[3])
            case "ATOMIC_GROUP":
                return self.sequence(value)
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                return self._repeated(*value)
            case "GROUPREF_EXISTS":
                return self._item("BRANCH", (None, [value[1], value[2] or ()]))
            case _:  # places, looking around, and what a group found: nothing that a loop could read in two ways
                return _NOTHING

    def _leaf(self, op: str, value: Any) -> _Part:
        if len(self.leaves) >= _MOST_PLACES:
            raise _TooLargeError
        self.leaves.append((op, value))
        place = frozenset({len(self.leaves) - 1})
        return _Part(False, place, place)

    def _repeated(self, least: int, most: int, body: Any) -> _Part:
        whole = _NOTHING
        for _ in range(min(least, _MOST_COPIES)):
            whole = self._joined(whole, self.sequence(body))
        if most == least:
            return whole
        if most > _MOST_COPIES:
            again = self.sequence(body)
            self._link(again.last, again.first)
            return self._joined(whole, _Part(True, again.first, again.last))
        for _ in range(most - least):
            again = self.sequence(body)
            whole = self._joined(whole, _Part(True, again.first, again.last))
        return whole


def takes_long(pattern: str) -> bool:
    """Say whether matching *pattern*, a sound expression, may take very long on some text, or is too large to judge."""
    automaton = _Automaton()
    try:
        automaton.sequence(_parser.parse(pattern))
        return _is_ambiguous(automaton)
    except (_TooLargeError, RecursionError):
        return True


def _is_ambiguous(automaton: _Automaton) -> bool:
    masks = _masks(automaton.leaves)
    after: dict[int, list[int]] = {place: [] for place in range(len(masks))}
    before: dict[int, list[int]] = {place: [] for place in range(len(masks))}
    for one, other in automaton.edges:
        after[one].append(other)
        before[other].append(one)
    reach = {place: _reached(place, after) for place in after}
    loops = [place for place in after if place in reach[place]]
    if any(count > 1 and one in reach[other] for (one, other), count in automaton.edges.items()):
        return True
    for place in loops:
        there = _pairs_reached(place, after, masks)
        if any(one != other for one, other in there & _pairs_reached(place, before, masks, backwards=True)):
            return True
    shared = {
        (one, other)
        for one, other in itertools.permutations(loops, 2)
        if other in reach[one] and one not in reach[other] and _read_alike(one, other, after, masks)
    }
    return any((two, three) in shared for (_, two) in shared for three in loops)


def _reached(place: int, after: dict[int, list[int]]) -> set[int]:
    found: set[int] = set()
    ways = list(after[place])
    while ways:
        at = ways.pop()
        if at not in found:
            found.add(at)
            ways.extend(after[at])
    return found


def _pairs_reached(
    place: int, nearby: dict[int, list[int]], masks: list[int], *, backwards: bool = False
) -> set[tuple[int, int]]:
    """Find where two readers of the same signs can be who both start (or, backwards, both end) at *place*."""
    found: set[tuple[int, int]] = set()
    ways = [(place, place)]
    while ways:
        one, other = ways.pop()
        if backwards and not masks[one] & masks[other]:
            continue  # both cannot have come here by the same sign
        for pair in itertools.product(nearby[one], nearby[other]):
            if pair not in found and masks[pair[0]] & masks[pair[1]]:
                found.add(pair)
                ways.append(pair)
        if len(found) > _MOST_STEPS:
            raise _TooLargeError
    return found


def _read_alike(one: int, other: int, after: dict[int, list[int]], masks: list[int]) -> bool:
    """Say whether some text leads round the loop at *one*, from *one* to *other*, and round the loop at *other*."""
    found: set[tuple[int, int, int]] = set()
    ways = [(one, one, other)]
    while ways:
        at = ways.pop()
        for step in itertools.product(after[at[0]], after[at[1]], after[at[2]]):
            if step not in found and masks[step[0]] & masks[step[1]] & masks[step[2]]:
                found.add(step)
                ways.append(step)
        if len(found) > _MOST_STEPS:
            raise _TooLargeError
    return (one, other, other) in found


def _masks(leaves: list[tuple[str, Any]]) -> list[int]:
    """Give for each place which of the signs to try it takes, as bits."""
    signs = sorted(set(_SIGNS) | {sign for op, value in leaves for sign in _named(op, value)})
    return [sum(1 << bit for bit, sign in enumerate(signs) if _takes(op, value, sign)) for op, value in leaves]


def _named(op: str, value: Any) -> Iterator[str]:
    match op:
        case "LITERAL" | "NOT_LITERAL":
            yield from {chr(value), chr(value).lower(), chr(value).upper()[:1]}
        case "RANGE":
            yield from (chr(number) for number in {*value, max(value[0] - 1, 0), min(value[1] + 1, 0x10FFFF)})
        case "IN":
            for inner, content in value:
                yield from _named(str(inner), content)


def _takes(op: str, value: Any, sign: str) -> bool:
    match op:
        case "LITERAL":
            return chr(value).casefold() == sign.casefold()
        case "NOT_LITERAL":
            return chr(value) != sign
        case "RANGE":
            return any(value[0] <= ord(each) <= value[1] for each in {sign, sign.lower(), sign.upper()[:1]})
        case "CATEGORY":
            return bool(re.match(_CATEGORIES.get(str(value), "."), sign, re.DOTALL))
        case "IN":
            negated = str(value[0][0]) == "NEGATE"
            return negated != any(_takes(str(inner), content, sign) for inner, content in value[negated:])
        case _:
            return True


_CATEGORIES = {
    f"CATEGORY_{no}{name}": rf"\{letter.upper() if no else letter}"
    for name, letter in (("DIGIT", "d"), ("SPACE", "s"), ("WORD", "w"))
    for no in ("", "NOT_")
}
