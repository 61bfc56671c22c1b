"""Names in a rule that nothing is known by: no mistake, for they may come, but most likely slips of the pen."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from domain.clubs import CLUB
from domain.faults import did_you_mean
from domain.rules_check import Mistake, bound, function_of
from domain.rules_tree import Among, Call, Compared, Constant, Expression, Name, walk

GOODS, TOWN, LANGUAGE = "goods", "town", "language"
"""The kinds of names that only a store can tell of: product groups and products, towns, languages of customers."""

_GOODS = ("group", "service", "after")
_PROGRAMME = "programme"
_KINDS = {GOODS: "product group or product", TOWN: "customer's town", LANGUAGE: "customer's language"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A word that a rule compares with what a store holds: its kind (GOODS, TOWN or LANGUAGE) and where it stands."""

    kind: str
    word: str
    at: Expression


@dataclass(frozen=True, slots=True)
class NamesKnown:
    """What files give names to: memberships ("club:wine"), and the tiers by programme, lowest first."""

    memberships: Collection[str] = ()
    tiers: Mapping[str, Collection[str]] = field(default_factory=dict)


def unwritten_names(root: Expression, known: NamesKnown) -> tuple[Mistake, ...]:
    """List the clubs, programmes and tiers of a checked rule that no file gives a name to, each with its place."""
    found: list[Mistake] = []
    for node in walk(root):
        if isinstance(node, Call):
            found += _unwritten(node, known)
    for left, right in _compared(root):
        if isinstance(left, Call) and left.function == "tier" and isinstance(right, Constant):
            programme, tier = str(bound(left)[_PROGRAMME]), right.value
            tiers = known.tiers.get(programme, ())
            if tiers and tier and isinstance(tier, str) and tier not in tiers:
                otherwise = "its tiers are " + ", ".join(tiers)
                problem = f'the programme "{programme}" has no tier "{tier}"'
                found.append(Mistake(problem, did_you_mean(tier, tiers, otherwise=otherwise), right.place))
    return tuple(sorted(found, key=lambda each: (each.place.line, each.place.column)))


def asked_of_store(root: Expression) -> tuple[Asked, ...]:
    """List the words of a checked rule of which only a store can tell whether there is such a thing."""
    found = []
    for node in walk(root):
        if isinstance(node, Call):
            arguments = bound(node) if function_of(node) is not None else {}
            found += [Asked(GOODS, str(arguments[name]), node) for name in _GOODS if arguments.get(name)]
    for left, right in _compared(root):
        if isinstance(left, Name) and left.name in {TOWN, LANGUAGE} and isinstance(right, Constant):
            found += [Asked(left.name, right.value, right)] if isinstance(right.value, str) and right.value else []
    return tuple(found)


def unheard_of(asked: Asked, held: Collection[str]) -> Mistake:
    """Tell of one for which a store holds nothing, with the one of those that it holds that may be meant."""
    remedy = did_you_mean(asked.word, held, otherwise="so nobody has it yet")
    return Mistake(f'no {_KINDS[asked.kind]} is "{asked.word}" so far', remedy, asked.at.place)


def _unwritten(call: Call, known: NamesKnown) -> Iterator[Mistake]:
    function = function_of(call)
    if function is None:
        return
    arguments = bound(call)
    club, programme = arguments.get("club"), arguments.get(_PROGRAMME)
    if isinstance(club, str) and club not in known.memberships:
        plain = next((each for each in known.memberships if each == CLUB + club), None)
        otherwise = "known are " + ", ".join(sorted(known.memberships)) if known.memberships else "there are none"
        remedy = f'write "{plain}"' if plain else did_you_mean(club, known.memberships, otherwise=otherwise)
        yield Mistake(f'no file is of the membership "{club}"', remedy, call.place)
    if isinstance(programme, str) and programme not in known.tiers:
        otherwise = "known are " + ", ".join(sorted(known.tiers)) if known.tiers else "there are none"
        remedy = did_you_mean(programme, known.tiers, otherwise=otherwise)
        yield Mistake(f'no file is of the programme "{programme}"', remedy, call.place)


def _compared(root: Expression) -> Iterator[tuple[Expression, Expression]]:
    """Give what is compared with what, each pair both ways."""
    for node in walk(root):
        match node:
            case Compared():
                yield node.left, node.right
                yield node.right, node.left
            case Among():
                for option in node.options:
                    yield node.item, option
            case _:
                continue
