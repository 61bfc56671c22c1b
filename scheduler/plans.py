"""Survey plans: files `plans/*.toml` that say when, or after which event, which dialogue goes to whom."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from domain.documents import Table, read_document
from domain.documents_values import NAME, SPAN, ZONE, Kind, MisfitError, one_of, shown
from domain.faults import FaultList, did_you_mean
from domain.rules import Rule
from domain.sampling import Sampling
from scheduler.newsletter_front import AUDIENCE, CRON
from scheduler.sample_reading import read_sampling

EVENTS = ("purchase", "met", "first_month")
"""The events that a plan may wait for; those of cases are for the dialogue's own file."""

LONGEST_WAIT = dt.timedelta(days=3660)
_LONGEST_NAME = 64


@dataclass(frozen=True, slots=True)
class SurveyPlan:
    """
    One `[[survey]]`: a dialogue, a cron line in a zone ("" is the company's), and an audience rule ("" is all).

    `name` is its own where one dialogue has several plans. `sampling` None asks everybody. Instead of a `schedule` it
    may wait for an event: `after`, and `delay` from then.
    """

    script_id: str
    schedule: str
    timezone: str = ""
    audience: str = ""
    late: dt.timedelta = dt.timedelta(hours=12)
    name: str = ""
    sampling: Sampling | None = None
    after: str = ""
    delay: dt.timedelta | None = None

    @property
    def key(self) -> str:
        """What its schedule is called: its own name, or else the dialogue's."""
        return self.name or self.script_id


def load_plans(
    folders: Sequence[Path], scripts: Collection[str], rules: Mapping[str, Rule] | None = None
) -> tuple[SurveyPlan, ...]:
    """
    Read the plans of *folders*; a file in a later folder replaces one of the same name in an earlier.

    *scripts* are the dialogues that there are, *rules* those that have a name, which an audience may be called by.
    Raises `Faults` with all faults.
    """
    faults = FaultList()
    files = {path.name: path for folder in folders for path in sorted(folder.glob("*.toml"))}
    plans: dict[str, SurveyPlan] = {}
    for name, path in sorted(files.items()):
        top = read_document(path.read_bytes(), f"{path.parent.name}/{name}", faults)
        if top is None:
            continue
        for table in top.tables("survey"):
            plan = _read(table, scripts, rules or {})
            if plan.key in plans:
                at = "name" if "name" in table else "dialogue"
                table.fault(at, f'"{plan.key}" has two plans', 'keep one of them, or give this one a name = "..."')
            plans[plan.key] = plan
        top.finish()
    faults.raise_if_any()
    return tuple(plans.values())


def _read(table: Table, scripts: Collection[str], rules: Mapping[str, Rule]) -> SurveyPlan:
    name, script_id = table.get("name", NAME, ""), table.get("dialogue", NAME)
    if script_id and script_id not in scripts:
        names = ", ".join(sorted(scripts)) or "none"
        problem = f'there is no dialogue "{script_id}"'
        table.fault("dialogue", problem, did_you_mean(script_id, scripts, otherwise=f"choose among {names}"))
    if len(name) > _LONGEST_NAME:
        table.fault("name", f"has {len(name)} signs, and {_LONGEST_NAME} are allowed", "shorten it")
    plan = SurveyPlan(script_id, "", audience=table.get("audience", _audience(rules), ""), name=name)
    sampling = read_sampling(table.section("sample")) if "sample" in table else Sampling()
    recontact = table.get("recontact", SPAN, None)
    sampling = dataclasses.replace(sampling, recontact=recontact)
    if recontact is not None and recontact > LONGEST_WAIT:
        table.fault("recontact", "is longer than ten years", "write a shorter time")
    plan = dataclasses.replace(plan, sampling=None if sampling.is_plain else sampling)
    return _after_event(table, plan) if "after" in table else _on_schedule(table, plan)


def _on_schedule(table: Table, plan: SurveyPlan) -> SurveyPlan:
    zone = table.get("timezone", ZONE, None)
    if "delay" in table:
        table.fault("delay", "waits for no event", f'add after = "{EVENTS[0]}" in place of schedule, or remove it')
    return dataclasses.replace(
        plan,
        schedule=table.get("schedule", CRON),
        timezone=zone.key if zone is not None else "",
        late=table.get("late", SPAN, plan.late),
    )


def _after_event(table: Table, plan: SurveyPlan) -> SurveyPlan:
    for key in ("schedule", "timezone", "late", "sample"):
        if key in table:
            table.fault(key, f"{key} does not go with after", "keep one of them")
    delay = table.get("delay", SPAN, None)
    if delay is not None and delay > LONGEST_WAIT:
        table.fault("delay", "is longer than ten years", "write a shorter time")
    return dataclasses.replace(plan, after=table.get("after", one_of(*EVENTS)), delay=delay)


def _audience(rules: Mapping[str, Rule]) -> Kind[str]:
    """A rule, the name of one, or an empty text for everybody."""

    def read(value: object) -> str:
        wanted = value.strip() if isinstance(value, str) else ""
        if wanted in rules:
            return str(rules[wanted])
        near = did_you_mean(wanted, rules, otherwise="") if wanted.replace("-", "").isalnum() else ""
        if near:  # a misspelt name would else be read as a subtraction, or as a fact
            raise MisfitError(f"{shown(value)} is no rule and no name of one", near)
        return AUDIENCE.read(value)

    return Kind("a rule, or the name of one", "'language = \"fi\"'", "", read)
