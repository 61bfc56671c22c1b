"""Tables as Parquet files, in row groups; pyarrow is optional and imported only here."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from bot.survey_table import TableColumn, Type


def can_write_parquet() -> bool:
    """Say whether pyarrow is there."""
    return importlib.util.find_spec("pyarrow") is not None


class ParquetFile:
    """A Parquet file that is being written: each call of `write` makes a row group, and no more is kept in memory."""

    def __init__(self, path: Path, columns: Sequence[TableColumn]) -> None:
        import pyarrow
        from pyarrow import parquet

        types: dict[Type, Any] = {
            Type.WHOLE: pyarrow.int64(),
            Type.NUMBER: pyarrow.float64(),
            Type.TEXT: pyarrow.string(),
            Type.YES_NO: pyarrow.bool_(),
            Type.TIME: pyarrow.timestamp("us", tz="UTC"),
            Type.DATE: pyarrow.date32(),
            Type.LIST: pyarrow.list_(pyarrow.string()),
        }
        self._arrow = pyarrow
        self._schema = pyarrow.schema([(column.name, types[column.type]) for column in columns])
        self._writer = parquet.ParquetWriter(path, self._schema)

    def write(self, rows: Sequence[Sequence[Any]]) -> None:
        """Write *rows* as one row group; a value that its column cannot hold raises."""
        if not rows:
            return
        columns = [
            self._arrow.array(values, field.type)
            for values, field in zip(zip(*rows, strict=True), self._schema, strict=True)
        ]
        self._writer.write_table(self._arrow.Table.from_arrays(columns, schema=self._schema))

    def __enter__(self) -> ParquetFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()
