"""`vuoro event`: guests are chosen by hand, listed with their values, marked, and an event is cancelled."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from domain.purchases import Purchase
from store.database import Tx
from store.purchases import add_purchases
from tests.bot.command_line import NOW
from tests.bot.commands_scene import AGENT, Scene, scene
from tests.store.sending_rows import put_consents, put_customers

EVENT = """
published = true
title = {{ en = "Evening", fi = "Ilta" }}
text = {{ en = "Come!", fi = "Tule!" }}
store = "Main"
starts = {starts:%Y-%m-%dT%H:%M:%S}
places = 2
reserve = 1
by = "spent(12m)"
"""


@pytest.fixture
def vuoro(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, sqlite_url: str, tmp_path: Path
) -> Scene:
    """A company with an event in ten days and four regulars of the store."""
    made = scene(capsys, monkeypatch, sqlite_url, tmp_path)
    folder = tmp_path / "content" / "events"
    folder.mkdir(parents=True)
    (folder / "evening.toml").write_text(EVENT.format(starts=NOW + dt.timedelta(days=10)))

    async def put(tx: Tx) -> None:
        ids = range(101, 105)
        for i in ids:
            await put_customers(tx, [i], number=f"N{i}", name=f"Guest {i}")
        await put_consents(tx, ids)
        at = NOW - dt.timedelta(days=3)
        await add_purchases(tx, [(i, Purchase(f"r{i}", at, i * 100, "EUR", store="Main")) for i in ids])

    made.store(put)
    return made


def test_event_is_begun_shown_and_cancelled_from_the_command_line(vuoro: Scene) -> None:
    """Chosen once; the figures, the ranking and who came as JSON; an unknown name is told with what there is."""
    assert "vuoro event invite evening" in vuoro("event", "guests", "evening").err
    refused = vuoro("event", "invite", "evening", "--as", AGENT)
    assert (refused.code, "needs a manager" in refused.err) == (1, True)
    assert vuoro("event", "invite", "evening").out == ("evening: 2 of 4 are invited, 1 are on the waiting list\n")
    assert "have been chosen before" in vuoro("event", "invite", "evening").err
    guests = vuoro("event", "guests", "evening", "--json").document
    assert [(each["number"], each["value"], each["state"]) for each in guests] == [
        ("N104", 104.0, "waiting"),
        ("N103", 103.0, "waiting"),
        ("N102", 102.0, "waiting"),
    ]
    assert vuoro("event", "attended", "evening", "N104", "--as", AGENT).out == "Guest 104: came\n"
    assert "is no guest" in vuoro("event", "attended", "evening", "N101").err
    shown = vuoro("event", "show", "evening", "--json").document
    assert (shown["attended"], shown["waiting"], shown["could_be_chosen"]) == (1, 2, 4)
    assert vuoro("event", "cancel", "evening").out == "evening: cancelled\n"
    assert "cancelled or over" in vuoro("event", "cancel", "evening").err
    listed = {each["event"]: each["state"] for each in vuoro("event", "list", "--json").document}
    assert listed == {"best-100": "not published", "evening": "cancelled"}
    assert "evening" in vuoro("event", "show", "evenin").err
    assert "cancelled" in vuoro("event", "show", "evening").out
