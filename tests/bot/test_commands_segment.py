"""`vuoro segment`: sizes, spreads and members on the command line, and the "do not serve" list."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import insert

from bot.commands.import_shown import what_was_undone
from store.audit import acts
from store.database import Tx
from store.ids import new_id
from store.imports import Undone
from store.not_served import not_served
from store.tables import purchases
from tests.bot.command_line import NOW
from tests.bot.commands_scene import Scene, scene


@pytest.fixture
def vuoro(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, sqlite_url: str, tmp_path: Path
) -> Scene:
    """A company with four customers, who bought once, twice, three and four times, and a segment of the last three."""
    made = scene(capsys, monkeypatch, sqlite_url, tmp_path)
    folder = tmp_path / "content" / "segments"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "repeat.toml").write_text("title.en = 'Come again'\nrule = 'visits(12m) >= 1'\nminimum_size = 5\n")
    (folder / "many.toml").write_text("rule = 'segment(\"repeat\") and visits(12m) >= 3'\nminimum_size = 1\n")
    for name in ("regulars", "gone-quiet", "business-buyers"):
        (folder / f"{name}.toml").write_text("off = true")
    yesterday = NOW - dt.timedelta(days=1)

    async def buy(tx: Tx) -> None:
        rows = [
            {
                "id": new_id(),
                "customer_id": who,
                "receipt": f"r{who}.{n}",
                "at": yesterday - dt.timedelta(days=n),
                "amount_minor": 1000 * who,
                "currency": "EUR",
            }
            for who in range(1, 5)
            for n in range(who)
        ]
        await tx.execute(insert(purchases), rows)

    made.store(buy)
    return made


def test_before_the_first_night_nothing_is_claimed(vuoro: Scene) -> None:
    """A segment that was never filled has no size."""
    assert [each["members"] for each in vuoro("segment", "list", "--json").document] == [None, None]
    assert "vuoro segment renew" in vuoro("segment", "show", "repeat").out


def test_list_and_page_tell_size_share_spread_and_overlap(vuoro: Scene) -> None:
    """Four of four came; visits are 1, 2, 3, 4."""
    assert vuoro("segment", "renew", "--json").document == {"segments": 2, "moved": 6}
    listed = vuoro("segment", "list", "--json").document
    assert [(each["name"], each["members"], each["share"], each["small"]) for each in listed] == [
        ("many", 2, 0.5, False),
        ("repeat", 4, 1.0, True),
    ]
    page = vuoro("segment", "show", "repeat", "--json").document
    visits = page["spread"][0]
    assert (visits["measure"], visits["lower"], visits["median"], visits["upper"]) == ("visits(12m)", 1.75, 2.5, 3.25)
    assert page["overlaps"] == {"many": 2}
    told = vuoro("segment", "show", "repeat").out
    assert "Come again (repeat): visits(12m) >= 1" in told
    assert "4 members, 100.0 % of 4 consumers" in told
    assert "fewer than 5" in told


def test_members_are_listed_and_the_look_is_written_down(vuoro: Scene) -> None:
    """Whoever sees names leaves a trace."""
    vuoro("segment", "renew")
    listed = vuoro("segment", "members", "many", "--as", 7, "--json").document
    assert [each["id"] for each in listed] == [3, 4]
    seen = [(staff, act, subject) for _, staff, act, subject in vuoro.store(acts)]
    assert (7, "segment.look", "segment:many") in seen


def test_name_that_is_none_is_refused_with_what_may_be_meant(vuoro: Scene) -> None:
    """Exit 1 and a sentence."""
    result = vuoro("segment", "show", "repaet")
    assert (result.code, 'did you mean "repeat"' in result.err) == (1, True)


def test_banned_customer_is_on_the_list_until_she_is_taken_off(vuoro: Scene) -> None:
    """With the reason, for staff."""
    assert vuoro("segment", "banned").out == "Nobody is on the list.\n"
    assert vuoro("segment", "ban", "1", "--why", "Threatened staff", "--as", 7).code == 0
    (listed,) = vuoro("segment", "banned", "--json").document
    assert (listed["id"], listed["why"]) == (1, "Threatened staff")
    assert vuoro("segment", "ban", "1", "--why", " ").code == 1
    assert vuoro("segment", "unban", "1").code == 0
    assert vuoro("segment", "unban", "1").code == 1
    assert vuoro.store(not_served) == []


def test_check_notes_a_survey_of_too_small_a_segment(vuoro: Scene) -> None:
    """Before it is sent, and only where sizes are known."""
    plans = vuoro.folder / "content" / "plans"
    plans.mkdir(exist_ok=True)
    (plans / "ask.toml").write_text(
        "[[survey]]\ndialogue = 'nps'\nschedule = '0 9 * * 1'\naudience = 'segment(\"repeat\")'\n"
    )
    problem = 'the segment "repeat" has 4 members, and its minimum size is 5'
    assert problem not in [each["problem"] for each in vuoro("check", "--json").document["warnings"]]
    vuoro("segment", "renew")
    noted = {each["problem"]: each["line"] for each in vuoro("check", "--json").document["warnings"]}
    assert noted[problem] == 4


def test_broken_segment_file_stops_no_other_segment(vuoro: Scene, tmp_path: Path) -> None:
    """It is told as a warning and keeps its members, whatever is wrong with it; asked for itself, it is refused."""
    vuoro("segment", "renew")
    file = tmp_path / "content" / "segments" / "repeat.toml"
    for text in ("rule = 'visits(12m >= 1'", "rule = = "):
        file.write_text(text)
        for words in (["list"], ["show", "many"], ["members", "many"], ["renew"]):
            done = vuoro("segment", *words, "--json")
            assert done.code == 0, (words, done.err)
            assert done.err.startswith("warning: segments/repeat.toml:1"), words
        assert vuoro("segment", "renew", "--json").document == {"segments": 1, "moved": 0}
        assert vuoro("audience", 'segment("repeat")', "--json").document["count"] == 4
        for word in ("show", "members"):
            refused = vuoro("segment", word, "repeat")
            assert refused.code == 1
            assert refused.err.startswith("segments/repeat.toml:1")
        assert "segments/repeat.toml:1" in vuoro("check").err


def test_one_member_is_no_members_and_a_name_is_told_once(vuoro: Scene, tmp_path: Path) -> None:
    """A segment without a title is called by its file's name."""
    (tmp_path / "content" / "segments" / "few.toml").write_text("rule = 'visits(12m) = 4'\nminimum_size = 1\n")
    assert vuoro("segment", "renew").out.endswith("in 3 segments.\n")
    told = vuoro("segment", "show", "few").out.splitlines()
    assert told[0] == "few: visits(12m) = 4"
    assert told[1].startswith("1 member, 25.0 % of 4 consumers")
    assert vuoro("segment", "show", "repeat").out.startswith("Come again (repeat): ")


def test_undo_of_one_purchase_is_told_in_the_singular() -> None:
    """As people say it."""
    assert what_was_undone(Undone(1, 1, 1, 0)) == "1 purchase, 1 customer and 0 changes taken back"
