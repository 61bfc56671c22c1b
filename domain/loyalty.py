"""What staff write of loyalty and care: programmes, campaigns, clubs, events, plans, each in files of its own."""

from __future__ import annotations

from dataclasses import dataclass, fields

from domain.care import CarePlan


@dataclass(slots=True)
class Loyalty:
    """
    Everybody holds the same object, so that changed files are taken into use while the program runs.

    A kind of file adds its field here, an immutable value with an empty default.
    """

    username: str = ""  # the bot's, for links that open it; empty until Telegram has told it
    care: tuple[CarePlan, ...] = ()

    def take(self, fresh: Loyalty) -> None:
        """Become what *fresh* is, at once; the bot's own name stays."""
        for each in fields(self):
            if each.name != "username":
                setattr(self, each.name, getattr(fresh, each.name))
