"""Random customers at all the boundaries that rules know, and random rules about them."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from sqlalchemy import insert

from domain.customers import KnownFact
from store.database import Tx
from store.facts import set_facts
from store.ids import new_id
from store.tables import (
    cases,
    consents,
    contacts,
    customers,
    memberships,
    pictures,
    purchases,
    runs,
    segment_members,
    signals,
    verbatim_themes,
)

ZONE = ZoneInfo("Europe/Helsinki")
AT = dt.datetime(2027, 3, 28, 12, tzinfo=ZONE)  # the clock went forward this very night
DAY = dt.timedelta(days=1)
_DAYS = [
    0,
    1,
    2,
    27,
    28,
    29,
    30,
    31,
    55,
    56,
    57,
    58,
    89,
    90,
    91,
    148,
    149,
    150,
    364,
    365,
    366,
    367,
    730,
    1095,
    1096,
    1097,
]
_TIMES = [dt.time(0), dt.time(0, 0, 0, 1), dt.time(2, 30), dt.time(12), dt.time(12, 0, 1), dt.time(23, 59, 59)]
_DATES = ["2020-02-31", "2020-05-01", "2024-02-29", "0000-01-01"]
_VALUES: list[str | float | bool] = [0, 6, 8, 0.1, 0.3, -2, True, False, "yes", "no", "fi", *_DATES]
_GROUPS = ["wine", "car", "maintenance", "magazine", "phone", ""]


async def put_random_customers(tx: Tx, seed: int, count: int) -> list[int]:
    """Put in that many customers with purchases, facts and all else that rules ask about; return their ids."""
    dice = random.Random(seed)
    ids = list(range(1, count + 1))
    await tx.execute(insert(customers), [_customer(dice, i) for i in ids])
    lines = [line for i in ids for line in random_lines(dice, i)]
    await tx.execute(insert(purchases), lines)
    await set_facts(tx, [(i, fact) for i in ids for fact in _facts(dice)])
    for table, rows in (
        (memberships, [row for i in ids for row in _memberships(dice, i)]),
        (consents, [row for i in ids for row in _consents(dice, i)]),
        (contacts, [row for i in ids for row in _contacts(dice, i)]),
        (cases, [row for i in ids for row in _cases(dice, i)]),
        (runs, [_run(i) for i in ids]),
        (verbatim_themes, [row for i in ids for row in _themes(dice, i)]),
        (signals, [row for i in ids for row in _signals(dice, i)]),
        (segment_members, [row for i in ids for row in _segments(dice, i)]),
        (pictures, [row for i in ids for row in _pictures(dice, i)]),
    ):
        await tx.execute(insert(table), rows)
    return ids


def _instant(dice: random.Random) -> dt.datetime:
    date = AT.date() - dice.choice(_DAYS) * DAY
    if dice.random() < 0.3:
        date = dice.choice([dt.date(2024, 2, 29), dt.date(2025, 1, 31), dt.date(2026, 10, 25), dt.date(2026, 3, 28)])
    time = dice.choice(
        [dt.time(0), dt.time(0, 0, 0, 1), dt.time(2, 30), dt.time(12), dt.time(12, 0, 1), dt.time(23, 59, 59)]
    )
    return dt.datetime.combine(date, time, ZONE)


def _customer(dice: random.Random, customer_id: int) -> dict[str, Any]:
    return {
        "id": customer_id,
        "number": dice.choice([None, f"N{customer_id}"]),
        "language": dice.choice([None, "fi", "sv", "yes"]),
        "kind": dice.choice(["consumer", "company"]),
        "town": dice.choice([None, "", "Turku", "2020-05-01", "ÅBO"]),
        "birth_date": dice.choice([None, dt.date(2009, 3, 28), dt.date(2009, 3, 29), dt.date(1960, 2, 29)]),
        "contact_kind": dice.choice(["customer", "supplier"]),
        "owner_id": dice.choice([None, 5, 6, 7_000_000_000]),
        "tags": dice.choice([None, [], ["vip"], ["vi", "vip2"], ['v"ip', "Ä"]]),
        "created_at": AT - 2000 * DAY,
    }


def random_lines(dice: random.Random, customer_id: int) -> list[dict[str, Any]]:
    """Make the rows of a few purchases at the borders of windows."""
    receipts = [f"r{n}" for n in range(dice.choice([1, 3, 12]))]
    usual = dice.choice(_GROUPS)
    return [
        {
            "id": new_id(),
            "customer_id": customer_id,
            "receipt": dice.choice(receipts),
            "at": _instant(dice),
            "product": dice.choice(["", "wine", "merlot"]),
            "group_name": usual if dice.random() < 0.5 else dice.choice(_GROUPS),
            "quantity": dice.choice(["1", "2", "0.5", "12", "36", "60", "0", "1.333", "-1"]),
            "amount_minor": dice.choice([5000, 5001, 4999, 1, 0, -5000, -1, 2000000, 333]),
            "currency": dice.choice(["EUR", "EUR", "EUR", "SEK"]),
        }
        for _ in range(dice.choice([0, 1, 2, 5, 14]))
    ]


def _facts(dice: random.Random) -> list[KnownFact]:
    names = [name for name in ("nps", "pet", "wedding", "language") if dice.random() < 0.75]
    return [KnownFact(name, dice.choice(_VALUES), "test", AT) for name in names]


def _memberships(dice: random.Random, customer_id: int) -> list[dict[str, Any]]:
    name = dice.choice(["club:wine", "club:tea"])
    until = dice.choice([None, AT, AT + DAY, AT - DAY])
    return [{"customer_id": customer_id, "name": name, "since": AT - dice.choice([-1, 0, 5]) * DAY, "until": until}]


def _consents(dice: random.Random, customer_id: int) -> list[dict[str, Any]]:
    given, current = dice.random() < 0.5, dice.random() < 0.7
    row = {"text_version": "1", "source": "test", "at": AT, "purpose": "marketing", "given": given, "current": current}
    return [{"id": new_id(), "customer_id": customer_id, **row}]


def _contacts(dice: random.Random, customer_id: int) -> list[dict[str, Any]]:
    return [
        {
            "id": new_id(),
            "customer_id": customer_id,
            "at": _instant(dice),
            "channel": "telegram",
            "direction": dice.choice(["in", "out"]),
            "kind": "message",
            "text": "",
            "state": "received",
        }
        for _ in range(dice.choice([0, 1, 3]))
    ]


def _cases(dice: random.Random, customer_id: int) -> list[dict[str, Any]]:
    return [
        {
            "customer_id": customer_id,
            "kind": "complaint",
            "category": "delivery",
            "state": dice.choice(["new", "open", "waiting_customer", "resolved", "closed", "spam", "declined"]),
            "priority": "normal",
            "opened_at": AT,
        }
        for _ in range(dice.choice([0, 1, 2]))
    ]


def _run(customer_id: int) -> dict[str, Any]:
    row = {"script_id": "nps", "script_digest": "", "state": "done", "started_by": "customer", "focus": 1}
    return {"id": customer_id, "customer_id": customer_id, "started_at": AT, **row}


def _themes(dice: random.Random, customer_id: int) -> list[dict[str, Any]]:
    said = [name for name in ("delivery", "price") if dice.random() < 0.6]
    row = {"run_id": customer_id, "question": "why", "customer_id": customer_id}
    return [{**row, "theme": name, "at": dice.choice([_instant(dice), AT, AT + DAY])} for name in said]


def _signals(dice: random.Random, customer_id: int) -> list[dict[str, Any]]:
    return [
        {
            "id": new_id(),
            "customer_id": customer_id,
            "kind": dice.choice(["block", "mute", "fewer_purchases"]),
            "at": dice.choice([_instant(dice), AT, AT + DAY]),
            "evidence": {},
            "ref": str(n),
        }
        for n in range(dice.choice([0, 1, 3]))
    ]


def _segments(dice: random.Random, customer_id: int) -> list[dict[str, Any]]:
    names = [name for name in ("families", "students") if dice.random() < 0.4]
    return [{"customer_id": customer_id, "segment": name, "since": AT.date()} for name in names]


def _pictures(dice: random.Random, customer_id: int) -> list[dict[str, Any]]:
    drawn = {
        "customer_id": customer_id,
        "day": AT.date(),
        "customer_class": dice.choice([None, "keep", "develop", "let_go"]),
        "stage": dice.choice([None, "acquisition", "deepening"]),
        "step": dice.choice([None, "client", "partner"]),
        "value_class": dice.choice([None, "A", "C"]),
        "alive": dice.choice([None, 0, 49, 50, 100]),
        "expected": dice.choice([None, 0.0, 0.3, 16.67]),
        "clv": dice.choice([None, 0, 5000, 5001, -1]),
        "share": dice.choice([None, 0.1, 0.3, 1.0]),
        "recency": dice.choice([None, 1, 5]),
        "cluster": dice.choice([None, 0, 6]),
    }
    return [drawn] if dice.random() < 0.8 else []


_windows = st.sampled_from(["", "1d", "8w", "90d", "1m", "12m", "3y", "12h", "9999y"])
_words = st.sampled_from(['"wine"', '"car"', '"maintenance"', '"magazine"', '"phone"', '"merlot"', '"none"'])
_months = st.sampled_from(["1m", "2m", "12m", "1y", "3y"])
_texts = st.sampled_from(['"fi"', '"sv"', '"consumer"', '"yes"', '"no"', '"Turku"', '""', '"ÅBO"', '"2020-05-01"'])
_texts_of_days = st.sampled_from(['"2020-05-01"', '"2024-02-29"', '"2009-03-28"'])
_numbers = st.sampled_from(["0", "1", "2", "5", "6", "8", "0.1", "0.3", "50", "50.01", "16.67", "-2", "100.02"])
_names = st.sampled_from(["nps", "pet", "wedding", "fact.language", "missing"])
_attributes = st.sampled_from(["number", "language", "kind", "town", "reach", "company", "contact_kind"])
_picture_words = st.sampled_from(["picture.class", "picture.stage", "picture.step", "picture.value"])
_picture_numbers = st.sampled_from(
    [
        "owner",
        *(f"picture.{each}" for each in ("alive", "expected", "clv", "share", "recency", "frequency", "cluster")),
    ]
)
_signs = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
_equal = st.sampled_from(["=", "!="])
_spans = st.sampled_from(["1d", "8w", "1m", "12m", "3y", "18y", "0d", "9999y"])


def _put(*parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*parts).map(" ".join)


def _call(name: str, *arguments: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*arguments).map(lambda given: f"{name}({', '.join(text for text in given if text)})")


_group = _words.map(lambda word: f"group={word}")
_measures = st.one_of(
    _call("visits", _windows),
    _call("purchases", _windows),
    _call("purchases", _windows, _group),
    _call("spent", _windows, _group),
    _call("average_purchase", _windows),
    _call("product_groups", _windows),
    _call("signals", _windows),
    _call("bought", _words, _windows),
    _call("average_monthly", _months, _group),
    _call("average_monthly", _months),
)
_days = st.sampled_from(
    [f"days_since({what})" for what in ('"purchase"', '"contact"', "birth_date", "wedding", "pet", "town")]
)
_lengths = st.one_of(
    st.sampled_from([f"since({what})" for what in ('"purchase"', '"contact"', "birth_date", "wedding", "town")]),
    _call("unbroken", _words),
    _call("unbroken", _words, _months.map(lambda each: f"each={each}")),
)
_numeric = st.recursive(
    st.one_of(_measures, _measures, _days, _numbers, _names, st.just("open_cases")),
    lambda inner: _put(st.just("("), inner, st.sampled_from(["+", "-", "*", "/"]), inner, st.just(")")),
    max_leaves=3,
)
_flags = st.one_of(
    _call("member", st.sampled_from(['"club:wine"', '"club:golf"'])),
    _call("consent", st.sampled_from(['"marketing"', '"surveys"'])),
    _call("said", st.sampled_from(['"delivery"', '"price"', '"none"']), _windows),
    _call("signal", st.sampled_from(['"block"', '"mute"', '"abandoned_survey"']), _windows),
    _call("segment", st.sampled_from(['"families"', '"students"', '"none"'])),
    _call("tag", st.sampled_from(['"vip"', '"vi"', "'v\"ip'", '"Ä"'])),
    _call("has", st.sampled_from(["nps", "town", "birth_date", "tags", "open_cases", "missing", "fact.language"])),
    _call("every_due", _words),
    _call("every_due", _words, _months.map(lambda every: f"every={every}")),
    _call("every_due", _words, _months.map(lambda every: f"every={every}"), _words.map(lambda word: f"after={word}")),
    _put(st.sampled_from(['"vip"', '"Ä"', "language"]), st.sampled_from(["in", "not in"]), st.just("tags")),
    st.sampled_from(["yes", "no", "unknown", "nps", "pet", "language"]),
)
_atoms = st.one_of(
    _put(_measures, _signs, _numbers),
    _put(_numeric, _signs, _numeric),
    _put(_lengths, _signs, _spans),
    _put(_spans, _signs, _lengths),
    _put(_lengths, _signs, _lengths),
    _put(_days, _signs, st.sampled_from(["28d", "8w", "0d", "2w"])),
    _put(_picture_numbers, _signs, st.one_of(_numbers, _picture_numbers, _names)),
    _put(_picture_words, _equal, st.one_of(_picture_words, _names, _attributes)),
    st.sampled_from(
        [
            'picture.class = "keep"',
            'picture.class in ("develop", "let_go")',
            'picture.stage != "deepening"',
            'picture.step = "client" or picture.value = "A"',
            "has(picture.class)",
            "not has(picture.clv)",
        ]
    ),
    _put(st.one_of(_names, _attributes), _equal, st.one_of(_texts, _names, _attributes)),
    _put(st.one_of(_names, _attributes), _signs, st.one_of(_texts_of_days, _names)),
    _put(st.just("birth_date"), _signs, st.one_of(_texts_of_days, st.sampled_from(["wedding", "birth_date"]))),
    _put(_names, _equal, st.sampled_from(["yes", "no"])),
    st.tuples(st.one_of(_names, _attributes), _texts, _texts).map(lambda t: f"{t[0]} in ({t[1]}, {t[2]})"),
    st.tuples(_names, _numbers, _names).map(lambda t: f"{t[0]} not in ({t[1]}, {t[2]})"),
    _flags,
    _flags,
)
RULES = st.recursive(
    _atoms,
    lambda inner: st.one_of(
        inner.map(lambda text: f"not ({text})"),
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda t: f"({t[0]}) {t[1]} ({t[2]})"),
    ),
    max_leaves=5,
)
"""Texts of rules; hardly any of them is refused."""
