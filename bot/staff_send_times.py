"""When a newsletter is to go: the times that are offered, and times as people type them, on the company's clock."""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo

_CLOCK = r"(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2}))?"
_ISO = re.compile(rf"(?P<year>\d{{4}})-(?P<month>\d{{1,2}})-(?P<day>\d{{1,2}})(?:\s+|t){_CLOCK}")
_DATED = re.compile(rf"(?P<day>\d{{1,2}})\.\s?(?P<month>\d{{1,2}})\.\s?(?P<year>\d{{4}})?\s+(?:\w+\s+)?{_CLOCK}")
_WORDED = re.compile(rf"(?:(?P<word>[^\W\d]+)\s+)??(?:(?P<at>[^\W\d]+)\s+)?{_CLOCK}")
_TOMORROW = frozenset({"tomorrow", "huomenna", "zítra", "zitra"})
_THIS_DAY = frozenset({"today", "tänään", "dnes"})
_AT = frozenset({"at", "klo", "kello", "v"})

MORNING = dt.time(10)


def offered(now: dt.datetime, zone: str) -> tuple[dt.datetime, dt.datetime]:
    """Return the two usual times (UTC): in an hour, to the minute, and tomorrow at ten where the company is."""
    local = now.astimezone(zoneinfo.ZoneInfo(zone))
    in_an_hour = (now + dt.timedelta(hours=1)).replace(second=0, microsecond=0)
    return in_an_hour, _at(local.date() + dt.timedelta(days=1), MORNING, zone)


def read_moment(text: str, now: dt.datetime, zone: str) -> dt.datetime | None:
    """
    Read a moment (UTC) as people type it: "10:00", "tomorrow 10", "24.12. 9.30", "24.12.2027 9:30", "2027-12-24 09:30".

    A time alone is the next one of that name, a date without year the next such day. None for what is no time. A time
    that the clocks leave out in spring is the one after the gap, one that they have twice in autumn is the first.
    """
    written = " ".join(text.lower().split())
    today = now.astimezone(zoneinfo.ZoneInfo(zone)).date()
    if found := _ISO.fullmatch(written) or _DATED.fullmatch(written):
        return _dated(found, today, now, zone)
    found = _WORDED.fullmatch(written)
    if found is None:
        return None
    words = {word for word in (found["word"], found["at"]) if word}
    if not words <= _TOMORROW | _THIS_DAY | _AT or (time := _time(found)) is None:
        return None
    if words & _TOMORROW:
        return _at(today + dt.timedelta(days=1), time, zone)
    moment = _at(today, time, zone)
    if moment > now or words & _THIS_DAY:
        return moment
    return _at(today + dt.timedelta(days=1), time, zone)


def _dated(found: re.Match[str], today: dt.date, now: dt.datetime, zone: str) -> dt.datetime | None:
    time = _time(found)
    if time is None:
        return None
    day, month = int(found["day"]), int(found["month"])
    try:
        if found["year"]:
            return _at(dt.date(int(found["year"]), month, day), time, zone)
        moment = _at(dt.date(today.year, month, day), time, zone)
        return moment if moment > now else _at(dt.date(today.year + 1, month, day), time, zone)
    except ValueError:
        return None


def _time(found: re.Match[str]) -> dt.time | None:
    hour, minute = int(found["hour"]), int(found["minute"] or 0)
    return dt.time(hour, minute) if hour < 24 and minute < 60 else None


def _at(day: dt.date, time: dt.time, zone: str) -> dt.datetime:
    return dt.datetime.combine(day, time, zoneinfo.ZoneInfo(zone)).astimezone(dt.UTC)
