"""`/care`: the plans, their year as a picture with planned against done, and the calendar as a file."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from bot.calendar_file import calendar_of
from bot.care_account import care_days
from bot.care_files import plan_called
from bot.care_lines import TAP
from bot.care_words import care_page, plan_text
from bot.staff_pictures import deliver, send_long
from bot.staff_visit import Visit
from domain.care import CarePlan, planned
from domain.languages import in_language
from domain.messages import Button, Keyboard, Media, MediaKind, Message
from domain.staff import Role
from templates.markup import Safe


async def show_plans(visit: Visit, _argument: str = "") -> None:
    """`/care`: every plan with a button; whether it is on, and how many days it has this year."""
    words, language = visit.room.words, visit.language
    plans, year = visit.room.loyalty.care, visit.now.astimezone(visit.room.company.zone).year
    if not plans:
        await visit.show_html(words.html("care.no_plans", language))
        return
    lines = [
        words.html(
            "care.plan_line", language, title=_title(visit, plan), on=plan.on, n=len(planned(plan, year)), year=year
        )
        for plan in plans
    ]
    rows = tuple((Button(_title(visit, plan), f"{TAP}.plan.{plan.name}.{year}"),) for plan in plans)
    await visit.show_html(words.html("care.plans", language, lines=Safe("\n").join(lines)), rows)


async def plans_button(visit: Visit, rest: Sequence[str]) -> None:
    """A button: "t.plans", "t.plan.NAME.YEAR", "t.cal.NAME.YEAR" (the picture) or "t.ics.NAME.YEAR" (the file)."""
    if not visit.member.may(Role.EDITOR):
        role = visit.plain(f"role.{Role.EDITOR.value}")
        await visit.toast("role_too_low", role=role)
        return
    match rest:
        case ["plans"]:
            await show_plans(visit)
        case [what, name, year] if year.isdecimal() and 1990 < int(year[:5]) < 2300:
            plan = plan_called(visit.room.loyalty.care, name)
            if plan is None:
                await visit.toast("old_button")
            else:
                await _show(visit, what, plan, int(year))
        case _:
            await visit.toast("old_button")


async def _show(visit: Visit, what: str, plan: CarePlan, year: int) -> None:
    match what:
        case "cal":
            _draw(visit, plan, year)
        case "ics":
            await _send_file(visit, plan, year)
        case _:
            _tell(visit, plan, year)
    await visit.note("care.look", f"care:{plan.name}", what=what, year=year)


def _tell(visit: Visit, plan: CarePlan, year: int) -> None:
    room, language = visit.room, visit.language

    async def errand() -> None:
        async with room.database.read() as tx:
            days = await care_days(tx, plan, year, room.company, visit.now)
        await send_long(
            visit, plan_text(plan, year, days, room.company, room.words, language), _keyboard(visit, plan, year)
        )

    room.errands.ask(errand)


def _draw(visit: Visit, plan: CarePlan, year: int) -> None:
    room, language = visit.room, visit.language

    async def errand() -> None:
        async with room.database.read() as tx:
            days = await care_days(tx, plan, year, room.company, visit.now)
        page = care_page(plan, year, days, room.company, room.words, language)
        text = plan_text(plan, year, days, room.company, room.words, language)
        await deliver(visit, page, text, _keyboard(visit, plan, year))

    room.errands.ask(errand)


async def _send_file(visit: Visit, plan: CarePlan, year: int) -> None:
    content = calendar_of(plan, year, visit.room.company, visit.language, visit.now)
    visit.room.pictures.mkdir(parents=True, exist_ok=True)
    path = visit.room.pictures / f"{hashlib.sha256(content).hexdigest()[:20]}.ics"
    path.write_bytes(content)
    media = Media(MediaKind.DOCUMENT, path=str(path), name=f"{plan.name}-{year}.ics")
    text = visit.room.words.html("care.ics", visit.language)
    await visit.send(Message(text, html=True, media=(media,)))


def _keyboard(visit: Visit, plan: CarePlan, year: int) -> Keyboard:
    words, language = visit.room.words, visit.language

    def button(label: str, what: str, at: int) -> Button:
        return Button(words.plain(f"care.label.{label}", language, year=at), f"{TAP}.{what}.{plan.name}.{at}")

    return (
        (button("calendar", "cal", year), button("file", "ics", year)),
        (button("next", "plan", year - 1), button("next", "plan", year + 1)),
        (Button(words.plain("care.label.plans", language), f"{TAP}.plans"),),
    )


def _title(visit: Visit, plan: CarePlan) -> str:
    return in_language(plan.title, visit.language, visit.room.company.default_language) or plan.name
