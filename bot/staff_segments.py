"""`/segments` in Telegram: the list with sizes, and a page for each segment."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from bot.segments import SegmentLine, SegmentPage, segment_lines, segment_page, title_of
from bot.staff_visit import Visit
from domain.messages import Button, Message
from domain.segments import Segment
from insight.segments import Spread
from templates.markup import Safe

_MOST_BUTTONS = 30
_MOST_OVERLAPS = 5
_MOST_MOVES = 5
_LONGEST_WHY = 80


async def show_segments(visit: Visit, _argument: str = "") -> None:
    """Send the list of segments, with a button for each; counted beside the road, since it looks at all customers."""
    room = visit.room
    segments = tuple(room.segments)

    async def errand() -> None:
        day = room.clock.now().astimezone(room.company.zone).date()
        async with room.database.read() as tx:
            lines = await segment_lines(tx, segments, day)
        told = Safe("\n").join([_html(visit, "line", **_figures(visit, line)) for line in lines])
        text = _html(visit, "list", lines=told) if lines else _html(visit, "empty")
        rows = tuple(
            (Button(_plain(visit, "label.segment", title=_title(visit, line.segment)), f"z.{_digest(line.segment)}"),)
            for line in lines[:_MOST_BUTTONS]
        )
        async with room.database.write() as tx:
            await visit.again(tx).send(Message(text, html=True, keyboard=rows))

    room.errands.ask(errand)


async def segments_button(visit: Visit, rest: Sequence[str]) -> None:
    """A button: "z.all" shows the list, "z.SEGMENT" its page."""
    match rest:
        case ["all"]:
            await show_segments(visit)
        case [digest]:
            segment = next((each for each in visit.room.segments if _digest(each) == digest), None)
            if segment is None:
                await visit.toast("old_button")
            else:
                _show_later(visit, segment)
        case _:
            await visit.toast("old_button")


def _show_later(visit: Visit, segment: Segment) -> None:
    """Measure beside the road: thousands of members may have to be looked at."""
    room = visit.room
    segments = tuple(room.segments)

    async def errand() -> None:
        at = room.clock.now().astimezone(room.company.zone)
        async with room.database.read() as tx:
            page = await segment_page(tx, segment, segments, at, room.company.currency, latest=_MOST_MOVES)
        text = _page(visit, page, {each.name: each for each in segments})
        keyboard = ((Button(_plain(visit, "label.all"), "z.all"),),)
        async with room.database.write() as tx:
            later = visit.again(tx)
            await later.note("segment.look", f"segment:{segment.name}")
            await later.send(Message(text, html=True, keyboard=keyboard))

    room.errands.ask(errand)


def _page(visit: Visit, page: SegmentPage, by_name: dict[str, Segment]) -> str:
    members = page.line.size.members
    overlaps = [
        _html(visit, "overlap_line", title=_title(visit, by_name[name]), n=count, share=100 * count / members)
        for name, count in list(page.overlaps.items())[:_MOST_OVERLAPS]
    ]
    latest = [
        _html(visit, "move_line", came=move.after == "in", day=move.day, name=who, why=move.evidence[:_LONGEST_WHY])
        for move, who in page.latest
    ]
    return _html(
        visit,
        "page",
        **_figures(visit, page.line),
        rule=str(page.line.segment.rule),
        of=page.line.size.of,
        least=page.line.segment.minimum_size,
        spread=Safe("\n").join([_spread(visit, each) for each in page.spread]),
        overlaps=Safe("\n").join(overlaps),
        latest=Safe("\n").join(latest),
    )


def _spread(visit: Visit, spread: Spread) -> str:
    variation = None if spread.variation is None else round(100 * spread.variation)
    return _html(
        visit,
        "spread_line",
        measure=spread.measure,
        lower=spread.lower,
        median=spread.median,
        upper=spread.upper,
        variation=variation,
    )


def _figures(visit: Visit, line: SegmentLine) -> dict[str, object]:
    share = line.size.share
    return {
        "title": _title(visit, line.segment),
        "filled": line.filled,
        "n": line.size.members,
        "share": None if share is None else 100 * share,
        "came": line.came,
        "left": line.left,
        "small": line.is_small,
    }


def _title(visit: Visit, segment: Segment) -> str:
    return title_of(segment, visit.language, visit.room.company.default_language)


def _digest(segment: Segment) -> str:
    """Stand for a segment's name in a button, which holds 64 bytes."""
    return hashlib.sha256(segment.name.encode()).hexdigest()[:12]


def _html(visit: Visit, key: str, /, **values: object) -> str:
    return visit.room.words.html(f"segments.{key}", visit.language, **values)


def _plain(visit: Visit, key: str, /, **values: object) -> str:
    return visit.room.words.plain(f"segments.{key}", visit.language, **values)
