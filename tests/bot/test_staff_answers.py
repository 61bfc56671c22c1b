"""Ready answers in the forum and in private: shown as this customer gets them, sent with one tap, never unseen."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from domain.cases import CaseState
from store.audit import acts
from store.contacts import timeline
from store.customers import change_customers
from templates.answers import Answers, ReadyAnswer
from tests.bot.staff_scene import Scene, found_in, staff_scene


@pytest.fixture
async def scene(tmp_path: Path, sqlite_url: str) -> AsyncIterator[Scene]:
    """Staff with a forum."""
    async with staff_scene(tmp_path, sqlite_url) as opened:
        yield opened


@pytest.fixture
def ready(scene: Scene) -> Iterator[Answers]:
    """The answers that are ready, which the test may exchange; afterwards they are the shipped ones again."""
    answers = scene.app.parts.room.answers
    before = Answers({answer.name: answer for answer in answers.all()})
    yield answers
    answers.take(before)


async def in_topic(scene: Scene, text: str) -> None:
    """Let Olga write in the customer's topic."""
    scene.olga.sends(text, chat=scene.group, thread=scene.topic())
    await scene.settle()


async def test_word_shows_the_filled_text_and_one_tap_sends_it(scene: Scene) -> None:
    """She gets her name, her order and who writes; the case waits for her; the topic keeps what was sent."""
    case = await scene.case()
    await in_topic(scene, "/a order")
    preview = scene.in_topic("to Ann Smith, No 1")
    assert "Hello Ann, is this about your order 123456?\nOlga" in preview.text
    assert preview.labels == [["Send"], ["Change", "Cancel"]]
    assert "order 123456" not in "".join(scene.told(scene.ann))
    tap = scene.olga.taps("Send", message=preview)
    await scene.settle()
    assert (await tap.answer).text == "On its way."
    assert scene.told(scene.ann)[-1] == "Hello Ann, is this about your order 123456?\nOlga"
    now = await scene.case_now(case.id)
    assert (now.state, now.owner_id) == (CaseState.WAITING_CUSTOMER, scene.olga.id)
    kept = scene.in_topic("Olga sent to Ann Smith, No 1:")
    assert (kept.message_id, kept.labels) == (preview.message_id, [])
    async with scene.app.database.read() as tx:
        newest = (await timeline(tx, case.customer_id, limit=1))[0]
        assert "case.reply" in [act for _, _, act, _ in await acts(tx)]
    assert (newest.kind, newest.staff_id, newest.text) == ("staff_reply", scene.olga.id, scene.told(scene.ann)[-1])


async def test_second_tap_on_send_sends_nothing_more(scene: Scene) -> None:
    """The button has done its work."""
    await scene.case()
    await in_topic(scene, "/a photo")
    preview = scene.in_topic("could you send a photo")
    first, second = (scene.olga.taps("Send", message=preview) for _ in range(2))
    await scene.settle()
    await first.answer
    await second.answer
    assert sum("could you send a photo" in text for text in scene.told(scene.ann)) == 1


async def test_without_a_word_all_are_offered_and_a_title_finds_one(scene: Scene) -> None:
    """Nobody needs to know names by heart, nor the language in which they are."""
    await scene.case()
    await in_topic(scene, "/a")
    offered = [label for row in scene.in_topic("Which answer for Ann Smith, No 1?").labels for label in row]
    assert {"Ask for a photo", "Say sorry"} <= set(offered)
    scene.olga.taps("Say sorry", message=scene.in_topic("Which answer"))
    await scene.settle()
    assert "We know what you wish" in scene.in_topic("to Ann Smith").text
    await in_topic(scene, "/a kuvaa")
    assert "could you send a photo" in scene.in_topic("to Ann Smith").text
    await in_topic(scene, "/a zebra")
    assert scene.in_topic("zebra").text == "No ready answer has a word that begins with “zebra”."


async def test_customer_gets_her_own_language(scene: Scene) -> None:
    """What staff see is what she gets, in her language and not in theirs."""
    case = await scene.case()
    async with scene.app.database.write() as tx:
        await change_customers(tx, {case.customer_id: {"language": "cs"}})
    await in_topic(scene, "/a photo")
    assert "mohli byste poslat fotku" in scene.in_topic("to Ann Smith").text


async def test_text_that_changed_since_is_shown_once_more(scene: Scene, ready: Answers) -> None:
    """Nothing leaves that its sender has not seen."""
    await scene.case()
    ready.take(Answers({"late": ReadyAnswer("late", {"en": "Tomorrow."})}))
    await in_topic(scene, "/a late")
    preview = scene.in_topic("Tomorrow.")
    ready.take(Answers({"late": ReadyAnswer("late", {"en": "Next week."})}))
    tap = scene.olga.taps("Send", message=preview)
    await scene.settle()
    assert (await tap.answer).text.startswith("The answer, or what is known of her, has changed")
    assert not any("Tomorrow" in text or "Next week" in text for text in scene.told(scene.ann))
    scene.olga.taps("Send", message=scene.in_topic("Next week."))
    await scene.settle()
    assert scene.told(scene.ann)[-1] == "Next week."


async def test_changed_copy_is_sent_in_answer_to_it(scene: Scene) -> None:
    """The text is a beginning, too: copied, changed, and sent by answering."""
    await scene.case()
    await in_topic(scene, "/a sorry")
    scene.olga.taps("Change", message=scene.in_topic("to Ann Smith"))
    await scene.settle()
    copy = scene.in_topic("Copy it, change it")
    scene.olga.sends("Hello Ann, a new one is on its way.", chat=scene.group, thread=scene.topic(), reply_to=copy)
    await scene.settle()
    assert scene.told(scene.ann)[-1] == "Hello Ann, a new one is on its way."


async def test_missing_value_is_said_and_nothing_is_sent(scene: Scene, ready: Answers) -> None:
    """A text that asks for what is not known of her is never sent with a hole."""
    await scene.case()
    ready.take(Answers({"boat": ReadyAnswer("boat", {"en": "Your {{ fact.boat }}."}, {"en": "The boat"})}))
    before = scene.told(scene.ann)
    await in_topic(scene, "/a boat")
    assert "“The boat” cannot be sent to Ann Smith" in scene.in_topic("cannot be sent").text
    assert scene.told(scene.ann) == before


async def test_in_private_the_number_of_the_case_says_to_whom(tmp_path: Path, sqlite_url: str) -> None:
    """Without a forum the same works by number, and by answering what she wrote."""
    async with staff_scene(tmp_path, sqlite_url, forum=False) as scene:
        await scene.case()
        scene.olga.sends("/a photo")
        await scene.settle()
        assert found_in(scene.olga.chat.live, "Whose?")
        scene.olga.sends("/a 1 photo")
        await scene.settle()
        scene.olga.taps("Send", message=found_in(scene.olga.chat.live, "to Ann Smith, No 1"))
        await scene.settle()
        assert "could you send a photo" in scene.told(scene.ann)[-1]
        assert found_in(scene.pete.chat.live, "Olga: Hello Ann, could you send a photo")
