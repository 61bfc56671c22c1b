"""`vuoro transcript`: plays .chat files on the real stack and prints what differs, like a diff."""

from __future__ import annotations

import logging
from pathlib import Path

import click

from bot.commands.frame import Refused, asynchronous, give_json, json_option
from bot.transcript import Contents, Played, PlayMode, load_transcript, play, state_differences, transcripts_in
from domain.faults import FaultList, Faults


@click.command("transcript")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--mode",
    type=click.Choice(["plain", "kill", "twice", "all"]),
    default="plain",
    show_default=True,
    help="kill: the program dies after every line; twice: every update comes twice.",
)
@click.option("--show", is_flag=True, help="Compare nothing: write what comes, to start a new file from.")
@json_option
@asynchronous
async def command(files: tuple[Path, ...], mode: str, show: bool, as_json: bool) -> None:
    """Play .chat files (or the folders that hold them) against the real stack and show what differs."""
    logging.disable(logging.CRITICAL)
    paths = transcripts_in(files)
    if not paths:
        raise click.UsageError("no .chat file there")
    faults = FaultList()
    for path in paths:
        try:
            load_transcript(path)
        except Faults as found:
            faults.extend(found.faults)
    faults.raise_if_any()
    contents = Contents()
    if show:
        for path in paths:
            transcript = load_transcript(path)
            content = contents.of(transcript, path.parent)
            played = await play(transcript, PlayMode.PLAIN, beside=path.parent, content=content, records=True)
            click.echo("\n".join([f"# {path}", *played.record, ""]))
            if played.report:
                click.echo(played.report, err=True)
        return
    modes = list(PlayMode) if mode == "all" else sorted({PlayMode.PLAIN, PlayMode(mode)}, key=list(PlayMode).index)
    results: list[tuple[Played, str]] = []
    for path in paths:
        results += await _play(path, modes, contents, quiet=as_json)
    failed = [played for played, states in results if played.differences or states]
    if as_json:
        give_json([_document(played, states) for played, states in results])
    else:
        click.echo(f"{len(results) - len(failed)} of {len(results)} runs as written.", err=True)
    if failed:
        raise Refused(f"{len(failed)} of {len(results)} runs differ")


async def _play(path: Path, modes: list[PlayMode], contents: Contents, *, quiet: bool) -> list[tuple[Played, str]]:
    found: list[tuple[Played, str]] = []
    for mode in modes:
        transcript = load_transcript(path)
        content = contents.of(transcript, path.parent)
        played = await play(transcript, mode, beside=path.parent, content=content)
        states = state_differences(found[0][0], played) if found else ""
        found.append((played, states))
        for text in filter(None, (played.report, states)):
            if not quiet:
                click.echo(text)
    return found


def _document(played: Played, states: str) -> dict[str, object]:
    return {
        "file": played.name,
        "mode": played.mode,
        "ok": not played.differences and not states,
        "differences": [
            {"line": each.line, "expected": each.expected, "actual": each.actual} for each in played.differences
        ],
        "end_state": states.splitlines(),
    }
