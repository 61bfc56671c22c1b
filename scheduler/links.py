"""
Links of a newsletter that lead over our own address, so that who followed them is counted.

Such an address names the sending, the customer and the number of the link, signed; where it leads is looked up in the
frozen content of the sending. So it never leads anywhere that staff have not written, and nobody can make one.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import hashlib
import hmac
import html
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dialogues.taps import start_of
from domain.customers import Customer, Purpose
from domain.messages import Button, Message
from domain.newsletters import Newsletter
from scheduler.newsletter_files import split_front_matter

PATH = "/r/"
PASSED_ON = "?start=newsletter"
_STARTS = re.compile(r"(https?://t\.me/[A-Za-z0-9_]{4,64}\?start=)newsletter(?![A-Za-z0-9_-])")
_HREF = re.compile(r"""(\bhref\s*=\s*)(["'])(https?://[^"'<>{}\s]+)\2""", re.IGNORECASE)
_SIGNATURE = 10  # bytes: 80 bits, of which nobody guesses one over the network
_KEPT = 64
_LARGEST = 2**63


@dataclass(frozen=True, slots=True)
class Followed:
    """What a link's address says: whose it is, and which link of which sending."""

    sending_id: int
    customer_id: int
    number: int


def targets_of(newsletter: Newsletter) -> tuple[str, ...]:
    """
    Return where the links of a newsletter lead, each once: those of its texts, language by language, and its buttons.

    Only literal `href="https://..."`; what a template makes of a customer's values is hers alone and stays as it is,
    and so does an address that can be read in the text: it leads where it says.
    """
    texts = (newsletter.bodies[language] for language in sorted(newsletter.bodies))
    return _targets(texts, (button.url for _, button in newsletter.buttons))


def targets_of_content(content: Mapping[str, str]) -> tuple[str, ...]:
    """
    Return the same for the frozen files of a sending ({"file name": "text"}).

    Also where what they name beside the links, such as a dialogue, is there no more: old links lead on.
    """
    texts, urls = [], []
    for file in sorted(content):
        matter, body, _ = split_front_matter(content[file])
        texts.append(body)
        try:
            buttons = tomllib.loads(matter).get("buttons", [])
        except tomllib.TOMLDecodeError:
            continue
        urls += [str(one.get("url", "")) for one in buttons if isinstance(one, dict)]
    return _targets(texts, urls)


def _targets(texts: Iterable[str], urls: Iterable[str]) -> tuple[str, ...]:
    written = (html.unescape(match[3]) for text in texts for match in _HREF.finditer(text))
    on_buttons = (url for url in urls if url.startswith(("http://", "https://")))
    return tuple(dict.fromkeys(url for url in (*written, *on_buttons) if not url.endswith(PASSED_ON)))


def passed_on(text: str, sending_id: int) -> str:
    """
    Let the links of a text, or a link, that end in `?start=newsletter` name the sending: a start by one is counted.

    For messages that people pass on: `https://t.me/YOUR_BOT?start=newsletter`.
    """
    return _STARTS.sub(lambda found: found[1] + start_of(sending_id), text) if PASSED_ON in text else text


class Links:
    """Makes and reads the addresses; *base* is the console's public address, *key* at least 16 secret bytes."""

    def __init__(self, base: str, key: bytes) -> None:
        self._base = base.rstrip("/") + PATH
        self._key = key
        self._numbers: dict[str, Mapping[str, int]] = {}

    def address(self, followed: Followed) -> str:
        """Return the whole address of one customer's link."""
        return self._base + self.token(followed)

    def token(self, followed: Followed) -> str:
        """Return its last part: at most 40 letters, digits, - and _."""
        numbers = (followed.sending_id, followed.customer_id, followed.number)
        said = b"".join(_packed(number) for number in numbers)
        return base64.urlsafe_b64encode(said + self._signature(said)).rstrip(b"=").decode()

    def read(self, token: str) -> Followed | None:
        """Return what *token* says, or None for one that we never made."""
        try:
            raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        said, signature = raw[:-_SIGNATURE], raw[-_SIGNATURE:]
        if not hmac.compare_digest(signature, self._signature(said)):
            return None
        numbers = _unpacked(said)
        return Followed(*numbers) if len(numbers) == 3 and self.token(Followed(*numbers)) == token else None

    def tracked(self, message: Message, newsletter: Newsletter, sending_id: int, customer: Customer) -> Message:
        """
        Return *message* with the newsletter's own links over our address.

        A customer who objects to profiling gets them as they are, and so does everybody where a newsletter does not
        ask for it.
        """
        if not newsletter.track_links or customer.consents.get(Purpose.PROFILING) is False:
            return message
        numbers = self._numbers_of(newsletter)
        if not numbers:
            return message

        def over_us(url: str) -> str:
            number = numbers.get(url)
            return url if number is None else self.address(Followed(sending_id, customer.id, number))

        text = _HREF.sub(
            lambda match: f"{match[1]}{match[2]}{html.escape(over_us(html.unescape(match[3])))}{match[2]}", message.text
        )
        keyboard = tuple(
            tuple(Button(one.label, one.tap, over_us(one.url)) if one.url else one for one in row)
            for row in message.keyboard
        )
        return dataclasses.replace(message, text=text, keyboard=keyboard)

    def _numbers_of(self, newsletter: Newsletter) -> Mapping[str, int]:
        numbers = self._numbers.get(newsletter.digest)
        if numbers is None:
            while len(self._numbers) >= _KEPT:
                self._numbers.pop(next(iter(self._numbers)))
            numbers = {url: number for number, url in enumerate(targets_of(newsletter))}
            self._numbers[newsletter.digest] = numbers
        return numbers

    def _signature(self, said: bytes) -> bytes:
        return hmac.digest(self._key, b"link\0" + said, hashlib.sha256)[:_SIGNATURE]


def _packed(number: int) -> bytes:
    """Write a number below 2**63 in groups of seven bits, the lowest first."""
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    found.append(number)
    return bytes(found)


def _unpacked(said: bytes) -> list[int]:
    numbers, number, shift = [], 0, 0
    for byte in said:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            numbers.append(number)
            number = shift = 0
    return numbers if shift == 0 and all(one < _LARGEST for one in numbers) else []
