"""A care plan's year as a calendar file (iCalendar, RFC 5545) that any phone or office program opens."""

from __future__ import annotations

import datetime as dt
import zoneinfo

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

    What people do takes the whole day, with an alarm where it has a lead; what is sent stands at its time, in UTC. The
    same day of the same action has the same UID in every file, so that a newer file takes the older one's place.
    """
    calendar = Calendar()
    title = in_language(plan.title, language, company.default_language) or plan.name
    calendar.add("prodid", "-//Vuoro//Care plan//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", f"{title} {year}")
    found = [(wall, action) for action in plan.actions for wall in action.walls(year)]
    for wall, action in sorted(found, key=lambda each: each[0]):
        calendar.add_component(_event(plan, action, wall, company, language, stamp))
    return bytes(calendar.to_ical())


def _event(
    plan: CarePlan, action: CareAction, wall: dt.datetime, company: Company, language: str, stamp: dt.datetime
) -> Event:
    event = Event()
    first = company.default_language
    title = in_language(action.title, language, first) or action.id
    moment = f"{wall:%Y%m%d}" if action.kind is CareKind.TASK else f"{wall:%Y%m%dT%H%M}"
    event.add("uid", f"{plan.name}.{action.id}.{moment}@care.vuoro")
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
