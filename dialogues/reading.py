"""
Reading a dialogue file into a script, with all its faults at once.

A script's `source` is what is stored with the first run of each version: the file, and the translation files beside it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any

from dialogues.reading_questions import read_questions
from dialogues.reading_rules import can_hold, read_condition, type_of
from dialogues.reading_texts import IDENTIFIER, RAW, SAY_LIMIT, TITLE_LIMIT, TextReader, read_translation
from domain.cases import CaseKind, Priority
from domain.customers import Purpose
from domain.dialogues import Ending, OpenCase, Question, Script, Starts
from domain.documents import Table, read_document
from domain.documents_values import FLAG, NAME, SPAN, choice, integer, list_of, matching, one_of, shown, text
from domain.faults import FaultList, did_you_mean
from domain.rules import Rule, Type
from templates.markup import placeholders

EVENTS = ("case_closed", "case_resolved", "purchase", "met", "first_month")
"""What can start a script by itself, after its delay."""

_COMMAND = matching(r"[a-z][a-z0-9_]{0,31}", "a command of small letters, digits and _, without the slash", '"rate"')
_TAKEN = frozenset(
    {
        *("back", "skip", "cancel", "done", "keep", "help", "language", "talk", "stop", "topics", "mydata", "forget"),
        *("newsletter", "survey", "customer", "cases", "log", "report", "console", "go", "points"),
    }
)
_MEMBERSHIP = matching(r"(?:programme|club):[a-z0-9][a-z0-9_-]*", "a programme or a club", '"club:wine"')
_MOST_POINTS = 1_000_000
_LARGEST_FACT = 10**15
_HIGHEST_VERSION = 1_000_000
_LONGEST_WAIT = dt.timedelta(days=3660)
_MARK = "#=== translation {} ===\n"
_MARKS = re.compile(r"^#=== translation ([a-z]{2,3}(?:-[a-z0-9]+)?) ===\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """
    What a script is judged against: the company's *languages*, the *facts* that scripts learn, its case *categories*.

    None stands for "not known": a stored version was judged when it was current.
    """

    languages: Sequence[str] | None = None
    facts: Mapping[str, Type] | None = None
    categories: Collection[str] | None = None


def joined(source: str, translations: Mapping[str, str]) -> str:
    """Join a file and its translation files (by language) into the one text that is kept with runs."""
    parts = [source.removeprefix("\ufeff").replace("\r\n", "\n")]
    for language, other in sorted(translations.items()):
        before = parts[-1]
        parts[-1] = before if before.endswith("\n") else before + "\n"
        parts.append(_MARK.format(language) + other.removeprefix("\ufeff").replace("\r\n", "\n"))
    return "".join(parts)


def digest_of(source: str) -> str:
    """Give the name of a version: the SHA-256 of its source, in hexadecimal."""
    return hashlib.sha256(source.encode()).hexdigest()


def read_script(source: str, where: str) -> Script:
    """Read a version that was stored; raises `Faults` (only the form is judged: it was sound when it was current)."""
    faults = FaultList()
    script = read_checked(source, where, faults, Surroundings())
    faults.raise_if_any()
    assert script is not None
    return script


def read_checked(
    source: str, where: str, faults: FaultList, around: Surroundings, files: Mapping[str, str] | None = None
) -> Script | None:
    """
    Read and judge one script; None where its text cannot be read at all. With faults the script must not be used.

    *files* names the translation files by language, for their faults.
    """
    main, *rest = _MARKS.split(source)
    pairs = zip(rest[::2], rest[1::2], strict=True)
    named = files or {}
    translations = [read_translation(each, tag, named.get(tag, f"{where} ({tag})"), faults) for tag, each in pairs]
    top = read_document(main, where, faults)
    if top is None:
        return None
    texts = TextReader(faults, around.languages, translations)
    script = _read(top, texts, around, source)
    top.finish()
    texts.finish()
    return script


def _read(top: Table, texts: TextReader, around: Surroundings, source: str) -> Script:
    facts = around.facts or {}
    survey = top.get("survey", FLAG, False)
    purpose = top.get("purpose", choice(Purpose), None)
    id_ = top.get("id", replace(NAME, example=f'"{PurePath(top.where).stem}"', wanted="the file's name"))
    if len(id_) > 64:
        top.fault("id", f"has {len(id_)} signs, and 64 are allowed", "shorten it")
    version = top.get("version", integer(1))
    title = texts.read(top, "title", ("title",), limit=TITLE_LIMIT)
    starts = _read_starts(top)
    if version > _HIGHEST_VERSION:
        top.fault("version", "is too high to be counted", "count 1, 2, 3, ...")
    remind = top.get("remind", list_of(SPAN), ())
    expire = _short_enough(top, "expire", top.get("expire", SPAN, None))
    if remind:
        _short_enough(top, "remind", max(remind))
    if list(remind) != sorted(set(remind)):
        top.fault("remind", "is not in order", "write each reminder once, the earliest first")
    if survey and len(remind) > 1 and around.languages is not None:  # a kept version goes on as it began
        top.fault("remind", "a survey is reminded of once", "keep one of the times")
    if expire is not None and any(span >= expire for span in remind):
        top.fault("remind", "has a reminder after the end", "let expire be later than every reminder")
    questions = read_questions(top, texts, facts)
    return Script(
        id=id_,
        version=version,
        title=title,
        questions=questions,
        endings=_read_endings(top, questions, texts, around),
        starts=starts,
        remind=remind,
        expire=expire,
        recontact=_short_enough(top, "recontact", top.get("recontact", SPAN, None)),
        purpose=purpose or (Purpose.SURVEYS if survey else None),
        survey=survey,
        source=source,
        digest=digest_of(source),
    )


def _short_enough(table: Table, key: str, span: dt.timedelta | None) -> dt.timedelta | None:
    if span is not None and span > _LONGEST_WAIT:
        table.fault(key, "is longer than ten years", "write a shorter time")
        return None
    return span


def _read_starts(top: Table) -> Starts:
    table = top.section("start")
    command = table.get("command", _COMMAND, "")
    if command in _TAKEN:
        table.fault("command", f"/{command} is a command of the bot itself", "take another word")
    after = table.get("after", one_of(*EVENTS), "")
    delay = _short_enough(table, "delay", table.get("delay", SPAN, None))
    if delay is not None and not after:
        table.fault("delay", "waits for no event", f'add after = "{EVENTS[0]}", or remove it')
    return Starts(command, after) if delay is None else Starts(command, after, delay)


def _read_endings(
    top: Table, questions: Sequence[Question], texts: TextReader, around: Surroundings
) -> tuple[Ending, ...]:
    tables = top.tables("done")
    if not tables and "done" not in top:
        top.missing("done", None, "has no ending", 'add a [[done]] table with say.en = "..."')
    endings: list[Ending] = []
    before: list[Rule] = []
    for number, table in enumerate(tables, start=1):
        ending = _read_ending(table, number, questions, texts, around)
        if any(earlier.when is None and "when" not in other for earlier, other in zip(endings, tables, strict=False)):
            table.fault(None, "is never reached: an ending above it has no when", "move that one to the end")
        elif ending.when is not None and can_hold(ending.when, (), questions) is not False:
            if can_hold(ending.when, before, questions) is False:
                table.fault("when", "is never reached: the endings above it take every such case", "move it up")
            before.append(ending.when)
        endings.append(ending)
    if tables and all("when" in table for table in tables) and can_hold(None, before, questions) is not False:
        tables[-1].fault(
            None, "is the last ending, and some answers lead to none", "add a [[done]] without when after it"
        )
    return tuple(endings)


def _read_ending(
    table: Table, number: int, questions: Sequence[Question], texts: TextReader, around: Surroundings
) -> Ending:
    when = read_condition(table, "when", questions, (), around.facts or {})
    case = _read_case(table.section("case"), questions, around) if "case" in table else None
    names = [question.id for question in questions]
    given = [*names, "case"] if case is not None else names
    forget = _read_forget(table)
    if forget:
        given = []  # what is said at the end is kept on the timeline, so it repeats nothing
    return Ending(
        when=when,
        say=texts.read(table, "say", ("done", str(number), "say"), limit=SAY_LIMIT, names=given, required=False),
        case=case,
        facts=_read_facts(table, names),
        start=table.get("start", NAME, ""),
        pause=_short_enough(table, "pause", table.get("pause", SPAN, None)),
        forget=forget,
        points=table.get("points", integer(1, _MOST_POINTS), 0),
        programme=_read_programme(table),
        join=table.get("join", _MEMBERSHIP, ""),
    )


def _read_programme(table: Table) -> str:
    programme = table.get("programme", NAME, "")
    if programme and "points" not in table:
        table.fault("programme", "says where points go, and there are none", "add points = 20, or remove it")
    return programme


def _read_forget(table: Table) -> bool:
    """Read whether nothing she said is kept; then nothing of it can live on in a case or a fact either."""
    forget = table.get("forget", FLAG, False)
    for key in ("case", "facts") if forget else ():
        if key in table:
            table.fault(key, "would keep what forget = true does not keep", f"remove one of {key} and forget")
    return forget


def _read_case(table: Table, questions: Sequence[Question], around: Surroundings) -> OpenCase:
    names = [question.id for question in questions]
    category = table.get("category", replace(text(most=100), example='"other"', wanted="what the case is about"))
    _check_names(table, "category", category, names)
    _check_category(table, category, questions, around.categories)
    filled: dict[str, str] = {}
    for key in ("summary", "remedy", "order"):
        filled[key] = table.get(key, text(most=500), "")
        _check_names(table, key, filled[key], names)
    return OpenCase(
        kind=table.get("kind", choice(CaseKind)),
        category=category,
        priority=table.get("priority", choice(Priority), Priority.NORMAL),
        **filled,
    )


def _check_names(table: Table, key: str, value: str, names: Collection[str]) -> None:
    for name in placeholders(value):
        if name not in names:
            known = ", ".join("{" + each + "}" for each in names) or "nothing"
            remedy = did_you_mean(name, names, otherwise=f"known here: {known}")
            table.fault(key, f"no question is called {{{name}}}", remedy)


def _check_category(table: Table, category: str, questions: Sequence[Question], known: Collection[str] | None) -> None:
    by_id = {question.id: question for question in questions}
    asked = placeholders(category)
    if asked:
        question = by_id.get(asked[0])
        if question is not None and (not question.options or category != f"{{{asked[0]}}}"):
            table.fault("category", f"{category} is not one of a choice's options", 'name one choice: "{category}"')
        meant = [option.id for option in question.options] if question is not None else []
    else:
        meant = [category] if category else []
    for each in meant:
        if known is not None and each not in known and each.replace("-", "_") not in known:
            adds = "or name it under [category] in templates/staff.en.toml of your content folder"
            remedy = did_you_mean(each, known, otherwise=f"defined are {', '.join(sorted(known))}; {adds}")
            table.fault("category", f'the category "{each}" is not defined', remedy)


def _read_facts(table: Table, names: Collection[str]) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    inner = table.section("facts")
    for key in inner.keys:
        value = inner.get(key, RAW)
        try:
            IDENTIFIER.read(key)
        except ValueError:
            inner.fault(key, f'"{key}" is no name for a fact', "use small letters, digits and _")
        if not isinstance(value, str | bool | int):
            inner.fault(key, f"{shown(value)} cannot be a fact", "write a text, a whole number, true or false")
            continue
        if isinstance(value, str):
            inner.get(key, text(most=500))
            _check_names(inner, key, value, names)
        elif abs(value) > _LARGEST_FACT:
            inner.fault(key, f"{shown(value)} is too large", "write a smaller number, or a text")
        facts[key] = value
    return facts


def categories_of(script: Script) -> set[str]:
    """Give the categories that *script* defines itself: the options of a choice that becomes a case's category."""
    by_place = {"{" + question.id + "}": question for question in script.questions}
    chosen = [by_place.get(ending.case.category) for ending in script.endings if ending.case is not None]
    return {option.id for question in chosen if question is not None for option in question.options}


def facts_of(script: Script) -> dict[str, Type]:
    """Give the facts that *script* learns, and their types."""
    found = {question.fact: type_of(question) for question in script.questions if question.fact}
    for ending in script.endings:
        for name, value in ending.facts.items():
            kind = Type.FLAG if isinstance(value, bool) else Type.NUMBER if isinstance(value, int) else Type.TEXT
            found.setdefault(name, kind)
    return found
