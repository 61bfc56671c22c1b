"""`vuoro newsletter results` and `choose`: what a sending brought about, for people, for programs and as a table."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import insert

from bot.effects_documents import COLUMNS, effects_document, effects_rows
from domain.effects import ClickKind
from domain.newsletters import Measure, Sending, SendingState
from store import sendings
from store.clicks import count_click
from store.customers import customers_by_chat
from store.database import Tx
from store.experiments import Look, keep_look
from store.tables import recipient_tallies, recipients
from store.topic_choices import choose_topics
from tests.bot.commands_scene import ADMIN, AGENT, START, Scene, scene
from tests.bot.effects_scene import measured

TESTED = """+++
title = "News"
audience = ''
canary = 0

[test]
variants = ["a", "b"]
share = 50

[[buttons]]
label = "Ask us"
dialogue = "question"
+++
{{ "Hello" if variant == "a" else "Good day" }}
"""


@pytest.fixture
def vuoro(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, sqlite_url: str, tmp_path: Path
) -> Scene:
    """A company with one newsletter of two variants."""
    made = scene(capsys, monkeypatch, sqlite_url, tmp_path)
    made.news(TESTED)
    return made


async def _send_one(tx: Tx) -> Sending:
    """Do what a running program does: Ann gets variant a and follows the button, Bo waits."""
    (sending,) = await sendings.in_state(tx, SendingState.RUNNING)
    known = await customers_by_chat(tx, [501, 502])
    ann, bo = known[501].id, known[502].id
    rows = [
        {"sending_id": sending.id, "customer_id": ann, "state": "sent", "at": START, "variant": "a"},
        {"sending_id": sending.id, "customer_id": bo, "state": "queued", "at": None, "variant": ""},
    ]
    await tx.execute(insert(recipients), rows)
    tallies = [{"sending_id": sending.id, "state": row["state"], "reason": "", "n": 1} for row in rows]
    await tx.execute(insert(recipient_tallies), tallies)
    await count_click(tx, sending.id, ann, ClickKind.BUTTON, "0", START + dt.timedelta(hours=1))
    return sending


async def _look(tx: Tx) -> None:
    (sending,) = await sendings.in_state(tx, SendingState.RUNNING)
    await keep_look(tx, sending.id, Look(START, Measure.CLICKS, {"a": (1, 1), "b": (0, 0)}, "a"))


def test_results_of_a_sending_for_people_and_for_programs(vuoro: Scene) -> None:
    """One customer makes counts and no shares; labels are those of the frozen text; no variant before the look."""
    assert vuoro("newsletter", "start", "news", "--as", ADMIN).code == 0
    vuoro.store(_send_one)
    shown = vuoro("newsletter", "results", "news")
    assert "Followed a button or link: 1\n" in shown.out
    assert "Ask us: 1 person, 1 time" in shown.out
    document = vuoro("newsletter", "results", "news", "--json").document
    assert document["reached"]["clicked"] == {"count": 1, "share": None, "low": None, "high": None}
    assert document["variants"] == {}
    assert document["followed"] == [{"kind": "button", "target": "0", "label": "Ask us", "people": 1, "clicks": 1}]
    assert document["lift"] is None
    assert document["experiment"] is None


def test_results_are_written_as_a_table(vuoro: Scene, tmp_path: Path) -> None:
    """All and each variant; a file that is there is not replaced unasked."""
    vuoro("newsletter", "start", "news", "--as", ADMIN)
    vuoro.store(_send_one)
    vuoro.store(_look)
    file = tmp_path / "results.csv"
    assert vuoro("newsletter", "results", "news", "--csv", file).code == 0
    header, *rows = csv.reader(file.read_text(encoding="utf-8").splitlines())
    assert tuple(header) == COLUMNS
    assert rows[0] == ["reached", "clicked", "1", "1", "", "", ""]
    assert {row[0] for row in rows} == {"reached", "variant a"}
    again = vuoro("newsletter", "results", "news", "--csv", file)
    assert (again.code, "--force" in again.err) == (1, True)


def test_newsletter_that_was_never_sent_has_no_results(vuoro: Scene) -> None:
    """It says how to send it, or which newsletters there are."""
    assert "vuoro newsletter start news" in vuoro("newsletter", "results", "news").err
    assert "no such newsletter" in vuoro("newsletter", "results", "nws").err
    assert "is no sending of news" in vuoro("newsletter", "results", "news", "--sending", 7).err


def test_manager_chooses_once_what_the_rest_gets(vuoro: Scene) -> None:
    """Not before the look, not a variant that there is not, not twice, and not without the role."""
    vuoro("newsletter", "start", "news", "--as", ADMIN)
    vuoro.store(_send_one)
    assert "the wait of its test is not over" in vuoro("newsletter", "choose", "news", "a", "--as", ADMIN).err
    vuoro.store(_look)
    assert "there are a, b, and evenly" in vuoro("newsletter", "choose", "news", "c", "--as", ADMIN).err
    assert vuoro("newsletter", "choose", "news", "a", "--as", AGENT).code == 1
    chosen = vuoro("newsletter", "choose", "news", "b", "--as", ADMIN)
    assert (chosen.code, chosen.out) == (0, "news: the rest get variant b\n")
    assert "decided already" in vuoro("newsletter", "choose", "news", "evenly", "--as", ADMIN).err
    assert vuoro("newsletter", "results", "news", "--json").document["experiment"]["rest_gets"] == "b"


def test_rest_may_get_the_variants_evenly(vuoro: Scene) -> None:
    """The running program draws lots."""
    vuoro("newsletter", "start", "news", "--as", ADMIN)
    vuoro.store(_send_one)
    vuoro.store(_look)
    assert vuoro("newsletter", "choose", "news", "evenly", "--as", ADMIN, "--json").document["variant"] == "evenly"
    results = vuoro("newsletter", "results", "news", "--json").document
    assert results["experiment"]["rest_gets"] == "each an even part"


def test_document_has_what_the_page_says() -> None:
    """The shape that scripts rely on."""
    document = effects_document(measured(), "spring", "en")
    assert document["reached"]["clicked"]["share"] == 0.14
    assert document["lift"]["shares"]["bought"]["beyond_chance"]
    assert document["lift"]["amount_per_customer"]["mean"] == pytest.approx(468.75)
    assert document["experiment"]["winner"] == "b"
    assert document["experiment"]["pairs"][0]["p"] < 0.001
    assert document["passed_on"] == {"starts": 7, "newcomers": 4}
    assert len(list(effects_rows(measured()))) == 21


def test_what_a_customer_followed_and_chose_stands_on_her_card(vuoro: Scene) -> None:
    """For reading and as JSON, each with its day."""
    vuoro("newsletter", "start", "news")
    vuoro.store(_send_one)

    async def choose(tx: Tx) -> None:
        await choose_topics(tx, (await customers_by_chat(tx, [501]))[501].id, {"offers": False}, "stop", START)

    vuoro.store(choose)
    found = vuoro("customer", "show", "501", "--json").document
    assert [(each["newsletter"], each["kind"]) for each in found["clicks"]] == [("news", "button")]
    assert [(each["topic"], each["wanted"], each["source"]) for each in found["topics"]] == [("offers", False, "stop")]
    shown = vuoro("customer", "show", "501").out
    assert "followed in" in shown
    assert "offers" in shown
