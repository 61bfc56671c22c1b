"""
One customer's points of a programme as lots: earning, spending, what is taken back, owed and expires.

Points that came together are a lot. Each change is an entry of one lot, so of every lot and at every moment: what is
left is the sum of its entries, and what came (less what was taken back) the sum of those that earn, reverse or are made
by hand upwards. Nothing but these entries makes or loses a point.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace


class EntryKind(enum.StrEnum):
    """Why a lot changed."""

    EARN = "earn"
    SPEND = "spend"
    EXPIRE = "expire"
    REVERSE = "reverse"
    MANUAL = "manual"
    SETTLE = "settle"  # one lot pays what another owes: two entries that are nought together


@dataclass(slots=True)
class Lot:
    """
    Points that came together. *points* came less those taken back, *left* are there; below 0 they are owed.

    *expired* is how many of them were lost by time.
    """

    id: int
    source: str
    ref: str
    points: int
    left: int
    earned_at: dt.datetime
    usable_at: dt.datetime
    expires_at: dt.datetime | None = None
    expired: int = 0

    def is_over(self, now: dt.datetime) -> bool:
        """Say whether its time is over."""
        return self.expires_at is not None and self.expires_at <= now


@dataclass(frozen=True, slots=True)
class NewEntry:
    """A change of a lot that is to be kept."""

    lot_id: int
    kind: EntryKind
    points: int
    ref: str = ""
    reason: str = ""
    staff_id: int | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """So many points change at a moment: become usable, or are gone."""

    at: dt.datetime
    points: int


@dataclass(frozen=True, slots=True)
class Balance:
    """What is there after all that is owed has been paid; usable and owed are never both above 0."""

    usable: int = 0
    pending: int = 0
    owed: int = 0
    next_usable: Moment | None = None
    next_expiry: Moment | None = None


@dataclass(frozen=True, slots=True)
class Spent:
    """So many points were spent; *before*: by an earlier call with the same ref."""

    points: int
    before: bool = False


@dataclass(frozen=True, slots=True)
class Short:
    """Nothing was spent: so many points are missing; *pending* more come by themselves."""

    missing: int
    usable: int
    pending: int


@dataclass(slots=True)
class Account:
    """
    The lots of one customer and programme, open for changes as of *now*.

    `entries` are the changes so far, `fresh` the lots among *lots* that are new.
    """

    lots: list[Lot]
    now: dt.datetime
    make_id: Callable[[], int]
    entries: list[NewEntry] = field(default_factory=list)
    fresh: list[Lot] = field(default_factory=list)

    def of(self, source: str, ref: str) -> list[Lot]:
        """Return the lots that came for *ref*; after a merge there may be several."""
        return [lot for lot in self.lots if (lot.source, lot.ref) == (source, ref)] if ref else []

    def earn(
        self,
        points: int,
        *,
        source: str,
        ref: str = "",
        at: dt.datetime | None = None,
        usable_at: dt.datetime | None = None,
        expires_at: dt.datetime | None = None,
        kind: EntryKind = EntryKind.EARN,
        reason: str = "",
        staff_id: int | None = None,
    ) -> Lot:
        """Put *points* in as a lot of their own; what is owed is paid from it first."""
        at = at or self.now
        lot = Lot(self.make_id(), source, ref, 0, 0, at, usable_at or at, expires_at)
        self.lots.append(lot)
        self.fresh.append(lot)
        self._came(lot, kind, points, ref, reason, staff_id)
        self.settle()
        return lot

    def spend(
        self,
        points: int,
        *,
        ref: str = "",
        kind: EntryKind = EntryKind.SPEND,
        reason: str = "",
        staff_id: int | None = None,
    ) -> Spent | Short:
        """Take *points* from what is usable, the nearest expiry first; all of them or none."""
        self.settle()
        usable = _usable_in_order(self.lots, self.now)
        there = sum(lot.left for lot in usable)
        if there < points:
            return Short(points - there, there, self.balance().pending)
        rest = points
        for lot in usable:
            part = min(rest, lot.left)
            if part:
                self._change(lot, kind, -part, ref, reason, staff_id)
                rest -= part
        return Spent(points)

    def give(
        self,
        target: int,
        *,
        source: str,
        ref: str,
        at: dt.datetime,
        usable_at: dt.datetime,
        expires_at: dt.datetime | None,
        reason: str = "",
    ) -> int:
        """
        Make what came for *ref* be *target* in all, and return by how much it changed; below 0 it is owed.

        Points whose time was over before they came are not given.
        """
        lots = self.of(source, ref)
        more = target - sum(lot.points for lot in lots)
        if more < 0 and lots:
            return -self._take_back(lots, -more, ref, reason)
        if more and lots:
            self._came(lots[0], EntryKind.EARN, more, ref, reason)
            self.settle()
        elif more:
            if more > 0 and expires_at is not None and expires_at <= self.now:
                return 0
            kind = EntryKind.EARN if more > 0 else EntryKind.REVERSE
            until = expires_at if more > 0 else None
            self.earn(
                more, source=source, ref=ref, at=at, usable_at=usable_at, expires_at=until, kind=kind, reason=reason
            )
        return more

    def reverse(self, source: str, ref: str, points: int | None = None, reason: str = "") -> int:
        """Take back what came for *ref*, or *points* of it at most; return how many were taken back."""
        lots = self.of(source, ref)
        there = sum(lot.points for lot in lots)
        wanted = there if points is None else min(points, there)
        return self._take_back(lots, wanted, ref, reason) if wanted > 0 else 0

    def expire(self) -> int:
        """Let go what is left of lots whose time is over; return how many points."""
        self.settle()
        gone = 0
        for lot in self.lots:
            if lot.left > 0 and lot.is_over(self.now):
                gone += lot.left
                lot.expired += lot.left
                self._change(lot, EntryKind.EXPIRE, -lot.left, lot.ref)
        return gone

    def settle(self) -> None:
        """Let lots that have points pay those that owe: usable ones before pending ones, the nearest expiry first."""
        for payer, owing, points in settling(self.lots, self.now):
            self._change(payer, EntryKind.SETTLE, -points, owing.ref)
            self._change(owing, EntryKind.SETTLE, points, payer.ref)

    def balance(self) -> Balance:
        """Say what is there, as it is once what is owed has been paid."""
        return balance(self.lots, self.now)

    def going(self, until: dt.datetime) -> list[Moment]:
        """List what goes until then if nothing is spent, the nearest first."""
        return going(self.lots, self.now, until)

    def _take_back(self, lots: Sequence[Lot], points: int, ref: str, reason: str) -> int:
        """
        Take *points* back from the lots that they came in, pending or not; what was spent of them becomes owed.

        What expired of them is gone already and is not taken a second time.
        """
        taken, rest = 0, points
        for lot in sorted(lots, key=lambda each: -each.left):
            part = min(rest, max(lot.points, 0))
            absorbed = min(part - min(part, max(lot.left, 0)), lot.expired)
            rest -= part
            if part > absorbed:
                self._came(lot, EntryKind.REVERSE, absorbed - part, ref, reason)
                taken += part - absorbed
        if rest:
            self._came(lots[0], EntryKind.REVERSE, -rest, ref, reason)
            taken += rest
        self.settle()
        return taken

    def _came(
        self, lot: Lot, kind: EntryKind, points: int, ref: str, reason: str = "", staff_id: int | None = None
    ) -> None:
        lot.points += points
        self._change(lot, kind, points, ref, reason, staff_id)

    def _change(
        self, lot: Lot, kind: EntryKind, points: int, ref: str, reason: str = "", staff_id: int | None = None
    ) -> None:
        lot.left += points
        self.entries.append(NewEntry(lot.id, kind, points, ref, reason, staff_id))


def settling(lots: Iterable[Lot], now: dt.datetime) -> list[tuple[Lot, Lot, int]]:
    """Say which lot pays how many points to which: usable ones first, then pending ones; nothing changes."""
    all_ = sorted(lots, key=lambda lot: lot.id)
    owing = [(lot, -lot.left) for lot in all_ if lot.left < 0]
    if not owing:
        return []
    pending = [lot for lot in all_ if lot.left > 0 and lot.usable_at > now and not lot.is_over(now)]
    paying = [*_usable_in_order(all_, now), *sorted(pending, key=lambda lot: (lot.usable_at, lot.id))]
    found: list[tuple[Lot, Lot, int]] = []
    for payer in paying:
        has = payer.left
        while has and owing:
            debtor, owes = owing.pop(0)
            part = min(has, owes)
            found.append((payer, debtor, part))
            has -= part
            if owes > part:
                owing.insert(0, (debtor, owes - part))
    return found


def balance(lots: Iterable[Lot], now: dt.datetime) -> Balance:
    """Say what is there at *now*, as it is once what is owed has been paid; nothing changes."""
    after = _settled(lots, now)
    there = [lot for lot in after if lot.left > 0 and not lot.is_over(now)]
    usable = sum(lot.left for lot in there if lot.usable_at <= now)
    coming = [(lot.usable_at, lot.left) for lot in there if lot.usable_at > now]
    leaving = [(lot.expires_at, lot.left) for lot in there if lot.expires_at is not None]
    return Balance(
        usable,
        sum(points for _, points in coming),
        sum(-lot.left for lot in after if lot.left < 0),
        _first(coming),
        _first(leaving),
    )


def going(lots: Iterable[Lot], now: dt.datetime, until: dt.datetime) -> list[Moment]:
    """List what is there at *now* and goes until then if nothing is spent, the nearest first."""
    found: dict[dt.datetime, int] = {}
    for lot in _settled(lots, now):
        if lot.left > 0 and not lot.is_over(now) and lot.expires_at is not None and lot.expires_at <= until:
            found[lot.expires_at] = found.get(lot.expires_at, 0) + lot.left
    return [Moment(at, points) for at, points in sorted(found.items())]


def _settled(lots: Iterable[Lot], now: dt.datetime) -> list[Lot]:
    """Return copies of *lots* as they are once what is owed has been paid."""
    after = {lot.id: replace(lot) for lot in lots}
    for payer, owing, points in settling(after.values(), now):
        payer.left -= points
        owing.left += points
    return list(after.values())


def _first(moments: Sequence[tuple[dt.datetime, int]]) -> Moment | None:
    if not moments:
        return None
    at = min(moment for moment, _ in moments)
    return Moment(at, sum(points for moment, points in moments if moment == at))


def _usable_in_order(lots: Iterable[Lot], now: dt.datetime) -> list[Lot]:
    """Return what can be spent, the nearest expiry first; what never expires comes last."""
    never = dt.datetime.max.replace(tzinfo=dt.UTC)
    usable = [lot for lot in lots if lot.left > 0 and lot.usable_at <= now and not lot.is_over(now)]
    return sorted(usable, key=lambda lot: (lot.expires_at or never, lot.usable_at, lot.id))
