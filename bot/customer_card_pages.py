"""The pages behind a customer's first card: timeline, purchases, what is known, the nightly picture, moves, people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.cards import shortened
from bot.cluster_words import cluster_name
from bot.customer_card import Card
from bot.customer_card_lines import Pen, amount, contact_lines, fact_line, group_name, part_line, within
from bot.customer_card_reasons import told_reason
from domain.clusters import ClusterName
from domain.contacts import Contact
from domain.customers import Customer
from domain.lifecycle import Action
from domain.pictures import Move, MoveKind, Picture
from domain.spending import Receipt, Spending
from store.topic_choices import TopicChoice
from templates.markup import Safe

_FACTS, _DONE, _PEOPLE = 40, 8, 20


def timeline_page(customer: Customer, contacts: Sequence[Contact], staff: Mapping[int, str], pen: Pen) -> str:
    """Draw a stretch of her timeline, the newest first."""
    return _page("timeline", customer, pen, contact_lines(contacts, staff, pen))


def purchases_page(customer: Customer, spending: Spending, pen: Pen) -> str:
    """Draw what she bought: sums, favourite groups, the latest receipts."""
    if spending.last_at is None:
        return _page("purchases", customer, pen, [pen.html("no_purchases")])
    sums = [
        pen.html("year", visits=spending.visits_year, spent=spending.spent_year),
        pen.html("ever", visits=spending.visits, spent=spending.spent),
        pen.html("others", n=spending.other_currencies) if spending.other_currencies else "",
    ]
    groups = [
        pen.html("group", group=group_name(each.group, pen), spent=each.spent, visits=each.visits)
        for each in spending.groups
    ]
    receipts = [_receipt(each, pen) for each in spending.receipts]
    parts = [
        "\n".join(line for line in sums if line),
        pen.html("groups", lines=Safe("\n").join(groups)) if groups else "",
        pen.html("receipts", lines=Safe("\n").join(receipts)),
    ]
    return _page("purchases", customer, pen, [within("\n\n", parts)])


def facts_page(card: Card, topics: Sequence[TopicChoice], pen: Pen) -> str:
    """Draw all that is known with its source and date, and which topics of newsletters she chose."""
    lines = [fact_line(fact, pen) for fact in card.facts[:_FACTS]]
    if len(card.facts) > _FACTS:
        lines.append(pen.html("more", n=len(card.facts) - _FACTS))
    chosen = [pen.html("topic", topic=shortened(each.topic, 64), wanted=each.wanted, at=each.at) for each in topics]
    parts = [within("\n", lines, 3000), pen.html("topics", lines=Safe("\n").join(chosen)) if chosen else ""]
    return _page("facts", card.customer, pen, [part for part in parts if part], between="\n\n")


def picture_page(card: Card, pen: Pen, clusters: Mapping[int, ClusterName] | None = None) -> str:
    """
    Draw the picture as of its night with the reasons, segments, and the lifecycle's actions, done and next.

    *clusters* names them by number.
    """
    picture = card.picture
    parts: list[str] = [pen.html("objects")] if card.objects else []
    if picture is None:
        parts += [] if card.objects else [pen.html("no_picture")]
    else:
        parts += [pen.html("as_of", day=picture.day), _verdicts(picture, pen), _figures(picture, pen, clusters or {})]
    if card.segments:
        lines = [pen.html("segment", name=pen.segment(each.name), since=each.since) for each in card.segments]
        parts.append(pen.html("segments", lines=Safe("\n").join(lines[:20])))
    parts += [_done(card, pen), _to_do(card.next_actions, pen)]
    return _page("picture", card.customer, pen, [part for part in parts if part], between="\n\n")


def moves_page(customer: Customer, moves: Sequence[Move], pen: Pen) -> str:
    """Draw how she moved between classes, stages, steps and segments, each with its evidence, the newest first."""
    return _page("moves", customer, pen, [_move(move, pen) for move in moves] or [pen.html("no_moves")])


def people_page(card: Card, pen: Pen) -> str:
    """Draw the people of a company, or a person's companies, and how somebody is added."""
    lines = [part_line(part, card, pen) for part in card.people[:_PEOPLE]]
    if len(card.people) > _PEOPLE:
        lines.append(pen.html("more", n=len(card.people) - _PEOPLE))
    number = card.customer.number or card.customer.id
    how = ""
    if people_name(card) == "people":
        how = pen.html("people_how" if lines else "no_people", number=number)
    parts = ["\n".join(lines), how]
    return _page(people_name(card), card.customer, pen, [part for part in parts if part], between="\n\n")


def people_name(card: Card) -> str:
    """Say which page tells of her parts: "people" of a company, "companies" of a person."""
    is_person = any(part.person_id == card.customer.id for part in card.people)
    return "companies" if is_person and card.customer.kind.value != "company" else "people"


def _page(name: str, customer: Customer, pen: Pen, lines: Sequence[str], between: str = "\n") -> str:
    head = pen.html("page_title", name=pen.name(customer), page=pen.plain(f"page.{name}"))
    body = within(between, lines or [pen.html("nothing")], 3700)
    return f"{head}\n\n{body}"


def _receipt(receipt: Receipt, pen: Pen) -> Safe:
    return pen.html(
        "receipt",
        at=receipt.at,
        sum=amount(receipt.amount_minor, receipt.currency, pen),
        store=shortened(pen.labels.name("store", receipt.store, pen.language), 40) if receipt.store else "",
        products=", ".join(shortened(product, 40) for product in receipt.products),
        rest=max(receipt.lines - len(receipt.products), 0),
    )


def _verdicts(picture: Picture, pen: Pen) -> str:
    named = (
        (MoveKind.CLASS, picture.customer_class, picture.class_since, picture.class_reason),
        (MoveKind.STAGE, picture.stage, picture.stage_since, picture.stage_reason),
        (MoveKind.STEP, picture.step, picture.step_since, picture.step_reason),
        (MoveKind.VALUE, picture.value_class, None, ""),
    )
    lines = [
        pen.html(
            "picture_line",
            name=pen.plain(f"move_kind.{kind.value}"),
            value=pen.named(kind.value, value),
            since=since,
            reason=shortened(told_reason(reason, pen), 200),
        )
        for kind, value, since, reason in named
        if value is not None
    ]
    return "\n".join(lines)


def _figures(picture: Picture, pen: Pen, clusters: Mapping[int, ClusterName]) -> str:
    scores = (picture.recency, picture.frequency, picture.monetary)
    lines = [
        pen.html("rfm", r=scores[0], f=scores[1], m=scores[2], scheme=picture.scheme) if None not in scores else "",
        pen.html("alive", alive=picture.alive) if picture.alive is not None else "",
        pen.html("expected", n=picture.expected) if picture.expected is not None else "",
        pen.html("clv", amount=picture.clv) if pen.earnings and picture.clv is not None else "",
        pen.html("margin", amount=picture.margin_year) if pen.earnings and picture.margin_year is not None else "",
        pen.html("share", share=picture.share) if picture.share is not None else "",
        _cluster(picture.cluster, pen, clusters) if picture.cluster is not None else "",
    ]
    return "\n".join(line for line in lines if line)


def _cluster(number: int, pen: Pen, clusters: Mapping[int, ClusterName]) -> str:
    name = clusters.get(number)
    told = cluster_name(pen.words, name, pen.language) if name is not None else str(number)
    return pen.html("cluster", name=shortened(told, 120))


def _done(card: Card, pen: Pen) -> str:
    newest = list(card.actions)[::-1][:_DONE]
    lines = [
        pen.html(
            "done_line",
            at=each.at,
            what=pen.named("action", each.action.value),
            who=card.staff.get(each.staff_id or 0, ""),
        )
        for each in newest
    ]
    return pen.html("done", lines=Safe("\n").join(lines)) if lines else ""


def _to_do(actions: Sequence[Action], pen: Pen) -> str:
    lines = [pen.html("page_item", name=pen.named("action", each.value)) for each in actions]
    return pen.html("to_do", lines=Safe("\n").join(lines)) if lines else ""


def _move(move: Move, pen: Pen) -> str:
    if move.kind is MoveKind.SEGMENT:
        name = pen.segment(move.name)
        return pen.html("move_in" if move.after == "in" else "move_out", day=move.day, name=name)
    return pen.html(
        "move",
        day=move.day,
        kind=pen.plain(f"move_kind.{move.kind.value}"),
        before=pen.named(move.kind.value, move.before),
        after=pen.named(move.kind.value, move.after),
        evidence=shortened(told_reason(move.evidence, pen), 200),
    )
