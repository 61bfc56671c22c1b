"""A customer's card on the command line: as one JSON document, and as tables for people."""

from __future__ import annotations

import dataclasses
from typing import Any

import click

from bot.commands.frame import give_table, local
from bot.config import Config
from bot.customer_card import Card, ShownCard
from bot.signal_words import signal_document
from domain.contacts import Contact
from domain.customers import Customer, CustomerKind
from domain.money import major_units
from domain.people import PersonAtCompany
from domain.pictures import Move, Picture
from domain.spending import Feeling, Spending


def document_of(shown: ShownCard) -> dict[str, Any]:
    """Return the JSON shape of the card; amounts are minor units."""
    card = shown.card
    customer, profile = card.customer, card.profile
    owner = profile.owner_id
    return {
        "id": customer.id,
        "number": customer.number,
        "name": customer.name,
        "language": customer.language,
        "telegram_id": customer.chat_id,
        "reach": customer.reach,
        "town": customer.town,
        "kind": customer.kind,
        "contact_kind": profile.contact_kind,
        "company": customer.company,
        "email": profile.email or None,
        "phone": profile.phone or None,
        "birth_date": profile.birth_date,
        "tags": list(profile.tags),
        "since": card.since,
        "not_served_at": profile.not_served_at,
        "ended_at": profile.ended_at,
        "objects_to_profiling": card.objects,
        "owner": None if owner is None else {"id": owner, "name": card.staff.get(owner, "")},
        "people": [_person(part, card) for part in card.people],
        "facts": [{"name": f.name, "value": f.value, "source": f.source, "at": f.at} for f in card.facts],
        "consents": [
            {"purpose": c.purpose, "given": c.given, "text_version": c.text_version, "source": c.source, "at": c.at}
            for c in card.consents
        ],
        "purchases": _purchases(card.spending),
        "scores": [{"survey": s.script_id, "question": s.question, "value": s.value, "at": s.at} for s in card.scores],
        "feeling": _feeling(card.feeling),
        "picture": _picture(card.picture),
        "segments": [{"name": each.name, "since": each.since} for each in card.segments],
        "moves": [_move(move) for move in shown.moves],
        "actions": [
            {"action": each.action, "at": each.at, "ref": each.ref, "staff_id": each.staff_id} for each in card.actions
        ],
        "next_actions": [action.value for action in card.next_actions],
        "cases": [
            {"number": c.id, "kind": c.kind, "category": c.category, "state": c.state, "opened_at": c.opened_at}
            for c in card.cases
        ],
        "topics": [{"topic": t.topic, "wanted": t.wanted, "source": t.source, "at": t.at} for t in shown.topics],
        "clicks": [
            {"newsletter": f.newsletter, "kind": f.kind, "target": f.target, "at": f.at} for f in shown.followed
        ],
        "signals": [signal_document(each) for each in shown.signals],
        "holds": [
            {"at": h.at, "kind": h.kind, "reason": h.reason, "ref": h.ref, "again_at": h.again_at} for h in card.holds
        ],
        "timeline": [_contact(contact) for contact in card.contacts],
    }


def listed_name(customer: Customer) -> str:
    """Return what a list calls a customer: a company by its own name, where a person stands for it."""
    is_company = customer.kind is CustomerKind.COMPANY and customer.company
    return customer.company or "" if is_company else customer.name


def _person(part: PersonAtCompany, card: Card) -> dict[str, Any]:
    is_person = part.person_id == card.customer.id
    other = card.others.get(part.company_id if is_person else part.person_id)
    return {
        "is": "company" if is_person else "person",
        "id": part.company_id if is_person else part.person_id,
        "number": other.number if other else None,
        "name": listed_name(other) if other else "",
        "roles": [role.value for role in part.roles],
        "title": part.title,
        "since": part.since,
    }


def _purchases(spending: Spending) -> dict[str, Any]:
    return dataclasses.asdict(spending)


def _feeling(feeling: Feeling | None) -> dict[str, Any] | None:
    return None if feeling is None else dataclasses.asdict(feeling)


def _picture(picture: Picture | None) -> dict[str, Any] | None:
    if picture is None:
        return None
    document = dataclasses.asdict(picture)
    del document["customer_id"]
    return {"as_of": document.pop("day"), "class": document.pop("customer_class"), **document}


def _move(move: Move) -> dict[str, Any]:
    document = dataclasses.asdict(move)
    del document["customer_id"]
    return document


def _contact(c: Contact) -> dict[str, Any]:
    return {
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


def print_card(shown: ShownCard, config: Config) -> None:
    """Write the card for people: what there is, table by table."""
    card = shown.card
    _print_who(card, config)
    _print_picture(shown)
    _print_spending(card.spending, config)
    if card.scores or card.feeling:
        rows = [(s.script_id, f"{s.value:g}", local(s.at, config)) for s in card.scores]
        if card.feeling is not None:
            felt = card.feeling
            rows.append(
                ("our feeling", f"{felt.latest} of 5, mean {felt.mean:.1f} of {felt.n}", local(felt.at, config))
            )
        give_table(["score", "value", "at"], rows)
    if card.facts:
        facts = [(f.name, f.value, f.source, local(f.at, config)) for f in card.facts]
        give_table(["fact", "value", "source", "at"], facts)
    if card.cases:
        rows_of_cases = [(c.id, c.kind, c.category, c.state, local(c.opened_at, config)) for c in card.cases]
        give_table(["case", "kind", "category", "state", "opened"], rows_of_cases)
    if shown.topics:
        chosen = [(t.topic, "yes" if t.wanted else "no", t.source, local(t.at, config)) for t in shown.topics]
        give_table(["topic", "wanted", "source", "at"], chosen)
    if shown.followed:
        followed = [(f.newsletter, f.kind, f.target, local(f.at, config)) for f in shown.followed]
        give_table(["followed in", "kind", "what", "at"], followed)
    if shown.signals:
        give_table(["signal at", "what was measured"], [(local(s.at, config), str(s)) for s in shown.signals])
    arrows = {"in": "→", "out": "←"}
    give_table(
        ["at", "", "channel", "kind", "text", "state"],
        [
            (local(c.at, config), arrows[c.direction], c.channel, c.kind, _words(c), c.reason or c.state)
            for c in card.contacts
        ],
    )


def _print_who(card: Card, config: Config) -> None:
    customer, profile = card.customer, card.profile
    title = [customer.name or "(no name)", f"No {customer.number}" if customer.number else f"id {customer.id}"]
    kind = profile.contact_kind.value
    title += [part for part in (customer.company, customer.town, customer.language, customer.reach.value) if part]
    click.echo(" · ".join([*title, *([kind] if kind != "customer" else [])]))
    agreed = ", ".join(purpose for purpose, given in customer.consents.items() if given)
    click.echo(f"agreed to: {agreed or 'nothing'}")
    if refused := ", ".join(purpose for purpose, given in customer.consents.items() if not given):
        click.echo(f"said no to: {refused}")
    owner = profile.owner_id
    if owner is not None:
        click.echo(f"owner: {card.staff.get(owner) or owner}")
    if card.since is not None:
        click.echo(f"since: {local(card.since, config)}")
    if profile.email or profile.phone:
        click.echo("reached at: " + " · ".join(part for part in (profile.phone, profile.email) if part))
    if profile.not_served_at is not None:
        click.echo(f"not served since {local(profile.not_served_at, config)}: {profile.not_served_why}")
    if card.people:
        parts = [_person(part, card) for part in card.people]
        rows = [
            (part["is"], part["number"] or part["id"], part["name"], ", ".join(part["roles"]), part["title"])
            for part in parts
        ]
        give_table(["", "number", "name", "roles", "title"], rows)


def _print_picture(shown: ShownCard) -> None:
    card, picture = shown.card, shown.card.picture
    if card.objects:
        click.echo("objects to profiling: nothing is reckoned of this customer")
    if picture is not None:
        told = _picture(picture) or {}
        hidden = {"as_of", "due_on", "first_on", "last_on", "visits", "visits_year", "spent", "spent_year"}
        reasons = {name: told[f"{name}_reason"] for name in ("class", "stage", "step")}
        rows = [
            (name.replace("_", " "), _reckoned(name, value, card.spending.currency), reasons.get(name, ""))
            for name, value in told.items()
            if value not in (None, "") and name not in hidden and not name.endswith(("_reason", "_since"))
        ]
        give_table([f"picture as of {picture.day}", "", "why"], rows)
    if card.segments:
        give_table(["segment", "since"], [(each.name, each.since) for each in card.segments])
    if card.next_actions:
        click.echo("next: " + ", ".join(action.value for action in card.next_actions))
    if shown.moves:
        rows_of_moves = [(m.day, m.name or m.kind.value, f"{m.before} → {m.after}", m.evidence) for m in shown.moves]
        give_table(["moved on", "in", "", "why"], rows_of_moves)


def _reckoned(name: str, value: object, currency: str) -> object:
    """Give a column of the picture with its unit."""
    match value:
        case int() if name in {"margin", "margin_year", "clv"}:
            return f"{major_units(value, currency)} {currency}"
        case int() if name == "alive":
            return f"{value}%"
        case float() if name == "share":
            return f"{value:.0%}"
        case float() if name == "usual_gap":
            return f"{value:g} days"
        case str() if name in {"class", "stage"}:
            return value.replace("_", " ")
    return value


def _print_spending(spending: Spending, config: Config) -> None:
    if spending.last_at is None:
        return
    year, ever = (
        f"{major_units(sum_, spending.currency)} {spending.currency}" for sum_ in (spending.spent_year, spending.spent)
    )
    click.echo(
        f"purchases: {spending.visits_year} visits, {year} in 12 months; {spending.visits} visits, {ever} ever; "
        f"mostly {', '.join(group.group for group in spending.groups) or 'of no group'}"
    )
    rows = [
        (
            local(r.at, config),
            r.receipt,
            f"{major_units(r.amount_minor, r.currency)} {r.currency}",
            ", ".join(r.products),
        )
        for r in spending.receipts
    ]
    give_table(["bought at", "receipt", "sum", "what"], rows)


def _sum(amount_minor: int, currency: str) -> str:
    return f"{major_units(amount_minor, currency)} {currency}"


def _words(contact: Contact) -> str:
    files = " ".join(f"({media.kind})" for media in contact.media)
    return f"{files} {contact.text}".strip()
