"""`vuoro check`: everything that people write, looked over before it matters."""

from __future__ import annotations

import os
from pathlib import Path

import click

from bot.commands.frame import Refused, config_option, give_json, json_option
from bot.config_reading import look_over_config
from bot.content import load_content
from domain.faults import FaultList, Faults


@click.command("check")
@config_option
@json_option
def command(config_file: Path | None, as_json: bool) -> None:
    """Check config, dialogues, templates, newsletters, plans and rules: every fault with file, line, key and remedy."""
    found = FaultList()
    counts: dict[str, int] = {}
    config = look_over_config(config_file, os.environ, found, to_run=True)
    if config is not None:
        try:
            content = load_content(config)
            counts = {
                "dialogues": len(content.library.all()),
                "facts worth asking": len(content.library.facts.all()),
                "newsletters": len(content.newsletters.all()),
                "survey plans": len(content.plans),
                "rules": len(content.rules),
                "themes": len(content.themes),
            }
        except Faults as more:
            found.extend(more.faults)
    faults = found.faults
    if as_json:
        give_json(
            {
                "ok": not faults,
                "faults": [
                    {"file": f.where, "line": f.line, "key": f.key, "problem": f.problem, "remedy": f.remedy}
                    for f in faults
                ],
            }
        )
        if faults:
            raise click.exceptions.Exit(1)
    elif faults:
        raise Refused("\n".join(str(fault) for fault in faults))
    else:
        told = ", ".join(f"{count} {name}" for name, count in counts.items())
        click.echo(f"All is well: config, texts, {told}.")
