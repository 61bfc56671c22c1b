"""Loyalty's files, read and judged together: each kind has a reader of its own, which raises `Faults`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bot.campaign_files import load_campaigns
from bot.care_files import read_care
from bot.club_files import load_clubs
from bot.content_names import unread_names, written_names
from bot.event_files import load_events
from bot.offer_files import judge_till, read_offers
from bot.programme_files import load_programmes
from bot.referral_files import read_referrals
from domain.faults import FaultList
from domain.loyalty import Loyalty
from domain.points import PointsRules
from domain.programmes import Programme


def read_loyalty(
    content: Path | None, languages: tuple[str, ...], faults: FaultList, *, currency: str = "EUR"
) -> Loyalty:
    """
    Read the shipped files and those of the *content* folder, which win; note all faults.

    A kind of file with a fault is left out as a whole; a name that another file stands for is known all the same.
    """
    programmes = load_programmes(content, languages, faults)
    campaigns = load_campaigns(content, languages, currency, faults)
    names = written_names("campaigns", content)
    offers = read_offers(content, currency, names, faults)
    judge_till(offers, campaigns, content, faults)
    return Loyalty(
        campaigns=campaigns,
        care=read_care(content, languages, currency, faults),
        clubs=load_clubs(content, languages, faults),
        events=load_events(content, languages, names, faults),
        offers=offers,
        referrals=read_referrals(content, written_names("programmes", content, _gives_points), names, faults),
        programmes=programmes.published,
        programme_drafts=programmes.drafts,
    )


def programmes_to_judge_by(content: Path | None, languages: tuple[str, ...], loyalty: Loyalty) -> Loyalty:
    """
    Give a loyalty with the programmes as far as they can be read, where some have faults: to judge other files by.

    One whose file is no TOML stands there as published and with points: nothing that asks for it is wrong.
    """
    if loyalty.programmes or loyalty.programme_drafts:
        return loyalty
    read = load_programmes(content, languages, FaultList(), partly=True)
    unread = tuple(
        Programme(name, published=True, points=PointsRules()) for name in sorted(unread_names("programmes", content))
    )
    return Loyalty(programmes=(*read.published, *unread), programme_drafts=read.drafts)


def _gives_points(top: Mapping[str, object]) -> bool:
    """Say whether a programme's file is one that thanks may give points of: nobody is told of a silent one."""
    return top.get("published") is True and top.get("kind") != "silent" and "points" in top
