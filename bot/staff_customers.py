"""`/customer WORD`: finding a customer, and her card with facts, consents, scores, cases and the timeline."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from bot.cards import display_name, shortened
from bot.report import surveys_in
from bot.signal_words import signals_card
from bot.staff_group import staff_group
from bot.staff_holds import held_lately
from bot.staff_visit import Visit, id_of
from dialogues.taps import short
from domain.contacts import Contact, ContactState, Direction
from domain.customers import Customer, KnownFact, Purpose
from domain.languages import in_language
from domain.messages import Button, Message
from store.cases import cases_of
from store.consents import consents_of
from store.contacts import timeline
from store.customers import customer_by_id, search_customers
from store.facts import known_facts
from store.report import latest_scores
from store.signals import signals_of
from store.staff import names_of
from store.topics import find_topic
from templates.markup import Safe

_LINES = 10
_HITS = 10
_FACTS = 15
_SIGNALS = 3
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_ICONS = {
    "telegram": "💬",
    "meeting": "🤝",
    "phone": "📞",
    "event": "🎪",
    "letter": "✉️",
    "sms": "📱",
    "email": "📧",
}


async def find_customer(visit: Visit, argument: str) -> None:
    """
    Show the card of the one customer that *argument* finds, or buttons to choose among several.

    Without a word, in a customer's topic, hers.
    """
    if not argument and visit.topic is not None:
        customer = await customer_by_id(visit.tx, visit.topic.customer_id)
        found = [customer] if customer else []
    elif not argument:
        await visit.say("customer_usage")
        return
    else:
        found = await search_customers(visit.tx, argument, limit=_HITS + 1)
    match found:
        case []:
            await visit.say("customer_none", word=argument)
        case [customer]:
            await show_customer(visit, customer)
        case _:
            rows = [(hit_button(visit, customer, f"u.{short(customer.id)}"),) for customer in found[:_HITS]]
            await visit.say("customer_several", word=argument, more=len(found) > _HITS, keyboard=tuple(rows))


async def customer_button(visit: Visit, rest: Sequence[str]) -> None:
    """A button of the list or the card: "u.CUSTOMER", or "u.CUSTOMER.AT.CONTACT" for the lines before that one."""
    ids = [id_of(part) for part in rest]
    customer = await customer_by_id(visit.tx, ids[0]) if ids and ids[0] is not None else None
    match ids:
        case [_] if customer is not None:
            await show_customer(visit, customer)
        case [_, int(at), int(contact_id)] if customer is not None:
            await _show_older(visit, customer, (_EPOCH + dt.timedelta(microseconds=at), contact_id))
        case _:
            await visit.toast("old_button")


def hit_button(visit: Visit, customer: Customer, tap: str) -> Button:
    """Make the button that chooses one of several customers: name, and what tells namesakes apart."""
    name = display_name(customer, visit.room.words, visit.language)
    behind = [part for part in (customer.company, customer.town, customer.number) if part]
    return Button(shortened(" · ".join([name, *behind[:2]]), 60), tap)


async def show_customer(visit: Visit, customer: Customer) -> None:
    """Show the card; every look is written into the audit log."""
    await visit.note("customer.look", f"customer:{customer.id}")
    lines = await timeline(visit.tx, customer.id, limit=_LINES + 1)
    parts = [
        await _who(visit, customer),
        await _consents(visit, customer),
        await _facts(visit, customer),
        await _scores(visit, customer),
        await _open_cases(visit, customer),
        signals_card(
            await signals_of(visit.tx, customer.id, _SIGNALS), visit.room.words, visit.language, visit.room.company.zone
        ),
        await held_lately(visit, customer),
        await _timeline(visit, lines[:_LINES]),
    ]
    text = "\n\n".join(part for part in parts if part)
    rows: list[tuple[Button, ...]] = []
    open_cases = (await cases_of(visit.tx, [customer.id], only_open=True)).get(customer.id, [])
    numbers = [Button(visit.plain("label.number", number=case.id), f"s.{case.id}.show") for case in open_cases[:4]]
    if numbers:
        rows.append(tuple(numbers))
    if len(lines) > _LINES:
        rows.append((_older(visit, customer, lines[_LINES - 1]),))
    rows.append((Button(visit.plain("label.log"), f"l.{short(customer.id)}"), *await topic_link(visit, customer)))
    await visit.send(
        Message(text, html=True, keyboard=tuple(rows)), ref=f"customer:{customer.id}", customer_id=customer.id
    )


async def _show_older(visit: Visit, customer: Customer, before: tuple[dt.datetime, int]) -> None:
    lines = await timeline(visit.tx, customer.id, before=before, limit=_LINES + 1)
    name = display_name(customer, visit.room.words, visit.language)
    text = (
        visit.html("card_older", name=name)
        + "\n"
        + (await _timeline(visit, lines[:_LINES]) or visit.html("card_no_more"))
    )
    rows = ((_older(visit, customer, lines[_LINES - 1]),),) if len(lines) > _LINES else ()
    await visit.note("customer.look", f"customer:{customer.id}")
    await visit.send(Message(text, html=True, keyboard=rows))


def _older(visit: Visit, customer: Customer, last: Contact) -> Button:
    at = short((last.at - _EPOCH) // dt.timedelta(microseconds=1))
    return Button(visit.plain("label.older"), f"u.{short(customer.id)}.{at}.{short(last.id)}")


async def _who(visit: Visit, customer: Customer) -> str:
    return visit.html(
        "card_who",
        name=display_name(customer, visit.room.words, visit.language),
        kind=visit.plain(f"kind_of_customer.{customer.kind.value}"),
        company=customer.company or "",
        town=customer.town or "",
        number=customer.number or "",
        language=customer.language or "",
        username=customer.username or "",
        reach=visit.plain(f"reach.{customer.reach.value}"),
        met=customer.met_at,
        paused=customer.paused_until if customer.paused_until and customer.paused_until > visit.now else None,
    )


async def _consents(visit: Visit, customer: Customer) -> str:
    latest: dict[Purpose, str] = {}
    for consent in await consents_of(visit.tx, customer.id):
        line = visit.html(
            "card_consent",
            purpose=visit.plain(f"purpose.{consent.purpose.value}"),
            given=consent.given,
            at=consent.at,
            source=_source(visit, consent.source),
        )
        latest.setdefault(consent.purpose, line)
    return (
        visit.html("card_consents", lines=Safe("\n").join(latest.values()))
        if latest
        else visit.html("card_no_consents")
    )


async def _facts(visit: Visit, customer: Customer) -> str:
    facts = (await known_facts(visit.tx, [customer.id])).get(customer.id, [])
    lines = [
        visit.html(
            "card_fact",
            name=_fact_name(visit, fact.name),
            value=_value(visit, fact),
            source=_source(visit, fact.source),
            at=fact.at,
        )
        for fact in facts[:_FACTS]
    ]
    if len(facts) > _FACTS:
        lines.append(visit.html("card_more", n=len(facts) - _FACTS))
    return visit.html("card_facts", lines=Safe("\n").join(lines)) if lines else ""


async def _scores(visit: Visit, customer: Customer) -> str:
    asked = {(survey.script_id, survey.question): survey for survey in surveys_in(visit.room.library)}
    scores = await latest_scores(visit.tx, customer.id, asked)
    lines = [
        visit.html(
            "card_score",
            name=visit.room.labels.title(score.script_id, visit.language),
            value=score.value,
            high=asked[score.script_id, score.question].high,
            at=score.at,
        )
        for score in scores
    ]
    return visit.html("card_scores", lines=Safe("\n").join(lines)) if lines else ""


async def _open_cases(visit: Visit, customer: Customer) -> str:
    found = (await cases_of(visit.tx, [customer.id])).get(customer.id, [])
    open_ones = [case for case in found if case.state.is_open]
    owners = await names_of(visit.tx, {case.owner_id for case in open_ones if case.owner_id is not None})
    lines = [
        visit.html(
            "card_case",
            number=case.id,
            category=visit.room.labels.name("category", case.category, visit.language),
            state=visit.plain(f"state_short.{case.state.value}"),
            owner=owners.get(case.owner_id or 0, ""),
            opened=case.opened_at,
        )
        for case in open_ones[:8]
    ]
    if len(found) > len(open_ones):
        lines.append(visit.html("card_closed", n=len(found) - len(open_ones)))
    return visit.html("card_cases", lines=Safe("\n").join(lines)) if lines else ""


async def _timeline(visit: Visit, contacts: Sequence[Contact]) -> str:
    if not contacts:
        return ""
    staff = await names_of(visit.tx, {each.staff_id for each in contacts if each.staff_id is not None})
    lines = [_line(visit, contact, staff.get(contact.staff_id or 0, "")) for contact in contacts]
    return visit.html("card_timeline", lines=Safe("\n").join(lines))


def _line(visit: Visit, contact: Contact, who: str) -> str:
    is_usual = contact.state in {ContactState.SENT, ContactState.RECEIVED}
    text = shortened(" ".join(contact.text.split()), 80)
    files = visit.plain("card_files", n=len(contact.media)) if contact.media else ""
    return visit.html(
        "card_line",
        at=contact.at,
        icon=_ICONS.get(contact.channel.value, "•"),
        out=contact.direction is Direction.OUT,
        text=" ".join(part for part in (files, text) if part) or visit.plain(f"contact.{contact.kind.value}"),
        who=who,
        state="" if is_usual else visit.plain(f"contact_state.{contact.state.value}"),
        edited=contact.edited_from is not None,
        feeling=contact.feeling,
    )


def _fact_name(visit: Visit, fact: str) -> str:
    """Name a fact as its [[fact]] file does, else as our own words do."""
    known = visit.room.library.facts.get(fact)
    if known is None:
        return visit.room.labels.name("fact", fact, visit.language)
    return in_language(known.label, visit.language, visit.room.company.default_language)


def _source(visit: Visit, source: str) -> str:
    head = source.partition(":")[0]
    return visit.room.labels.name("source", head, visit.language)


def _value(visit: Visit, fact: KnownFact) -> str:
    if isinstance(fact.value, bool):
        return visit.plain("yes" if fact.value else "no")
    default = visit.room.company.default_language
    told = visit.room.library.fact_text(fact.name, str(fact.value), visit.language, default)
    return shortened(visit.room.labels.name("value", told, visit.language), 100)


async def topic_link(visit: Visit, customer: Customer) -> list[Button]:
    """Offer the way to the customer's topic, unless this is it."""
    group = await staff_group(visit.tx, visit.room.line.group)
    topic = await find_topic(visit.tx, customer.id)
    if group is None or topic is None or topic.chat_id != group.chat_id or visit.topic == topic:
        return []
    inner = str(group.chat_id).removeprefix("-100")
    return [Button(visit.plain("label.topic"), url=f"https://t.me/c/{inner}/{topic.thread_id}")]
