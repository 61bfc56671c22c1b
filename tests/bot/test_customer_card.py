"""The golden card: a customer who has everything, word by word in two languages, short enough for Telegram."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from bot.customer_card import Card, collect
from bot.customer_card_front import front
from bot.customer_card_lines import Pen
from bot.customer_card_pages import facts_page, moves_page, people_page, picture_page, purchases_page, timeline_page
from bot.customer_card_reasons import told_reason
from bot.staff_labels import Labels
from dialogues import library as dialogues
from dialogues.cases import open_case_for
from dialogues.library import Library
from domain.cases import CaseKind
from domain.company import Company
from domain.contacts import Channel, Contact, ContactKind, ContactState, Direction
from domain.customers import Consent, KnownFact, Purpose
from domain.dialogues import OpenCase
from domain.holds import Hold
from domain.lifecycle import Action, ActionTaken
from domain.people import CompanyRole, PersonAtCompany
from domain.pictures import Move, MoveKind
from domain.purchases import Purchase
from domain.signals import Signal, SignalKind
from domain.staff import Role
from store.consents import give_consents
from store.contacts import add_contacts
from store.customers import add_customers, change_customers, customer_by_id
from store.database import Database, Tx
from store.facts import set_facts
from store.holds import keep_holds
from store.lifecycle import record_actions
from store.moves import add_moves, moves_of
from store.people import put_person
from store.purchases import add_purchases
from store.signals import raise_signals
from store.staff import add_member
from store.tables import answers, pictures, runs, segment_members
from store.topic_choices import choices_of, choose_topics
from templates.markup import utf16_units
from templates.words import SHIPPED, Words

NOW = dt.datetime(2027, 3, 2, 8, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
OLGA, MATTI = 601, 602
COMPANY = Company(name="Aurora", languages=("en", "fi", "cs"), timezone="Europe/Helsinki")
ANNA, OY = 1, 2
GOLDEN = Path(__file__).with_name("cards")


@pytest.fixture(scope="module")
def content() -> tuple[Words, Library]:
    """What is shipped, read once."""
    return Words.load([SHIPPED], COMPANY.languages, zone=COMPANY.timezone), Library.guess(
        [dialogues.SHIPPED], COMPANY.languages
    )


def pen(content: tuple[Words, Library], language: str) -> Pen:
    """Draw as for a member who reads *language*."""
    words, library = content
    return Pen(words, Labels(words, library), library, COMPANY, language, NOW)


async def everything(tx: Tx) -> None:
    """Put in Anna, of whom everything is known, and the company where she buys."""
    for who, name, role in ((OLGA, "Olga", Role.MANAGER), (MATTI, "Matti", Role.AGENT)):
        await add_member(tx, who, name, role, NOW)
    anna = {
        "id": ANNA, "number": "K-1001", "chat_id": 501, "name": "Anna Mäkelä", "username": "annam", "language": "fi",
        "kind": "consumer", "company": None, "town": "Tampere", "birth_date": dt.date(1980, 5, 17),
        "email": "anna@example.com", "phone": "+358 40 123 4567", "reach": "reachable", "met_at": NOW - 500 * DAY,
        "owner_id": OLGA, "tags": ["garden", "vip"], "created_at": NOW - 900 * DAY, "contact_kind": "reseller",
        "not_served_at": NOW - DAY, "not_served_why": "does not pay <ever>",
    }  # fmt: skip
    oy: dict[str, Any] = {
        **dict.fromkeys(anna),
        "id": OY,
        "number": "K-2000",
        "name": "Kivi & Co Oy",
        "kind": "company",
    }
    oy |= {"reach": "never_met", "created_at": NOW, "contact_kind": "customer", "not_served_why": ""}
    await add_customers(tx, [anna, oy])
    await put_person(tx, PersonAtCompany(OY, ANNA, (CompanyRole.BUYER, CompanyRole.USER), "CFO"), NOW - 9 * DAY)
    for purpose, given in ((Purpose.MARKETING, True), (Purpose.SURVEYS, False)):
        await give_consents(tx, [(ANNA, Consent(purpose, given, "v1", "dialogue:welcome", NOW - 400 * DAY))])
    facts: list[tuple[str, str | int]] = [("colour", "green"), ("has_garden", True), ("children", 2)]
    at = NOW - 30 * DAY
    await set_facts(tx, [(ANNA, KnownFact(name, value, "import:7", at)) for name, value in facts])
    await choose_topics(tx, ANNA, {"garden": True, "shoes": False}, "topics", at)
    await _bought(tx)
    await _said(tx)
    await _counted(tx)


async def _bought(tx: Tx) -> None:
    lines = [
        ("R1", 800, 12000, "garden", "Mower", "EUR"), ("R2", 100, 4000, "books", "Novel", "EUR"),
        ("R2", 100, 1500, "garden", "Shears", "EUR"), ("R3", 50, -1500, "garden", "Shears", "EUR"),
        ("R4", 3, 9900, "shoes", "Boots", "SEK"), ("R5", 2, 995, "coffee", "Coffee 500 g", "EUR"),
    ]  # fmt: skip
    rows = [
        Purchase(receipt, NOW - days * DAY, amount, currency, product_name=name, group=group, store="Kamppi")
        for receipt, days, amount, group, name, currency in lines
    ]
    await add_purchases(tx, [(ANNA, row) for row in rows])


async def _said(tx: Tx) -> None:
    lines = [
        (1, 40, Channel.MEETING, Direction.OUT, "Talked of the garden", 3, MATTI, ContactState.SENT),
        (2, 20, Channel.PHONE, Direction.IN, "Asked about <b>boots</b>", 5, OLGA, ContactState.RECEIVED),
        (3, 10, Channel.TELEGRAM, Direction.OUT, "Spring is here", None, None, ContactState.DELETED),
        (4, 1, Channel.TELEGRAM, Direction.IN, "Where is my parcel?", None, None, ContactState.RECEIVED),
    ]
    rows = [
        Contact(number, ANNA, NOW - days * DAY, channel, way, ContactKind.WORDS, text, state, staff_id=by, feeling=felt)
        for number, days, channel, way, text, felt, by, state in lines
    ]
    await add_contacts(tx, rows)
    run = {"id": 1, "customer_id": ANNA, "script_id": "nps", "script_digest": "d", "state": "done"}
    await tx.execute(insert(runs).values(started_at=NOW - 20 * DAY, started_by="wave", focus=1, **run))
    answer = {"id": 1, "run_id": 1, "question": "score", "version": 1, "value": 9, "text": "9", "closed": True}
    await tx.execute(insert(answers).values(at=NOW - 20 * DAY, skipped=False, reopened=False, **answer))
    await open_case_for(tx, COMPANY, ANNA, OpenCase(CaseKind.COMPLAINT, "delivery"), NOW - DAY)
    await raise_signals(tx, [Signal(ANNA, SignalKind.BLOCK, NOW - 5 * DAY, {"started_by_us_30d": 2}, "1")])
    await keep_holds(tx, [(ANNA, "newsletter", Hold.QUIET_HOURS, "newsletter:3")], NOW - 3 * DAY)


async def _counted(tx: Tx) -> None:
    days = {name: dt.date(2027, 1, 5) for name in ("class_since", "stage_since", "step_since")}
    values = {
        "day": dt.date(2027, 3, 2), "recency": 5, "frequency": 4, "monetary": 3, "scheme": "quintiles",
        "value_class": "A", "alive": 93, "expected": 4.25, "clv": 12345, "margin_year": 2500, "share": 0.42,
        "customer_class": "keep", "class_reason": "value A, 4 visits", "stage": "deepening",
        "stage_reason": "5 days of buying since 2024-12-22", "step": "supporter", "step_reason": "recommends with 9",
        "cluster": 3,
    }  # fmt: skip
    await tx.execute(insert(pictures).values(customer_id=ANNA, **values, **days))
    await tx.execute(
        insert(segment_members).values(segment="garden_lovers", customer_id=ANNA, since=dt.date(2027, 2, 1))
    )
    await add_moves(
        tx,
        [
            Move(ANNA, MoveKind.STEP, dt.date(2027, 1, 5), "client", "supporter", "recommends with 9"),
            Move(ANNA, MoveKind.SEGMENT, dt.date(2027, 2, 1), "out", "in", name="garden_lovers"),
        ],
    )
    taken = [(Action.UPSELL, 30, "sending:4"), (Action.OWNER, 90, "owner:601")]
    await record_actions(tx, [ActionTaken(ANNA, action, NOW - days * DAY, ref, OLGA) for action, days, ref in taken])


async def read(tx: Tx, content: tuple[Words, Library], customer_id: int = ANNA) -> Card:
    """Collect somebody's card."""
    customer = await customer_by_id(tx, customer_id)
    assert customer is not None
    return await collect(tx, customer, COMPANY, content[1], NOW)


async def pages(tx: Tx, content: tuple[Words, Library], language: str) -> Mapping[str, str]:
    """Draw the card and all its pages."""
    card, draw = await read(tx, content), pen(content, language)
    return {
        "card": front(card, draw),
        "timeline": timeline_page(card.customer, card.contacts, card.staff, draw),
        "purchases": purchases_page(card.customer, card.spending, draw),
        "facts": facts_page(card, await choices_of(tx, ANNA), draw),
        "picture": picture_page(card, draw),
        "moves": moves_page(card.customer, await moves_of(tx, ANNA), draw),
        "companies": people_page(card, draw),
        "people": people_page(await read(tx, content, OY), draw),
    }


@pytest.mark.parametrize("language", ["en", "fi", "cs"])
async def test_customer_who_has_everything(database: Database, content: tuple[Words, Library], language: str) -> None:
    """The card and its pages read word for word as they are kept in `cards/LANGUAGE.txt`."""
    async with database.write() as tx:
        await everything(tx)
        drawn = await pages(tx, content, language)
    whole = "\n".join(f"=== {name}\n{text}" for name, text in drawn.items()) + "\n"
    assert re.sub("[\u00a0\u202f]", " ", whole) == (GOLDEN / f"{language}.txt").read_text(encoding="utf-8")
    assert max(len(text) for text in drawn.values()) < 4096


@pytest.mark.parametrize(
    ("kept", "told"),
    [
        ("value B, client, 45 visits", "arvo B, kanta-asiakas, 45 käyntiä"),
        ("value unknown, margin -3.20", "arvo ei tiedossa, kate -3,20"),
        ("complaint open, last score low (NPS 5, satisfaction 2)",
         "reklamaatio on auki, viimeisin arvio oli matala (NPS 5, tyytyväisyys 2)"),
        ("no purchase since 2026-11-02, usually every 10.5 days",
         "ei ostoja 2.11.2026 jälkeen, yleensä 10,5 päivän välein"),
        ("signal mute on 2026-11-02, no reaction in 60 days",
         "tauko tai kytketty pois 2.11.2026, ei vastausta 60 päivään"),
        ("1 day of buying since 2026-11-02", "1 ostopäivä, ensimmäinen 2.11.2026"),
        ("as an own rule says, 1 visit", "as an own rule says, 1 käynti"),
        ("", ""),
    ],
)  # fmt: skip
def test_reasons_are_told_in_the_language_of_who_looks(content: tuple[Words, Library], kept: str, told: str) -> None:
    """Phrase by phrase; one that nobody has translated stays as it was kept."""
    assert told_reason(kept, pen(content, "fi")) == told


@pytest.mark.parametrize("loss", ["margin -3.20", "costs 4.00 to serve over a margin of 3.20"])
def test_who_may_not_see_earnings_reads_no_margin_in_a_reason(content: tuple[Words, Library], loss: str) -> None:
    """The rest of the reason stays."""
    told = told_reason(f"value unknown, {loss}", replace(pen(content, "en"), earnings=False))
    assert told == "value unknown"


async def test_card_of_who_objects_to_profiling_says_so_and_reckons_nothing(
    database: Database, content: tuple[Words, Library]
) -> None:
    """What she bought stays told; class, value and likelihood are not there to be told."""
    async with database.write() as tx:
        await add_customers(tx, [{"id": 7, "number": "7", "name": "Eve", "created_at": NOW}])
        await give_consents(tx, [(7, Consent(Purpose.PROFILING, False, "v1", "dialogue:profiling", NOW - DAY))])
        await add_purchases(tx, [(7, Purchase("R9", NOW - DAY, 500, "EUR"))])
        stage = {
            "stage": "acquisition",
            "stage_reason": "no purchase yet",
            "margin_year": 123,
        }  # of before she objected
        await tx.execute(insert(pictures).values(customer_id=7, day=NOW.date(), **stage))
        card = await read(tx, content, 7)
    text = front(card, pen(content, "en"))
    assert "🙅 Objects to profiling, so nothing is reckoned of this customer." in text
    assert "1 visit, €5.00 ever" in text
    assert "→ Next" not in text
    assert card.picture is None
    assert "no purchase yet" not in picture_page(card, pen(content, "en"))
    assert text.count("Objects") == picture_page(card, pen(content, "en")).count("Objects") == 1


async def test_card_of_the_longest_words_stays_within_telegrams_limit(
    database: Database, content: tuple[Words, Library]
) -> None:
    """Whatever stands in the register, in signs that must be escaped and count twice: it is cut, and says so."""
    long = "".join(f"<&😀{n}> " for n in range(900))
    async with database.write() as tx:
        await everything(tx)
        words = {"name": long, "company": long, "town": long, "email": long, "phone": long, "tags": [long] * 9}
        await change_customers(tx, {ANNA: {**words, "not_served_why": long}, OY: {"name": long, "company": long}})
        await set_facts(tx, [(ANNA, KnownFact(f"fact_{n}", long, "import:7", NOW)) for n in range(60)])
        rows = [
            Contact(100 + n, ANNA, NOW, Channel.PHONE, Direction.IN, ContactKind.WORDS, long, ContactState.RECEIVED)
            for n in range(10)
        ]
        await add_contacts(tx, rows)
        drawn = await pages(tx, content, "fi")
    assert {name: utf16_units(text) for name, text in drawn.items() if utf16_units(text) > 4096} == {}
    assert drawn["card"].endswith("…")
