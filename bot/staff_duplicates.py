"""`/duplicates` in Telegram: two records side by side, what speaks for one person, and buttons to merge or to part."""

from __future__ import annotations

from collections.abc import Sequence

from bot.staff_visit import Visit, id_of
from dialogues.taps import short
from domain.duplicates import Duplicate, DuplicateState, Merge, NotMerged, Particulars
from domain.messages import Button, Message
from store.cases import cases_of
from store.customers import customer_by_id
from store.duplicates import (
    How,
    count_proposals,
    duplicate_of,
    how_much,
    next_proposal,
    particulars,
    proposals,
    settle,
)
from store.merging import merge_by_id, merge_customers, unmerge
from templates.markup import Safe

_TAP = "d"
_MOST_CARDS = 20


async def show_duplicates(visit: Visit, _argument: str) -> None:
    """`/duplicates` shows the pair that is best supported; in a customer's topic the first of hers."""
    of = visit.topic.customer_id if visit.topic is not None else None
    found = await proposals(visit.tx, 1, of=of)
    if found:
        await _show(visit, found[0])
    else:
        await visit.send(Message(_html(visit, "none"), html=True))


async def duplicates_button(visit: Visit, rest: Sequence[str]) -> None:
    """
    A button: "d.ONE.OTHER.one" and "...other" merge and say who is kept, "...apart" and "...skip" do as they say.

    "d.undo.MERGE" undoes a merge, "d.of.CUSTOMER" shows the first pair with that customer.
    """
    match rest:
        case ["undo", merge]:
            await _undo(visit, id_of(merge) or 0)
        case ["of", who]:
            found = await proposals(visit.tx, 1, of=id_of(who) or 0)
            await (_show(visit, found[0]) if found else _tell(visit, "settled"))
        case [one, other, what]:
            pair = await duplicate_of(visit.tx, id_of(one) or 0, id_of(other) or 0)
            if pair is None or (what != "skip" and pair.state is not DuplicateState.PROPOSED):
                await _tell(visit, "settled")
            else:
                await _settle(visit, pair, what)
        case _:
            await visit.toast("old_button")


async def _settle(visit: Visit, pair: Duplicate, what: str) -> None:
    match what:
        case "one":
            await _merge(visit, pair, pair.first_id, pair.second_id)
        case "other":
            await _merge(visit, pair, pair.second_id, pair.first_id)
        case "apart":
            await settle(visit.tx, pair.first_id, pair.second_id, DuplicateState.APART, visit.now)
            await visit.note("customer.apart", f"customer:{pair.first_id}", other=pair.second_id)
            people = await particulars(visit.tx, (pair.first_id, pair.second_id))
            one, other = (_name(visit, people[who]) for who in (pair.first_id, pair.second_id))
            await _tell(visit, "apart", one=one, other=other, rows=_skip(visit, pair))
        case "skip":
            following = await next_proposal(visit.tx, pair)
            await (_show(visit, following) if following else _tell(visit, "over"))
        case _:
            await visit.toast("old_button")


async def _merge(visit: Visit, pair: Duplicate, kept: int, gone: int) -> None:
    people = await particulars(visit.tx, (kept, gone))
    done = await merge_customers(visit.tx, kept, gone, visit.now, visit.member.id)
    if isinstance(done, NotMerged):
        await _refuse(visit, done)
        return
    names = {"kept": _name(visit, people[kept]), "gone": _name(visit, people[gone])}
    await _redraw(visit, kept)
    undo = Button(_plain(visit, "label.undo"), f"{_TAP}.undo.{short(done.id)}")
    card = Button(_plain(visit, "label.card"), f"u.{short(kept)}")
    await _tell(visit, "merged", **names, tasks=done.tasks, rows=((undo, card), *_skip(visit, pair)))


async def _undo(visit: Visit, merge_id: int) -> None:
    done: Merge | NotMerged = await unmerge(visit.tx, merge_id, visit.now, visit.member.id)
    if isinstance(done, NotMerged):
        await _refuse(visit, done)
        return
    merge = await merge_by_id(visit.tx, merge_id)
    assert merge is not None
    people = await particulars(visit.tx, (merge.kept_id, merge.gone_id))
    names = {"kept": _name(visit, people[merge.kept_id]), "gone": _name(visit, people[merge.gone_id])}
    for who in (merge.kept_id, merge.gone_id):
        await _redraw(visit, who)
    await _tell(visit, "parted", **names, rows=())


async def _redraw(visit: Visit, who: int) -> None:
    """Let the cards of her open cases say whose they are now."""
    customer = await customer_by_id(visit.tx, who)
    assert customer is not None
    found = (await cases_of(visit.tx, [who], only_open=True)).get(who, [])
    for case in found[:_MOST_CARDS]:
        await visit.room.line.redraw(visit.tx, case, customer, visit.now)


async def _refuse(visit: Visit, refused: NotMerged) -> None:
    reason = _plain(visit, f"refusal.{refused.reason.value}")
    text = visit.room.words.plain("duplicates.refused", visit.language, reason=reason)
    await visit.send(Message(text))


async def _show(visit: Visit, pair: Duplicate) -> None:
    ids = (pair.first_id, pair.second_id)
    people, known = await particulars(visit.tx, ids), await how_much(visit.tx, ids)
    await visit.note("duplicates.look", f"customer:{ids[0]}", other=ids[1])
    one, other = (Safe(_side(visit, people[who], known[who])) for who in ids)
    text = _html(
        visit,
        "pair",
        one=one,
        other=other,
        evidence=", ".join(_plain(visit, f"evidence.{each.value}") for each in pair.evidence),
        doubts=", ".join(_plain(visit, f"doubt.{each.value}") for each in pair.doubts),
        more=await count_proposals(visit.tx),
    )
    tap = f"{_TAP}.{short(ids[0])}.{short(ids[1])}"
    keep = tuple(Button(_plain(visit, f"label.keep_{which}"), f"{tap}.{which}") for which in ("one", "other"))
    rows = (keep, (Button(_plain(visit, "label.apart"), f"{tap}.apart"),), *_skip(visit, pair))
    await visit.show(Message(text, html=True, keyboard=rows))


def _skip(visit: Visit, pair: Duplicate) -> tuple[tuple[Button, ...], ...]:
    tap = f"{_TAP}.{short(pair.first_id)}.{short(pair.second_id)}.skip"
    return ((Button(_plain(visit, "label.skip"), tap),),)


async def _tell(visit: Visit, key: str, *, rows: tuple[tuple[Button, ...], ...] = (), **values: object) -> None:
    await visit.show(Message(_html(visit, key, **values), html=True, keyboard=rows))


def _side(visit: Visit, who: Particulars, known: How) -> str:
    return _html(
        visit,
        "side",
        name=_name(visit, who),
        number=who.number or "",
        company=who.company or "",
        town=who.town or "",
        birth=who.birth_date,
        email=who.email or "",
        phone=who.phone or "",
        chat=who.chat_id is not None,
        contacts=known.contacts,
        purchases=known.purchases,
        cases=known.cases,
    )


def _name(visit: Visit, who: Particulars) -> str:
    return who.name or who.number or _plain(visit, "nameless")


def _html(visit: Visit, key: str, **values: object) -> str:
    return visit.room.words.html(f"duplicates.{key}", visit.language, **values)


def _plain(visit: Visit, key: str) -> str:
    return visit.room.words.plain(f"duplicates.{key}", visit.language)
