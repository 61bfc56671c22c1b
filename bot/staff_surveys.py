"""`/survey` and `/report`: which survey, its buttons, starting a wave, and the report of the last 90 days."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from bot.report_words import Reporter
from bot.results import all_surveys_in
from bot.staff_case_report import cases_button, show_case_report
from bot.staff_pictures import deliver
from bot.staff_results import (
    PERIOD,
    digest_of,
    show_answers,
    show_comments,
    show_results,
    show_silent,
    show_waves,
)
from bot.staff_visit import Visit
from bot.whole_report import report
from domain.messages import Button
from domain.sampling import Sampling, Share, Target
from domain.staff import Role
from scheduler.surveys import start_wave, stop_waves

_SAMPLES = {"start": None, "share": Sampling(Share(Decimal(20))), "target": Sampling(Target(100))}
"""Whom a button asks: everybody, one in five, or so many that a hundred answer."""


async def show_survey(visit: Visit, argument: str) -> None:
    """Show a survey's result of the last 90 days; without a name, buttons to choose."""
    surveys = all_surveys_in(visit.room.library)
    found = next((script for script in surveys if script.id == argument), None)
    if found is not None:
        show_results(visit, found)
    elif argument and surveys:
        names = ", ".join(script.id for script in surveys)
        await visit.say("survey_unknown", name=argument, names=names)
    elif surveys:
        rows = tuple(
            (Button(visit.room.labels.title(each.id, visit.language)[:64], f"v.{digest_of(each)}"),) for each in surveys
        )
        await visit.say("survey_list", keyboard=rows)
    else:
        await visit.say("survey_none")


async def survey_button(visit: Visit, rest: Sequence[str]) -> None:
    """
    A button: "v.SURVEY" shows it, "v.SURVEY.wave" asks whom a wave is to ask, "v.SURVEY.start" (or "share", "target")
    starts it, "v.SURVEY.stop" stops it; others turn to a page of its results.
    """
    surveys = all_surveys_in(visit.room.library)
    found = next((each for each in surveys if rest and digest_of(each) == rest[0]), None)
    if found is None:
        await visit.toast("old_button")
        return
    title = visit.room.labels.title(found.id, visit.language)
    match rest[1:]:
        case []:
            show_results(visit, found)
        case ["waves"]:
            show_waves(visit, found)
        case ["silent"]:
            show_silent(visit, found)
        case ["answers"]:
            show_answers(visit, found)
        case ["words", *page]:
            show_comments(visit, found, page)
        case [_] if not visit.member.may(Role.MANAGER):
            await visit.toast("role_too_low", role=visit.plain(f"role.{Role.MANAGER.value}"))
        case ["wave"]:
            offered = [Button(visit.plain(f"label.ask_{whom}"), f"v.{digest_of(found)}.{whom}") for whom in _SAMPLES]
            no = Button(visit.plain("label.not_now"), "e.cancel")
            keyboard = tuple((button,) for button in (*offered, no))
            await visit.say("survey_wave_confirm", title=title, keyboard=keyboard)
        case [("start" | "share" | "target") as whom]:
            by = f"staff:{visit.member.id}"
            wave = await start_wave(visit.tx, found.id, "", by, visit.now, _SAMPLES[whom])
            await visit.note("survey.start", f"wave:{wave.id}")
            await visit.clear_buttons()
            await visit.toast("wave_started")
            stop = Button(visit.plain("label.stop_wave"), f"v.{digest_of(found)}.stop")
            await visit.say("survey_wave_started", title=title, keyboard=((stop,),))
        case ["stop"]:
            stopped = await stop_waves(visit.tx, found.id, visit.now)
            for wave in stopped:
                await visit.note("survey.stop", f"wave:{wave.id}")
            await visit.clear_buttons()
            await visit.toast("wave_stopped" if stopped else "wave_over")
        case _:
            await visit.toast("old_button")


async def show_report(visit: Visit, argument: str) -> None:
    """Show satisfaction as a picture, and cases and sendings as numbers, of the last 90 days; or the one of cases."""
    if argument.split()[:1] == ["cases"]:
        await show_case_report(visit, argument.removeprefix("cases").strip())
        return
    room, language = visit.room, visit.language
    keyboard = ((cases_button(visit),),)

    async def errand() -> None:
        now = room.clock.now()
        async with room.database.read() as tx:
            found = await report(tx, room.company, room.library, now - PERIOD, now)
        reporter = Reporter(room.company, room.words, room.labels)
        page = reporter.report_page(found, language) if found.surveys else None
        await deliver(visit, page, reporter.report_words(found, language), keyboard)

    room.errands.ask(errand)
    await visit.note("report.look", "report")
