"""Every text that the code asks for by its key exists."""

from __future__ import annotations

import re
from pathlib import Path

from templates.words import SHIPPED, Words

ROOT = SHIPPED.parent.parent
KEY = re.compile(r'"((?:dialogue|service|newsletter|staff|console)\.[a-z_]+(?:\.[a-z_]+)*)"')
CALL = re.compile(r"\.(?:html|plain|every|offer|tell)\(|_settle_buttons\(")


def asked() -> dict[str, str]:
    """Find key -> file, in every line near a call that takes a key."""
    found: dict[str, str] = {}
    for room in ("bot", "scheduler", "dialogues"):
        for path in sorted((ROOT / room).rglob("*.py")):
            for line in path.read_text(encoding="utf-8").splitlines():
                if CALL.search(line):
                    found |= dict.fromkeys(KEY.findall(line), Path(path).name)
    return found


def test_every_key_in_the_code_has_its_text() -> None:
    """A forgotten text is found here and not in front of a customer."""
    words = Words.load([SHIPPED], ("fi", "en", "cs"))
    keys = asked()
    assert len(keys) > 20
    assert {key: file for key, file in keys.items() if not words.has(key)} == {}
