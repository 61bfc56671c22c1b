"""The sample of a wave as options of a command, and what it would be before anybody is asked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

import click

from bot.commands.frame import Refused, give_table
from bot.commands.newsletter_status import largest
from bot.config import Config
from dialogues.library import Library
from domain.documents_values import SPAN, Kind, MisfitError
from domain.drawing import sizes_of
from domain.sampling import FIELDWORK, Sampling, Share, Size, Target
from scheduler.recontact import rests_for
from scheduler.sample_reading import BY, LARGEST, LONGEST, SHARE
from store.database import Tx
from store.frames import frame_counts

F = TypeVar("F", bound=Callable[..., Any])


class _Written(click.ParamType[Any]):
    """An option whose value is written as in a plan's file."""

    def __init__(self, kind: Kind[Any], name: str) -> None:
        self.kind = kind
        self.name = name

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read the value, or say what to write."""
        if not isinstance(value, str):
            return value
        try:
            return self.kind.read(value)
        except MisfitError as misfit:
            self.fail(str(misfit), param, ctx)


_COUNT = click.IntRange(1, LARGEST)
_OPTIONS = (
    click.option("--share", type=_Written(SHARE, "PERCENT"), help='A random share: "20 %" of those who may be asked.'),
    click.option("--size", type=_COUNT, help="So many at random."),
    click.option("--target", type=_COUNT, help="In rounds, until there are so many answers."),
    click.option("--fieldwork", type=_Written(SPAN, "TIME"), help='With --target: for so long at most, as in "14d".'),
    click.option("--by", type=_Written(BY, "NAME"), help="In proportion to the values of an attribute or a fact."),
    click.option("--equal", is_flag=True, help="With --by: as many of each value."),
    click.option("--least", type=_COUNT, help="With --by: at least so many of each value."),
    click.option("--seed", metavar="SEED", help="Draw as another time; made up when left out, and kept."),
    click.option(
        "--recontact", type=_Written(SPAN, "TIME"), help="Since she was asked the same; as elsewhere if left out."
    ),
)


@dataclass(frozen=True, slots=True)
class SampleOptions:
    """What was written on the command line."""

    share: Decimal | None = None
    size: int | None = None
    target: int | None = None
    fieldwork: dt.timedelta | None = None
    by: str | None = None
    equal: bool = False
    least: int | None = None
    seed: str | None = None
    recontact: dt.timedelta | None = None

    def sampling(self) -> Sampling | None:
        """Return the sample that is meant, None for everybody; raises Refused for what does not go together."""
        given = [f"--{name}" for name in ("share", "size", "target") if getattr(self, name) is not None]
        if len(given) > 1:
            raise Refused(f"{' and '.join(given)}: do not go together; keep one of them")
        for name, fits, other in (
            ("by", bool(given), "--share, --size or --target"),
            ("seed", bool(given), "--share, --size or --target"),
            ("fieldwork", self.target is not None, "--target"),
            ("equal", self.by is not None, "--by"),
            ("least", self.by is not None and self.target is None, "--by, and --share or --size"),
        ):
            if getattr(self, name) and not fits:
                raise Refused(f"--{name}: needs {other}; add it, or leave --{name} out")
        if self.fieldwork is not None and not dt.timedelta(minutes=1) <= self.fieldwork <= LONGEST:
            raise Refused("--fieldwork: is no time for that; write a time from 1min to 366d")
        amount: Share | Size | Target | None = None
        if self.share is not None:
            amount = Share(self.share)
        elif self.size is not None:
            amount = Size(self.size)
        elif self.target is not None:
            amount = Target(self.target, self.fieldwork or FIELDWORK)
        found = Sampling(
            amount, self.by or "", self.equal, self.least or 0, (self.seed or "").strip()[:40], self.recontact
        )
        return None if found.is_plain else found


def sample_options(command: F) -> F:
    """Give a command the options of `SampleOptions`, under these names."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@dataclass(frozen=True, slots=True)
class Preview:
    """
    What a wave would find: who is left out, by reason, and how many of each stratum are in the frame and the sample.

    Of a sample with a target, as many are drawn as it takes: its part is the whole frame.
    """

    left_out: dict[str, int]
    frame: dict[str, int]
    sample: dict[str, int]

    def document(self) -> dict[str, Any]:
        """Return its JSON shape."""
        audience = sum(self.frame.values()) + sum(self.left_out.values())
        strata = [{"value": name, "frame": n, "sample": self.sample[name]} for name, n in self.frame.items()]
        return {
            "audience": audience,
            "left_out": self.left_out,
            "frame": sum(self.frame.values()),
            "sample": sum(self.sample.values()),
            "strata": strata,
        }


async def preview(
    tx: Tx, config: Config, library: Library, name: str, audience: str, sampling: Sampling | None, now: dt.datetime
) -> Preview:
    """Look whom a wave that starts at *now* would ask; nothing is kept."""
    sampling = sampling or Sampling()
    script = library.get(name)
    counts = await frame_counts(
        tx,
        audience,
        now.astimezone(config.company.zone),
        currency=config.company.currency,
        purpose=script.purpose if script is not None else None,
        rests=rests_for(library, config.surveys, name, "staff", sampling.recontact),
        by=sampling.by,
    )
    left_out: dict[str, int] = {}
    frame: dict[str, int] = {}
    for (reason, stratum), n in sorted(counts.items()):
        if reason:
            left_out[reason] = left_out.get(reason, 0) + n
        else:
            frame[stratum] = n
    sample = frame
    if isinstance(sampling.amount, Share | Size):
        size = sampling.amount.size_of(sum(frame.values()))
        sample = sizes_of(size, frame, equal=sampling.equal, least=sampling.least)
    return Preview(dict(largest(left_out)), frame, sample)


def show_preview(found: Preview, sampling: Sampling | None) -> None:
    """Say it to people."""
    document = found.document()
    in_rounds = sampling.target if sampling is not None else None
    drawn = f"until {in_rounds.answers} answers" if in_rounds is not None else f"{document['sample']} would be asked"
    click.echo(f"{document['audience']} in the audience, {document['frame']} of them may be asked; {drawn}.")
    if len(found.frame) > 1:
        by = sampling.by if sampling is not None else ""
        give_table([by, "may be asked", "sample"], [(s["value"], s["frame"], s["sample"]) for s in document["strata"]])
    if found.left_out:
        give_table(["left out", "n"], found.left_out.items())
