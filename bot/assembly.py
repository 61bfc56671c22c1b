"""How the parts of the program fit together: what each is given, and who wakes whom. Nothing runs yet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bot.conduct import Conduct
from bot.config import Config
from bot.content import Content
from bot.errands import Errands
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
from dialogues.conductor import Conductor
from domain.clock import Clock
from domain.messages import Waiting
from domain.newsletters import RecipientState, SendingState
from scheduler.events import SurveyEvents
from scheduler.experiments import Experiments
from scheduler.feeding import Feeder
from scheduler.frozen_newsletters import FrozenNewsletters
from scheduler.learning import Learning
from scheduler.lemmatizing import Lemmatizer
from scheduler.links import Links
from scheduler.newsletters import Newsletters as NewsletterJob
from scheduler.notices import SendingStopped
from scheduler.recalling import Recalls
from scheduler.reminders import Reminders
from scheduler.rendering import Rendering
from scheduler.signals import Signals
from scheduler.surveys import Surveys
from scheduler.themes import Themes
from scheduler.ticker import Job, Ticker
from scheduler.upkeep import Upkeep
from store import recipients, sendings
from store.database import Database, Tx, unhurried


class CalmTicker(Ticker):
    """A ticker that can be brought to rest."""

    async def rest(self) -> None:
        """Wait for the tick that is at work; none begins after it."""
        await self._busy.acquire()


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

    *wake* is called after what staff start by hand; without *upkeep* nothing old is deleted, without *links* none of a
    newsletter's links is counted.
    """
    company, words, library = config.company, content.words, content.library
    labels = Labels(words, library, content.newsletters)
    forum = Forum(company, words, labels, config.staff.group)
    notices = StaffNotices(company, words, labels)
    conductor = Conductor(company, library, words, forum)
    rendering = Rendering(company, words, links=links)
    newsletters = Newsletters(
        company, content.newsletters, rendering, approval=config.newsletters, commands=content.commands, wake=wake
    )
    running = _pump(database, api, clock, config, pump, forum, notices, say)
    errands = Errands(running.wake)
    room = StaffRoom(
        company=company,
        words=words,
        labels=labels,
        library=library,
        line=forum,
        newsletters=newsletters,
        database=database,
        clock=clock,
        errands=errands,
        pictures=pictures,
        approval=config.newsletters,
        themes=content.themes,
        lemmatizer=lemmatizer or Lemmatizer(),
        test_list=config.test_list,
        per_second=config.telegram.bulk_per_second,
        paid_per_second=config.telegram.paid_per_second,
        star_balance=partial(star_balance, api),
    )
    feeder = Feeder(database, company, rendering, wake=running.wake)
    running.on_claim = feeder.claimed
    jobs: list[Job] = [
        Reminders(database, conductor),
        Learning(database, conductor),
        NewsletterJob(database, company, content.newsletters, feeder, notices, commands=content.commands),
        Experiments(database, company, FrozenNewsletters(database, company, content.newsletters), notices),
        Recalls(database),
        SurveyEvents(database, company, library, content.plans, rules=config.surveys),
        Surveys(database, company, conductor, notices, content.plans, rules=config.surveys),
        ProgressCards(database, company, newsletters, words),
        Themes(database, library, content.themes, company.default_language, room.lemmatizer),
        Signals(database, company, library, forum, cases_for=config.cases_for),
    ]
    if upkeep:
        jobs += [Upkeep(database), RetentionJob(database, config.retention, company.zone)]
    ticker = CalmTicker(database, jobs)
    conduct = Conduct(database, conductor, StaffDesk(room, config.staff.group), clock, running.wake)
    return Parts(running, conduct, conductor, ticker, errands, feeder, newsletters, room, notices)


def _pump(
    database: Database,
    api: TelegramApi,
    clock: Clock,
    config: Config,
    settings: PumpSettings,
    forum: Forum,
    notices: StaffNotices,
    say: Say,
) -> Pump:
    async def sending_broken(tx: Tx, sending_id: int, _raw: str, now: dt.datetime) -> None:
        """Stop a sending that Telegram refuses for its content: everybody after would be refused, too."""
        stopped = await sendings.move(tx, sending_id, SendingState.STOPPED, now, reason="content")
        if stopped is not None:
            with unhurried(tx):
                await recipients.take_back(tx, sending_id, RecipientState.QUEUED, "", now)
            await notices.tell(tx, SendingStopped(stopped), now)

    async def ask_staff(tx: Tx, row: Waiting, raw: str, now: dt.datetime) -> None:
        await topics.ask_staff(tx, row, raw, now)

    hooks = Hooks(sending_broken=sending_broken, ask_staff=ask_staff)
    pump = Pump(database, api, clock, config.company, settings, hooks=hooks, say=say)
    topics = ForumTopics(database, forum, clock, pump.call, classify)
    pump.forum = topics
    return pump
