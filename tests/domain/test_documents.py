"""Staff-written documents: all faults at once, each with line, key and remedy; and the values that come out."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import StrEnum

import pytest

from domain.documents import Override, Table, read_document
from domain.documents_values import (
    DATE,
    DURATION,
    FLAG,
    LANGUAGE,
    NAME,
    PATTERN,
    SPAN,
    TEXT,
    TIME,
    ZONE,
    Kind,
    choice,
    decimal,
    integer,
    list_of,
    one_of,
    text,
)
from domain.durations import Duration, Unit
from domain.faults import FaultList


class Mode(StrEnum):
    POLLING = "polling"
    WEBHOOK = "webhook"


def opened(content: str, *, first_line: int = 1, **overrides: Override) -> tuple[Table, FaultList]:
    faults = FaultList()
    paths = {tuple(name.split("__")): override for name, override in overrides.items()}
    table = read_document(content, "file.toml", faults, first_line=first_line, overrides=paths)
    assert table is not None, faults.faults
    return table, faults


def told(faults: FaultList) -> list[str]:
    return [str(fault) for fault in faults.faults]


def test_values_come_out_as_domain_types() -> None:
    """Each kind gives its own type; numbers with a point stay exact."""
    table, faults = opened(
        """
        name = "nps"
        on = true
        n = 7
        share = 0.1
        mode = "webhook"
        delay = "2d"
        wait = "90min"
        at = "09:00"
        until = 2027-03-28
        order = '\\d{6}'
        zone = "Europe/Helsinki"
        remind = ["20h", "2d"]
        say.fi = "Hei"
        say.en = "Hi"
        """
    )
    assert table.get("name", NAME) == "nps"
    assert table.get("on", FLAG) is True
    assert table.get("n", integer(1, 9)) == 7
    assert table.get("share", decimal(0, 1)) == Decimal("0.1")
    assert table.get("mode", choice(Mode)) is Mode.WEBHOOK
    assert table.get("delay", DURATION) == Duration(2, Unit.DAYS)
    assert table.get("wait", SPAN) == dt.timedelta(minutes=90)
    assert table.get("at", TIME) == dt.time(9)
    assert table.get("until", DATE) == dt.date(2027, 3, 28)
    assert table.get("order", PATTERN).fullmatch("123456")
    assert table.get("zone", ZONE).key == "Europe/Helsinki"
    assert table.get("remind", list_of(SPAN)) == (dt.timedelta(hours=20), dt.timedelta(days=2))
    assert table.section("say").mapping(TEXT) == {"fi": "Hei", "en": "Hi"}
    assert table.get("left_out", TEXT, None) is None
    table.finish()
    assert told(faults) == []


@pytest.mark.parametrize(
    ("line", "kind", "fault"),
    [
        ('x = "2 days"', SPAN, '"2 days" is no duration; write a number and a unit'),
        ('x = "999999d"', SPAN, '"999999d" is longer than a century; write a shorter time'),
        ('x = "7990y"', DURATION, '"7990y" is longer than a century; write a shorter time'),
        ('x = "90m"', SPAN, "has no fixed length"),
        ('x = "9:00"', TIME, '"9:00" is not a time of day'),
        ('x = "24:00"', TIME, "is not a time of day"),
        ('x = "2027-02-30"', DATE, "is not a date that exists"),
        ("x = '(a'", PATTERN, "is no regular expression: missing ), unterminated subpattern"),
        ('x = "Europe/Helsinky"', ZONE, 'no time zone; did you mean "Europe/Helsinki"?'),
        ('x = "poling"', choice(Mode), '"poling" is not one of polling, webhook; did you mean "polling"?'),
        ('x = "c"', one_of("alpha", "beta"), "is not one of alpha, beta; choose one of them"),
        ("x = 11", integer(0, 10), "11 is not a whole number from 0 to 10; write"),
        ("x = true", integer(), "true is not a whole number; write a whole number, for example 1"),
        ("x = nan", decimal(), "is not a number; write"),
        ('x = "yes"', FLAG, '"yes" is neither true nor false; write true or false, without'),
        ("x = 5", TEXT, '5 is not a text; write a text, for example "..."'),
        ('x = "  "', TEXT, "is empty; write a text or leave the key out"),
        ('x = "abcdef"', text(most=5), "has 6 signs, and 5 are allowed; shorten it"),
        ('x = "Order No"', NAME, "is not a name of small letters"),
        ('x = "finnish"', LANGUAGE, "is not a language code"),
        ('x = "20h"', list_of(SPAN), '"20h" is not a list'),
        ("x = []", list_of(TEXT, at_least=1), "has 0 elements; 1 are needed"),
        ("y = 1", TEXT, 'is missing; add x = "..." (a text)'),
    ],
)
def test_value_that_does_not_fit_is_told_with_line_key_problem_and_remedy(
    line: str, kind: Kind[object], fault: str
) -> None:
    """Each kind of mistake names its place and what to write instead; the reading goes on with a stand-in."""
    table, faults = opened(f"# first line\n\n[part]\n{line}\n")
    table.section("part").get("x", kind)
    (found,) = told(faults)
    assert found.startswith("file.toml:4: part.x: " if line.startswith("x") else "file.toml:3: part.x: ")
    assert fault in found


def test_ten_mistakes_in_one_file_are_told_in_one_go() -> None:
    """Nobody mends a file ten times over."""
    table, faults = opened(
        'id = "NPS"\nversion = "3"\nremnd = ["20h"]\nexpire = "5 days"\n'
        '[start]\nafter = 1\n\n[[ask]]\nid = "score"\nkind = "skale"\n'
        '[[ask]]\nkind = "text"\nskip = "yes"\nhint = ["a", 2, "c",\n  4]\n'
    )
    table.get("id", NAME)
    table.get("version", integer(1))
    table.get("remind", list_of(SPAN), ())
    table.get("expire", SPAN)
    table.table("start").get("after", TEXT)
    table.table("company").get("name", TEXT)
    for ask in table.tables("ask"):
        ask.get("id", NAME)
        ask.get("kind", one_of("scale", "text"))
        ask.get("skip", FLAG, False)
        ask.get("hint", list_of(TEXT), ())
    table.finish()
    assert [(fault.line, fault.key) for fault in faults.faults] == [
        (1, "id"),
        (1, "company"),
        (2, "version"),
        (3, "remnd"),
        (4, "expire"),
        (6, "start.after"),
        (10, "ask[score].kind"),
        (11, "ask[2].id"),
        (13, "ask[2].skip"),
        (14, "ask[2].hint[2]"),
        (15, "ask[2].hint[4]"),
    ]
    assert 'file.toml:3: remnd: unknown key; did you mean "remind"?' in told(faults)
    assert all(fault.remedy for fault in faults.faults)


def test_unknown_table_lists_what_is_known_when_nothing_is_near() -> None:
    """A wrong name gets the right ones."""
    table, faults = opened("[zzz]\na = 1\n")
    table.section("company").get("name", TEXT, "")
    table.finish()
    assert told(faults) == ["file.toml:1: zzz: unknown table; remove it (known here: company)"]


def test_broken_texts_are_told_all_at_once_in_plain_words() -> None:
    """Three lines that are no TOML give three faults with line, key and remedy."""
    faults = FaultList()
    assert read_document('a = yes\nb = 1\nname "x"\ntext = "abc\nb = 2\n', "f.toml", faults) is None
    assert [fault.line for fault in faults.faults] == [1, 3, 4, 5]
    assert "\n".join(told(faults)) == (
        "f.toml:1: a: no value that TOML knows; put text in quotation marks and lists in [ ]; "
        "yes and no are written true and false\n"
        'f.toml:3: there is no "=" after the key; write key = value, the key without spaces\n'
        "f.toml:4: text: a text does not end on its line; close it with a quotation mark, "
        'or use """ around several lines\n'
        "f.toml:5: b: this key is given twice; keep one of them"
    )


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("a = 1\nb = [1,\n  2\nc = 3\n", 'f.toml:2: b: the list that begins here is not closed; close it with "]"'),
        ('a = """x\nb = 1\n', "f.toml:1: a: the text that begins here is not closed; close it with the same three"),
        ("[a]\n[a]\nb = =\n", "f.toml:2: this table is declared twice; join the two, or write [[name]]"),
        ('p = "\\d"', "f.toml:1: p: a backslash that means nothing inside a text; write two of them"),
    ],
)
def test_mistake_that_spoils_what_follows_is_told_alone(content: str, fault: str) -> None:
    """No made-up faults after an open list; the line is that of its beginning."""
    faults = FaultList()
    assert read_document(content, "f.toml", faults) is None
    (found,) = told(faults)
    assert found.startswith(fault)


def test_bytes_that_are_no_utf8_name_their_line() -> None:
    """A file saved in an old encoding is told so."""
    faults = FaultList()
    assert read_document("a = 1\nb = 'Mäk'\n".encode("latin-1"), "f.toml", faults) is None
    assert told(faults) == ["f.toml:2: has a byte that is no UTF-8; save the file as UTF-8"]


def test_byte_order_mark_and_windows_lines_are_taken() -> None:
    """What a Windows editor saves is read."""
    faults = FaultList()
    table = read_document("\ufeffa = 1\r\nb = 2\r\n".encode(), "f.toml", faults)
    assert table is not None
    assert (table.get("b", integer()), table.line("b")) == (2, 2)


def test_front_matter_is_counted_from_its_first_line_in_the_file() -> None:
    """A fault in front matter leads to the line of the whole file."""
    table, faults = opened('audience = 5\nbody = """\none\ntwo"""', first_line=2)
    table.get("audience", TEXT)
    assert told(faults)[0].startswith("file.toml:2: audience:")
    assert table.content_line("body") == 4
    table.fault("body", "is bad", "mend it", content_line=2)
    assert told(faults)[1] == "file.toml:5: body: is bad; mend it"


def test_override_wins_and_its_faults_name_the_variable() -> None:
    """A variable's value is read by the kind that is wanted; a wrong one is not blamed on the file."""
    table, faults = opened(
        'name = "x"\n[a]\nn = 1\n',
        name=Override("123", "VUORO_NAME"),
        a__n=Override("seven", "VUORO_A__N"),
        b__list=Override("[1, 2]", "VUORO_B__LIST"),
        b__on=Override("true", "VUORO_B__ON"),
    )
    assert table.get("name", TEXT) == "123"
    assert table.section("b").get("list", list_of(integer())) == (1, 2)
    assert table.section("b").get("on", FLAG) is True
    table.section("a").get("n", integer())
    table.finish()
    assert told(faults) == ['VUORO_A__N: a.n: "seven" is not a whole number; write a whole number, for example 1']


def test_wrong_shape_of_a_table_is_one_fault_and_not_many() -> None:
    """What stands inside a thing that is no table is not asked for."""
    table, faults = opened("telegram = 1\nask = { }\n")
    table.section("telegram").get("token", TEXT)
    assert table.tables("ask") == ()
    table.finish()
    assert told(faults) == [
        "file.toml:1: telegram: 1 is not a table; write telegram = { ... }, or [telegram] with its keys below",
        "file.toml:2: ask: a table is not a list of tables; write [[ask]] before each of them",
    ]


def test_left_out_section_reads_as_an_empty_one() -> None:
    """Defaults hold without the section; its required keys are asked for by their full name."""
    table, faults = opened("a = 1\n")
    section = table.section("telegram")
    assert section.get("mode", choice(Mode), Mode.POLLING) is Mode.POLLING
    section.get("token", TEXT)
    assert table.maybe_table("webhook") is None
    assert told(faults) == ['file.toml:1: telegram.token: is missing; add token = "..." (a text)']
