"""What the ids of categories, remedies, facts and states are called, in a staff member's language."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from domain.languages import in_language
from templates.words import Words

if TYPE_CHECKING:
    from dialogues.library import Library
    from scheduler.newsletter_files import NewsletterFiles

_ID = re.compile(r"[a-z][a-z0-9_-]*")


class Labels:
    """Names for ids that scripts and staff choose freely: from our texts, else from the scripts' own options."""

    def __init__(self, words: Words, library: Library, letters: NewsletterFiles | None = None) -> None:
        self._words = words
        self._library = library
        self._letters = letters

    def name(self, area: str, name: str, language: str) -> str:
        """
        Name the id *name*: by our own text "staff.AREA.NAME", else by the label of any script's option of that id.

        An id that nobody has named is shown readably; words that are no id are shown as they stand.
        """
        if not _ID.fullmatch(name):
            return name
        key = f"staff.{area}.{name.replace('-', '_')}"
        if self._words.has(key):
            return self._words.plain(key, language)
        for script in self._library.all():
            for question in script.questions:
                for option in question.options:
                    if option.id == name:
                        return in_language(option.label, language, self._words.languages[0])
        return name.replace("_", " ").replace("-", " ").capitalize()

    def title(self, script_id: str, language: str) -> str:
        """Give the title of a script, or its id when it is gone or has none."""
        script = self._library.get(script_id)
        return (script and in_language(script.title, language, self._words.languages[0])) or script_id

    def sent(self, name: str, language: str) -> str:
        """Give the title of what goes out by itself, a newsletter or a survey; its name when it is gone."""
        file = self._letters.get(name) if self._letters is not None else None
        return (file and file.newsletter.title) or self.title(name, language)
