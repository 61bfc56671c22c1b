"""The themes page of a survey in Telegram, and the way from it to a letter to those who spoke of one."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from collections.abc import Sequence

from bot.report import scores_in
from bot.staff_letters import begin_letter, digest_of, find_theme
from bot.staff_visit import Visit
from bot.survey_themes import discovered, themes_of_survey
from bot.survey_themes_words import themes_words
from domain.dialogues import Script
from domain.messages import Button, Keyboard, Message
from domain.staff import Role
from scheduler.themes import open_questions

PERIOD = dt.timedelta(days=90)
_MOST_BUTTONS = 8


def themes_label(visit: Visit, script: Script) -> Button | None:
    """Make the button that opens a survey's themes; None where it asks for no words."""
    if not open_questions([script]):
        return None
    return Button(visit.room.words.plain("themes.label.themes", visit.language), f"y.{_digest(script)}")


async def themes_button(visit: Visit, rest: Sequence[str]) -> None:
    """
    A button: "y.SURVEY" shows its themes, "y.SURVEY.tell" asks whom to tell what was done, "y.to.THEME" and
    "y.to.THEME.LANGUAGE" begin the letter.
    """
    match rest:
        case ["to", theme_digest, *language]:
            theme = find_theme(visit, theme_digest)
            if theme is None:
                await visit.toast("old_button")
            else:
                await begin_letter(visit, theme, *language[:1])
        case [survey, *more] if more in ([], ["tell"]):
            script = next((each for each in visit.room.library.all() if _digest(each) == survey), None)
            if script is None:
                await visit.toast("old_button")
            elif not more:
                _show_later(visit, script)
            elif visit.member.may(Role.MANAGER):
                _choose_later(visit, script)
            else:
                await visit.toast("role_too_low", role=visit.plain(f"role.{Role.MANAGER.value}"))
        case _:
            await visit.toast("old_button")


def _show_later(visit: Visit, script: Script) -> None:
    """Count and compare beside the road: looking for new words may open dictionaries."""
    room, language = visit.room, visit.language
    score = next(iter(scores_in(script)), None)

    async def errand() -> None:
        now = room.clock.now()
        async with room.database.read() as tx:
            found, said = await themes_of_survey(tx, script, score, now - PERIOD, now)
        new = await discovered(score, said, room.themes, room.lemmatizer, room.company.default_language)
        found = dataclasses.replace(found, discovered=new)
        text = themes_words(found, room.themes, room.words, language, room.labels.title(script.id, language))
        keyboard: Keyboard = ()
        if found.themes and visit.member.may(Role.MANAGER):
            keyboard = ((Button(room.words.plain("themes.label.tell", language), f"y.{_digest(script)}.tell"),),)
        async with room.database.write() as tx:
            await visit.again(tx).send(Message(text, html=True, keyboard=keyboard))

    room.errands.ask(errand)


def _choose_later(visit: Visit, script: Script) -> None:
    room, language = visit.room, visit.language
    score = next(iter(scores_in(script)), None)

    async def errand() -> None:
        now = room.clock.now()
        async with room.database.read() as tx:
            found, _ = await themes_of_survey(tx, script, score, now - PERIOD, now)
        named = {theme.id: theme for theme in room.themes}
        rows = tuple(
            (
                Button(
                    room.words.plain("themes.label.theme", language, name=named[each.theme].title(language), n=each.n),
                    f"y.to.{digest_of(named[each.theme])}",
                ),
            )
            for each in found.themes
            if each.theme in named
        )
        text = room.words.html("themes.choose_theme", language)
        async with room.database.write() as tx:
            await visit.again(tx).send(Message(text, html=True, keyboard=rows[:_MOST_BUTTONS]))

    room.errands.ask(errand)


def _digest(script: Script) -> str:
    return hashlib.sha256(script.id.encode()).hexdigest()[:12]
