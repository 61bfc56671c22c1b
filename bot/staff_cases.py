"""Cases in staff's hands: the list, the buttons of a card, and words that are typed for a case by its number."""

from __future__ import annotations

from collections.abc import Sequence

from bot.cards import card_ref, display_name
from bot.staff_expects import Expectation, expect, forget_expected
from bot.staff_visit import Visit
from dialogues.cases import Refused, hand_over_case, move_case
from dialogues.taps import menu_tap
from domain.cases import Case, CaseState, Move
from domain.contacts import ContactKind
from domain.customers import Customer
from domain.languages import best_language
from domain.messages import Act, Button, Keyboard, Lane, Message, OnUnknown, Waiting
from domain.staff import Role
from store import outbox
from store.cases import case_by_id, count_cases, list_cases
from store.customers import customer_by_id, customers_by_id
from store.ids import new_id
from store.staff import find_member, names_of
from store.waves import invite_later

_PAGE = 8
_PROMPTS = {"reply": "prompt_reply", "note": "prompt_note", "decline": "prompt_decline"}
_BUTTONS = frozenset(move.value for move in (Move.TAKE, Move.WAIT, Move.RESOLVE, Move.SPAM, Move.REOPEN))
_TOLD = {
    Move.TAKE: "case_taken",
    Move.WAIT: "case_waiting",
    Move.RESOLVE: "case_resolved",
    Move.DECLINE: "case_declined",
    Move.REOPEN: "case_reopened",
}
_ASKING = {  # what her two buttons say: it is all right, or it is not
    CaseState.RESOLVED: ("settled", "not_settled"),
    CaseState.DECLINED: ("accept", "disagree"),
}


async def list_open(visit: Visit, argument: str = "") -> None:
    """`/cases`: the open ones, those waiting longest first, each with a button; *argument* is the page."""
    page = int(argument) if argument.isdigit() else 0
    total = sum(count for state, count in (await count_cases(visit.tx)).items() if state.is_open)
    found = await list_cases(visit.tx, limit=_PAGE, offset=page * _PAGE)
    if not found:
        await visit.show(Message(visit.html("cases_none"), html=True))
        return
    customers = await customers_by_id(visit.tx, {case.customer_id for case in found})
    owners = await names_of(visit.tx, {case.owner_id for case in found if case.owner_id is not None})
    lines = [visit.html("cases_title", n=total)]
    for case in found:
        name = display_name(customers[case.customer_id], visit.room.words, visit.language)
        lines.append(_line(visit, case, name, owners.get(case.owner_id or 0, "")))
    buttons = [Button(visit.plain("label.number", number=case.id), f"s.{case.id}.show") for case in found]
    rows = [tuple(buttons[start : start + 4]) for start in range(0, len(buttons), 4)]
    rows += _pages(visit, page, total)
    await visit.show(Message("\n".join(lines), html=True, keyboard=tuple(rows)))


async def case_button(visit: Visit, rest: Sequence[str]) -> None:
    """A button of a card or of the list: "s.CASE.MOVE", or "s.list.PAGE"."""
    match rest:
        case ["list", page]:
            await list_open(visit, page)
            return
        case [number, what] if number.isdigit():
            case = await case_by_id(visit.tx, int(number))
        case _:
            case, what = None, ""
    if case is None:
        await visit.toast("old_button")
        return
    match what:
        case "show":
            await show_card(visit, case)
        case "take_over":
            await _take_over(visit, case)
        case "reply" | "note" | "decline":
            await _prompt(visit, case, what)
        case _ if what in _BUTTONS:
            await move_by_button(visit, case, Move(what))
        case _:
            await visit.toast("old_button")


async def move_by_button(visit: Visit, case: Case, move: Move, text: str = "") -> None:
    """Make a move, tell the customer and everybody's cards; or say why it is not allowed."""
    moved = await move_case(visit.tx, case, move, staff_id=visit.member.id, text=text, now=visit.now)
    if isinstance(moved, Refused):
        reason = await refusal_text(visit, moved, case)
        if visit.callback_id:
            await visit.toast("refused", reason=reason)
        else:
            await visit.say("refused", reason=reason)
        return
    customer = await customer_by_id(visit.tx, case.customer_id)
    assert customer is not None
    await visit.note(f"case.{move.value}", f"case:{case.id}")
    if move in _TOLD and moved != case:
        await _tell_customer(visit, moved, customer, move, text)
    await visit.room.line.case_changed(visit.tx, moved, customer, "", visit.now)
    if move is Move.RESOLVE:
        for script in visit.room.library.after("case_resolved"):
            at = visit.now + script.starts.delay
            await invite_later(visit.tx, script.id, customer.id, at, f"case:{case.id}")
    if visit.callback_id:
        await visit.toast(f"did_{move.value}", number=case.id)
    else:
        await visit.say(f"toast.did_{move.value}", number=case.id)


async def show_card(visit: Visit, case: Case) -> None:
    """Show a case's card where the member is; it is kept up to date like the pinned one."""
    customer = await customer_by_id(visit.tx, case.customer_id)
    assert customer is not None
    line = visit.room.line
    language = visit.language if visit.place.private else visit.room.company.default_language
    card = line.card(case, customer, language, await line.names_for(visit.tx, case))
    row = visit.row(card, ref=card_ref(case.id), customer_id=customer.id, case_id=case.id)
    await outbox.put(visit.tx, [row])
    await visit.note("case.look", f"case:{case.id}")


async def refusal_text(visit: Visit, refused: Refused, case: Case) -> str:
    """Say why a move is not allowed, with the name of whoever holds the case."""
    owner = ""
    if refused.owner_id is not None:
        owner = (await names_of(visit.tx, [refused.owner_id])).get(refused.owner_id, "") or str(refused.owner_id)
    state = visit.plain(f"state_short.{case.state.value}")
    return visit.plain(f"refusal.{refused.reason}", owner=owner, number=case.id, state=state)


async def forget_prompt(visit: Visit, rest: Sequence[str]) -> None:
    """
    The cancel button under a prompt, or ("keep") the "no" under a question: her next words are for nothing special.

    Once her words have been taken nothing is cancelled any more, and she is told so.
    """
    has_gone = not visit.member.expects and rest != ["keep"]
    await forget_expected(visit.tx, visit.member)
    await visit.clear_buttons()
    await visit.toast("too_late" if has_gone else "forgotten")


def _line(visit: Visit, case: Case, name: str, owner: str) -> str:
    due = case.first_answer_due
    return visit.html(
        "cases_line",
        number=case.id,
        category=visit.room.labels.name("category", case.category, visit.language),
        name=name,
        state=visit.plain(f"state_short.{case.state.value}"),
        owner=owner,
        late=case.first_answer_at is None and due is not None and due < visit.now,
        opened=case.opened_at,
    )


async def _take_over(visit: Visit, case: Case) -> None:
    """Give the member a case that somebody else holds: a manager may, and anybody when the owner is no longer staff."""
    owner = await find_member(visit.tx, case.owner_id) if case.owner_id is not None else None
    if owner is not None and owner.id == visit.member.id:
        await visit.toast("already_yours", number=case.id)
        return
    if owner is not None and not visit.member.may(Role.MANAGER):
        await visit.toast("answering", owner=owner.name, number=case.id)
        return
    taken = await hand_over_case(visit.tx, case, visit.member.id, visit.member.id, visit.now)
    customer = await customer_by_id(visit.tx, case.customer_id)
    assert customer is not None
    await visit.note("case.take_over", f"case:{case.id}")
    await visit.room.line.case_changed(visit.tx, taken, customer, "", visit.now)
    await visit.toast("did_take", number=case.id)


async def _prompt(visit: Visit, case: Case, what: str) -> None:
    await expect(visit.tx, visit.member, visit.place, Expectation(what, str(case.id)), visit.now)
    customer = await customer_by_id(visit.tx, case.customer_id)
    assert customer is not None
    name = display_name(customer, visit.room.words, visit.language)
    cancel = Button(visit.plain("label.cancel"), "e.cancel")
    await visit.say(_PROMPTS[what], number=case.id, name=name, keyboard=((cancel,),))


async def _tell_customer(visit: Visit, case: Case, customer: Customer, move: Move, text: str) -> None:
    if customer.chat_id is None:
        return
    words = visit.room.words
    language = best_language(customer.language, visit.room.company.languages)
    told = words.html(f"service.{_TOLD[move]}", language, number=case.id, **_named(visit, move))
    if text:
        told = words.html("staff.to_customer", language, text=text, told=told)
    keyboard: Keyboard = ()
    if case.state in _ASKING:
        accept, reopen = _ASKING[case.state]
        keyboard = (
            (Button(words.plain(f"service.label.{accept}", language), menu_tap("accept", str(case.id))),),
            (Button(words.plain(f"service.label.{reopen}", language), menu_tap("reopen", str(case.id))),),
        )
    row = Waiting(
        id=new_id(),
        act=Act.SEND,
        chat_id=customer.chat_id,
        lane=Lane.REPLY,
        kind=ContactKind.SERVICE.value,
        message=Message(told, html=True, keyboard=keyboard),
        created_at=visit.now,
        not_before=visit.now,
        customer_id=customer.id,
        case_id=case.id,
        on_unknown=OnUnknown.NEVER_MISS,
    )
    await outbox.put(visit.tx, [row])


def _named(visit: Visit, move: Move) -> dict[str, str]:
    return {"name": visit.member.name or visit.room.company.name} if move is Move.TAKE else {}


def _pages(visit: Visit, page: int, total: int) -> list[tuple[Button, ...]]:
    row = []
    if page:
        row.append(Button(visit.plain("label.previous"), f"s.list.{page - 1}"))
    if (page + 1) * _PAGE < total:
        row.append(Button(visit.plain("label.next"), f"s.list.{page + 1}"))
    return [tuple(row)] if row else []
