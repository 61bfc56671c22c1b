"""Links that open the bot: what a token may hold, and how it is read back."""

from __future__ import annotations

import pytest

from domain.links import read_start, start_link, start_token


def test_token_is_read_back_as_it_was_made() -> None:
    """The letter and the rest come apart again, also where the rest has the same sign as the seam."""
    assert read_start(start_token("r", "7K2M-x_9")) == ("r", "7K2M-x_9")


@pytest.mark.parametrize("foreign", ["", "r", "r-", "-x", "rr-x", "r x", "r-ä", "r-" + "x" * 63])
def test_what_is_no_token_of_ours_is_none(foreign: str) -> None:
    """Whatever is typed after /start is looked at and left alone."""
    assert read_start(foreign) is None


@pytest.mark.parametrize("rest", ["", "a b", "é", "x" * 63])
def test_token_that_telegram_would_drop_is_not_made(rest: str) -> None:
    """A link with it would open the bot and say nothing."""
    with pytest.raises(ValueError, match="token"):
        start_token("c", rest)


def test_link_opens_the_bot() -> None:
    """Until the name is known, the token by itself can still be typed."""
    assert start_link("corner_shop_bot", "c-AB") == "https://t.me/corner_shop_bot?start=c-AB"
    assert start_link("", "c-AB") == "c-AB"
