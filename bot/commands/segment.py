"""`vuoro segment`: segments with their sizes, spreads and members, and the "do not serve" list."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from bot.commands.audience import warn_of
from bot.commands.counted import counted
from bot.commands.customer import the_customer
from bot.commands.frame import (
    Refused,
    asynchronous,
    config_option,
    give_json,
    give_table,
    json_option,
    local,
    now,
    opened_store,
    staff_option,
    the_config,
)
from bot.config import Config
from bot.segment_files import segment_at, sound_segments
from bot.segments import SegmentLine, SegmentPage, segment_lines, segment_page, title_of
from domain.faults import Faults, did_you_mean
from domain.segments import Segment
from insight.segments import Spread
from scheduler.segments import renew_segments
from store.audit import note_act
from store.not_served import ban_customer, not_served, unban_customer
from store.segments import members_of

_PAGE = 2000


@click.group("segment")
def command() -> None:
    """Look at segments, and keep the list of those whom we do not serve."""


@command.command("list")
@config_option
@json_option
@asynchronous
async def list_(config_file: Path | None, as_json: bool) -> None:
    """List the segments: how many are in each, of how many, and who came and left since yesterday."""
    config = the_config(config_file)
    segments, _ = _readable(config)
    async with opened_store(config) as database, database.read() as tx:
        lines = await segment_lines(tx, segments, now().astimezone(config.company.zone).date())
    if as_json:
        give_json([_line_document(line) for line in lines])
        return
    give_table(
        ["name", "title", "kind", "members", "share", "came", "left", ""],
        [
            (
                line.segment.name,
                _title(line.segment, config),
                _kind(line.segment),
                line.size.members if line.filled else "-",
                _percent(line.size.share) if line.filled else "-",
                line.came,
                line.left,
                _warning(line),
            )
            for line in lines
        ],
    )


@command.command("show")
@click.argument("name")
@config_option
@json_option
@asynchronous
async def show(name: str, config_file: Path | None, as_json: bool) -> None:
    """Show a segment: size, spread within, overlap with others, and who entered and left lately."""
    config = the_config(config_file)
    segments, _ = _readable(config, name)
    segment = _wanted(name, segments)
    at = now().astimezone(config.company.zone)
    async with opened_store(config) as database, database.read() as tx:
        page = await segment_page(tx, segment, segments, at, config.company.currency)
    if as_json:
        give_json(_page_document(page))
    else:
        _show(page, config)


@command.command("members")
@click.argument("name")
@staff_option
@config_option
@json_option
@asynchronous
async def members(name: str, staff_id: int | None, config_file: Path | None, as_json: bool) -> None:
    """List who is in a segment, and since when. The look is written into the audit log."""
    config = the_config(config_file)
    _wanted(name, _readable(config, name)[0])
    documents: list[dict[str, Any]] = []
    async with opened_store(config) as database:
        async with database.write() as tx:
            await note_act(tx, staff_id, "segment.look", f"segment:{name}", now())
        async with database.read() as tx:
            after = 0
            while page := await members_of(tx, name, after=after, limit=_PAGE):
                after = page[-1].id
                documents += [
                    {"id": m.id, "number": m.number, "name": m.name, "town": m.town, "since": m.since.isoformat()}
                    for m in page
                ]
    if as_json:
        give_json(documents)
    else:
        give_table(["id", "number", "name", "town", "since"], [tuple(each.values()) for each in documents])


@command.command("renew")
@config_option
@json_option
@asynchronous
async def renew(config_file: Path | None, as_json: bool) -> None:
    """Let in and out now who belongs there, as the night does: after a segment's file was written or changed."""
    config = the_config(config_file)
    company = config.company
    segments, broken = _readable(config)
    at = now().astimezone(company.zone)
    async with opened_store(config) as database:
        moved = await renew_segments(
            database, segments, at.date(), at, company.currency, company.zone, untouched=broken
        )
    if as_json:
        give_json({"segments": len(segments), "moved": moved})
    else:
        click.echo(f"{moved} came or left, in {counted(len(segments), 'segment')}.")


# The "do not serve" list -------------------------------------------------------------------------------------------


@command.command("ban")
@click.argument("word", metavar="CUSTOMER")
@click.option("--why", required=True, metavar="TEXT", help="The reason; it stays among staff.")
@staff_option
@config_option
@asynchronous
async def ban(word: str, why: str, staff_id: int | None, config_file: Path | None) -> None:
    """Put a customer on the "do not serve" list: we start nothing with her. What she writes is answered as before."""
    config = the_config(config_file)
    async with opened_store(config) as database, database.write() as tx:
        customer = await the_customer(tx, word)
        try:
            is_new = await ban_customer(tx, customer.id, why, staff_id, now())
        except ValueError as error:
            raise Refused(f"--why: {error}") from None
    told = "is on the list now" if is_new else "was on the list already; the reason is the new one"
    click.echo(f"{customer.name or customer.id} {told}.")


@command.command("unban")
@click.argument("word", metavar="CUSTOMER")
@staff_option
@config_option
@asynchronous
async def unban(word: str, staff_id: int | None, config_file: Path | None) -> None:
    """Take a customer off the "do not serve" list."""
    config = the_config(config_file)
    async with opened_store(config) as database, database.write() as tx:
        customer = await the_customer(tx, word)
        if not await unban_customer(tx, customer.id, staff_id, now()):
            raise Refused(f"{customer.name or customer.id} is not on the list; vuoro segment banned shows who is")
    click.echo(f"{customer.name or customer.id} is off the list.")


@command.command("banned")
@config_option
@json_option
@asynchronous
async def banned(config_file: Path | None, as_json: bool) -> None:
    """List whom we do not serve, since when, and why."""
    config = the_config(config_file)
    async with opened_store(config) as database, database.read() as tx:
        found, after = [], 0
        while page := await not_served(tx, after=after, limit=_PAGE):
            found += page
            after = page[-1].customer_id
    if as_json:
        give_json(
            [
                {"id": n.customer_id, "number": n.number, "name": n.name, "at": n.at.isoformat(), "why": n.why}
                for n in found
            ]
        )
    elif found:
        rows = [(n.customer_id, n.number, n.name, local(n.at, config), n.why) for n in found]
        give_table(["id", "number", "name", "since", "why"], rows)
    else:
        click.echo("Nobody is on the list.")


# Words -------------------------------------------------------------------------------------------------------------


def _readable(config: Config, wanted: str = "") -> tuple[Sequence[Segment], frozenset[str]]:
    """
    Read the segments; the names of those that have faults are given apart, and their faults told as warnings.

    Raises Faults where *wanted* is one of them.
    """
    segments, faults = sound_segments(config.content)
    if mine := [fault for fault in faults if segment_at(fault) == wanted]:
        raise Faults(mine)
    warn_of(faults)
    return segments, frozenset(map(segment_at, faults))


def _wanted(name: str, segments: Sequence[Segment]) -> Segment:
    for segment in segments:
        if segment.name == name:
            return segment
    names = [segment.name for segment in segments]
    hint = did_you_mean(name, names, otherwise=f"there are {', '.join(sorted(names)) or 'none'}")
    raise Refused(f"{name}: no such segment; {hint}")


def _show(page: SegmentPage, config: Config) -> None:
    line = page.line
    segment = line.segment
    title = _title(segment, config)
    click.echo(f"{title} ({segment.name}): {segment.rule}" if title else f"{segment.name}: {segment.rule}")
    if not line.filled:
        click.echo("Not filled yet: the coming night does it, or now: vuoro segment renew")
        return
    kinds = "companies" if _kind(segment) == "company" else ""
    of = (
        f"{_percent(line.size.share)} of {counted(line.size.of, _kind(segment), kinds)}"
        if line.size.of
        else "no customers"
    )
    click.echo(f"{counted(line.size.members, 'member')}, {of}; since yesterday {line.came} came and {line.left} left")
    if warning := _warning(line):
        click.echo(f"warning: {warning}")
    columns = ["measure", "lower quartile", "median", "upper quartile", "variation", "unknown"]
    give_table(columns, [_spread_row(spread) for spread in page.spread])
    if page.measured < line.size.members:
        click.echo(f"Measured on {page.measured} of them, evenly taken.")
    if page.overlaps:
        rows = [(name, count, _percent(count / line.size.members)) for name, count in page.overlaps.items()]
        give_table(["also in", "members", "share"], rows)
    if page.latest:
        rows_ = [(move.day, move.after, who or move.customer_id, move.evidence) for move, who in page.latest]
        give_table(["day", "moved", "who", "because"], rows_)


def _spread_row(spread: Spread) -> tuple[object, ...]:
    figures = (spread.lower, spread.median, spread.upper, spread.variation)
    return (spread.measure, *("-" if figure is None else f"{figure:.2f}" for figure in figures), spread.unknown)


def _line_document(line: SegmentLine) -> dict[str, Any]:
    return {
        "name": line.segment.name,
        "title": dict(line.segment.title),
        "rule": str(line.segment.rule),
        "kind": line.segment.kind.value,
        "contact": line.segment.contact.value,
        "members": line.size.members if line.filled else None,
        "of": line.size.of,
        "share": line.size.share if line.filled else None,
        "minimum_size": line.segment.minimum_size,
        "small": line.is_small,
        "came": line.came,
        "left": line.left,
    }


def _page_document(page: SegmentPage) -> dict[str, Any]:
    return {
        **_line_document(page.line),
        "measured": page.measured,
        "spread": [
            {
                "measure": each.measure,
                "known": each.known,
                "unknown": each.unknown,
                "lower": each.lower,
                "median": each.median,
                "upper": each.upper,
                "variation": each.variation,
            }
            for each in page.spread
        ],
        "overlaps": dict(page.overlaps),
        "latest": [
            {"customer": move.customer_id, "day": move.day.isoformat(), "to": move.after, "evidence": move.evidence}
            for move, _ in page.latest
        ],
    }


def _title(segment: Segment, config: Config) -> str:
    """Give its title; empty where it has none but its file's name."""
    language = config.company.default_language
    return title_of(segment, language, language) if segment.title else ""


def _kind(segment: Segment) -> str:
    return segment.kind.value if segment.contact.value == "customer" else f"{segment.kind}, {segment.contact}"


def _warning(line: SegmentLine) -> str:
    least = line.segment.minimum_size
    return f"fewer than {least}: a spread says little, and the few can be told apart" if line.is_small else ""


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share * 100:.1f} %"
