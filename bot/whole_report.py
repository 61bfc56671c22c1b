"""The plain report of a period: every survey's result, the counts of cases, newsletter sendings, signals."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.case_figures import CaseReport
from bot.case_report import case_report
from bot.lifecycle_report import LifecycleReport, lifecycle_report
from bot.report import SurveyResult, survey_result, surveys_in
from dialogues.library import Library
from domain.company import Company
from domain.signals import SignalKind
from store.database import Tx
from store.report import SendingNumbers, sending_numbers
from store.signals import count_signals


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that `/report` says; of *cases* it says the counts, and where the rest is."""

    since: dt.datetime
    until: dt.datetime
    surveys: tuple[SurveyResult, ...]
    cases: CaseReport
    sendings: tuple[SendingNumbers, ...]
    signals: Mapping[SignalKind, int] = field(default_factory=dict)
    customers: LifecycleReport | None = None


async def report(tx: Tx, company: Company, library: Library, since: dt.datetime, until: dt.datetime) -> Report:
    """Compute the whole report from *since* up to *until*."""
    surveys = [await survey_result(tx, company, survey, since, until) for survey in surveys_in(library)]
    cases = await case_report(tx, company, library, since, until)
    sent = tuple(await sending_numbers(tx, since, until))
    raised, stand = await count_signals(tx, since, until), await lifecycle_report(tx, company, since, until)
    return Report(since, until, tuple(surveys), cases, sent, raised, stand)
