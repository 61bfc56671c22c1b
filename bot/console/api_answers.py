"""What the HTTP interface answers: an import's JSON, or what is wrong, where, and what to do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson
from aiohttp import web

from bot.imports import ImportReport, Source
from bot.imports_running import ImportBroken
from domain.faults import Faults
from domain.imports import ImportRun, RowProblem

_FOR_THE_COMMAND_LINE = (  # the engine speaks to whoever types commands
    (re.compile(r"add --map (\w+)=HEADER"), r'name a column "\1"'),
    (re.compile(r'add --map (\w+)=(".*")'), r'call \2 "\1"'),
    (re.compile(r", or leave the whole column out: --map receipt= makes"), ", or send no receipts at all, which makes"),
    (re.compile(r"^number: no column gives"), "number: no key gives"),
    (re.compile(r"--new-customers\b"), "add ?new_customers=yes to the address"),
    (re.compile(r"; give --encoding\b|leave --encoding out, or give"), "; send as charset"),
    (re.compile(r"^--map "), ""),
)


class Refusal(Exception):  # noqa: N818 - an answer, not a mistake of the caller
    """An answer other than an import's; `response` is what to send."""

    def __init__(
        self,
        status: int,
        problem: str,
        remedy: str,
        *,
        retry_after: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(problem)
        more = {} if retry_after is None else {"Retry-After": str(retry_after)}
        self.response = answer(status, {"problem": problem, "remedy": remedy}, {**more, **(headers or {})})

    @classmethod
    def of(cls, response: web.Response) -> Refusal:
        """Make one of an answer that is ready."""
        refusal = cls(response.status, "", "")
        refusal.response = response
        return refusal


def answer(status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> web.Response:
    """Make an answer of a JSON object; nobody keeps a copy of it on the way."""
    told = {"Cache-Control": "no-store", **(headers or {})}
    return web.Response(
        body=orjson.dumps(body), status=status, content_type="application/json", charset="utf-8", headers=told
    )


def report_body(report: ImportReport) -> dict[str, Any]:
    """Write what a request did; `bad` has every bad row by its number in the body."""
    body: dict[str, Any] = {
        "read": report.read,
        "kept": report.kept,
        "skipped": report.skipped,
        "bad": [_bad(each) for each in report.bad],
        "id": report.id,
    }
    if report.new_customers:
        body["new_customers"] = report.new_customers
    if report.mapped.unused:
        body["unused"] = list(report.mapped.unused)
    if report.warnings:
        body["warnings"] = [_said(each) for each in report.warnings]
    if report.dry_run:
        body["dry_run"] = True
    return body


def run_body(run: ImportRun) -> dict[str, Any]:
    """Write an import as the store knows it, with the first of its bad rows."""
    problems, warnings = run.detail.get("problems", []), run.detail.get("warnings")
    bad = [{**each, "problem": _said(each["problem"])} for each in problems] if isinstance(problems, list) else []
    told = {"warnings": [_said(each) for each in warnings]} if isinstance(warnings, list) and warnings else {}
    return {
        "id": run.id,
        "kind": run.kind.value,
        "state": run.state.value,
        "started_at": run.started_at.isoformat(),
        "ended_at": None if run.ended_at is None else run.ended_at.isoformat(),
        "read": run.read,
        "kept": run.kept,
        "skipped": run.skipped,
        "bad_rows": run.bad,
        "bad": bad,
        **told,
    }


def replayed(run: ImportRun, source: Source) -> web.Response:
    """Answer a request that was carried out before by its Idempotency-Key; nothing is done again."""
    reading = run.detail.get("reading")
    before = reading.get("body") if isinstance(reading, dict) else None
    if before != source.notes.get("body"):
        remedy = "send a new key with a new body, and the same key only with the same body"
        return Refusal(422, "this Idempotency-Key came with another body before", remedy).response
    body = run_body(run)
    told: dict[str, Any] = {
        name: body[name] for name in ("read", "kept", "skipped", "bad", "id", "warnings") if name in body
    }
    return answer(200, told, {"Idempotency-Replayed": "true"})


def no_table(faults: Faults) -> web.Response:
    """Answer a body that is no table, with every fault."""
    told = [
        {"line": fault.line, "key": _said(fault.key or ""), "problem": fault.problem, "remedy": _said(fault.remedy)}
        for fault in faults.faults
    ]
    body = {"problem": "the body is no table that can be imported", "remedy": told[0]["remedy"], "faults": told}
    return answer(400, body)


def broken(error: ImportBroken) -> web.Response:
    """Answer a body that could not be read to its end; nothing of it was kept."""
    return Refusal(400, _said(str(error)), "send the body anew, whole").response


def _bad(problem: RowProblem) -> dict[str, Any]:
    return {"line": problem.line, "column": problem.column, "problem": _said(problem.problem)}


def _said(text: str) -> str:
    for pattern, instead in _FOR_THE_COMMAND_LINE:
        text = pattern.sub(instead, text)
    return text
