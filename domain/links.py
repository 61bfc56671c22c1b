"""Links that open the bot with a token: what the token looks like, and the address around it."""

from __future__ import annotations

import re
from urllib.parse import quote

LONGEST = 64
"""Signs of a token that Telegram carries."""

_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SPLIT = "-"


def start_token(prefix: str, rest: str) -> str:
    """
    Return the token of what *prefix* (one small letter) opens: "r-7K2M" for the referral 7K2M.

    Raises ValueError for signs that Telegram does not carry, or too many of them.
    """
    token = f"{prefix}{_SPLIT}{rest}"
    if not rest or _TOKEN.fullmatch(token) is None:
        raise ValueError(f"links: {len(token)} signs or a strange one; a token has A-Z a-z 0-9 _ -, at most {LONGEST}")
    return token


def read_start(token: str) -> tuple[str, str] | None:
    """Split a token into its prefix and the rest; None for what is none of ours."""
    prefix, split, rest = token.partition(_SPLIT)
    if len(prefix) != 1 or not split or not rest or _TOKEN.fullmatch(token) is None:
        return None
    return prefix, rest


def start_link(username: str, token: str) -> str:
    """
    Return the address that opens the bot and gives it *token* by `/start`; any phone's camera can follow it.

    While the bot's own *username* is not known yet, the bare token: typed after `/start` it does the same.
    """
    return f"https://t.me/{quote(username)}?start={token}" if username else token
