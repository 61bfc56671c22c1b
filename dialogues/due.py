"""When a run needs us though she says nothing: its next reminder, and its end."""

from __future__ import annotations

import dataclasses
import datetime as dt

from domain.dialogues import Run, Script


def due_at(script: Script, run: Run) -> dt.datetime | None:
    """Return when the open question of *run* is to be reminded of, or the run expires, whichever comes first."""
    if run.asked_at is None:
        return None
    due = [run.asked_at + script.expire] if script.expire is not None else []
    if run.reminders < len(script.remind):
        due.append(run.asked_at + script.remind[run.reminders])
    return min(due, default=None)


def put_off(script: Script, run: Run, until: dt.datetime | None) -> Run:
    """Return *run* with its next reminder put off until then, at most to its end; with None it is left out."""
    if until is None:
        left_out = dataclasses.replace(run, reminders=run.reminders + 1)
        return dataclasses.replace(left_out, due_at=due_at(script, left_out))
    ends = expires_at(script, run)
    return dataclasses.replace(run, due_at=until if ends is None else min(until, ends))


def expires_at(script: Script, run: Run) -> dt.datetime | None:
    """Return when *run* expires by itself, or None when it never does."""
    return run.asked_at + script.expire if run.asked_at is not None and script.expire is not None else None
