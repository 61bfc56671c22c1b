"""Reading the `[[ask]]` tables of a script: each kind of question with the keys that belong to it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from dialogues.reading_rules import read_condition
from dialogues.reading_texts import IDENTIFIER, LABEL_LIMIT, RETRY_LIMIT, SAY_LIMIT, TextReader
from domain.customers import Purpose
from domain.dialogues import Option, Question, QuestionKind
from domain.documents import Table
from domain.documents_values import FLAG, PATTERN, TEXT, choice, decimal, text
from domain.faults import did_you_mean
from domain.rules import Type

_KIND = QuestionKind
_BELONGS: Mapping[str, Collection[QuestionKind]] = {
    "options": (_KIND.CHOICE, _KIND.MANY),
    "low": (_KIND.NUMBER, _KIND.TEXT),
    "high": (_KIND.NUMBER, _KIND.TEXT),
    "low_label": (_KIND.SCALE,),
    "high_label": (_KIND.SCALE,),
    "pattern": (_KIND.TEXT,),
    "sample": (_KIND.TEXT,),
    "purpose": (_KIND.CONSENT,),
    "text_version": (_KIND.CONSENT,),
}
_RANGE = re.compile(r"scale\s+(\d{1,2})\s*(?:-|–|\.\.|to)\s*(\d{1,2})")
_RESERVED = frozenset({"and", "or", "not", "in", "yes", "no", "true", "false", "unknown", "case"})
_MOST_OPTIONS = 40
_WIDEST_SCALE = 11
_LONGEST_TEXT = 4096


def read_questions(top: Table, texts: TextReader, facts: Mapping[str, Type]) -> tuple[Question, ...]:
    """Read every `[[ask]]` of a script in order; what is wrong goes to the document's faults."""
    tables = top.tables("ask")
    if not tables:
        top.fault(None, "asks nothing", "add an [[ask]] table with id, kind and say")
    ids = [table.get("id", IDENTIFIER) for table in tables]
    questions: list[Question] = []
    for number, (table, id_) in enumerate(zip(tables, ids, strict=True)):
        if id_ and id_ in ids[:number]:
            table.fault("id", f'"{id_}" is the id of an earlier question', "give each question an id of its own")
        if id_ in _RESERVED:
            table.fault("id", f'"{id_}" is a word of the rule language', f'take another, such as "{id_}_asked"')
        questions.append(_read_question(table, id_, questions, ids[number:], texts, facts))
    return tuple(questions)


def _read_question(
    table: Table,
    id_: str,
    earlier: Sequence[Question],
    later: Sequence[str],
    texts: TextReader,
    facts: Mapping[str, Type],
) -> Question:
    kind, low, high = _read_kind(table)
    for key, kinds in _BELONGS.items():
        if key in table and kind is not None and kind not in kinds:
            owners = " or ".join(f'"{each.value}"' for each in kinds)
            table.fault(key, f'means nothing for the kind "{kind.value}"', f"remove it; it belongs to {owners}")
    if kind in {_KIND.NUMBER, _KIND.TEXT}:
        low, high = _read_bounds(table, kind)
    elif "low" in table or "high" in table:
        table.get("low", decimal(), None)
        table.get("high", decimal(), None)
    place = ("ask", id_)
    names = [question.id for question in earlier]
    pattern, sample = _read_pattern(table)
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
    )


def _read_kind(table: Table) -> tuple[QuestionKind | None, float | None, float | None]:
    """Read the kind with its range: "scale 0-10", "date future" (days from today), or a bare word."""
    written = table.get("kind", TEXT)
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
        table.fault("kind", f'unknown kind "{written}"', remedy)
    return None, None, None


def _read_bounds(table: Table, kind: QuestionKind) -> tuple[float | None, float | None]:
    allowed = decimal() if kind is _KIND.NUMBER else decimal(0, _LONGEST_TEXT)
    low, high = table.get("low", allowed, None), table.get("high", allowed, None)
    if low is not None and high is not None and low > high:
        table.fault("high", f"{high} is less than low = {low}", "exchange the two")
    return (None if low is None else float(low)), (None if high is None else float(high))


def _read_pattern(table: Table) -> tuple[str, str]:
    """Read the pattern and the sample that shows what fits it."""
    sample = table.get("sample", text(most=100), "")
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
    if kind in _BELONGS["options"] and not 2 <= len(tables) <= _MOST_OPTIONS:
        problem = f"has {len(tables)} options, and 2 to {_MOST_OPTIONS} are needed"
        table.fault("options" if tables else None, problem, 'write options = [{ id = "yes", en = "..." }, ...]')
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
