"""`vuoro care`: the care plans, their year, planned against done, the calendar as a file, and open tasks."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from bot.care_account import CareDay, care_days
from bot.care_files import SHIPPED, is_plan_name, plan_called, read_care
from bot.care_words import calendar_lines, reason_name
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
    the_config,
)
from bot.commands.office import language_of
from bot.config import Config
from domain.care import CarePlan, CareTask, RunState, cells, planned
from domain.faults import FaultList, did_you_mean
from domain.languages import in_language
from domain.money import major_units
from store.care_tasks import count_tasks, tasks
from store.customers import customers_by_id
from store.staff import names_of
from templates import words as texts
from templates.words import Words

_MOST = 200


@click.group("care")
def command() -> None:
    """Care plans: what is planned, what was done, and what staff have to do."""


@command.command("list")
@config_option
@json_option
@asynchronous
async def list_(config_file: Path | None, as_json: bool) -> None:
    """List the plans: whether they are on, for whom they are, and how much they hold this year."""
    config = the_config(config_file)
    plans, year = _plans(config), _this_year(config)
    found = [
        {
            "name": plan.name,
            "title": _title(plan, config),
            "on": plan.on,
            "audience": plan.audience,
            "owner": plan.owner or "owner of the customer",
            "actions": len(plan.actions),
            "days": len(planned(plan, year)),
            "cost": str(_cost(plan, year, config)),
        }
        for plan in plans
    ]
    if as_json:
        give_json({"year": year, "plans": found})
        return
    rows = [(p["name"], "on" if p["on"] else "off", p["title"], p["days"], p["cost"], p["audience"]) for p in found]
    give_table(["plan", "", "title", f"days in {year}", f"cost a customer, {config.company.currency}", "for"], rows)


@command.command("new")
@click.argument("name")
@click.option("--from", "source", default="key-customers", show_default=True, help="The shipped plan to begin with.")
@config_option
def new(name: str, source: str, config_file: Path | None) -> None:
    """Write a plan of your own as NAME.toml, to be changed: a copy of a shipped one."""
    config = the_config(config_file)
    shipped = {path.stem: path for path in SHIPPED.glob("*.toml")}
    if not is_plan_name(name):
        raise click.UsageError(f"{name}: is no name of a plan; use a to z, 0 to 9, - and _")
    if source not in shipped:
        raise click.UsageError(f"--from {source}: {did_you_mean(source, shipped, otherwise='there is no such plan')}")
    if config.content is None:
        raise Refused('content.folder: is not set; add [content] folder = "content" to the config')
    path = config.content / "care" / f"{name}.toml"
    if path.exists():
        raise Refused(f"{path}: is there already; choose another name, or change it")
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(shipped[source], path)
    click.echo(f"{path}: written. Say in it who it is for (audience), remove on = false, then vuoro check.")


@command.command("show")
@click.argument("name")
@click.argument("year", type=click.IntRange(1990, 2299), required=False)
@config_option
@json_option
@asynchronous
async def show(name: str, year: int | None, config_file: Path | None, as_json: bool) -> None:
    """Show a plan's year, day by day."""
    config = the_config(config_file)
    plan, year = _plan(config, name), year or _this_year(config)
    found = [
        {
            "day": day,
            "action": action.id,
            "title": in_language(action.title, language_of(config), config.company.default_language),
            "channel": action.channel,
            "kind": action.kind,
            "only_if": action.only_if,
            "cost": str(major_units(action.cost, config.company.currency)),
        }
        for action, day in planned(plan, year)
    ]
    if as_json:
        give_json({"plan": plan.name, "year": year, "on": plan.on, "audience": plan.audience, "days": found})
        return
    click.echo(f"{_title(plan, config)} {year}, for {plan.audience or 'nobody yet'}{'' if plan.on else ' (off)'}")
    rows = [(d["day"], d["title"], d["channel"], d["kind"], d["only_if"] or "certain", d["cost"]) for d in found]
    give_table(["day", "what", "channel", "kind", "when", f"cost, {config.company.currency}"], rows)


@command.command("calendar")
@click.argument("name")
@click.argument("year", type=click.IntRange(1990, 2299), required=False)
@click.option("--ics", "file", type=click.Path(dir_okay=False, path_type=Path), help="Write a calendar file.")
@config_option
@json_option
def calendar(name: str, year: int | None, file: Path | None, config_file: Path | None, as_json: bool) -> None:
    """Show a plan's year as channels by months, or write it as a file (.ics) for calendars of phones and offices."""
    config = the_config(config_file)
    plan, year = _plan(config, name), year or _this_year(config)
    grid = cells(plan, year)
    if file is not None:
        from bot.calendar_file import calendar_of

        file.write_bytes(calendar_of(plan, year, config.company, language_of(config), now()))
    if as_json:
        found = [
            {"row": row, "month": month, "actions": [action.id for action in actions]}
            for (row, month), actions in sorted(grid.items())
        ]
        give_json({"plan": plan.name, "year": year, "cells": found, "file": str(file) if file is not None else None})
        return
    if file is not None:
        click.echo(f"{file}: {len(planned(plan, year))} days of {year}.")
        return
    words = Words.load([texts.SHIPPED], config.company.languages)
    for line in calendar_lines(plan, year, words, language_of(config)):
        click.echo(line)


@command.command("status")
@click.argument("name")
@click.argument("year", type=click.IntRange(1990, 2299), required=False)
@config_option
@json_option
@asynchronous
async def status(name: str, year: int | None, config_file: Path | None, as_json: bool) -> None:
    """Show planned against done: customers meant, done, held, open, late, and left out by reason."""
    config = the_config(config_file)
    plan, year = _plan(config, name), year or _this_year(config)
    async with opened_store(config) as database, database.read() as tx:
        days = await care_days(tx, plan, year, config.company, now())
    if as_json:
        give_json({"plan": plan.name, "year": year, "on": plan.on, "days": [_document(day) for day in days]})
        return
    _show_status(days, config)


def _show_status(days: Sequence[CareDay], config: Config) -> None:
    language, first = language_of(config), config.company.default_language
    words = Words.load([texts.SHIPPED], config.company.languages)
    today = now().astimezone(config.company.zone).date()
    rows = [
        (
            day.day,
            day.title(language, first),
            state_word(day, today),
            *((day.targets, day.done, day.held, day.open, day.late, day.failed) if day.state else ("",) * 6),
            ", ".join(f"{reason_name(why, words, language)} {n}" for why, n in day.skipped.items()),
        )
        for day in days
    ]
    give_table(["day", "what", "state", "for", "done", "held", "open", "late", "failed", "left out"], rows)


def state_word(day: CareDay, today: dt.date) -> str:
    """Say where a day is: "open" while people have something to do; one that is over and never began is "not begun"."""
    if day.state is None:
        return "not begun" if day.day < today else "planned"
    return "open" if day.state is RunState.DONE and day.open else day.state.value


def _document(day: CareDay) -> dict[str, Any]:
    return {
        "day": day.day,
        "action": day.action,
        "channel": day.channel,
        "state": day.state or "planned",
        "targets": day.targets,
        "done": day.done,
        "held": day.held,
        "open": day.open,
        "late": day.late,
        "failed": day.failed,
        "skipped": dict(day.skipped),
    }


@command.command("tasks")
@click.option("--owner", type=int, metavar="STAFF-ID", help="Only hers.")
@click.option("--plan", default="", metavar="NAME", help="Only of one plan.")
@config_option
@json_option
@asynchronous
async def tasks_(owner: int | None, plan: str, config_file: Path | None, as_json: bool) -> None:
    """List the open tasks of the care plans, those due first."""
    config = the_config(config_file)
    async with opened_store(config) as database, database.read() as tx:
        found = await tasks(tx, owner_id=owner, plan=plan, limit=100_000 if as_json else _MOST)
        total = await count_tasks(tx, owner_id=owner, plan=plan)
        customers = await customers_by_id(tx, {task.row.customer_id for task in found})
        owners = await names_of(tx, {task.row.owner_id for task in found if task.row.owner_id is not None})
    language, first = language_of(config), config.company.default_language
    rows = []
    for task in found:
        customer = customers.get(task.row.customer_id)
        who = (customer.name or customer.number) if customer is not None else None
        rows.append((task, task.title(language, first), who or task.row.customer_id))
    if as_json:
        give_json({"n": total, "tasks": [_task_document(*row) for row in rows]})
        return
    give_table(
        ["due", "what", "channel", "customer", "owner"],
        [
            (local(task.due_at, config), title, task.row.channel, who, owners.get(task.row.owner_id or 0, ""))
            for task, title, who in rows
        ],
    )
    if total > len(found):
        click.echo(f"... and {total - len(found):,} more; --json lists all")


def _task_document(task: CareTask, title: str, who: object) -> dict[str, Any]:
    return {
        "id": task.row.id,
        "plan": task.run.plan,
        "action": task.run.action,
        "title": title,
        "channel": task.row.channel,
        "customer": task.row.customer_id,
        "name": who,
        "owner": task.row.owner_id,
        "due_at": task.due_at,
        "reason": task.row.reason,
        "why": task.row.note,
    }


def _plans(config: Config) -> tuple[CarePlan, ...]:
    """Read the plans alone; a broken file stops only itself."""
    faults = FaultList()
    plans = read_care(config.content, config.company.languages, config.company.currency, faults)
    if len(faults):
        click.echo(f"note: {len(faults)} faults in the plans' files; vuoro check names them", err=True)
    return plans


def _plan(config: Config, name: str) -> CarePlan:
    plans = _plans(config)
    plan = plan_called(plans, name)
    if plan is None:
        otherwise = "vuoro care list shows those that there are, vuoro check their faults"
        raise Refused(
            f"{name}: there is no such plan; {did_you_mean(name, [p.name for p in plans], otherwise=otherwise)}"
        )
    return plan


def _title(plan: CarePlan, config: Config) -> str:
    return in_language(plan.title, language_of(config), config.company.default_language) or plan.name


def _cost(plan: CarePlan, year: int, config: Config) -> object:
    return major_units(sum(action.cost for action, _ in planned(plan, year)), config.company.currency)


def _this_year(config: Config) -> int:
    return now().astimezone(config.company.zone).year
