"""The topics that newsletters name: each must be one of the config's, else no customer could switch it off."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from domain.faults import FaultList, did_you_mean
from scheduler.newsletter_files import NewsletterFiles


def judge_topics(topics: Iterable[str], newsletters: NewsletterFiles, faults: FaultList) -> None:
    """Note each newsletter whose topic is none of *topics*, with its file and line."""
    known = list(topics)
    for file in newsletters.all():
        topic = file.newsletter.topic
        if topic and topic not in known:
            where, line = place_of(file.content, "topic")
            there_are = f"there are {', '.join(known)}" if known else "there are none yet"
            otherwise = f'add {topic} = "..." under [newsletters.topics] in the config; {there_are}'
            faults.add(where, line, "topic", f'"{topic}" is no topic', did_you_mean(topic, known, otherwise=otherwise))


def place_of(content: Mapping[str, str], key: str) -> tuple[str, int | None]:
    """Find the file and the line of a newsletter's front matter that give *key*."""
    for where, text in sorted(content.items()):
        for number, line in enumerate(text.splitlines(), start=1):
            if line.partition("=")[0].strip() == key:
                return where, number
    return next(iter(sorted(content)), "newsletters"), None
