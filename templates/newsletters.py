"""
Judging newsletter texts before anybody gets them: every branch is rendered with made-up customers, and each result is
parsed as Telegram would parse it.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jinja2 import nodes

from domain.faults import FaultList, did_you_mean
from domain.newsletters import Newsletter, Tailored
from templates import plurals
from templates.markup import ENTITY_LIMIT, TEXT_LIMIT, Parsed, parse
from templates.newsletter_samples import constants, samples
from templates.sandbox import Compiler, NotRenderableError, Template, flattened

OWN = ("name", "town", "number", "company", "language", "today", "zone", "fact")
"""What any text to one customer may name."""

NAMES = (*OWN, "by", "variant", "marketing")
"""What a newsletter's text may name: facts as `fact.NAME`, tables of its front matter as `by.TOWN.COLUMN`."""


_Found = tuple[int, str, str]
"""The line (from 1) of something that is wrong, the problem and the remedy."""


@dataclass(frozen=True, slots=True)
class Around:
    """What a text may name because its front matter has it: the variants of a test, and tables with all their texts."""

    variants: Sequence[str] = ()
    tables: Mapping[str, Tailored] = field(default_factory=dict)

    @classmethod
    def of(cls, newsletter: Newsletter, language: str, default: str) -> Around:
        """Return what the front matter of *newsletter* gives to its text in *language*; *default* is the company's."""
        test = newsletter.experiment
        tables = {name: table.in_language(language, default) for name, table in newsletter.tailored.items()}
        return cls(() if test is None else test.variants, tables)


def missing_languages(bodies: Mapping[str, str], languages: Sequence[str]) -> tuple[str, ...]:
    """Name the languages in which a newsletter has no text; their customers get the default language's."""
    return tuple(language for language in languages if language not in bodies)


def lint(
    source: str,
    language: str,
    where: str,
    faults: FaultList,
    *,
    line: int = 1,
    limit: int = TEXT_LIMIT,
    around: Around | None = None,
    names: Sequence[str] = NAMES,
    more: Mapping[str, Sequence[Any]] | None = None,
) -> None:
    """
    Note all that is wrong with the text of a newsletter, which begins on *line* of *where*.

    Broken Jinja, unknown names, a value that not every customer has, plurals without a form that the language needs,
    tags, entities and links that Telegram refuses or drops, tags that do not close in some branch, and more than
    *limit* signs (1024 beside a picture): in every branch, for every variant and every row of a table. Whether a
    service letter promotes something outside `{% if marketing %}` only its readers can tell. *around* is None where the
    front matter could not be read: then nothing that hangs on it is judged. Other texts may have other *names*: those
    that a newsletter has not, with the values to try, are *more*.
    """
    told = repr((around, more))
    for at, problem, remedy in _judged(_Text(source, language, limit, tuple(names), told, around, more or {})):
        faults.add(where, line + at - 1, None, problem, remedy)


@dataclass(frozen=True, slots=True)
class _Text:
    """A text with all that its judgement hangs on; *told* stands for what cannot be hashed."""

    source: str
    language: str
    limit: int
    names: tuple[str, ...]
    told: str
    around: Around | None = field(compare=False)
    more: Mapping[str, Sequence[Any]] = field(compare=False)


@functools.lru_cache(maxsize=1024)
def _judged(text: _Text) -> tuple[_Found, ...]:
    """Give line (from 1), problem and remedy of all that is wrong; a text that stays the same is judged once."""
    compiler = Compiler(text.language, escaping=True, currency="EUR", zone="UTC")
    around = text.around
    found = [
        (mistake.line, mistake.problem, mistake.remedy)
        for mistake in parse(flattened(text.source)).mistakes
        if not mistake.nesting  # which depends on the branches
    ]
    try:
        tree = compiler.tree(text.source)
        unknown = sorted(compiler.names(text.source) - set(text.names))
    except NotRenderableError as error:
        return *found, (error.line, error.problem, error.remedy)
    for name in unknown:
        at = next((node.lineno for node in tree.find_all(nodes.Name) if node.name == name), 1)
        known = f"known are {', '.join(text.names)}; facts are written fact.{name}"
        found.append((at, f'nothing is known as "{name}"', did_you_mean(name, text.names, otherwise=known)))
    found += [*plurals.misuses(tree, text.language), *_unlike_front(tree, around)]
    if not found and not (around is None and _places(tree, "by")):
        given = around or Around()
        tried = samples(tree, text.language, given.variants, given.tables, text.more)
        found += _try_samples(compiler, compiler.compile(text.source), tried, text.limit)
    return tuple(found)


def _try_samples(
    compiler: Compiler, template: Template, tried: Iterable[tuple[str, dict[str, Any]]], limit: int
) -> Iterator[_Found]:
    told: set[str] = set()
    for said, values in tried:
        at = 1
        try:
            parsed = parse(compiler.render(template, values))
            troubles = list(_troubles(parsed, limit))
        except NotRenderableError as error:
            troubles, at = [_mended(error, values)], error.line
        for problem, remedy in troubles:
            if problem not in told:
                told.add(problem)
                yield at, f"{problem}{said}", remedy


def _troubles(parsed: Parsed, limit: int) -> Iterator[tuple[str, str]]:
    for mistake in parsed.mistakes:
        yield mistake.problem, mistake.remedy
    if parsed.units > limit:
        yield f"has {parsed.units} signs, and {limit} are allowed", "shorten it"
    if len(parsed.spans) > ENTITY_LIMIT:
        problem = f"has {len(parsed.spans)} pieces of formatting, and Telegram shows {ENTITY_LIMIT}"
        yield problem, "format less, or fewer pieces"


def _mended(error: NotRenderableError, values: Mapping[str, Any]) -> tuple[str, str]:
    name = error.problem.rsplit("'", 2)[-2] if "'dict object' has no attribute" in error.problem else ""
    if name and name not in values["fact"]:
        return f"fact.{name} is not known of everybody", f'write {{{{ fact.{name} | default("...") }}}}, or ask with if'
    return error.problem, error.remedy


def _unlike_front(tree: nodes.Template, around: Around | None) -> Iterator[tuple[int, str, str]]:
    """Give line, problem and remedy of what the text and its front matter do not agree on."""
    if around is None:
        return
    asked = _places(tree, "variant")
    if asked and not around.variants:
        yield asked[0], "there are no variants", 'add [test] with variants = ["a", "b"], or remove it'
    elif around.variants and not asked:
        remedy = f'write {{% if variant == "{around.variants[-1]}" %}}...{{% else %}}...{{% endif %}}'
        yield 1, "says the same in all variants of the test", remedy
    for value in constants(tree).get("variant", ()) if around.variants else ():
        if value not in around.variants:
            remedy = did_you_mean(str(value), around.variants, otherwise=f"it has {', '.join(around.variants)}")
            yield asked[0], f'"{value}" is no variant of the test', remedy
    for node in tree.find_all(nodes.Getattr):
        if isinstance(node.node, nodes.Name) and node.node.name == "by" and node.attr not in around.tables:
            remedy = did_you_mean(node.attr, around.tables, otherwise=f"add [by.{node.attr}] to the front matter")
            yield node.lineno, f"there is no table by.{node.attr}", remedy
        match node.node:
            case nodes.Getattr(node=nodes.Name(name="by"), attr=name) if name in around.tables:
                columns = around.tables[name].default
                if node.attr not in columns:
                    remedy = did_you_mean(node.attr, columns, otherwise=f"it has {', '.join(columns)}")
                    yield node.lineno, f"by.{name} has no {node.attr}", remedy
            case _:
                pass


def _places(tree: nodes.Template, name: str) -> list[int]:
    """Return on which lines a text asks for *name*."""
    return [node.lineno for node in tree.find_all(nodes.Name) if node.name == name]
