"""
`vuoro COMMAND`: finds the command, runs it, and turns whatever goes wrong into a sentence and an exit code.

Exit codes: 0 done, 1 refused with the reason, 2 wrong usage.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Mapping, Sequence

import click

# Name → module and what `vuoro --help` says; nothing is imported for that.
_COMMANDS: Mapping[str, tuple[str, str]] = {
    "demo": ("demo", "Show a living company without a Telegram account: bot, stand-in Telegram, sample data."),
    "run": ("run", "Run the bot, for real."),
    "check": ("check", "Check config, dialogues, templates and rules: every fault with file, line and remedy."),
    "customer": ("customer", "Find and look at a customer; her owner, kind, and people at companies."),
    "contact": ("contact", "Log a contact that took place outside Telegram."),
    "newsletter": ("newsletter", "Write, preview, approve, send and follow newsletters."),
    "survey": ("survey", "Start surveys and see what they found."),
    "case": ("case", "Work on complaints, questions and follow-ups."),
    "insight": ("insight", "What the nights found out about each customer, and the night's work done now."),
    "care": ("care", "Care plans: the year of key customers, planned and done, and staff's tasks."),
    "audience": ("audience", "Count, list and explain whom a rule means."),
    "lifecycle": ("lifecycle", "Where customers stand, what was done with them, and the graceful goodbye."),
    "programme": ("programme", "Loyalty programmes: members, cards, tiers, benefits, and what became of them."),
    "points": ("points", "Points of members: balance, statement, giving and taking with a reason."),
    "segment": ("segment", "Who is in which segment, how alike they are, and whom we do not serve."),
    "coupon": ("coupon", "Coupons: list, show, redeem, withdraw; how campaigns go; codes that stores hang up."),
    "club": ("club", "Clubs: who is in them, for which ages, joining and leaving."),
    "event": ("event", "Events: who is invited, who comes, who came."),
    "holds": ("holds", "Which contacts of ours were held back, and why."),
    "report": ("report", "Satisfaction, cases and contacts of a month."),
    "rehearse": ("rehearse", "Live through a coming year on a copy of the store; nothing is sent."),
    "audit": ("audit", "What staff did and looked at, and who was forgotten."),
    "staff": ("staff", "Who may do what."),
    "store": ("store", "Upgrade, back up, restore, copy and check the customer store."),
    "import": ("import_", "Bring customers and purchases in from CSV or Parquet files."),
    "export": ("export", "Write customers, contacts, answers or recipients to a CSV file."),
    "transcript": ("transcript", "Play .chat files against the real stack and show what differs."),
}


class _Commands(click.Group):
    """The commands, each imported only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"bot.commands.{_COMMANDS[cmd_name][0]}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in _COMMANDS and not args[0].startswith("-"):
            from domain.faults import did_you_mean

            hint = did_you_mean(args[0], _COMMANDS, otherwise="vuoro --help lists the commands")
            raise click.UsageError(f"no command {args[0]!r}; {hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, told) for name, (_, told) in _COMMANDS.items()])


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.version_option(package_name="vuoro", prog_name="vuoro", message="%(prog)s %(version)s")
def program() -> None:
    """Vuoro keeps a company's side of one endless conversation with each of its customers."""


def main(args: list[str] | None = None) -> None:
    """Run the program and exit with its code; a person never sees a traceback unless VUORO_TRACEBACK is set."""
    try:
        _refuse_what_is_no_text(sys.argv[1:] if args is None else args)
        code = program.main(args, prog_name="vuoro", standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except click.Abort:
        _end("interrupted", 1)
    except click.UsageError as error:
        error.show()
        sys.exit(2)
    except click.ClickException as error:
        _end(error.format_message(), error.exit_code)
    except KeyboardInterrupt:
        _end("", 130)
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - for the interpreter's own flush
        sys.exit(0)
    except Exception as error:
        if os.environ.get("VUORO_TRACEBACK"):
            raise
        _end(_sentence(error), 1)


def _refuse_what_is_no_text(args: Sequence[str]) -> None:
    """Refuse words in another encoding than the terminal's, of which Python keeps the bytes as halves of characters."""
    for place, word in enumerate(args, 1):
        if any("\ud800" <= sign <= "\udfff" for sign in word):
            problem = f"word {place} after vuoro cannot be read as text"
            raise click.UsageError(f"{problem}; write it in UTF-8, and rename a file whose name is not")


def _sentence(error: Exception) -> str:
    from bot.commands.frame import expected_sentence

    told = expected_sentence(error)
    if told is not None:
        return told
    return (
        f"a mistake of the program itself ({type(error).__name__}: {error}); "
        "set VUORO_TRACEBACK=1, repeat the command, and send what it prints to whoever looks after the program"
    )


def _end(sentence: str, code: int) -> None:
    if sentence:
        click.echo(sentence, err=True)
    sys.exit(code)


if __name__ == "__main__":
    main()
