"""`/survey NAME` and `/report`: results as a picture and as numbers, computed and drawn beside the road."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from collections.abc import Sequence

from bot.pictures import Page, can_draw, draw
from bot.report import Survey, report, survey_result, surveys_in
from bot.report_words import Reporter
from bot.staff_visit import StaffRoom, Visit
from domain.clock import WallClock
from domain.messages import Button, Keyboard, Media, MediaKind, Message
from domain.staff import Role
from scheduler.surveys import start_wave

log = logging.getLogger(__name__)

PERIOD = dt.timedelta(days=90)
_KEPT = dt.timedelta(days=1)


async def show_survey(visit: Visit, argument: str) -> None:
    """Show a survey's result of the last 90 days; without a name, buttons to choose."""
    surveys = surveys_in(visit.room.library)
    found = next((survey for survey in surveys if survey.script_id == argument), None)
    if found is not None:
        _show_later(visit, found)
    elif argument and surveys:
        names = ", ".join(survey.script_id for survey in surveys)
        await visit.say("survey_unknown", name=argument, names=names)
    elif surveys:
        rows = tuple(
            (Button(visit.room.labels.title(each.script_id, visit.language)[:64], f"v.{_digest(each)}"),)
            for each in surveys
        )
        await visit.say("survey_list", keyboard=rows)
    else:
        await visit.say("survey_none")


async def survey_button(visit: Visit, rest: Sequence[str]) -> None:
    """A button: "v.SURVEY" shows it, "v.SURVEY.wave" asks whether to start a wave, "v.SURVEY.start" starts it."""
    found = next((each for each in surveys_in(visit.room.library) if rest and _digest(each) == rest[0]), None)
    if found is None:
        await visit.toast("old_button")
        return
    title = visit.room.labels.title(found.script_id, visit.language)
    match rest[1:]:
        case []:
            _show_later(visit, found)
        case [_] if not visit.member.may(Role.MANAGER):
            await visit.toast("role_too_low", role=visit.plain(f"role.{Role.MANAGER.value}"))
        case ["wave"]:
            yes = Button(visit.plain("label.start_wave"), f"v.{_digest(found)}.start")
            no = Button(visit.plain("label.not_now"), "e.cancel")
            await visit.say("survey_wave_confirm", title=title, keyboard=((yes,), (no,)))
        case ["start"]:
            wave = await start_wave(visit.tx, found.script_id, "", f"staff:{visit.member.id}", visit.now)
            await visit.note("survey.start", f"wave:{wave.id}")
            await visit.clear_buttons()
            await visit.toast("wave_started")
            await visit.say("survey_wave_started", title=title)
        case _:
            await visit.toast("old_button")


async def show_report(visit: Visit, _argument: str) -> None:
    """Show satisfaction as a picture, and cases and sendings as numbers, of the last 90 days."""
    room, language = visit.room, visit.language

    async def errand() -> None:
        now = room.clock.now()
        async with room.database.read() as tx:
            found = await report(tx, room.company, room.library, now - PERIOD, now)
        reporter = Reporter(room.company, room.words, room.labels)
        page = reporter.report_page(found, language) if found.surveys else None
        await _deliver(visit, page, reporter.report_words(found, language))

    room.errands.ask(errand)
    await visit.note("report.look", "report")


def _show_later(visit: Visit, survey: Survey) -> None:
    room, language = visit.room, visit.language

    async def errand() -> None:
        now = room.clock.now()
        async with room.database.read() as tx:
            result = await survey_result(tx, room.company, survey, now - PERIOD, now)
        reporter = Reporter(room.company, room.words, room.labels)
        button = Button(visit.plain("label.start_wave"), f"v.{_digest(survey)}.wave")
        keyboard = ((button,),) if visit.member.may(Role.MANAGER) else ()
        await _deliver(visit, reporter.survey_page(result, language), reporter.survey_words(result, language), keyboard)

    room.errands.ask(errand)


async def _deliver(visit: Visit, page: Page | None, numbers: str, keyboard: Keyboard = ()) -> None:
    """Send the picture, and the numbers below it: whoever cannot see the one has the other."""
    missing = ""
    if page is not None and not can_draw():
        missing = "\n\n" + visit.html("no_picture")
    elif page is not None:
        try:
            media = _store(visit.room, await draw(page))
        except (OSError, RuntimeError, ValueError) as error:
            log.error("picture.failed", extra={"problem": type(error).__name__})
            missing = "\n\n" + visit.html("drawing_failed")
        else:
            async with visit.room.database.write() as tx:
                await visit.again(tx).send(Message(media=(media,)))
    async with visit.room.database.write() as tx:
        await visit.again(tx).send(Message(numbers + missing, html=True, keyboard=keyboard))


def _store(room: StaffRoom, png: bytes) -> Media:
    """Put a picture where the pump finds it, under a name by its content; those of yesterday are removed."""
    room.pictures.mkdir(parents=True, exist_ok=True)
    oldest = WallClock().now().timestamp() - _KEPT.total_seconds()  # a file's age is the machine's, not the story's
    for old in room.pictures.glob("*.png"):
        if old.stat().st_mtime < oldest:
            old.unlink(missing_ok=True)
    path = room.pictures / f"{hashlib.sha256(png).hexdigest()[:20]}.png"
    path.write_bytes(png)
    return Media(MediaKind.PHOTO, path=str(path), name=path.name)


def _digest(survey: Survey) -> str:
    return hashlib.sha256(survey.script_id.encode()).hexdigest()[:12]
