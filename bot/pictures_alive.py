"""The picture of a back-test: what was expected and what happened, by how often customers had bought, and by decile."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.pictures_canvas import BAND, COLOURS, INK, LINE, SOFT, axes_at, blank, png, rule, write
from bot.pictures_page import Mood

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True)
class Beside:
    """Two bars beside each other, with what stands below them."""

    label: str
    expected: float
    happened: float
    below: str = ""


@dataclass(frozen=True, slots=True)
class AlivePage:
    """Every word and number of the page, ready to be drawn; *notes* stand at the foot."""

    title: str
    subtitle: str
    value: str
    caption: str
    names: tuple[str, str]
    groups_title: str
    groups: Sequence[Beside]
    deciles_title: str
    deciles: Sequence[Beside]
    notes: Sequence[str] = ()


async def draw_alive(page: AlivePage) -> bytes:
    """Return *page* as a PNG, drawn in a thread."""
    return await asyncio.to_thread(_drawn, page)


def _drawn(page: AlivePage) -> bytes:
    figure = blank()
    write(figure, 0.06, 0.953, page.title, size=31, weight="bold")
    write(figure, 0.06, 0.918, page.subtitle, size=19, colour=SOFT)
    write(figure, 0.06, 0.872, page.value, size=32, weight="bold", va="top")
    write(figure, 0.06, 0.830, page.caption, size=18, colour=SOFT, va="top")
    _key(figure, page.names)
    rule(figure, 0.762)
    _bars(figure, page.groups_title, page.groups, top=0.748)
    rule(figure, 0.430)
    _bars(figure, page.deciles_title, page.deciles, top=0.415)
    for place, note in enumerate(page.notes):
        write(figure, 0.06, 0.075 - 0.024 * place, note, size=16, colour=SOFT)
    return png(figure)


def _key(figure: Figure, names: tuple[str, str]) -> None:
    for place, (name, colour) in enumerate(zip(names, (BAND, COLOURS[Mood.GOOD]), strict=True)):
        axes = axes_at(figure, 0.06 + 0.22 * place, 0.781, 0.03, 0.016)
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1)
        axes.barh(0.5, 1, height=1, color=colour)
        write(figure, 0.10 + 0.22 * place, 0.789, name, size=18, colour=INK)


def _bars(figure: Figure, title: str, bars: Sequence[Beside], top: float) -> None:
    """Pairs of bars, each with its numbers above."""
    write(figure, 0.06, top, title, size=20, weight="bold", va="top")
    axes = axes_at(figure, 0.06, top - 0.255, 0.88, 0.200)
    most = max((max(bar.expected, bar.happened) for bar in bars), default=0.0) or 1.0
    axes.set_ylim(0, most * 1.15)
    axes.set_xlim(-0.6, max(len(bars), 1) - 0.4)
    for place, bar in enumerate(bars):
        for side, value, colour in ((-0.2, bar.expected, BAND), (0.2, bar.happened, COLOURS[Mood.GOOD])):
            axes.bar(place + side, value, width=0.38, color=colour)
            axes.text(
                place + side, value + most * 0.02, _short(value), ha="center", fontsize=13 if len(bars) > 8 else 15,
                color=INK, parse_math=False,
            )  # fmt: skip
        axes.text(place, -most * 0.05, bar.label, ha="center", va="top", fontsize=16, color=INK, parse_math=False)
        axes.text(place, -most * 0.17, bar.below, ha="center", va="top", fontsize=11, color=SOFT, parse_math=False)
    axes.plot([-0.6, len(bars) - 0.4], [0, 0], color=LINE, linewidth=2)


def _short(value: float) -> str:
    return f"{value:.0f}" if value >= 10 else f"{value:.1f}" if value >= 1 else f"{value:.2f}"
