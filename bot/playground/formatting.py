"""Reads a text parameter into text and entities, by parse mode or explicit entities, and holds it to its limit."""

from bot.playground.entities import Formatted, checked_entities, settled, utf16_length
from bot.playground.formatting_html import parse_html
from bot.playground.formatting_markdown import parse_markdown, parse_markdown_v2
from bot.playground.parameters import Params
from bot.playground.wire import bad_request

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024


def parsed(text: str, parse_mode: str | None) -> Formatted:
    """
    Return *text* read in *parse_mode* ("HTML", "MarkdownV2", "Markdown" in any case, or none).

    Errors: `ApiError` 400, "can't parse entities: ..." in Telegram's words.
    """
    match (parse_mode or "none").lower():
        case "html":
            return parse_html(text)
        case "markdownv2":
            return parse_markdown_v2(text)
        case "markdown":
            return parse_markdown(text)
        case "none":
            return Formatted(text)
        case _:
            raise bad_request("unsupported parse_mode")


def formatted(
    params: Params, name: str, *, entities: str = "entities", parse_mode: str = "parse_mode", limit: int, problem: str
) -> Formatted:
    """Return the parameter *name* with its entities; one longer than *limit* UTF-16 units is refused as *problem*."""
    text = (params.text(name) or "").replace("\r", "").replace("\0", "")
    mode = params.text(parse_mode)
    given = params.structure(entities, list, "entities")
    if mode:
        result = parsed(text, mode)
    elif given:
        result = Formatted(text, checked_entities(given, text))
    else:
        result = Formatted(text)
    result = settled(result.text, result.entities)
    if len(result.text) > limit // 2 and utf16_length(result.text) > limit:
        raise bad_request(problem)
    return result


def message_text(params: Params) -> Formatted:
    """Return the `text` of a message: not empty, at most 4096 units after parsing."""
    result = formatted(params, "text", limit=TEXT_LIMIT, problem="message is too long")
    if not result.text:
        raise bad_request("message text is empty")
    return result


def caption(params: Params) -> Formatted:
    """Return the `caption` of a medium: at most 1024 units after parsing."""
    return formatted(
        params, "caption", entities="caption_entities", limit=CAPTION_LIMIT, problem="message caption is too long"
    )
