"""Cases in staff's hands: the list, the buttons of a card, and words that are typed for a case by its number."""

from __future__ import annotations

from collections.abc import Sequence

from bot.cards import card_ref, display_name
from bot.staff_answering import begin_answering, end_answering
from bot.staff_assessing import ask_cause, assess_button, cause_button
from bot.staff_expects import Expectation, expect, expected_here, forget_expected
from bot.staff_merging import merge_button
from bot.staff_moving import moved_by, tell_refusal
from bot.staff_visit import Visit
from dialogues.cases import Particulars, Refused
from domain.cases import Case, Move, state_after
from domain.messages import Button, Message
from store import outbox
from store.case_clocks import clocks_of
from store.cases import case_by_id, count_cases, list_cases, standing_case
from store.customers import customer_by_id, customers_by_id
from store.staff import names_of

_PAGE = 8
_PROMPTS = {"reply": "prompt_reply", "note": "prompt_note", "decline": "prompt_decline"}
_BUTTONS = frozenset(
    move.value for move in (Move.TAKE, Move.TAKE_OVER, Move.WAIT, Move.RESOLVE, Move.SPAM, Move.REOPEN)
)


async def list_open(visit: Visit, argument: str = "", *, anew: bool = False) -> None:
    """
    `/cases`: the open ones, those waiting longest first, each with a button; *argument* is the page.

    It takes the place of the page before; *anew* it is a message of its own, under what her button belongs to.
    """
    page = int(argument) if argument.isdecimal() and len(argument) <= 6 else 0
    total = sum(count for state, count in (await count_cases(visit.tx)).items() if state.is_open)
    found = await list_cases(visit.tx, limit=_PAGE, offset=page * _PAGE)
    if not found:
        await visit.show(Message(visit.html("cases_none"), html=True))
        return
    customers = await customers_by_id(visit.tx, {case.customer_id for case in found})
    owners = await names_of(visit.tx, {case.owner_id for case in found if case.owner_id is not None})
    running = await clocks_of(visit.tx, [case.id for case in found], only_unstopped=True)
    lines = [visit.html("cases_title", n=total)]
    for case in found:
        name = display_name(customers[case.customer_id], visit.room.words, visit.language)
        late = any(clock.was_missed(visit.now) for clock in running.get(case.id, ()))
        lines.append(_line(visit, case, name, owners.get(case.owner_id or 0, ""), late=late))
    buttons = [Button(visit.plain("label.number", number=case.id), f"s.{case.id}.show") for case in found]
    rows = [tuple(buttons[start : start + 4]) for start in range(0, len(buttons), 4)]
    rows += _pages(visit, page, total)
    message = Message("\n".join(lines), html=True, keyboard=tuple(rows))
    await (visit.send(message) if anew else visit.show(message))


async def case_button(visit: Visit, rest: Sequence[str]) -> None:
    """A button of a card or of the list: "s.CASE.MOVE", or "s.list.PAGE"; "s.list" is the morning's list's."""
    match rest:
        case ["list"]:
            await list_open(visit, anew=True)
            return
        case ["list", page]:
            await list_open(visit, page)
            return
        case [number, what, *more] if number.isdecimal() and len(number) <= 18:
            case = await case_by_id(visit.tx, int(number))
        case _:
            case, what, more = None, "", []
    if case is None:
        await visit.toast("old_button")
        return
    match what:
        case "show":
            await show_card(visit, case)
        case "reply" | "note" | "decline":
            await _prompt(visit, case, what)
        case "assess":
            await assess_button(visit, case, more)
        case "cause":
            await cause_button(visit, case, more)
        case "merge":
            await merge_button(visit, case, more)
        case _ if what in _BUTTONS and not more:
            await move_by_button(visit, case, Move(what))
        case _:
            await visit.toast("old_button")


async def move_by_button(visit: Visit, case: Case, move: Move, text: str = "") -> None:
    """Make a move with all that follows from it, or say why it is not allowed; after resolving ask for the cause."""
    moved = await moved_by(visit, case, move, Particulars(text=text))
    if moved is None:
        return
    if visit.callback_id:
        await visit.toast(f"did_{move.value}", number=case.id)
    else:
        await visit.say(f"toast.did_{move.value}", number=case.id)
    if move in {Move.RESOLVE, Move.DECLINE}:
        await ask_cause(visit, moved)


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


async def forget_prompt(visit: Visit, rest: Sequence[str]) -> None:
    """
    The cancel button under a prompt, or ("keep") the "no" under a question: her next words are for nothing special.

    Once her words have been taken nothing is cancelled any more, and she is told so.
    """
    has_gone = not visit.member.expects and rest != ["keep"]
    expected = expected_here(visit.member, visit.place, visit.now)
    await forget_expected(visit.tx, visit.member)
    if expected is not None and expected.what == "reply" and expected.argument.isdigit():
        await _not_answering(visit, int(expected.argument))
    await visit.clear_buttons()
    await visit.toast("too_late" if has_gone else "forgotten")


async def _not_answering(visit: Visit, number: int) -> None:
    case = await case_by_id(visit.tx, number)
    customer = await customer_by_id(visit.tx, case.customer_id) if case is not None else None
    if case is not None and customer is not None:
        now = await end_answering(visit.tx, case, visit.member.id)
        await visit.room.line.case_changed(visit.tx, now, customer, "", visit.now)


def _line(visit: Visit, case: Case, name: str, owner: str, *, late: bool) -> str:
    return visit.html(
        "cases_line",
        number=case.id,
        category=visit.room.labels.name("category", case.category, visit.language),
        name=name,
        state=visit.plain(f"state_short.{case.state.value}"),
        owner=owner,
        late=late,
        opened=case.opened_at,
    )


async def _prompt(visit: Visit, case: Case, what: str) -> None:
    customer = await customer_by_id(visit.tx, case.customer_id)
    assert customer is not None
    standing = await standing_case(visit.tx, case)
    if state_after(standing.state, Move(what)) is None:
        await tell_refusal(visit, Refused("move_not_now"), standing)
        return
    if what == "reply" and not await begin_answering(visit, case, customer):
        return
    await expect(visit.tx, visit.member, visit.place, Expectation(what, str(case.id)), visit.now)
    name = display_name(customer, visit.room.words, visit.language)
    cancel = Button(visit.plain("label.cancel"), "e.cancel")
    await visit.say(_PROMPTS[what], number=case.id, name=name, keyboard=((cancel,),))


def _pages(visit: Visit, page: int, total: int) -> list[tuple[Button, ...]]:
    row = []
    if page:
        row.append(Button(visit.plain("label.previous"), f"s.list.{page - 1}"))
    if (page + 1) * _PAGE < total:
        row.append(Button(visit.plain("label.next"), f"s.list.{page + 1}"))
    return [tuple(row)] if row else []
