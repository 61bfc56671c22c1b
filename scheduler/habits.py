"""
When each customer will have been silent for longer than is her habit: reckoned anew only of whom something changed.

It is remembered in this process, some twenty bytes a customer; a process that begins looks at everybody once.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from domain.signals import Signal, SignalKind, Silence, habit_of
from store.database import Tx
from store.signals import all_lines_mark, buying_moments, line_marks
from store.stale import stale_between

FRESH = dt.timedelta(days=30)
"""What is older is history, not a signal: so after an import, or a long outage."""

_LONGEST = dt.timedelta(days=800)
_NEVER = dt.date.max.toordinal()


@dataclass(frozen=True, slots=True)
class Chunk:
    """
    Customers up to an id, in the order of theirs: the mark of the lines that they had, the day (ordinal) to look again.

    *lines* is the mark of everybody's lines, read before these were.
    """

    upto: int | None
    lines: tuple[int, ...]
    ids: array[int]
    marks: array[int]
    due: array[int]


_NOBODY = Chunk(0, (), array("q"), array("q"), array("l"))


class Habits:
    """
    Finds silences, range by range of customers' ids.

    Whose lines are as they were, and whose day has not come, is not looked at: her silence begins on a day that her
    lines alone tell.
    """

    def __init__(self, zone: zoneinfo.ZoneInfo, late: dt.timedelta) -> None:
        self._zone, self._late = zone, late
        self._chunks: dict[int, Chunk] = {}
        self._seen: set[int] = set()
        self._day = dt.date.min
        self._lines: tuple[int, ...] = ()

    async def silences(self, tx: Tx, after: int, upto: int | None, now: dt.datetime) -> tuple[list[Signal], Chunk]:
        """
        Return the signals of the customers with ids above *after* up to *upto* (None: all) that are due by *now*.

        What is to be remembered comes with them: for `keep`, once the signals are stored.
        """
        today = now.astimezone(self._zone).date()
        if today != self._day:
            self._day, self._lines = today, await all_lines_mark(tx, self._late)
        before = self._chunks.get(after, _NOBODY)
        changed = await stale_between(tx, after, upto)  # lines taken away and others brought in may leave the mark
        if before.lines == self._lines and before.upto == upto:
            ids, marks, days = before.ids, before.marks, before.due[:]
        else:
            ids, marks, days = _with_days(before, await line_marks(tx, after, upto))
        day = today.toordinal()
        places = [place for place, due in enumerate(days) if due <= day or ids[place] in changed]
        bought, raised = await buying_moments(tx, [ids[place] for place in places]), []
        for place in places:
            who, days[place] = ids[place], _NEVER
            if who in bought:
                signal, days[place] = self._look(who, bought[who], now, today)
                if signal is not None:
                    raised.append(signal)
        return raised, Chunk(upto, self._lines, ids, marks, days)

    def keep(self, after: int, chunk: Chunk) -> None:
        """Remember the range above *after*."""
        self._chunks[after] = chunk
        self._seen.add(after)

    def end_round(self) -> None:
        """Forget ranges that begin elsewhere now: everybody has been looked at."""
        self._chunks = {after: chunk for after, chunk in self._chunks.items() if after in self._seen}
        self._seen.clear()

    def _look(
        self, who: int, moments: Sequence[dt.datetime], now: dt.datetime, today: dt.date
    ) -> tuple[Signal | None, int]:
        """Return her signal, if one is due, and on which day to look again."""
        if moments[-1] >= now:  # a line of later: she has not been silent, and it will count
            return None, today.toordinal() + 1
        habit = habit_of([moment.astimezone(self._zone).date() for moment in moments])
        if habit is None:
            return None, _NEVER
        if today < habit.since:
            return None, habit.since.toordinal()
        if today - habit.since > FRESH or moments[-1] < now - _LONGEST:
            return None, _NEVER
        return self._signal(who, habit, today), _NEVER

    def _signal(self, who: int, silence: Silence, today: dt.date) -> Signal:
        evidence: dict[str, str | int | float] = {
            "visits": silence.visits,
            "last": silence.last.isoformat(),
            "silent_days": (today - silence.last).days,
            "usual_days": silence.usual,
            "longest_usual_days": silence.longest_usual,
        }
        at = dt.datetime.combine(silence.since, dt.time(), self._zone).astimezone(dt.UTC)
        return Signal(who, SignalKind.FEWER_PURCHASES, at, evidence, f"after:{silence.last.isoformat()}")


def _with_days(before: Chunk, found: Sequence[tuple[int, int]]) -> tuple[array[int], array[int], array[int]]:
    """Give ids and marks as they were *found*, and the days that were reckoned from the same lines; 0 for none."""
    known = dict(zip(before.ids, zip(before.marks, before.due, strict=True), strict=True))
    days = [due if mark == now else 0 for who, now in found for mark, due in (known.get(who, (now, 0)),)]
    return array("q", [who for who, _ in found]), array("q", [mark for _, mark in found]), array("l", days)
