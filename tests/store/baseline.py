"""
Writes the SQL of the first revision anew from `store.tables`; only until the first release, then it never changes.

Run: `python -m tests.store.baseline`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Dialect, Table, create_mock_engine
from sqlalchemy.schema import CreateIndex, CreateTable

import store.migrations
from store.tables import metadata

FOLDER = Path(store.migrations.__file__).parent / "versions"
DIALECTS: dict[str, Dialect] = {
    "sqlite": create_mock_engine("sqlite+aiosqlite://", print).dialect,
    "postgresql": create_mock_engine("postgresql+asyncpg://", print).dialect,
}


def script_for(dialect: Dialect) -> str:
    """Give the statements that create all tables and indexes, parents before children."""
    blocks = [
        "\n".join(statement.strip() + ";" for statement in _statements(table, dialect))
        for table in metadata.sorted_tables
    ]
    lines = "\n\n".join(blocks).replace("\t", "    ").splitlines()
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _statements(table: Table, dialect: Dialect) -> Iterator[str]:
    yield str(CreateTable(table).compile(dialect=dialect))
    for index in sorted(table.indexes, key=lambda each: str(each.name)):
        yield str(CreateIndex(index).compile(dialect=dialect))


def main() -> None:
    """Write both files."""
    for name, dialect in DIALECTS.items():
        (FOLDER / f"r0001_initial.{name}.sql").write_text(script_for(dialect), encoding="utf-8")


if __name__ == "__main__":
    main()
