"""Loyalty programmes as staff write them: open ones with tiers and benefits, and silent ones that nobody hears of."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from domain.benefits import Benefit
from domain.durations import Duration, Unit
from domain.memberships import in_programme
from domain.points import PointsRules
from domain.rules_tree import Constant, Rule

GRACE = Duration(60, Unit.DAYS)
EVERYBODY = Rule("yes", Constant(True))


class ProgrammeKind(enum.StrEnum):
    """Whether customers know of it."""

    OPEN = "open"
    SILENT = "silent"


class Joining(enum.StrEnum):
    """Who may join an open programme: everybody, or those for whom its rule holds."""

    OPEN = "open"
    INVITATION = "invitation"


class Identify(enum.StrEnum):
    """By what staff know a member at the till."""

    NUMBER = "number"
    CARD = "card"  # a picture with the number as a QR code


class Told(enum.StrEnum):
    """What members of an open programme are written to about, beside its newsletter."""

    TIERS = "tiers"
    BENEFITS = "benefits"
    POINTS = "points"


@dataclass(frozen=True, slots=True)
class Tier:
    """
    One step of a programme: who fulfils *rule* has it, and keeps it for *grace* when she no longer does.

    *how* tells customers what it takes; *benefits* are ids of those that only this tier and those above have.
    """

    name: str
    title: Mapping[str, str]
    rule: Rule = EVERYBODY
    grace: Duration = GRACE
    how: Mapping[str, str] = field(default_factory=dict)
    benefits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Communication:
    """How members hear from us: the topic of newsletters, what they are told by themselves, and both in a sentence."""

    topic: str = ""
    messages: frozenset[Told] = frozenset()
    told: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Targets:
    """What a silent programme is to reach: members, the share (0 to 1) of them at the goal, what it may cost a year."""

    members: int | None = None
    share: Decimal | None = None
    investment: Decimal | None = None  # major units of the company's currency


@dataclass(frozen=True, slots=True)
class Programme:
    """
    One programme file. `rule` says who may join an open one by invitation, and who belongs to a silent one.

    Texts are by language, tiers from the lowest up. `terms_version` stands for the `terms` that a member agrees to.
    `goal` is the behaviour that a silent programme wants, `holdout` the percent of those chosen that get nothing, to
    compare with.
    """

    name: str
    kind: ProgrammeKind = ProgrammeKind.OPEN
    published: bool = False
    title: Mapping[str, str] = field(default_factory=dict)
    about: Mapping[str, str] = field(default_factory=dict)
    how: Mapping[str, str] = field(default_factory=dict)
    invitation: Mapping[str, str] = field(default_factory=dict)
    terms: Mapping[str, str] = field(default_factory=dict)
    terms_version: str = ""
    join: Joining | None = None
    rule: Rule | None = None
    identify: frozenset[Identify] = frozenset()
    points: PointsRules | None = None
    tiers: tuple[Tier, ...] = ()
    benefits: tuple[Benefit, ...] = ()
    communication: Communication = field(default_factory=Communication)
    goal: Rule | None = None
    targets: Targets = field(default_factory=Targets)
    holdout: int = 0

    @property
    def is_open(self) -> bool:
        """Say whether customers know of it."""
        return self.kind is ProgrammeKind.OPEN

    @property
    def membership(self) -> str:
        """The name under which memberships in it are kept."""
        return in_programme(self.name)

    def tier(self, name: str) -> Tier | None:
        """Return the tier of that name."""
        return next((each for each in self.tiers if each.name == name), None)

    def rank(self, tier: str) -> int:
        """Return how high a tier is, from 0; -1 for none that there is."""
        return next((place for place, each in enumerate(self.tiers) if each.name == tier), -1)

    def benefits_at(self, tier: str) -> tuple[Benefit, ...]:
        """Return, in the file's order, what members in *tier* ("" for none) have: its own, those below, everybody's."""
        reserved = {each for step in self.tiers for each in step.benefits}
        reached = {each for step in self.tiers[: self.rank(tier) + 1] for each in step.benefits}
        return tuple(each for each in self.benefits if each.id not in reserved or each.id in reached)


@dataclass(frozen=True, slots=True)
class MissingPart:
    """A part that a programme cannot be published without: the key to write, what is missing, and what to do."""

    key: str
    problem: str
    remedy: str


def missing_parts(programme: Programme) -> tuple[MissingPart, ...]:
    """List what a programme lacks to be published; empty where it may be."""
    return tuple(_missing_of_open(programme) if programme.is_open else _missing_of_silent(programme))


def _missing_of_open(programme: Programme) -> list[MissingPart]:
    told = programme.communication
    wanted = [
        (not programme.title, "title", "it has no name", 'write title.fi = "..."'),
        (not programme.about, "about", "nothing says what it is", 'write about.fi = "..."'),
        (programme.join is None, "join", "nothing says who may join", 'write join = "open" or "invitation"'),
        (not programme.how, "how", "nothing says how one joins", 'write how.fi = "..."'),
        (
            not programme.terms,
            "terms",
            "there are no terms to agree to",
            'write terms.fi = "..." and terms_version = "1"',
        ),
        (
            bool(programme.terms) and not programme.terms_version,
            "terms_version",
            "the terms have no version",
            'write terms_version = "1"',
        ),
        (
            not programme.identify,
            "identify",
            "nothing tells a member from others",
            'write identify = ["number", "card"]',
        ),
        (
            programme.points is None and not programme.tiers,
            "points",
            "there is no open calculation model",
            "add [points] or a [[tier]] with its rule",
        ),
        (
            not told.told or not (told.topic or told.messages),
            "communication",
            "nothing says how members hear from us",
            'add [communication] with told.fi = "..." and a topic or messages = ["tiers", "benefits"]',
        ),
    ]
    if programme.join is Joining.INVITATION:
        wanted += [
            (programme.rule is None, "rule", "nothing says who is invited", "write rule = '...'"),
            (
                not programme.invitation,
                "invitation",
                "there is no text of the invitation",
                'write invitation.fi = "..."',
            ),
        ]
    for tier in programme.tiers[1:]:
        if tier.rule == EVERYBODY:
            wanted.append((True, "tier", f'the tier "{tier.name}" has no rule', "write rule = '...' in it"))
    return [MissingPart(key, problem, remedy) for lacks, key, problem, remedy in wanted if lacks]


def _missing_of_silent(programme: Programme) -> list[MissingPart]:
    targets = programme.targets
    wanted = [
        (not programme.title, "title", "it has no name, which staff need", 'write title.fi = "..."'),
        (programme.rule is None, "rule", "nothing selects its members", "write rule = '...'"),
        (programme.goal is None, "goal", "it has no goal of behaviour", "write goal = 'visits(3m) >= 3'"),
        (not programme.benefits, "benefit", "nothing is given", "add a [[benefit]]"),
        (
            targets.members is None and targets.share is None,
            "targets",
            "it has no targets",
            "add [targets] with members = 100 or share = 0.3",
        ),
        (
            targets.investment is None,
            "targets.investment",
            "it has no investment",
            "write investment = 500 in [targets]",
        ),
    ]
    return [MissingPart(key, problem, remedy) for lacks, key, problem, remedy in wanted if lacks]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a member stands in a programme; with *grace_until* her tier's rule holds no longer."""

    customer_id: int
    tier: str
    since: dt.date
    grace_until: dt.date | None = None
    evidence: str = ""
