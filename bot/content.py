"""
What the company says and plans, read from the shipped files and its own, and judged together before any of it is used.

Everybody holds the same objects, so that changed files can be taken into use while the program runs.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from bot.config import Config
from bot.content_care import judge_care
from bot.content_coupons import judge_coupons
from bot.content_endings import judge_endings
from bot.content_links import judge_links
from bot.content_loyalty import programmes_to_judge_by, read_loyalty
from bot.content_names import written_names
from bot.content_programmes import judge_programmes
from bot.content_segments import judge_segments
from bot.content_themes import judge_themes, themes_of_content
from bot.content_topics import judge_topics
from bot.newsletters import SHIPPED as SHIPPED_NEWSLETTERS
from bot.newsletters import commands_of, load_newsletters
from bot.rule_files import load_rules
from bot.segment_files import segments_of_content
from dialogues import library as dialogues
from dialogues.fact_files import guess_facts, load_facts
from dialogues.library import Library
from dialogues.reading import categories_of as categories_of_script
from domain.clubs import TOPIC
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
    newsletters = tried(lambda: load_newsletters(config.content, company.languages, library), None)
    named = newsletters or NewsletterFiles.guess(
        [SHIPPED_NEWSLETTERS, *_own(config, "newsletters")], company.languages
    )  # what other files are asked for, also by newsletters with faults
    judge_links(config.console.url, named, faults)
    scripts = {script.id for script in library.all()}
    none: tuple[SurveyPlan, ...] = ()
    no_rules: Mapping[str, Rule] = {}
    rules = tried(lambda: load_rules(config.content), no_rules)
    plans = tried(lambda: load_plans(_own(config, "plans"), scripts, rules), none)
    no_themes: list[Theme] = []
    themes = tried(lambda: themes_of_content(config.content), no_themes)
    if themes:
        judge_themes({theme.id for theme in themes}, named, plans, _own(config, "plans"), rules, faults)
    answers = tried(lambda: Answers.load([ready.SHIPPED, *_own(config, "answers")], company.languages), Answers({}))
    segments = tried(lambda: segments_of_content(config.content), None)
    known = written_names("segments", config.content)
    judge_segments(known, named, plans, _own(config, "plans"), rules, faults)
    content = Content(
        library,
        words,
        newsletters or NewsletterFiles({}),
        list(plans),
        dict(rules),
        commands_of(library),
        themes,
        answers,
        list(segments or ()),
        read_loyalty(config.content, company.languages, faults, currency=company.currency),
    )
    _judge_loyalty(config, content, named, known, folders, faults)
    return content, faults


def _judge_loyalty(
    config: Config,
    content: Content,
    named: NewsletterFiles,
    segments: Collection[str],
    folders: Sequence[Path],
    faults: FaultList,
) -> None:
    """Note what loyalty's files, newsletters and dialogues ask of each other and that there is not."""
    campaigns, clubs = (written_names(kind, config.content) for kind in ("campaigns", "clubs"))
    loyalty = programmes_to_judge_by(config.content, config.company.languages, content.loyalty)
    topics = [*config.company.topics, *sorted(TOPIC + name for name in clubs)]
    scripts = {script.id for script in content.library.all()}
    judge_topics(topics, named, faults)
    judge_care(content.loyalty.care, segments, {file.newsletter.name for file in named.all()}, scripts, faults)
    judge_coupons(campaigns, named, faults)
    judge_programmes(loyalty, segments, campaigns, config.content, faults, topics)
    judge_endings(content.library, folders, loyalty, sorted(clubs), faults)


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
