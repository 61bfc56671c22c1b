"""What a store's QR code for picking carries: the store's name and a signature, so that nobody makes up a store."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

from domain.links import LONGEST, start_token

PREFIX = "p"
_SIGNED = 9  # bytes: 72 bits, on a code that hangs in public


def pick_token(key: bytes, store: str) -> str:
    """Return the token of a store. Raises ValueError where its name is too long for a link: over 35 bytes or so."""
    name = base64.urlsafe_b64encode(store.encode()).decode().rstrip("=")
    if len(name) + 15 > LONGEST:
        raise ValueError("pick: the store's name is too long for a link; at most 34 letters")
    return start_token(PREFIX, name + _signature(key, name))


def store_of_token(key: bytes, rest: str) -> str | None:
    """Return the store of a token, given without its letter; None when the signature is not ours."""
    name, signature = rest[:-12], rest[-12:]
    if not hmac.compare_digest(signature.encode(), _signature(key, name).encode()):
        return None
    try:
        return base64.urlsafe_b64decode(name + "=" * (-len(name) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None


def _signature(key: bytes, name: str) -> str:
    digest = hmac.digest(key, b"pick:" + name.encode(), hashlib.sha256)[:_SIGNED]
    return base64.urlsafe_b64encode(digest).decode()
