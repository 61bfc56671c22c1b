"""The buttons of newsletters: what they carry, and that a tap is counted once and starts its dialogue."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import insert, select

from dialogues.taps import (
    MenuTap,
    counted,
    menu_tap,
    newsletter_tap,
    read_tap,
    sending_of,
    sending_started,
    start_of,
)
from domain.newsletters import SendingState
from store.customers import customers_by_chat
from store.database import Database
from store.tables import clicks, recipients
from tests.dialogues.conductor_stand import Stand
from tests.store.sending_rows import put_sending


def test_longest_button_of_a_newsletter_fits_into_callback_data() -> None:
    """A sending's id, a button's place and the longest command that a dialogue may have make at most 64 bytes."""
    tap = newsletter_tap(2**63 - 1, 99, "a" * 32)
    assert len(tap.encode()) <= 64
    assert read_tap(tap) == MenuTap("go", f"1y2p0ij32e8e7.99.{'a' * 32}")
    assert sending_of("1y2p0ij32e8e7.99.rate") == 2**63 - 1


def test_menu_button_in_a_newsletter_carries_the_sending() -> None:
    """What a file's button starts is the same; an address has no tap and stays without."""
    assert counted(menu_tap("rate"), 40, 2) == newsletter_tap(40, 2, "rate")
    assert counted("", 40, 2) == ""


@pytest.mark.parametrize("data", ["w.1a.go.x.rate", "w.1a.go.1", "w.1a.gone", "w.1a.go.1.rate.more"])
def test_tap_that_we_never_made_is_not_ours(data: str) -> None:
    """What an altered client sends is nothing, rather than an error."""
    assert read_tap(data) is None


async def test_tapped_button_starts_its_dialogue_and_counts_once(sqlite_database: Database, tmp_path: Path) -> None:
    """The same tap delivered twice is one click; a second tap is a second one."""
    stand = Stand(sqlite_database, tmp_path)
    sending_id = await _recipient(stand)
    tap = stand.tap(newsletter_tap(sending_id, 1, "feedback"))
    said = await stand.hear(tap)
    await stand.hear(tap)
    await stand.hear(stand.tap(newsletter_tap(sending_id, 1, "feedback")))
    assert said[0].message.text == "What is it?"
    assert await _counted(stand) == [(sending_id, "button", "1")] * 2


@pytest.mark.parametrize("command", ["go", "nothing", ""])
async def test_button_that_starts_nothing_offers_what_there_is(
    sqlite_database: Database, tmp_path: Path, command: str
) -> None:
    """A dialogue that was taken away since then, or a forged tap, gets the menu."""
    stand = Stand(sqlite_database, tmp_path)
    sending_id = await _recipient(stand)
    said = await stand.hear(stand.tap(newsletter_tap(sending_id, 0, command)))
    assert [row.message.keyboard != () for row in said] == [True]


async def test_tap_of_somebody_who_did_not_get_it_is_no_click(sqlite_database: Database, tmp_path: Path) -> None:
    """A preview's button, or a forged one, starts the dialogue and counts for nothing."""
    stand = Stand(sqlite_database, tmp_path)
    sending_id = await _recipient(stand)
    assert await stand.hear(stand.tap(newsletter_tap(sending_id, 0, "feedback"), chat=8))
    assert await stand.hear(stand.tap(newsletter_tap(0, 0, "feedback")))
    assert await _counted(stand) == []


async def test_start_by_a_link_that_was_passed_on_counts_once_and_welcomes_as_always(
    sqlite_database: Database, tmp_path: Path
) -> None:
    """Somebody whom we do not know yet follows it; any other argument, or a sending that is not, counts nothing."""
    stand = Stand(sqlite_database, tmp_path)
    sending_id = await _recipient(stand)
    start = stand.words(f"/start {start_of(sending_id)}", chat=8)
    assert await stand.hear(start)
    await stand.hear(start)
    for argument in ("n-", "n-!", "n-zz", "token", ""):
        assert await stand.says(f"/start {argument}", chat=8)
    assert await _counted(stand) == [(sending_id, "deep_link", "start")]


def test_start_carries_a_sending_in_the_signs_that_telegram_allows() -> None:
    """A deep link takes 64 of A-Z, a-z, 0-9, _ and -."""
    assert start_of(2**63 - 1) == "n-1y2p0ij32e8e7"
    assert sending_started("n-1y2p0ij32e8e7") == 2**63 - 1
    assert sending_started("1y2p0ij32e8e7") is None


async def _recipient(stand: Stand) -> int:
    """Let Ann have got a newsletter; return its sending."""
    await stand.says("/rate")
    async with stand.database.write() as tx:
        sending_id = await put_sending(tx, SendingState.RUNNING)
        ann = (await customers_by_chat(tx, [7]))[7].id
        row = {"sending_id": sending_id, "customer_id": ann, "state": "sent", "reason": ""}
        await tx.execute(insert(recipients), [row])
    return sending_id


async def _counted(stand: Stand) -> list[tuple[int, str, str]]:
    async with stand.database.read() as tx:
        rows = await tx.execute(select(clicks.c.sending_id, clicks.c.kind, clicks.c.target))
        return [(row.sending_id, row.kind, row.target) for row in rows]
