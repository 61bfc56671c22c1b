"""The timeline: in order, page by page, with both versions of what was edited; and what else is kept beside it."""

from __future__ import annotations

import datetime as dt

import pytest

from domain.contacts import Channel, Contact, ContactKind, ContactState, Direction
from domain.holds import Hold
from domain.incoming import Sender
from domain.messages import Media, MediaKind
from store.audit import acts, note_act
from store.contacts import (
    add_contacts,
    contact_by_message,
    count_contacts,
    edit_contact,
    keep_reaction,
    proactive_since,
    timeline,
)
from store.customers import customers_by_chat, meet
from store.database import Database, Tx
from store.holds import count_holds, keep_holds
from store.ids import new_id
from store.settings import get_setting, put_setting

NOW = dt.datetime(2027, 3, 2, 8, tzinfo=dt.UTC)


def contact(who: int, minutes: int, **more: object) -> Contact:
    """Return a contact some minutes from the start."""
    given = {
        "id": new_id(),
        "customer_id": who,
        "at": NOW + dt.timedelta(minutes=minutes),
        "channel": Channel.TELEGRAM,
        "direction": Direction.IN,
        "kind": ContactKind.WORDS,
        "text": f"at {minutes}",
        "state": ContactState.RECEIVED,
        **more,
    }
    return Contact(**given)  # type: ignore[arg-type]  # a mapping of mixed values


async def ann(tx: Tx) -> int:
    """Return the id of a customer."""
    await meet(tx, {7: Sender(7, "Ann")}, NOW)
    return (await customers_by_chat(tx, [7]))[7].id


async def test_the_timeline_comes_newest_first_and_page_by_page_without_gaps(database: Database) -> None:
    """Several contacts of one moment do not get lost between pages."""
    async with database.write() as tx:
        who = await ann(tx)
        await add_contacts(tx, [contact(who, minutes) for minutes in (0, 1, 1, 1, 2, 3)])
        pages, before = [], None
        while page := await timeline(tx, who, before=before, limit=2):
            pages += page
            before = (page[-1].at, page[-1].id)
        assert len(pages) == len({one.id for one in pages}) == 6
        assert [one.at for one in pages] == sorted((one.at for one in pages), reverse=True)
        assert await count_contacts(tx, who) == 6


async def test_an_album_is_one_contact_and_each_of_its_messages_finds_it(database: Database) -> None:
    """An edited caption of the third picture belongs to the album."""
    photos = (Media(MediaKind.PHOTO, "a"), Media(MediaKind.PHOTO, "b", size=7))
    async with database.write() as tx:
        who = await ann(tx)
        album = contact(who, 0, message_id=10, message_ids=(10, 11, 12), media=photos, album="x")
        await add_contacts(tx, [album, contact(who, 1, message_id=13)])
        found = await contact_by_message(tx, who, 12)
        assert found == album
        other = await contact_by_message(tx, who, 13)
        assert other is not None
        assert other.id != album.id
        assert await contact_by_message(tx, who, 14) is None


async def test_an_edit_keeps_the_first_text_and_every_version(database: Database) -> None:
    """Nothing that a customer wrote disappears."""
    async with database.write() as tx:
        who = await ann(tx)
        await add_contacts(tx, [contact(who, 0, message_id=10, text="first")])
        for text in ("second", "third"):
            current = await contact_by_message(tx, who, 10)
            assert current is not None
            await edit_contact(tx, current, text, NOW)
        edited = await contact_by_message(tx, who, 10)
    assert edited is not None
    assert (edited.text, edited.edited_from) == ("third", "first")


@pytest.mark.parametrize("state", list(ContactState))
async def test_only_what_may_have_reached_her_counts_as_started_by_us(database: Database, state: ContactState) -> None:
    """A skipped or failed message leaves the courtesy budget alone; an unknown one may have arrived."""
    counted = state in {ContactState.SENT, ContactState.UNKNOWN}
    async with database.write() as tx:
        who = await ann(tx)
        ours = {"direction": Direction.OUT, "kind": ContactKind.SURVEY, "state": state}
        await add_contacts(tx, [contact(who, 5, proactive=True, **ours), contact(who, 6, proactive=False, **ours)])
        found = await proactive_since(tx, [who], NOW)
        assert found == ({who: [NOW + dt.timedelta(minutes=5)]} if counted else {})
        assert await proactive_since(tx, [who], NOW + dt.timedelta(minutes=5)) == {}


async def test_reactions_settings_holds_and_acts_are_kept(database: Database) -> None:
    """The small books beside the timeline."""
    async with database.write() as tx:
        who = await ann(tx)
        for emoji in ("👍", "❤", ""):
            await keep_reaction(tx, who, 10, emoji, NOW)
        await put_setting(tx, "offset", 5)
        await put_setting(tx, "offset", {"at": [1, 2]})
        assert await get_setting(tx, "offset") == {"at": [1, 2]}
        await put_setting(tx, "offset", None)
        assert await get_setting(tx, "offset") is None
        await keep_holds(tx, [(who, "survey", Hold.QUIET_HOURS, "wave:1"), (who, "survey", Hold.QUIET_HOURS, "")], NOW)
        day = dt.timedelta(days=1)
        assert await count_holds(tx, NOW, NOW + day) == {("survey", "quiet_hours"): 2}
        assert await count_holds(tx, NOW - day, NOW) == {}
        await note_act(tx, 1, "case.take", "case:12", NOW)
        assert await acts(tx) == [(NOW, 1, "case.take", "case:12")]
