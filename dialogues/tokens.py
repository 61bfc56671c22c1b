"""What a link that starts the bot asks for: `/start TOKEN`, where the token's first letter says whose it is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from dialogues.coupons import Coupons
from dialogues.events import Events
from dialogues.menu import Menu
from dialogues.picks import Picks
from dialogues.programmes import PREFIX as JOIN
from dialogues.referrals import Referrals
from dialogues.running import Running
from dialogues.turn import Conversation, Turn
from domain.clubs import PREFIX as GUARDIAN
from domain.events import PREFIX as EVENT
from domain.links import read_start
from domain.referrals import PREFIX as REFERRAL
from store.database import Tx

Open = Callable[[Tx, Turn, Conversation, str], Awaitable[bool]]
"""
Does what the token asks, given without its letter, and returns whether she has been answered. A new customer is
welcomed afterwards all the same; one who is known gets the usual greeting only where it returned False. Anybody may
have typed the token, so each judges its own.
"""


class Tokens:
    """One letter each: who opens what. A part adds its line here."""

    def __init__(self, running: Running, menu: Menu) -> None:
        self.running = running
        self.menu = menu
        self._opens: dict[str, Open] = {
            "c": Coupons(running).opened,
            "p": Picks(running).opened,
            EVENT: Events(running).opened,
            JOIN: menu.programmes.open_link,
            REFERRAL: Referrals(running).opened,
            GUARDIAN: menu.clubs.guardians.opened,
        }

    async def open(self, tx: Tx, turn: Turn, conversation: Conversation, token: str) -> bool:
        """Do what *token* asks; False where it asks nothing that is known, so that she is greeted as usual."""
        read = read_start(token)
        opening = self._opens.get(read[0]) if read is not None else None
        if read is None or opening is None:
            return False
        return await opening(tx, turn, conversation, read[1])
