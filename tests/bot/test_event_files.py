"""Event files are read with every fault at once."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from pathlib import Path

from bot.event_files import load_events
from domain.events import Event, Invite, door_token, is_door_token
from domain.faults import FaultList
from domain.links import read_start
from domain.rules_tree import written

HELSINKI = zoneinfo.ZoneInfo("Europe/Helsinki")
FULL = """
published = true
title = { en = "Evening", fi = "Ilta" }
text.en = "Come!"
store = "Main"
starts = 2027-04-15T18:00:00
answer_by = "2027-04-10 20:00"
invite_from = 2027-03-25T10:00:00
places = 40
by = 'visits(6m)'
among = 'language = "fi"'
campaign = "welcome"
reminder = "2d"
"""
FAULTY = """
title.fi = "Ilta"
text.english = "Come!"
store = "Main"
starts = 2027-04-15
answer_by = 2027-05-10T20:00:00
by = 'picture.clv'
among = 'langage ='
places = 0
campaign = "welcom"
palce = "there"
"""


def _load(folder: Path, **files: str) -> tuple[tuple[Event, ...], FaultList]:
    (folder / "events").mkdir()
    for name, text in files.items():
        (folder / "events" / f"{name}.toml").write_text(text, encoding="utf-8")
    faults = FaultList()
    return load_events(folder, ("en", "fi"), {"welcome"}, faults), faults


def test_event_is_read_as_written_and_the_shipped_sample_is_not_published(tmp_path: Path) -> None:
    """Times are the company's; as many stand in reserve as there are places; an own file takes a sample away."""
    (evening,), faults = _load(tmp_path, evening=FULL, **{"best-100": "off = true"})
    assert not faults.faults
    assert evening.starts_at(HELSINKI) == dt.datetime(2027, 4, 15, 18, tzinfo=HELSINKI)
    assert (evening.places, evening.reserve, evening.invite, evening.campaign) == (40, 40, Invite.BEST, "welcome")
    assert evening.by is not None
    assert written(evening.by) == "visits(6m)"
    late = dt.datetime(2027, 4, 10, 12, tzinfo=HELSINKI)
    assert evening.answer_until(late, HELSINKI) == late + dt.timedelta(days=1)
    assert evening.may_invite(late, HELSINKI)
    assert not evening.may_invite(dt.datetime(2027, 4, 14, 18, 1, tzinfo=HELSINKI), HELSINKI)
    shipped = load_events(None, ("en",), set(), faults)
    assert [(each.name, each.published, each.places) for each in shipped] == [("best-100", False, 100)]
    assert not faults.faults


def test_every_fault_of_an_event_is_named_at_once(tmp_path: Path) -> None:
    """With its line and key; then there are no events at all."""
    events, faults = _load(tmp_path, evening=FAULTY, nobody='invite = "rule"\nby = "spent("\n')
    assert events == ()
    told = "\n".join(str(each) for each in faults.faults)
    for part in (
        "evening.toml:2: title: has no text in the company's first language, en",
        "evening.toml:3: text.english: is no language",
        "evening.toml:5: starts: 2027-04-15 is not a date with a time of day",
        "by: picture.clv cannot be measured in one store",
        "among: column",
        "places: 0 is not a whole number",
        'campaign: there is no campaign "welcom"; did you mean',
        "palce: unknown key; did you mean",
        "nobody.toml:1: starts: is missing",
        "nobody.toml:2: by: is no measure",
        "has no rule by which guests are invited",
    ):
        assert part in told, f"{part}\n\n{told}"


def test_code_at_the_door_cannot_be_made_up() -> None:
    """It is signed for its event, and carries nothing else."""
    token = door_token(b"k" * 32, "spring-evening")
    read = read_start(token)
    assert read is not None
    assert is_door_token(b"k" * 32, "spring-evening", read[1])
    assert not is_door_token(b"l" * 32, "spring-evening", read[1])
    assert not is_door_token(b"k" * 32, "spring", read[1])
