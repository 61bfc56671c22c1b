"""Reports: numbers by hand, words in every language, pictures that read on a phone."""

from __future__ import annotations

import datetime as dt
import struct
import sys
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import insert

from bot.pictures import draw
from bot.pictures_canvas import HEIGHT, WIDTH
from bot.pictures_page import Bar, Mood, Page, Panel, TrendPoint
from bot.report import Survey, SurveyResult, survey_result, surveys_in
from bot.report_waves import wave_results
from bot.report_words import Reporter
from bot.speech import LONGEST_TEXT, units
from bot.staff_labels import Labels
from bot.staff_pictures import in_messages
from bot.whole_report import report
from dialogues.library import SHIPPED as SCRIPTS
from dialogues.library import Library
from domain.company import Company
from domain.dialogues import Answer, Run, RunState
from domain.sampling import Share, Target
from insight.scores import ScoreKind
from store import waves
from store.database import Database
from store.runs import add_answers, add_runs
from store.tables import customers
from templates.markup import parse
from templates.words import SHIPPED, Words
from tests.bot.staff_scene import Scene, found_in, staff_scene
from tests.store.survey_rows import put_customers, put_invited, put_wave

LANGUAGES = ("en", "fi", "cs")
NOW = dt.datetime(2027, 3, 2, 10, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
COMPANY = Company(name="Aurora $5", languages=LANGUAGES)
LIBRARY = Library.load([SCRIPTS], LANGUAGES)
WORDS = Words.load([SHIPPED], LANGUAGES, zone="Europe/Helsinki")
NPS = Survey("nps", "score", ScoreKind.NPS, 0, 10, "why")


async def put_answers(database: Database, script: str, values: list[int], *, unanswered: int = 0) -> None:
    """Put in one run per value, answered yesterday with a word, and some invitations without an answer."""
    at = NOW - DAY
    async with database.write() as tx:
        count = len(values) + unanswered
        base = 1000 * (1 + ["nps", "csat"].index(script))
        await tx.execute(insert(customers), [{"id": base + each, "created_at": at} for each in range(count)])
        runs = [Run(base + each, base + each, script, "d", RunState.DONE, at, "wave:1", each) for each in range(count)]
        await add_runs(tx, runs)
        given = [(base + each, Answer("score", 1, at, value, str(value))) for each, value in enumerate(values)]
        said = [
            (base + each, Answer("why" if script == "nps" else "comment", 1, at, "Slow <post>", "Slow <post>"))
            for each in range(min(2, len(values)))
        ]
        await add_answers(tx, given + said)


async def nps_result(database: Database) -> SurveyResult:
    """Return the result of the last 90 days."""
    async with database.read() as tx:
        return await survey_result(tx, COMPANY, NPS, NOW - 90 * DAY, NOW)


def test_shipped_surveys_are_found_by_their_scales() -> None:
    """NPS first, then CSAT; the question whose words explain the score belongs to it."""
    assert [(each.script_id, each.kind) for each in surveys_in(LIBRARY)] == [
        ("nps", ScoreKind.NPS),
        ("csat", ScoreKind.CSAT),
    ]


async def test_result_equals_a_hand_count(sqlite_database: Database) -> None:
    """Seven promoters, two passives, three detractors of twelve, asked twenty: NPS 33, 60 % answered."""
    await put_answers(sqlite_database, "nps", [10] * 5 + [9] * 2 + [8, 7] + [6, 3, 0], unanswered=8)
    result = await nps_result(sqlite_database)
    assert result.score.value == pytest.approx(100 * 4 / 12)
    assert (result.score.n, result.invited, result.answered, result.response_rate) == (12, 20, 12, 0.6)
    assert result.counts == {10: 5, 9: 2, 8: 1, 7: 1, 6: 1, 3: 1, 0: 1}
    assert [(month.month, score.n) for month, score in result.months[-2:]] == [(2, 0), (3, 12)]
    assert {each.text for each in result.verbatims} == {"Slow <post>"}


async def test_few_answers_make_no_number(sqlite_database: Database) -> None:
    """Nine answers: the picture says that they are too few."""
    await put_answers(sqlite_database, "nps", [10] * 9)
    result = await nps_result(sqlite_database)
    reporter = Reporter(COMPANY, WORDS, Labels(WORDS, LIBRARY))
    (panel,) = reporter.survey_page(result, "en").panels
    assert (panel.value, panel.point) == ("Too few answers", None)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_report_says_every_score_with_n_response_and_interval(sqlite_database: Database, language: str) -> None:
    """In every language, as sound markup."""
    await put_answers(sqlite_database, "nps", [10] * 20 + [5] * 4)
    await put_answers(sqlite_database, "csat", [5] * 15 + [2] * 5, unanswered=20)
    async with sqlite_database.read() as tx:
        found = await report(tx, COMPANY, LIBRARY, NOW - 90 * DAY, NOW)
    reporter = Reporter(COMPANY, WORDS, Labels(WORDS, LIBRARY))
    told = parse(reporter.report_words(found, language))
    assert told.mistakes == ()
    plain = told.plain
    for part in ("NPS +67", "n = 24", "CSAT 75 %", "n = 20"):
        assert part in plain
    for page in (reporter.report_page(found, language), reporter.survey_page(found.surveys[0], language)):
        png = await draw(page)
        assert png[:8] == b"\x89PNG\r\n\x1a\n"
        assert struct.unpack(">II", png[16:24]) == (WIDTH, HEIGHT)


async def test_picture_is_drawn_from_nothing_and_from_extremes() -> None:
    """No answers, one month, every month empty, all the same: nothing breaks the drawing."""
    empty = Panel("NPS", "No answers", "", "", "0 answers", (-100, 100))
    months = tuple(TrendPoint("Jan", None) for _ in range(3))
    extreme = Panel(
        "N" * 80, "+100", "x", "y", "z", (-100, 100), 100, 100, 100,
        bars=tuple(Bar(str(each), 0, Mood.GOOD) for each in range(11)), trend=months,
    )  # fmt: skip
    for panels in ((), (empty,), (extreme,), (empty, extreme), (empty, extreme, empty)):
        assert (await draw(Page("Täällä", "žluťoučký kůň", panels, "a", "b"))).startswith(b"\x89PNG")


@pytest.fixture
async def scene(tmp_path: Path, sqlite_url: str) -> AsyncIterator[Scene]:
    """Staff without a group, and some answers."""
    async with staff_scene(tmp_path, sqlite_url, forum=False) as opened:
        await put_answers(opened.app.database, "nps", [10] * 12)
        yield opened


async def test_report_arrives_as_a_picture_and_as_numbers(scene: Scene) -> None:
    """`/report` and `/survey nps` each bring both."""
    for command in ("/report", "/survey nps"):
        scene.olga.sends(command)
        await scene.settle()
        picture, numbers = scene.olga.chat.live[-2:]
        assert picture.kind == "photo"
        assert "NPS +100" in numbers.text


async def test_pages_behind_the_buttons_are_turned(scene: Scene) -> None:
    """Waves, who did not answer, all questions, and comments that turn in place and are chosen by their score."""
    scene.olga.sends("/survey nps")
    await scene.settle()
    results = scene.olga.chat.live[-1]
    for label, told in (
        ("Waves", "wave by wave"),
        ("Who did not answer", "too early to compare"),
        ("All questions", "How likely are you to recommend us"),
        ("Comments", "1–2 of 2"),
    ):
        scene.olga.taps(label, message=results)
        await scene.settle()
        assert told in scene.told(scene.olga)[-1]
    pages = len(scene.olga.chat.live)
    scene.olga.taps("Detractors 0–6")
    await scene.settle()
    assert len(scene.olga.chat.live) == pages
    assert scene.told(scene.olga)[-1] == "Nobody has written anything beside these scores."
    scene.olga.taps("All")
    await scene.settle()
    assert "10: “Slow <post>”" in scene.told(scene.olga)[-1]


async def test_without_matplotlib_the_numbers_come_with_a_sentence(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is missing is said, and how to get it."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    scene.olga.sends("/report")
    await scene.settle()
    numbers = scene.olga.chat.live[-1]
    assert "NPS +100" in numbers.text
    assert "matplotlib is not installed" in numbers.text
    assert not any(message.kind == "photo" for message in scene.olga.chat.live)


@pytest.mark.parametrize(
    ("whom", "sampling"),
    [("Everybody", None), ("A random 20 %", Share(Decimal(20))), ("Until 100 answers", Target(100))],
)
async def test_wave_is_started_by_two_taps_of_a_manager(
    scene: Scene, whom: str, sampling: Share | Target | None
) -> None:
    """The survey's button asks whom; then a wave stands in the store, and one more tap stops it."""
    scene.olga.sends("/survey")
    await scene.settle()
    scene.olga.taps("Would you recommend us?")
    await scene.settle()
    scene.olga.taps("Start a wave")
    await scene.settle()
    scene.olga.taps(whom, message=found_in(scene.olga.chat.live, "Whom shall we ask?"))
    await scene.settle()
    assert scene.told(scene.olga)[-1].startswith("Would you recommend us? has started.")
    async with scene.app.database.read() as tx:
        (wave,) = await waves.recent(tx, "nps")
    assert (wave.sampling.amount if wave.sampling is not None else None) == sampling
    scene.olga.taps("Stop asking", message=found_in(scene.olga.chat.live, "has started."))
    await scene.settle()
    async with scene.app.database.read() as tx:
        (wave,) = await waves.recent(tx, "nps")
    assert wave.closes_at is not None
    assert wave.closes_at <= scene.clock.now()


async def test_unknown_survey_names_those_that_there_are(scene: Scene) -> None:
    """A typing mistake is answered with the choice."""
    scene.olga.sends("/survey npss")
    await scene.settle()
    assert scene.told(scene.olga)[-1] == "There is no survey “npss”. These there are: nps, csat"


def test_long_pages_become_several_messages() -> None:
    """Cut between lines, each within what Telegram takes, nothing lost; letters count as Telegram counts them."""
    line = f"<b>{'🙂' * 100}</b> &amp; more"
    parts = in_messages("\n".join([line] * 50))
    assert len(parts) == 3
    assert sum(part.count("more") for part in parts) == 50
    assert all(units(parse(part).plain) <= LONGEST_TEXT and not parse(part).mistakes for part in parts)
    assert in_messages("short") == ["short"]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_waves_and_several_scores_are_drawn(sqlite_database: Database, language: str) -> None:
    """Two waves stand beside each other with n and RR1; a wave with too few answers leaves a gap."""
    async with sqlite_database.write() as tx:
        await put_customers(tx, *range(1, 41))
        for wave, ago, count in ((1, 60, 20), (2, 30, 12), (3, 10, 3)):
            await put_wave(tx, wave, NOW - ago * DAY)
            for each in range(1, count + 1):
                await put_invited(tx, wave, each, NOW - ago * DAY, ("score", 10 if each % 3 else 4))
    async with sqlite_database.read() as tx:
        waves = await wave_results(tx, COMPANY, "nps", NPS, NOW)
    result = await nps_result(sqlite_database)
    reporter = Reporter(COMPANY, WORDS, Labels(WORDS, LIBRARY))
    page = reporter.survey_page(result, language, waves)
    (panel,) = page.panels
    assert [point.value is None for point in panel.waves] == [False, False, True]
    assert panel.waves[0].below.startswith("n 20\n100")
    several = reporter.scores_page([result, result], ["Price", "Service"], language)
    assert [each.title for each in several.panels] == ["NPS · Price", "NPS · Service"]
    for drawn in (page, several):
        assert struct.unpack(">II", (await draw(drawn))[16:24]) == (WIDTH, HEIGHT)
