"""The report of cases as staff see it: words in every language, the picture, Telegram and the command line."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import struct
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.case_figures import CaseReport
from bot.case_report import case_report
from bot.case_report_document import case_document, case_rows
from bot.case_report_words import CaseReportWords
from bot.pictures import draw
from bot.pictures_canvas import HEIGHT, WIDTH
from bot.report_period import days_of, month_of
from bot.staff_labels import Labels
from dialogues.library import SHIPPED as SCRIPTS
from dialogues.library import Library
from domain.case_rules import CaseRules
from domain.company import Company
from store.database import Database
from templates.markup import parse
from templates.words import SHIPPED, Words
from tests.bot.case_rows import SINCE, UNTIL, at, put_cases
from tests.bot.commands_scene import Scene as Shop
from tests.bot.commands_scene import scene as shop_scene
from tests.bot.staff_scene import Scene, staff_scene

LANGUAGES = ("en", "fi", "cs")
CAUSES = {"courier": {"en": "The courier", "fi": "Kuriiri"}}
COMPANY = Company(name="Aurora $5", languages=LANGUAGES, cases=CaseRules(causes=CAUSES))
LIBRARY = Library.load([SCRIPTS], LANGUAGES)
WORDS = Words.load([SHIPPED], LANGUAGES, zone="Europe/Helsinki")
SAYS = CaseReportWords(COMPANY, WORDS, Labels(WORDS, LIBRARY))
PHONE_LINES, PHONE_WIDTH = 24, 44  # what a phone shows without scrolling


async def reported(database: Database, since: dt.datetime = SINCE, until: dt.datetime = UNTIL) -> CaseReport:
    """Return the report of the table in tests/bot/case_rows.py."""
    async with database.write() as tx:
        await put_cases(tx)
    async with database.read() as tx:
        return await case_report(tx, COMPANY, LIBRARY, since, until)


async def test_summary_says_the_figures_with_what_is_not_reached(sqlite_database: Database) -> None:
    """Opening time and the calendar are both named; open ones are told; too few ratings make no score."""
    told = parse(SAYS.summary(await reported(sqlite_database), "en")).plain.replace("\xa0", " ")
    for line in (
        "Received 10 · closed 6 · open 5 · 1 awaits the customer’s word",
        "Open by age: under 1 d 1 · 1–3 d 1 · 3–7 d 1 · 1–4 wk 1 · older 1",
        "First human answer: 10 cases, 2 still waiting",
        "opening hours: half 3 h, 9 of 10 16.5 h",
        "calendar: half 18 h, 9 of 10 2.8 d",
        "in time: 5 of 8 (62%)",
        "Decision: 10 cases, 4 still open",
        "opening hours: half 16 h, 9 of 10 not yet",
        "Decided 8: declined 2 (25%), opened again 1 (12%)",
        "Follow-ups within 48 h: answered 1 of 2, settled 1 of 2",
        "CSAT: 4 of 5 asked answered, too few for a number (it takes 10)",
    ):
        assert line in told


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_language_has_sound_markup_one_screen_and_a_picture(
    sqlite_database: Database, language: str
) -> None:
    """The summary fits a phone's screen; the details name kinds, categories and causes; the picture is drawn."""
    found = await reported(sqlite_database)
    summary, details = (parse(text) for text in (SAYS.summary(found, language), SAYS.details(found, language)))
    assert summary.mistakes == details.mistakes == ()
    assert sum(1 + len(line) // PHONE_WIDTH for line in summary.plain.splitlines()) <= PHONE_LINES
    for name in ("kind", "category"):
        key = {"kind": "follow_up", "category": "detractor"}[name]
        assert WORDS.plain(f"staff.{name}.{key}", language) in details.plain
    assert ("Kuriiri" if language == "fi" else "The courier") in details.plain
    png = await draw(SAYS.page(found, language))
    assert struct.unpack(">II", png[16:24]) == (WIDTH, HEIGHT)


async def test_curve_is_marked_where_it_crosses_and_says_what_it_does_not_reach(sqlite_database: Database) -> None:
    """Half at 16 hours, where 38 % are open; nine of ten is a note; the axis ends at twice the last fall."""
    page = SAYS.page(await reported(sqlite_database), "en")
    assert page.curve is not None
    (half,) = page.curve.marks
    assert (half.at, round(half.share, 3), half.written) == (16 * 3600, 0.381, "half: 16\xa0h")
    assert page.curve.note == "nine of ten: not yet"
    assert page.curve.end == 34 * 3600
    assert [label for _, label in page.curve.ticks] == ["0\xa0h", "10\xa0h", "20\xa0h", "30\xa0h"]
    assert [(part.label, part.written) for part in page.parts[:2]] == [
        ("Delivery", "4 · 16\xa0h"), ("Unhappy customer", "2 · 15\xa0h"),
    ]  # fmt: skip


async def test_nothing_and_little_are_told_and_drawn(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No cases at all, one day with a single open one, and no scipy: sentences, no failure."""
    nothing = await reported(sqlite_database, at(1, month=1), at(2, month=1))
    assert "No case came in this time" in SAYS.summary(nothing, "en")
    async with sqlite_database.read() as tx:
        one = await case_report(tx, COMPANY, LIBRARY, at(8, month=2), at(9, month=2))
        monkeypatch.setitem(sys.modules, "scipy", None)
        bare = await case_report(tx, COMPANY, LIBRARY, SINCE, UNTIL)
    assert "half not yet, 9 of 10 not yet" in SAYS.summary(one, "en")
    told = SAYS.summary(bare, "en")
    assert "scipy is not installed" in told
    assert "in time: 5 of 8" in told
    assert case_document(bare)["missing"].startswith("scipy is not installed")
    for found in (nothing, one, bare):
        assert parse(SAYS.details(found, "en")).mistakes == ()
        assert (await draw(SAYS.page(found, "en"))).startswith(b"\x89PNG")


async def test_document_and_table_hold_every_figure(sqlite_database: Database) -> None:
    """JSON in seconds and shares; in the table each figure is a row of its own."""
    document = case_document(await reported(sqlite_database))
    assert document["resolution"]["opening_time"] == {
        "median_s": 57_600, "median_low_s": 7_200, "median_high_s": None,
        "p90_s": None, "p90_low_s": 57_600, "p90_high_s": None,
    }  # fmt: skip
    assert document["clocks"]["first_answer"] == {"kept": 5, "late": 3, "running": 2, "kept_share": 0.625}
    assert document["csat"]["response_rate"] == 0.8
    rows = {row[:3]: row[3] for row in case_rows(document)}
    assert rows["", "", "received"] == 10
    assert rows["first_answer", "", "calendar_time.p90_s"] == 66 * 3600
    assert rows["categories", "delivery", "resolution.opening_time.median_s"] == 57_600
    assert rows["open_by_age", "over_28d", "n"] == 1
    assert rows["causes", "courier", "n"] == 2
    assert rows["follow_ups", "", "settled_48h_of"] == 2


def test_period_is_a_month_or_days_of_the_companys_clocks() -> None:
    """From midnight to midnight in Helsinki, never beyond now; what is none is refused in a sentence."""
    now = at(22, "12:00")
    assert month_of(COMPANY, "", now) == (at(1), now)
    assert month_of(COMPANY, "2027-02", now) == (at(1, month=2), at(1))
    assert days_of(COMPANY, dt.date(2027, 3, 1), dt.date(2027, 3, 21), now) == (at(1), at(22))
    for wrong in ("2027-13", "2027-04", "soon"):
        with pytest.raises(ValueError, match=wrong):
            month_of(COMPANY, wrong, now)
    with pytest.raises(ValueError, match="is before"):
        days_of(COMPANY, dt.date(2027, 3, 2), dt.date(2027, 3, 1), now)


@pytest.fixture
async def scene(tmp_path: Path, sqlite_url: str) -> AsyncIterator[Scene]:
    """Staff without a group in March 2027, and the cases of the table."""
    async with staff_scene(tmp_path, sqlite_url, forum=False) as opened:
        async with opened.app.database.write() as tx:
            await put_cases(tx)
        yield opened


async def test_report_has_a_button_that_brings_the_one_of_cases(scene: Scene) -> None:
    """Picture and numbers; More tells the details, and the other periods are a tap away."""
    scene.olga.sends("/report")
    await scene.settle()
    told = scene.told(scene.olga)[-1]
    assert "closed 1 · open 4\nOpen by age: under 1 d 2" in told
    assert told.endswith("All about them: the button below, or /report cases")
    assert "half" not in told
    scene.olga.taps("Cases")
    await scene.settle()
    picture, numbers = scene.olga.chat.live[-2:]
    assert picture.kind == "photo"
    assert "First human answer" in numbers.text
    assert numbers.labels == [["More"], ["This month", "Last month"]]
    scene.olga.taps("More", message=numbers)
    await scene.settle()
    assert "By category" in scene.told(scene.olga)[-1]
    scene.olga.taps("Last month", message=numbers)
    await scene.settle()
    assert "1 Feb 2027 – 28 Feb 2027" in scene.told(scene.olga)[-1]
    scene.olga.sends("/report cases 2027-99")
    await scene.settle()
    assert scene.told(scene.olga)[-1] == "“2027-99” is no month. Write /report cases 2027-03"
    scene.pete.sends("/report cases")
    await scene.settle()
    assert "First human answer" not in scene.told(scene.pete)[-1]


@pytest.fixture
def shop(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, sqlite_url: str, tmp_path: Path) -> Shop:
    """A company with the cases of the table, long after them."""
    made = shop_scene(capsys, monkeypatch, sqlite_url, tmp_path)
    made.store(put_cases)
    monkeypatch.setattr("bot.commands.report.now", lambda: at(1, month=6))
    return made


DAYS = ("--since", "2027-03-01", "--until", "2027-03-21")


def test_command_gives_text_json_and_csv(shop: Shop) -> None:
    """The same figures three times."""
    told = shop("report", "--cases", *DAYS)
    assert told.code == 0
    assert "Received 10 · closed 6" in told.out
    assert "By category" in told.out
    document = json.loads(shop("report", "--cases", *DAYS, "--json").out)
    assert (document["received"], document["open"], document["causes"]["courier"]) == (10, 5, 2)
    rows = list(csv.DictReader(io.StringIO(shop("report", "--cases", *DAYS, "--csv").out)))
    assert {"section": "kinds", "name": "follow-up", "figure": "received", "value": "3"} in rows
    assert json.loads(shop("report", "2027-03", "--cases", "--json").out)["until"].startswith("2027-03-31T21:00")


def test_plain_report_counts_cases_and_says_where_the_rest_is(shop: Shop) -> None:
    """The same counts as in the report of cases, and no time in which open cases are left out."""
    told = shop("report", *DAYS)
    assert "Received 10 · closed 6 · open 5" in told.out
    assert "vuoro report --cases" in told.out
    cases = json.loads(shop("report", *DAYS, "--json").out)["cases"]
    whole = json.loads(shop("report", "--cases", *DAYS, "--json").out)
    assert cases == {
        key: whole[key] for key in ("received", "closed", "open", "awaiting_acceptance", "decided", "open_by_age")
    }


@pytest.mark.parametrize(
    "asked", [("--csv",), ("--until", "2027-03-01"), ("2027-03", *DAYS), ("2027-13",), ("--cases", "--csv", "--json")]
)
def test_command_refuses_what_does_not_go_together(shop: Shop, asked: tuple[str, ...]) -> None:
    """With a sentence that says what does."""
    assert shop("report", *asked).code == 2
