"""`vuoro case`: the same desk as in Telegram; customers and colleagues hear of it through the outbox."""

from __future__ import annotations

from pathlib import Path

import pytest

from dialogues.cases import open_case_for
from domain.cases import CaseKind, Priority
from domain.company import Company
from domain.dialogues import OpenCase
from store.cases import open_case
from store.database import Tx
from store.snapshot import every_row
from tests.bot.commands_scene import ADMIN, AGENT, MANAGER, START, Scene, scene

CAUSES = '[cases.causes]\nlate = { en = "Late delivery", fi = "Myöhässä" }\n'


@pytest.fixture
def vuoro(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, sqlite_url: str, tmp_path: Path
) -> Scene:
    """A company with Ann's open complaint, No 1."""
    made = scene(capsys, monkeypatch, sqlite_url, tmp_path)
    made.store(_complaint)
    return made


async def _complaint(tx: Tx) -> None:
    opening = OpenCase(CaseKind.COMPLAINT, "delivery", Priority.NORMAL, "The box was wet", "money back", "123456")
    await open_case(tx, 1, opening, START, due=START.replace(hour=12))


async def _to(tx: Tx, chat_id: int) -> list[str]:
    rows = (await every_row(tx))["outbox"]
    return [row["payload"]["text"] for row in rows if row["chat_id"] == chat_id]


def test_case_is_listed_and_shown(vuoro: Scene) -> None:
    """The open ones with their clock; one with all that is known."""
    (listed,) = vuoro("case", "list", "--json").document
    assert (listed["number"], listed["state"], listed["customer"]["name"]) == (1, "new", "Ann Smith")
    assert listed["late"] is True
    assert "delivery" in vuoro("case", "list").out
    assert "The box was wet" in vuoro("case", "show", 1).out
    missing = vuoro("case", "show", 99, "--json")
    assert (missing.code, missing.out) == (1, "")
    assert "no such case" in missing.err
    assert vuoro("case", "list", "--state", "closed", "--json").document == []


def test_clocks_of_a_case_are_shown(vuoro: Scene) -> None:
    """What was promised, what of it is used, and what came too late or rests."""

    async def complaint(tx: Tx) -> None:
        await open_case_for(tx, Company(), 1, OpenCase(CaseKind.COMPLAINT, "delivery"), START)

    vuoro.store(complaint)
    assert vuoro("case", "show", 1, "--json").document["clocks"] == []
    assert vuoro("case", "reply", 2, "A courier comes tomorrow", "--as", AGENT).code == 0
    first, resolution = vuoro("case", "show", 2, "--json").document["clocks"]
    assert (first["clock"], first["promised_s"], first["late"]) == ("first_answer", 4 * 3600, True)
    assert first["used_s"] > first["promised_s"]
    assert first["stopped_at"] is not None
    assert (resolution["clock"], resolution["stopped_at"]) == ("resolution", None)
    assert "first answer" in vuoro("case", "show", 2).out


def test_case_goes_its_way_from_take_to_resolve(vuoro: Scene) -> None:
    """Each act is in the history with its author, and the customer is told what concerns her."""
    assert vuoro("case", "take", 1, "--as", AGENT, "--json").document["owner"] == {"id": AGENT, "name": "Olga"}
    assert "On its way" in vuoro("case", "reply", 1, "A courier comes tomorrow", "--as", AGENT).out
    assert "stays inside" in vuoro("case", "note", 1, "second", "time", "--as", AGENT).out
    done = vuoro("case", "resolve", 1, "--as", AGENT, "--json").document
    assert done["state"] == "resolved"
    history = vuoro("case", "show", 1, "--json").document["history"]
    assert [(each["move"], each["staff"]) for each in history] == [
        (move, "Olga") for move in ("take", "reply", "note", "resolve")
    ]
    assert history[2]["text"] == "second time"

    async def told_to_ann(tx: Tx) -> list[str]:
        return await _to(tx, 501)

    told = vuoro.store(told_to_ann)
    assert told[1] == "A courier comes tomorrow"
    assert len(told) == 3


def test_colleague_hears_of_a_reply(vuoro: Scene) -> None:
    """Two people do not answer the same customer unknowingly."""

    async def told_to_max(tx: Tx) -> list[str]:
        return await _to(tx, MANAGER)

    vuoro("case", "reply", 1, "A courier comes tomorrow", "--as", AGENT)
    assert any("Olga: A courier comes tomorrow" in text for text in vuoro.store(told_to_max))


def test_what_the_desk_refuses_is_refused(vuoro: Scene) -> None:
    """Nothing is stored of what is refused, and the sentence says why."""
    vuoro("case", "take", 1, "--as", MANAGER)
    taken = vuoro("case", "take", 1, "--as", AGENT)
    assert (taken.code, taken.out) == (1, "")
    assert "Max is answering" in taken.err
    assert vuoro("case", "take", 1, "--over", "--as", AGENT).code == 1
    assert vuoro("case", "take", 1, "--over", "--as", ADMIN, "--json").document["owner"]["name"] == "Ada"
    vuoro("case", "resolve", 1)
    assert vuoro("case", "resolve", 1).code == 1
    assert vuoro("case", "reply", 1).code == 2
    assert vuoro("case", "reply", "one", "x").code == 2


def test_reply_to_a_customer_who_left_is_refused(vuoro: Scene) -> None:
    """Words that cannot arrive are not taken for sent."""

    async def of_cecilia(tx: Tx) -> None:
        await open_case(tx, 3, OpenCase(CaseKind.QUESTION, "other", Priority.NORMAL, "?", "", ""), START)

    vuoro.store(of_cecilia)
    refused = vuoro("case", "reply", 2, "Hello")
    assert (refused.code, refused.out) == (1, "")
    assert "Cecilia" in refused.err
    assert vuoro("case", "show", 2, "--json").document["history"] == []


def test_moves_of_the_command_line_are_those_of_the_desk(vuoro: Scene) -> None:
    """Waiting, assessing, declining, the cause, reopening and spam, each in the history with its author."""
    vuoro.config(more=CAUSES)
    assert vuoro("case", "wait", 1, "--as", AGENT, "--json").document["state"] == "waiting_customer"
    assessed = vuoro("case", "assess", 1, "--severity", "serious", "--impact", "many", "--json").document
    assert (assessed["severity"], assessed["impact"], assessed["priority"]) == ("serious", "many", "high")
    assert vuoro("case", "assess", 1, "--severity", "awful", "--impact", "many").code == 2
    declined = vuoro("case", "decline", 1, "The guarantee is over", "--as", AGENT, "--json").document
    assert declined["state"] == "declined"
    assert declined["settles_at"] is not None
    assert "Late delivery" in vuoro("case", "cause", 1, "late").out
    wrong = vuoro("case", "cause", 1, "weather")
    assert (wrong.code, wrong.out) == (1, "")
    assert "not among those of the config" in wrong.err
    assert vuoro("case", "decline", 1).code == 2
    assert vuoro("case", "reopen", 1, "--json").document["state"] == "open"
    assert vuoro("case", "spam", 1, "--json").document["state"] == "spam"
    assert vuoro("case", "spam", 1).code == 1
    shown = vuoro("case", "show", 1, "--json").document
    assert [(event["move"], event["state"]) for event in shown["history"]] == [
        ("wait", "waiting_customer"),
        ("assess", "waiting_customer"),
        ("decline", "declined"),
        ("cause", "declined"),
        ("reopen", "open"),
        ("spam", "spam"),
    ]
    assert "cause late" in vuoro("case", "show", 1).out


def test_merged_cases_are_shown_together_and_taken_apart(vuoro: Scene) -> None:
    """The history of the one holds the other's; another customer's case is refused."""

    async def two_more(tx: Tx) -> None:
        await open_case(tx, 1, OpenCase(CaseKind.COMPLAINT, "delivery"), START)
        await open_case(tx, 2, OpenCase(CaseKind.COMPLAINT, "delivery"), START)

    vuoro.store(two_more)
    vuoro("case", "note", 2, "second time")
    merged = vuoro("case", "merge", 2, "--into", 1, "--json").document
    assert (merged["state"], merged["merged_into"]) == ("merged", 1)
    shown = vuoro("case", "show", 1, "--json").document
    assert shown["merged"] == [2]
    assert [(event["case"], event["move"]) for event in shown["history"]] == [(2, "note"), (2, "merge")]
    assert "On its way" in vuoro("case", "reply", 2, "We are sorry").out
    assert vuoro("case", "show", 1, "--json").document["state"] == "waiting_customer"
    stranger = vuoro("case", "merge", 1, "--into", 3)
    assert (stranger.code, stranger.out) == (1, "")
    assert "two customers" in stranger.err
    assert vuoro("case", "merge", 1, "--into", 99).code == 1
    apart = vuoro("case", "reopen", 2, "--json").document
    assert (apart["state"], apart["merged_into"]) == ("open", None)
