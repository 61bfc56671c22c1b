"""
The pre-flight of a newsletter: everybody who would get it is rendered before anybody does, and each one whose message
would fail is named, with the line that is to blame.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.content_coupons import campaigns_of
from domain.company import Company
from domain.customers import Customer, KnownFact, Purpose
from domain.languages import best_language
from domain.newsletters import Newsletter, Sending
from scheduler.newsletter_files import split_front_matter
from scheduler.rendering import Rendering
from store import freezing, sendings
from store.campaigns import campaign_counts
from store.customers import customers_by_id
from store.database import Database
from store.facts import known_facts
from store.foreseeing import foreseen
from templates.markup import parse, utf16_units
from templates.sandbox import NotRenderableError

STEP = 2_000  # customers whom the audience's rule is asked about at once
SLICE = 200  # of those who would get it, loaded and rendered in one go
BREATH = 10  # messages, about a millisecond's work, after which everybody else has a turn

ToldHowFar = Callable[[int, int], Awaitable[None]]
"""Called between slices with how many are checked, and of how many."""


@dataclass(frozen=True, slots=True)
class Failing:
    """
    One recipient whose message would fail: what is wrong, on which *line* of which *file* (as the file counts them).

    *customer_id* is the store's own, *number* the company's customer number where she has one.
    """

    customer_id: int
    number: str | None
    language: str
    file: str
    line: int
    problem: str
    remedy: str

    def __str__(self) -> str:
        who = self.number or f"id {self.customer_id}"
        return f"{self.file}:{self.line}: for customer {who}: {self.problem}; {self.remedy}"


@dataclass(frozen=True, slots=True)
class Longest:
    """The longest text of all: UTF-16 units after parsing, and whose it is."""

    units: int = 0
    customer_id: int = 0
    language: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """
    What the pre-flight found. *count* would get the newsletter, of whom *checked* were rendered; *empty* of them get
    nothing because the text comes out empty for them; *excluded* are left out, by reason.

    `failing` holds the first of the `failures`, as many as were asked for. *languages* counts messages by the language
    that they are in. *seconds* is how long the calls take at the set pace, without quiet hours. *used_up* are the
    campaigns of its buttons that give no coupons any more.
    """

    count: int
    checked: int = 0
    failures: int = 0
    empty: int = 0
    excluded: Mapping[str, int] = field(default_factory=dict)
    failing: Sequence[Failing] = ()
    longest: Longest = Longest()
    languages: Mapping[str, int] = field(default_factory=dict)
    seconds: int = 0
    used_up: Sequence[str] = ()

    @property
    def is_sound(self) -> bool:
        """Say whether nobody's message would fail, and no button promises what there is no more: then it may start."""
        return self.failures == 0 and not self.used_up


async def preflight(
    database: Database,
    company: Company,
    rendering: Rendering,
    newsletter: Newsletter,
    sending: Sending,
    now: dt.datetime,
    *,
    progress: ToldHowFar | None = None,
    content: Mapping[str, str] | None = None,
    per_second: int = 30,
    keep: int | None = None,
) -> Report:
    """
    Render *newsletter* for everybody who would get *sending* at *now*, and say what fails and for whom.

    Nothing is stored, and no transaction is held while it renders; between a few messages all else in the process goes
    on. *content* are its files ({"file name": "text"}), the sending's frozen ones where not given: they tell the lines.
    At most *keep* of the failing are kept (None keeps all), the count is exact in any case. Raises RuleError when the
    names of the audience's rule have gone.
    """
    at, currency = now.astimezone(company.zone), company.currency
    async with database.read() as tx:
        counts = await freezing.count_audience(
            tx,
            sending,
            at=at,
            currency=currency,
            exclude=newsletter.exclude,
            holdout=newsletter.holdout,
            purpose=None if newsletter.service else Purpose.MARKETING,
        )
        content = await sendings.content_of(tx, sending.id) if content is None else content
        campaigns = await campaign_counts(tx, campaigns_of(newsletter))
    count = counts.pop("", 0)
    check = _Check(company, rendering, newsletter, sending.id, now, _first_lines(content), keep)
    async for found in foreseen(database, sending, newsletter, at=at, currency=currency, size=STEP):
        for start in range(0, len(found), SLICE):
            ids = [each.customer_id for each in found[start : start + SLICE]]
            async with database.read() as tx:
                known, facts = await customers_by_id(tx, ids), await known_facts(tx, ids)
            await check.all([customer for each in ids if (customer := known.get(each)) is not None], facts)
            if progress is not None:
                await progress(check.checked, max(count, check.checked))
    used_up = tuple(each.name for each in campaigns if each.stopped_at is not None)
    return replace(check.report(count, counts, per_second), used_up=used_up)


def _first_lines(content: Mapping[str, str]) -> dict[str, int]:
    """Return on which line of each file the text below the front matter begins."""
    return {file: split_front_matter(source)[2] for file, source in content.items()}


class _Check:
    """Renders recipient after recipient, and remembers only what the report tells."""

    def __init__(
        self,
        company: Company,
        rendering: Rendering,
        newsletter: Newsletter,
        sending_id: int,
        now: dt.datetime,
        first_lines: Mapping[str, int],
        keep: int | None,
    ) -> None:
        experiment = newsletter.experiment
        self._variants = experiment.variants if experiment is not None else ("",)  # the rest may get any of them
        self._offered = [company.default_language, *newsletter.bodies]
        self._rendering = rendering
        self._newsletter = newsletter
        self._sending_id = sending_id
        self._now = now
        self._first_lines = first_lines
        self._keep = keep
        self._failing: list[Failing] = []
        self._longest = Longest()
        self._languages: dict[str, int] = {}
        self._failures = self._empty = 0
        self.checked = 0

    async def all(self, customers: Sequence[Customer], facts: Mapping[int, Sequence[KnownFact]]) -> None:
        """Check some recipients, and let others have their turn in between."""
        for customer in customers:
            self._one(customer, facts.get(customer.id, ()))
            self.checked += 1
            if self.checked % BREATH == 0:
                await asyncio.sleep(0)

    def _one(self, customer: Customer, facts: Sequence[KnownFact]) -> None:
        language = best_language(customer.language, self._offered)
        self._languages[language] = self._languages.get(language, 0) + 1
        is_empty = False
        try:
            for variant in self._variants:
                message = self._rendering.message(
                    self._newsletter, self._sending_id, customer, facts, self._now, variant=variant
                )
                is_empty |= message is None
                if message is not None:
                    self._measure(message.text, customer.id, language)
            self._empty += is_empty
        except NotRenderableError as error:
            self._fails(customer, language, error)

    def _measure(self, text: str, customer_id: int, language: str) -> None:
        """
        Look at a text as Telegram will; raises NotRenderableError for what it would refuse.

        That blames the first line: lines of a rendered text are not those of its file.
        """
        parsed = parse(text)
        for mistake in parsed.mistakes:
            raise NotRenderableError(mistake.problem, mistake.remedy)
        if utf16_units(text) > self._longest.units and parsed.units > self._longest.units:
            self._longest = Longest(parsed.units, customer_id, language)

    def _fails(self, customer: Customer, language: str, error: NotRenderableError) -> None:
        self._failures += 1
        if self._keep is not None and len(self._failing) >= self._keep:
            return
        file = f"{self._newsletter.name}.{language}.j2"
        line = self._first_lines.get(file, 1) + error.line - 1
        self._failing.append(Failing(customer.id, customer.number, language, file, line, error.problem, error.remedy))

    def report(self, count: int, excluded: Mapping[str, int], per_second: int) -> Report:
        """Return what was found."""
        calls = self.checked - self._empty - self._failures
        return Report(
            count=count,
            checked=self.checked,
            failures=self._failures,
            empty=self._empty,
            excluded=excluded,
            failing=tuple(self._failing),
            longest=self._longest,
            languages=dict(sorted(self._languages.items())),
            seconds=-(-calls // max(per_second, 1)),
        )
