"""
What the company says and plans, read from the shipped files and its own, and judged together before any of it is used.

Everybody holds the same objects, so that changed files can be taken into use while the program runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from bot.config import Config
from bot.content_care import judge_care
from bot.content_coupons import judge_coupons
from bot.content_endings import judge_endings
from bot.content_links import judge_links
from bot.content_loyalty import read_loyalty
from bot.content_programmes import judge_programmes
from bot.content_segments import judge_segments
from bot.content_themes import judge_themes, themes_of_content
from bot.content_topics import judge_topics
from bot.newsletters import commands_of, load_newsletters
from bot.rule_files import load_rules
from bot.segment_files import segments_of_content
from dialogues import library as dialogues
from dialogues.fact_files import guess_facts, load_facts
from dialogues.library import Library
from dialogues.reading import categories_of as categories_of_script
from domain.faults import FaultList, Faults
from domain.loyalty import Loyalty
from domain.rules import Rule
from domain.segments import Segment
from domain.themes import Theme
from scheduler.newsletter_files import NewsletterFiles
from scheduler.plans import SurveyPlan, load_plans
from templates import answers as ready
from templates import words as texts
from templates.answers import Answers
from templates.words import Words

T = TypeVar("T")
D = TypeVar("D")


@dataclass(frozen=True, slots=True)
class Content:
    """Everything that staff can write."""

    library: Library
    words: Words
    newsletters: NewsletterFiles
    plans: list[SurveyPlan]
    rules: dict[str, Rule]
    commands: dict[str, str]  # what starts each dialogue that has a command
    themes: list[Theme]
    answers: Answers  # that are ready for staff
    segments: list[Segment]  # each behind those that its rule asks for
    loyalty: Loyalty

    def take(self, fresh: Content) -> None:
        """
        Become what *fresh* is, for everybody who holds any part of this; nothing is exchanged by half.

        There is no waiting in between, so no task of the same loop sees old and new together.
        """
        self.library.take(fresh.library)
        self.words.take(fresh.words)
        self.newsletters.take(fresh.newsletters)
        self.plans[:] = fresh.plans
        _exchange(self.rules, fresh.rules)
        _exchange(self.commands, fresh.commands)
        self.themes[:] = fresh.themes
        self.answers.take(fresh.answers)
        self.segments[:] = fresh.segments
        self.loyalty.take(fresh.loyalty)


def _exchange(mine: dict[str, T], fresh: Mapping[str, T]) -> None:
    mine.clear()
    mine.update(fresh)


def load_content(config: Config) -> Content:
    """Read everything that staff can write; raises `Faults` with all faults."""
    content, faults = read_content(config)
    faults.raise_if_any()
    return content


def read_content(config: Config) -> tuple[Content, FaultList]:
    """
    Read the same, and give what could be read with all faults: what is decided of a sending or a case needs no more.

    A kind of file with a fault is left out as a whole; of texts, the shipped ones are there.
    """
    company, faults = config.company, FaultList()

    def tried(load: Callable[[], T], otherwise: D) -> T | D:
        try:
            return load()
        except Faults as found:
            faults.extend(found.faults)
            return otherwise

    folders = [dialogues.SHIPPED, *_own(config, "dialogues")]
    words = tried(
        lambda: Words.load(
            [texts.SHIPPED, *_own(config, "templates")],
            company.languages,
            currency=company.currency,
            zone=company.timezone,
        ),
        None,
    ) or Words.load([texts.SHIPPED], company.languages, currency=company.currency, zone=company.timezone)
    fact_folders = _own(config, "facts")
    guessed = guess_facts(fact_folders, company.languages)
    library = tried(
        lambda: Library.load(folders, company.languages, categories=categories_of(words), facts=guessed), None
    ) or Library.guess(folders, company.languages)
    library.facts = tried(lambda: load_facts(fact_folders, company.languages, library.learnt), guessed)
    newsletters = tried(lambda: load_newsletters(config.content, company.languages, library), NewsletterFiles({}))
    judge_links(config.console.url, newsletters, faults)
    scripts = {script.id for script in library.all()}
    none: tuple[SurveyPlan, ...] = ()
    no_rules: Mapping[str, Rule] = {}
    rules = tried(lambda: load_rules(config.content), no_rules)
    plans = tried(lambda: load_plans(_own(config, "plans"), scripts, rules), none)
    no_themes: list[Theme] = []
    themes = tried(lambda: themes_of_content(config.content), no_themes)
    if themes:
        judge_themes({theme.id for theme in themes}, newsletters, plans, _own(config, "plans"), rules, faults)
    answers = tried(lambda: Answers.load([ready.SHIPPED, *_own(config, "answers")], company.languages), Answers({}))
    segments = tried(lambda: segments_of_content(config.content), None)
    if segments is not None:
        names = {segment.name for segment in segments}
        judge_segments(names, newsletters, plans, _own(config, "plans"), rules, faults)
    content = Content(
        library,
        words,
        newsletters,
        list(plans),
        dict(rules),
        commands_of(library),
        themes,
        answers,
        list(segments or ()),
        read_loyalty(config.content, company.languages, faults, currency=company.currency),
    )
    judge_topics([*company.topics, *(each.topic for each in content.loyalty.clubs)], newsletters, faults)
    known = None if segments is None else {segment.name for segment in segments}
    sent = {file.newsletter.name for file in newsletters.all()}
    judge_care(content.loyalty.care, known, sent, scripts, faults)
    judge_coupons({each.name for each in content.loyalty.campaigns}, newsletters, faults)
    judge_programmes(content.loyalty, known, config.content, faults)
    judge_endings(library, folders, content.loyalty, [each.name for each in content.loyalty.clubs], faults)
    return content, faults


def categories_of(words: Words) -> tuple[str, ...] | None:
    """Return the case categories that have a name under [category] of the staff's words; None where there are none."""
    area = "staff.category."
    return tuple(key.removeprefix(area) for key in words.keys(area.rstrip("."))) or None


def case_categories(content: Content) -> set[str]:
    """Return every case category that there is: named ones, and the options of choices that become one."""
    named = set(categories_of(content.words) or ())
    return named.union(*(categories_of_script(script) for script in content.library.all()))


def _own(config: Config, name: str) -> list[Path]:
    return [] if config.content is None else [config.content / name]
