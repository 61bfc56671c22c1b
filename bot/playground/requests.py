"""What the bot asked and what it was answered, kept for tests to look at."""

import json
from dataclasses import dataclass
from typing import Any

from bot.playground.wire import JsonObject


@dataclass(frozen=True, slots=True)
class Request:
    """
    One call. `status` is the HTTP status of the answer, 0 where the connection was cut instead.

    `files` names the parts that were uploaded; `unknown_params` the parameters that Telegram would silently ignore.
    """

    method: str
    params: JsonObject
    status: int
    body: str
    files: tuple[str, ...] = ()
    unknown_params: frozenset[str] = frozenset()

    @property
    def answer(self) -> Any:
        """The answer's JSON; None where there was none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def ok(self) -> bool:
        """Whether it succeeded."""
        return self.status == 200

    @property
    def chat_id(self) -> int | None:
        """The chat it was about."""
        try:
            return int(self.params["chat_id"])
        except (KeyError, TypeError, ValueError):
            return None
