"""A date that is none, within { }: the place and the remedy are those of the date, and the reading goes on."""

from __future__ import annotations

from domain.documents_syntax import syntax_faults


def test_wrong_date_within_braces_is_told_as_one_and_what_follows_too() -> None:
    """TOML's reader tells of a brace that is not closed, which it is; a brace that is open is still told as that."""
    first, second = syntax_faults("a = 1\nvalid = { from = 2027-13-01, until = 2027-12-01 }\nb = = 2\n", "f.toml")
    assert str(first) == "f.toml:2: from: no such date; write it as 2027-03-28"
    assert second.line == 3
    (open_,) = syntax_faults("valid = { from = 2027-12-01\n", "f.toml")
    assert open_.problem == "a table in { } is not closed"
