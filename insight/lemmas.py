"""
Dictionary forms of words in Finnish, Czech, English and some forty more languages, offline (simplemma).

The dictionaries take hundreds of megabytes and seconds to open, so the program never opens them itself: it runs this
file as a short-lived process (`python -m insight.lemmas fi`), one language at a time, words in and lemmas out by line.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterable
from functools import cache

MODULE = "insight.lemmas"
_LANGUAGES = """
ar ast bg ca cs cy da de el en enm eo es et fa fi fr ga gd gl grc gv hbs he hi hu hy id is it ka la lb lt lv
mk ml ms nb nl nn pl pt ro ru se sk sl sq sv sw tl tr uk
"""
_SUPPORTED = frozenset(_LANGUAGES.split())


@cache
def can_lemmatize(language: str) -> bool:
    """Say whether there are lemmas of *language*: the extra is installed and has its dictionary."""
    return language in _SUPPORTED and importlib.util.find_spec("simplemma") is not None


def lemmatize(language: str, words: Iterable[str]) -> dict[str, str]:
    """Return the dictionary form of each of *words*; a word that is not known stands for itself. Slow to begin."""
    import simplemma

    return {word: simplemma.lemmatize(word, lang=language).casefold() for word in words}


def main(language: str) -> None:
    """Read words by line from the standard input, and write the lemma of each on a line of its own."""
    for stream in (sys.stdin, sys.stdout):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", newline="\n")
    words = sys.stdin.read().splitlines()
    lemmas = lemmatize(language, words)
    sys.stdout.write("".join(f"{lemmas[word]}\n" for word in words))


if __name__ == "__main__":
    main(sys.argv[1])
