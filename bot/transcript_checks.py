"""`store:` lines of transcripts: what the store must say of a customer, asked through the store's own functions."""

from __future__ import annotations

import datetime as dt
import operator
from collections.abc import Callable, Mapping
from typing import Any

from bot.transcript_matching import fill, match_text
from bot.transcript_script import Check
from domain.cases import Case
from domain.customers import Customer, Purpose
from domain.durations import NotADurationError, parse_fixed_duration
from domain.points_account import Balance
from store import recipients, sendings
from store.cases import case_by_id, cases_of
from store.clicks import clicks_of
from store.consents import consents_of
from store.contacts import timeline
from store.customers import customer_by_id
from store.database import Tx
from store.facts import known_facts
from store.points import balance_of
from store.runs import last_run
from store.staff import names_of

_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Asking:
    """Answers the checks of one `store:` line; a case that was named is meant by the checks after it."""

    def __init__(self, tx: Tx, customer_id: int, captured: Mapping[str, str], now: dt.datetime) -> None:
        self._tx = tx
        self._now = now
        self._customer_id = customer_id
        self._captured = captured
        self._case: Case | None = None

    async def problem(self, check: Check) -> str | None:
        """Return what the store says instead, or None when it says what the check wants."""
        try:
            actual = await self._value(fill(check.subject, self._captured).split())
        except LookupError as error:
            return str(error.args[0])
        wanted = fill(check.value, self._captured)
        if _holds(check.operator, actual, wanted):
            return None
        return f"{check.subject} is {_shown(actual)}"

    async def _value(self, words: list[str]) -> Any:
        match words:
            case ["case", number, *more]:
                self._case = await case_by_id(self._tx, int(number)) if number.isdigit() else None
                if self._case is None:
                    raise LookupError(f"there is no case {number}")
                return await self._of_case(more[0] if more else "state")
            case ["contacts", *more]:
                found = await timeline(self._tx, self._customer_id, limit=1000)
                return sum(1 for each in found if not more or more[0] in {each.direction, each.kind, each.state})
            case ["cases"]:
                return len((await cases_of(self._tx, [self._customer_id])).get(self._customer_id, []))
            case ["clicks", *more]:
                followed = await clicks_of(self._tx, self._customer_id)
                return sum(1 for kind, _ in followed if not more or more[0] == kind)
            case ["answers" | "answer", name]:
                return await self._answer(*name.split(".", 1))
            case ["run" | "runs", script]:
                run = await last_run(self._tx, self._customer_id, script)
                return None if run is None else run.state.value
            case ["fact", name]:
                known = (await known_facts(self._tx, [self._customer_id])).get(self._customer_id, [])
                return next((fact.value for fact in known if fact.name == name), None)
            case ["consent", purpose]:
                said = (each for each in await consents_of(self._tx, self._customer_id))
                return next((each.given for each in said if each.purpose == Purpose(purpose)), None)
            case ["customer", name]:
                customer = await customer_by_id(self._tx, self._customer_id)
                return _attribute(customer, Customer, name)
            case ["newsletter" | "points" as kind, name, *more]:
                return await self._of_named(kind, name, more[0] if more else "")
            case [name]:
                return await self._of_case(name)
        raise LookupError(
            f"{' '.join(words)} means nothing; ask for case, contacts, clicks, answers, run, fact, consent or points"
        )

    async def _of_case(self, name: str) -> Any:
        if self._case is None:
            raise LookupError(f"{name} means nothing before a case is named; write: case {{n}} {name} = ...")
        match name:
            case "owner":
                owner = self._case.owner_id
                return None if owner is None else (await names_of(self._tx, [owner])).get(owner)
            case "first_answer":
                at = self._case.first_answer_at
                return None if at is None else at - self._case.opened_at
            case "order":
                return self._case.order_ref
        return _attribute(self._case, Case, name)

    async def _answer(self, script: str, question: str = "") -> Any:
        run = await last_run(self._tx, self._customer_id, script)
        if run is None:
            raise LookupError(f"she has no {script}")
        given = [each for each in run.answers if each.question == question]
        newest = max(given, key=lambda each: each.version, default=None)
        if newest is None or newest.reopened:
            return None
        return "skipped" if newest.skipped else newest.value if newest.value is not None else newest.text

    async def _of_named(self, kind: str, name: str, what: str) -> Any:
        if kind == "newsletter":
            return await self._of_newsletter(name, what)
        return _attribute(await balance_of(self._tx, self._customer_id, name, self._now), Balance, what or "usable")

    async def _of_newsletter(self, name: str, what: str) -> Any:
        newest = await sendings.recent(self._tx, name=name, limit=1)
        if not newest:
            raise LookupError(f"newsletter {name} was never sent")
        account = await recipients.account(self._tx, newest[0].id)
        match what:
            case "state":
                return newest[0].state.value
            case "skipped" | "failed":
                return sum(getattr(account, what).values())
        return getattr(account, what)


def _attribute(value: Any, kind: type[Any], name: str) -> Any:
    if name not in kind.__dataclass_fields__:
        raise LookupError(f"{name} is none of {', '.join(kind.__dataclass_fields__)}")
    return getattr(value, name)


def _holds(compare: str, actual: Any, wanted: str) -> bool:
    if isinstance(actual, dt.timedelta):
        try:
            return _COMPARE[compare](actual, parse_fixed_duration(wanted))
        except NotADurationError:
            return False
    if compare not in {"=", "!="} or (isinstance(actual, int | float) and not isinstance(actual, bool)):
        try:
            return actual is not None and _COMPARE[compare](float(actual), float(wanted))
        except (TypeError, ValueError):
            return False
    same = match_text(wanted, _shown(actual), {}) is not None
    return same if compare == "=" else not same


def _shown(value: Any) -> str:
    match value:
        case None:
            return "unknown"
        case bool():
            return "yes" if value else "no"
        case tuple() | list():
            return ", ".join(_shown(each) for each in value)
        case dt.datetime():
            return value.isoformat(timespec="minutes")
    return str(value)
