"""From a survey's themes to a letter to those who spoke of one: seen first, exactly theirs, never a template's code."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.staff_letters import audience_of
from domain.customers import Consent, Purpose
from domain.dialogues import Answer, Run, RunState
from domain.rules import parse_rule
from domain.staff import Role
from store.consents import give_consents
from store.customers import add_customers, customers_by_chat
from store.ids import new_id
from store.runs import add_answers, add_runs
from store.staff import add_member
from tests.bot.staff_scene import START, Scene, found_in, staff_scene

SAID = {
    7001: ("en", 3, "The parcels come late"),
    7002: ("en", 9, "Great delivery"),
    7003: ("en", 5, "It is too expensive"),
    7004: ("fi", 2, "Toimitus kesti viikon"),
}


@pytest.fixture
async def scene(tmp_path: Path, sqlite_url: str) -> AsyncIterator[Scene]:
    """Four customers answered; the first three read English, and the second never agreed to surveys of ours."""
    async with staff_scene(tmp_path, sqlite_url, forum=False) as opened:
        async with opened.app.database.write() as tx:
            people = [
                {
                    "chat_id": chat,
                    "name": f"Reader {chat}",
                    "reach": "reachable",
                    "language": said[0],
                    "created_at": START,
                }
                for chat, said in SAID.items()
            ]
            await add_customers(tx, people)
            known = await customers_by_chat(tx, SAID)
            agreed = [known[chat].id for chat in SAID if chat != 7002]
            yes = Consent(Purpose.SURVEYS, True, "v1", "dialogue:welcome", START)
            await give_consents(tx, [(each, yes) for each in agreed])
            for place, (chat, (_, score, text)) in enumerate(SAID.items()):
                at = START - dt.timedelta(days=2) + dt.timedelta(minutes=place)
                run = Run(new_id(), known[chat].id, "nps", "x", RunState.DONE, at, "customer", place)
                question = "why" if score <= 8 else "best"
                await add_runs(tx, [run])
                given = [Answer("score", 1, at, score), Answer(question, 1, at, text, text)]
                await add_answers(tx, [(run.id, each) for each in given])
        for chat in SAID:
            opened.play.add_person(f"Reader {chat}", user_id=chat).started = True
        await opened.app.tick()
        await opened.settle()
        yield opened


async def open_themes(scene: Scene) -> None:
    """Let Olga open the themes from the survey's results."""
    scene.olga.sends("/survey nps")
    await scene.settle()
    scene.olga.taps("Themes")
    await scene.settle()


async def test_page_tells_people_shares_and_words_without_names(scene: Scene) -> None:
    """Four wrote; of the three unhappy two spoke of the delivery, in two languages."""
    await open_themes(scene)
    page = found_in(scene.olga.chat.live, "what it is about")
    assert "4 people wrote, 3 of them unhappy and 1 not." in page.text
    assert "Delivery: 3 (67 % of the unhappy, 100 % of the others)" in page.text
    assert "Price: 1 (33 % of the unhappy, 0 % of the others)" in page.text
    assert "“Toimitus kesti viikon”" in page.text
    assert "Reader" not in page.text
    assert page.labels == [["Tell them what we did"]]


async def test_letter_reaches_exactly_those_who_spoke_of_it_and_agreed(scene: Scene) -> None:
    """In the language that was chosen; it is previewed, confirmed and accounted for as every newsletter."""
    await open_themes(scene)
    scene.olga.taps("Tell them what we did")
    await scene.settle()
    scene.olga.taps("Delivery · 3")
    await scene.settle()
    assert found_in(scene.olga.chat.live, "in which language").labels == [["English · 1"], ["suomi · 1"]]
    scene.olga.taps("English · 1")
    await scene.settle()
    assert "needs no consent to news" in found_in(scene.olga.chat.live, "write what you did").text
    scene.olga.sends("Two more vans & {{ name }} {% raw %} <b>today</b>")
    await scene.settle()
    preview, summary = scene.olga.chat.live[-2:]
    assert preview.text == (
        "💬 You told us what you think: Delivery. We listened.\n\nTwo more vans & {{ name }} {% raw %} <b>today</b>"
    )
    assert "Goes to 1 customer" in summary.text
    scene.olga.taps("Send now")
    await scene.settle()
    scene.olga.taps("Yes, send it")
    await scene.settle()
    for _ in range(3):
        await scene.app.tick()
        await scene.settle()
    got = {
        person.id: sum("Two more vans" in message.text for message in person.chat.live)
        for person in scene.play.people
        if person.id in SAID
    }
    assert got == {7001: 1, 7002: 0, 7003: 0, 7004: 0}


async def test_only_managers_may_begin_a_letter(scene: Scene) -> None:
    """An editor sees the themes and no button; an old button of hers refuses."""
    async with scene.app.database.write() as tx:
        await add_member(tx, scene.pete.id, "Pete", Role.EDITOR, START)
    scene.pete.sends("/survey nps")
    await scene.settle()
    scene.pete.taps("Themes")
    await scene.settle()
    assert found_in(scene.pete.chat.live, "what it is about").labels == []


async def test_letter_that_nobody_would_get_is_not_written(scene: Scene) -> None:
    """Price was spoken of by one who then withdrew her consent."""
    async with scene.app.database.write() as tx:
        known = (await customers_by_chat(tx, [7003]))[7003]
        await give_consents(tx, [(known.id, Consent(Purpose.SURVEYS, False, "v1", "topics", START))])
    await open_themes(scene)
    scene.olga.taps("Tell them what we did")
    await scene.settle()
    scene.olga.taps("Price · 1")
    await scene.settle()
    assert found_in(scene.olga.chat.live, "Nobody can be told")


def test_audience_of_a_letter_is_a_rule_that_reads_well() -> None:
    """One language needs no condition; the company's first one takes those of unknown language, too."""
    assert audience_of("price", "en", ("en",)) == 'said("price", 90d) and consent("surveys")'
    rule = audience_of("price", "en", ("en", "fi"))
    assert rule.endswith('and (not has(language) or language not in ("fi"))')
    assert audience_of("price", "fi", ("en", "fi")).endswith('and language = "fi"')
    parse_rule(rule)
