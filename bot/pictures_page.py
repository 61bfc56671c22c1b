"""What a picture of satisfaction shows, laid out in words and numbers: the page, its panels, bars and points."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Mood(enum.StrEnum):
    """Whether an answer is bad, middling or good: told by place and words too, never by colour alone."""

    BAD = "bad"
    MIDDLE = "middle"
    GOOD = "good"


@dataclass(frozen=True, slots=True)
class Share:
    """A part of all answers: `share` from 0 to 1."""

    label: str
    share: float
    mood: Mood


@dataclass(frozen=True, slots=True)
class Bar:
    """How many chose one answer."""

    label: str
    count: int
    mood: Mood


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """
    A month's or a wave's score with its interval; `value` is None where there were too few answers for one.

    *written* is the score in words, *below* a second line under the label, such as n.
    """

    label: str
    value: float | None
    low: float | None = None
    high: float | None = None
    written: str = ""
    below: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """
    One score as it is drawn. `point`, `low` and `high` stand on `scale`; None when there are too few answers, and
    then `value` says so in words. Two waves or more are shown in place of the trend.
    """

    title: str
    value: str
    unit: str
    interval: str
    caption: str
    scale: tuple[float, float]
    point: float | None = None
    low: float | None = None
    high: float | None = None
    shares: tuple[Share, ...] = ()
    bars: tuple[Bar, ...] = ()
    trend: tuple[TrendPoint, ...] = ()
    waves: tuple[TrendPoint, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """A whole picture: headings and at most three panels."""

    title: str
    subtitle: str
    panels: tuple[Panel, ...]
    bars_title: str = ""
    trend_title: str = ""
    waves_title: str = ""
