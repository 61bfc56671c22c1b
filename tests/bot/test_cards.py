"""Case cards and relayed words: what staff see of a case, whatever customers wrote."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace
from enum import StrEnum

import pytest

from bot.cards import both_versions, case_card, case_keyboard, headed, outgoing, relayed, topic_name
from bot.staff_labels import Labels
from dialogues.library import SHIPPED as SCRIPTS
from dialogues.library import Library
from domain.case_clocks import CaseClock, Clock
from domain.cases import Case, CaseKind, CaseState, Impact, Move, Priority, Severity, state_after
from domain.contacts import Channel, ContactKind, ContactState
from domain.customers import Customer, CustomerKind, Purpose, Reach
from domain.holds import Hold
from domain.incoming import Place, Sender
from domain.incoming import Words as Incoming
from domain.messages import Media, MediaKind, Message, Refusal
from domain.newsletters import SendingState
from domain.staff import Role
from templates.markup import TEXT_LIMIT, parse, utf16_units
from templates.words import SHIPPED, Words

LANGUAGES = ("en", "fi", "cs")
NOW = dt.datetime(2027, 3, 2, 8, tzinfo=dt.UTC)
WORDS = Words.load([SHIPPED], LANGUAGES, zone="Europe/Helsinki")
LABELS = Labels(WORDS, Library.load([SCRIPTS], LANGUAGES))
ANN = Customer(7, chat_id=501, name="Ann Smith")


def case_in(state: CaseState, *, summary: str = "Wet", owner: int | None = None) -> Case:
    """Return a case of Ann's in a state."""
    return Case(
        12,
        7,
        CaseKind.COMPLAINT,
        "delivery",
        state,
        Priority.HIGH,
        summary,
        NOW,
        owner,
        None,
        "new_one",
        "123",
        None,
        NOW,
    )


@pytest.mark.parametrize(
    ("kind", "late", "line"),
    [
        (Clock.FIRST_ANSWER, False, "⏱ Answer by Tue 2 Mar at 14:00"),
        (Clock.NEXT_ANSWER, False, "⏱ Next answer by Tue 2 Mar at 14:00"),
        (Clock.RESOLUTION, False, "⏱ To be resolved by Tue 2 Mar at 14:00"),
        (Clock.RESOLUTION, True, "⏰ Late: Resolution was due Tue 2 Mar at 14:00"),
        (None, False, ""),
    ],
)
def test_card_says_what_is_due_next(kind: Clock | None, late: bool, line: str) -> None:
    """A promise that was broken is said to be; a case that waits for the customer promises nothing."""
    due = NOW + dt.timedelta(hours=4)
    late_at = due if late else None
    clock = CaseClock(1, 12, kind, NOW, due - NOW, due, due, late_at=late_at) if kind is not None else None
    case = case_in(CaseState.OPEN)
    card = case_card(case, ANN, words=WORDS, labels=LABELS, language="en", names={}, clock=clock)
    told = [
        each for each in card.text.replace("<b>", "").replace("</b>", "").splitlines() if each.startswith(("⏱", "⏰"))
    ]
    assert told == ([line] if line else [])


def incoming(**content: object) -> Incoming:
    """Return a message of Ann's with that content."""
    return Incoming(1, Sender(501, "Ann"), Place(501, private=True), NOW, 20, **content)  # type: ignore[arg-type]  # fields by name


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", CaseState)
def test_card_is_sound_markup_in_every_state_and_language(state: CaseState, language: str) -> None:
    """Customers' words are shown as they are and become no markup; the card fits into a message."""
    summary = "<b>&amp; " * 2000
    card = case_card(
        case_in(state, summary=summary, owner=5), ANN, words=WORDS, labels=LABELS, language=language, names={5: "Olga"}
    )
    parsed = parse(card.text)
    assert parsed.mistakes == ()
    assert parsed.units <= TEXT_LIMIT
    assert "<b>&amp; <b>&amp;" in parsed.plain
    assert "12" in parsed.plain
    assert "Ann Smith" in parsed.plain


@pytest.mark.parametrize("state", CaseState)
def test_buttons_are_exactly_moves_that_the_state_allows(state: CaseState) -> None:
    """No button can be pressed in vain, and each carries case and move."""
    *rows, (mute,) = case_keyboard(case_in(state), WORDS, "en")
    assert mute.tap == "x.7"
    for row in rows:
        for button in row:
            _, number, move, *_ = button.tap.split(".")
            assert number == "12"
            assert state_after(state, Move(move)) is not None


def test_case_that_somebody_holds_offers_to_take_it_over() -> None:
    """Nobody takes by accident what a colleague answers."""
    labels = [button.label for row in case_keyboard(case_in(CaseState.OPEN, owner=5), WORDS, "en") for button in row]
    assert "Take over" in labels
    assert "Take" not in labels


def test_unassessed_case_offers_the_first_of_two_taps_on_the_card() -> None:
    """Once it is assessed, what was found stands on the card, and the buttons make room."""
    rows = case_keyboard(case_in(CaseState.NEW), WORDS, "en")
    assert [button.tap for button in rows[2]] == [f"s.12.assess.{each}" for each in ("minor", "serious", "critical")]
    assessed = replace(case_in(CaseState.NEW), severity=Severity.SERIOUS, impact=Impact.MANY, about_case=9)
    card = case_card(assessed, ANN, words=WORDS, labels=LABELS, language="en", names={})
    assert "serious, many customers" in card.text
    assert "Follows No 9" in card.text
    assert [button.label for button in card.keyboard[2]] == ["Reassess", "Merge", "Spam"]


def test_ids_are_called_by_the_scripts_own_labels() -> None:
    """Staff who write a dialogue need no Python to have their categories named."""
    assert LABELS.name("category", "delivery", "en") == "Delivery"
    assert LABELS.name("category", "delivery", "fi") != "Delivery"
    assert LABELS.name("category", "detractor", "en") == "Unhappy customer"
    assert LABELS.name("category", "very_own-thing", "en") == "Very own thing"
    assert LABELS.name("remedy", "My money back - now", "en") == "My money back - now"


def test_topic_is_named_so_that_namesakes_differ() -> None:
    """The name with the company or the number, never longer than Telegram takes."""
    assert topic_name(Customer(7, "A1", name="Ann"), WORDS, "en") == "Ann · A1"
    assert topic_name(Customer(7, "A1"), WORDS, "en") == "Customer A1 · A1"
    assert len(topic_name(Customer(7, name="Ann " * 100), WORDS, "en")) <= 128


def test_relayed_words_have_no_markup_and_name_what_is_no_text() -> None:
    """Location and phone number are readable; what cannot be passed on is named."""
    assert relayed(incoming(text="<b>x</b>"), WORDS, "en") == Message("<b>x</b>")
    assert relayed(incoming(location=(60.16991, 24.9384)), WORDS, "en") == Message(location=(60.16991, 24.9384))
    assert relayed(incoming(phone="+358 40"), WORDS, "en") == Message("📞 +358 40")
    assert relayed(incoming(), WORDS, "en") is None
    other = relayed(incoming(other="poll"), WORDS, "en")
    assert other is not None
    assert "poll" in other.text
    large = Media(MediaKind.DOCUMENT, "id", name="film.mov", size=30 * 1024 * 1024)
    named = relayed(incoming(media=(large,)), WORDS, "en")
    assert named is not None
    assert "film.mov is over 20 MB" in named.text


def test_what_cannot_be_passed_on_does_not_reach_a_customer() -> None:
    """A colleague's poll becomes no empty message; a quoted message is answered."""
    assert outgoing(incoming(other="poll"), None) is None
    assert outgoing(incoming(text="Hello"), 20) == Message("Hello", reply_to=20)


def test_header_is_bold_before_foreign_words_also_with_emoji() -> None:
    """Offsets count UTF-16 units, as Telegram does; our own markup stays as it is."""
    headed_message = headed(Message("hi 🎉"), "Ann 🎉 · No 12")
    (span,) = headed_message.spans
    assert headed_message.text == "Ann 🎉 · No 12\nhi 🎉"
    assert (span.kind, span.offset, span.length) == ("bold", 0, utf16_units("Ann 🎉 · No 12"))
    assert headed(Message("<b>x</b>", html=True), "Ann") == Message("<b>x</b>", html=True)


def test_both_versions_stand_under_their_headings() -> None:
    """The second heading's place is right even after emoji."""
    shown = both_versions("old 🎉", "new", WORDS, "en")
    second = shown.spans[1]
    raw = shown.text.encode("utf-16-le")
    assert raw[second.offset * 2 : (second.offset + second.length) * 2].decode("utf-16-le") == "Now:"


def keys_of(area: str, values: Iterable[StrEnum]) -> list[str]:
    """Return the keys of texts that must exist for every member of an enumeration."""
    return [f"staff.{area}.{each.value.replace('-', '_')}" for each in values]


def test_everything_that_staff_may_meet_has_a_name() -> None:
    """Each state, role, reason and channel has its text, so that nothing fails when it is first met."""
    wanted = [
        *keys_of("state", CaseState),
        *keys_of("state_short", CaseState),
        *keys_of("kind", CaseKind),
        *keys_of("role", Role),
        *keys_of("reach", Reach),
        *keys_of("kind_of_customer", CustomerKind),
        *keys_of("purpose", Purpose),
        *keys_of("channel", Channel),
        *keys_of("contact", ContactKind),
        *keys_of("contact_state", ContactState),
        *keys_of("hold", Hold),
        *keys_of("not_sent", Refusal),
        *keys_of("sending_state", SendingState),
    ]
    assert [key for key in wanted if not WORDS.has(key)] == []
