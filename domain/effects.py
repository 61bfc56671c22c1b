"""What a sending of a newsletter brought about: who did something after it came, by group."""

from __future__ import annotations

import enum


class ClickKind(enum.StrEnum):
    """What a customer followed out of a newsletter."""

    BUTTON = "button"  # of a dialogue; the target is the button's place, from 0
    LINK = "link"  # over our own address; the target is the link's number, from 0
    DEEP_LINK = "deep_link"  # a start of the bot by the link of a newsletter that somebody passed on
