"""Purchases and returns in `.chat` files: receipts as a till would report them, by the road that its reports take."""

from __future__ import annotations

import re
import zoneinfo
from decimal import Decimal

import orjson

from bot.console.api_bodies import json_source
from bot.imports import ImportSettings
from bot.imports_running import map_header, run_import
from bot.transcript_heading import NAME, Reading, moment_of
from bot.transcript_script import Bought, Buys
from bot.transcript_stage import Stage
from domain.imports import ImportKind
from store.customers import change_customers, customers_by_chat

_STORE = "main"
_RECEIPT = re.compile(
    rf"(?P<who>{NAME}) (?P<act>buys|returns) receipt (?P<receipt>\S+?)"
    r"(?: at (?P<at>\d{4}-\d\d-\d\d \d\d:\d\d))?(?: store (?P<store>[^\s:]+))?:\s*(?P<lines>.*)",
    re.DOTALL,
)
_LINE = re.compile(
    r"(?P<product>\S.*?)\s+(?P<price>\d+(?:\.\d{1,3})?)(?:\s+x(?P<count>\d+(?:\.\d{1,3})?))?(?:\s+\[(?P<group>[^\[\]]+)\])?"
)


def is_receipt(line: str) -> bool:
    """Say whether a line tells of a purchase or a return."""
    return re.match(rf"{NAME} (?:buys|returns)\b(?!:)", line) is not None


def read_receipt(reading: Reading, line: str) -> Buys | None:
    """Read a line that `is_receipt`; a mistake goes to *reading*, and then the result is None."""
    found = _RECEIPT.fullmatch(line)
    if found is None:
        remedy = "write: Ann buys receipt 77 at 2027-03-02 12:00 store main: coffee 4.50 x2 [drinks]; bread 3.20"
        reading.fault("this is no receipt", remedy)
        return None
    reading.know_role(found["who"], staff=False)
    moment = moment_of(found["at"]) if found["at"] else None
    if found["at"] and moment is None:
        reading.fault(f'"{found["at"]}" is no moment', "write at 2027-03-02 12:00")
    lines: list[Bought] = []
    for part in re.split(r"\s*;\s*", found["lines"].strip()):
        bought = _LINE.fullmatch(part)
        if bought is None:
            reading.fault(f'"{part}" is no line of a receipt', "write a product and its price: tea 2.50 x2 [drinks]")
            continue
        price, count = Decimal(bought["price"]), Decimal(bought["count"] or 1)
        lines.append(Bought(bought["product"], price * count, count, bought["group"] or ""))
    return Buys(
        found["who"],
        found["receipt"],
        tuple(lines),
        store=found["store"] or _STORE,
        at=None if moment is None else moment.replace(tzinfo=zoneinfo.ZoneInfo(reading.zone)),
        back=found["act"] == "returns",
    )


async def bring_in(stage: Stage, receipt: Buys) -> None:
    """
    Import the receipt's lines as a request of a till would; raises LookupError, which says why, where it cannot.

    A customer without a number gets her Telegram number, by which the till means her. Telling a receipt again changes
    nothing.
    """
    company, now = stage.config.company, stage.clock.now()
    database = stage.running.database
    person = stage.people[receipt.who]
    async with database.write() as tx:
        customer = (await customers_by_chat(tx, [person.id])).get(person.id)
        if customer is None:
            raise LookupError(f"{receipt.who} is no customer yet: let her write first, or say in the head that she met")
        number = customer.number or str(person.id)
        if customer.number is None:
            await change_customers(tx, {customer.id: {"number": number}})
    rows = [_row(receipt, number, place, (receipt.at or now).isoformat()) for place in range(len(receipt.lines))]
    source = json_source(orjson.dumps({"rows": rows}))
    async with database.read() as tx:
        mapped = await map_header(tx, ImportKind.PURCHASES, source)
    settings = ImportSettings(company, now, company.zone, company.currency)
    report = await run_import(database, ImportKind.PURCHASES, source, mapped, settings)
    if report.bad:
        raise LookupError("; ".join(f"{bad.column}: {bad.problem}" for bad in report.bad))


def _row(receipt: Buys, number: str, place: int, at: str) -> dict[str, str]:
    line = receipt.lines[place]
    act = "returns" if receipt.back else "buys"
    return {
        "customer": number,
        "receipt": receipt.receipt,
        "at": at,
        "product": line.product,
        "product_name": line.product[:1].upper() + line.product[1:],
        "group": line.group,
        "quantity": str(line.count),
        "amount": str(-line.amount if receipt.back else line.amount),
        "store": receipt.store,
        "external_id": f"{act}-{receipt.store}-{receipt.receipt}-{place + 1}",
    }
