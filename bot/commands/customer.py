"""`vuoro customer show`: one customer's card with her facts, consents, cases and timeline."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import click

from bot.commands.frame import (
    Refused,
    asynchronous,
    config_option,
    give_json,
    give_table,
    json_option,
    local,
    now,
    opened_store,
    staff_option,
    the_config,
)
from bot.config import Config
from bot.signal_words import signal_document
from domain.cases import Case
from domain.contacts import Contact
from domain.customers import Consent, Customer, KnownFact
from domain.signals import Signal
from store.audit import note_act
from store.cases import cases_of
from store.clicks import Followed, followed_by
from store.consents import consents_of
from store.contacts import timeline
from store.customers import search_customers
from store.database import Tx
from store.facts import known_facts
from store.signals import signals_of
from store.topic_choices import TopicChoice, choices_of

_HITS = 10


@click.group("customer")
def command() -> None:
    """Look at a customer."""


@dataclasses.dataclass(frozen=True, slots=True)
class _Card:
    customer: Customer
    facts: list[KnownFact]
    consents: list[Consent]
    cases: list[Case]
    contacts: list[Contact]
    signals: list[Signal]
    topics: list[TopicChoice]
    followed: list[Followed]


@command.command("show")
@click.argument("word", nargs=-1, required=True, metavar="ID")
@click.option("--limit", default=30, show_default=True, help="How many contacts of the timeline.")
@staff_option
@config_option
@json_option
@asynchronous
async def show(
    word: tuple[str, ...], limit: int, staff_id: int | None, config_file: Path | None, as_json: bool
) -> None:
    """Show the customer with this number, Telegram id or name. The look is written into the audit log."""
    config = the_config(config_file)
    async with opened_store(config) as database, database.write() as tx:
        customer = await the_customer(tx, " ".join(word))
        card = _Card(
            customer,
            (await known_facts(tx, [customer.id])).get(customer.id, []),
            await consents_of(tx, customer.id),
            (await cases_of(tx, [customer.id])).get(customer.id, []),
            await timeline(tx, customer.id, limit=limit),
            await signals_of(tx, customer.id),
            await choices_of(tx, customer.id),
            await followed_by(tx, customer.id),
        )
        await note_act(tx, staff_id, "customer.show", f"customer:{customer.id}", now(), {"where": "command line"})
    if as_json:
        give_json(_document(card))
    else:
        _print(card, config)


async def the_customer(tx: Tx, word: str) -> Customer:
    """Return the one customer that *word* finds; raises Refused with the hits when there are several, or none."""
    found = await search_customers(tx, word, limit=_HITS)
    if not found:
        raise Refused(f"{word}: no such customer; give her number, her Telegram id or the beginning of a name")
    if len(found) > 1:
        hits = "\n".join(f"  {each.number or each.id}  {each.name}  {each.town or ''}".rstrip() for each in found)
        count = f"{len(found)} customers" if len(found) < _HITS else f"at least {_HITS} customers"
        raise Refused(f"{word}: {count}; give the number of one:\n{hits}")
    return found[0]


def _document(card: _Card) -> dict[str, Any]:
    customer = card.customer
    return {
        "id": customer.id,
        "number": customer.number,
        "name": customer.name,
        "language": customer.language,
        "telegram_id": customer.chat_id,
        "reach": customer.reach,
        "town": customer.town,
        "kind": customer.kind,
        "facts": [{"name": f.name, "value": f.value, "source": f.source, "at": f.at} for f in card.facts],
        "consents": [
            {"purpose": c.purpose, "given": c.given, "text_version": c.text_version, "source": c.source, "at": c.at}
            for c in card.consents
        ],
        "cases": [
            {"number": c.id, "kind": c.kind, "category": c.category, "state": c.state, "opened_at": c.opened_at}
            for c in card.cases
        ],
        "topics": [{"topic": t.topic, "wanted": t.wanted, "source": t.source, "at": t.at} for t in card.topics],
        "clicks": [{"newsletter": f.newsletter, "kind": f.kind, "target": f.target, "at": f.at} for f in card.followed],
        "signals": [signal_document(each) for each in card.signals],
        "timeline": [
            {
                "at": c.at,
                "channel": c.channel,
                "direction": c.direction,
                "kind": c.kind,
                "text": c.text,
                "state": c.state,
                "reason": c.reason,
                "media": [{"kind": m.kind, "name": m.name} for m in c.media],
                "case": c.case_id,
                "feeling": c.feeling,
                "edited_from": c.edited_from,
            }
            for c in card.contacts
        ],
    }


def _print(card: _Card, config: Config) -> None:
    customer = card.customer
    title = [customer.name or "(no name)", f"No {customer.number}" if customer.number else f"id {customer.id}"]
    title += [part for part in (customer.town, customer.language, customer.reach.value) if part]
    click.echo(" · ".join(title))
    agreed = ", ".join(purpose for purpose, given in customer.consents.items() if given)
    click.echo(f"agreed to: {agreed or 'nothing'}")
    if card.facts:
        give_table(
            ["fact", "value", "source", "at"], [(f.name, f.value, f.source, local(f.at, config)) for f in card.facts]
        )
    if card.cases:
        rows = [(c.id, c.kind, c.category, c.state, local(c.opened_at, config)) for c in card.cases]
        give_table(["case", "kind", "category", "state", "opened"], rows)
    if card.topics:
        chosen = [(t.topic, "yes" if t.wanted else "no", t.source, local(t.at, config)) for t in card.topics]
        give_table(["topic", "wanted", "source", "at"], chosen)
    if card.followed:
        followed = [(f.newsletter, f.kind, f.target, local(f.at, config)) for f in card.followed]
        give_table(["followed in", "kind", "what", "at"], followed)
    if card.signals:
        give_table(["signal at", "what was measured"], [(local(s.at, config), str(s)) for s in card.signals])
    arrows = {"in": "→", "out": "←"}
    give_table(
        ["at", "", "channel", "kind", "text", "state"],
        [
            (local(c.at, config), arrows[c.direction], c.channel, c.kind, _words(c), c.reason or c.state)
            for c in card.contacts
        ],
    )


def _words(contact: Contact) -> str:
    files = " ".join(f"({media.kind})" for media in contact.media)
    return f"{files} {contact.text}".strip()
