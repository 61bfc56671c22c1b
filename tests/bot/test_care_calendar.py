"""The calendar of a care plan: the golden page, the drawn picture, and the file that phones open."""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import struct
from pathlib import Path
from typing import Any

import icalendar
from matplotlib.image import imread

from bot.calendar_file import calendar_of
from bot.care_account import CareDay
from bot.care_files import plan_called, read_care
from bot.care_words import calendar_lines, care_page, plan_text
from bot.pictures import draw
from bot.pictures_canvas import HEIGHT, WIDTH
from bot.pictures_care import LEFT, LINES, LONGEST_LINE, ROW, TOP, Standing
from bot.pictures_care import WIDTH as MONTH
from domain.care import UNAPPROVED, CareAction, CareKind, CarePlan, RunState, planned
from domain.care_days import OnDate
from domain.company import Company
from domain.contacts import Channel
from domain.faults import FaultList
from templates.words import SHIPPED, Words

LANGUAGES = ("en", "fi", "cs")
COMPANY = Company(languages=LANGUAGES)
WORDS = Words.load([SHIPPED], LANGUAGES)
STAMP = dt.datetime(2026, 12, 1, 12, tzinfo=dt.UTC)
GOLDEN = """
Meetings          [19]  .   .  [13]  .   .   .   .   .   .  [2]  .
Phone              .  [10]  .   .  [12]  .   .  [11]  .  [13]  .   .
Events             .   .  [11]  .  [20]  .   .   .  [10]  .   .  [10]
Letters            .  [1]  .   .   .  [7]  .   .   .  [4]  .  [7]
E-mail, Telegram  [10]  .  [31]  .   .  [30] [1]  .  [29] [5] [24]  .
"""


def sample() -> CarePlan:
    """The sample year of key customers."""
    plan = plan_called(read_care(None, LANGUAGES, "EUR", FaultList()), "key-customers")
    assert plan is not None
    return plan


def days_of(plan: CarePlan) -> list[CareDay]:
    """January is done, February is late, March is half done; the rest is to come."""
    days = [CareDay(each.id, each.title, each.channel, day, each.cost) for each, day in planned(plan, 2027)]
    told: dict[int, dict[str, Any]] = {
        1: {"state": RunState.DONE, "targets": 5, "done": 4, "skipped": {"condition": 1}},
        2: {"state": RunState.DONE, "targets": 4, "done": 1, "open": 3, "late": 3},
        3: {"state": RunState.RUNNING, "targets": 4, "done": 2, "held": 2},
    }
    return [dataclasses.replace(day, **told.get(day.day.month, {})) for day in days]


def test_page_of_the_sample_year_is_the_golden_one() -> None:
    """P3: channel × month, the day of the month in each of 22 cells; filled by what is done, late where it is late."""
    plan = sample()
    page = care_page(plan, 2027, days_of(plan), COMPANY, WORDS, "en")
    drawn = [[label, *("." if cell is None else f"[{cell.label}]" for cell in cells)] for label, cells in page.rows]
    golden = [line.replace("E-mail, Telegram", "E-mail,_Telegram").split() for line in GOLDEN.strip().splitlines()]
    assert [[each.replace("_", " ") for each in line] for line in golden] == drawn
    assert page.subtitle == "2027 · 22 contacts a customer"
    meeting, phone = page.rows[0][1], page.rows[1][1]
    assert meeting[0] is not None
    assert (meeting[0].share, meeting[0].standing) == (1.0, Standing.UNDER_WAY)
    assert phone[1] is not None
    assert (phone[1].share, phone[1].standing) == (0.25, Standing.LATE)
    assert meeting[3] is not None
    assert meeting[3].standing is Standing.PLANNED
    for state, skipped in ((RunState.LATE, {}), (RunState.CANCELLED, {}), (RunState.DONE, {UNAPPROVED: 2})):
        days = [dataclasses.replace(each, state=state, skipped=skipped) for each in days_of(plan)[:1]]
        (cell,) = [
            each for _, cells in care_page(plan, 2027, days, COMPANY, WORDS, "en").rows for each in cells if each
        ]
        assert cell.standing is Standing.LATE
    missed = [dataclasses.replace(days_of(plan)[0], state=RunState.LATE, targets=0, done=0, skipped={})]
    assert "too late after an outage" in str(plan_text(plan, 2027, missed, COMPANY, WORDS, "en"))
    assert page.lines[1] == "19 Jan Annual contract 4/5"
    told = str(plan_text(plan, 2027, days_of(plan), COMPANY, WORDS, "en"))
    assert "19 Jan Annual contract: 4 of 5 done, 1 left out (rule 1)" in told
    assert "10 Feb Call: is all well?: 1 of 4 done, 3 open, 3 late" in told


def test_year_of_many_days_with_long_names_is_told_by_action_and_on_eighty_columns() -> None:
    """No day, and no share of what is done, is cut off: on the picture's page, nor on a narrow screen."""
    days = tuple(OnDate(dt.date(2027, month, day)) for month in range(1, 13) for day in (1, 11, 12))
    names = [f"Invitation to the harvest party in the garden number {number} of them" for number in range(3)]
    actions = [
        CareAction(f"a{place}", {"en": name}, Channel.PHONE, CareKind.TASK, days) for place, name in enumerate(names)
    ]
    plan = dataclasses.replace(sample(), actions=tuple(actions))
    told = [dataclasses.replace(day, targets=2, done=1) for day in days_of(plan)]
    page = care_page(plan, 2027, told, COMPANY, WORDS, "en")
    assert page.lines == tuple(f"36× {name} 36/72" for name in names)
    for language in LANGUAGES:
        lines = calendar_lines(plan, 2027, WORDS, language)
        assert max(map(len, lines)) <= 80
        assert sum(line.split().count("11") for line in lines[2:]) == 36
    many = [CareAction(f"b{n}", {"en": names[0]}, Channel.PHONE, CareKind.TASK, days[:1]) for n in range(30)]
    plan = dataclasses.replace(plan, actions=tuple(many))
    shown = care_page(plan, 2027, days_of(plan), COMPANY, WORDS, "en").lines
    assert (len(shown), shown[-1]) == (LINES, "… and 5 more")
    assert max(map(len, shown)) == LONGEST_LINE
    assert shown[0].endswith("… 4/5")


async def test_picture_is_a_phone_screen_with_colour_where_something_is_done_or_late() -> None:
    """Cells of the grid: the done one is filled, the late one framed in red, the planned one white within its frame."""
    plan = sample()
    png = await draw(care_page(plan, 2027, days_of(plan), COMPANY, WORDS, "fi"))
    assert struct.unpack(">II", png[16:24]) == (WIDTH, HEIGHT)
    pixels = imread(io.BytesIO(png))

    def colour(row: int, month: int, x: float, y: float) -> tuple[int, int, int]:
        """Give the colour within a cell; *x* and *y* are parts of it, from its left and upper side."""
        at_x = round((LEFT + (month + x) * MONTH) * WIDTH)
        at_y = round((1 - TOP + (row + y) * ROW) * HEIGHT)
        red, green, blue = (round(float(part) * 255) for part in pixels[at_y, at_x, :3])
        return red, green, blue

    teal, red, white = (0x2A, 0x7F, 0x8E), (0xC8, 0x55, 0x3D), (0xFF, 0xFF, 0xFF)
    assert colour(0, 0, 0.5, 0.15) == teal
    assert colour(1, 1, 0.5, 0.85) == teal
    assert colour(1, 1, 0.5, 0.15) not in {teal, white}
    assert colour(0, 3, 0.5, 0.15) == white
    frame = {colour(1, 1, 0.5, y / 200) for y in range(14)}
    assert red in frame


def test_calendar_file_has_every_day_once_with_lasting_ids() -> None:
    """Read back by the library: 22 events, tasks all day with their alarm, messages at their hour in UTC; ids stay."""
    plan = sample()
    first = calendar_of(plan, 2027, COMPANY, "en", STAMP)
    calendar = icalendar.Calendar.from_ical(first)
    events = calendar.walk("VEVENT")
    assert len(events) == len({str(event["UID"]) for event in events}) == 22
    by_id = {str(event["UID"]): event for event in events}
    contract = by_id["key-customers.annual-contract.20270119@care.vuoro"]
    assert str(contract["SUMMARY"]) == "Annual contract"
    assert contract.decoded("DTSTART") == dt.date(2027, 1, 19)
    assert contract.decoded("DTEND") == dt.date(2027, 1, 20)
    (alarm,) = contract.walk("VALARM")
    assert alarm.decoded("TRIGGER") == -dt.timedelta(days=14)
    summer = by_id["key-customers.summer.20270701@care.vuoro"]
    assert summer.decoded("DTSTART") == dt.datetime(2027, 7, 1, 7, tzinfo=dt.UTC)
    for name in ("VERSION", "PRODID"):
        assert name in calendar
    assert all("DTSTAMP" in event for event in events)
    assert all(len(line) <= 75 for line in first.split(b"\r\n"))
    assert first == calendar_of(plan, 2027, COMPANY, "en", STAMP)
    later = icalendar.Calendar.from_ical(calendar_of(plan, 2027, COMPANY, "fi", STAMP + dt.timedelta(days=9)))
    assert {str(event["UID"]) for event in later.walk("VEVENT")} == by_id.keys()


def test_two_tasks_of_one_day_have_ids_of_their_own_which_no_other_hour_changes(tmp_path: Path) -> None:
    """A cron line that comes twice a day gives two events; a calendar that knows them takes the newer ones for them."""

    def uids(line: str) -> list[str]:
        (tmp_path / "care").mkdir(exist_ok=True)
        action = f'id = "call"\ntitle.en = "Call"\nchannel = "phone"\nkind = "task"\ncron = "{line}"\n'
        (tmp_path / "care" / "year.toml").write_text(f'title.en = "Y"\naudience = "visits >= 0"\n[[action]]\n{action}')
        faults = FaultList()
        plan = plan_called(read_care(tmp_path, ("en",), "EUR", faults), "year")
        assert not faults.faults, [str(fault) for fault in faults.faults]
        assert plan is not None
        calendar = icalendar.Calendar.from_ical(calendar_of(plan, 2027, COMPANY, "en", STAMP))
        return [str(event["UID"]) for event in calendar.walk("VEVENT")]

    first = uids("0 9,15 2 3 *")
    assert first == ["year.call.20270302@care.vuoro", "year.call.20270302.2@care.vuoro"]
    assert uids("30 8,16 2 3 *") == first
