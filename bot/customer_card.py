"""What a customer's card tells, collected from the store by her own indexes alone; drawing it is left to others."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.report import surveys_in
from dialogues.library import Library
from domain.cases import Case
from domain.company import Company
from domain.contacts import Contact
from domain.customers import Consent, Customer, KnownFact, Purpose
from domain.durations import Duration, Unit
from domain.holds import Held
from domain.lifecycle import Action, ActionTaken, Stage, done_in, next_actions
from domain.measures import window_start
from domain.people import PersonAtCompany, Profile
from domain.pictures import Move, Picture
from domain.segments import InSegment
from domain.signals import Signal
from domain.spending import Feeling, Spending
from store.cases import cases_of
from store.clicks import Followed, followed_by
from store.consents import consents_of
from store.contacts import timeline
from store.customers import customers_by_id
from store.database import Tx
from store.facts import known_facts
from store.holds import newest_holds
from store.lifecycle import actions_of
from store.moves import moves_of
from store.people import companies_of, people_at
from store.pictures import picture_of
from store.profiles import profile_of
from store.report import LatestScore, latest_scores
from store.segments import segments_of
from store.signals import signals_of
from store.spending import feeling_of, spending_of
from store.staff import names_of
from store.topic_choices import TopicChoice, choices_of

HELD_LATELY = dt.timedelta(days=30)
MOST_PEOPLE = 50
_SIGNALS, _HOLDS = 3, 3
_YEAR = Duration(12, Unit.MONTHS)


@dataclass(frozen=True, slots=True)
class Card:
    """
    All that the first card of a customer tells.

    *people* are her parts at companies and, of a company, the people there; *others* are those customers by id, and
    *staff* the names of members by id. *high* is the greatest value of each score question.
    """

    customer: Customer
    profile: Profile
    spending: Spending
    consents: Sequence[Consent] = ()
    facts: Sequence[KnownFact] = ()
    scores: Sequence[LatestScore] = ()
    feeling: Feeling | None = None
    cases: Sequence[Case] = ()
    signals: Sequence[Signal] = ()
    holds: Sequence[Held] = ()
    contacts: Sequence[Contact] = ()
    picture: Picture | None = None
    segments: Sequence[InSegment] = ()
    actions: Sequence[ActionTaken] = ()
    people: Sequence[PersonAtCompany] = ()
    others: Mapping[int, Customer] = field(default_factory=dict)
    staff: Mapping[int, str] = field(default_factory=dict)
    high: Mapping[tuple[str, str], int] = field(default_factory=dict)

    @property
    def objects(self) -> bool:
        """Say whether she objects to profiling, so that nothing is reckoned of her."""
        return objects(self.customer)

    @property
    def since(self) -> dt.datetime | None:
        """Return when the relationship began: her first purchase or the first time in the bot, else her record."""
        begun = [at for at in (self.spending.first_at, self.customer.met_at) if at is not None]
        return min(begun, default=self.profile.created_at)

    @property
    def open_cases(self) -> list[Case]:
        """Return the cases in which staff still owe something."""
        return [case for case in self.cases if case.state.is_open]

    @property
    def next_actions(self) -> tuple[Action, ...]:
        """Return what the lifecycle advises next: the actions of her stage that have not been done."""
        known = {stage.value: stage for stage in Stage}
        stage = known.get(self.picture.stage or "") if self.picture is not None else None
        if stage is None or self.picture is None or self.objects or self.profile.not_served_at is not None:
            return ()
        since = self.picture.stage_since
        begun = None if since is None else dt.datetime.combine(since, dt.time(), dt.UTC)
        return next_actions(stage, done_in(self.actions, stage, begun))

    @property
    def latest_consents(self) -> list[Consent]:
        """Return the last word on each purpose."""
        latest: dict[Purpose, Consent] = {}
        for consent in self.consents:
            latest.setdefault(consent.purpose, consent)
        return list(latest.values())


def objects(customer: Customer) -> bool:
    """Say whether she objects to profiling; then no card shows a picture of her, be it an old one."""
    return customer.consents.get(Purpose.PROFILING) is False


async def collect(
    tx: Tx, customer: Customer, company: Company, library: Library, now: dt.datetime, *, contacts: int = 3
) -> Card:
    """Read the card of one customer, with so many of her latest *contacts*."""
    hers = customer.id
    profile = await profile_of(tx, hers) or Profile(hers)
    asked = {(survey.script_id, survey.question): survey for survey in surveys_in(library)}
    cases = (await cases_of(tx, [hers])).get(hers, [])
    lines = await timeline(tx, hers, limit=contacts)
    people = [*await companies_of(tx, hers, MOST_PEOPLE), *await people_at(tx, hers, MOST_PEOPLE)]
    actions = await actions_of(tx, hers)
    members = [
        *(each.staff_id for each in actions),
        profile.owner_id,
        *(case.owner_id for case in cases),
        *(line.staff_id for line in lines),
    ]
    return Card(
        customer=customer,
        profile=profile,
        spending=await spending_until(tx, hers, company, now),
        consents=await consents_of(tx, hers),
        facts=(await known_facts(tx, [hers])).get(hers, []),
        scores=await latest_scores(tx, hers, asked),
        feeling=await feeling_of(tx, hers),
        cases=cases,
        signals=await signals_of(tx, hers, _SIGNALS),
        holds=await newest_holds(tx, now - HELD_LATELY, now + dt.timedelta(seconds=1), customer_id=hers, limit=_HOLDS),
        contacts=lines,
        picture=None if objects(customer) else await picture_of(tx, hers),
        segments=await segments_of(tx, hers),
        actions=actions,
        people=people,
        others=await customers_by_id(tx, others_of(people, hers)) if people else {},
        staff=await staff_names(tx, members),
        high={key: survey.high for key, survey in asked.items()},
    )


@dataclass(frozen=True, slots=True)
class ShownCard:
    """A card with all that its pages tell beside it: moves, topics, what she followed, every signal."""

    card: Card
    moves: Sequence[Move] = ()
    topics: Sequence[TopicChoice] = ()
    followed: Sequence[Followed] = ()
    signals: Sequence[Signal] = ()


async def collect_shown(
    tx: Tx, customer: Customer, company: Company, library: Library, now: dt.datetime, *, contacts: int
) -> ShownCard:
    """Read the card and its pages at once, for where there are no pages."""
    return ShownCard(
        card=await collect(tx, customer, company, library, now, contacts=contacts),
        moves=await moves_of(tx, customer.id),
        topics=await choices_of(tx, customer.id),
        followed=await followed_by(tx, customer.id),
        signals=await signals_of(tx, customer.id),
    )


async def spending_until(tx: Tx, customer_id: int, company: Company, now: dt.datetime) -> Spending:
    """Read her purchases in a few figures; the year is the rule language's 12m, by the company's calendar."""
    since = window_start(now.astimezone(company.zone), _YEAR)
    return await spending_of(tx, customer_id, since=since, until=now, currency=company.currency)


async def staff_names(tx: Tx, ids: Iterable[int | None]) -> dict[int, str]:
    """Return the names of those members; nobody is asked for when there are none."""
    wanted = {each for each in ids if each is not None}
    return await names_of(tx, wanted) if wanted else {}


def others_of(people: Sequence[PersonAtCompany], customer_id: int) -> list[int]:
    """Return whom *people* connect with that customer, in their order."""
    ids = (part.company_id if part.person_id == customer_id else part.person_id for part in people)
    return list(dict.fromkeys(ids))
