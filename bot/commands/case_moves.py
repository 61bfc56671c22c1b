"""`vuoro case wait | resolve | decline | …`: the moves on a case that are more than taking it and answering."""

from __future__ import annotations

import click

from bot.commands.case_desk import Acting, acting, do, number_argument, said, text_argument, the_case
from bot.commands.frame import asynchronous
from bot.commands.office import CommandVisit
from bot.staff_assessing import assess, set_cause
from bot.staff_cases import move_by_button
from bot.staff_merging import merge
from domain.cases import Case, Impact, Move, Severity
from domain.customers import Customer


async def _move(number: int, move: Move, text: str, who: Acting) -> None:
    async def work(visit: CommandVisit, case: Case, _: Customer) -> None:
        await move_by_button(visit, case, move, text)

    await do(number, work, who)


@click.command("wait")
@number_argument
@acting
@asynchronous
async def wait(number: int, **who: object) -> None:
    """Say that the customer's answer is awaited: the clocks rest until she writes."""
    await _move(number, Move.WAIT, "", _acting(who))


@click.command("resolve")
@number_argument
@text_argument
@acting
@asynchronous
async def resolve(number: int, text: tuple[str, ...], **who: object) -> None:
    """Say that a case is settled; the customer is told, with TEXT if there is one, and may disagree."""
    await _move(number, Move.RESOLVE, " ".join(text).strip(), _acting(who))


@click.command("decline")
@number_argument
@text_argument
@acting
@asynchronous
async def decline(number: int, text: tuple[str, ...], **who: object) -> None:
    """Decline a case: TEXT tells the customer why. She is told where else to turn, and may ask for another person."""
    await _move(number, Move.DECLINE, said(text), _acting(who))


@click.command("reopen")
@number_argument
@acting
@asynchronous
async def reopen(number: int, **who: object) -> None:
    """Open a case again; one that was merged into another becomes a case of its own."""
    await _move(number, Move.REOPEN, "", _acting(who))


@click.command("spam")
@number_argument
@acting
@asynchronous
async def spam(number: int, **who: object) -> None:
    """Say that a case is spam; nobody is told."""
    await _move(number, Move.SPAM, "", _acting(who))


@click.command("assess")
@number_argument
@click.option("--severity", required=True, type=click.Choice([each.value for each in Severity]))
@click.option("--impact", required=True, type=click.Choice([each.value for each in Impact]))
@acting
@asynchronous
async def assess_(number: int, severity: str, impact: str, **who: object) -> None:
    """Say how bad a case is for the customer, and whom it touches; the priority follows."""

    async def work(visit: CommandVisit, case: Case, _: Customer) -> None:
        await assess(visit, case, Severity(severity), Impact(impact))

    await do(number, work, _acting(who))


@click.command("cause")
@number_argument
@click.argument("key")
@acting
@asynchronous
async def cause(number: int, key: str, **who: object) -> None:
    """Keep what a case came from: KEY is one of the config's [cases] causes."""

    async def work(visit: CommandVisit, case: Case, _: Customer) -> None:
        await set_cause(visit, case, key)

    await do(number, work, _acting(who))


@click.command("merge")
@number_argument
@click.option("--into", required=True, type=click.IntRange(1), metavar="NUMBER", help="The case in which it goes on.")
@acting
@asynchronous
async def merge_(number: int, into: int, **who: object) -> None:
    """Let a case go on in another of the same customer. Nothing is lost; `vuoro case reopen` takes them apart."""

    async def work(visit: CommandVisit, case: Case, _: Customer) -> None:
        other, _ = await the_case(visit.tx, into)
        await merge(visit, case, other)

    await do(number, work, _acting(who))


def _acting(who: dict[str, object]) -> Acting:
    return Acting(**who)  # type: ignore[arg-type]  # click gives them by name, each of its own kind


MOVES = (wait, resolve, decline, assess_, cause, merge_, reopen, spam)
