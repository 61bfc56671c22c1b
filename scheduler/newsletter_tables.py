"""
Tables in a newsletter's front matter: `[by.town]` says what is otherwise in each town, one row for each, and a default.

`[by.town.near]` sends towns without a row of their own to the row of another: the nearest store's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal

from domain.documents import Table
from domain.documents_values import Kind, MisfitError, shown, text
from domain.faults import did_you_mean
from domain.newsletters import Cell, Tailored

ATTRIBUTES = ("town", "language", "kind")
"""What a table may be by, besides the facts; any other name is the fact of that name."""

_DEFAULT, _NEAR = "default", "near"


def _read_cell(value: object) -> Cell:
    match value:
        case str() | bool() | int():
            return value
        case Decimal() if value.is_finite():
            return value
        case dt.date() if not isinstance(value, dt.datetime):
            return value
        case dict() if value and all(isinstance(each, str) for each in value.values()):
            return value
    wanted = "a text, a number, true, false, a day, or a text in each language"
    raise MisfitError(f"{shown(value)} is not {wanted}", 'write for example "Koskipuisto", 450, or { fi = "Kyllä" }')


_UNREAD: Cell = {}
_CELL: Kind[Cell] = Kind("a text or a number", '"Koskipuisto"', _UNREAD, _read_cell)


def read_tables(table: Table, languages: Sequence[str]) -> Mapping[str, Tailored]:
    """Read all tables below `[by]`; a text that is there in several languages must be there in all of *languages*."""
    return {name: _read(table.section(name), languages) for name in table.keys}


def _read(table: Table, languages: Sequence[str]) -> Tailored:
    names = [name for name in table.keys if name not in {_DEFAULT, _NEAR}]
    default_table = table.maybe_table(_DEFAULT)
    default: Mapping[str, Cell] = {} if default_table is None else _row(default_table, languages)
    rows: dict[str, Mapping[str, Cell]] = {}
    for name in names:
        inner = table.section(name)
        row = _row(inner, languages)
        if name.strip().casefold() in rows:
            table.fault(name, "stands in the table twice, but for capitals", "keep one row for it")
        rows[name.strip().casefold()] = row
        if default_table is not None and row:
            _compare(inner, row, default)
    if default_table is None:
        example = ", ".join(next((list(row) for row in rows.values() if row), ["store"]))
        remedy = f"add default = {{ ... }} with what all others see ({example})"
        table.fault(None, "has no default: most customers would see nothing", remedy)
    near = table.section(_NEAR)
    nearest = {place: to.strip().casefold() for place, to in near.mapping(text()).items()}
    for place, to in nearest.items():
        if place.strip().casefold() in rows:
            near.fault(place, "has a row of its own", "keep the row, or this line")
        elif to and to not in rows:
            near.fault(place, f'there is no row "{to}"', did_you_mean(to, names, otherwise="add the row"))
    found = {place.strip().casefold(): rows[to] for place, to in nearest.items() if to in rows}
    return Tailored(default, {**found, **rows})


def _row(table: Table, languages: Sequence[str]) -> Mapping[str, Cell]:
    row = table.mapping(_CELL)
    for key, cell in row.items():
        if not key.isidentifier():
            table.fault(key, f'"{key}" can be named in no text', "write it of letters, digits and _")
        missing = [each for each in languages if each not in cell] if isinstance(cell, Mapping) and cell else []
        if missing:
            problem = f"has no text in {', '.join(missing)}, in which the newsletter is written"
            table.fault(key, problem, f'add {missing[0]} = "..."')
    if not row:
        table.fault(None, "says nothing", 'write for example { store = "Koskipuisto", price = 450 }')
    return row


def _compare(table: Table, row: Mapping[str, Cell], default: Mapping[str, Cell]) -> None:
    """Every row has what the default has, of the same kind: else a text would break for one town."""
    for key in default:
        if key not in row:
            table.missing(key, None, f"has no {key}, which the default has", f"add {key} = ...")
        elif _UNREAD not in (row[key], default[key]) and _kind(row[key]) != _kind(default[key]):
            problem = f"is {_kind(row[key])}, and in the default it is {_kind(default[key])}"
            table.fault(key, problem, "write the same kind in all rows")
    for key in row:
        if key not in default:
            remedy = did_you_mean(key, default, otherwise="add it to the default, too")
            table.fault(key, "is not in the default", remedy)


def _kind(cell: Cell) -> str:
    match cell:
        case bool():
            return "true or false"
        case int() | Decimal():
            return "a number"
        case dt.date():
            return "a day"
        case _:
            return "a text"
