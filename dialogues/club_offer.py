"""A club's terms with the button that agrees to them: shown by `/clubs`, and after a dialogue that ends with a club."""

from __future__ import annotations

from dialogues.taps import menu_tap
from domain.clubs import Club
from domain.languages import in_language
from domain.messages import Button, Message
from templates.words import Words

AGREE, STAY = "cyes", "cstay"


def offer_of(words: Words, club: Club, language: str, default: str) -> Message:
    """Return what she agrees to, in her language; nothing is done before she does."""
    title, terms = in_language(club.title, language, default), in_language(club.terms, language, default)
    rows = (
        (Button(words.plain("clubs.label.agree", language), menu_tap(AGREE, club.name)),),
        (Button(words.plain("clubs.label.no", language), menu_tap(STAY)),),
    )
    return Message(words.html("clubs.terms", language, club=title, terms=terms), html=True, keyboard=rows)
