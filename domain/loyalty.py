"""What staff write of loyalty and care: programmes, campaigns, clubs, events, plans, each in files of its own."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

from domain.campaigns import Campaign
from domain.care import CarePlan
from domain.clubs import Club
from domain.events import Event
from domain.offers import OfferRules
from domain.programmes import Programme
from domain.referrals import ReferralRules


@dataclass(slots=True)
class Loyalty:
    """
    Everybody holds the same object, so that changed files are taken into use while the program runs.

    A kind of file adds its field here, an immutable value with an empty default.
    """

    username: str = ""  # the bot's, for links that open it; empty until Telegram has told it
    campaigns: tuple[Campaign, ...] = ()
    care: tuple[CarePlan, ...] = ()
    clubs: tuple[Club, ...] = ()
    events: tuple[Event, ...] = ()
    offers: OfferRules = field(default_factory=OfferRules)
    referrals: ReferralRules = field(default_factory=ReferralRules)
    programmes: tuple[Programme, ...] = ()  # those that are published
    programme_drafts: tuple[Programme, ...] = ()

    def programme(self, name: str) -> Programme | None:
        """Return the published programme of that name."""
        return next((each for each in self.programmes if each.name == name), None)

    def club(self, name: str) -> Club | None:
        """Return the club of that name."""
        return next((each for each in self.clubs if each.name == name), None)

    def event(self, name: str) -> Event | None:
        """Return the published event of that name."""
        return next((each for each in self.events if each.name == name and each.published), None)

    @property
    def open_programmes(self) -> tuple[Programme, ...]:
        """The published programmes that customers know of."""
        return tuple(each for each in self.programmes if each.is_open)

    def take(self, fresh: Loyalty) -> None:
        """Become what *fresh* is, at once; the bot's own name stays."""
        for each in fields(self):
            if each.name != "username":
                setattr(self, each.name, getattr(fresh, each.name))
