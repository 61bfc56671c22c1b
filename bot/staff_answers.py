"""Ready answers: `/a word` shows the text as this customer would get it, and one tap sends it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from bot.cards import display_name
from bot.staff_replies import Answered, find_answered, send_reply
from bot.staff_visit import Visit, id_of
from dialogues.taps import short
from domain.cases import Case
from domain.customers import Customer
from domain.languages import best_language
from domain.messages import Act, Button, Keyboard, Message
from store import outbox
from store.cases import case_by_id, standing_case
from store.customers import customer_by_id
from store.facts import known_facts
from store.topics import StaffMessage, find_message, keep_messages
from templates.answers import Filled, ReadyAnswer, fill
from templates.locales import own_name
from templates.markup import Safe, parse
from templates.sandbox import NotRenderableError

_MOST_SHOWN = 20


async def ready_command(visit: Visit, argument: str) -> None:
    """`/a`, `/a word`, `/a 12 word`: find the customer and the answer, and show what she would get."""
    first, _, rest = argument.strip().partition(" ")
    if first.isdecimal() and len(first) <= 18:
        case = await case_by_id(visit.tx, int(first))
        customer = await customer_by_id(visit.tx, case.customer_id) if case is not None else None
        if case is None or customer is None:
            await visit.say("no_such_case", number=first)
            return
        answered: Answered | None = Answered(customer, await standing_case(visit.tx, case))
        argument = rest
    else:
        answered = await find_answered(visit)
    if answered is None:
        await visit.send(_html(visit, "whom"))
        return
    word = argument.strip()
    answers = visit.room.answers
    found = answers.find(word) if word else answers.all()
    if len(found) == 1:
        await _preview(visit, found[0], answered)
    elif not found:
        await visit.send(_html(visit, "none", word=word))
    else:
        await _choose(visit, found, answered)


async def ready_button(visit: Visit, rest: Sequence[str]) -> None:
    """A button of a list or a preview: "a.ANSWER.CUSTOMER.CASE.SEEN.WHAT"; SEEN is "" before she has seen the text."""
    if len(rest) != 5:
        await visit.toast("old_button")
        return
    name, who, number, seen, what = rest
    answer, customer_id = visit.room.answers.get(name), id_of(who)
    customer = await customer_by_id(visit.tx, customer_id) if customer_id is not None else None
    case = await case_by_id(visit.tx, int(number)) if number.isdecimal() and len(number) <= 18 else None
    if what == "cancel":
        await visit.clear_buttons()
        return
    if answer is None or customer is None:
        await visit.toast("gone", area="answers.toast")
        await visit.clear_buttons()
        return
    case = await standing_case(visit.tx, case) if case is not None else None
    answered = Answered(customer, case)
    if what == "show":
        await _preview(visit, answer, answered)
        return
    filled = await _filled(visit, answer, answered)
    if filled is None:
        return
    if _seen(filled) != seen:
        await _preview(visit, answer, answered)
        await visit.toast("renewed", area="answers.toast")
    elif what == "change":
        plain = parse(filled.text).plain
        await visit.clear_buttons()
        ref = f"case:{case.id}" if case is not None else f"customer:{customer.id}"
        message = _html(visit, "changed", text=plain)
        await visit.send(message, ref=ref, customer_id=customer.id, case_id=case.id if case else None)
    elif what == "send":
        await _send(visit, answered, filled)
    else:
        await visit.toast("old_button")


async def _send(visit: Visit, answered: Answered, filled: Filled) -> None:
    """Send what the tapped preview shows, once; the preview then says what was sent, and by whom."""
    if visit.tapped is None:
        return
    place, customer = visit.place.chat_id, answered.customer
    before = await find_message(visit.tx, place, visit.tapped)
    if before is not None and before.ref.startswith("reply:"):
        await visit.toast("sent", area="answers.toast")
        return
    sent = await send_reply(visit, answered, Message(filled.text, html=True), parse(filled.text).plain)
    if sent is None:
        await visit.clear_buttons()
        return
    number = sent.case.id if sent.case else None
    await keep_messages(visit.tx, [StaffMessage(place, visit.tapped, sent.ref, visit.now, customer.id, number)])
    text = Safe(filled.text)
    shown = _html(visit, "sent", agent=visit.member.name, text=text, **_whom(visit, customer, sent.case))
    row = visit.row(shown, act=Act.EDIT, message_id=visit.tapped, customer_id=customer.id)
    await outbox.put(visit.tx, [row])
    await visit.toast("sent", area="answers.toast")


async def _choose(visit: Visit, found: Sequence[ReadyAnswer], answered: Answered) -> None:
    default = visit.room.company.default_language
    titles = [(each.title(visit.language, default), _data(each, answered, "", "show")) for each in found[:_MOST_SHOWN]]
    rows: Keyboard = tuple((Button(title, data),) for title, data in titles)
    message = _html(visit, "which_to", **_whom(visit, answered.customer, answered.case))
    await visit.send(Message(message.text, html=True, keyboard=rows))


async def _preview(visit: Visit, answer: ReadyAnswer, answered: Answered) -> None:
    filled = await _filled(visit, answer, answered)
    if filled is None:
        return
    company, customer = visit.room.company, answered.customer
    wanted = best_language(customer.language, company.languages)
    missing = filled.language != wanted
    text = _html(
        visit,
        "preview",
        title=answer.title(visit.language, company.default_language),
        text=Safe(filled.text),
        language=own_name(filled.language) if missing else "",
        wanted=own_name(wanted),
        **_whom(visit, customer, answered.case),
    )
    rows: Keyboard = (
        (_button(visit, "send", answer, answered, filled),),
        (_button(visit, "change", answer, answered, filled), _button(visit, "cancel", answer, answered, filled)),
    )
    await visit.show(Message(text.text, html=True, keyboard=rows), customer_id=customer.id)


async def _filled(visit: Visit, answer: ReadyAnswer, answered: Answered) -> Filled | None:
    """Fill the answer in for her; or say why it is not for her."""
    customer, company = answered.customer, visit.room.company
    language = best_language(customer.language, (company.default_language, *answer.texts))
    try:
        return fill(answer, company, customer.language, await _values(visit, answered, language))
    except NotRenderableError as error:
        title = answer.title(visit.language, company.default_language)
        name = display_name(customer, visit.room.words, visit.language)
        await visit.send(_html(visit, "not_for", title=title, name=name, problem=error.problem))
        return None


async def _values(visit: Visit, answered: Answered, language: str) -> dict[str, Any]:
    """Return what the answer may name: what a newsletter may, and what it is about."""
    customer, case, company = answered.customer, answered.case, visit.room.company
    facts = (await known_facts(visit.tx, [customer.id])).get(customer.id, [])
    labels = visit.room.labels
    return {
        "name": customer.name,
        "town": customer.town or "",
        "number": customer.number or "",
        "company": company.name,
        "today": visit.now,
        "zone": customer.timezone or company.timezone,
        "fact": {fact.name: fact.value for fact in facts},
        "agent": visit.member.name,
        "case": case.id if case else "",
        "category": labels.name("category", case.category, language) if case else "",
        "order": case.order_ref if case else "",
        "remedy": labels.name("remedy", case.remedy, language) if case and case.remedy else "",
    }


def _whom(visit: Visit, customer: Customer, case: Case | None) -> dict[str, Any]:
    name = display_name(customer, visit.room.words, visit.language)
    return {"name": name, "number": case.id if case else None}


def _button(visit: Visit, what: str, answer: ReadyAnswer, answered: Answered, filled: Filled) -> Button:
    label = visit.room.words.plain(f"answers.label.{what}", visit.language)
    return Button(label, _data(answer, answered, _seen(filled), what))


def _data(answer: ReadyAnswer, answered: Answered, seen: str, what: str) -> str:
    """Write a button's data: under 64 bytes, with a name of 20 signs and ten digits of a case."""
    case = answered.case.id if answered.case else 0
    return f"a.{answer.name}.{short(answered.customer.id)}.{case}.{seen}.{what}"


def _seen(filled: Filled) -> str:
    """Give a short mark of what the text says, so that nobody sends what she has not seen."""
    return hashlib.sha256(filled.text.encode()).hexdigest()[:5]


def _html(visit: Visit, key: str, **values: Any) -> Message:
    return Message(visit.room.words.html(f"answers.{key}", visit.language, **values), html=True)
