"""Newsletters with a button for a coupon: its campaign must be there."""

from __future__ import annotations

from collections.abc import Collection

from bot.content_topics import place_of
from dialogues.taps import MenuTap, campaign_of, read_tap
from domain.faults import FaultList, did_you_mean
from domain.newsletters import Newsletter
from scheduler.newsletter_files import NewsletterFiles


def campaigns_of(newsletter: Newsletter) -> tuple[str, ...]:
    """Name the campaigns whose coupons a newsletter's buttons give."""
    taps = (read_tap(button.tap) for _, button in newsletter.buttons)
    return tuple(name for tap in taps if isinstance(tap, MenuTap) and (name := campaign_of(tap.action)))


def judge_coupons(campaigns: Collection[str], newsletters: NewsletterFiles, faults: FaultList) -> None:
    """Note each button for a coupon of a campaign that has no file, with the newsletter's file and line."""
    for file in newsletters.all():
        for name in campaigns_of(file.newsletter):
            if name not in campaigns:
                where, line = place_of(file.content, "coupon")
                remedy = did_you_mean(name, campaigns, otherwise=f"write campaigns/{name}.toml")
                faults.add(where, line, "buttons.coupon", f'there is no campaign "{name}"', remedy)
