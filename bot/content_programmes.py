"""Where programmes ask for what is written elsewhere: campaigns of coupons, and segments."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path

from bot.programme_files import SHIPPED
from domain.benefits import Give
from domain.faults import FaultList, did_you_mean
from domain.loyalty import Loyalty
from domain.programmes import Programme
from domain.rules import Rule
from domain.segments import unknown_segments


def judge_programmes(
    loyalty: Loyalty,
    segments: Collection[str],
    campaigns: Collection[str],
    content: Path | None,
    faults: FaultList,
    topics: Collection[str] | None = None,
) -> None:
    """
    Note each campaign of which a published programme gives coupons, and each segment of its rules, that there is not.

    *segments* and *campaigns* are the names that there are. So is each topic that members are promised to hear of one
    of *topics*, where those are known.
    """
    _judge_campaigns(loyalty.programmes, campaigns, content, faults)
    _judge_segments(loyalty.programmes, segments, content, faults)
    for programme in loyalty.programmes if topics is not None else ():
        topic = programme.communication.topic
        if topic and topic not in (topics or ()):
            where, line = _place(programme.name, rf'^\s*topic\s*=\s*["\']{re.escape(topic)}', content)
            otherwise = f'add {topic} = "..." under [newsletters.topics] in the config, or take the topic out'
            remedy = did_you_mean(topic, topics or (), otherwise=otherwise)
            faults.add(where, line, "communication.topic", f'"{topic}" is no topic', remedy)


def _judge_campaigns(
    programmes: Collection[Programme], campaigns: Collection[str], content: Path | None, faults: FaultList
) -> None:
    for programme in programmes:
        for benefit in programme.benefits:
            if benefit.give is Give.COUPON and benefit.campaign and benefit.campaign not in campaigns:
                where, line = _place(programme.name, rf'^\s*campaign\s*=\s*["\']{re.escape(benefit.campaign)}', content)
                otherwise = f"write campaigns/{benefit.campaign}.toml"
                remedy = did_you_mean(benefit.campaign, campaigns, otherwise=otherwise)
                faults.add(where, line, "campaign", f'there is no campaign "{benefit.campaign}"', remedy)


def _judge_segments(
    programmes: Collection[Programme], segments: Collection[str], content: Path | None, faults: FaultList
) -> None:
    for programme in programmes:
        for rule in _rules(programme):
            for mistake in unknown_segments(rule.root, segments):
                where, line = _place(programme.name, re.escape(rule.text.splitlines()[0]), content)
                faults.add(where, line, "rule", mistake.problem, mistake.remedy)


def _rules(programme: Programme) -> Iterator[Rule]:
    yield from (rule for rule in (programme.rule, programme.goal) if rule is not None)
    yield from (tier.rule for tier in programme.tiers)


def _place(name: str, pattern: str, content: Path | None) -> tuple[str, int | None]:
    """Give the file of a programme, and the first line in it that *pattern* is found in."""
    folder = SHIPPED
    if content is not None and (content / "programmes" / f"{name}.toml").is_file():
        folder = content / "programmes"
    lines = (folder / f"{name}.toml").read_text(encoding="utf-8-sig", errors="replace").splitlines()
    line = next((number for number, text in enumerate(lines, start=1) if re.search(pattern, text)), None)
    return f"programmes/{name}.toml", line
