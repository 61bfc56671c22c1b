"""Tables by town (or anything else): each row has what every other has, and everybody has a row."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from domain.faults import FaultList
from domain.newsletters import Tailored
from scheduler.newsletter_files import read_newsletter

LANGUAGES = ("fi", "en")


def read(front: str) -> tuple[dict[str, Tailored], list[str]]:
    """Read front matter; give the tables and the faults, without the file's name."""
    faults = FaultList()
    content = {"a.fi.j2": f"+++\n{front}\n+++\nHei {{{{ by }}}}"}
    found = read_newsletter("a", content, LANGUAGES, faults)
    told = [str(fault).split(":", 1)[1] for fault in faults.faults]
    return dict(found.tailored) if found is not None else {}, told


def test_rows_hold_texts_numbers_days_and_texts_in_each_language() -> None:
    """What a cell may be, and how a row is found: no matter the capitals, the nearest's row, else the default."""
    tables, faults = read(
        "[by.town]\n"
        'Tampere = { store = { fi = "Koski", en = "Falls" }, price = 4.5, from = 2027-03-01, open = true }\n'
        'default = { store = "-", price = 5, from = 2027-04-01, open = false }\n'
        '[by.town.near]\nNokia = "tampere"'
    )
    assert faults == []
    row = {"store": {"fi": "Koski", "en": "Falls"}, "price": Decimal("4.5"), "from": dt.date(2027, 3, 1), "open": True}
    town = tables["town"]
    assert town.row("TAMPERE ") == town.row("Nokia") == row
    assert town.row("") == town.row("Oulu") == town.default
    assert town.in_language("en", "fi").row("nokia")["store"] == "Falls"
    assert town.in_language("cs", "fi").row("nokia")["store"] == "Koski"


@pytest.mark.parametrize(
    ("front", "fault"),
    [
        ("[by.town]\nA = { x = 1 }", "2: by.town: has no default: most customers would see nothing; add default = "),
        ("[by.town]\nA = { x = 1, y = 2 }\ndefault = { x = 1 }", "3: by.town.A.y: is not in the default; "),
        ("[by.town]\nA = { y = 1 }\ndefault = { y = 1, x = 2 }", "3: by.town.A: has no x, which the default has; add"),
        ('[by.town]\nA = { x = "1" }\ndefault = { x = 1 }', "3: by.town.A.x: is a text, and in the default it is a n"),
        ("[by.town]\nA = { x = 1 }\na = { x = 2 }\ndefault = { x = 1 }", "4: by.town.a: stands in the table twice"),
        ("[by.town]\nA = 5\ndefault = { x = 1 }", "3: by.town.A: 5 is not a table; "),
        ("[by.town]\nA = { x = [1] }\ndefault = { x = 1 }", "3: by.town.A.x: a list is not a text, a number, "),
        ("[by.town]\ndefault = { x = { en = 'e' } }", "3: by.town.default.x: has no text in fi, in which the newsl"),
        ("[by.town]\ndefault = { a-b = 1 }", '3: by.town.default.a-b: "a-b" can be named in no text; '),
        ("[by.town]\ndefault = {}", "3: by.town.default: says nothing; "),
        (
            '[by.town]\nTurku = { x = 1 }\ndefault = { x = 1 }\n[by.town.near]\nB = "Turkku"',
            '6: by.town.near.B: there is no row "turkku"; did you mean "Turku"?',
        ),
        (
            '[by.town]\nA = { x = 1 }\ndefault = { x = 1 }\n[by.town.near]\na = "A"',
            "6: by.town.near.a: has a row of its own; ",
        ),
        ("[by.town.near]\nB = 5\n[by.town.default]\nx = 1", "3: by.town.near.B: 5 is not a text; "),
        ("by = 5", "2: by: 5 is not a table; "),
    ],
)
def test_a_row_that_would_leave_a_gap_is_a_fault(front: str, fault: str) -> None:
    """One mistake is one fault, with its line and key."""
    _, told = read(front)
    assert len(told) == 1, told
    assert told[0].startswith(fault)
