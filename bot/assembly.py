"""How the parts of the program fit together: what each is given, and who wakes whom. Nothing runs yet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bot.care_notices import CareNotices
from bot.case_notices import CaseNotices
from bot.conduct import Conduct
from bot.config import Approval, Config
from bot.content import Content
from bot.errands import Errands
from bot.forgetting import ForgettingJob
from bot.forum import Forum
from bot.forum_topics import ForumTopics
from bot.newsletters import Newsletters
from bot.notices import StaffNotices
from bot.outcomes import Hooks
from bot.paid import star_balance
from bot.pump import Pump, PumpSettings
from bot.retention import RetentionJob
from bot.staff_desk import StaffDesk
from bot.staff_labels import Labels
from bot.staff_progress import ProgressCards
from bot.staff_visit import StaffRoom
from bot.telegram_api import TelegramApi
from bot.telegram_outcomes import classify
from bot.trouble import Say
from dialogues.case_moves import CaseMoves
from dialogues.conductor import Conductor
from dialogues.giving import Giving
from dialogues.tier_words import TierWords
from domain.clock import Clock
from domain.messages import Waiting
from domain.newsletters import RecipientState, SendingState
from scheduler.benefits import Benefits
from scheduler.care import Care
from scheduler.case_clocks import CaseClocks
from scheduler.case_digest import CaseDigest
from scheduler.case_owners import CaseOwners
from scheduler.cases import Cases
from scheduler.chosen import Chosen
from scheduler.clubs import Clubs
from scheduler.event_guests import EventGuests
from scheduler.events import SurveyEvents
from scheduler.experiments import Experiments
from scheduler.feeding import Feeder
from scheduler.floods import FloodNotices
from scheduler.frozen_newsletters import FrozenNewsletters
from scheduler.learning import Learning
from scheduler.lemmatizing import Lemmatizer
from scheduler.lifecycle import Lifecycle
from scheduler.lifecycle_finding import FindingRules
from scheduler.links import Links
from scheduler.newsletters import Newsletters as NewsletterJob
from scheduler.notices import SendingStopped
from scheduler.offer_sending import OfferSending
from scheduler.offers import Offers
from scheduler.pictures import Pictures
from scheduler.points import Points
from scheduler.recalling import Recalls
from scheduler.referrals import Referrals
from scheduler.reminders import Reminders
from scheduler.rendering import Rendering
from scheduler.signals import Signals
from scheduler.surveys import Surveys
from scheduler.themes import Themes
from scheduler.ticker import Job, Ticker
from scheduler.tiers import Tiers
from scheduler.till_offers import TillOffers
from scheduler.upkeep import Upkeep
from store import recipients, sendings
from store.database import Database, Tx, unhurried
from store.erasures import journal_of


class CalmTicker(Ticker):
    """A ticker that can be brought to rest."""

    async def rest(self) -> None:
        """Wait for the tick that is at work; none begins after it."""
        await self._busy.acquire()

    async def close(self) -> None:
        """Put down what goes on over several ticks; before the store is closed."""
        for job in self._jobs:
            if isinstance(job, Pictures | Offers):
                await job.close()


@dataclass(frozen=True, slots=True)
class Parts:
    """What works together, made once for one run."""

    pump: Pump
    conduct: Conduct
    conductor: Conductor
    ticker: CalmTicker
    errands: Errands
    feeder: Feeder
    newsletters: Newsletters
    room: StaffRoom
    notices: StaffNotices


def assemble(
    config: Config,
    content: Content,
    database: Database,
    api: TelegramApi,
    clock: Clock,
    *,
    pump: PumpSettings,
    pictures: Path,
    say: Say,
    wake: Callable[[], None],
    upkeep: bool = True,
    lemmatizer: Lemmatizer | None = None,
    links: Links | None = None,
) -> Parts:
    """
    Build everything between the store and Telegram.

    *wake* is called after what staff start by hand; without *upkeep* nothing old is deleted, the nights make no
    pictures and no actions of the lifecycle are found, without *links* none of a newsletter's links is counted.
    """
    given = _Given(config, content, database, api, clock)
    speakers = _speakers(given, wake, links)
    running = _pump(given, speakers, pump, say)
    errands = Errands(running.wake)
    feeder = Feeder(database, config.company, speakers.rendering, wake=running.wake, expect=running.expect)
    running.on_claim = feeder.claimed
    room = _room(given, speakers, errands, pictures, lemmatizer or Lemmatizer())
    jobs = _jobs(given, speakers, feeder, room.lemmatizer)
    if upkeep:
        jobs += [Upkeep(database), RetentionJob(database, config.retention, config.company.zone)]
        found_by = FindingRules(config.insight.lifecycle, config.insight.actions)
        jobs.append(Lifecycle(database, config.company, rules=found_by))
        jobs.append(Pictures(database, config.company, config.insight, named=content.rules, segments=content.segments))
        jobs.append(Offers(database, config.company, content.loyalty))
    desk = StaffDesk(room, config.staff.group, bot_id=int(api.bot_id))
    conduct = Conduct(database, speakers.conductor, desk, clock, on_done=running.wake)
    return Parts(
        running,
        conduct,
        speakers.conductor,
        CalmTicker(database, jobs),
        errands,
        feeder,
        speakers.newsletters,
        room,
        speakers.notices,
    )


@dataclass(frozen=True, slots=True)
class _Given:
    """What a run begins with."""

    config: Config
    content: Content
    database: Database
    api: TelegramApi
    clock: Clock


@dataclass(frozen=True, slots=True)
class _Speakers:
    """What puts words for customers and staff together. None of them works by itself."""

    labels: Labels
    forum: Forum
    notices: StaffNotices
    conductor: Conductor
    rendering: Rendering
    newsletters: Newsletters


def _speakers(given: _Given, wake: Callable[[], None], links: Links | None) -> _Speakers:
    config, content = given.config, given.content
    company, words, library = config.company, content.words, content.library
    labels = Labels(words, library, content.newsletters)
    forum = Forum(company, words, labels, config.staff.group)
    rendering = Rendering(company, words, links=links)
    return _Speakers(
        labels=labels,
        forum=forum,
        notices=StaffNotices(company, words, labels),
        conductor=Conductor(company, library, words, forum, content.loyalty),
        rendering=rendering,
        newsletters=Newsletters(
            company, content.newsletters, rendering, approval=config.newsletters, commands=content.commands, wake=wake
        ),
    )


def _room(given: _Given, speakers: _Speakers, errands: Errands, pictures: Path, lemmatizer: Lemmatizer) -> StaffRoom:
    config, content = given.config, given.content
    return StaffRoom(
        company=config.company,
        words=content.words,
        labels=speakers.labels,
        library=content.library,
        line=speakers.forum,
        newsletters=speakers.newsletters,
        database=given.database,
        clock=given.clock,
        errands=errands,
        pictures=pictures,
        approval=config.newsletters,
        themes=content.themes,
        lemmatizer=lemmatizer,
        test_list=config.test_list,
        per_second=config.telegram.bulk_per_second,
        paid_per_second=config.telegram.paid_per_second,
        star_balance=partial(star_balance, given.api),
        answers=content.answers,
        segments=content.segments,
        loyalty=content.loyalty,
    )


def _jobs(given: _Given, speakers: _Speakers, feeder: Feeder, lemmatizer: Lemmatizer) -> list[Job]:
    """List what falls due by the clock, in the order in which one tick does it. A new job is added here."""
    config, content, database = given.config, given.content, given.database
    company, library = config.company, content.library
    conductor, notices = speakers.conductor, speakers.notices
    case_notices = CaseNotices(company, content.words, speakers.labels, speakers.forum)
    giving = Giving(company, content.loyalty, content.words, speakers.forum)
    return [
        Reminders(database, conductor),
        Cases(database, CaseMoves(company, content.words, library, speakers.forum)),
        CaseOwners(database, company, speakers.forum, case_notices),
        CaseClocks(database, company, speakers.forum, case_notices),
        CaseDigest(database, company, case_notices),
        Learning(database, conductor),
        FloodNotices(database, conductor.running.floods),
        Care(
            database,
            company,
            content.words,
            content.loyalty,
            content.newsletters,
            CareNotices(company, content.words),
            needs_approval=config.newsletters is Approval.SECOND_PERSON,
        ),
        NewsletterJob(database, company, content.newsletters, feeder, notices, commands=content.commands),
        Experiments(database, company, FrozenNewsletters(database, company, content.newsletters), notices),
        Recalls(database),
        SurveyEvents(database, company, library, content.plans, rules=config.surveys),
        Surveys(database, company, conductor, notices, content.plans, rules=config.surveys),
        ProgressCards(database, company, speakers.newsletters, content.words),
        Themes(database, library, content.themes, company.default_language, lemmatizer),
        Signals(database, company, library, speakers.forum, cases_for=config.cases_for),
        TillOffers(database, company, content.words, content.loyalty),
        OfferSending(database, company, content.words, content.loyalty),
        Points(database, company, content.words, content.loyalty),
        Referrals(database, company, content.words, content.loyalty),
        Clubs(database, company, content.words, content.loyalty),
        EventGuests(database, company, content.words, content.loyalty),
        Tiers(database, company, content.loyalty, giving, TierWords(company, content.words)),
        Chosen(database, company, content.loyalty, content.words),
        Benefits(database, company, content.loyalty, giving, content.words),
        ForgettingJob(database, company, content.words, journal_of(database.url, config.folder)),
    ]


def _pump(given: _Given, speakers: _Speakers, settings: PumpSettings, say: Say) -> Pump:
    database, clock = given.database, given.clock

    async def sending_broken(tx: Tx, sending_id: int, _raw: str, now: dt.datetime) -> None:
        """Stop a sending that Telegram refuses for its content: everybody after would be refused, too."""
        stopped = await sendings.move(tx, sending_id, SendingState.STOPPED, now, reason="content")
        if stopped is not None:
            with unhurried(tx):
                await recipients.take_back(tx, sending_id, RecipientState.QUEUED, "", now)
            await speakers.notices.tell(tx, SendingStopped(stopped), now)

    async def ask_staff(tx: Tx, row: Waiting, raw: str, now: dt.datetime) -> None:
        await topics.ask_staff(tx, row, raw, now)

    hooks = Hooks(sending_broken=sending_broken, ask_staff=ask_staff)
    pump = Pump(database, given.api, clock, given.config.company, settings, hooks=hooks, say=say)
    topics = ForumTopics(database, speakers.forum, clock, pump.call, classify, bot_id=int(given.api.bot_id))
    pump.forum = topics
    pump.uploads.loyalty = given.content.loyalty
    return pump
