"""`vuoro care`: a plan of one's own from the sample, its calendar, planned against done, and the open tasks."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import icalendar
import pytest

from bot.care_account import CareDay
from bot.care_files import plan_called, read_care
from bot.commands.care import state_word
from domain.care import CareRun, CareState, RunState, content_of
from domain.care_days import OnDate
from domain.contacts import Channel
from domain.faults import FaultList
from store import care
from store.database import Tx
from store.ids import new_id
from tests.bot.commands_scene import MANAGER, START, Scene, scene


@pytest.fixture
def vuoro(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, sqlite_url: str, tmp_path: Path
) -> Scene:
    """A company without plans of its own."""
    return scene(capsys, monkeypatch, sqlite_url, tmp_path)


def test_newcomer_gets_the_sample_year_as_hers_and_its_calendar(vuoro: Scene, tmp_path: Path) -> None:
    """One command writes it, two lines switch it on, check agrees; the year is on the screen and in a file."""
    vuoro.config(more='[telegram]\ntoken = "123456:ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghi"\n')
    assert "written" in vuoro("care", "new", "vip").out
    assert vuoro("care", "new", "vip").code == 1
    own = tmp_path / "content" / "care" / "vip.toml"
    own.write_text(own.read_text().replace("on       = false\n", ""))
    assert vuoro("check").code == 0
    listed = vuoro("care", "list", "--json").document["plans"]
    assert [(each["name"], each["on"], each["days"]) for each in listed] == [
        ("key-customers", False, 22),
        ("vip", True, 22),
    ]
    shown = vuoro("care", "show", "vip", "2027", "--json").document["days"]
    assert (shown[1]["day"], shown[1]["action"], shown[1]["kind"]) == ("2027-01-19", "annual-contract", "task")
    assert len(vuoro("care", "calendar", "vip", "2027", "--json").document["cells"]) == 22
    assert "Phone" in vuoro("care", "calendar", "vip", "2027").out
    vuoro("care", "calendar", "vip", "2027", "--ics", "vip.ics")
    events = icalendar.Calendar.from_ical((tmp_path / "vip.ics").read_bytes()).walk("VEVENT")
    assert len(events) == 22
    refused = vuoro("care", "show", "vap")
    assert refused.code == 1
    assert "vip" in refused.err


def test_every_day_of_a_month_stands_in_the_calendar_and_each_run_in_the_account(vuoro: Scene, tmp_path: Path) -> None:
    """An action that comes twice in a month, or twice a day, is not one day told twice."""
    (tmp_path / "content" / "care").mkdir(parents=True)
    (tmp_path / "content" / "care" / "often.toml").write_text(OFTEN)
    lines = vuoro("care", "calendar", "often", "2027").out.splitlines()
    phone = next(place for place, line in enumerate(lines) if line.startswith("Phone"))
    assert [line.split()[-1] for line in lines[phone : phone + 2]] == ["1", "15"]
    plan = plan_called(read_care(tmp_path / "content", ("en",), "EUR", FaultList()), "often")
    assert plan is not None
    action = plan.actions[1]

    async def put(tx: Tx) -> None:
        for hour in (7, 12):
            due = dt.datetime(2027, 3, 1, hour, tzinfo=dt.UTC)
            await care.add_run(
                tx, CareRun(new_id(), "often", "twice", due, RunState.DONE, due, content_of(plan, action))
            )

    vuoro.store(put)
    days = vuoro("care", "status", "often", "2027", "--json").document["days"]
    twice = [each["state"] for each in days if (each["action"], each["day"]) == ("twice", "2027-03-01")]
    assert twice == ["done", "done"]
    past = vuoro("care", "status", "often", "2025").out
    assert "not begun" in past
    assert "planned" not in past


def test_state_of_a_day_with_open_tasks_is_open() -> None:
    """The program has done its part, people have not: "done" would hide it."""
    day = CareDay("call", {}, Channel.PHONE, dt.date(2027, 3, 1), state=RunState.DONE, targets=2, done=1, open=1)
    assert state_word(day, dt.date(2027, 2, 28)) == "open"
    assert state_word(dataclasses.replace(day, open=0, done=2), dt.date(2027, 3, 2)) == "done"
    bare = CareDay("call", {}, Channel.PHONE, dt.date(2027, 3, 1))
    assert [state_word(bare, dt.date(2027, 3, n)) for n in (1, 2)] == ["planned", "not begun"]


OFTEN = """title.en = "Often"
audience = 'language = "en"'
[[action]]
id = "call"
title.en = "Call"
channel = "phone"
kind = "task"
when = ["1 March", "15 March"]
[[action]]
id = "twice"
title.en = "Twice"
channel = "letter"
kind = "task"
cron = "0 9,14 1 3 *"
"""


def test_plan_that_names_what_there_is_not_is_told_with_its_line(vuoro: Scene, tmp_path: Path) -> None:
    """A newsletter, a dialogue, a segment: each fault of `vuoro check` says where and what to do."""
    (tmp_path / "content" / "care").mkdir(parents=True)
    (tmp_path / "content" / "care" / "odd.toml").write_text(ODD)
    told = vuoro("check")
    assert told.code == 1
    for line, key, problem in (
        (2, "audience", "unknown segment"),
        (3, "action[one].newsletter", 'there is no newsletter "nws"'),
        (8, "action[two].survey", 'there is no dialogue "npz"; did you mean "nps"?'),
    ):
        assert any(
            f"care/odd.toml:{line}: {key}" in each and problem in each for each in (told.out + told.err).splitlines()
        ), told.out + told.err


def test_status_and_tasks_tell_what_became_of_each_day(vuoro: Scene) -> None:
    """Planned against done adds up, and an open task names its owner and its customer."""
    folder = vuoro.folder / "content" / "care"
    folder.mkdir(parents=True)
    (folder / "own.toml").write_text(OWN)
    due = dt.datetime(2026, 3, 2, 7, tzinfo=dt.UTC)

    async def work(tx: Tx) -> None:
        plan = plan_called(read_care(folder.parent, ("en", "fi"), "EUR", FaultList()), "own")
        assert plan is not None
        assert plan.actions[0].when == (OnDate(dt.date(2026, 3, 2)),)
        run = CareRun(new_id(), "own", "call", due, RunState.FREEZING, START, content_of(plan, plan.actions[0]))
        await care.add_run(tx, run)
        await care.freeze_some(tx, run, at=START, currency="EUR", size=100)
        first, second, *rest = await care.due(tx, START, 10)
        made = [dataclasses.replace(first, state=CareState.TASK, owner_id=MANAGER)]
        made.append(dataclasses.replace(second, state=CareState.DONE))
        made += [dataclasses.replace(each, state=CareState.SKIPPED, reason="condition") for each in rest]
        await care.put_rows(tx, made)

    vuoro.store(work)
    (day,) = vuoro("care", "status", "own", "2026", "--json").document["days"]
    assert day["targets"] == day["done"] + day["open"] + sum(day["skipped"].values()) == 4
    assert (day["done"], day["open"], day["late"], day["skipped"]) == (1, 1, 1, {"condition": 2})
    assert "Call" in vuoro("care", "status", "own", "2026").out
    told = vuoro("care", "tasks", "--json").document
    assert (told["n"], told["tasks"][0]["owner"], told["tasks"][0]["name"]) == (1, MANAGER, "Ann Smith")
    assert "Ann Smith" in vuoro("care", "tasks", "--plan", "own").out
    assert vuoro("care", "tasks", "--owner", "12345", "--json").document["n"] == 0


ODD = """title.en = "Odd"
audience = 'segment("nowhere")'
[[action]]
id = "one"
title.en = "One"
newsletter = "nws"
when = "2 March"
[[action]]
id = "two"
title.en = "Two"
survey = "npz"
when = "2 March"
"""

OWN = """title.en = "Own"
audience = 'number != "x"'
[[action]]
id = "call"
title.en = "Call"
channel = "phone"
kind = "task"
when = "2026-03-02"
"""
