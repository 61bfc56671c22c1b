"""`/survey NAME` in Telegram: results as a picture and as numbers, and the pages behind their buttons."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Awaitable, Callable, Sequence

from bot.pictures_page import Mood, Page
from bot.report import answers_of
from bot.report_words import Reporter
from bot.results import Results, results, silence, the_score, waves_of, words_of
from bot.staff_pictures import deliver, send_long
from bot.staff_themes import themes_label
from bot.staff_visit import Visit
from bot.survey_words import ResultWords
from domain.dialogues import Script
from domain.messages import Button, Keyboard, Message
from domain.staff import Role
from store.database import Tx
from store.survey_scope import Scope

PERIOD = dt.timedelta(days=90)
_COMMENTS = 10
_ALL = "all"


def show_results(visit: Visit, script: Script) -> None:
    """Send a survey's picture and numbers of the last 90 days, with the buttons to all else."""
    room, language = visit.room, visit.language
    words = ResultWords(room.company, room.words, room.labels)

    async def errand() -> None:
        now = room.clock.now()
        async with room.database.read() as tx:
            found = await results(tx, room.company, script, now - PERIOD, now)
            waves = await waves_of(tx, room.company, script, now)
        reporter = Reporter(room.company, room.words, room.labels)
        page: Page | None = None
        if len(found.scores) == 1:
            page = reporter.survey_page(found.scores[0], language, waves)
        elif found.scores:
            names = [words.name_of(script.question(each.survey.question), language) for each in found.scores]
            page = reporter.scores_page(found.scores, names, language)
        await deliver(visit, page, words.results(found, waves, language), _buttons(visit, found))

    room.errands.ask(errand)


def show_waves(visit: Visit, script: Script) -> None:
    """Send the newest waves, each with its response and its difference from the one before."""

    async def page(tx: Tx, words: ResultWords, now: dt.datetime) -> str:
        waves = await waves_of(tx, visit.room.company, script, now)
        return words.waves(script.id, waves, visit.language)

    _send_later(visit, page)


def show_silent(visit: Visit, script: Script) -> None:
    """Send what those who did not answer did, beside those who did."""

    async def page(tx: Tx, words: ResultWords, now: dt.datetime) -> str:
        company = visit.room.company
        found = await results(tx, company, script, now - 2 * PERIOD, now)
        silent = await silence(tx, company, script, found.scope, now)
        return words.silence(silent, found, visit.language)

    _send_later(visit, page)


def show_answers(visit: Visit, script: Script) -> None:
    """Send what was answered to every question."""

    async def page(tx: Tx, words: ResultWords, now: dt.datetime) -> str:
        return words.answers(await results(tx, visit.room.company, script, now - PERIOD, now), visit.language)

    _send_later(visit, page)


def show_comments(visit: Visit, script: Script, rest: Sequence[str]) -> None:
    """Send a page of what people wrote, the newest first; *rest* is a mood ("bad", "all") and a page, or nothing."""
    mood, number = (rest[0], int(rest[1])) if len(rest) == 2 and rest[1].isdecimal() else (_ALL, 0)
    room, language, score = visit.room, visit.language, the_score(script)
    scores = answers_of(score, mood) if score is not None and mood in set(Mood) else None
    words = ResultWords(room.company, room.words, room.labels)

    async def errand() -> None:
        now = room.clock.now()
        async with room.database.read() as tx:
            scope = Scope(script.id, now - PERIOD, now)
            found = await words_of(tx, script, scope, scores=scores, limit=_COMMENTS, page=number)
        filtered = room.words.plain(f"staff.picture.{score.kind.value}_{mood}", language) if score and scores else ""
        text = words.words(script.id, found, number, _COMMENTS, filtered, language)
        last = (number + 1) * _COMMENTS >= found.total
        keyboard = _comment_buttons(visit, script, mood, number, last=last)
        async with room.database.write() as tx:
            again = visit.again(tx)
            if rest and visit.tapped is not None:  # the page itself was tapped: it turns
                again.message_id, again.callback_id, again.toasted = visit.message_id, visit.callback_id, True
            await again.show(Message(text, html=True, keyboard=keyboard))

    room.errands.ask(errand)


def digest_of(script: Script) -> str:
    """Give the short name of a survey that buttons carry."""
    return hashlib.sha256(script.id.encode()).hexdigest()[:12]


def _send_later(visit: Visit, make: Callable[[Tx, ResultWords, dt.datetime], Awaitable[str]]) -> None:
    """Compute a page beside the road, since it may take a while, and send it."""
    room = visit.room

    async def errand() -> None:
        words = ResultWords(room.company, room.words, room.labels)
        async with room.database.read() as tx:
            text = await make(tx, words, room.clock.now())
        await send_long(visit, text)

    room.errands.ask(errand)


def _buttons(visit: Visit, found: Results) -> Keyboard:
    script = found.script
    rows: list[tuple[Button, ...]] = []
    if visit.member.may(Role.MANAGER):
        rows.append((Button(visit.plain("label.start_wave"), f"v.{digest_of(script)}.wave"),))
    rows.append((_button(visit, script, "waves"), _button(visit, script, "words")))
    themes = themes_label(visit, script)
    rows.append((_button(visit, script, "silent"), *((themes,) if themes is not None else ())))
    if found.scores and len(script.questions) > 1:
        rows.append((_button(visit, script, "answers"),))
    return tuple(rows)


def _button(visit: Visit, script: Script, name: str) -> Button:
    return Button(visit.room.words.plain(f"results.label.{name}", visit.language), f"v.{digest_of(script)}.{name}")


def _comment_buttons(visit: Visit, script: Script, mood: str, page: int, *, last: bool) -> Keyboard:
    words, language, score = visit.room.words, visit.language, the_score(script)
    base = f"v.{digest_of(script)}.words"
    rows: list[tuple[Button, ...]] = []
    turning = []
    if page:
        turning.append(Button(words.plain("results.label.newer", language), f"{base}.{mood}.{page - 1}"))
    if not last:
        turning.append(Button(words.plain("results.label.older", language), f"{base}.{mood}.{page + 1}"))
    if turning:
        rows.append(tuple(turning))
    if score is not None:
        kind = score.kind.value
        moods = [(each.value, words.plain(f"staff.picture.{kind}_{each.value}", language)) for each in Mood] + [
            (_ALL, words.plain("results.label.all", language))
        ]
        others = [Button(label, f"{base}.{name}.0") for name, label in moods if name != mood]
        rows += [tuple(others[:2]), tuple(others[2:])]
    return tuple(rows)
