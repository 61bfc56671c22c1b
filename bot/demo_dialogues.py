"""The demo's dialogues on the page: read, judged as `vuoro check` does, and saved into the demo's content folder."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.config import Config
from bot.content import Content, load_content
from bot.playground.workshop import NAME
from bot.wiring import App
from dialogues.library import SHIPPED
from domain.dialogues import RunState, Script
from domain.faults import Fault, Faults
from domain.languages import in_language
from store.customers import customers_by_chat
from store.runs import change_runs, open_runs

_FOLDER = "dialogues"
TEMPLATE = """\
# Try it as it is, then write your own. Every key is explained in docs/dialogues.md.
id      = "{name}"
version = 1                        # raise it when you change the questions
start   = {{ command = "{command}" }}
{titles}

[[ask]]
id     = "coming"
kind   = "yes/no"
{asks}

[[done]]
when   = "coming"
{comes}

[[done]]
{ends}
"""
_WORDS = {
    "en": ("Summer party", "Will you come to our summer party?", "Lovely, see you there!", "Thank you for telling us."),
    "fi": ("Kesäjuhla", "Tuletko kesäjuhliimme?", "Mahtavaa, nähdään siellä!", "Kiitos tiedosta."),
    "cs": ("Letní slavnost", "Přijdete na naši letní slavnost?", "Výborně, uvidíme se!", "Děkujeme za odpověď."),
}


class DialogueWorkshop:
    """What the page may do with the dialogues of a running *app* whose config has a content folder."""

    def __init__(self, config: Config, app: App, content: Content) -> None:
        assert config.content is not None
        self._config = config
        self._folder = config.content / _FOLDER
        self._app = app
        self._content = content
        self._busy = asyncio.Lock()

    async def every(self) -> dict[str, Any]:
        """List the shipped and the company's own dialogues, and give the text that a new one begins with."""
        own = {path.stem for path in self._folder.glob("*.toml")}
        shipped = {path.stem for path in SHIPPED.glob("*.toml")}
        return {"dialogues": [self._row(name, own, shipped) for name in sorted(own | shipped)], "template": self._new()}

    async def read(self, name: str) -> dict[str, Any]:
        """Give a file's text: the company's own, else the shipped one."""
        for folder in (self._folder, SHIPPED):
            path = folder / f"{name}.toml"
            if path.is_file():
                text = path.read_bytes().decode("utf-8-sig", "replace").replace("\r\n", "\n")
                shipped = (SHIPPED / f"{name}.toml").is_file()
                return {"name": name, "text": text, "own": folder != SHIPPED, "shipped": shipped}
        raise LookupError(f"{name}: there is no such dialogue")

    async def check(self, name: str, text: str) -> dict[str, Any]:
        """Judge everything as if *text* were saved."""
        faults = await asyncio.to_thread(self._judged, name, text)
        return {"faults": [_told(fault, name) for fault in faults]}

    async def save(self, name: str, text: str) -> dict[str, Any]:
        """Save *text* and take it into use; where it has faults, nothing is saved and they are told."""
        async with self._busy:
            if faults := await asyncio.to_thread(self._blocking, name, text):
                return {"faults": [_told(fault, name) for fault in faults], "saved": False}
            before = self._content.library.get(name)
            self._folder.mkdir(parents=True, exist_ok=True)
            partial = self._folder / f"{name}.toml.new"
            partial.write_text(text, encoding="utf-8", newline="\n")
            partial.replace(self._folder / f"{name}.toml")
            refused = await self._app.reload()
            now = self._content.library.get(name.partition(".")[0])
            return {
                "saved": True,
                "faults": [] if refused is None else [_told(fault, name) for fault in refused.faults],
                "command": now.starts.command if now is not None else "",
                "version": now.version if now is not None else 0,
                "same_version": _is_changed_silently(before, now),
            }

    async def remove(self, name: str) -> dict[str, Any]:
        """Remove the company's own file; refused where something else needs it."""
        async with self._busy:
            path = self._folder / f"{name}.toml"
            if not path.is_file():
                raise LookupError(f"{name}: there is no file of your own to remove")
            if faults := await asyncio.to_thread(self._blocking, name, None):
                return {"saved": False, "faults": [_told(fault, name) for fault in faults]}
            path.unlink()
            await self._app.reload()
            return {"saved": True, "faults": [], "shipped": (SHIPPED / f"{name}.toml").is_file()}

    async def ready(self, name: str, person: int) -> dict[str, Any]:
        """
        End what *person* has open with an older version of this dialogue, so that its command starts the new one.

        Only for trying on the demo's page: real customers always finish the version they began with.
        """
        script = self._content.library.get(name.partition(".")[0])
        if script is None:
            raise LookupError(f"{name}: there is no such dialogue in use")
        now = self._app.clock.now()
        async with self._app.database.write() as tx:
            customer = (await customers_by_chat(tx, [person])).get(person)
            mine = [] if customer is None else (await open_runs(tx, [customer.id])).get(customer.id, [])
            older = [run for run in mine if run.script_id == script.id and run.script_digest != script.digest]
            ended = [replace(run, state=RunState.CANCELLED, ended_at=now, due_at=None) for run in older]
            await change_runs(tx, ended)
        return {"ended": bool(older), "command": script.starts.command}

    def _row(self, name: str, own: set[str], shipped: set[str]) -> dict[str, Any]:
        script = self._content.library.get(name)
        default = self._config.company.default_language
        return {
            "name": name,
            "title": in_language(script.title, "en", default) if script is not None else "",
            "command": script.starts.command if script is not None else "",
            "own": name in own,
            "shipped": name in shipped,
        }

    def _new(self) -> str:
        languages = self._config.company.languages
        words = [(tag, _WORDS.get(tag, _WORDS["en"])) for tag in languages]
        titles, asks, comes, ends = (
            "\n".join(f'{key}.{tag} = "{texts[number]}"' for tag, texts in words)
            for number, key in enumerate(("title", "say", "say", "say"))
        )
        # The page puts the chosen name in.
        return TEMPLATE.format(name="{name}", command="{command}", titles=titles, asks=asks, comes=comes, ends=ends)

    def _blocking(self, name: str, text: str | None) -> tuple[Fault, ...]:
        """Find what keeps a change from being saved: not what was wrong in other files before it."""
        faults = self._judged(name, text)
        if all(fault.where != f"{_FOLDER}/{name}.toml" for fault in faults):
            try:
                load_content(self._config)
            except Faults as before:
                return tuple(fault for fault in faults if fault not in before.faults)
        return faults

    def _judged(self, name: str, text: str | None) -> tuple[Fault, ...]:
        """Judge a copy of the content folder in which *text* is the file's text; None: in which it is not there."""
        assert NAME.fullmatch(name), name
        with tempfile.TemporaryDirectory(prefix="vuoro-check-") as made:
            copy = Path(made)
            for path in self._folder.parent.iterdir():
                if path.name != _FOLDER:
                    (copy / path.name).symlink_to(path.resolve())
            (copy / _FOLDER).mkdir()
            for path in self._folder.glob("*.toml"):
                if path.stem != name:
                    (copy / _FOLDER / path.name).symlink_to(path.resolve())
            if text is not None:
                (copy / _FOLDER / f"{name}.toml").write_text(text, encoding="utf-8", newline="\n")
            try:
                load_content(replace(self._config, content=copy))
            except Faults as found:
                return found.faults
            return ()


def _told(fault: Fault, name: str) -> dict[str, Any]:
    return {
        "file": fault.where,
        "line": fault.line,
        "key": fault.key,
        "problem": fault.problem,
        "remedy": fault.remedy,
        "here": fault.where == f"{_FOLDER}/{name}.toml",
    }


def _is_changed_silently(before: Script | None, now: Script | None) -> bool:
    return before is not None and now is not None and before.digest != now.digest and before.version == now.version
