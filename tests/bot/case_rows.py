"""
Fourteen cases of March 2027 and what became of them, for tests of the report of cases; times are Helsinki's.

The report is that of Monday 1 March up to Monday 22 March at midnight; the company is open from Monday to Friday from 9
to 17. What is after that moment must not show. In brackets: how long it took, in opening hours / hours.

    No  kind       category   received        first answer            decision               closed by her word or @
     1  complaint  delivery   Mon  1 10:00    Mon  1 11:00 (1/1)      Tue  2 10:00 (8/24)    Tue  2 12:00
     2  complaint  delivery   Mon  1 12:00    Mon  1 15:00 (3/3)      Wed  3 12:00 (16/48)   Wed 10 12:00 @
     3  complaint  product    Tue  2 09:00    Tue  2 14:00 (5/5)      declined Thu  4 09:00, she opened it again on
                                                                      Fri  5 09:00: still open (112/471)
     4  question   other      Wed  3 16:00    Thu  4 10:00 (2/18)     Thu  4 11:00 (3/19)    Thu  4 12:00
     5  complaint  service    Fri  5 16:00    none but the decision   declined Mon  8 10:00  awaits her word
                                              (2/66)                  (2/66)
     6  follow-up  detractor  Mon  8 09:30    Tue  9 09:30 (8/24)     Tue  9 16:30 (15/31)   Wed 10 08:30
                   she answered the survey on Mon 8 at 09:00: a human after 24.5 h, settled after 47.5 h
     7  follow-up  silent     Wed 10 09:00    Fri 12 09:30 (16.5/48.5)  Fri 12 10:00 (17/49) Fri 12 11:00
     8  follow-up  detractor  Sun 21 12:00    none (0/12)             none (0/12)
     9  complaint  delivery   Fri 19 15:00    none (2/57)             none (2/57)
    10  complaint  delivery   Tue 16 10:00    Tue 16 13:00 (3/3)      none (31/134)
    11  complaint  product    1 February      2 February              Mon  1 09:00           Tue  2 09:00
    12  complaint  service    8 February      9 February              none until April
    13  complaint  delivery   Tue  9 10:00    spam
    14  complaint  delivery   Wed 10 10:00    merged into No 10
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from typing import Any

from sqlalchemy import insert

from domain.dialogues import Answer, Run, RunState
from store.database import Tx
from store.ids import new_id
from store.runs import add_answers, add_runs
from store.tables import case_clocks, case_events, cases, customers

ZONE = zoneinfo.ZoneInfo("Europe/Helsinki")


def at(day: int, time: str = "00:00", month: int = 3) -> dt.datetime:
    """Return a moment of 2027 by Helsinki's clocks."""
    return dt.datetime.combine(dt.date(2027, month, day), dt.time.fromisoformat(time), ZONE).astimezone(dt.UTC)


SINCE, UNTIL = at(1), at(22)


def _row(**values: Any) -> dict[str, Any]:
    return values


_CASES: list[dict[str, Any]] = [
    _row(id=1, kind="complaint", category="delivery", state="closed", cause="courier", opened_at=at(1, "10:00"),
         first_answer_at=at(1, "11:00"), resolved_at=at(2, "10:00"), closed_at=at(2, "12:00")),
    _row(id=2, kind="complaint", category="delivery", state="closed", cause="courier", opened_at=at(1, "12:00"),
         first_answer_at=at(1, "15:00"), resolved_at=at(3, "12:00"), closed_at=at(10, "12:00")),
    _row(id=3, kind="complaint", category="product", state="resolved", opened_at=at(2, "09:00"),
         first_answer_at=at(2, "14:00"), resolved_at=at(1, "10:00", 4)),
    _row(id=4, kind="question", category="other", state="closed", opened_at=at(3, "16:00"),
         first_answer_at=at(4, "10:00"), resolved_at=at(4, "11:00"), closed_at=at(4, "12:00")),
    _row(id=5, kind="complaint", category="service", state="closed", cause="policy", opened_at=at(5, "16:00"),
         resolved_at=at(8, "10:00"), closed_at=at(22, "10:00")),
    _row(id=6, kind="follow-up", category="detractor", state="closed", run_id=66, opened_at=at(8, "09:30"),
         first_answer_at=at(9, "09:30"), resolved_at=at(9, "16:30"), closed_at=at(10, "08:30")),
    _row(id=7, kind="follow-up", category="silent", state="closed", opened_at=at(10, "09:00"),
         first_answer_due=at(10, "13:00"),
         first_answer_at=at(12, "09:30"), resolved_at=at(12, "10:00"), closed_at=at(12, "11:00")),
    _row(id=8, kind="follow-up", category="detractor", state="waiting_customer", opened_at=at(21, "12:00"),
         first_answer_at=at(23, "10:00")),
    _row(id=9, kind="complaint", category="delivery", state="new", opened_at=at(19, "15:00")),
    _row(id=10, kind="complaint", category="delivery", state="waiting_customer", opened_at=at(16, "10:00"),
         first_answer_at=at(16, "13:00")),
    _row(id=11, kind="complaint", category="product", state="closed", cause="defect", opened_at=at(1, "10:00", 2),
         first_answer_at=at(2, "10:00", 2), resolved_at=at(1, "09:00"), closed_at=at(2, "09:00")),
    _row(id=12, kind="complaint", category="service", state="closed", opened_at=at(8, "09:00", 2),
         first_answer_at=at(9, "09:00", 2), resolved_at=at(1, "10:00", 4), closed_at=at(2, "10:00", 4)),
    _row(id=13, kind="complaint", category="delivery", state="spam", opened_at=at(9, "10:00")),
    _row(id=14, kind="complaint", category="delivery", state="merged", merged_into=10, opened_at=at(10, "10:00")),
    _row(id=15, kind="complaint", category="delivery", state="new", opened_at=at(22, "00:00")),
]  # fmt: skip
_EVENTS: list[tuple[int, dt.datetime, str, str]] = [  # without a state: as older versions wrote them
    (1, at(1, "11:00"), "reply", "waiting_customer"),
    (1, at(2, "10:00"), "resolve", "resolved"),
    (1, at(2, "11:00"), "note", "resolved"),
    (1, at(2, "12:00"), "accept", "closed"),
    (2, at(1, "15:00"), "reply", ""),
    (2, at(3, "12:00"), "resolve", ""),
    (2, at(10, "12:00"), "expire", ""),
    (3, at(2, "14:00"), "reply", "waiting_customer"),
    (3, at(4, "09:00"), "decline", "declined"),
    (3, at(5, "09:00"), "reopen", "open"),
    (3, at(1, "10:00", 4), "resolve", "resolved"),
    (4, at(4, "10:00"), "reply", "waiting_customer"),
    (4, at(4, "11:00"), "resolve", "resolved"),
    (4, at(4, "12:00"), "accept", "closed"),
    (5, at(8, "10:00"), "decline", "declined"),
    (5, at(22, "10:00"), "expire", "closed"),
    (6, at(9, "09:30"), "reply", "waiting_customer"),
    (6, at(9, "16:30"), "resolve", "resolved"),
    (6, at(10, "08:30"), "accept", "closed"),
    (7, at(12, "09:30"), "reply", ""),
    (7, at(12, "10:00"), "resolve", ""),
    (7, at(12, "11:00"), "accept", ""),
    (8, at(23, "10:00"), "reply", "waiting_customer"),
    (10, at(16, "13:00"), "reply", "waiting_customer"),
    (11, at(1, "09:00"), "resolve", "resolved"),
    (11, at(2, "09:00"), "accept", "closed"),
    (12, at(9, "09:00", 2), "reply", ""),
    (12, at(1, "10:00", 4), "resolve", "resolved"),
    (12, at(2, "10:00", 4), "accept", "closed"),
]
_CLOCKS: list[tuple[int, str, dt.datetime, dt.datetime | None, dt.datetime | None]] = [  # started, due, stopped
    (1, "first_answer", at(1, "10:00"), at(1, "14:00"), at(1, "11:00")),  # kept
    (1, "resolution", at(1, "10:00"), at(8, "10:00"), at(2, "10:00")),  # kept
    (2, "first_answer", at(1, "12:00"), at(1, "16:00"), at(1, "15:00")),  # kept
    (3, "first_answer", at(2, "09:00"), at(2, "13:00"), at(2, "14:00")),  # late
    (3, "next_answer", at(5, "09:00"), at(5, "17:00"), at(23, "10:00")),  # late; stopped after the period
    (3, "resolution", at(5, "09:00"), at(12, "17:00"), None),  # late
    (4, "first_answer", at(3, "16:00"), at(4, "12:00"), at(4, "10:00")),  # kept
    (5, "first_answer", at(5, "16:00"), at(8, "12:00"), at(8, "10:00")),  # kept
    (6, "first_answer", at(8, "09:30"), at(8, "13:30"), at(9, "09:30")),  # late
    (8, "first_answer", at(21, "12:00"), at(22, "13:00"), at(23, "10:00")),  # runs still
    (9, "first_answer", at(19, "15:00"), at(22, "11:00"), None),  # runs still
    (10, "first_answer", at(16, "10:00"), at(16, "14:00"), at(16, "13:00")),  # kept
    (10, "resolution", at(16, "10:00"), None, None),  # rests while it waits for the customer: runs still
    (11, "first_answer", at(1, "10:00", 2), at(1, "14:00", 2), at(2, "10:00", 2)),  # of another period
]
_RATED = [(1, 5), (2, 4), (4, None), (6, 2), (11, 5)]  # how it went, of the closed ones but No 7, which was not asked


async def put_cases(tx: Tx, first: int = 1000) -> None:
    """Put in the cases of the table, each of a customer of her own from *first* on."""
    numbers = [case["id"] for case in _CASES]
    await tx.execute(insert(customers), [{"id": first + each, "created_at": at(1, month=1)} for each in numbers])
    names = sorted({name for case in _CASES for name in case})
    usual = {"priority": "normal", "cause": "", **dict.fromkeys(set(names) - {"cause"})}
    rows = [{**usual, **case, "customer_id": first + case["id"]} for case in _CASES]
    await tx.execute(insert(cases), rows)
    events = [
        {"id": new_id(), "case_id": case, "at": moment, "move": move, "state": state}
        for case, moment, move, state in _EVENTS
    ]
    await tx.execute(insert(case_events), events)
    clocks = [
        {
            "id": new_id(),
            "case_id": case,
            "clock": clock,
            "started_at": started,
            "target_s": 14_400,
            "due_at": due,
            "stopped_at": stopped,
        }
        for case, clock, started, due, stopped in _CLOCKS
    ]
    await tx.execute(insert(case_clocks), clocks)
    await _put_runs(tx, first)


async def _put_runs(tx: Tx, first: int) -> None:
    """Put in the survey that No 6 follows up, and the ratings: an hour after the case was closed."""
    survey = at(8, "09:00")
    runs = [Run(66, first + 6, "nps", "d", RunState.DONE, survey - dt.timedelta(days=1), "wave:1", 66)]
    given = [(66, Answer("score", 1, survey, 3, "3")), (66, Answer("why", 1, survey + dt.timedelta(hours=0.5), "", ""))]
    for case, value in _RATED:
        row = next(each for each in _CASES if each["id"] == case)
        asked = row["closed_at"] + dt.timedelta(hours=1)
        runs.append(Run(100 + case, first + case, "csat", "d", RunState.DONE, asked, f"event:case:{case}", 100 + case))
        if value is not None:
            given.append((100 + case, Answer("score", 1, asked + dt.timedelta(minutes=5), value, str(value))))
    await add_runs(tx, runs)
    await add_answers(tx, given)
