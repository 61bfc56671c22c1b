"""The `[[benefit]]` tables of a programme's file: what is given, when, and which qualities it is to have."""

from __future__ import annotations

from decimal import Decimal

from domain.benefits import QUALITIES, Benefit, Bond, Form, Give, Occasion
from domain.documents import Table
from domain.documents_values import FLAG, NAME, Kind, MisfitError, choice, decimal, integer, text
from scheduler.slots import cron_problem

_WHEN = ", ".join(f'"{each}"' for each in Occasion if each is not Occasion.CRON)
_TITLE = text(most=60)
_SAY = text(most=900)


def read_benefit(table: Table, *, is_open: bool) -> Benefit:
    """Read one table; what is wrong in it becomes faults of its document."""
    give = table.get("give", choice(Give))
    occasion, cron = table.get("when", _OCCASION)
    if not is_open and occasion is Occasion.TIER:
        table.fault("when", "a silent programme has no tiers", 'write "joining", "anniversary" or a cron line')
    if not is_open and give is Give.POINTS:
        table.fault("give", "points are of open programmes", "give a coupon, a task or words")
    benefit = Benefit(
        id=table.get("id", NAME),
        title=table.table("title").mapping(_TITLE),
        form=table.get("form", choice(Form)),
        bond=table.get("bond", choice(Bond)),
        give=give,
        occasion=occasion,
        cron=cron,
        pool=table.get("pool", NAME, ""),
        qualities=_read_qualities(table),
        points=table.get("points", integer(1, 1_000_000), 0),
        campaign=table.get("campaign", NAME, ""),
        say=table.section("say").mapping(_SAY),
        task=table.section("task").mapping(_SAY),
        surprise=table.get("surprise", FLAG, False),
        cost=table.get("cost", decimal(0, 1_000_000), Decimal(0)),
    )
    _judge(table, benefit)
    return benefit


def _judge(table: Table, benefit: Benefit) -> None:
    wanted = {
        Give.POINTS: ("points", benefit.points, "100"),
        Give.COUPON: ("campaign", benefit.campaign, '"thanks"'),
        Give.TASK: ("task", benefit.task, '{ fi = "..." }'),
        Give.WORDS: ("say", benefit.say, '{ fi = "..." }'),
    }
    for give, (key, value, example) in wanted.items():
        if give is benefit.give and not value:
            table.fault(key, "is missing", f'add {key} = {example}, since give = "{give}"')
        elif give is not benefit.give and value and give is not Give.WORDS:
            table.fault(key, f'has no part in give = "{benefit.give}"', f'remove it, or write give = "{give}"')


def _read_qualities(table: Table) -> dict[str, str | bool]:
    section = table.table("qualities")
    found: dict[str, str | bool] = {}
    for quality in QUALITIES:
        if quality in section:
            found[quality] = section.get(quality, _QUALITY)
        else:
            section.missing(quality, quality, "is not stated", f'write {quality} = "why it is so", or true or false')
    return found


def _quality(value: object) -> str | bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip():
        return value.strip()
    raise MisfitError("is neither a sentence nor true or false", 'write "why it is so", or true or false')


def _occasion(value: object) -> tuple[Occasion, str]:
    if isinstance(value, str) and value in {each.value for each in Occasion if each is not Occasion.CRON}:
        return Occasion(value), ""
    if isinstance(value, str) and len(value.split()) == 5:
        problem = cron_problem(value)
        if problem is None:
            return Occasion.CRON, value
        raise MisfitError(problem, 'write minute, hour, day, month, weekday: "0 10 6 12 *"')
    raise MisfitError("is no occasion", f'write one of {_WHEN}, or a cron line such as "0 10 6 12 *"')


_QUALITY: Kind[str | bool] = Kind("a sentence, or true or false", '"..."', False, _quality)
_OCCASION: Kind[tuple[Occasion, str]] = Kind("an occasion", '"birthday"', (Occasion.JOINING, ""), _occasion)
