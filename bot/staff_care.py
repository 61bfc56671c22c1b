"""
Tasks of the care plans at the desk: `/tasks`, a task's card, and what became of it, in at most three taps.

Done is written onto the customer's timeline at once; a feeling or a line about it may follow.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from bot.cards import display_name
from bot.care_lines import ICONS, TAP, is_late, task_buttons, task_lines, task_title
from bot.care_notices import late_words
from bot.staff_care_plans import plans_button
from bot.staff_expects import Expectation, expect
from bot.staff_visit import Visit, id_of
from dialogues.cases import by_member
from dialogues.outside import Outside, log_outside
from dialogues.taps import short
from domain.care import NOT_REACHED, CareState, CareTask, RunState
from domain.contacts import Direction
from domain.customers import Customer
from domain.hours import opens_on
from domain.languages import in_language
from domain.messages import Button, Keyboard, Message
from domain.staff import Role
from store import care, care_tasks
from store.customers import customer_by_id, customers_by_id
from store.staff import names_of
from templates.markup import Safe

EXPECTED = "task"
"""What her next words are for, after she has marked a task as done."""

WHY_NOT = ("not_reached", "no_time", "not_wanted", "not_needed", "other")
_PAGE = 8
_FEELINGS = ("😠", "🙁", "😐", "🙂", "😀")
_REST = {"tomorrow": 1, "week": 7, "month": 30}


async def show_tasks(visit: Visit, _argument: str = "", *, page: int = 0) -> None:
    """`/tasks`: hers and nobody's, those due first, each with a button that opens its card; a page of them."""
    n = await care_tasks.count_tasks(visit.tx, now=visit.now, owner_id=visit.member.id, and_nobodys=True)
    if not n:
        await visit.show_html(visit.room.words.html("care.none", visit.language))
        return
    page = min(page, (n - 1) // _PAGE)
    found = await care_tasks.tasks(
        visit.tx, now=visit.now, owner_id=visit.member.id, and_nobodys=True, limit=_PAGE, offset=page * _PAGE
    )
    customers = await customers_by_id(visit.tx, {task.row.customer_id for task in found})
    company, words, language = visit.room.company, visit.room.words, visit.language
    lines = task_lines(found, customers, company, words, language, visit.now)
    turns = (("before", page - 1, page > 0), ("more", page + 1, (page + 1) * _PAGE < n))
    row = tuple(
        Button(words.plain(f"care.label.{name}", language), f"{TAP}.list.{short(to)}")
        for name, to, is_there in turns
        if is_there
    )
    text = words.html("care.tasks", language, n=n, lines=Safe("\n").join(lines))
    await visit.show_html(text, (*task_buttons(found, customers, company, words, language), *((row,) if row else ())))


async def care_button(visit: Visit, rest: Sequence[str]) -> None:
    """
    A button: "t.list[.PAGE]", a task's "t.TASK[.ACT[.CHOICE]]", "t.late.RUN.go", or a plan's "t.plan...".

    Only its owner, or a manager, says what became of a task; nobody's is anybody's.
    """
    match rest:
        case ["list", *page]:
            await show_tasks(visit, page=(id_of(page[0]) or 0) if page else 0)
        case ["late", run, ("go" | "drop") as act]:
            await _late(visit, id_of(run) or 0, act)
        case [("plans" | "plan" | "cal" | "ics"), *_]:
            await plans_button(visit, rest)
        case [task_id, *act]:
            task = await care_tasks.task_by_id(visit.tx, id_of(task_id) or 0)
            customer = await customer_by_id(visit.tx, task.row.customer_id) if task is not None else None
            if task is None or customer is None:
                await visit.toast("old_button")
            else:
                await _act(visit, task, customer, act)
        case _:
            await visit.toast("old_button")


async def _act(visit: Visit, task: CareTask, customer: Customer, act: Sequence[str]) -> None:
    match act:
        case ["felt", face] if face in set("12345") and task.row.state is CareState.DONE:
            await _felt(visit, task, customer, int(face))
            return
        case _ if task.row.state is not CareState.TASK:
            await _settled(visit, task, customer)
            return
        case []:
            await _card(visit, task, customer)
            return
    owner = task.row.owner_id
    if owner not in {None, visit.member.id} and not visit.member.may(Role.MANAGER):
        name = (await names_of(visit.tx, [owner] if owner else [])).get(owner or 0, "")
        await visit.toast("not_yours", area="care.toast", owner=name or str(owner))
        return
    match act:
        case ["done"]:
            await _done(visit, task, customer)
        case ["not"]:
            rows = tuple((_choice(visit, task, f"why_not.{why}", f"not.{why}"),) for why in WHY_NOT)
            await _ask(visit, "why_not_q", task, customer, rows)
        case ["not", why] if why in WHY_NOT:
            await _not_done(visit, task, customer, why)
        case ["later"]:
            row = tuple(_choice(visit, task, f"label.{rest}", f"later.{rest}") for rest in _REST)
            await _ask(visit, "when", task, customer, (row,))
        case ["later", rest] if rest in _REST:
            await _put_off(visit, task, customer, _REST[rest])
        case _:
            await visit.toast("old_button")


async def _card(visit: Visit, task: CareTask, customer: Customer) -> None:
    company, words, language = visit.room.company, visit.room.words, visit.language
    owner = task.row.owner_id
    names = await names_of(visit.tx, [owner]) if owner is not None and owner != visit.member.id else {}
    calls = task.row.reason == NOT_REACHED
    texts = task.run.content.get("text", {})
    text = words.html(
        "care.card",
        language,
        icon=ICONS[task.row.channel],
        title=task_title(task, company, language),
        name=display_name(customer, words, language),
        channel=visit.plain(f"channel.{task.row.channel.value}"),
        late=is_late(task, company, visit.now),
        due=task.due_at,
        call=calls,
        text=in_language(texts, customer.language or language, company.default_language) if calls else "",
        trace=task.row.note,
        owner=names.get(owner or 0, ""),
    )
    rows = (
        (_choice(visit, task, "label.done", "done"), _choice(visit, task, "label.not_done", "not")),
        (
            _choice(visit, task, "label.later", "later"),
            Button(words.plain("care.label.customer", language), f"u.{short(customer.id)}"),
        ),
        _back(visit),
    )
    await visit.show(Message(text, html=True, keyboard=rows), customer_id=customer.id)


async def _done(visit: Visit, task: CareTask, customer: Customer) -> None:
    """Mark it, and write the contact, in this one transaction; a second tap finds it settled."""
    room = visit.room
    if not await care_tasks.settle_task(visit.tx, task.row.id, CareState.DONE, visit.now):
        await _settled_meanwhile(visit, task, customer)
        return
    title = task_title(task, room.company, room.company.default_language)
    outside = Outside(task.row.channel, Direction.OUT, visit.now, title)
    by = by_member(visit.member)
    contact = await log_outside(visit.tx, room.company, room.line, customer, None, outside, by, visit.now)
    await care_tasks.keep_contact(visit.tx, task.row.id, contact.id)
    await visit.note("care.done", f"customer:{customer.id}", plan=task.run.plan, action=task.run.action)
    await expect(visit.tx, visit.member, visit.place, Expectation(EXPECTED, str(task.row.id)), visit.now)
    faces = tuple(
        Button(face, f"{TAP}.{short(task.row.id)}.felt.{number}") for number, face in enumerate(_FEELINGS, start=1)
    )
    await _ask(visit, "did", task, customer, (faces,))


async def task_words(visit: Visit, argument: str, text: str) -> None:
    """Keep the line that she writes about a task that she has done."""
    task = await care_tasks.task_by_id(visit.tx, int(argument)) if argument.isdigit() else None
    customer = await customer_by_id(visit.tx, task.row.customer_id) if task is not None else None
    if task is None or customer is None or not text.strip():
        await visit.toast("old_button")
        return
    title = task_title(task, visit.room.company, visit.room.company.default_language)
    await care_tasks.add_words(visit.tx, task, f"{title}: {text.strip()}", None)
    name = display_name(customer, visit.room.words, visit.language)
    await visit.send(Message(visit.room.words.html("care.said", visit.language, name=name), html=True))


async def _felt(visit: Visit, task: CareTask, customer: Customer, feeling: int) -> None:
    await care_tasks.add_words(visit.tx, task, "", feeling)
    await _tell(visit, "felt", task, customer, face=_FEELINGS[feeling - 1])


async def _not_done(visit: Visit, task: CareTask, customer: Customer, why: str) -> None:
    if not await care_tasks.settle_task(visit.tx, task.row.id, CareState.NOT_DONE, visit.now, reason=why):
        await _settled_meanwhile(visit, task, customer)
        return
    detail = {"plan": task.run.plan, "action": task.run.action, "reason": why}
    await visit.note("care.not_done", f"customer:{customer.id}", **detail)
    reason = visit.room.words.plain(f"care.why_not.{why}", visit.language)
    await _tell(visit, "did_not", task, customer, reason=reason)


async def _put_off(visit: Visit, task: CareTask, customer: Customer, days: int) -> None:
    """Let it rest until the beginning of a day on which we are open."""
    company = visit.room.company
    day = visit.now.astimezone(company.zone).date() + dt.timedelta(days=days)
    while not opens_on(company, day) and day < visit.now.date() + dt.timedelta(days=days + 14):
        day += dt.timedelta(days=1)
    until = dt.datetime.combine(day, dt.time(), company.zone).astimezone(dt.UTC)
    await care_tasks.put_off(visit.tx, task.row.id, until)
    await visit.note("care.later", f"customer:{customer.id}", plan=task.run.plan, action=task.run.action)
    await _tell(visit, "put_off", task, customer, until=until)


async def _settled_meanwhile(visit: Visit, task: CareTask, customer: Customer) -> None:
    """Show what a colleague has made of it between the reading and the writing of this tap."""
    await _settled(visit, await care_tasks.task_by_id(visit.tx, task.row.id) or task, customer)


async def _settled(visit: Visit, task: CareTask, customer: Customer) -> None:
    await visit.toast("settled", area="care.toast")
    state = task.row.state.value if task.row.state in {CareState.DONE, CareState.NOT_DONE} else "other"
    await _tell(visit, "settled", task, customer, state=visit.room.words.plain(f"care.state.{state}", visit.language))


async def _late(visit: Visit, run_id: int, act: str) -> None:
    """Let an action that came too late begin after all, or leave it out."""
    if not visit.member.may(Role.MANAGER):
        await visit.toast("managers", area="care.toast")
        return
    run = await care.get_run(visit.tx, run_id)
    if run is None:
        await visit.toast("old_button")
        return
    if act == "go":
        moved = await care.start_late(visit.tx, run, visit.now)
    else:
        moved = run.state is RunState.LATE and await care.move_run(visit.tx, run, RunState.CANCELLED)
    if not moved:
        await visit.toast("settled", area="care.toast")
        return
    await visit.note(f"care.late_{act}", f"care:{run.plan}", action=run.action)
    told = late_words(run, visit.room.company, visit.language)
    await visit.show_html(visit.room.words.html(f"care.late_{act}", visit.language, **told))


async def _ask(visit: Visit, key: str, task: CareTask, customer: Customer, rows: Keyboard) -> None:
    await _tell(visit, key, task, customer, keyboard=rows)


async def _tell(
    visit: Visit, key: str, task: CareTask, customer: Customer, *, keyboard: Keyboard = (), **values: object
) -> None:
    words, language = visit.room.words, visit.language
    title = task_title(task, visit.room.company, language)
    name = display_name(customer, words, language)
    text = words.html(f"care.{key}", language, title=title, name=name, **values)
    await visit.show(Message(text, html=True, keyboard=(*keyboard, _back(visit))), customer_id=customer.id)


def _back(visit: Visit) -> tuple[Button, ...]:
    return (Button(visit.room.words.plain("care.label.back", visit.language), f"{TAP}.list"),)


def _choice(visit: Visit, task: CareTask, label: str, act: str) -> Button:
    return Button(visit.room.words.plain(f"care.{label}", visit.language), f"{TAP}.{short(task.row.id)}.{act}")
