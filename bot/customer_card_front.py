"""The first card of a customer in Telegram: compact, in the order in which one looks, short enough for a phone."""

from __future__ import annotations

from bot.cards import shortened
from bot.customer_card import Card
from bot.customer_card_lines import Pen, contact_lines, fact_line, group_name, part_line, within
from bot.signal_words import signals_card
from domain.people import ContactKind
from templates.markup import Safe

_PARTS, _FACTS, _CASES, _SEGMENTS, _NEXT = 3, 3, 5, 4, 2
_LONG = 100


def front(card: Card, pen: Pen) -> str:
    """Draw the first card as Telegram HTML; what does not fit any more is left to the pages."""
    zone = pen.company.zone
    parts = [
        _who(card, pen),
        _standing(card, pen),
        _spending(card, pen),
        _scores(card, pen),
        _cases(card, pen),
        signals_card(card.signals, pen.words, pen.language, zone),
        _consents(card, pen),
        _holds(card, pen),
        _facts(card, pen),
        _lately(card, pen),
    ]
    return within("\n\n", parts)


def _who(card: Card, pen: Pen) -> str:
    customer, profile = card.customer, card.profile
    lines = [
        pen.html(
            "who",
            name=pen.name(customer),
            kind=pen.staff_plain(f"kind_of_customer.{customer.kind.value}"),
            contact_kind=""
            if profile.contact_kind is ContactKind.CUSTOMER
            else pen.plain(f"contact_kind.{profile.contact_kind.value}"),
            company=shortened(customer.company or "", _LONG),
            town=shortened(customer.town or "", _LONG),
            number=customer.number or "",
            language=customer.language or "",
            username=customer.username or "",
            reach=pen.staff_plain(f"reach.{customer.reach.value}"),
            met=customer.met_at,
            paused=customer.paused_until if customer.paused_until and customer.paused_until > pen.now else None,
        ),
        _known_for(card, pen),
        _owner(card, pen),
        pen.html("reach_at", phone=shortened(profile.phone, 40), email=shortened(profile.email, 80)),
        pen.html("birthday", birth=profile.birth_date) if profile.birth_date else "",
        pen.html("tags", tags=shortened(", ".join(profile.tags), _LONG)) if profile.tags else "",
        *_parts(card, pen),
        pen.html("not_served", at=profile.not_served_at, why=shortened(profile.not_served_why, 200))
        if profile.not_served_at
        else "",
        pen.html("ended", at=profile.ended_at) if profile.ended_at else "",
    ]
    return "\n".join(line for line in lines if line)


def _known_for(card: Card, pen: Pen) -> str:
    if card.since is None or pen.day(card.since) >= pen.day(pen.now):
        return ""
    since, today = pen.day(card.since), pen.day(pen.now)
    months = (today.year - since.year) * 12 + today.month - since.month - (today.day < since.day)
    return pen.html("known_for", years=months // 12, months=months, days=(today - since).days, since=since)


def _owner(card: Card, pen: Pen) -> str:
    owner = card.profile.owner_id
    return pen.html("no_owner") if owner is None else pen.html("owner", owner=card.staff.get(owner) or owner)


def _parts(card: Card, pen: Pen) -> list[str]:
    lines = [part_line(part, card, pen) for part in card.people[:_PARTS]]
    if len(card.people) > _PARTS:
        lines.append(pen.html("more", n=len(card.people) - _PARTS))
    return lines


def _standing(card: Card, pen: Pen) -> str:
    picture = card.picture
    lines: list[str] = [pen.html("objects")] if card.objects else []
    if picture is not None:
        named = [
            pen.named("stage", picture.stage) if picture.stage else "",
            pen.named("step", picture.step) if picture.step else "",
            pen.plain("value", value=picture.value_class) if picture.value_class else "",
        ]
        first, *rest = [
            pen.plain(f"class.{picture.customer_class.value}") if picture.customer_class else "",
            *named,
        ]
        shown = [part for part in (first, *rest) if part]
        if shown:
            head = shown[0] if first else shown[0].capitalize()
            lines.append(pen.html("standing", **{"class": head, "rest": " · ".join(shown[1:])}))
        if picture.alive is not None:
            lines.append(pen.html("expects", alive=picture.alive, expected=picture.expected))
    if card.segments:
        names = [pen.segment(each.name) for each in card.segments[:_SEGMENTS]]
        lines.append(pen.html("in_segments", names=shortened(", ".join(names), 200)))
    if card.next_actions:
        named = [pen.named("action", action.value) for action in card.next_actions[:_NEXT]]
        lines.append(pen.html("next_action", names=", ".join(named)))
    return "\n".join(lines)


def _spending(card: Card, pen: Pen) -> str:
    spending = card.spending
    if spending.last_at is None:
        return ""
    lines = [
        pen.html("year", visits=spending.visits_year, spent=spending.spent_year),
        pen.html("ever", visits=spending.visits, spent=spending.spent),
        pen.html(
            "last", at=spending.last_at, groups=", ".join(group_name(each.group, pen) for each in spending.groups)
        ),
    ]
    return pen.html("spending", lines=Safe("\n").join(lines))


def _scores(card: Card, pen: Pen) -> str:
    lines = [
        pen.html(
            "score",
            name=pen.labels.title(score.script_id, pen.language),
            value=score.value,
            high=card.high[score.script_id, score.question],
            at=score.at,
        )
        for score in card.scores[:5]
    ]
    if card.feeling is not None:
        felt = card.feeling
        lines.append(pen.html("feeling", latest=felt.latest, at=felt.at, mean=felt.mean, n=felt.n))
    return pen.html("scores", lines=Safe("\n").join(lines)) if lines else ""


def _cases(card: Card, pen: Pen) -> str:
    shown = card.open_cases
    lines = [
        pen.staff(
            "card_case",
            number=case.id,
            category=pen.labels.name("category", case.category, pen.language),
            state=pen.staff_plain(f"state_short.{case.state.value}"),
            owner=card.staff.get(case.owner_id or 0, ""),
            opened=case.opened_at,
        )
        for case in shown[:_CASES]
    ]
    if len(shown) > _CASES:
        lines.append(pen.html("more", n=len(shown) - _CASES))
    if len(card.cases) > len(shown):
        lines.append(pen.staff("card_closed", n=len(card.cases) - len(shown)))
    return pen.staff("card_cases", lines=Safe("\n").join(lines)) if lines else ""


def _consents(card: Card, pen: Pen) -> str:
    lines = [
        pen.staff(
            "card_consent",
            purpose=pen.staff_plain(f"purpose.{consent.purpose.value}"),
            given=consent.given,
            at=consent.at,
            source=pen.source(consent.source),
        )
        for consent in card.latest_consents
    ]
    return pen.staff("card_consents", lines=Safe("\n").join(lines)) if lines else pen.staff("card_no_consents")


def _holds(card: Card, pen: Pen) -> str:
    lines = [
        pen.staff(
            "card_hold",
            at=held.at,
            kind=pen.labels.name("contact", held.kind, pen.language),
            reason=pen.labels.name("hold", held.reason, pen.language),
            again=held.again_at,
        )
        for held in card.holds
    ]
    return pen.staff("card_holds", lines=Safe("\n").join(lines)) if lines else ""


def _facts(card: Card, pen: Pen) -> str:
    newest = sorted(card.facts, key=lambda fact: fact.at, reverse=True)[:_FACTS]
    lines = [fact_line(fact, pen) for fact in sorted(newest, key=lambda fact: fact.name)]
    if len(card.facts) > _FACTS:
        lines.append(pen.html("more", n=len(card.facts) - _FACTS))
    return pen.html("facts_some", lines=Safe("\n").join(lines)) if lines else ""


def _lately(card: Card, pen: Pen) -> str:
    lines = contact_lines(card.contacts, card.staff, pen)
    return pen.html("lately", lines=Safe("\n").join(lines)) if lines else ""
