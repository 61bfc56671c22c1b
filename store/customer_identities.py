"""Whom the rows of an import mean: by number, else Telegram id, else e-mail address, else all that they say."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import orjson
from sqlalchemy import text

from domain.customer_rows import Clash, ImportedCustomer
from domain.duplicates import plain_email, plain_name, plain_phone
from domain.folding import fold
from domain.import_values import quoted
from store.database import Tx
from store.former_customers import customers_by_former_number

_EACH = {"sqlite": "SELECT value FROM json_each(:words)", "postgresql": "SELECT unnest(CAST(:words AS {type}[]))"}


class Identities:
    """
    Finds the customers that rows mean, and those whom earlier rows of the same batch put in.

    Read once for a batch, by one statement for each kind of identity.
    """

    def __init__(self) -> None:
        self._by_number: dict[str, int] = {}
        self._former: dict[str, int] = {}
        self._by_chat: dict[int, int] = {}
        self._by_email: dict[str, list[tuple[int, str]]] = {}
        self._by_words: dict[tuple[str, ...], int] = {}
        self._numbers: dict[int, str] = {}
        self._chats: dict[int, int] = {}

    async def look_up(self, tx: Tx, rows: Sequence[ImportedCustomer]) -> None:
        """Read what the store knows of the rows of a batch."""
        numbers = {row.text("number") for row in rows} - {""}
        for each in await _select(tx, "number", numbers, "text", "number, id, chat_id"):
            self._keep(each[1], each[0], each[2])
        unknown = numbers - self._by_number.keys()
        self._former |= await customers_by_former_number(tx, unknown) if unknown else {}
        chats = {int(row.values["chat_id"]) for row in rows if "chat_id" in row.values}  # type: ignore[arg-type]  # an id is a number
        for each in await _select(tx, "chat_id", chats, "bigint", "number, id, chat_id"):
            self._keep(each[1], each[0], each[2])
        bare = [row for row in rows if "number" not in row.values and "chat_id" not in row.values]
        emails = {plain_email(row.text("email")) for row in bare} - {""}
        for address, who, name in await _select(tx, "lower(trim(email))", emails, "text", "email, id, name"):
            known = self._by_email.setdefault(plain_email(address), [])
            if who not in {each for each, _ in known}:
                known.append((who, name))
        nameless = {row.text("name") for row in bare if not plain_email(row.text("email"))} - {""}
        columns = "id, name, birth_date, phone, town, company"
        for found in await _select(tx, "name", nameless, "text", columns, "number IS NULL AND chat_id IS NULL"):
            self._by_words.setdefault(_words(*found[1:]), found[0])

    def who(self, row: ImportedCustomer) -> int | Clash | None:
        """Return the customer whom a row means, None for one who is new, or why it cannot be told."""
        if "number" in row.values:
            return self._by(row, self._by_number.get(row.text("number"), self._former.get(row.text("number"))))
        if "chat_id" in row.values:
            return self._by_chat.get(int(row.values["chat_id"]))  # type: ignore[arg-type]  # an id is a number
        email = plain_email(row.text("email"))
        if email:
            return self._by_address(row, email)
        if not row.text("name"):
            return Clash("number", "has no number, Telegram id, e-mail address or name; give one of them")
        return self._by_words.get(_words_of(row))

    def is_former(self, row: ImportedCustomer) -> bool:
        """Say whether the row's number is that of a customer who was merged into another."""
        number = row.text("number")
        return number not in self._by_number and number in self._former

    def add(self, row: ImportedCustomer, customer_id: int) -> None:
        """Know a customer whom a row put in, or gave a number or a chat."""
        chat = row.values.get("chat_id")
        if not self.is_former(row):
            self._keep(customer_id, row.text("number") or None, chat if isinstance(chat, int) else None)
        if "number" in row.values or "chat_id" in row.values:
            return
        email = plain_email(row.text("email"))
        if email:
            known = self._by_email.setdefault(email, [])
            if customer_id not in {each for each, _ in known}:
                known.append((customer_id, row.text("name")))
        else:
            self._by_words.setdefault(_words_of(row), customer_id)

    def _by(self, row: ImportedCustomer, found: int | None) -> int | Clash | None:
        """Settle a row with a number, whose Telegram id may be known of another customer."""
        chat = row.values.get("chat_id")
        if not isinstance(chat, int):
            return found
        theirs = self._by_chat.get(chat)
        if found is None:
            if theirs is None or theirs not in self._numbers:
                return theirs
            return Clash("telegram_id", f"is that of the customer {quoted(self._numbers[theirs])}; correct one of them")
        if theirs is not None and theirs != found:
            other = self._numbers.get(theirs)
            named = f"the customer {quoted(other)}" if other else f"another customer (id {theirs})"
            return Clash("telegram_id", f"is that of {named}; if they are one person: vuoro customer merge")
        if self._chats.get(found, chat) != chat:
            return Clash("telegram_id", "is not the one that this customer has; leave it out, or correct it")
        return found

    def _by_address(self, row: ImportedCustomer, email: str) -> int | Clash | None:
        known = self._by_email.get(email, [])
        if len(known) > 1:
            wanted = plain_name(row.text("name"))
            known = [each for each in known if plain_name(each[1]) == wanted]
            if len(known) != 1:
                count = len(self._by_email[email])
                return Clash("email", f"{count} customers have this address; give a number or a Telegram id")
        return known[0][0] if known else None

    def _keep(self, customer_id: int, number: str | None, chat_id: int | None) -> None:
        if number:
            self._by_number[number] = customer_id
            self._numbers[customer_id] = number
        if chat_id is not None:
            self._by_chat[chat_id] = customer_id
            self._chats[customer_id] = chat_id


def _words_of(row: ImportedCustomer) -> tuple[str, ...]:
    return _words(*(row.values.get(name) for name in ("name", "birth_date", "phone", "town", "company")))


def _words(name: Any, birth_date: Any, phone: Any, town: Any, company: Any) -> tuple[str, ...]:
    return name or "", str(birth_date or ""), plain_phone(phone), fold(town or ""), fold(company or "")


async def _select(
    tx: Tx, column: str, words: Collection[str] | Collection[int], kind: str, columns: str, also: str = "1 = 1"
) -> Iterable[Any]:
    """Read customers by many values of a column, bound as one: their number makes no new statement."""
    if not words:
        return []
    is_sqlite = tx.dialect.name == "sqlite"
    bound: Any = sorted(words)
    each = _EACH[tx.dialect.name].format(type=kind)
    statement = f"SELECT {columns} FROM customers WHERE {also} AND {column} IN ({each})"  # noqa: S608 - our own words
    rows = await tx.execute(text(statement), {"words": orjson.dumps(bound).decode() if is_sqlite else bound})
    return rows.all()
