"""`vuoro contact log`: contacts outside Telegram from the command line, with when they were and their case."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from dialogues.cases import open_case_for
from domain.cases import CaseKind
from domain.company import Company
from domain.dialogues import OpenCase
from store.cases import case_by_id
from store.database import Tx
from store.snapshot import every_row
from tests.bot.commands_scene import AGENT, START, Scene, scene

LOG = ("contact", "log", "Ann", "--channel", "phone")


@pytest.fixture
def vuoro(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, sqlite_url: str, tmp_path: Path
) -> Scene:
    """A company with Ann's open complaint, No 1."""
    made = scene(capsys, monkeypatch, sqlite_url, tmp_path)

    async def complaint(tx: Tx) -> None:
        await open_case_for(tx, Company(), 1, OpenCase(CaseKind.COMPLAINT, "delivery"), START)

    made.store(complaint)
    return made


def test_call_about_a_case_is_its_answer(vuoro: Scene) -> None:
    """As it is from /log: who spoke with her has the case."""
    logged = vuoro(*LOG, "--direction", "out", "--text", "A courier comes", "--case", 1, "--as", AGENT, "--json")
    assert logged.document["case"] == 1

    async def look(tx: Tx) -> None:
        case = await case_by_id(tx, 1)
        assert case is not None
        assert (case.state, case.owner_id) == ("open", AGENT)
        assert case.first_answer_at is not None

    vuoro.store(look)


def test_moment_is_kept_and_what_is_none_refused(vuoro: Scene) -> None:
    """In the company's time zone; what is still to come did not take place."""
    assert vuoro(*LOG, "--direction", "in", "--text", "x", "--at", "2026-01-05 14:30", "--feeling", 4).code == 0

    async def look(tx: Tx) -> None:
        rows: list[dict[str, Any]] = (await every_row(tx))["contacts"]
        (line,) = [row for row in rows if row["text"] == "x"]
        assert line["at"] == dt.datetime(2026, 1, 5, 12, 30, tzinfo=dt.UTC)
        assert (line["feeling"], line["staff_id"]) == (4, None)

    vuoro.store(look)
    for wrong in ("2999-01-01 10:00", "soon"):
        refused = vuoro(*LOG, "--direction", "in", "--text", "x", "--at", wrong)
        assert refused.code == 2
        assert "no moment of the past" in refused.err
    other = vuoro(*LOG, "--direction", "in", "--text", "x", "--case", 99, "--as", AGENT)
    assert (other.code, "no such case of this customer" in other.err) == (1, True)
