"""What the bot says of itself: name, descriptions per language, menu button, default rights."""

from dataclasses import dataclass, field

from bot.playground.wire import JsonObject


@dataclass(slots=True)
class Profile:
    """
    The bot's own words. Each text is kept by language; "" is for all languages.

    Asked in a language without a text of its own, Telegram answers with the one for all languages. `stars` is the
    balance that paid broadcasts would be taken from; the stand-in takes nothing.
    """

    given_name: str
    names: dict[str, str] = field(default_factory=dict)
    descriptions: dict[str, str] = field(default_factory=dict)
    short_descriptions: dict[str, str] = field(default_factory=dict)
    menu_buttons: dict[int, JsonObject] = field(default_factory=dict)
    default_rights: dict[bool, JsonObject] = field(default_factory=dict)
    stars: int = 0

    def name(self, language: str = "") -> str:
        """Return the bot's name in *language*."""
        return spoken(self.names, language) or self.given_name

    def menu_button(self, chat_id: int) -> JsonObject:
        """Return the menu button of a private chat; 0 is for all chats without their own."""
        return self.menu_buttons.get(chat_id) or self.menu_buttons.get(0) or {"type": "default"}


def spoken(texts: dict[str, str], language: str) -> str:
    """Return the text in *language*, else the one for all languages, else nothing."""
    return texts.get(language) or texts.get("", "")
