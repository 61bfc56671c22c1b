"""Words of customers that were kept without being passed on: named to staff with a button, and shown page by page."""

from __future__ import annotations

from collections.abc import Sequence

from bot.cards import shortened
from bot.staff_visit import Visit, id_of
from dialogues.taps import short
from domain.contacts import Contact
from domain.messages import Button, Message
from store.customers import customer_by_id
from store.floods import kept_words
from templates import locales

PAGE = 25
_ANEW = "new"
_LONGEST = 100  # of one message's words: a page stays under Telegram's 4096 units, whatever signs they are


def kept_tap(customer_id: int, first: int, page: int | None = None) -> str:
    """
    Return what stands behind the button that shows a customer's kept words, from the contact *first* on.

    Without *page* they are shown in a message of their own, else in place of the page where the button is.
    """
    return f"f.{short(customer_id)}.{short(first)}.{_ANEW if page is None else page}"


async def kept_button(visit: Visit, rest: Sequence[str]) -> None:
    """
    A button under the notice ("f.CUSTOMER.FIRST.new") or under a page ("f.CUSTOMER.FIRST.PAGE").

    Every look is written into the audit log.
    """
    is_tap = len(rest) == 3 and (rest[2] == _ANEW or (rest[2].isdecimal() and len(rest[2]) <= 6))
    customer_id, first = (id_of(rest[0]), id_of(rest[1])) if is_tap else (None, None)
    customer = await customer_by_id(visit.tx, customer_id) if customer_id is not None else None
    if customer is None or first is None:
        await visit.toast("old_button")
        return
    page = int(rest[2]) if rest[2] != _ANEW else 0
    found = await kept_words(visit.tx, customer.id, first, offset=page * PAGE, limit=PAGE + 1)
    lines = [_line(visit, contact) for contact in found[:PAGE]]
    row = []
    words, language = visit.room.words, visit.language
    if page:
        row.append(Button(words.plain("floods.label.before", language), kept_tap(customer.id, first, page - 1)))
    if len(found) > PAGE:
        row.append(Button(words.plain("floods.label.after", language), kept_tap(customer.id, first, page + 1)))
    text = "\n".join(lines) or words.plain("floods.none_kept", language)
    message = Message(text, keyboard=(tuple(row),) if row else ())
    await visit.note("customer.look", f"customer:{customer.id}")
    if rest[2] != _ANEW:
        await visit.show(message, ref=f"customer:{customer.id}", customer_id=customer.id)
    else:
        await visit.send(message, ref=f"customer:{customer.id}", customer_id=customer.id)


def _line(visit: Visit, contact: Contact) -> str:
    at = locales.time(contact.at, visit.language, visit.room.company.zone)
    files = visit.plain("card_files", n=len(contact.media)) if contact.media else ""
    said = " ".join(part for part in (shortened(" ".join(contact.text.split()), _LONGEST), files) if part)
    return f"{at} {said}"
