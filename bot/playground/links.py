"""Which addresses Telegram accepts in links and buttons, and which entity a link becomes."""

import re
from urllib.parse import parse_qs, urlsplit

from bot.playground.wire import JsonObject

_HOST = re.compile(r"^(?:[^\s.@:/\\<>\"]+\.)+[^\s.@:/\\<>\"\d][^\s.@:/\\<>\"]+\.?$", re.IGNORECASE)
_ADDRESS = re.compile(r"^\d{1,3}(?:\.\d{1,3}){3}$")


def checked_link(url: str) -> str | None:
    """Return *url* as Telegram would keep it (http:// added where no scheme is given), or None when it is not one."""
    url = url.strip()
    if not url or any(char.isspace() for char in url):
        return None
    if url.startswith(("tg://", "ton://", "tonsite://")):
        return url if len(url.split("://", 1)[1]) else None
    with_scheme = url if "://" in url else f"http://{url}"
    try:
        parts = urlsplit(with_scheme)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https", "ftp") or port == 0:
        return None
    host = parts.hostname or ""
    if not _HOST.match(host) and not _ADDRESS.match(host):
        return None
    return with_scheme if parts.path or parts.query or parts.fragment else f"{with_scheme}/"


def mentioned_user(url: str) -> int | None:
    """Return the user's id of a `tg://user?id=1` link."""
    parts = urlsplit(url.strip())
    if parts.scheme != "tg" or parts.netloc != "user":
        return None
    number = parse_qs(parts.query).get("id", [""])[0]
    return int(number) if number.isdecimal() and int(number) > 0 else None


def link_entity(url: str) -> JsonObject | None:
    """Return the fields of the entity for a link to *url*; None where Telegram silently drops the link."""
    user = mentioned_user(url)
    if user is not None:
        return {"type": "text_mention", "user": {"id": user, "is_bot": False, "first_name": ""}}
    link = checked_link(url)
    return None if link is None else {"type": "text_link", "url": link}
