"""CSV files as they come: any delimiter, encoding and quoting, and the true line of each row that is broken."""

from __future__ import annotations

import io
from typing import Any

import pytest

from bot.imports_csv import CsvSource
from bot.imports_running import open_source
from domain.faults import Faults
from domain.imports import Mapped, RowProblem

_FINNISH = "nimi;ryhmä\nMäkelä;työkalut\nÅström;öljyt\n"
_CZECH = "jméno;skupina\nDvořák;žárovky\nŠťastný;kůže, nářadí\nČervený;příbory\n"


def _source(text: str | bytes, *, batch: int = 10_000, **options: str | None) -> CsvSource:
    data = text if isinstance(text, bytes) else text.encode()
    return CsvSource("till.csv", lambda: io.BytesIO(data), batch=batch, **options)


def _rows(source: CsvSource, together: str | None = None) -> tuple[list[tuple[Any, ...]], list[RowProblem]]:
    bad: list[RowProblem] = []
    mapped = Mapped(source.header, {name: place for place, name in enumerate(source.header)})
    found = []
    for batch in source.batches(mapped, bad, together):
        cells = zip(*batch.cells, strict=True)
        found += [(line, *row) for line, row in zip(batch.lines, cells, strict=True)]
    return found, bad


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_is_found(delimiter: str) -> None:
    """Whatever parts the cells, also where another delimiter stands within them."""
    source = _source(delimiter.join("abc") + "\n" + delimiter.join(("1", '"2;5,0|1\t"', "3")) + "\n")
    assert source.header == ("a", "b", "c")
    assert _rows(source)[0] == [(2, "1", "2;5,0|1\t", "3")]


def test_decimal_commas_are_no_delimiters() -> None:
    """A semicolon parts cells of which several have a comma; the line that Excel writes for itself is passed by."""
    assert _source("a;b\n1,5;2,5\n3,5;4,5\n").header == ("a", "b")
    source = _source("sep=;\na;b\n1,5;2,5\n")
    assert (source.header, _rows(source)[0]) == (("a", "b"), [(3, "1,5", "2,5")])


@pytest.mark.parametrize(
    ("text", "encoding", "named"),
    [
        (_FINNISH, "utf-8", "utf-8"),
        (_FINNISH, "utf-8-sig", "utf-8-sig"),
        (_FINNISH, "utf-16", "utf-16"),
        (_FINNISH, "utf-16-le", "utf-16-le"),
        (_FINNISH, "utf-16-be", "utf-16-be"),
        (_FINNISH, "windows-1252", "windows-1252"),
        (_FINNISH, "iso-8859-1", "windows-1252"),
        (_FINNISH + "x;5 €\n", "iso-8859-15", "iso-8859-15"),
        (_FINNISH + "x;5 €\n", "windows-1252", "windows-1252"),
        (_CZECH, "utf-8", "utf-8"),
        (_CZECH, "windows-1250", "windows-1250"),
        (_CZECH, "iso-8859-2", "iso-8859-2"),
    ],
)
def test_encoding_is_found_and_named(text: str, encoding: str, named: str) -> None:
    """By its mark, by its zeros, by being valid UTF-8, or by its letters: Finnish and Czech ones are told apart."""
    source = _source(text.encode(encoding))
    assert source.notes["encoding"] == named
    rows = [";".join(row[1:]) for row in _rows(source)[0]]
    assert [";".join(source.header), *rows] == text.splitlines()


def test_lines_are_those_of_the_file_also_after_cells_with_line_ends() -> None:
    """A row's line is where it begins; empty lines count as lines and are no rows."""
    found, bad = _rows(_source('a,b\n"1\n2\n3",x\n\n4,y\n,\n5\n6,z,\n7,z,8\n'))
    assert found == [(2, "1\n2\n3", "x"), (6, "4", "y"), (9, "6", "z")]
    assert [(each.line, each.problem.split(";")[0]) for each in bad] == [
        (8, "the row has 1 cells and the header 2"),
        (10, "the row has 3 cells and the header 2"),
    ]


def test_quotation_mark_that_is_never_closed_costs_one_line() -> None:
    """The lines that it would have swallowed are read as the rows that they are."""
    found, bad = _rows(_source('a,b\n1,"x\n2,y\n3,5" nail\n4,"5"" nail"\n5,"z"z\n6,z\n'))
    assert found == [(3, "2", "y"), (4, "3", '5" nail'), (5, "4", '5" nail'), (7, "6", "z")]
    assert [each.line for each in bad] == [2, 6]
    assert all("quotation mark stands alone" in each.problem for each in bad)


def test_cell_without_end_costs_one_line() -> None:
    """Whatever is longer than a cell may be is named, and the reading goes on."""
    found, bad = _rows(_source("a,b\n1," + "x" * 200_000 + "\n2,y\n"))
    assert (found, [each.line for each in bad]) == ([(3, "2", "y")], [2])


def test_lines_of_a_receipt_are_not_parted_between_batches() -> None:
    """A batch ends where the receipt changes; one receipt of many batches' size is parted at last."""
    source = _source("r\n" + "".join(f"{receipt}\n" * 3 for receipt in "abcd"), batch=4)
    mapped = Mapped(("r",), {"receipt": 0})
    assert [len(batch) for batch in source.batches(mapped, [], "receipt")] == [3, 3, 3, 3]
    source = _source("r\n" + "a\n" * 40, batch=4)
    assert sum(len(batch) for batch in source.batches(mapped, [], "receipt")) == 40


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "the file is empty"),
        (b"\n\n\n", "no header"),
        (b"PK\x03\x04....", "a spreadsheet or an archive"),
        (b"\x1f\x8b\x08....", "gunzip"),
        (b"%PDF-1.7", "a PDF document"),
        (b"PAR1 and nothing else", "is none, or is broken"),
    ],
)
def test_what_is_no_table_is_refused_with_a_remedy(data: bytes, told: str) -> None:
    """A spreadsheet, a picture or nothing at all."""
    with pytest.raises(Faults, match=told):
        open_source("till.csv", lambda: io.BytesIO(data))


def test_encoding_that_is_none_of_text_is_refused() -> None:
    """Asked for by name, it is taken at its word, if it is one."""
    assert _source("a,b\n1,\xe4\n".encode("cp850"), encoding="cp850").notes["encoding"] == "cp850"
    for name in ("nonsense", "rot13", "base64", "utf-7", "idna", "unicode_escape"):
        with pytest.raises(Faults, match="no text encoding"):
            _source("a,b\n", encoding=name)
    unmarked = "customer,at\n1,2\n".encode("utf-16-le")
    for name in ("utf-16", "utf-32"):
        with pytest.raises(Faults, match=f"cannot be read as {name} .*; leave --encoding out"):
            _source(unmarked, encoding=name)
    assert _source(unmarked).header == ("customer", "at")
