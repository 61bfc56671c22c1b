"""`vuoro lifecycle`: actions by hand, the goodbye with its preview, and the report."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from domain.pictures import Move, MoveKind
from store.customers import customer_by_id
from store.database import Tx
from store.moves import add_moves
from store.tables import outbox, pictures
from tests.bot.commands_scene import ADMIN, AGENT, MANAGER, Scene, scene

DAY = dt.date(2026, 3, 10)


@pytest.fixture
def vuoro(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, sqlite_url: str, tmp_path: Path
) -> Scene:
    """A company whose night has made Ann's picture: she is to be kept from leaving."""
    made = scene(capsys, monkeypatch, sqlite_url, tmp_path)

    async def picture(tx: Tx) -> None:
        stage = {"stage": "preventing_end", "stage_since": DAY, "stage_reason": "no purchase since 2025-12-01"}
        await tx.execute(insert(pictures).values(customer_id=1, day=DAY, step="client", customer_class="keep", **stage))
        await add_moves(tx, [Move(1, MoveKind.STAGE, DAY, "deepening", "preventing_end", "no purchase")])

    made.store(picture)
    return made


def test_action_by_hand_is_done_and_no_longer_open(vuoro: Scene) -> None:
    """A call that nobody saw but who made it; a contract is one however often it is logged."""
    assert vuoro("lifecycle", "show", "Ann", "--json").document["open"] == [
        "prevent_passivation", "activate", "win_back", "graceful_ending",
    ]  # fmt: skip
    for _ in range(2):
        vuoro("lifecycle", "log", "Ann", "contract", "--at", "2026-03-01 10:00", "--as", AGENT)
        vuoro("lifecycle", "log", "Ann", "activate", "--at", "2026-03-11 10:00", "--as", AGENT)
    found = vuoro("lifecycle", "show", "Ann", "--json").document
    assert [(each["action"], each["staff"]) for each in found["actions"]] == [("contract", AGENT), ("activate", AGENT)]
    assert found["open"] == ["prevent_passivation", "win_back", "graceful_ending"]
    shown = vuoro("lifecycle", "show", "Ann").out
    assert "preventing end since 2026-03-10" in shown
    assert "open: prevent passivation, win back, graceful ending" in shown


def test_goodbye_is_a_managers_and_is_said_once(vuoro: Scene) -> None:
    """The last message goes out; an agent may not, and a second time there is nothing to say."""
    assert "needs a manager" in vuoro("lifecycle", "end", "Ann", "--yes", "--as", AGENT).err
    assert "from now on nothing is sent" in vuoro("lifecycle", "end", "Ann", "--yes", "--as", MANAGER).out
    assert "we said goodbye on" in vuoro("lifecycle", "end", "Ann", "--yes", "--as", MANAGER).err
    assert "vuoro lifecycle end" in vuoro("lifecycle", "log", "Bo", "graceful_ending", "--as", ADMIN).err

    async def look(tx: Tx) -> tuple[Any, list[Any]]:
        return await customer_by_id(tx, 1), list((await tx.execute(outbox.select())).all())

    customer, rows = vuoro.store(look)
    assert customer.ended_at is not None
    assert [(row.customer_id, row.ref) for row in rows] == [(1, "farewell")]


def test_report_counts_where_everybody_stands_and_what_moved(vuoro: Scene) -> None:
    """Of a month; figures for machines, tables for people."""
    vuoro("lifecycle", "log", "Ann", "activate", "--at", "2026-03-11 10:00", "--as", AGENT)
    found = vuoro("lifecycle", "report", "2026-03", "--json").document
    assert found["standings"] == {"stage": {"preventing_end": 1}, "step": {"client": 1}, "class": {"keep": 1}}
    assert found["moves"] == [{"kind": "stage", "before": "deepening", "after": "preventing_end", "customers": 1}]
    assert found["actions"] == {"activate": 1}
    assert vuoro("lifecycle", "report", "2026-02", "--json").document["moves"] == []
    told = vuoro("lifecycle", "report", "2026-03").out
    assert "preventing end" in told
    assert "is no month" in vuoro("lifecycle", "report", "March").err
