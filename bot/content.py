"""What the company says and plans, read from the shipped files and its own, judged together before anything starts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from bot.config import Config
from bot.newsletters import load_newsletters
from dialogues import library as dialogues
from dialogues.library import Library
from domain.faults import FaultList, Faults
from scheduler.newsletter_files import NewsletterFiles
from scheduler.plans import SurveyPlan, load_plans
from templates import words as texts
from templates.words import Words

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Content:
    """Everything that staff can write."""

    library: Library
    words: Words
    newsletters: NewsletterFiles
    plans: tuple[SurveyPlan, ...]


def load_content(config: Config) -> Content:
    """Read dialogues, texts, newsletters and plans; raises `Faults` with the faults of all of them."""
    company, faults = config.company, FaultList()

    def tried(load: Callable[[], T], otherwise: T) -> T:
        try:
            return load()
        except Faults as found:
            faults.extend(found.faults)
            return otherwise

    library = tried(
        lambda: Library.load([dialogues.SHIPPED, *_own(config, "dialogues")], company.languages), Library({})
    )
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
    faults.raise_if_any()
    return Content(library, words, newsletters, plans)


def _own(config: Config, name: str) -> list[Path]:
    return [] if config.content is None else [config.content / name]
