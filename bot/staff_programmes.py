"""`/programmes` in Telegram: the list with sizes, and a page with tiers, costs and results for each."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from bot.programmes import ProgrammeLine, ProgrammeReport, all_programmes, programme_lines, programme_report
from bot.staff_visit import Visit
from dialogues.programmes import join_token
from domain.languages import in_language
from domain.links import start_link
from domain.messages import Button, Message
from domain.programmes import Programme
from insight.effects import Rate
from templates.markup import Safe

_MOST_BUTTONS = 30


async def show_programmes(visit: Visit, _argument: str = "") -> None:
    """Send the list, with a button for each; counted beside the road, since there may be a million members."""
    room = visit.room

    async def errand() -> None:
        async with room.database.read() as tx:
            lines = await programme_lines(tx, all_programmes(room.loyalty), room.clock.now())
        told = Safe("\n").join([_html(visit, "line", **_figures(visit, line)) for line in lines])
        text = _html(visit, "list", lines=told) if lines else _html(visit, "empty")
        rows = tuple(
            (Button(_plain(visit, "label.programme", title=_title(visit, each)[:38]), f"i.{_digest(each)}"),)
            for each in [line.programme for line in lines][:_MOST_BUTTONS]
        )
        async with room.database.write() as tx:
            await visit.again(tx).send(Message(text, html=True, keyboard=rows))

    room.errands.ask(errand)


async def programmes_button(visit: Visit, rest: Sequence[str]) -> None:
    """A button: "i.all" shows the list, "i.PROGRAMME" its page."""
    match rest:
        case ["all"]:
            await show_programmes(visit)
        case [digest]:
            found = next((each for each in all_programmes(visit.room.loyalty) if _digest(each) == digest), None)
            if found is None:
                await visit.toast("old_button")
            else:
                _show_later(visit, found)
        case _:
            await visit.toast("old_button")


def _show_later(visit: Visit, programme: Programme) -> None:
    room = visit.room

    async def errand() -> None:
        async with room.database.read() as tx:
            report = await programme_report(tx, programme, room.company, room.clock.now())
        keyboard = ((Button(_plain(visit, "label.all"), "i.all"),),)
        async with room.database.write() as tx:
            later = visit.again(tx)
            await later.note("programme.look", f"programme:{programme.name}")
            await later.send(Message(_page(visit, report), html=True, keyboard=keyboard))

    room.errands.ask(errand)


def _page(visit: Visit, report: ProgrammeReport) -> str:
    line = report.line
    programme, gain = line.programme, report.gain
    names = {tier.name: in_language(tier.title, visit.language, tier.name) for tier in programme.tiers}
    tiers = [_html(visit, "tier_line", title=names[name], n=line.tiers.get(name, 0)) for name in names]
    moves = [
        _html(visit, "move_line", before=names.get(before, _plain(visit, "new")), after=names.get(after, after), n=n)
        for (before, after), n in sorted(report.moves.items())
    ]
    titles = {each.id: in_language(each.title, visit.language, each.id) for each in programme.benefits}
    given = [
        _html(visit, "given_line", title=titles[each.name], n=each.count, cost=each.cost) for each in report.benefits
    ]
    share = programme.targets.share
    link = programme.is_open and line.published
    return _html(
        visit,
        "page",
        **(_figures(visit, line) | {"tiers": Safe("\n").join(tiers)}),
        rule="" if programme.rule is None else str(programme.rule),
        held_out=line.held_out,
        moves=Safe("\n").join(moves),
        given=Safe("\n").join(given),
        cost=report.cost,
        year=report.cost_year,
        planned=programme.targets.investment,
        goal="" if programme.goal is None or report.effects is None else str(programme.goal),
        reached=_rate(visit, report.goal),
        reached_others=_rate(visit, report.goal_compared),
        wanted=None if share is None else 100 * share,
        held=report.effects is not None and report.effects.held_out,
        gain=None if gain is None or gain.value is None else round(gain.value),
        low=0 if gain is None or gain.low is None else round(gain.low),
        high=0 if gain is None or gain.high is None else round(gain.high),
        link=start_link(visit.room.loyalty.username, join_token(programme.name)) if link else "",
    )


def _rate(visit: Visit, value: Rate | None) -> str:
    if value is None:
        return ""
    share, low, high = (None if part is None else round(100 * part) for part in (value.share, value.low, value.high))
    return _html(visit, "rate", count=value.count, n=value.n, share=share, low=low, high=high)


def _figures(visit: Visit, line: ProgrammeLine) -> dict[str, object]:
    programme = line.programme
    counted = [
        (in_language(tier.title, visit.language, tier.name), line.tiers.get(tier.name, 0)) for tier in programme.tiers
    ]
    return {
        "title": _title(visit, programme),
        "silent": not programme.is_open,
        "draft": not line.published,
        "missing": ", ".join(part.key for part in line.missing),
        "n": line.members,
        "joined": line.joined,
        "tiers": ", ".join(f"{title} {count}" for title, count in counted),
    }


def _title(visit: Visit, programme: Programme) -> str:
    return in_language(programme.title, visit.language, visit.room.company.default_language) or programme.name


def _digest(programme: Programme) -> str:
    """Stand for a programme's name in a button, which holds 64 bytes."""
    return hashlib.sha256(programme.name.encode()).hexdigest()[:12]


def _html(visit: Visit, key: str, /, **values: object) -> str:
    return visit.room.words.html(f"programmes_staff.{key}", visit.language, **values)


def _plain(visit: Visit, key: str, /, **values: object) -> str:
    return visit.room.words.plain(f"programmes_staff.{key}", visit.language, **values)
