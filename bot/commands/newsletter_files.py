"""Which newsletters there are, for commands that are given a name: the file behind it, or what it could have been."""

from __future__ import annotations

from pathlib import Path

from bot.commands.frame import Refused
from bot.commands.office import Office
from bot.config import Config
from bot.newsletters import SHIPPED
from domain.faults import did_you_mean
from scheduler.newsletter_files import NewsletterFile
from store import sendings
from store.database import Tx


def the_file(office: Office, name: str) -> NewsletterFile:
    """Return the newsletter of that name as its files are now; raises Refused."""
    file = office.content.newsletters.get(name)
    if file is None:
        names = [each.newsletter.name for each in office.newsletters.all()]
        otherwise = f"there are {', '.join(names)}" if names else "write one with vuoro newsletter new NAME"
        raise Refused(f"{name}: no such newsletter; {did_you_mean(name, names, otherwise=otherwise)}")
    return file


async def no_such_sending(tx: Tx, config: Config, name: str) -> Refused:
    """
    Say that a newsletter was never sent, or that there is none of that name and which there are.

    Names are those of the files, sound or not, and of what has been sent.
    """
    folders: list[Path] = [SHIPPED] if config.content is None else [SHIPPED, config.content / "newsletters"]
    written = {path.name.split(".", maxsplit=1)[0] for folder in folders for path in folder.glob("*.j2")}
    names = sorted(written | {sending.name for sending in await sendings.recent(tx, limit=1000)})
    if name in names:
        return Refused(f"{name}: was never sent; vuoro newsletter start {name}")
    listed = f"there are {', '.join(names)}" if names else "write one with vuoro newsletter new NAME"
    guess = did_you_mean(name, names, otherwise="")
    return Refused(
        f"{name}: no such newsletter; {guess} {listed}" if guess else f"{name}: no such newsletter; {listed}"
    )
