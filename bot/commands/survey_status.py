"""`vuoro survey status`: how the asking of a survey's waves goes on, and when it ends."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

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
from bot.commands.newsletter_status import largest
from bot.config import Config
from domain.sampling import Sampling, Share, Size, Target
from domain.waves import InvitationState, Wave
from scheduler.rounds import PATIENCE
from store import draws, waves
from store.draws import Fieldwork


@dataclass(frozen=True, slots=True)
class _Standing:
    """One wave, its invitations by (state, reason), and how its asking goes."""

    wave: Wave
    counts: Mapping[tuple[InvitationState, str], int]
    work: Fieldwork

    def sum(self, wanted: InvitationState) -> int:
        return sum(n for (state, _), n in self.counts.items() if state is wanted)

    @property
    def skipped(self) -> dict[str, int]:
        return {reason: n for (state, reason), n in self.counts.items() if state is InvitationState.SKIPPED}

    def state_at(self, moment: dt.datetime) -> str:
        wave = self.wave
        if wave.closed_at is not None:
            return "closed"
        if wave.closes_at is not None and wave.closes_at <= moment:
            return "closing"
        if not wave.frozen:
            return "drawing"
        return "asking" if self.work.queued + self.work.reserve else "asked"


@click.command("status")
@click.argument("name")
@config_option
@json_option
@asynchronous
async def status(name: str, config_file: Path | None, as_json: bool) -> None:
    """Show the newest waves of survey NAME: who was asked, who waits, who was left out and why, how many answered."""
    config, moment = the_config(config_file), now()
    async with opened_store(config) as database, database.read() as tx:
        found = []
        for wave in await waves.recent(tx, name):
            work = await draws.fieldwork_of(tx, wave.id, moment - PATIENCE)
            found.append(_Standing(wave, await waves.counts(tx, wave.id), work))
    if as_json:
        give_json({"name": name, "waves": [_document(each, moment) for each in found]})
        return
    if not found:
        raise Refused(f"{name}: was never started; vuoro survey start {name}")
    columns = ["started", "audience", "sample", "state", "asked", "answered", "waiting", "reserve", "left out"]
    give_table(columns, [_row(each, config, moment) for each in found])


def _row(each: _Standing, config: Config, moment: dt.datetime) -> tuple[object, ...]:
    wave, work = each.wave, each.work
    target = wave.sampling.target if wave.sampling is not None else None
    state = each.state_at(moment)
    if state == "asking" and wave.closes_at is not None:
        state = f"asking until {local(wave.closes_at, config)}"
    answered = str(work.answered) if target is None else f"{work.answered} of {target.answers}"
    left_out = ", ".join(f"{n} {reason}" for reason, n in largest(each.skipped))
    sample = sample_words(wave.sampling)
    started = local(wave.started_at, config)
    return started, wave.audience, sample, state, work.invited, answered, work.queued, work.reserve, left_out


def sample_words(sampling: Sampling | None) -> str:
    """Write a sample as a person would: "20 % by town"."""
    match sampling.amount if sampling is not None else None:
        case Share(percent):
            words = f"{percent} %"
        case Size(customers):
            words = str(customers)
        case Target(answers):
            words = f"until {answers} answers"
        case _:
            return "everybody"
    return f"{words} by {sampling.by}" if sampling is not None and sampling.by else words


def _document(each: _Standing, moment: dt.datetime) -> dict[str, Any]:
    wave, work = each.wave, each.work
    return {
        "id": wave.id,
        "started_at": wave.started_at,
        "started_by": wave.started_by,
        "audience": wave.audience,
        "sampling": None if wave.sampling is None else wave.sampling.as_document(),
        "state": each.state_at(moment),
        "frozen": wave.frozen,
        "drawn": each.sum(InvitationState.DRAWN),
        "reserve": work.reserve,
        "queued": work.queued,
        "invited": work.invited,
        "answered": work.answered,
        "skipped": each.skipped,
        "closes_at": wave.closes_at,
        "closed_at": wave.closed_at,
    }
