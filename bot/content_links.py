"""Newsletters whose links are to be counted: that takes an address of ours which customers can open."""

from __future__ import annotations

from bot.content_topics import place_of
from domain.faults import FaultList
from scheduler.newsletter_files import NewsletterFiles


def judge_links(console_url: str, newsletters: NewsletterFiles, faults: FaultList) -> None:
    """Note each newsletter that has track_links where the console has no public address, with its file and line."""
    for file in newsletters.all():
        if file.newsletter.track_links and not console_url:
            where, line = place_of(file.content, "track_links")
            remedy = "set url under [console] in the config, or take track_links out"
            faults.add(where, line, "track_links", "links cannot be counted without an address of ours", remedy)
