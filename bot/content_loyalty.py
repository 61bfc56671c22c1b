"""Loyalty's files, read and judged together: each kind has a reader of its own, which raises `Faults`."""

from __future__ import annotations

from pathlib import Path

from bot.campaign_files import load_campaigns
from bot.care_files import read_care
from bot.club_files import load_clubs
from bot.event_files import load_events
from bot.offer_files import read_offers
from bot.programme_files import load_programmes
from bot.referral_files import read_referrals
from domain.faults import FaultList
from domain.loyalty import Loyalty


def read_loyalty(
    content: Path | None, languages: tuple[str, ...], faults: FaultList, *, currency: str = "EUR"
) -> Loyalty:
    """
    Read the shipped files and those of the *content* folder, which win; note all faults.

    A kind of file with a fault is left out as a whole.
    """
    programmes = load_programmes(content, languages, faults)
    campaigns = load_campaigns(content, languages, currency, faults)
    return Loyalty(
        campaigns=campaigns,
        care=read_care(content, languages, currency, faults),
        clubs=load_clubs(content, languages, faults),
        events=load_events(content, languages, {each.name for each in campaigns}, faults),
        offers=read_offers(content, currency, faults),
        referrals=read_referrals(
            content, {each.name for each in programmes.published}, {each.name for each in campaigns}, faults
        ),
        programmes=programmes.published,
        programme_drafts=programmes.drafts,
    )
