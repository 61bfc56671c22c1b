"""What care plans ask for elsewhere: segments, newsletters and surveys that there are not."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from domain.care import CarePlan, audiences_of
from domain.faults import FaultList, did_you_mean
from domain.rules import parse_rule, rule_faults
from domain.segments import unknown_segments


def judge_care(
    plans: Iterable[CarePlan],
    segments: Collection[str] | None,
    newsletters: Collection[str],
    scripts: Collection[str],
    faults: FaultList,
) -> None:
    """Note what the plans that are on name and that there is not; *segments* None: they have faults themselves."""
    plans = [plan for plan in plans if plan.on]
    for plan, key, line, text in audiences_of(plans) if segments is not None else ():
        unknown = unknown_segments(parse_rule(text).root, segments or ())
        faults.extend(rule_faults(unknown, text, plan.where, line=line, key=key))
    for plan in plans:
        for action in plan.actions:
            key = f"action[{action.id}]"
            if action.newsletter and action.newsletter not in newsletters:
                remedy = f"vuoro newsletter new {action.newsletter} makes it"
                problem = f'there is no newsletter "{action.newsletter}"'
                near = did_you_mean(action.newsletter, newsletters, otherwise=remedy)
                faults.add(plan.where, action.line, f"{key}.newsletter", problem, near)
            if action.survey and action.survey not in scripts:
                problem = f'there is no dialogue "{action.survey}"'
                names = ", ".join(sorted(scripts))
                near = did_you_mean(action.survey, scripts, otherwise=f"choose among {names}")
                faults.add(plan.where, action.line, f"{key}.survey", problem, near)
