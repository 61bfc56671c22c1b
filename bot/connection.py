"""Whether messages get through to Telegram at all: when to rest, when to ask carefully, and what to tell people."""

from __future__ import annotations

import asyncio

from telegram.error import InvalidToken, TelegramError

from bot.pacing import backoff
from bot.telegram_api import TelegramApi
from bot.trouble import Trouble
from domain.messages import GivenUp, Outcome, Refusal, RetryAt, Unknown

_LOSSES_IN_A_ROW = 3


class Connection:
    """
    Learns from each call whether the next may go. Times are the event loop's.

    One lost answer is the bad luck of one message; several in a row, a refused connection and a refused token are
    everybody's trouble: all rest, longer each time, and a harmless call goes first when the rest is over.
    """

    def __init__(self, api: TelegramApi, trouble: Trouble, first_wait: float, longest_wait: float) -> None:
        self._api = api
        self._trouble = trouble
        self._first_wait = first_wait
        self._longest_wait = longest_wait
        self._loop = asyncio.get_running_loop()
        self._rest_until = float("-inf")
        self.failures = 0  # in a row
        self.must_probe = False

    def rests_for(self) -> float:
        """Return the seconds for which nothing should be tried; 0 when it may."""
        return max(self._rest_until - self._loop.time(), 0.0)

    def learn(self, outcome: Outcome) -> None:
        """Draw from the outcome of a call what it says about the way to Telegram."""
        match outcome:
            case RetryAt(flood=False, reason=reason):
                self.not_delivered(reason)
            case RetryAt():
                pass
            case Unknown(raw):
                self.lost(raw)
            case GivenUp(reason=Refusal.TOKEN):
                self.token_refused()
            case _:
                self.got_through()

    def got_through(self) -> None:
        """Note that Telegram answered, whatever it said."""
        self.failures = 0
        self.must_probe = False
        self._trouble.is_over("pump.resumed", "Messages go out again.")

    def not_delivered(self, reason: str) -> None:
        """Note that no connection was made."""
        self._failed(reason, 1)

    def lost(self, reason: str) -> None:
        """Note that a call went out and no answer came."""
        self._failed(reason, _LOSSES_IN_A_ROW)

    def token_refused(self) -> None:
        """Note that Telegram does not know the bot."""
        self.failures += 1
        self.must_probe = True
        self._rest(self.failures)
        self._trouble.begins(
            "pump.token_refused",
            "Telegram does not accept the bot's token: put the right one into the config (telegram.token) and start "
            "again. Messages wait in the outbox.",
        )

    async def probe(self) -> bool:
        """Ask something harmless before a customer's message is risked again; True when it got through."""
        try:
            await self._api.call("getMe")
        except InvalidToken:
            self.token_refused()
        except TelegramError as error:
            self.not_delivered(error.message)
        else:
            self.must_probe = False
            return True
        return False

    def _failed(self, reason: str, allowed: int) -> None:
        if self.rests_for() > 0:  # the others of the same moment say nothing new
            return
        self.failures += 1
        if self.failures < allowed:
            return
        self.must_probe = True
        self._rest(self.failures - allowed + 1)
        self._trouble.begins(
            "pump.no_network",
            f"Telegram cannot be reached ({reason}): messages wait in the outbox. Check the network and "
            "telegram.api_url. Trying again by itself.",
            reason=reason,
        )

    def _rest(self, tries: int) -> None:
        self._rest_until = self._loop.time() + backoff(tries, first=self._first_wait, most=self._longest_wait)
