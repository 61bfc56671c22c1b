"""The case card that staff see and press: its text, its buttons, and how what a customer wrote is passed on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.staff_labels import Labels
from dialogues.taps import short
from domain.case_clocks import CaseClock
from domain.cases import Case, CaseState, Move, Priority, Severity, state_after
from domain.customers import Customer
from domain.incoming import Words as Incoming
from domain.messages import Button, Keyboard, Message, Span
from templates.markup import utf16_units
from templates.words import Words

_LONGEST_SUMMARY = 1500  # with the rest of the card well under Telegram's 4096, however much of it must be escaped
_LONGEST_TOPIC = 120
_LONGEST_MERGED, _MOST_MERGED = 120, 5
_ROWS: tuple[tuple[Move, ...], ...] = (
    (Move.TAKE, Move.REPLY, Move.NOTE),
    (Move.RESOLVE, Move.DECLINE, Move.WAIT),
    (Move.ASSESS, Move.MERGE, Move.SPAM, Move.REOPEN),
)
_OURS = frozenset({Move.ASSESS, Move.MERGE})  # whose labels stand with the other words of cases


def card_ref(case_id: int) -> str:
    """Name the cards of a case among the staff messages."""
    return f"card:{case_id}"


def lost_card_ref(customer_id: int) -> str:
    """Name cards that stand in a topic of which Telegram said it is gone, until that is certain."""
    return f"lost_card:{customer_id}"


def case_card(
    case: Case,
    customer: Customer,
    *,
    words: Words,
    labels: Labels,
    language: str,
    names: Mapping[int, str],
    merged: Sequence[Case] = (),
    clock: CaseClock | None = None,
) -> Message:
    """
    Draw the card of a case as it stands.

    *names* holds staff names by id, *merged* the cases that go on in this one, *clock* is the one of its clocks that is
    due next. Customers' words are escaped; long ones are cut, with an ellipsis that says so.
    """
    text = words.html(
        "staff.case_card",
        language,
        number=case.id,
        kind=labels.name("kind", case.kind.value, language),
        category=labels.name("category", case.category, language),
        name=display_name(customer, words, language),
        high=case.priority is Priority.HIGH,
        state=state_line(case, words=words, language=language, names=names),
        summary=shortened(case.summary, _LONGEST_SUMMARY),
        order=shortened(case.order_ref, 100),
        remedy=shortened(labels.name("remedy", case.remedy, language), 300) if case.remedy else "",
        opened=case.opened_at,
        assessed=_assessment(case, words, language),
        writing=names.get(case.answering_id, "") if case.answering_id is not None else "",
        until=case.answering_until,
        about=case.about_case,
        merged=case.merged_into,
        alongside="\n".join(_alongside(each, words, language) for each in merged[:_MOST_MERGED]),
        clock=_clock_line(clock, words, language) if clock is not None else "",
    )
    return Message(str(text).strip(), html=True, keyboard=case_keyboard(case, words, language))


def state_line(case: Case, *, words: Words, language: str, names: Mapping[int, str]) -> str:
    """Say in one line where the case stands and whose it is."""
    owner = names.get(case.owner_id, "") if case.owner_id is not None else ""
    key = f"staff.state.{case.state.value}"
    if case.state is CaseState.OPEN and owner:
        key = "staff.state.answering"
    return words.plain(key, language, owner=owner)


def case_keyboard(case: Case, words: Words, language: str) -> Keyboard:
    """
    Offer exactly the moves that the case's state allows to staff; the tap is "s.CASE.MOVE".

    A case that nobody has assessed shows the three severities: the first of the two taps ("s.CASE.assess.SEVERITY").
    """
    rows = [[_button(case, move, words, language) for move in row if _is_offered(case, move)] for row in _ROWS]
    if case.severity is None and state_after(case.state, Move.ASSESS) is not None:
        tap = f"s.{case.id}.{Move.ASSESS.value}"
        severities = [(each.value, words.plain(f"cases.label.{each.value}", language)) for each in Severity]
        rows.insert(2, [Button(label, tap=f"{tap}.{severity}") for severity, label in severities])
    rows.append([Button(words.plain("floods.label.mute", language), tap=f"x.{short(case.customer_id)}")])
    return tuple(tuple(row) for row in rows if row)


def _is_offered(case: Case, move: Move) -> bool:
    if case.state in {CaseState.RESOLVED, CaseState.DECLINED} and move is Move.WAIT:
        return False
    if move is Move.ASSESS and case.severity is None:
        return False
    return state_after(case.state, move) is not None


def _button(case: Case, move: Move, words: Words, language: str) -> Button:
    held = case.owner_id is not None and case.state is not CaseState.NEW
    key = Move.TAKE_OVER.value if move is Move.TAKE and held else move.value
    area = "cases" if move in _OURS else "staff"
    return Button(words.plain(f"{area}.label.{key}", language), tap=f"s.{case.id}.{key}")


def _alongside(case: Case, words: Words, language: str) -> str:
    what = shortened(" ".join(case.summary.split()), _LONGEST_MERGED)
    return words.plain("cases.with_case", language, number=case.id, what=what)


def _clock_line(clock: CaseClock, words: Words, language: str) -> str:
    """Say until when something is promised; once staff were told that it is late, since when."""
    name = clock.clock.value
    if clock.late_at is None:
        return words.html(f"clocks.card.{name}", language, due=clock.due_at)
    return words.html("clocks.card_late", language, what=words.plain(f"clocks.what.{name}", language), due=clock.due_at)


def _assessment(case: Case, words: Words, language: str) -> str:
    if case.severity is None or case.impact is None:
        return ""
    severity = words.plain(f"cases.severity.{case.severity.value}", language)
    return f"{severity}, {words.plain(f'cases.impact.{case.impact.value}', language)}"


def display_name(customer: Customer, words: Words, language: str) -> str:
    """Give the name that staff know the customer by; one without a name is called by her number."""
    return customer.name or words.plain("staff.nameless", language, number=customer.number or customer.id)


def topic_name(customer: Customer, words: Words, language: str) -> str:
    """Give the name of the customer's topic: at most 128 units, with the company or the number behind the name."""
    behind = customer.company or customer.number or ""
    name = display_name(customer, words, language)
    whole = shortened(f"{name} · {behind}" if behind and behind != name else name, _LONGEST_TOPIC)
    while utf16_units(whole) > _LONGEST_TOPIC:  # what is a sign to people may be two units to Telegram
        whole = shortened(whole, len(whole) - 1)
    return whole


def plain_topic_name(customer: Customer, words: Words, language: str) -> str:
    """Give a name that Telegram surely takes, where it refuses the customer's own: of signs that nobody sees."""
    return words.plain("staff.nameless", language, number=customer.number or customer.id)[:_LONGEST_TOPIC]


def relayed(incoming: Incoming, words: Words, language: str) -> Message | None:
    """
    Turn what a customer wrote into a message for staff; None when there is nothing to show.

    Her words go without any parse mode, her files by their ids. What is too much for one message becomes several when
    it is sent (`bot.speech.parts_of`).
    """
    parts = [_own_text(incoming), *_named_contents(incoming)]
    if incoming.live:
        parts.append(words.plain("replies.live_place", language))
    if incoming.other:
        parts.append(words.plain("staff.other_content", language, kind=incoming.other))
    parts += [words.plain("staff.too_large", language, name=file.name) for file in incoming.media if file.is_too_large]
    text = "\n".join(part for part in parts if part)
    if not (text or incoming.media or incoming.location):
        return None
    return Message(text, media=incoming.media, location=incoming.location)


def outgoing(incoming: Incoming, her_message_id: int | None) -> Message | None:
    """
    Turn a staff member's message into what the customer gets, as an answer to her own message where one was quoted.

    None when it holds nothing that can be passed on.
    """
    text = "\n".join(part for part in (_own_text(incoming), *_named_contents(incoming)) if part)
    if not (text or incoming.media or incoming.location):
        return None
    media = tuple(replace(file, size=None) for file in incoming.media)
    return Message(text, media=media, location=incoming.location, reply_to=her_message_id)


def headed(message: Message, header: str) -> Message:
    """
    Put *header* in bold before a message without markup.

    Our own HTML (cards, notices) names the customer itself and stays as it is.
    """
    if message.html or not header:
        return message
    whole = _spanned([(header, True), ("\n" + message.text if message.text else "", False)])
    moved = utf16_units(whole.text) - utf16_units(message.text)
    old = tuple(replace(span, offset=span.offset + moved) for span in message.spans)
    return replace(message, text=whole.text, spans=(*whole.spans, *old))


def both_versions(before: str, after: str, words: Words, language: str) -> Message:
    """Show both versions of a message, each under its own bold heading, free of any parse mode."""
    old, new = words.plain("staff.edited_before", language), words.plain("staff.edited_after", language)
    return _spanned([(old, True), (f"\n{before}\n\n", False), (new, True), (f"\n{after}", False)])


def shortened(text: str, limit: int) -> str:
    """Cut *text* to *limit* signs, the last of them an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _own_text(incoming: Incoming) -> str:
    """Return the text; what stands under the files of an album goes with them."""
    return "" if any(file.caption for file in incoming.media) else incoming.text


def _named_contents(incoming: Incoming) -> list[str]:
    """Say in words what stands beside a place, and what a shared contact is: a name and a phone number."""
    contents = []
    if incoming.venue:
        contents.append(f"📍 {incoming.venue}")
    if incoming.phone:
        contents.append(f"📞 {incoming.phone} {incoming.phone_name}".rstrip())
    return contents


def _spanned(parts: list[tuple[str, bool]]) -> Message:
    """Join texts; the bold ones are marked by entities, with offsets in UTF-16 units."""
    text, spans = "", []
    for part, bold in parts:
        if bold and part:
            spans.append(Span("bold", utf16_units(text), utf16_units(part)))
        text += part
    return Message(text, spans=tuple(spans))
