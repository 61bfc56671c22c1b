"""Regular expressions that could take hours are found, and the ordinary ones are let through."""

from __future__ import annotations

import pytest

from domain.documents_patterns import takes_long


@pytest.mark.parametrize(
    "pattern",
    [
        *("(a+)+", "(a*)*", r"(\w+ ?)*", "(a|aa)+", "(x+x+)+y", "([a-z]+)*\\d", r"(\d{1,20})+", "(a?b?)*"),
        *(r"(\s*\d+\s*)+", "(.*a){20}", ".*.*.*=", "^(([a-z])+.)+[A-Z]([a-z])+$", "(?i:(A|a)+)+", "(?:a|b|ab)*c"),
        "a" * 200,
    ],
)
def test_pattern_that_can_read_the_same_signs_in_many_ways_takes_long(pattern: str) -> None:
    """Each of these needs exponential or cubic time on some text (the last one is too long to be judged)."""
    assert takes_long(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        *(r"\d{6}", r"[A-Z]{2}-\d{4,8}", r"(\w+ )*\w+", r"(\d{1,3}\.){3}\d{1,3}", r"[^@\s]+@[^@\s]+\.[a-z]+"),
        *(r"(?i:ab|cd)+", r"\d{5}( \d{4})?", r"FI\d{2}( ?\d{4}){3} ?\d{2}", ".+", ".*x.*", "", r"(?P<a>\d+)(?P=a)"),
        *(
            r"\d+(,\d+)*",
            r"\w+ \w+ \w+",
            r"\+?\d[\d ]{5,15}",
            r"[A-ZÅÄÖ]{3}[ -]?\d{3}",
            "(?!0)[0-9]+",
            "a*+b",
            "(?>a+)b",
        ),
    ],
)
def test_ordinary_pattern_is_let_through(pattern: str) -> None:
    """Order numbers, post codes, account numbers, addresses, plates, lists."""
    assert not takes_long(pattern)
