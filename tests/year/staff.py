"""Staff at their forum group: they take cases, answer customers, resolve, and find what is reopened."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field

from bot.playground.groups import Group
from bot.playground.messages import Button, Message
from bot.playground.people import Person

_MOST_A_DAY = 400


@dataclass(slots=True, eq=False)
class Work:
    """One case as staff see it: its card, whether it was answered, and when it will be resolved."""

    card: Message
    resolve_at: dt.datetime
    answered: bool = False


@dataclass(slots=True, eq=False)
class Staff:
    """Two people at one group. `acted` holds the seconds in which they did anything."""

    group: Group
    owner: Person
    agent: Person
    rng: random.Random
    acted: set[int] = field(default_factory=set)
    cases: dict[int, Work] = field(default_factory=dict)
    _read: int = 0

    @property
    def now(self) -> dt.datetime:
        """The present moment."""
        return self.group.world.clock.now()

    def has_work(self, at: dt.datetime) -> bool:
        """Say whether there is anything to do at *at*."""
        self._looks()
        return any(
            _button(work.card, f"s.{number}.resolve") is not None and (not work.answered or at >= work.resolve_at)
            for number, work in self.cases.items()
        )

    def works(self) -> None:
        """Look through the group and do a shift's work; each case moves at most one step."""
        for number, work in list(self.cases.items())[:_MOST_A_DAY]:
            who = self.rng.choice((self.owner, self.agent))
            resolve = _button(work.card, f"s.{number}.resolve")
            if resolve is None:
                if self.now > work.resolve_at + dt.timedelta(days=60):
                    del self.cases[number]
                continue
            if not work.answered:
                self._answers(who, number, work)
            elif self.now >= work.resolve_at:
                self._taps(who, work.card, resolve)
                work.answered = False  # should she come back with it, she is answered again
                work.resolve_at = self.now + dt.timedelta(days=self.rng.uniform(1, 3))

    def _looks(self) -> None:
        chat = self.group.everything
        new, self._read = chat[self._read :], len(chat)
        for message in new:
            for button in message.buttons:
                match _data(button).split("."):
                    case ["s", number, "resolve"]:
                        self._gets(int(number), message)

    def _gets(self, number: int, card: Message) -> None:
        known = self.cases.get(number)
        if known is not None:
            known.card = card
            return
        takes = 12.0 if self.rng.random() < 0.08 else self.rng.uniform(0.3, 3.0)
        self.cases[number] = Work(card, self.now + dt.timedelta(days=takes))

    def _answers(self, who: Person, number: int, work: Work) -> None:
        take = _button(work.card, f"s.{number}.take")
        if take is not None:
            self._taps(who, work.card, take)
        work.answered = True
        if self.rng.random() < 0.7:
            self._acts()
            who.sends("We are looking into it.", reply_to=work.card, chat=self.group)

    def _taps(self, who: Person, card: Message, button: Button) -> None:
        self._acts()
        who.taps_data(card, _data(button))

    def _acts(self) -> None:
        self.acted.add(self.group.world.clock.unix())


def _button(card: Message, data: str) -> Button | None:
    return next((button for button in card.buttons if _data(button) == data), None)


def _data(button: Button) -> str:
    return str(button.fields.get("callback_data", ""))
