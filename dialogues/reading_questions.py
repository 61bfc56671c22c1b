"""Reading the `[[ask]]` tables of a script: each kind of question with the keys that belong to it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from dialogues.reading_rules import read_condition
from dialogues.reading_texts import IDENTIFIER, LABEL_LIMIT, RAW, RETRY_LIMIT, SAY_LIMIT, TextReader
from domain.customers import Purpose
from domain.dialogues import Option, Question, QuestionKind
from domain.documents import Table
from domain.documents_values import DATE, FLAG, PATTERN, TEXT, choice, decimal, integer, matching, text
from domain.faults import did_you_mean
from domain.rules import Type

_KIND = QuestionKind
_BELONGS: Mapping[str, Collection[QuestionKind]] = {
    "options": (_KIND.CHOICE, _KIND.MANY),
    "low": (_KIND.NUMBER, _KIND.TEXT, _KIND.DATE),
    "high": (_KIND.NUMBER, _KIND.TEXT, _KIND.DATE),
    "earliest": (_KIND.DATE,),
    "latest": (_KIND.DATE,),
    "whole": (_KIND.NUMBER,),
    "currency": (_KIND.NUMBER,),
    "again_from": (_KIND.CONFIRM,),
    "low_label": (_KIND.SCALE,),
    "high_label": (_KIND.SCALE,),
    "pattern": (_KIND.TEXT,),
    "sample": (_KIND.TEXT,),
    "purpose": (_KIND.CONSENT,),
    "text_version": (_KIND.CONSENT,),
}
_RANGE = re.compile(r"scale\s+(\d{1,2})\s*(?:-|–|\.\.|to)\s*(\d{1,2})")
RESERVED = frozenset({"and", "or", "not", "in", "yes", "no", "true", "false", "unknown", "case"})
_CURRENCY = matching(r"[A-Z]{3}", "the three letters of a currency", '"EUR"')
_MOST_OPTIONS = 40
_WIDEST_SCALE = 11
_LONGEST_TEXT = 4096
_MOST_DAYS = 73_000
_MOST = 10**15  # a larger number is not told apart from its neighbours


def read_questions(top: Table, texts: TextReader, facts: Mapping[str, Type]) -> tuple[Question, ...]:
    """Read every `[[ask]]` of a script in order; what is wrong goes to the document's faults."""
    tables = top.tables("ask")
    if not tables and "ask" not in top:
        top.missing("ask", None, "asks nothing", "add an [[ask]] table with id, kind and say")
    ids = [table.get("id", IDENTIFIER) for table in tables]
    questions: list[Question] = []
    for number, (table, id_) in enumerate(zip(tables, ids, strict=True)):
        if id_ and id_ in ids[:number]:
            table.fault("id", f'"{id_}" is the id of an earlier question', "give each question an id of its own")
        if id_ in RESERVED:
            table.fault("id", f'"{id_}" is a word of the rule language', f'take another, such as "{id_}_asked"')
        questions.append(read_question(table, id_, questions, ids[number:], texts, facts))
    return tuple(questions)


def read_question(
    table: Table,
    id_: str,
    earlier: Sequence[Question],
    later: Sequence[str],
    texts: TextReader,
    facts: Mapping[str, Type],
) -> Question:
    """Read one question; conditions may name *earlier* questions and *facts*, and *later* ones get their own remedy."""
    kind, low, high = _read_kind(table)
    for key, kinds in _BELONGS.items():
        if key in table and kind is not None and kind not in kinds:
            owners = " or ".join(f'"{each.value}"' for each in kinds)
            table.fault(key, f'means nothing for the kind "{kind.value}"', f"remove it; it belongs to {owners}")
    if kind in {_KIND.NUMBER, _KIND.TEXT, _KIND.DATE}:
        low, high = _read_bounds(table, kind, low, high)
    elif "low" in table or "high" in table:
        table.get("low", decimal(), None)
        table.get("high", decimal(), None)
    place = ("ask", id_)
    names = [question.id for question in earlier]
    pattern, sample = _read_pattern(table, is_judged=kind in {None, _KIND.TEXT})
    earliest, latest = _read_days(table)
    return Question(
        id=id_,
        kind=kind or _KIND.MESSAGES,  # a kind whose answer may be anything: conditions on it are not blamed
        say=texts.read(table, "say", (*place, "say"), limit=SAY_LIMIT, names=names),
        options=_read_options(table, kind, place, texts),
        skip=table.get("skip", FLAG, False),
        only_if=read_condition(table, "only_if", earlier, later, facts),
        retry=texts.read(table, "retry", (*place, "retry"), limit=RETRY_LIMIT, required=False),
        low=low,
        high=high,
        low_label=texts.read(table, "low_label", (*place, "low_label"), limit=60, required=False),
        high_label=texts.read(table, "high_label", (*place, "high_label"), limit=60, required=False),
        pattern=pattern,
        sample=sample,
        fact=table.get("fact", IDENTIFIER, ""),
        purpose=_read_purpose(table, kind),
        text_version=table.get("text_version", text(most=64), ""),
        earliest=earliest,
        latest=latest,
        whole=table.get("whole", FLAG, False),
        currency=table.get("currency", _CURRENCY, ""),
        again_from=_read_again_from(table, names),
    )


def _read_days(table: Table) -> tuple[dt.date | None, dt.date | None]:
    """Read the first and the last day that a date may be, by the calendar."""
    earliest, latest = table.get("earliest", DATE, None), table.get("latest", DATE, None)
    if earliest is not None and latest is not None and earliest > latest:
        table.fault("latest", f"{latest} is before earliest = {earliest}", "exchange the two")
    return earliest, latest


def _read_again_from(table: Table, earlier: Collection[str]) -> str:
    """Read from which question on a No asks anew; it must be one that was asked before."""
    name = table.get("again_from", IDENTIFIER, "")
    if name and name not in earlier:
        known = f"known are {', '.join(earlier)}" if earlier else "ask something before it"
        table.fault("again_from", f"no earlier question is called {name}", did_you_mean(name, earlier, otherwise=known))
        return ""
    return name


def _read_kind(table: Table) -> tuple[QuestionKind | None, float | None, float | None]:
    """Read the kind with its range: "scale 0-10", "date future" (days from today), or a bare word."""
    written = table.get("kind", replace(TEXT, example='"choice"', wanted="what an answer may be"))
    word, _, rest = written.strip().partition(" ")
    known = [kind.value for kind in QuestionKind]
    if found := _RANGE.fullmatch(written.strip()):
        low, high = int(found[1]), int(found[2])
        if not 1 <= high - low < _WIDEST_SCALE:
            table.fault(
                "kind", f"a scale from {low} to {high}", 'write the lower end first, at most 11 points: "scale 0-10"'
            )
        return _KIND.SCALE, low, high
    if word == _KIND.DATE and rest in {"future", "past"}:
        return _KIND.DATE, 0 if rest == "future" else None, 0 if rest == "past" else None
    if written in known and written != _KIND.SCALE:
        return _KIND(written), None, None
    if written:
        near = {"scale": 'write its ends: "scale 0-10"', "date": 'write "date", "date future" or "date past"'}
        every = [*(each for each in known if each != _KIND.SCALE), "scale 0-10"]
        remedy = near.get(word) or did_you_mean(word, known, otherwise=f"known are {', '.join(every)}")
        remedy = remedy.replace('"scale"', '"scale 0-10"')
        table.fault("kind", f'unknown kind "{written}"', remedy)
    return None, None, None


def _read_bounds(
    table: Table, kind: QuestionKind | None, first: float | None, last: float | None
) -> tuple[float | None, float | None]:
    """Read how large a number, how long a text, how many days from today; *first* and *last* where nothing is said."""
    low_high: list[Decimal | int | None]
    if kind is _KIND.DATE:
        low_high = [table.get(key, integer(-_MOST_DAYS, _MOST_DAYS), None) for key in ("low", "high")]
    else:
        allowed = decimal() if kind is _KIND.NUMBER else decimal(0, _LONGEST_TEXT)
        low_high = [_in_reach(table, key, table.get(key, allowed, None)) for key in ("low", "high")]
    low, high = (float(each) if each is not None else end for each, end in zip(low_high, (first, last), strict=True))
    if low is not None and high is not None and low > high:
        table.fault("high", f"{high:g} is less than low = {low:g}", "exchange the two")
    return low, high


def _in_reach(table: Table, key: str, number: Decimal | None) -> Decimal | None:
    if number is None or abs(number) <= _MOST:
        return number
    table.fault(key, "is too large", "write a smaller number")
    return None


def _read_pattern(table: Table, *, is_judged: bool) -> tuple[str, str]:
    """Read the pattern and the sample that shows what fits it; they are not judged where they do not belong."""
    sample = table.get("sample", text(most=100), "")
    if not is_judged:
        return "", ""
    if "pattern" not in table:
        if sample:
            table.fault("sample", "shows what fits a pattern, and there is none", "add pattern, or remove it")
        return "", sample
    pattern = table.get("pattern", PATTERN, None)
    if not sample:
        table.fault("pattern", "has no sample", 'add sample = "...": it is shown to customers, and tried here')
    elif pattern is not None and not pattern.fullmatch(sample):
        table.fault("sample", f'"{sample}" does not fit the pattern {pattern.pattern}', "correct one of the two")
    return ("" if pattern is None else pattern.pattern), sample


def _read_options(
    table: Table, kind: QuestionKind | None, place: tuple[str, ...], texts: TextReader
) -> tuple[Option, ...]:
    tables = table.tables("options") if "options" in table else ()
    given = table.get("options", RAW, ())
    number = len(given) if isinstance(given, list) else len(tables)
    if kind in _BELONGS["options"] and not 2 <= number <= _MOST_OPTIONS:
        count = {0: "no options", 1: "one option"}.get(number, f"{number} options")
        remedy = "leave some out" if number > 1 else 'write options = [{ id = "red", en = "..." }, ...]'
        problem = f"has {count}, and 2 to {_MOST_OPTIONS} are needed"
        table.fault("options" if tables else None, problem, remedy)
    options: list[Option] = []
    for each in tables:
        id_ = each.get("id", IDENTIFIER)
        if id_ and id_ in {option.id for option in options}:
            each.fault("id", f'"{id_}" is the id of an earlier option', "give each option an id of its own")
        path = (*place, "options", id_)
        label = texts.read(each, None, path, limit=LABEL_LIMIT, markup=False, other_keys={"id"})
        for tag, words in label.items():
            if words in {option.label.get(tag) for option in options}:
                each.fault(tag, f'"{words}" stands on two buttons', "give each option a label of its own")
        options.append(Option(id_, label))
    return tuple(options)


def _read_purpose(table: Table, kind: QuestionKind | None) -> Purpose | None:
    if kind is _KIND.CONSENT:
        return table.get("purpose", choice(Purpose))
    return table.get("purpose", choice(Purpose), None)
