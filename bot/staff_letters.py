"""
"You said, we did": a manager writes in the chat what was done, and exactly those who spoke of it are told.

What she writes becomes a newsletter like any other: seen first, counted, approved, sent with courtesy. It is an answer
to the customers' own words, so it goes as service and needs no consent to marketing; but only who agreed to surveys
gets it, since that is where she said it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import html

from bot.staff_drafts import show_draft_later
from bot.staff_expects import Expectation, expect
from bot.staff_visit import Visit
from domain.faults import FaultList
from domain.incoming import Words
from domain.messages import Button, Keyboard, Message
from domain.newsletters import Newsletter, Sending
from domain.rules import parse_rule
from domain.staff import Role
from domain.themes import Theme
from scheduler.newsletter_files import read_newsletter
from store.audiences import count_audience
from store.database import Tx

WINDOW = "90d"
LONGEST = 3000
_LANGUAGE_NAMES = {"fi": "suomi", "en": "English", "cs": "čeština", "sv": "svenska", "de": "Deutsch", "et": "eesti"}


def audience_of(theme: str, language: str, languages: tuple[str, ...]) -> str:
    """
    Write the rule for those who spoke of *theme* lately, agreed to surveys and read *language*.

    The company's first language is also for those who read none of *languages*, or nobody knows which.
    """
    rule = f'said("{theme}", {WINDOW}) and consent("surveys")'
    others = ", ".join(f'"{each}"' for each in languages if each != language)
    if not others:
        return rule
    if language == languages[0]:
        return f"{rule} and (not has(language) or language not in ({others}))"
    return f'{rule} and language = "{language}"'


def find_theme(visit: Visit, digest: str) -> Theme | None:
    """Return the theme that a button means."""
    return next((theme for theme in visit.room.themes if digest_of(theme) == digest), None)


def digest_of(theme: Theme) -> str:
    """Give the short name of a theme that buttons carry."""
    return hashlib.sha256(theme.id.encode()).hexdigest()[:8]


async def begin_letter(visit: Visit, theme: Theme, language: str = "") -> None:
    """Ask for the language where several have readers, and then for the words; only managers may."""
    if not visit.member.may(Role.MANAGER):
        await visit.toast("role_too_low", role=visit.plain(f"role.{Role.MANAGER.value}"))
        return
    readers = await _readers(visit, theme)
    if not readers:
        await _say(visit, "empty", theme)
    elif language in readers or len(readers) == 1:
        chosen = language or next(iter(readers))
        await expect(
            visit.tx, visit.member, visit.place, Expectation("letter", f"{digest_of(theme)}.{chosen}"), visit.now
        )
        several = len(visit.room.company.languages) > 1
        await _say(visit, "ask", theme, language=_LANGUAGE_NAMES.get(chosen, chosen) if several else "")
    else:
        rows: Keyboard = tuple(
            (Button(_label(visit, "language", each, n), f"y.to.{digest_of(theme)}.{each}"),)
            for each, n in readers.items()
        )
        await _say(visit, "choose_language", theme, keyboard=rows)


async def write_letter(visit: Visit, argument: str, words: Words) -> None:
    """Make a newsletter of what she wrote, and show it to her before anything goes out."""
    digest, _, language = argument.partition(".")
    theme = find_theme(visit, digest)
    if theme is None or not visit.member.may(Role.MANAGER):
        await _say(visit, "gone", theme)
        return
    if len(words.text) > LONGEST or not words.text.strip():
        await _say(visit, "too_long", theme, most=LONGEST)
        return
    company = visit.room.company
    name = f"you-said-{theme.id}"[:60]
    while visit.room.newsletters.files.get(name) is not None:
        name += "-"
    title = theme.title(visit.language).replace("\\", "/").replace('"', "'")
    front = f"title = \"{title}\"\naudience = '{audience_of(theme.id, language, company.languages)}'\nservice = true\n"
    intro = visit.room.words.html(
        "newsletter.you_said", language, theme=theme.title(language, company.default_language)
    )
    body = _as_template(intro) + "\n\n" + _as_template(html.escape(words.text.strip(), quote=False))
    content = {f"{name}.{company.default_language}.j2": f"+++\n{front}+++\n{body}\n"}
    faults = FaultList()
    newsletter = read_newsletter(name, content, company.languages, faults)
    assert newsletter is not None, [str(fault) for fault in faults.faults]
    _show(visit, newsletter, content)


def _show(visit: Visit, newsletter: Newsletter, content: dict[str, str]) -> None:
    newsletters = visit.room.newsletters

    async def make(tx: Tx, staff_id: int, now: dt.datetime) -> Sending:
        return await newsletters.draft_of(tx, newsletter, content, staff_id, now)

    show_draft_later(visit, newsletter, make)


def _as_template(markup: str) -> str:
    """Write markup so that nothing in it is a template's instruction: braces become entities."""
    return str(markup).replace("{", "&#123;").replace("}", "&#125;")


async def _readers(visit: Visit, theme: Theme) -> dict[str, int]:
    """Count who would get a letter in each language; languages without readers are missing."""
    company = visit.room.company
    found: dict[str, int] = {}
    at = visit.now.astimezone(company.zone)
    for language in company.languages:
        rule = parse_rule(audience_of(theme.id, language, company.languages))
        counts = await count_audience(visit.tx, rule, at, currency=company.currency, purpose=None)
        if (count := counts.count - sum(counts.excluded.values())) > 0:
            found[language] = count
    return found


def _label(visit: Visit, key: str, language: str, n: int) -> str:
    name = _LANGUAGE_NAMES.get(language, language)
    return visit.room.words.plain(f"themes.label.{key}", visit.language, name=name, n=n)


async def _say(visit: Visit, key: str, theme: Theme | None, *, keyboard: Keyboard = (), **values: object) -> None:
    name = theme.title(visit.language) if theme is not None else ""
    text = visit.room.words.html(f"themes.{key}", visit.language, theme=name, **values)
    await visit.send(Message(text, html=True, keyboard=keyboard))
