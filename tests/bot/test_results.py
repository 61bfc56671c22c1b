"""Everything that a survey found: waves and their differences, every kind of question, who did not answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.report_waves import WaveResult
from bot.results import all_surveys_in, results, silence, waves_of, words_of
from bot.staff_labels import Labels
from bot.survey_documents import results_document
from bot.survey_words import ResultWords
from dialogues.library import SHIPPED as SCRIPTS
from dialogues.library import Library
from domain.company import Company
from domain.dialogues import RunState, Script
from store.database import Database
from store.survey_scope import Scope
from templates.markup import parse
from templates.words import SHIPPED, Words
from tests.store.survey_rows import DAY, NOW, put_customers, put_invited, put_skipped, put_wave

LANGUAGES = ("en", "fi", "cs")
COMPANY = Company(name="Aurora", languages=LANGUAGES)
WORDS = Words.load([SHIPPED], LANGUAGES, zone="Europe/Helsinki")
OWN = """
id = "price"
version = 1
survey = true
title.en = "Prices today"
title.fi = "Hinnat"
title.cs = "Ceny"

[[ask]]
id = "kind"
kind = "choice"
say.en = "Which <b>one</b> do you buy?"
say.fi = "Kumpaa ostat?"
say.cs = "Který kupujete?"
options = [{ id = "red", en = "Red & ripe", fi = "Punaista", cs = "Červené" },
           { id = "white", en = "White", fi = "Valkoista", cs = "Bílé" }]

[[ask]]
id = "where"
kind = "many"
skip = true
say.en = "Where?"
say.fi = "Missä?"
say.cs = "Kde?"
options = [{ id = "here", en = "Here", fi = "Täällä", cs = "Zde" },
           { id = "there", en = "There", fi = "Siellä", cs = "Tam" }]

[[ask]]
id = "dear"
kind = "number"
say.en = "What is too dear?"
say.fi = "Mikä on liian kallista?"
say.cs = "Co je příliš drahé?"

[[ask]]
id = "again"
kind = "yes/no"
say.en = "Again?"
say.fi = "Uudelleenkin?"
say.cs = "Znovu?"

[[ask]]
id = "words"
kind = "text"
skip = true
say.en = "Anything else?"
say.fi = "Muuta?"
say.cs = "Ještě něco?"

[[done]]
say.en = "Thanks"
say.fi = "Kiitos"
say.cs = "Díky"
"""
MARCH, JUNE = NOW - 120 * DAY, NOW - 30 * DAY


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """The shipped dialogues and a survey of the company's own, without a score."""
    (tmp_path / "price.toml").write_text(OWN, encoding="utf-8")
    return Library.load([SCRIPTS, tmp_path], LANGUAGES)


def script_of(library: Library, name: str) -> Script:
    """Return a script of the library."""
    found = library.get(name)
    assert found is not None
    return found


async def two_waves(database: Database) -> None:
    """Forty are asked twice: at first 12 of 30 who answer promote, then 24 of 30."""
    async with database.write() as tx:
        await put_customers(tx, *range(1, 81))
        for wave, at, promoters in ((1, MARCH, 12), (2, JUNE, 24)):
            await put_wave(tx, wave, at)
            for each in range(1, 41):
                if each <= 30:
                    score = 10 if each <= promoters else 5
                    said = [("why" if score < 9 else "best", f"Word {each} <x>")] if each % 10 == 0 else []
                    await put_invited(tx, wave, each, at, ("score", score), *said)
                else:
                    await put_invited(tx, wave, each, at, state=RunState.EXPIRED)
            await put_skipped(tx, wave, 41, at, "no_consent")
        await put_wave(tx, 3, NOW - 20 * DAY, by="event:case:1")
        await put_invited(tx, 3, 50, NOW - 20 * DAY, ("score", 9), by="event:case:1")
        await put_invited(tx, 0, 51, NOW - DAY, ("score", 3), ("why", "Unasked"), by="customer")


async def nps_waves(database: Database, library: Library) -> list[WaveResult]:
    """Return the waves of "nps"."""
    async with database.read() as tx:
        return await waves_of(tx, COMPANY, script_of(library, "nps"), NOW)


async def test_newer_wave_is_compared_with_the_one_before(database: Database, library: Library) -> None:
    """
    12 against 24 promoters of 30, the others detractors: NPS -20 and +60.

    Adjusted: (12.75 - 18.75) / 33 and (24.75 - 6.75) / 33; the standard errors √(.921488 / 33) and √(.656994 / 33).
    z = .727273 / .218708 = 3.3253, p = .00088.
    """
    await two_waves(database)
    first, second, month = await nps_waves(database, library)
    assert first.score is not None
    assert second.score is not None
    assert (first.score.value, second.score.value) == pytest.approx((-20, 60))
    assert (first.response.rr1, second.response.rr1) == (0.75, 0.75)
    assert first.response.left_out == {"no_consent": 1}
    assert first.difference is None
    assert second.difference is not None
    assert second.difference.value == pytest.approx(80)
    assert second.difference.p == pytest.approx(0.00088, abs=2e-5)
    assert second.since == MARCH
    assert (month.wave, month.response.complete, month.difference) == (None, 1, None)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_results_are_said_in_every_language(sqlite_database: Database, library: Library, language: str) -> None:
    """Sound markup, escaped words, numbers as by hand; a wave alone as well as a period."""
    await two_waves(sqlite_database)
    script = script_of(library, "nps")
    words = ResultWords(COMPANY, WORDS, Labels(WORDS, library))
    async with sqlite_database.read() as tx:
        found = await results(tx, COMPANY, script, NOW - 200 * DAY, NOW)
        waves = await waves_of(tx, COMPANY, script, NOW)
        silent = await silence(tx, COMPANY, script, found.scope, NOW)
        of_wave = await results(tx, COMPANY, script, JUNE, NOW, waves[1].wave)
        said = await words_of(tx, script, found.scope, limit=3)
    pages = [
        words.results(found, waves, language), words.waves("nps", waves, language), words.answers(found, language),
        words.silence(silent, found, language), words.words("nps", said, 0, 3, "", language),
        words.results(of_wave, waves, language),
    ]  # fmt: skip
    for page in pages:
        assert parse(page).mistakes == ()
    plain = [parse(page).plain for page in pages]
    assert "n = 62" in plain[0]
    assert "RR1" in plain[0]
    assert "+60" in plain[1]
    assert "p < 0" in plain[1]
    assert "NPS +60" in plain[5]
    assert "Unasked" in plain[4]
    assert "Unasked" not in plain[5]
    if language == "en":
        assert "Up 80 points since 2 Nov 2026; chance alone would seldom give that (p < 0.001)." in plain[1]
        assert "Up 80 points since 2 Nov 2026" in plain[0]
        assert "Response rate 75% (RR1): 61 of 81 in the sample answered in full" in plain[0]
        assert "Did not answer, n = 20" in plain[3]


async def test_every_kind_of_question_has_its_result(database: Database, library: Library) -> None:
    """Choices as shares, several choices add up to more than all, numbers by their order, words by how many."""
    script = script_of(library, "price")
    async with database.write() as tx:
        await put_customers(tx, *range(1, 13))
        for each in range(1, 13):
            given = [
                ("kind", "red" if each <= 9 else "white"),
                ("where", ["here", "there"] if each <= 6 else ["here"]),
                ("dear", each),
                ("again", each % 2 == 0),
            ]
            said = [("words", "Dear")] if each == 1 else []
            await put_invited(tx, 0, each, NOW - DAY, *given, *said, by="staff:1", script="price")
        found = await results(tx, COMPANY, script, NOW - 9 * DAY, NOW)
    kind, where, dear, again, said_words = found.questions
    assert (found.n, found.scores, found.response.rr1) == (12, (), 1.0)
    assert kind.choices is not None
    assert [(name, each.count, each.share) for name, each in kind.choices.items()] == [
        ("red", 9, 0.75),
        ("white", 3, 0.25),
    ]
    assert where.choices is not None
    assert [each.count for each in where.choices.values()] == [12, 6]
    assert dear.numbers is not None
    assert (dear.numbers.median, dear.numbers.lower, dear.numbers.upper) == (6.5, 3.75, 9.25)
    assert again.choices is not None
    assert [each.count for each in again.choices.values()] == [6, 6]
    assert said_words.n == 1
    words = ResultWords(COMPANY, WORDS, Labels(WORDS, library))
    told = parse(words.results(found, [], "en")).plain
    assert "Which one do you buy? (n = 12)" in told
    assert "Red & ripe: 9 (75%; 95 %: 47% – 91%)" in told
    assert "median 6.5, half between 3.75 and 9.25" in told


async def test_few_answers_are_counted_and_not_judged(sqlite_database: Database, library: Library) -> None:
    """Counts stay, shares and medians do not come."""
    script = script_of(library, "price")
    async with sqlite_database.write() as tx:
        await put_customers(tx, 1)
        await put_invited(tx, 0, 1, NOW - DAY, ("kind", "red"), ("dear", 4), by="staff:1", script="price")
        found = await results(tx, COMPANY, script, NOW - 9 * DAY, NOW)
        silent = await silence(tx, COMPANY, script, found.scope, NOW)
    words = ResultWords(COMPANY, WORDS, Labels(WORDS, library))
    told = parse(words.results(found, [], "en")).plain
    assert "Red & ripe: 1\n" in told
    assert "too few for shares and medians" in told
    assert "median" not in told.replace("medians", "")
    assert "It is too early to compare" in words.silence(silent, found, "en")
    document = results_document(found, [], silent, [])
    assert document["questions"][0]["choices"]["red"] == {"count": 1, "share": None, "low": None, "high": None}


async def test_comments_are_filtered_by_score_and_paged(sqlite_database: Database, library: Library) -> None:
    """The newest first, without names; beyond the last page there is nothing."""
    await two_waves(sqlite_database)
    script, scope = script_of(library, "nps"), Scope("nps", NOW - 200 * DAY, NOW)
    async with sqlite_database.read() as tx:
        first = await words_of(tx, script, scope, limit=4)
        second = await words_of(tx, script, scope, limit=4, page=1)
        unhappy = await words_of(tx, script, scope, scores=range(7), limit=9)
        nothing = await words_of(tx, script, scope, limit=4, page=9)
    assert (first.total, len(first.said), len(second.said), nothing.said) == (7, 4, 3, ())
    assert first.said[0].text == "Unasked"
    assert {each.score for each in unhappy.said} == {3, 5}
    assert {each.at for each in first.said[1:]} == {second.said[0].at + 90 * DAY}


async def test_document_has_every_key_that_scripts_rely_on(sqlite_database: Database, library: Library) -> None:
    """docs/surveys.md lists them; none goes away."""
    await two_waves(sqlite_database)
    script = script_of(library, "nps")
    async with sqlite_database.read() as tx:
        found = await results(tx, COMPANY, script, NOW - 200 * DAY, NOW)
        waves = await waves_of(tx, COMPANY, script, NOW)
        silent = await silence(tx, COMPANY, script, found.scope, NOW)
        said = await words_of(tx, script, found.scope, limit=9)
    document = results_document(found, waves, silent, said.said)
    assert set(document) >= {
        "name", "n", "invited", "response_rate", "rr1", "rr1_final", "sample", "dispositions", "not_in_sample",
        "scores", "questions", "waves", "differences", "non_respondents", "verbatims", "since", "until",
    }  # fmt: skip
    assert set(document["scores"]["score"]) >= {"kind", "value", "low", "high", "n", "too_few", "counts", "rr1"}
    assert sum(document["dispositions"].values()) == document["sample"] == 81
    assert [each["name"] for each in document["waves"]] == ["1", "2", "2027-02"]
    (difference,) = document["differences"]
    assert set(difference) == {"wave", "value", "low", "high", "p", "significant", "since"}
    assert document["non_respondents"]["groups"]["silent"]["n"] == 20


def test_surveys_without_a_score_are_surveys_too(library: Library) -> None:
    """Those with a score come first."""
    assert [each.id for each in all_surveys_in(library)] == ["nps", "csat", "price"]


async def test_wave_of_nobody_is_told_without_an_error(sqlite_database: Database, library: Library) -> None:
    """No run, no answer, no rate."""
    async with sqlite_database.write() as tx:
        await put_wave(tx, 1, NOW - DAY)
    (wave,) = await nps_waves(sqlite_database, library)
    assert (wave.response.rr1, wave.invited) == (None, 0)
    words = ResultWords(COMPANY, WORDS, Labels(WORDS, library))
    assert "too few answers" in words.waves("nps", [wave], "en")
    assert "There has been no wave yet" in words.waves("nps", [], "en")


async def test_small_change_is_called_no_more_than_chance(sqlite_database: Database, library: Library) -> None:
    """One promoter more among thirty: up, and nothing to celebrate."""
    async with sqlite_database.write() as tx:
        await put_customers(tx, *range(1, 31))
        for wave, at, promoters in ((1, MARCH, 12), (2, JUNE, 13)):
            await put_wave(tx, wave, at)
            for each in range(1, 31):
                await put_invited(tx, wave, each, at, ("score", 10 if each <= promoters else 5))
    waves = await nps_waves(sqlite_database, library)
    told = ResultWords(COMPANY, WORDS, Labels(WORDS, library)).waves("nps", waves, "en")
    assert told.split("\n")[3] == "  Up 7 points since 2 Nov 2026: no more than chance would give (p = 0.80)."
