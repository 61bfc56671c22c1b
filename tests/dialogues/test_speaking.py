"""How questions look: buttons that stay where they are, and marks that say what was chosen."""

from __future__ import annotations

import datetime as dt
import zoneinfo

import pytest

from dialogues.engine import Chosen, Control, Marked, Setting, Steered, advance
from dialogues.library import SHIPPED, Library
from dialogues.speaking import Speaker
from domain.dialogues import Run, RunState
from templates.words import SHIPPED as TEXTS
from templates.words import Words

NOW = dt.datetime(2027, 3, 2, 10, tzinfo=dt.UTC)
LANGUAGES = ("en", "fi", "cs")
LIBRARY = Library.load([SHIPPED], LANGUAGES)
SPEAKER = Speaker(Words.load([TEXTS], LANGUAGES), LANGUAGES)


def at_interests() -> Run:
    """Return a welcome whose last question, of several choices, is open."""
    run = Run(1, 1, "welcome", "x", RunState.OPEN, NOW, "customer", focus=1, asking=1, asked="language")
    for _ in range(3):
        run = hear(run, 0)
    return run


def hear(run: Run, index: int) -> Run:
    """Tap choice *index* of the open question."""
    script = LIBRARY.get("welcome")
    assert script is not None
    return advance(script, run, Chosen(run.asking, index), setting(), NOW).run


def setting() -> Setting:
    """Return what answers are read against."""
    return Setting("en", LANGUAGES, zoneinfo.ZoneInfo("Europe/Helsinki"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_choice_of_several_moves_no_button(language: str) -> None:
    """A second tap at the same place hits the same button."""
    script = LIBRARY.get("welcome")
    assert script is not None
    question = script.question("interests")
    assert question is not None
    run = at_interests()
    before = SPEAKER.keyboard(script, run, question, language, {})
    for index in range(4):
        run = hear(run, index)
        after = SPEAKER.keyboard(script, run, question, language, {})
        assert [len(row) for row in after] == [len(row) for row in before]


@pytest.mark.parametrize(
    ("picked", "control", "mark"),
    [
        ((1, 3), Control.DONE, "✓ Offers, Events"),
        ((), Control.DONE, "✓ Done"),
        ((1,), Control.SKIP, "– Skip"),
        ((), Control.BACK, "– Back"),
        ((), Control.CANCEL, "– Cancel"),
    ],
)
def test_a_tapped_message_keeps_what_was_chosen(picked: tuple[int, ...], control: Control, mark: str) -> None:
    """She reads in her own chat what she answered, not that she pressed Done."""
    script = LIBRARY.get("welcome")
    assert script is not None
    run = at_interests()
    for index in picked:
        run = hear(run, index)
    step = advance(script, run, Steered(control, run.asking), setting(), NOW)
    marked = next(effect for effect in step.effects if isinstance(effect, Marked))
    message = SPEAKER.marked(step.run, marked.question, marked.choice, marked.control or Control.DONE, "en")
    assert message.text.endswith(mark)
    assert message.keyboard == ()
