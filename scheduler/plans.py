"""Survey plans: files `plans/*.toml` that say when which dialogue goes to whom."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from domain.documents import Table, read_document
from domain.documents_values import NAME, SPAN, ZONE
from domain.faults import FaultList, did_you_mean
from domain.sampling import Sampling
from scheduler.newsletter_files import AUDIENCE, CRON


@dataclass(frozen=True, slots=True)
class SurveyPlan:
    """
    One `[[survey]]`: a dialogue, a cron line in a zone ("" is the company's), and an audience rule ("" is all).

    `name` is its own where one dialogue has several plans. `sampling` None asks everybody.
    """

    script_id: str
    schedule: str
    timezone: str = ""
    audience: str = ""
    late: dt.timedelta = dt.timedelta(hours=12)
    name: str = ""
    sampling: Sampling | None = None

    @property
    def key(self) -> str:
        """What its schedule is called: its own name, or else the dialogue's."""
        return self.name or self.script_id


def load_plans(folders: Sequence[Path], scripts: Collection[str]) -> tuple[SurveyPlan, ...]:
    """
    Read the plans of *folders*; a file in a later folder replaces one of the same name in an earlier.

    *scripts* are the dialogues that there are. Raises `Faults` with all faults.
    """
    faults = FaultList()
    files = {path.name: path for folder in folders for path in sorted(folder.glob("*.toml"))}
    plans: dict[str, SurveyPlan] = {}
    for name, path in sorted(files.items()):
        top = read_document(path.read_bytes(), name, faults)
        if top is None:
            continue
        for table in top.tables("survey"):
            plan = _read(table, scripts)
            if plan.script_id in plans:
                table.fault("dialogue", f'"{plan.script_id}" has two plans', "keep one of them")
            plans[plan.script_id] = plan
        top.finish()
    faults.raise_if_any()
    return tuple(plans.values())


def _read(table: Table, scripts: Collection[str]) -> SurveyPlan:
    script_id = table.get("dialogue", NAME)
    if script_id and script_id not in scripts:
        names = ", ".join(sorted(scripts)) or "none"
        problem = f'there is no dialogue "{script_id}"'
        table.fault("dialogue", problem, did_you_mean(script_id, scripts, otherwise=f"choose among {names}"))
    zone = table.get("timezone", ZONE, None)
    return SurveyPlan(
        script_id,
        table.get("schedule", CRON),
        zone.key if zone is not None else "",
        table.get("audience", AUDIENCE, ""),
        table.get("late", SPAN, dt.timedelta(hours=12)),
    )
