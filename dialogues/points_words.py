"""Points in words: the formula, a receipt as it was reckoned, a change, and what members are told by themselves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from domain.durations import Duration
from domain.languages import in_language
from domain.messages import Message
from domain.money import minor_digits
from domain.points import Base, PointsRules, Rounding
from domain.points_account import Balance, EntryKind, Moment
from domain.programmes import Programme
from store.points import Entry
from store.points_purchases import Reckoned
from templates.markup import Safe
from templates.words import Words

_JUST_BEFORE = dt.timedelta(seconds=1)
_FORMS = {
    (Base.RECEIPT, Rounding.DOWN): "formula_receipt_down",
    (Base.RECEIPT, Rounding.HALF_UP): "formula_receipt_half",
    (Base.LINE, Rounding.DOWN): "formula_line_down",
    (Base.LINE, Rounding.HALF_UP): "formula_line_half",
}


def last_day(gone_at: dt.datetime) -> dt.datetime:
    """Return a moment of the last day on which points that are gone at *gone_at* can be used."""
    return gone_at - _JUST_BEFORE


def formula(words: Words, rules: PointsRules, currency: str, language: str) -> list[Safe]:
    """Say the whole formula, sentence by sentence, as Telegram HTML: nothing else decides on a member's points."""

    def minor(major: Decimal) -> int:
        return int(major.scaleb(minor_digits(currency)))

    form = f"points.{_FORMS[rules.base, rules.rounding]}"
    told = [words.html(form, language, per=minor(rules.per), points=rules.points)]
    for word, factor in rules.times:
        if factor:
            times = words.plain("points.times", language, factor=factor)
            told.append(words.html("points.formula_times", language, word=word, times=times, more=factor - 1))
        else:
            told.append(words.html("points.formula_none", language, word=word))
    if rules.least:
        told.append(words.html("points.formula_least", language, least=minor(rules.least)))
    told.append(words.html("points.formula_returns", language))
    if rules.pending.amount:
        told.append(_lasting(words, "formula_pending", rules.pending, language))
    if rules.lifetime is None:
        told.append(words.html("points.formula_for_ever", language))
    else:
        told.append(_lasting(words, "formula_lifetime", rules.lifetime, language))
    told.append(words.html("points.formula_since", language))
    return told


def receipt_line(words: Words, reckoned: Reckoned, currency: str, language: str) -> Safe:
    """Say how one receipt gave its points: the amount, what counts otherwise, and what came back."""
    receipt, earned = reckoned.receipt, reckoned.earned
    amount = sum(line.amount_minor for line in receipt.lines if line.currency == currency)
    parts = []
    if earned.below_least:
        parts.append(words.html("points.part_below", language))
    else:
        for part in earned.parts:
            if part.word and not part.factor:
                parts.append(words.html("points.part_none", language, word=part.word, amount=part.amount_minor))
            elif part.word:
                times = words.plain("points.times", language, factor=part.factor)
                told = {"word": part.word, "amount": part.amount_minor, "times": times, "points": part.points}
                parts.append(words.html("points.part_times", language, **told))
        if any(part.word and part.factor for part in earned.parts):
            base = sum(part.points for part in earned.parts if not part.word)
            parts.insert(0, words.html("points.part_all", language, points=base))
    if receipt.returned_minor:
        parts.append(words.html("points.part_returned", language, amount=receipt.returned_minor))
    if reckoned.given > earned.points:
        parts.append(words.html("points.part_expired", language, points=reckoned.given - earned.points))
    more = Safe("; ".join(parts))
    return words.html("points.receipt", language, at=receipt.at, amount=amount, points=earned.points, more=more)


def change_line(words: Words, entry: Entry, language: str) -> Safe:
    """Say one line of a statement."""
    key = f"points.entry.{entry.kind.value}"
    if entry.kind is EntryKind.EARN and words.has(f"{key}_{entry.source}"):
        key = f"{key}_{entry.source}"
    number = entry.ref.rpartition(":")[2] if entry.ref.startswith("receipt:") else ""
    what = words.html(key, language, number=number, reason=entry.reason)
    return words.html("points.change", language, at=entry.at, points=entry.points, size=abs(entry.points), what=what)


def balance_text(words: Words, title: str, balance: Balance, language: str, *, tier: str = "") -> Safe:
    """Say what she has, what is on its way, what she owes and what goes next."""
    coming, going = balance.next_usable, balance.next_expiry
    text = words.html(
        "points.balance",
        language,
        programme=title,
        usable=balance.usable,
        tier=tier,
        pending=balance.pending,
        coming=coming.points if coming else 0,
        coming_at=coming.at if coming else None,
        owed=balance.owed,
        going=going.points if going else 0,
        going_at=last_day(going.at) if going else None,
    )
    return Safe(text.strip())


def expiry_message(words: Words, title: str, going: Sequence[Moment], language: str) -> Message:
    """Warn of all that goes, in one message; *going* has at least one moment, the nearest first."""
    text = words.html(
        "points.expiring",
        language,
        programme=title,
        points=sum(each.points for each in going),
        first=last_day(going[0].at),
        last=last_day(going[-1].at) if len(going) > 1 else None,
    )
    return Message(text, html=True)


@dataclass(frozen=True, slots=True)
class ToldPoints:
    """What a purchase gave: *usable_at* None is at once; *paid* of the points went to what she owed."""

    points: int
    at: dt.datetime
    usable_at: dt.datetime | None
    usable: int
    paid: int = 0


def told_message(words: Words, title: str, told: ToldPoints, language: str) -> Message:
    """Tell of a purchase's points."""
    text = words.html(
        "points.told",
        language,
        programme=title,
        points=told.points,
        at=told.at,
        usable_at=told.usable_at,
        usable=told.usable,
        paid=told.paid,
        rest=told.points - told.paid,
    )
    return Message(text, html=True)


def title_of(programme: Programme, language: str, default: str) -> str:
    """Return what customers call a programme."""
    return in_language(programme.title, language, default) or programme.name


def _lasting(words: Words, key: str, duration: Duration, language: str) -> Safe:
    return words.html(f"points.{key}", language, n=duration.amount, unit=duration.unit.value)
