"""After a newsletter: its details, who did not get it, again to the failed, on to newcomers, and taking it back."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from domain.customers import Consent, Purpose
from domain.newsletters import Account, SendingState
from store import recipients, sendings
from store.consents import give_consents
from store.customers import customers_by_chat
from store.database import Tx
from tests.bot.letter_scene import add_readers, let_it_go, send_letter, sending_now, write_newsletter
from tests.bot.staff_scene import Scene, found_in, staff_scene


@pytest.fixture
async def scene(tmp_path: Path, sqlite_url: str) -> AsyncIterator[Scene]:
    """Olga alone decides; thirty readers."""
    async with staff_scene(tmp_path, sqlite_url, forum=False, content=write_newsletter(tmp_path)) as opened:
        await add_readers(opened)
        yield opened


async def account_now(tx: Tx) -> Account:
    """Return the account of the newest sending."""
    (sending,) = await sendings.recent(tx, name="letter", limit=1)
    return await recipients.account(tx, sending.id)


async def test_details_give_every_reason_and_lists_name_the_people(scene: Scene) -> None:
    """The numbers add up; behind each is the list of those whom it counts."""
    scene.play.faults.add("blocked", method="sendMessage", chat=7003)
    await send_letter(scene)
    card = found_in(scene.olga.chat.live, "Spring letter · finished")
    assert "Sent 24 of 25 · failed 1" in card.text
    assert card.labels == [["Retry failed (1)", "Go on for newcomers"], ["Take it back"], ["Details", "Results"]]
    scene.olga.taps("Details", message=card)
    await scene.settle()
    details = scene.olga.chat.live[-1]
    assert "25 recipients: 24 sent, 0 skipped, 1 failed, 0 unknown, 0 queued" in details.text
    assert "Failed:\n• 1 blocked the bot" in details.text
    assert "Left out before the start:\n• 8 did not agree to it" in details.text
    assert details.labels == [["Left out before: 8"], ["Failed: 1"]]
    scene.olga.taps("Failed: 1", message=details)
    await scene.settle()
    assert scene.told(scene.olga)[-1] == "Spring letter: did not get it\n\n• Reader 7003 (K7003): blocked the bot"
    scene.olga.taps("Left out before: 8", message=details)
    await scene.settle()
    assert scene.told(scene.olga)[-1].count("did not agree to it") == 8


async def test_failed_get_it_once_more_and_nobody_else_does(scene: Scene) -> None:
    """Two taps; who was out of reach for a while gets it, who had it does not get it twice."""
    scene.play.faults.add("chat_not_found", method="sendMessage", chat=7003)
    await send_letter(scene)
    scene.olga.taps("Retry failed (1)")
    await scene.settle()
    assert scene.told(scene.olga)[-1].startswith("Send Spring letter once more to the 1 for whom it failed?\n• 1 ")
    assert await sending_now(scene) is SendingState.FINISHED
    scene.olga.taps("Yes, once more")
    await scene.settle()
    await let_it_go(scene)
    async with scene.app.database.read() as tx:
        assert await account_now(tx) == Account(sent=25, excluded={"no_consent": 8})
    assert [len(scene.play.world.person(reader).chat.live) for reader in (7002, 7003)] == [1, 1]


async def test_newcomers_are_counted_asked_about_and_sent_to(scene: Scene) -> None:
    """Those who agreed since then get it; who got it does not get it again."""
    await send_letter(scene)
    scene.olga.taps("Go on for newcomers")
    await scene.settle()
    assert scene.told(scene.olga)[-1] == "Nobody has come to its audience since."
    async with scene.app.database.write() as tx:
        late = await customers_by_chat(tx, [7028, 7029])
        yes = Consent(Purpose.MARKETING, True, "v1", "dialogue:welcome", scene.clock.now())
        await give_consents(tx, [(each.id, yes) for each in late.values()])
    scene.olga.taps("Go on for newcomers")
    await scene.settle()
    assert scene.told(scene.olga)[-1].startswith("2 customers have come to the audience of Spring letter since.")
    scene.olga.taps("Yes, send it")
    await scene.settle()
    await let_it_go(scene)
    async with scene.app.database.read() as tx:
        assert await account_now(tx) == Account(sent=27, excluded={"no_consent": 6})
    assert [len(scene.play.world.person(reader).chat.live) for reader in (7000, 7028)] == [1, 1]


async def test_recall_says_what_it_can_and_takes_it_back(scene: Scene) -> None:
    """Two taps; the card counts what is gone, and nothing more can be done with that sending."""
    await send_letter(scene)
    card = found_in(scene.olga.chat.live, "Spring letter · finished")
    scene.olga.taps("Take it back", message=card)
    await scene.settle()
    question = scene.told(scene.olga)[-1]
    assert "deleted from the chats of 25 customers." in question
    assert "Who has read it has read it" in question
    assert len(scene.play.world.person(7000).chat.live) == 1
    scene.olga.taps("Yes, delete it")
    await scene.settle()
    await let_it_go(scene, 4)
    assert scene.play.world.person(7000).chat.live == []
    assert "↩️ Taken back 25 of 25" in card.text
    assert card.labels == [["Details", "Results"]]


async def test_recall_after_two_days_is_refused_with_the_reason(scene: Scene) -> None:
    """A button that still stands there promises nothing that Telegram does not do."""
    await send_letter(scene)
    scene.clock.advance(dt.timedelta(hours=49))
    scene.olga.taps("Take it back")
    await scene.settle()
    assert scene.told(scene.olga)[-1] == "Everybody got it more than 48 hours ago, and Telegram deletes nothing older."


async def test_newsletter_that_was_sent_shows_how_it_went_and_leads_to_the_next(scene: Scene) -> None:
    """The list opens its card; a new draft is one tap away and is checked as the first one was."""
    await send_letter(scene)
    scene.olga.sends("/newsletter")
    await scene.settle()
    scene.olga.taps("Spring letter · finished")
    await scene.settle()
    card, question = scene.told(scene.olga)[-2:]
    assert card.startswith("Spring letter · finished")
    assert question == "Send Spring letter once more? You see it first."
    scene.olga.taps("Prepare it anew")
    await scene.settle()
    assert "✅ 25 messages come out well" in scene.told(scene.olga)[-1]


async def test_breaker_says_why_with_its_numbers_and_what_can_be_done(scene: Scene) -> None:
    """Whoever reads the card knows what to decide."""
    await send_letter(scene)
    async with scene.app.database.write() as tx:
        (sending,) = await sendings.recent(tx, name="letter", limit=1)
        await sendings.move(tx, sending.id, SendingState.RUNNING, scene.clock.now())
        await sendings.move(tx, sending.id, SendingState.STOPPED, scene.clock.now(), reason="over:blocked:6:20:10")
    scene.olga.sends("/newsletter letter")
    await scene.settle()
    card = found_in(scene.olga.chat.live, "Spring letter · stopped by itself")
    assert "6 of the 20 looked at blocked the bot, and 10 % is the limit" in card.text
    assert "Go on sends it to the others all the same" in card.text
    assert card.labels[0] == ["Go on", "Cancel"]
