"""`vuoro check`: everything that people write, looked over before it matters."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import click

from bot.commands.frame import Refused, config_option, give_json, json_option
from bot.config import Config
from bot.config_cases import unknown_categories
from bot.config_reading import FILE, look_over_config
from bot.content import Content, case_categories, load_content
from bot.content_segments import small_audiences
from bot.rule_names import unlikely_names
from domain.faults import Fault, FaultList, Faults
from store.database import store_url
from store.looking import Place
from store.segments import sizes_if_ready


@click.command("check")
@config_option
@json_option
def command(config_file: Path | None, as_json: bool) -> None:
    """Check config and all that people write, rules and segments too: every fault with file, line, key and remedy."""
    found = FaultList()
    warnings: tuple[Fault, ...] = ()
    counts: dict[str, int] = {}
    config = look_over_config(config_file, os.environ, found, to_run=True)
    if config is not None:
        try:
            content = load_content(config)
            warnings = (*_idle(config_file or Path(FILE), content), *asyncio.run(_by_store(config, content)))
            counts = {
                "dialogues": len(content.library.all()),
                "facts worth asking": len(content.library.facts.all()),
                "newsletters": len(content.newsletters.all()),
                "survey plans": len(content.plans),
                "rules": len(content.rules),
                "segments": len(content.segments),
                "programmes": len(content.loyalty.programmes),
                "themes": len(content.themes),
                "ready answers": len(content.answers.all()),
            }
        except Faults as more:
            found.extend(more.faults)
    faults = found.faults
    if as_json:
        give_json(
            {
                "ok": not faults,
                "faults": [_document(fault) for fault in faults],
                "warnings": [_document(warning) for warning in warnings],
            }
        )
        if faults:
            raise click.exceptions.Exit(1)
    elif faults:
        raise Refused("\n".join(str(fault) for fault in faults))
    else:
        for warning in warnings:
            click.echo(f"note: {warning}", err=True)
        told = ", ".join(f"{count} {name}" for name, count in counts.items())
        click.echo(f"All is well: config, texts, {told}.")


def _idle(file: Path, content: Content) -> tuple[Fault, ...]:
    """Find the categories in the config's [cases] that no dialogue makes; without a file there is nothing to name."""
    return unknown_categories(file.read_bytes(), str(file), case_categories(content)) if file.is_file() else ()


async def _by_store(config: Config, content: Content) -> tuple[Fault, ...]:
    """Find what goes to too small a segment, and names that nothing goes by; a store is asked where there is one."""
    folders = [] if config.content is None else [config.content / "plans"]
    small: tuple[Fault, ...] = ()
    try:
        url: Place | None = store_url(config.store, config.folder)
    except ValueError:  # told with the config's faults
        url = None
    if url is not None:
        sizes = await sizes_if_ready(url, content.segments)
        small = small_audiences(content.segments, sizes, content.newsletters, content.plans, folders)
    return (*small, *await unlikely_names(url, content, config.content, config.company.languages))


def _document(fault: Fault) -> dict[str, str | int | None]:
    return {
        "file": fault.where,
        "line": fault.line,
        "key": fault.key,
        "problem": fault.problem,
        "remedy": fault.remedy,
    }
