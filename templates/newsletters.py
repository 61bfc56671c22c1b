"""
Judging newsletter texts before anybody gets them: every branch is rendered with made-up customers, and each result is
parsed as Telegram would parse it.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jinja2 import nodes

from domain.faults import FaultList, did_you_mean
from templates.markup import TEXT_LIMIT, Parsed, parse
from templates.sandbox import Compiler, NotRenderableError, flattened

NAMES = ("name", "town", "number", "company", "language", "today", "zone", "fact")
"""What a newsletter's text may name; facts as `fact.NAME`."""

_USUAL: Mapping[str, Sequence[str]] = {
    "name": ("Maija Mäkelä-Virtanen", "", "<O'Hara & Co>"),
    "town": ("", "Nowhere"),
    "number": ("10023", ""),
}
_MOST_SAMPLES = 200
_NOON = dt.datetime(2027, 3, 1, 10, tzinfo=dt.UTC)


def missing_languages(bodies: Mapping[str, str], languages: Sequence[str]) -> tuple[str, ...]:
    """Name the languages in which a newsletter has no text; their customers get the default language's."""
    return tuple(language for language in languages if language not in bodies)


def lint(source: str, language: str, where: str, faults: FaultList, *, line: int = 1, limit: int = TEXT_LIMIT) -> None:
    """
    Note all that is wrong with the text of a newsletter, which begins on *line* of *where*.

    Broken Jinja, unknown names, a value that not every customer has, tags and entities that Telegram refuses, tags that
    do not close in some branch, and more than *limit* signs (1024 beside a picture).
    """
    compiler = Compiler(language, escaping=True, currency="EUR", zone="UTC")
    before = len(faults)
    for mistake in parse(flattened(source, "https://x")).mistakes:
        if not mistake.nesting:  # which depends on the branches
            faults.add(where, line + mistake.line - 1, None, mistake.problem, mistake.remedy)
    try:
        tree = compiler.tree(source)
        unknown = sorted(compiler.names(source) - set(NAMES))
    except NotRenderableError as error:
        faults.add(where, line + error.line - 1, None, error.problem, error.remedy)
        return
    for name in unknown:
        at = next((node.lineno for node in tree.find_all(nodes.Name) if node.name == name), 1)
        remedy = did_you_mean(name, NAMES, otherwise=f"known are {', '.join(NAMES)}; facts are written fact.{name}")
        faults.add(where, line + at - 1, None, f'nothing is known as "{name}"', remedy)
    if len(faults) == before:
        _try_samples(source, tree, compiler, where, line, limit, faults)


def _try_samples(
    source: str, tree: nodes.Template, compiler: Compiler, where: str, line: int, limit: int, faults: FaultList
) -> None:
    template = compiler.compile(source)
    told: set[str] = set()
    for said, values in _samples(tree, compiler.language):
        at = line
        try:
            parsed = parse(compiler.render(template, values))
            troubles = list(_troubles(parsed, limit))
        except NotRenderableError as error:
            troubles, at = [_mended(error, values)], line + error.line - 1
        for problem, remedy in troubles:
            if problem not in told:
                told.add(problem)
                faults.add(where, at, None, f"{problem}{said}", remedy)


def _troubles(parsed: Parsed, limit: int) -> Iterator[tuple[str, str]]:
    for mistake in parsed.mistakes:
        yield mistake.problem, mistake.remedy
    if parsed.units > limit:
        yield f"has {parsed.units} signs, and {limit} are allowed", "shorten it"


def _mended(error: NotRenderableError, values: Mapping[str, Any]) -> tuple[str, str]:
    if "'dict object' has no attribute" in error.problem and not values["fact"]:
        name = error.problem.rsplit("'", 2)[-2]
        return f"fact.{name} is not known of everybody", f'write {{{{ fact.{name} | default("...") }}}}, or ask with if'
    return error.problem, error.remedy


def _samples(tree: nodes.Template, language: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Make customers for whom the branches differ: each constant that a name is compared with, and others."""
    wanted = _constants(tree)
    names = [name for name in _USUAL if any(node.name == name for node in tree.find_all(nodes.Name))]
    choices = [[*_USUAL[name], *wanted.get(name, ())] for name in names]
    facts: list[dict[str, Any]] = [{}]
    mentioned = _facts(tree)
    if mentioned:
        facts += [{name: (*wanted.get(f"fact.{name}", ()), *_like(tree, name))[0] for name in mentioned}]
    cases = itertools.product(facts, *choices) if choices else ((fact,) for fact in facts)
    for fact, *chosen in itertools.islice(cases, _MOST_SAMPLES):
        told = [f'{name} = "{value}"' for name, value in zip(names, chosen, strict=True)]
        values: dict[str, Any] = {
            **{name: usual[0] for name, usual in _USUAL.items()},
            **dict(zip(names, chosen, strict=True)),
            "company": "Vuoro & Co",
            "language": language,
            "today": _NOON,
            "zone": "UTC",
            "fact": fact,
        }
        yield f" (for {', '.join(told)})" if told else "", values


def _constants(tree: nodes.Template) -> dict[str, list[Any]]:
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


def _facts(tree: nodes.Template) -> list[str]:
    return sorted({found.removeprefix("fact.") for node in tree.find_all(nodes.Getattr) for found in _named(node)})


def _like(tree: nodes.Template, name: str) -> tuple[Any, ...]:
    """Give a stand-in that fits the filters used on fact.*name*: a number for amounts and plurals, a day for dates."""
    for node in tree.find_all(nodes.Filter):
        if f"fact.{name}" in _named(node):
            if node.name in {"money", "number", "percent", "plural", "round", "int", "abs"}:
                return (1234,)
            if node.name in {"date", "time"}:
                return (_NOON,)
    return ("sample",)
