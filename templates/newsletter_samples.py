"""Made-up customers for whom the branches of a newsletter's text differ, so that each branch is seen beforehand."""

from __future__ import annotations

import datetime as dt
import itertools
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jinja2 import nodes

from domain.newsletters import Tailored

NOON = dt.datetime(2027, 3, 1, 10, tzinfo=dt.UTC)

_USUAL: Mapping[str, Sequence[Any]] = {
    "name": ("Maija Mäkelä-Virtanen", "", "<O'Hara & Co>"),
    "town": ("", "Nowhere"),
    "number": ("10023", ""),
    "marketing": (True, False),
}
_ALL = 400  # up to so many combinations, each is tried; of more, each value, then pairs of values and others at random
_MOST = 1_500
_UNKNOWN = object()  # the value of a fact that she has not told


def samples(
    tree: nodes.Template,
    language: str,
    variants: Sequence[str],
    tables: Mapping[str, Tailored],
    more: Mapping[str, Sequence[Any]],
) -> Iterator[tuple[str, dict[str, Any]]]:
    """
    Make customers for whom the branches differ; give how each differs ("town = ...") and what the text may name.

    Tried are each constant that a name is compared with, each row of a table, each variant, facts that are known and
    unknown, and awkward names. *tables* have their texts in *language*. Names that only this kind of text has are
    *more*, each with its usual value first and the others that are to be tried.
    """
    usual = {**_USUAL, **more}
    ways = _ways(tree, language, variants, tables, usual)
    for chosen in _cases([values for _, values in ways]):
        case = dict(zip((name for name, _ in ways), chosen, strict=True))
        told = [f"{name} = {_shown(value)}" for name, value in case.items() if value is not _UNKNOWN]
        facts = {
            name.removeprefix("fact."): value
            for name, value in case.items()
            if name.startswith("fact.") and value is not _UNKNOWN
        }
        own = {"language": language, "kind": "consumer", **facts, **case}
        values: dict[str, Any] = {
            **{name: values[0] for name, values in usual.items()},
            "variant": variants[0] if variants else "",
            **{name: value for name, value in case.items() if "." not in name and name not in {"language", "kind"}},
            "company": "Vuoro & Co",
            "language": language,
            "today": NOON,
            "zone": "UTC",
            "fact": facts,
            "by": {name: table.row(own.get(name, "")) for name, table in tables.items()},
        }
        yield f" (for {', '.join(told)})" if told else "", values


def _ways(
    tree: nodes.Template,
    language: str,
    variants: Sequence[str],
    tables: Mapping[str, Tailored],
    usual: Mapping[str, Sequence[Any]],
) -> list[tuple[str, list[Any]]]:
    """Return in what customers differ as far as this text goes: a name or fact, and the values to try."""
    wanted = constants(tree)
    named = {node.name for node in tree.find_all(nodes.Name)}
    used = {node.attr for node in tree.find_all(nodes.Getattr) if _is_name(node.node, "by")} if "by" in named else set()
    rows = {name: list(table.rows) for name, table in tables.items() if name in used or "by" in named}
    ways: list[tuple[str, list[Any]]] = []
    for name, tried in usual.items():
        if name in named or name in rows:
            ways.append((name, [*tried, *wanted.get(name, ()), *rows.get(name, ())]))
    if "variant" in named and variants:
        ways.append(("variant", list(variants)))
    for name, usually in (("language", language), ("kind", "consumer")):
        ways += [(name, [usually, *rows[name]])] if name in rows else []
    facts = {*facts_named(tree), *(name for name in rows if name not in {*usual, "language", "kind"})}
    for name in sorted(facts):
        seen = list(_around(wanted.get(f"fact.{name}", ())))
        seen = seen or ([] if name in rows else [_like(tree, name)])
        ways.append((f"fact.{name}", [_UNKNOWN, *seen, *rows.get(name, ())]))
    return [(name, list(dict.fromkeys(values))) for name, values in ways]


def _cases(values: Sequence[Sequence[Any]]) -> Iterator[tuple[Any, ...]]:
    if math.prod(len(each) for each in values) <= _ALL:
        yield from itertools.product(*values)
        return
    base = [each[0] for each in values]
    yield tuple(base)
    for place, each in enumerate(values):
        for value in each[1:]:
            yield (*base[:place], value, *base[place + 1 :])
    chance, tried = random.Random(1), 0  # the same cases each time
    for first, second in itertools.combinations(range(len(values)), 2):
        pairs = list(itertools.product(values[first][1:], values[second][1:]))
        chance.shuffle(pairs)
        for one, other in pairs[:_ALL]:
            tried += 1
            yield tuple(one if at == first else other if at == second else own for at, own in enumerate(base))
    for _ in range(max(_MOST - tried, _ALL)):
        yield tuple(chance.choice(each) for each in values)


def constants(tree: nodes.Template) -> dict[str, list[Any]]:
    """Collect the constants that each name (or fact.NAME) is compared with, or looked up in."""
    found: dict[str, list[Any]] = {}
    for node in tree.find_all(nodes.Compare):
        sides = [node.expr, *(operand.expr for operand in node.ops)]
        names = [name for side in sides for name in _named(side)]
        values = [const.value for const in node.find_all(nodes.Const)]
        for name in names:
            found.setdefault(name, []).extend(value for value in values if value not in found[name])
    for item in tree.find_all(nodes.Getitem):
        keys = [pair.key.value for pair in item.node.find_all(nodes.Pair) if isinstance(pair.key, nodes.Const)]
        for name in _named(item.arg):
            found.setdefault(name, []).extend(keys)
    return found


def facts_named(tree: nodes.Template) -> list[str]:
    """Name the facts that a text asks for."""
    return sorted({found.removeprefix("fact.") for node in tree.find_all(nodes.Getattr) for found in _named(node)})


def _around(found: Sequence[Any]) -> Iterator[Any]:
    """Give constants, and for numbers their neighbours: what is compared with them has two sides."""
    for value in found:
        yield value
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield value - 1
            yield value + 1


def _is_name(node: nodes.Node, name: str) -> bool:
    return isinstance(node, nodes.Name) and node.name == name


def _named(side: nodes.Node) -> Iterator[str]:
    match side:
        case nodes.Getattr(node=nodes.Name(name="fact"), attr=str(attr)):
            yield f"fact.{attr}"
        case nodes.Name(name=str(name)):
            yield name
        case nodes.Filter(node=nodes.Node() as inner):
            yield from _named(inner)
        case _:
            pass


def _like(tree: nodes.Template, name: str) -> Any:
    """Give a stand-in that fits the filters used on fact.*name*: a number for amounts and plurals, a day for dates."""
    for node in tree.find_all(nodes.Filter):
        if f"fact.{name}" in _named(node):
            if node.name in {"money", "number", "percent", "plural", "round", "int", "abs"}:
                return 1234
            if node.name in {"date", "time"}:
                return NOON
    return "sample"


def _shown(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return f'"{value}"'
        case dt.datetime():
            return str(value.date())
        case _:
            return str(value)
