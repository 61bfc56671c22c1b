"""A care plan's year as a calendar file (iCalendar, RFC 5545) that any phone or office program opens."""

from __future__ import annotations

import datetime as dt
import itertools
import zoneinfo
from collections.abc import Iterator

from icalendar import Alarm, Calendar, Event

from domain.care import CareAction, CareKind, CarePlan
from domain.company import Company
from domain.languages import in_language
from scheduler.care_slots import zone_of
from scheduler.slots import instant_of

_HALF_AN_HOUR = dt.timedelta(minutes=30)


def calendar_of(plan: CarePlan, year: int, company: Company, language: str, stamp: dt.datetime) -> bytes:
    """
    Return the year of a plan as an .ics file; *stamp* (aware) is when it is made.

    What people do takes the whole day, with an alarm where it has a lead; what is sent stands at its time, in UTC. No
    two have the same UID, and the same day of the same action has the same one in every file, whatever its hour, so
    that a newer file takes the older one's place. Of several times on one day the second has ".2" in it, and so on.
    """
    calendar = Calendar()
    title = in_language(plan.title, language, company.default_language) or plan.name
    calendar.add("prodid", "-//Vuoro//Care plan//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", f"{title} {year}")
    found = [(wall, action, uid) for action in plan.actions for wall, uid in _named(plan, action, year)]
    for wall, action, uid in sorted(found, key=lambda each: each[0]):
        event = _event(plan, action, wall, company, language, stamp)
        event.add("uid", uid)
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _named(plan: CarePlan, action: CareAction, year: int) -> Iterator[tuple[dt.datetime, str]]:
    """Yield the wall times of a year with the UID of each."""
    for day, walls in itertools.groupby(action.walls(year), dt.datetime.date):
        for number, wall in enumerate(walls, start=1):
            which = f".{number}" if number > 1 else ""
            yield wall, f"{plan.name}.{action.id}.{day:%Y%m%d}{which}@care.vuoro"


def _event(
    plan: CarePlan, action: CareAction, wall: dt.datetime, company: Company, language: str, stamp: dt.datetime
) -> Event:
    event = Event()
    first = company.default_language
    title = in_language(action.title, language, first) or action.id
    event.add("dtstamp", stamp.astimezone(dt.UTC).replace(microsecond=0))
    event.add("summary", title)
    event.add("categories", [action.channel.value])
    event.add("description", in_language(plan.title, language, first) or plan.name)
    event.add("transp", "TRANSPARENT")
    if action.kind is CareKind.TASK:
        event.add("dtstart", wall.date())
        event.add("dtend", wall.date() + dt.timedelta(days=1))
        if action.lead:
            event.add_component(_alarm(action, title))
        return event
    at = instant_of(wall, zoneinfo.ZoneInfo(zone_of(action, company.timezone)))
    event.add("dtstart", at)
    event.add("dtend", at + _HALF_AN_HOUR)
    return event


def _alarm(action: CareAction, title: str) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", title)
    alarm.add("trigger", -action.lead)
    return alarm
