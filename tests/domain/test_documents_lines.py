"""The line scanner: it finds every path that tomllib finds, and never breaks on broken text."""

from __future__ import annotations

import tomllib

from hypothesis import example, given
from hypothesis import strategies as st

from domain.documents_lines import LeftOpen, Path, scan_lines

TEXT = """\
id = "nps"   # name
start = { after = "case_closed", delay = "2d", words = ["a", "b"] }
remind = [
  "20h",  # first
  [1, 2],
]
"odd key".'x.y' = 1979-05-27T07:32:00Z

[[ask]]
id = "score"
say.fi = '''
Kuinka ["todennäköisesti"] = suosittelisit'''
say.en = "How # likely"
  [[ask.option]]
  id = "a"

[[ask.option]]
id = "b"
[ask.more]
x = 1.5

[[ask]]
id = "why"
[last.table]
"""


def paths_in(value: object, base: Path = ()) -> set[Path]:
    found: set[Path] = set()
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        found |= {(*base, key)} | paths_in(inner, (*base, key))
    return found


def test_every_path_that_tomllib_finds_has_a_line() -> None:
    """No key of a valid text is without a place, whichever way it is written."""
    assert set(scan_lines(TEXT).keys) == paths_in(tomllib.loads(TEXT))


def test_lines_are_those_of_the_key_itself() -> None:
    """A fault must lead to the line that is to be mended."""
    keys = scan_lines(TEXT).keys
    expected: dict[Path, int] = {
        ("start", "delay"): 2,
        ("remind",): 3,
        ("remind", 0): 4,
        ("remind", 1, 1): 5,
        ("odd key", "x.y"): 7,
        ("ask", 0): 9,
        ("ask", 0, "say"): 11,
        ("ask", 0, "say", "en"): 13,
        ("ask", 0, "option", 1, "id"): 18,
        ("ask", 0, "more", "x"): 20,
        ("ask", 1, "id"): 23,
        ("last", "table"): 24,
    }
    assert {path: keys[path] for path in expected} == expected


def test_content_of_a_long_text_begins_below_its_quotes() -> None:
    """A rule in a long text is pointed at by its own line, not by that of its key."""
    contents = scan_lines(TEXT).contents
    assert contents["ask", 0, "say", "fi"] == 12
    assert contents["ask", 0, "say", "en"] == 13


def test_open_list_and_open_text_are_told_with_their_first_line() -> None:
    """The mistake is where the list began, not where the file ended."""
    assert scan_lines("a = 1\nb = [1,\nc = 2\n").left_open == LeftOpen("list", 2)
    assert scan_lines('a = 1\nb = """x\nc = 2\n').left_open == LeftOpen("text", 2)
    assert scan_lines(TEXT).left_open is None


@given(st.text(alphabet=list("ab=[]{}.,\"'#\n \\1"), max_size=60))
@example('a = """"""\nb = 1')
@example('a = """x"""""\nb = 1')
def test_any_text_is_scanned_and_a_valid_one_completely(text: str) -> None:
    """Broken text never breaks the scan; valid text has all its paths."""
    lines = scan_lines(text)
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    assert set(lines.keys) == paths_in(values)
