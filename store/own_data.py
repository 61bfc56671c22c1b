"""All that is held of one customer, with source and date, read from every table at one moment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, or_, select

from domain.lives import REFERRED_BY
from domain.memberships import HELD_OUT, PROGRAMME
from domain.programmes import Programme
from store.database import Tx
from store.erasing_rules import ERASING
from store.own_data_rules import BY_ROLE, HIDDEN, OWN, Own, Section
from store.own_memberships import OwnMembership, own_memberships
from store.tables import audit, cases, consent_texts, exclusions, imports, metadata, runs, sendings, staff

Item = dict[str, Any]
"""One thing held: {"what", "source", "at", and its columns}."""

_SENDINGS = ("sending_id", "newsletter_id")


async def own_data(
    tx: Tx,
    customer_id: int,
    now: dt.datetime,
    programmes: Iterable[Programme] = (),
    *,
    currency: str = "EUR",
    zone: dt.tzinfo = dt.UTC,
) -> dict[str, Any]:
    """
    Return all that is held of a customer: {"made_at", "sections": {section: [item]}, "not_listed": {table: why}}.

    Values are plain JSON. Members of staff are told by their roles, other customers not at all. Sections and items come
    in a fixed order, items by their dates. Of a silent programme it is said that it is one, and by *programmes*, those
    that are written now, what chose her (in *zone*, amounts in *currency*).
    """
    roles = {row.id: row.role for row in await tx.execute(select(staff.c.id, staff.c.role))}
    names = {row.id: row.name for row in await tx.execute(select(sendings.c.id, sendings.c.name))}
    texts = await _texts(tx)
    sections: dict[str, list[Item]] = {section.value: [] for section in Section}
    for table in metadata.sorted_tables:
        own = OWN[table.name]
        if own.section is None:
            continue
        rows = await tx.execute(select(table).where(_hers(table, customer_id)))
        found = [_item(own, dict(row._mapping), roles, names) for row in rows]
        if table.name == "consents":
            for item in found:
                item["words"] = texts.get((item["purpose"], item["text_version"]), {})
        sections[own.section.value] += found
    told = await own_memberships(tx, customer_id, programmes, at=now.astimezone(zone), currency=currency)
    _tell_memberships(sections[Section.LOYALTY.value], told)
    await _tell_imports(tx, sections)
    for items in sections.values():
        items.sort(key=lambda item: (item["at"] or "", item["what"], str(item.get("id", ""))))
    return {
        "made_at": now.isoformat(),
        "sections": sections,
        "not_listed": {str(name): own.why for name, own in sorted(OWN.items()) if own.section is None},
    }


def _tell_memberships(items: Iterable[Item], told: Iterable[OwnMembership]) -> None:
    known = {(each.name, each.since.isoformat()): each for each in told}
    for item in items:
        if item["what"] != OWN["memberships"].what:
            continue
        name = str(item["name"]).removeprefix(HELD_OUT).removeprefix(PROGRAMME)
        own = known.get((name, item["at"]))
        if own is not None:
            item |= {"silent": own.silent, "held_out": own.held_out, "why": own.why, "title": own.title}


async def _tell_imports(tx: Tx, sections: Mapping[str, list[Item]]) -> None:
    """Say of what an import brought when and from which file it came, the fields of her profile among it."""
    brought = [item for items in sections.values() for item in items if "import_id" in item]
    if not brought:
        return
    ids = {item["import_id"] for item in brought}
    wanted = select(imports.c.id, imports.c.source, imports.c.started_at).where(imports.c.id.in_(sorted(ids)))
    known = {row.id: (row.source, _plain(row.started_at)) for row in await tx.execute(wanted)}
    undated = {OWN[table].what for table in ("import_changes", "foreign_records")}
    for item in brought:
        if item["import_id"] in known:
            item["import"], at = known[item["import_id"]]
            if item["what"] in undated:
                item |= {"at": at, "source": f"import: {item['import']}"}
    changes = [item for item in brought if item["what"] == OWN["import_changes"].what and item["at"]]
    for profile in sections[Section.PROFILE.value]:
        if profile["what"] == OWN["customers"].what:
            sources: dict[str, dict[str, str]] = {}
            for item in sorted(changes, key=lambda item: (item["at"], item["import_id"])):
                given = {item["field"]: item.get("after")} if "field" in item else item.get("after") or {}
                came = {"source": item["source"], "at": item["at"]}
                sources |= {name: came for name, value in given.items() if value and profile.get(name) == value}
            if sources:
                profile["sources"] = sources


async def _texts(tx: Tx) -> dict[tuple[str, str], dict[str, str]]:
    """Return the words that were agreed to, by purpose and version: {language: text}."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for row in await tx.execute(select(consent_texts)):
        found.setdefault((row.purpose, row.version), {})[row.language] = row.text
    return found


def _hers(table: Table, customer_id: int) -> ColumnElement[bool]:
    erasing = ERASING[table.name]
    if table is audit:
        of_cases = select("case:" + cases.c.id.cast(audit.c.subject.type)).where(cases.c.customer_id == customer_id)
        return or_(audit.c.subject == f"customer:{customer_id}", audit.c.subject.in_(of_cases))
    if table is exclusions:  # its key begins with the sending: a look for each instead of at every row of all
        return and_(table.c.sending_id.in_(select(sendings.c.id)), table.c.customer_id == customer_id)
    through = ("run_id", runs.name) if table.name == "answers" else erasing.through
    if through is not None:
        parent = metadata.tables[through[1]]
        return table.c[through[0]].in_(select(parent.c.id).where(parent.c.customer_id == customer_id))
    return or_(*(table.c[column] == customer_id for column in erasing.by))


def _item(own: Own, row: Mapping[str, Any], roles: Mapping[int, str], names: Mapping[int, str]) -> Item:
    item: Item = {"what": own.what, "source": row.get("source") or own.source or "not kept"}
    item["at"] = _plain(row[own.at]) if own.at else None
    for column, value in row.items():
        name = str(column)
        if name in HIDDEN or name in own.without or name == "source" or value is None or value == "":
            continue
        if name in BY_ROLE:
            item[name.removesuffix("_id")] = roles.get(value, "staff")
        elif name in _SENDINGS:
            item["newsletter"] = names.get(value, str(value))
        else:
            item[name if name != "at" else "when"] = _plain(value)
    if item.get("name") == REFERRED_BY and "value" in item:
        item["value"] = "another customer"
    return item


def _plain(value: Any) -> Any:
    match value:
        case dt.datetime() | dt.date() | dt.time():
            return value.isoformat()
        case Decimal():
            return float(value)
        case dict():
            return {str(key): _plain(each) for key, each in value.items()}
        case list() | tuple():
            return [_plain(each) for each in value]
        case _:
            return value
