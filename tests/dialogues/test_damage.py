"""Random damage to dialogues: whatever becomes of a file, it is either sound or told with line and remedy, quickly."""

from __future__ import annotations

import random
import re
import string
import time
from pathlib import Path

import pytest

from dialogues.library import SHIPPED, Library
from dialogues.reading import Surroundings, joined, read_checked
from domain.faults import Fault, FaultList, Faults
from domain.rules import Type

SOURCES = {path.stem: path.read_text(encoding="utf-8") for path in sorted(SHIPPED.glob("*.toml"))}
AROUND = Surroundings(("fi", "en", "cs"), {"nps": Type.NUMBER, "csat": Type.NUMBER}, {"detractor", "other"})
ROUNDS = 120
FOLDERS = 25
TRANSLATION = """\
title = "Jiný název"
[ask.score]
say = "Kolik?"
[ask.category]
say = "Co se stalo?"
options.delivery = "Doprava"
[done.1]
say = "Děkujeme"
"""
PATIENCE_S = 5.0
VALUES = (
    *('""', '"x"', '" "', "true", "0", "-1", "1.5", "1e400", "-inf", "nan", "9" * 60, "[]", "{}", "[[]]", "[{}]"),
    *("[1, 'a']", "{ en = 1 }", "{ fi = { en = 'x' } }", "1979-05-27", "07:32:00", "'''\n\n'''", '"\\u0000"', '"{id}"'),
    *('"{"', '"<b>"', '"&#0;"', "'(a+)+'", "'a{99999999999}'", "'[[a]'", "'(?x)a'", '"99999999d"', '"999999w"', '"0d"'),
    *('"score = score"', '"score / 0 > 1"', '"unknown"', '"not not yes"', '"1 in (1)"', '"nps + 1e9 > 3"', '"((("'),
    *('"9999999999999999999 > score"', '"language in language"', '"visits(0d) > 1"', '"score > 99999999y"', '"-score"'),
)


def damaged(source: str, chance: random.Random) -> str:
    lines = source.split("\n")
    at = chance.randrange(len(lines))
    other = chance.randrange(len(lines))
    match chance.randrange(10):
        case 0:
            del lines[at]
        case 1:
            lines[at], lines[other] = lines[other], lines[at]
        case 2:
            lines.insert(at, lines[other])
        case 3:
            return source[: chance.randrange(len(source))]
        case 4:
            place = chance.randrange(len(source))
            signs = string.printable + "\x00\x07\ufeff\u2028äß漢😀“”{}[]\"'=#."
            some = "".join(chance.choices(signs, k=chance.randint(1, 4)))
            return source[:place] + some + source[place + chance.randint(0, 4) :]
        case 5 | 6 | 7:
            values = [match.span(1) for match in re.finditer(r"=\s*(\"[^\"]*\"|\d+|true|\[[^\]]*\]|\{.*\})", source)]
            start, end = chance.choice(values or [(0, 0)])
            return source[:start] + chance.choice(VALUES) + source[end:]
        case 8:
            words = [match.span() for match in re.finditer(r"\b[a-z_]+\b", source)]
            (a, b), (c, d) = sorted((chance.choice(words or [(0, 0)]), chance.choice(words or [(0, 0)])))
            return source[:a] + source[c:d] + source[b:c] + source[a:b] + source[d:] if b <= c else source
        case _:
            keys = [match.span(1) for match in re.finditer(r"^\s*([a-z_.]+)\s*=", source, re.MULTILINE)]
            (a, b), (c, d) = chance.choice(keys or [(0, 0)]), chance.choice(keys or [(0, 0)])
            return source[:a] + source[c:d] + source[b:]
    return "\n".join(lines)


def told(source: str) -> tuple[bool, tuple[Fault, ...]]:
    faults = FaultList()
    script = read_checked(joined(source, {}), "form.toml", faults, AROUND)
    return script is not None, faults.faults


@pytest.mark.parametrize("name", SOURCES)
def test_damaged_dialogue_is_sound_or_its_faults_are_told(name: str) -> None:
    """Never a traceback, never a file that is taken although it is no dialogue; one to four wounds each."""
    chance = random.Random(f"damage to {name}")
    for _ in range(ROUNDS):
        source = SOURCES[name]
        for _ in range(chance.randint(1, 4)):
            source = damaged(source, chance) or "x"
        began = time.process_time()
        is_read, faults = told(source)
        assert time.process_time() - began < PATIENCE_S, source
        assert is_read or faults
        last = source.count("\n") + 1
        for fault in faults:
            assert fault.problem, fault
            assert fault.remedy, fault
            assert fault.line is not None, fault
            assert 1 <= fault.line <= last, fault


def test_random_bytes_are_told_as_what_they_are() -> None:
    """A picture that was saved under the name of a dialogue is no accident for the program."""
    chance = random.Random(7)
    for _ in range(100):
        raw = bytes(chance.randrange(256) for _ in range(chance.randrange(1, 400)))
        is_read, faults = told(raw.decode("latin-1"))
        assert faults or is_read


HEAD_KEYS = ("id", "version", "title", "start", "remind", "expire", "survey", "purpose", "ask", "done", "x")
ASK_KEYS = (
    *("id", "kind", "say", "options", "skip", "only_if", "retry", "low", "high", "low_label", "pattern", "sample"),
    *("fact", "purpose", "text_version", "earliest", "latest", "whole", "currency", "again_from"),
)
DONE_KEYS = ("when", "case", "facts", "start", "pause", "say", "forget")
WORDS = '{ fi = "?", en = "?", cs = "?" }'


@pytest.mark.parametrize("value", VALUES)
def test_any_value_at_any_key_is_judged(value: str) -> None:
    """Wrong types, extremes and nonsense at each key in turn, of the head, of each kind of question, of an ending."""
    sources = []
    for key in HEAD_KEYS:
        head = {"id": '"form"', "version": "1", "title": WORDS} | {key: value}
        ask = f'[[ask]]\nid = "a"\nkind = "text"\nsay = {WORDS}\n' if key != "ask" else ""
        done = f"[[done]]\nsay = {WORDS}\n" if key != "done" else ""
        sources.append("".join(f"{name} = {one}\n" for name, one in head.items()) + ask + done)
    start = f'id = "form"\nversion = 1\ntitle = {WORDS}\n[[ask]]\nid = "score"\nkind = "scale 0-10"\nsay = {WORDS}\n'
    for kind in ("text", "choice", "number", "date", "scale 0-10", "consent", "confirm"):
        for key in ASK_KEYS:
            table = {"id": '"b"', "kind": f'"{kind}"', "say": WORDS} | {key: value}
            written = "".join(f"{name} = {one}\n" for name, one in table.items())
            sources.append(f"{start}[[ask]]\n{written}[[done]]\nsay = {WORDS}\n")
    sources += [f"{start}[[done]]\n{key} = {value}\n" for key in DONE_KEYS]
    for source in sources:
        _, faults = told(source)
        assert all(fault.line and fault.remedy for fault in faults), source


def faults_in(folder: Path) -> tuple[Fault, ...]:
    try:
        Library.load([SHIPPED, folder], ("fi", "en", "cs"), categories={"detractor", "question", "feedback"})
    except Faults as found:
        return found.faults
    return ()


def test_damaged_files_of_a_folder_are_told_together(tmp_path: Path) -> None:
    """Bytes that are no text, half files and doubled ones beside each other, with a damaged translation."""
    chance = random.Random("a folder")
    for number in range(FOLDERS):
        folder = tmp_path / str(number)
        folder.mkdir()
        names = chance.sample(sorted(SOURCES), 3)
        for name in names:
            source = damaged(SOURCES[name], chance).encode()
            place = chance.randrange(len(source) + 1)
            junk = bytes(chance.randrange(256) for _ in range(chance.randint(0, 3)))
            (folder / f"{name}.toml").write_bytes(source[:place] + junk + source[place:])
        (folder / f"{names[0]}.cs.toml").write_text(damaged(TRANSLATION, chance), encoding="utf-8")
        for fault in faults_in(folder):
            assert fault.line, fault
            assert fault.problem, fault
            assert fault.remedy, fault
        Library.guess([SHIPPED, folder], ("fi", "en", "cs"))
