"""
`vuoro audience`: whom a rule means, how many, and why somebody is among them or not.

Nothing is changed, but what had to be measured live is noted, so that the next night keeps it.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
from collections.abc import AsyncGenerator, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

import click
import orjson

from bot.commands.frame import (
    Refused,
    asynchronous,
    config_option,
    give_json,
    give_table,
    json_option,
    now,
    opened_store,
    staff_option,
    the_config,
)
from bot.config import Config
from bot.rule_files import NoSuchRule, rule_meant, sound_rules
from domain.customers import Purpose
from domain.faults import Fault, Faults, did_you_mean
from domain.kept_measures import Measure
from domain.rules import Rule, Type, names_in, rule_faults
from domain.rules_check import Mistake
from domain.rules_customer import ATTRIBUTES
from domain.rules_names import NamesKnown, unwritten_names
from domain.rules_pictures import PICTURE_NAMES
from domain.rules_slips import IN_QUOTES, is_compared_with
from domain.rules_themes import unknown_themes
from domain.rules_why import Why, why
from domain.segments import unknown_segments
from store.audiences import Member, count_audience, list_audience, unknown_facts
from store.audit import note_act
from store.database import Database, StoreUnavailable, Tx
from store.fresh_measures import measures_not_kept
from store.kept_measures import note_asked
from store.names_held import unheard_of_in
from store.rules_facts import customer_facts

_PURPOSES = {**{purpose.value: purpose for purpose in Purpose}, "none": None}
_PAGE = 2000


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked: the rule, the moment (in the company's zone), and the purpose for which people are written to."""

    asked: str
    rule: Rule
    at: dt.datetime
    currency: str
    purpose: Purpose | None


@click.command("audience")
@click.argument("rule", metavar="RULE-or-NAME")
@click.option("--count", "mode", flag_value="count", default=True, help="How many (when nothing else is asked).")
@click.option("--list", "mode", flag_value="list", help="Everybody for whom it holds.")
@click.option("--excluded", "mode", flag_value="excluded", help="Those of them who would not be written to, and why.")
@click.option("--why", "word", metavar="CUSTOMER", help="Why it holds for her or not, and what it would take.")
@click.option("--at", "day", metavar="DATE", help="As of the end of that day, or of a moment; now when left out.")
@click.option(
    "--purpose",
    type=click.Choice(list(_PURPOSES)),
    default=Purpose.MARKETING.value,
    show_default=True,
    help="To which she must have agreed in order not to be excluded.",
)
@staff_option
@config_option
@json_option
@asynchronous
async def command(
    rule: str,
    mode: str,
    word: str | None,
    day: str | None,
    purpose: str,
    staff_id: int | None,
    config_file: Path | None,
    as_json: bool,
) -> None:
    """Count, list or explain whom a rule means: visits(12m) >= 20, or a name such as car-dealer."""
    config = the_config(config_file)
    asked = _Question(rule, the_rule(config, rule), _moment(day, config), config.company.currency, _PURPOSES[purpose])
    async with opened_store(config) as database:
        async with database.read() as tx:
            await _warn_of_unknown_names(tx, asked, config)
        if word is not None:
            await _explain(database, asked, word, staff_id, as_json)
        elif mode == "count":
            await _count(database, asked, as_json)
        else:
            await _list(database, asked, mode == "excluded", staff_id, as_json)


def the_rule(config: Config, text: str) -> Rule:
    """
    Return the rule that *text* is or names; raises Faults where the file of that name is broken, and Refused.

    What is wrong with other files is told as a warning.
    """
    named, faults = sound_rules(config.content)
    if mine := [fault for fault in faults if PurePath(fault.where).stem == text.strip()]:
        raise Faults(mine)
    warn_of(faults)
    try:
        rule = rule_meant(text, named)
    except NoSuchRule as error:
        raise Refused(f"{error}{_segment_hint(config, text)}") from None
    mistakes = _unknown_words(config, rule)
    if mistakes:
        raise Refused("\n".join(map(str, rule_faults(mistakes, rule.text, "rule", line=1))))
    return rule


def warn_of(faults: Iterable[Fault]) -> None:
    """Tell on standard error what is wrong with files that were not asked for."""
    for fault in faults:
        click.echo(f"warning: {fault}", err=True)


def _unknown_words(config: Config, rule: Rule) -> tuple[Mistake, ...]:
    """Find themes and segments that there are not; their files are read only for a rule that asks for one."""
    found: tuple[Mistake, ...] = ()
    if unknown_themes(rule, ()):
        from bot.content_themes import themes_of_content

        found += unknown_themes(rule, {theme.id for theme in themes_of_content(config.content)})
    if unknown_segments(rule.root, ()):
        from bot.segment_files import segment_at, sound_segments

        segments, faults = sound_segments(config.content)
        warn_of(faults)
        known = {segment.name for segment in segments} | {segment_at(fault) for fault in faults}
        found += unknown_segments(rule.root, known)
    return found


def _segment_hint(config: Config, text: str) -> str:
    """Say how to ask for the segment that *text* is the name of; empty where it is of none."""
    from bot.segment_files import segment_at, sound_segments

    segments, faults = sound_segments(config.content)
    names = {segment.name for segment in segments} | {segment_at(fault) for fault in faults}
    name = text.strip()
    return f'; for the segment of that name write segment("{name}")' if name in names else ""


def _moment(day: str | None, config: Config) -> dt.datetime:
    zone = config.company.zone
    if day is None:
        return now().astimezone(zone)
    try:
        if len(day) <= len("2027-03-01"):
            return dt.datetime.combine(dt.date.fromisoformat(day), dt.time.max, zone)
        at = dt.datetime.fromisoformat(day)
    except ValueError:
        raise click.UsageError(f"--at {day}: is no date; write 2027-03-01") from None
    return at.replace(tzinfo=zone) if at.tzinfo is None else at.astimezone(zone)


async def _warn_of_unknown_names(tx: Tx, asked: _Question, config: Config) -> None:
    texts = {each for each, kind in {**ATTRIBUTES, **PICTURE_NAMES}.items() if kind is Type.TEXT}
    for name in await unknown_facts(tx, names_in(asked.rule) - ATTRIBUTES.keys() - PICTURE_NAMES.keys()):
        if name == asked.asked.strip():
            told = f"{name}: is no rule's name, and nobody has a fact of that name"
            raise Refused(told + _segment_hint(config, name))
        if is_compared_with(asked.rule.root, name, texts):
            hint = f'{IN_QUOTES}: "{name}"'
        else:
            hint = did_you_mean(name, ATTRIBUTES, otherwise="so it is unknown for everybody")
        click.echo(f'note: nobody has a fact "{name}"; {hint}', err=True)
    await _note_unlikely(tx, asked, config)


async def _note_unlikely(tx: Tx, asked: _Question, config: Config) -> None:
    """Tell of clubs, programmes, product groups and such that nothing goes by; files are read only where asked for."""
    languages = config.company.languages
    found = await unheard_of_in(tx, asked.rule, languages)
    if unwritten_names(asked.rule.root, NamesKnown()):
        from bot.rule_names import names_known

        found = (*unwritten_names(asked.rule.root, names_known(config.content, languages)), *found)
    for mistake in found:
        click.echo(f"note: {mistake.problem}; {mistake.remedy}", err=True)


async def _count(database: Database, asked: _Question, as_json: bool) -> None:
    async with database.read() as tx:
        found = await count_audience(tx, asked.rule, asked.at, currency=asked.currency, purpose=asked.purpose)
        missed = await measures_not_kept(tx, asked.rule)
    if missed:
        await _note(database, missed)
    if as_json:
        give_json({"rule": asked.asked, "count": found.count, "excluded": found.excluded, "unknown": found.unknown})
        return
    customers = "1 customer" if found.count == 1 else f"{found.count} customers"
    click.echo(f"{customers}; for {found.unknown} it is unknown." if found.unknown else f"{customers}.")
    if found.excluded:
        give_table(["of them would not be written to", "n"], found.excluded.items())


async def _note(database: Database, missed: Sequence[Measure]) -> None:
    with contextlib.suppress(StoreUnavailable):  # a store that is busy, or may only be read, keeps nobody from a number
        async with database.write() as tx:
            await note_asked(tx, missed, now())


async def _explain(database: Database, asked: _Question, word: str, staff_id: int | None, as_json: bool) -> None:
    from bot.commands.customer import the_customer

    async with database.write() as tx:
        customer = await the_customer(tx, word)
        facts = await customer_facts(tx, [customer.id], asked.at, currency=asked.currency)
        await note_act(tx, staff_id, "audience.why", f"customer:{customer.id}", now(), {"where": "command line"})
    known = facts[customer.id]
    found = why(
        asked.rule, known, asked.at, currency=asked.currency, later=lambda at: dataclasses.replace(known, at=at)
    )
    if as_json:
        give_json({"customer": customer.number or customer.id, **_document(found)})
        return
    said = {True: "yes", False: "no", None: "unknown"}
    click.echo(f"{customer.name or customer.number or customer.id}: {said[found.holds]}")
    rows = [
        (reason.term, f"{reason.value} {reason.unit}".rstrip(), reason.test, said[reason.holds])
        for reason in found.trace
    ]
    give_table(["term", "value", "test", "holds"], rows)
    if found.takes:
        click.echo(f"it would take: {found.takes}")


def _document(found: Why) -> dict[str, Any]:
    return {
        "verdict": found.holds,
        "trace": [
            {"term": each.term, "value": each.value, "unit": each.unit, "test": each.test, "holds": each.holds}
            for each in found.trace
        ],
        "takes": found.takes,
    }


async def _list(database: Database, asked: _Question, only_excluded: bool, staff_id: int | None, as_json: bool) -> None:
    """Write row after row: an audience may be larger than the memory."""
    async with database.write() as tx:
        await note_act(tx, staff_id, "audience.list", "", now(), {"where": "command line"})
    if as_json:
        click.echo(f'{{"rule": {orjson.dumps(asked.asked).decode()}, "customers": [', nl=False)
    comma = ""
    async with contextlib.aclosing(_members(database, asked, only_excluded)) as members:
        async for each in members:
            if as_json:
                click.echo(comma + "\n" + _json_row(each), nl=False)
                comma = ","
            else:
                cells = (each.number or f"id {each.id}", each.name, each.town or "", each.reason)
                click.echo("\t".join(cells).rstrip())
    if as_json:
        click.echo("]}")


async def _members(database: Database, asked: _Question, only_excluded: bool) -> AsyncGenerator[Member, None]:
    after = 0
    async with database.read() as tx:
        while True:
            found = await list_audience(
                tx,
                asked.rule,
                asked.at,
                currency=asked.currency,
                purpose=asked.purpose,
                only_excluded=only_excluded,
                after=after,
                limit=_PAGE,
            )
            for each in found:
                yield each
            if len(found) < _PAGE:
                return
            after = found[-1].id


def _json_row(member: Member) -> str:
    row = {
        "id": member.id,
        "number": member.number,
        "name": member.name,
        "town": member.town,
        "excluded": member.reason or None,
    }
    return orjson.dumps(row).decode()
