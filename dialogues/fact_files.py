"""
`[[fact]]` files, `content/facts/*.toml`: what is worth knowing of a customer, each read into a script of one question.

Any fact that a dialogue's question learns can be asked again by itself in the same way: for corrections.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from dialogues.reading import digest_of, joined, read_script
from dialogues.reading_questions import RESERVED, read_question
from dialogues.reading_rules import CUSTOMER_NAMES, type_of
from dialogues.reading_texts import LABEL_LIMIT, RAW, TextReader, read_translation
from domain.dialogues import Question, QuestionKind, Script, Texts
from domain.documents import Table, read_document
from domain.documents_values import DURATION, SPAN, decimal, matching
from domain.facts import A_YEAR, ASKABLE, PREFIX, WorthKnowing
from domain.faults import FaultList, did_you_mean
from domain.rules import Type
from templates.markup import placeholders

EXPIRES = dt.timedelta(days=3)
"""How long a small question waits for its answer; then it ends without a word."""

_NAME = matching(r"[a-z][a-z0-9_]{0,39}", "a name of at most 40 small letters, digits and _", '"household"')
_NO_KEYS = ("fact", "skip", "purpose", "text_version", "again_from")
_TRANSLATION = re.compile(r"([a-z][a-z0-9_-]*)\.([a-z]{2,3}(?:-[a-z0-9]+)?)\.toml")
_HEAD = "#=== {} {} ===\n"
_HEADS = re.compile(r"#=== (fact|question) ([a-z][a-z0-9_]*) ===\n")
_MARKS = re.compile(r"^#=== translation ([a-z]{2,3}(?:-[a-z0-9]+)?) ===\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _File:
    """One file of facts with its translation files, by language."""

    where: str
    source: str
    translations: dict[str, str] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)


class _FactTexts(TextReader):
    """Texts of a fact stand under [fact.NAME] in a translation file, where those of a dialogue stand under [ask.ID]."""

    def read(
        self,
        table: Table,
        key: str | None,
        place: tuple[str, ...],
        *,
        limit: int,
        names: Collection[str] = (),
        markup: bool = True,
        required: bool = True,
        other_keys: Collection[str] = (),
    ) -> dict[str, str]:
        """Read as `TextReader` does."""
        return super().read(
            table,
            key,
            ("fact", *place[1:]),
            limit=limit,
            names=names,
            markup=markup,
            required=required,
            other_keys=other_keys,
        )


class FactFiles:
    """The facts worth knowing, in the order of their files: by file name, and within a file from its top."""

    def __init__(self, facts: Sequence[WorthKnowing] = ()) -> None:
        self._facts = tuple(facts)
        self._by_name = {fact.name: fact for fact in facts}

    def all(self) -> tuple[WorthKnowing, ...]:
        """Give every fact, in order."""
        return self._facts

    def get(self, name: str) -> WorthKnowing | None:
        """Give one fact."""
        return self._by_name.get(name)

    @property
    def types(self) -> dict[str, Type]:
        """What each fact is in a rule."""
        return {fact.name: type_of(fact.question) for fact in self._facts}


def load_facts(
    folders: Sequence[Path], languages: Sequence[str], learnt: Mapping[str, Type] | None = None
) -> FactFiles:
    """
    Read every `NAME.toml` (and `NAME.LANGUAGE.toml`) in *folders*; a later folder's file replaces an earlier one's.

    *learnt* are the facts that dialogues learn, with their types: conditions may name them, and a fact of the same
    name must be of the same type. Raises `Faults` with everything that is wrong.
    """
    faults = FaultList()
    facts = _read_all(folders, languages, learnt or {}, faults)
    faults.raise_if_any()
    return FactFiles(facts)


def guess_facts(folders: Sequence[Path], languages: Sequence[str]) -> FactFiles:
    """Read as `load_facts` does, and give what can be understood; never raises. Only to judge what names facts."""
    return FactFiles(_read_all(folders, languages, {}, FaultList()))


def read_kept(source: str, where: str) -> Script:
    """Read any version of a script that was stored with a run: of a dialogue, or of one fact. Raises `Faults`."""
    found = _HEADS.match(source)
    if found is None:
        return read_script(source, where)
    kind, name, rest = found[1], found[2], source[found.end() :]
    if kind == "question":
        return asking_for(read_script(rest, where), name)
    faults = FaultList()
    facts = _read_file(_File(where, rest), None, {}, faults)
    fact = next((fact for fact in facts if fact.name == name), None)
    if fact is None:
        faults.add(where, 1, "name", f"the kept version does not read as the fact {name}", "restore the store")
        faults.raise_if_any()
    assert fact is not None
    return fact.script


def asking_for(script: Script, fact: str) -> Script:
    """
    Make a script of the one question by which *script* learns *fact*; raises LookupError when it learns no such fact.

    What its text repeats of earlier answers is left out.
    """
    question = next((each for each in script.questions if each.fact == fact), None)
    if question is None:
        raise LookupError(f"{script.id}: no question has fact = {fact!r}")
    alone = dataclasses.replace(
        question,
        id=fact,
        skip=True,
        only_if=None,
        say={tag: _without_places(text) for tag, text in question.say.items()},
    )
    source = _HEAD.format("question", fact) + script.source
    return _script(fact, alone, script.title, script.version, source)


def _script(name: str, question: Question, title: Texts, version: int, source: str) -> Script:
    return Script(
        id=f"{PREFIX}{name}"[:64],
        version=version,
        title=title,
        questions=(question,),
        endings=(),
        expire=EXPIRES,
        source=source,
        digest=digest_of(source),
    )


def _without_places(text: str) -> str:
    for name in placeholders(text):
        text = text.replace("{" + name + "}", "…")
    return text


def _read_all(
    folders: Sequence[Path], languages: Sequence[str], learnt: Mapping[str, Type], faults: FaultList
) -> list[WorthKnowing]:
    files = _find(folders, languages, faults)
    names: dict[str, Type] = dict(learnt)
    for file in files.values():  # a first reading only for what conditions of other files may name
        names |= FactFiles(_read_file(file, None, {}, FaultList())).types
    found: dict[str, WorthKnowing] = {}
    for _, file in sorted(files.items()):
        for fact in _read_file(file, languages, learnt, faults, known=names, taken=found):
            found.setdefault(fact.name, fact)
    return list(found.values())


def _find(folders: Sequence[Path], languages: Sequence[str], faults: FaultList) -> dict[str, _File]:
    files: dict[str, _File] = {}
    late: list[tuple[str, str, str, str]] = []
    for folder in folders:
        for path in sorted(folder.glob("*.toml")) if folder.is_dir() else ():
            where = f"{folder.name}/{path.name}"
            try:
                source = path.read_bytes().decode("utf-8-sig")
            except UnicodeDecodeError as error:
                line = error.object[: error.start].count(b"\n") + 1
                faults.add(where, line, None, "has a byte that is no UTF-8", "save the file as UTF-8")
                continue
            if found := _TRANSLATION.fullmatch(path.name):
                late.append((found[1], found[2], where, source))
            else:
                files[path.stem] = _File(where, source)
    for name, language, where, source in late:
        if name not in files:
            remedy = did_you_mean(name, files, otherwise="rename it to FILE.LANGUAGE.toml")
            faults.add(where, 1, None, f"translates no facts: there is no {name}.toml", remedy)
        elif language in languages:
            files[name].translations[language] = source
            files[name].places[language] = where
    return files


def _read_file(
    file: _File,
    languages: Sequence[str] | None,
    learnt: Mapping[str, Type],
    faults: FaultList,
    *,
    known: Mapping[str, Type] = {},
    taken: Collection[str] = (),
) -> list[WorthKnowing]:
    """Read the facts of one file; without *languages* (a first look, a kept version) nothing but its form counts."""
    source = joined(file.source, file.translations)
    main, *rest = _MARKS.split(source)
    translations = [
        read_translation(text, tag, file.places.get(tag, f"{file.where} ({tag})"), faults)
        for tag, text in zip(rest[::2], rest[1::2], strict=True)
    ]
    top = read_document(main, file.where, faults)
    if top is None:
        return []
    texts = _FactTexts(faults, languages, translations)
    tables = top.tables("fact")
    if not tables and "fact" not in top:
        top.missing("fact", None, "names no fact", "add a [[fact]] table with name, kind, say and label")
    facts: list[WorthKnowing] = []
    for table in tables:
        fact = _read_fact(table, texts, known, source)
        if languages is not None:
            _judge(table, fact, learnt, {*taken, *(each.name for each in facts)})
        facts.append(fact)
    top.finish()
    texts.finish()
    return facts


def _read_fact(table: Table, texts: TextReader, known: Mapping[str, Type], source: str) -> WorthKnowing:
    name = table.get("name", _NAME)
    others = {other: kind for other, kind in known.items() if other != name}
    question = read_question(table, name, (), (), texts, others)
    for key in _NO_KEYS:
        if key in table:
            table.fault(key, "means nothing in a [[fact]]", "remove it")
    written = str(table.get("kind", RAW, "")).strip().partition(" ")[0]
    if question.kind not in ASKABLE and written == question.kind.value:
        kinds = ", ".join(f'"{kind.value}"' for kind in QuestionKind if kind in ASKABLE)
        table.fault("kind", f'"{question.kind.value}" is too much for a small question', f"take one of {kinds}")
    label = texts.read(table, "label", ("fact", name, "label"), limit=LABEL_LIMIT, markup=False)
    alone = dataclasses.replace(question, only_if=None, skip=True, fact=name)
    return WorthKnowing(
        name=name,
        script=_script(name, alone, label, 1, _HEAD.format("fact", name) + source),
        label=label,
        worth=float(table.get("worth", decimal(0, 10), Decimal(1))),
        fresh=table.get("fresh", DURATION, A_YEAR),
        again=table.get("again", SPAN, dt.timedelta(days=180)),
        only_if=question.only_if,
    )


def _judge(table: Table, fact: WorthKnowing, learnt: Mapping[str, Type], taken: Collection[str]) -> None:
    """Note what only shows beside the other facts: one name for two, or for something else."""
    name = fact.name
    if name and name in taken:
        table.fault("name", f'"{name}" is the name of another [[fact]]', "give each fact a name of its own")
    if name in RESERVED or name in CUSTOMER_NAMES:
        table.fault("name", f'"{name}" is a word of the rule language', f'take another, such as "{name}_told"')
    here, there = type_of(fact.question), learnt.get(name, Type.ANY)
    if Type.ANY not in {here, there} and here is not there:
        problem = f'a dialogue learns a fact "{name}" already, as {there.value}, and this is {here.value}'
        table.fault("name", problem, "take another name, or ask it in the same way")
