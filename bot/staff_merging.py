"""Two cases about the same thing become one: by command, or by a button that lists the customer's other open cases."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.cards import shortened
from bot.staff_moving import moved_by
from bot.staff_visit import Visit
from dialogues.cases import Particulars
from domain.cases import Case, Move
from domain.messages import Button, Message
from store.cases import case_by_id, cases_of

_TWO_NUMBERS = re.compile(r"\D*(\d{1,18})\b\D+(\d{1,18})\D*")
_SHOWN = 8


async def merge_command(visit: Visit, argument: str) -> None:
    """`/merge 12 into 11`: the first goes on in the second. The word between them does not matter."""
    numbers = _TWO_NUMBERS.fullmatch(argument)
    if numbers is None:
        usage = visit.room.words.html("cases.merge_usage", visit.language)
        await visit.send(Message(usage, html=True))
        return
    found = []
    for number in numbers.groups():
        case = await case_by_id(visit.tx, int(number))
        if case is None:
            await visit.say("no_such_case", number=number)
            return
        found.append(case)
    await merge(visit, *found)


async def merge_button(visit: Visit, case: Case, rest: Sequence[str]) -> None:
    """The button: "s.CASE.merge" lists the customer's other open cases, "s.CASE.merge.OTHER" merges into one."""
    match rest:
        case []:
            await _ask_into(visit, case)
        case [other] if other.isdecimal() and len(other) <= 18:
            into = await case_by_id(visit.tx, int(other))
            if into is None:
                await visit.toast("old_button")
            else:
                await merge(visit, case, into)
        case _:
            await visit.toast("old_button")


async def merge(visit: Visit, case: Case, into: Case) -> None:
    """Let *case* go on in *into*: nothing of it is lost, and reopening it takes the two apart again."""
    if await moved_by(visit, case, Move.MERGE, Particulars(into=into)) is None:
        return
    words, language = visit.room.words, visit.language
    apart = Button(words.plain("cases.label.apart", language), f"s.{case.id}.reopen")
    text = words.html("cases.merged", language, number=case.id, into=into.id)
    await visit.show(Message(text, html=True, keyboard=((apart,),)))
    if visit.callback_id:
        await visit.toast("did_merge", number=case.id)


async def _ask_into(visit: Visit, case: Case) -> None:
    found = (await cases_of(visit.tx, [case.customer_id], only_open=True)).get(case.customer_id, [])
    others = [each for each in found if each.id != case.id][:_SHOWN]
    words, language = visit.room.words, visit.language
    if not others:
        await visit.toast("no_other_case")
        return
    rows = []
    for other in others:
        what = other.summary or visit.room.labels.name("category", other.category, language)
        label = words.plain("cases.label.case", language, number=other.id, what=shortened(what, 30))
        rows.append((Button(" ".join(label.split()), f"s.{case.id}.merge.{other.id}"),))
    text = words.html("cases.merge_ask", language, number=case.id)
    await visit.send(Message(text, html=True, keyboard=tuple(rows)))
