"""How bad a case is, whom it touches, and later what it came from: asked with buttons, answered with one tap each."""

from __future__ import annotations

from collections.abc import Sequence

from bot.cards import display_name
from bot.staff_moving import moved_by
from bot.staff_visit import Visit, to_member
from dialogues.cases import Particulars
from domain.cases import Case, Impact, Move, Priority, Severity
from domain.languages import in_language
from domain.messages import Button, Keyboard, Message
from domain.staff import Role
from store import outbox
from store.customers import customer_by_id
from store.staff import list_members

_LONGEST_TAP = 64  # bytes that Telegram takes behind a button


async def assess_button(visit: Visit, case: Case, rest: Sequence[str]) -> None:
    """The two taps: "s.CASE.assess.SEVERITY" asks whom it touches, "….IMPACT" assesses; without any all is asked."""
    match rest:
        case []:
            await visit.send(_asking(visit, case))
        case [severity] if severity in {each.value for each in Severity}:
            await visit.send(_asking(visit, case, Severity(severity)))
        case [severity, impact] if _is_assessment(severity, impact):
            await assess(visit, case, Severity(severity), Impact(impact))
        case _:
            await visit.toast("old_button")


async def assess(visit: Visit, case: Case, severity: Severity, impact: Impact) -> None:
    """Keep an assessment; the priority follows from it, and managers hear at once of what is critical."""
    moved = await moved_by(visit, case, Move.ASSESS, Particulars(severity=severity, impact=impact))
    if moved is None:
        return
    if severity is Severity.CRITICAL and case.severity is not Severity.CRITICAL:
        await _tell_managers(visit, moved, impact)
    words, language = visit.room.words, visit.language
    told = words.html(
        "cases.assessed",
        language,
        number=case.id,
        severity=words.plain(f"cases.severity.{severity.value}", language),
        impact=words.plain(f"cases.impact.{impact.value}", language),
        high=moved.priority is Priority.HIGH,
    )
    await visit.show(Message(told, html=True))
    if visit.callback_id:
        await visit.toast("did_assess", number=case.id)


async def ask_cause(visit: Visit, case: Case) -> None:
    """Ask what a decided case came from, where the config names causes and none is kept yet."""
    if not case.cause and (keyboard := _causes(visit, case)):
        text = visit.room.words.html("cases.cause_ask", visit.language, number=case.id)
        await visit.send(Message(text, html=True, keyboard=keyboard))


async def cause_button(visit: Visit, case: Case, rest: Sequence[str]) -> None:
    """The one tap: "s.CASE.cause.KEY"; without a key it is asked."""
    if rest:
        await set_cause(visit, case, ".".join(rest))
    elif keyboard := _causes(visit, case):
        text = visit.room.words.html("cases.cause_ask", visit.language, number=case.id)
        await visit.send(Message(text, html=True, keyboard=keyboard))
    else:
        await visit.toast("old_button")


async def set_cause(visit: Visit, case: Case, cause: str) -> None:
    """Keep the cause of a case, by its key in the config."""
    if await moved_by(visit, case, Move.CAUSE, Particulars(cause=cause)) is None:
        return
    label = cause_label(visit, cause)
    told = visit.room.words.html("cases.cause_set", visit.language, number=case.id, cause=label)
    await visit.show(Message(told, html=True))
    if visit.callback_id:
        await visit.toast("did_cause", number=case.id)


def cause_label(visit: Visit, cause: str) -> str:
    """Name a cause in the member's language; the key where the config no longer knows it."""
    company = visit.room.company
    return in_language(company.cases.causes.get(cause, {}), visit.language, company.default_language) or cause


def _causes(visit: Visit, case: Case) -> Keyboard:
    taps = {key: f"s.{case.id}.cause.{key}" for key in visit.room.company.cases.causes}
    return tuple(
        (Button(cause_label(visit, key), tap),) for key, tap in taps.items() if len(tap.encode()) <= _LONGEST_TAP
    )


def _asking(visit: Visit, case: Case, severity: Severity | None = None) -> Message:
    """Ask how severe it is, or, once that is said, whom it touches."""
    words, language, tap = visit.room.words, visit.language, f"s.{case.id}.assess"
    if severity is None:
        text = words.html("cases.severity_ask", language, number=case.id)
        row = [Button(words.plain(f"cases.label.{each.value}", language), f"{tap}.{each.value}") for each in Severity]
    else:
        named = words.plain(f"cases.severity.{severity.value}", language)
        text = words.html("cases.impact_ask", language, number=case.id, severity=named)
        tap = f"{tap}.{severity.value}"
        row = [Button(words.plain(f"cases.label.{each.value}", language), f"{tap}.{each.value}") for each in Impact]
    return Message(text, html=True, keyboard=(tuple(row),))


async def _tell_managers(visit: Visit, case: Case, impact: Impact) -> None:
    customer = await customer_by_id(visit.tx, case.customer_id)
    assert customer is not None
    words = visit.room.words
    rows = []
    for member in await list_members(visit.tx):
        if not member.reachable or not member.may(Role.MANAGER) or member.id == visit.member.id:
            continue
        language = visit.room.line.language_of(member)
        text = words.html(
            "cases.critical",
            language,
            number=case.id,
            category=visit.room.labels.name("category", case.category, language),
            name=display_name(customer, words, language),
            by=visit.member.name,
            impact=words.plain(f"cases.impact.{impact.value}", language),
        )
        button = Button(words.plain("staff.label.number", language, number=case.id), f"s.{case.id}.show")
        message = Message(text, html=True, keyboard=((button,),))
        rows.append(to_member(member.id, message, visit.now, customer_id=customer.id, case_id=case.id))
    await outbox.put(visit.tx, rows)


def _is_assessment(severity: str, impact: str) -> bool:
    return severity in {each.value for each in Severity} and impact in {each.value for each in Impact}
