"""The report of cases in Telegram: picture, a phone screen of numbers, buttons for more and for other months."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from bot.case_report import case_report
from bot.case_report_words import CaseReportWords
from bot.report import months_before
from bot.report_period import Period, month_of
from bot.staff_pictures import deliver, send_long
from bot.staff_results import PERIOD
from bot.staff_visit import Visit
from domain.messages import Button, Keyboard, Message

_LAST_DAYS = "days"


async def show_case_report(visit: Visit, month: str) -> None:
    """`/report cases` and `/report cases 2027-03`: of the last 90 days, or of a month."""
    await _show(visit, month or _LAST_DAYS)


async def case_report_button(visit: Visit, rest: Sequence[str]) -> None:
    """A button: "k.show.PERIOD" brings the report, "k.more.PERIOD" its details; PERIOD is a month or "days"."""
    match rest:
        case ["show", period]:
            await _show(visit, period)
        case ["more", period] if (span := _span(visit, period)) is not None:
            _tell_details(visit, span)
        case _:
            await visit.toast("old_button")


def cases_button(visit: Visit) -> Button:
    """Return the button under the report that brings the one of cases."""
    return Button(_label(visit, "cases"), f"k.show.{_LAST_DAYS}")


async def _show(visit: Visit, period: str) -> None:
    span = _span(visit, period)
    if span is None:
        text = visit.room.words.html("case_report.unknown_month", visit.language, month=period)
        await visit.send(Message(text, html=True))
        return
    room, language = visit.room, visit.language
    words = CaseReportWords(room.company, room.words, room.labels)
    keyboard = _keyboard(visit, period)

    async def errand() -> None:
        async with room.database.read() as tx:
            found = await case_report(tx, room.company, room.library, *span)
        page = words.page(found, language) if found.received or found.open else None
        await deliver(visit, page, words.summary(found, language), keyboard)

    room.errands.ask(errand)
    await visit.note("report.look", "cases")


def _tell_details(visit: Visit, span: Period) -> None:
    room, language = visit.room, visit.language
    words = CaseReportWords(room.company, room.words, room.labels)

    async def errand() -> None:
        async with room.database.read() as tx:
            found = await case_report(tx, room.company, room.library, *span)
        await send_long(visit, words.details(found, language))

    room.errands.ask(errand)


def _span(visit: Visit, period: str) -> Period | None:
    if period == _LAST_DAYS:
        return visit.now - PERIOD, visit.now
    try:
        return month_of(visit.room.company, period, visit.now)
    except ValueError:
        return None


def _keyboard(visit: Visit, period: str) -> Keyboard:
    """More of this, and the periods that are not shown."""
    this = visit.now.astimezone(visit.room.company.zone).date()
    others = {
        _month(this): "this_month",
        _month(months_before(this, 1)): "last_month",
        _LAST_DAYS: "quarter",
    }
    turns = tuple(Button(_label(visit, name), f"k.show.{other}") for other, name in others.items() if other != period)
    return ((Button(_label(visit, "more"), f"k.more.{period}"),), turns)


def _month(day: dt.date) -> str:
    return f"{day:%Y-%m}"


def _label(visit: Visit, name: str) -> str:
    return visit.room.words.plain(f"case_report.label.{name}", visit.language)
