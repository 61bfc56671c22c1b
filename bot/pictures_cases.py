"""The picture of cases: how many, how old the open ones are, how quickly they are settled, and what they are about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.pictures_canvas import BAND, COLOURS, INK, LINE, SOFT, TRACK, axes_at, blank, png, rule, write
from bot.pictures_page import Bar, Mood

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LONGEST_TITLE = 34
_LONGEST_LABEL = 26
_HIGHEST = 0.76  # above it stands the note
_TEXT = 0.3  # how much of the curve's width a mark's words take


@dataclass(frozen=True, slots=True)
class Mark:
    """A point of the curve that has a name: by *at*, all but *share* are over."""

    at: float
    share: float
    written: str


@dataclass(frozen=True, slots=True)
class Fall:
    """
    A curve that falls from 1: at each of *steps* (time, share, low, high) to that share; drawn up to the time *end*.

    *ticks* are times with what is written below them, *note* is what the curve does not show.
    """

    steps: tuple[tuple[float, float, float, float], ...]
    end: float
    ticks: tuple[tuple[float, str], ...]
    marks: tuple[Mark, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One row of a comparison: its share of the longest bar (0 to 1), and its figures in words."""

    label: str
    share: float
    written: str


@dataclass(frozen=True, slots=True)
class CasesPage:
    """
    The whole picture; every word comes ready.

    *figures* are (value, what it counts). *no_curve* says why there is no curve.
    """

    title: str
    subtitle: str
    figures: tuple[tuple[str, str], ...]
    ages_title: str
    ages: tuple[Bar, ...]
    curve_title: str
    curve: Fall | None
    no_curve: str
    parts_title: str
    parts: tuple[Part, ...]


def draw_cases(page: CasesPage) -> bytes:
    """Return *page* as a PNG."""
    figure = blank()
    write(figure, 0.06, 0.953, _short(page.title, _LONGEST_TITLE), size=31, weight="bold")
    write(figure, 0.06, 0.918, page.subtitle, size=19, colour=SOFT)
    _figures(figure, page.figures, 0.862)
    rule(figure, 0.792)
    write(figure, 0.06, 0.772, page.ages_title, size=20, weight="bold", va="top")
    _ages(figure, page.ages, 0.617, 0.105)
    rule(figure, 0.575)
    write(figure, 0.06, 0.555, page.curve_title, size=20, weight="bold", va="top")
    if page.curve is None:
        write(figure, 0.06, 0.50, page.no_curve, size=18, colour=SOFT, va="top")
    else:
        _curve(figure, page.curve, 0.318, 0.195)
    rule(figure, 0.262)
    write(figure, 0.06, 0.242, page.parts_title, size=20, weight="bold", va="top")
    _parts(figure, page.parts, 0.193)
    return png(figure)


def _figures(figure: Figure, figures: Sequence[tuple[str, str]], y: float) -> None:
    width = 0.88 / max(len(figures), 1)
    for place, (value, label) in enumerate(figures):
        write(figure, 0.06 + place * width, y - 0.010, value, size=40, weight="bold", va="baseline")
        write(figure, 0.06 + place * width, y - 0.042, label, size=16, colour=SOFT, va="baseline")


def _ages(figure: Figure, bars: Sequence[Bar], bottom: float, height: float) -> None:
    axes = axes_at(figure, 0.06, bottom, 0.88, height)
    most = max((bar.count for bar in bars), default=0) or 1
    axes.set_ylim(0, most * 1.25)
    axes.set_xlim(-0.5, len(bars) - 0.5)
    for place, bar in enumerate(bars):
        axes.bar(place, bar.count, width=0.72, color=COLOURS[bar.mood])
        axes.text(place, bar.count + most * 0.05, str(bar.count), ha="center", fontsize=18, color=INK)
        axes.text(place, -most * 0.09, bar.label, ha="center", va="top", fontsize=17, color=SOFT)
    axes.plot([-0.5, len(bars) - 0.5], [0, 0], color=LINE, linewidth=2)


def _curve(figure: Figure, curve: Fall, bottom: float, height: float) -> None:
    """The share that is open still, in steps, within its interval; half and nine of ten are marked on it."""
    axes = axes_at(figure, 0.135, bottom, 0.775, height)
    axes.set_xlim(0, curve.end)
    axes.set_ylim(0, 1)
    for share in (0.0, 0.5, 1.0):
        axes.plot([0, curve.end], [share, share], color=LINE, linewidth=1.5, zorder=0)
        label = f"{share:.0%}".replace("%", " %")
        axes.text(-0.012 * curve.end, share, label, ha="right", va="center", fontsize=16, color=SOFT)
    steps = [(0.0, 1.0, 1.0, 1.0), *(step for step in curve.steps if step[0] <= curve.end)]
    steps.append((curve.end, *steps[-1][1:]))
    times, shares, lows, highs = ([step[column] for step in steps] for column in range(4))
    axes.fill_between(times, lows, highs, step="post", color=BAND, alpha=0.55, linewidth=0)
    axes.step(times, shares, where="post", color=COLOURS[Mood.GOOD], linewidth=5)
    for at, label in curve.ticks:
        axes.plot([at, at], [0, -0.03], color=LINE, linewidth=2, clip_on=False)
        axes.text(at, -0.06, label, ha="center", va="top", fontsize=16, color=SOFT)
    axes.text(curve.end, 0.94, curve.note, ha="right", va="top", fontsize=17, color=SOFT)
    for mark in curve.marks:
        _mark(axes, curve, mark)


def _mark(axes: Axes, curve: Fall, mark: Mark) -> None:
    axes.plot([mark.at, mark.at], [0, mark.share], color=INK, linewidth=2.5, linestyle=(0, (3, 2)))
    axes.plot([mark.at], [mark.share], color=INK, marker="o", markersize=11, clip_on=False)
    is_late = mark.at > curve.end * 0.6
    beside = mark.at - curve.end * _TEXT if is_late else mark.at
    above = next((high for at, _, _, high in reversed(curve.steps) if at <= beside), 1.0)
    axes.text(
        mark.at + curve.end * (-0.014 if is_late else 0.018),
        min(max(above, mark.share) + 0.05, _HIGHEST),
        mark.written,
        ha="right" if is_late else "left",
        va="bottom",
        fontsize=18,
        color=INK,
        fontweight="bold",
    )


def _parts(figure: Figure, parts: Sequence[Part], top: float) -> None:
    """Each row has its name and its figures above its bar."""
    step = 0.050
    for place, part in enumerate(parts):
        y = top - place * step
        write(figure, 0.06, y - 0.007, _short(part.label, _LONGEST_LABEL), size=18, va="baseline")
        write(figure, 0.94, y - 0.007, part.written, size=17, colour=SOFT, ha="right", va="baseline")
        axes = axes_at(figure, 0.06, y - 0.026, 0.88, 0.011)
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1)
        axes.barh(0.5, 1, height=1, color=TRACK)
        axes.barh(0.5, part.share, height=1, color=COLOURS[Mood.GOOD])


def _short(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"
