"""One line and the buttons of care plans' tasks, as every list of them has them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from bot.cards import display_name, shortened
from dialogues.taps import short
from domain.care import CareTask
from domain.company import Company
from domain.contacts import Channel
from domain.customers import Customer
from domain.messages import Button, Keyboard
from templates.markup import Safe
from templates.words import Words

TAP = "t"
ICONS: Mapping[Channel, str] = {
    Channel.MEETING: "🤝",
    Channel.PHONE: "📞",
    Channel.EVENT: "🎟",
    Channel.LETTER: "✉️",
    Channel.SMS: "📱",
    Channel.EMAIL: "📧",
    Channel.TELEGRAM: "💬",
}
_LONGEST_BUTTON = 34


def is_late(task: CareTask, company: Company, now: dt.datetime) -> bool:
    """Say whether the day of a task is over."""
    return task.due_at.astimezone(company.zone).date() < now.astimezone(company.zone).date()


def task_title(task: CareTask, company: Company, language: str) -> str:
    """Say what is to be done."""
    return task.title(language, company.default_language)


def task_lines(
    tasks: Sequence[CareTask],
    customers: Mapping[int, Customer],
    company: Company,
    words: Words,
    language: str,
    now: dt.datetime,
) -> list[Safe]:
    """Write each task in one line."""
    return [
        words.html(
            "care.line",
            language,
            icon=ICONS[task.row.channel],
            title=task_title(task, company, language),
            name=_name(customers, task, words, language),
            late=is_late(task, company, now),
            due=task.due_at,
        )
        for task in tasks
    ]


def task_buttons(
    tasks: Sequence[CareTask], customers: Mapping[int, Customer], company: Company, words: Words, language: str
) -> Keyboard:
    """Give each task a button that opens its card."""
    rows = []
    for task in tasks:
        name = _name(customers, task, words, language)
        label = shortened(f"{ICONS[task.row.channel]} {name}: {task_title(task, company, language)}", _LONGEST_BUTTON)
        rows.append((Button(label, f"{TAP}.{short(task.row.id)}"),))
    return tuple(rows)


def _name(customers: Mapping[int, Customer], task: CareTask, words: Words, language: str) -> str:
    customer = customers.get(task.row.customer_id)
    return str(task.row.customer_id) if customer is None else display_name(customer, words, language)
