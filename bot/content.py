"""What the company says and plans, read from the shipped files and its own, judged together before anything starts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from bot.config import Config
from bot.newsletters import load_newsletters
from bot.rule_files import load_rules
from dialogues import library as dialogues
from dialogues.library import Library
from domain.faults import FaultList, Faults
from domain.rules import Rule
from scheduler.newsletter_files import NewsletterFiles
from scheduler.plans import SurveyPlan, load_plans
from templates import words as texts
from templates.words import Words

T = TypeVar("T")
D = TypeVar("D")


@dataclass(frozen=True, slots=True)
class Content:
    """Everything that staff can write."""

    library: Library
    words: Words
    newsletters: NewsletterFiles
    plans: tuple[SurveyPlan, ...]
    rules: Mapping[str, Rule]


def load_content(config: Config) -> Content:
    """Read dialogues, texts, newsletters, plans and rules; raises `Faults` with the faults of all of them."""
    company, faults = config.company, FaultList()

    def tried(load: Callable[[], T], otherwise: D) -> T | D:
        try:
            return load()
        except Faults as found:
            faults.extend(found.faults)
            return otherwise

    own = _own(config, "dialogues")
    library = tried(lambda: Library.load([dialogues.SHIPPED, *own], company.languages), None) or _shipped(config)
    words = tried(
        lambda: Words.load(
            [texts.SHIPPED, *_own(config, "templates")],
            company.languages,
            currency=company.currency,
            zone=company.timezone,
        ),
        Words({}, company.languages),
    )
    newsletters = tried(lambda: load_newsletters(config.content, company.languages, library), NewsletterFiles({}))
    scripts = {script.id for script in library.all()}
    none: tuple[SurveyPlan, ...] = ()
    plans = tried(lambda: load_plans(_own(config, "plans"), scripts), none)
    no_rules: Mapping[str, Rule] = {}
    rules = tried(lambda: load_rules(config.content), no_rules)
    faults.raise_if_any()
    return Content(library, words, newsletters, plans, rules)


def _shipped(config: Config) -> Library:
    """The shipped dialogues alone, so that one broken file makes no faults in the newsletters that name others."""
    try:
        return Library.load([dialogues.SHIPPED], config.company.languages)
    except Faults:
        return Library({})


def _own(config: Config, name: str) -> list[Path]:
    return [] if config.content is None else [config.content / name]
