"""The emoji that may be reactions, and reading a ReactionType."""

from typing import Any

from bot.playground.wire import bad_request

EMOJI = frozenset(
    [
        "👍",
        "👎",
        "❤",
        "🔥",
        "🥰",
        "👏",
        "😁",
        "🤔",
        "🤯",
        "😱",
        "🤬",
        "😢",
        "🎉",
        "🤩",
        "🤮",
        "💩",
        "🙏",
        "👌",
        "🕊",
        "🤡",
        "🥱",
        "🥴",
        "😍",
        "🐳",
        "❤\u200d🔥",
        "🌚",
        "🌭",
        "💯",
        "🤣",
        "⚡",
        "🍌",
        "🏆",
        "💔",
        "🤨",
        "😐",
        "🍓",
        "🍾",
        "💋",
        "🖕",
        "😈",
        "😴",
        "😭",
        "🤓",
        "👻",
        "👨\u200d💻",
        "👀",
        "🎃",
        "🙈",
        "😇",
        "😨",
        "🤝",
        "✍",
        "🤗",
        "🫡",
        "🎅",
        "🎄",
        "☃",
        "💅",
        "🤪",
        "🗿",
        "🆒",
        "💘",
        "🙉",
        "🦄",
        "😘",
        "💊",
        "🙊",
        "😎",
        "👾",
        "🤷\u200d♂",
        "🤷",
        "🤷\u200d♀",
        "😡",
    ]
)
_VARIATION = "\N{VARIATION SELECTOR-16}"


def emoji_of(reaction: Any) -> str:
    """Return the emoji of a ReactionType; one that Telegram does not offer is a 400."""
    if not isinstance(reaction, dict):
        raise bad_request("can't parse reaction types: Object expected")
    if reaction.get("type") != "emoji":
        raise bad_request("REACTION_INVALID")
    emoji = str(reaction.get("emoji", "")).replace(_VARIATION, "")
    if emoji not in EMOJI:
        raise bad_request("REACTION_INVALID")
    return emoji
