"""Random dialogue files that are sound: questions of every kind, branches over earlier answers, endings with cases."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hypothesis import strategies as st

from dialogues.library import Library
from domain.dialogues import Script

NAME = "random"
LANGUAGES = ("en", "fi", "cs")
_COLOURS = ("red", "green", "blue")
_KINDS = (
    *("text", "choice", "many", "scale 0-10", "stars", "yes/no", "number", "date", "messages"),
    *("language", "confirm", "phone", "location", "photo", "voice", "document"),
)
_TESTS = {
    "choice": ('= "red"', '!= "green"', 'in ("red", "blue")'),
    "scale 0-10": (">= 7", "< 7", "= 0"),
    "stars": (">= 4", "<= 2"),
    "yes/no": ("= yes", "= no"),
    "number": (">= 12", "< 12"),
}


@dataclass(frozen=True, slots=True)
class Dialogue:
    """A dialogue file as text."""

    toml: str

    def script(self, folder: Path) -> Script:
        """Read it as the program does; raises `Faults` when it is not sound."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{NAME}.toml").write_text(self.toml, encoding="utf-8")
        script = Library.load([folder], LANGUAGES).get(NAME)
        assert script is not None
        return script


@st.composite
def dialogues(draw: st.DrawFn) -> Dialogue:
    """Draw a dialogue of two to six questions; the earlier answers decide what is asked and how it ends."""
    parts = [_head(draw)]
    asked: list[tuple[str, str]] = []
    for number in range(draw(st.integers(2, 6))):
        kind = draw(st.sampled_from(_KINDS))
        parts.append(_question(draw, f"q{number}", kind, asked))
        asked.append((f"q{number}", kind))
    conditions = [test for test in (_test(draw, asked) for _ in range(draw(st.integers(0, 2)))) if test]
    for number, condition in enumerate(dict.fromkeys(conditions)):
        parts.append(_ending(draw, number, asked, condition))
    parts.append(_ending(draw, 9, asked, ""))
    return Dialogue("\n".join(parts))


def _head(draw: st.DrawFn) -> str:
    survey = "survey = true\n" if draw(st.booleans()) else ""
    waits = 'remind = ["20h"]\nexpire = "5d"\n' if draw(st.booleans()) else ""
    title = _said("title", "A random dialogue")
    return f'id = "{NAME}"\nversion = 1\n{survey}start = {{ command = "{NAME}" }}\n{waits}{title}'


def _question(draw: st.DrawFn, id_: str, kind: str, asked: list[tuple[str, str]]) -> str:
    mentions: bool = draw(st.booleans())
    mention = f" (before: {{{draw(st.sampled_from(asked))[0]}}})" if asked and mentions else ""
    lines = ["", "[[ask]]", f'id = "{id_}"', f'kind = "{kind}"', _said("say", f"{id_}, a {kind}?{mention}")]
    if draw(st.booleans()):
        lines.append("skip = true")
    if kind in {"choice", "many"}:
        options = ", ".join(f'{{ id = "{c}", en = "{c}", fi = "{c}nen", cs = "{c}ova" }}' for c in _COLOURS)
        lines.append(f"options = [{options}]")
    if kind in {"text", "number", "choice", "scale 0-10"} and draw(st.booleans()):
        lines.append(f'fact = "known_{id_}"')
    condition = _test(draw, asked) if draw(st.booleans()) else ""
    if condition:
        lines.append(f"only_if = '{condition}'")
    if kind == "confirm" and asked and mentions:
        lines.append(f'again_from = "{draw(st.sampled_from(asked))[0]}"')
    return "\n".join(lines)


def _ending(draw: st.DrawFn, number: int, asked: list[tuple[str, str]], condition: str) -> str:
    lines = ["", "[[done]]"]
    if condition:
        lines.append(f"when = '{condition}'")
    case = draw(st.booleans())
    if case:
        summary = f"said {{{draw(st.sampled_from(asked))[0]}}}"
        lines.append(f'case = {{ kind = "follow-up", category = "random", summary = "{summary}" }}')
    lines.append(_said("say", f"END{number}" + (" No {case}" if case else "")))
    return "\n".join(lines)


def _test(draw: st.DrawFn, asked: list[tuple[str, str]]) -> str:
    """Draw a condition over one or two earlier answers, or none where nothing can be tested."""
    testable = [(id_, kind) for id_, kind in asked if kind in _TESTS]
    if not testable:
        return ""
    written = []
    for _ in range(draw(st.integers(1, 2))):
        id_, kind = draw(st.sampled_from(testable))
        written.append(f"{id_} {draw(st.sampled_from(_TESTS[kind]))}")
    return f" {draw(st.sampled_from(('and', 'or')))} ".join(dict.fromkeys(written))


def _said(key: str, text: str) -> str:
    return "\n".join(f'{key}.{language} = "{language}: {text}"' for language in LANGUAGES)
