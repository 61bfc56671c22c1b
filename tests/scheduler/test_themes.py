"""Themes of customers' words: each verbatim once, again when it changes, and no dictionary opened for nothing new."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import os
from pathlib import Path

import pytest
from sqlalchemy import select

from dialogues.library import SHIPPED as SCRIPTS
from dialogues.library import Library
from scheduler.lemmatizing import Lemmatizer, NoLemmas
from scheduler.themes import EVERY, SETTING, Themes, open_questions
from store.database import Database
from store.settings import get_setting
from store.tables import verbatim_themes
from store.themes import themes_of, themes_said_by, verbatims_between
from templates.themes import SHIPPED, load_themes
from tests.scheduler.verbatims import START, edit, put_run
from tests.store.sending_rows import put_customers

HOUR = dt.timedelta(hours=1)
LIBRARY = Library.load([SCRIPTS], ("en", "fi", "cs"))
THEMES = load_themes([SHIPPED])
pytestmark = pytest.mark.usefixtures("lemma_process")


def job(database: Database, lemmatizer: Lemmatizer | None = None, *, batch: int = 500) -> Themes:
    """Make the job as a process has it."""
    return Themes(database, LIBRARY, THEMES, "en", lemmatizer or Lemmatizer(), batch=batch)


async def found(database: Database) -> dict[int, set[str]]:
    """Return the themes by customer."""
    async with database.read() as tx:
        rows = (await tx.execute(select(verbatim_themes.c.customer_id, verbatim_themes.c.theme))).all()
    by_customer: dict[int, set[str]] = {}
    for customer_id, theme in rows:
        by_customer.setdefault(customer_id, set()).add(theme)
    return by_customer


def test_open_questions_are_free_words_of_surveys_and_feedback() -> None:
    """A complaint has a category of its own, and an order number is no opinion."""
    questions = open_questions(LIBRARY.all())
    assert {("nps", "why"), ("nps", "best"), ("feedback", "what")} <= questions
    assert not [script for script, _ in questions if script in {"complaint", "welcome", "preferences"}]


async def test_each_verbatim_gets_its_themes_in_its_own_language(sqlite_database: Database) -> None:
    """Inflected words count by their lemma, in the customer's language or the one that she wrote in."""
    async with sqlite_database.write() as tx:
        await put_customers(tx, [1, 3], language="en")
        await put_customers(tx, [2, 4], language="fi")
    await put_run(sqlite_database, 1, score=3, why="The parcels came wet")
    await put_run(sqlite_database, 2, score=5, why="Myyjät eivät auttaneet")
    await put_run(sqlite_database, 3, score=9, best=None)
    await put_run(sqlite_database, 4, score=2, why="I had to wait for the prices of this shop")
    await put_run(sqlite_database, 4, script="complaint", what="parcels")
    await job(sqlite_database).tick(START + HOUR)
    assert await found(sqlite_database) == {1: {"delivery"}, 2: {"service"}, 4: {"waiting", "price"}}
    async with sqlite_database.read() as tx:
        said = await verbatims_between(tx, [("nps", "why"), ("nps", "best")], START - HOUR, START + HOUR)
        assert [each.customer_id for each in said] == [1, 2, 4]
        assert (await themes_of(tx, said))[said[0].run_id, "why"] == {"delivery"}
        assert await themes_said_by(tx, [1, 3]) == {1: [("delivery", START)]}


async def test_edit_replaces_the_themes_and_taking_back_removes_them(sqlite_database: Database) -> None:
    """What she no longer says is no longer hers."""
    async with sqlite_database.write() as tx:
        await put_customers(tx, [1, 2], language="en")
    one = await put_run(sqlite_database, 1, score=3, why="the delivery")
    two = await put_run(sqlite_database, 2, score=3, why="the delivery")
    themes = job(sqlite_database)
    await themes.tick(START + HOUR)
    assert await found(sqlite_database) == {1: {"delivery"}, 2: {"delivery"}}
    await edit(sqlite_database, one, "why", "the price and the staff", 2, START + 2 * HOUR)
    await edit(sqlite_database, two, "why", "", 2, START + 2 * HOUR)
    await themes.tick(START + 2 * HOUR)
    assert await found(sqlite_database) == {1: {"price", "service"}}
    async with sqlite_database.read() as tx:
        assert await tx.scalar(select(verbatim_themes.c.at)) == START + 2 * HOUR


async def test_nothing_new_opens_no_dictionary_and_writes_nothing(sqlite_database: Database) -> None:
    """A tick without new words costs a look at the end of an index; a new process does not begin again."""
    async with sqlite_database.write() as tx:
        await put_customers(tx, [1], language="en")
    await put_run(sqlite_database, 1, score=3, why="late delivery")
    first, second = Lemmatizer(), Lemmatizer()
    themes = job(sqlite_database, first)
    for hours in range(1, 5):
        await themes.tick(START + hours * HOUR)
    await job(sqlite_database, second).tick(START + 5 * HOUR)
    assert (first.started, second.started) == (1, 0)
    await put_run(sqlite_database, 1, score=3, why="delivery late")
    await themes.tick(START + 6 * HOUR)
    assert first.started == 1, "words that are known are not asked for again"


async def test_new_words_wait_until_ten_minutes_are_over(sqlite_database: Database) -> None:
    """They are done many at a time, not one process for each."""
    async with sqlite_database.write() as tx:
        await put_customers(tx, [1, 2], language="en")
    themes = job(sqlite_database)
    await put_run(sqlite_database, 1, score=3, why="delivery")
    await themes.tick(START)
    await put_run(sqlite_database, 2, score=3, why="price")
    await themes.tick(START + EVERY / 2)
    assert await found(sqlite_database) == {1: {"delivery"}}
    await themes.tick(START + EVERY)
    assert await found(sqlite_database) == {1: {"delivery"}, 2: {"price"}}


async def test_many_answers_are_done_in_batches_none_missed_none_twice(database: Database) -> None:
    """Batches smaller than what came overlap by a minute, and still each verbatim is done."""
    async with database.write() as tx:
        await put_customers(tx, range(1, 21), language="en")
    for customer in range(1, 21):
        await put_run(database, customer, score=3, why="delivery")
    themes = job(database, batch=7)
    await themes.tick(START + HOUR)
    assert await found(database) == {customer: {"delivery"} for customer in range(1, 21)}
    async with database.read() as tx:
        watermark = await get_setting(tx, SETTING)
    await themes.tick(START + 2 * HOUR)
    async with database.read() as tx:
        assert await get_setting(tx, SETTING) == watermark


class _Absent(Lemmatizer):
    """A machine without the extra."""

    @property
    def is_there(self) -> bool:
        return False


async def test_without_the_extra_it_is_said_once_and_the_words_wait(
    sqlite_database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing fails; when the extra is installed, what waited is done."""
    async with sqlite_database.write() as tx:
        await put_customers(tx, [1], language="en")
    await put_run(sqlite_database, 1, score=3, why="delivery")
    themes = job(sqlite_database, _Absent())
    with caplog.at_level(logging.WARNING):
        for hours in range(3):
            await themes.tick(START + hours * HOUR)
    assert [record.message for record in caplog.records] == ["themes.no_lemmas"]
    assert await found(sqlite_database) == {}
    await job(sqlite_database).tick(START + 4 * HOUR)
    assert await found(sqlite_database) == {1: {"delivery"}}


async def test_several_who_ask_at_once_are_served_one_after_another() -> None:
    """The dictionaries are not opened twice beside each other, and known words need no process."""
    lemmatizer = Lemmatizer()
    one, two = await asyncio.gather(lemmatizer.lemmas("en", ["parcels"]), lemmatizer.lemmas("en", ["parcels"]))
    assert one == two == {"parcels": "parcel"}
    assert lemmatizer.started == 1
    assert await lemmatizer.lemmas("xx", ["parcels"]) == {}


async def test_process_that_fails_is_told_and_leaves_the_words_for_later(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A broken dictionary takes nothing away: the next tick tries again."""
    async with sqlite_database.write() as tx:
        await put_customers(tx, [1], language="en")
    await put_run(sqlite_database, 1, score=3, why="delivery")
    themes = job(sqlite_database)
    monkeypatch.setattr("scheduler.lemmatizing.MODULE", "json.tool")  # a program that does something else
    with pytest.raises(NoLemmas, match="ended with"):
        await themes.tick(START + HOUR)
    monkeypatch.undo()
    await themes.tick(START + 2 * HOUR)
    assert await found(sqlite_database) == {1: {"delivery"}}


async def test_ctrl_c_at_the_terminal_does_not_reach_the_process(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A terminal's Ctrl-C goes to our process group: the words are finished, or the program ends the process itself."""
    (tmp_path / "own_group.py").write_text("import os, sys\nsys.stdin.read()\nprint(os.getpgid(0))\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr("scheduler.lemmatizing.MODULE", "own_group")
    group = (await Lemmatizer().lemmas("en", ["group"]))["group"]
    assert int(group) != os.getpgid(0)
