"""What a request wants said: text with its formatting, the photo, the keyboard; refused as Telegram refuses."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.sandbox.chats import Json
from bot.sandbox.errors import ApiError, bad_request
from bot.sandbox.params import Params
from bot.sandbox.telegram_html import Entity, Formatted, HtmlError, in_order, parse_html, utf16_length

LONGEST_TEXT = 4096  # UTF-16 units, after the tags are gone
LONGEST_CAPTION = 1024
MOST_ENTITIES = 100
LONGEST_CALLBACK_DATA = 64  # bytes
LONGEST_COPY_TEXT = 256
MOST_BUTTONS = 100
STYLES = ("danger", "success", "primary")
ACTIONS = ("callback_data", "url", "copy_text", "web_app", "login_url", "switch_inline_query")

# Removed from every text: carriage returns, line separators and marks that turn the direction of writing.
_REMOVED = re.compile("[\r\u2028-\u202e]")
_CONTROL = re.compile("[\0-\x09\x0b-\x1f]")  # shown as a space; only the line feed stays
_COMMAND = re.compile(r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@\w+)?(?![\w/])")
_URL = re.compile(r"https?://[^\s<>\"]*[^\s<>\".,;:!?)]")


def read_text(params: Params) -> Formatted:
    if not params.text("text"):
        raise bad_request("message text is empty")
    text = read_formatted(params.text("text"), params, "entities")
    if not text.text:
        raise bad_request("text must be non-empty")
    if utf16_length(text.text) > LONGEST_TEXT:
        raise bad_request("message is too long")
    return text


def read_caption(params: Params) -> Formatted:
    """May be empty."""
    caption = read_formatted(params.text("caption"), params, "caption_entities")
    if utf16_length(caption.text) > LONGEST_CAPTION:
        raise bad_request("message caption is too long")
    return caption


def read_formatted(raw: str, params: Params, entities_field: str) -> Formatted:
    mode = params.text("parse_mode").lower()
    if mode == "html":
        try:
            parsed = parse_html(raw)
        except HtmlError as error:
            raise bad_request(f"can't parse entities: {error}") from error
    elif mode == "":
        parsed = Formatted(raw, _given_entities(params.structure(entities_field, "entities")))
    elif mode in ("markdown", "markdownv2"):
        raise bad_request("can't parse entities: the sandbox reads HTML, not Markdown")
    else:
        raise bad_request("unsupported parse_mode")
    return with_found(tidy(parsed))


def _given_entities(value: object) -> tuple[Entity, ...]:
    if not isinstance(value, list):
        return ()
    try:
        return tuple(
            Entity(
                str(item["type"]),
                int(item["offset"]),
                int(item["length"]),
                str(item.get("url") or item.get("language") or item.get("custom_emoji_id") or ""),
            )
            for item in value
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise bad_request("can't parse MessageEntity") from error


def tidy(raw: Formatted) -> Formatted:
    """Drops what Telegram drops: outer white space, control characters, and formatting inside code."""
    kept, places, units = [], [], 0
    for character in raw.text:
        width = utf16_length(character)
        places += [units] * width
        if not _REMOVED.match(character):
            kept.append(_CONTROL.sub(" ", character))
            units += width
    places.append(units)
    text = "".join(kept).rstrip(" \n")
    entities = [_moved(entity, places, utf16_length(text)) for entity in raw.entities]
    entities = _without_nonsense(in_order([entity for entity in entities if entity.length > 0]))
    # Spaces at the very start go too, unless they are inside a block of their own.
    lead = utf16_length(text) - utf16_length(text.lstrip(" \n"))
    lead = min([lead, *(entity.offset for entity in entities)])
    shifted = [replace(entity, offset=entity.offset - lead) for entity in entities[:MOST_ENTITIES]]
    return Formatted(text[lead:], tuple(shifted))


def _moved(entity: Entity, places: Sequence[int], size: int) -> Entity:
    last = len(places) - 1
    begin = min(places[min(max(entity.offset, 0), last)], size)
    end = min(places[min(max(entity.offset + entity.length, 0), last)], size)
    return replace(entity, offset=begin, length=end - begin)


def _without_nonsense(entities: Sequence[Entity]) -> list[Entity]:
    """Code holds nothing but text, and a quote holds no quote."""
    kept: list[Entity] = []
    for entity in entities:
        around = [outer for outer in kept if outer.offset + outer.length > entity.offset]
        in_code = any(outer.type in ("code", "pre") for outer in around)
        nested_quote = "blockquote" in entity.type and any("blockquote" in outer.type for outer in around)
        if not in_code and not nested_quote:
            kept.append(entity)
    return kept


def with_found(formatted: Formatted) -> Formatted:
    """Adds what Telegram finds by itself; of that only commands and web addresses are known here."""
    taken = [e for e in formatted.entities if e.type in ("code", "pre", "text_link")]
    found: list[Entity] = []
    for kind, pattern in (("bot_command", _COMMAND), ("url", _URL)):
        for match in pattern.finditer(formatted.text):
            offset = utf16_length(formatted.text[: match.start()])
            entity = Entity(kind, offset, utf16_length(match[0]))
            if not any(_overlap(entity, other) for other in (*taken, *found)):
                found.append(entity)
    if not found:
        return formatted
    return Formatted(formatted.text, tuple(in_order([*formatted.entities, *found])))


def _overlap(one: Entity, other: Entity) -> bool:
    return one.offset < other.offset + other.length and other.offset < one.offset + one.length


@dataclass(frozen=True, slots=True)
class Markup:
    """The keyboard of a message: buttons under it, or (`is_reply`) in place of the phone's own."""

    rows: list[list[Json]] | None = None
    is_reply: bool = False


def read_markup(params: Params) -> Markup:
    value = params.structure("reply_markup", "reply keyboard markup")
    if value is None:
        return Markup()
    if not isinstance(value, dict):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" not in value:
        return Markup(is_reply=bool(value.keys() & {"keyboard", "remove_keyboard", "force_reply"}))
    rows = value["inline_keyboard"]
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request('field "inline_keyboard" must be of type Array')
    if sum(len(row) for row in rows) > MOST_BUTTONS:
        raise bad_request("reply markup is too long")
    checked = [[_button(button) for button in row] for row in rows if row]
    return Markup(rows=checked or None)


def _button(value: object) -> Json:
    if not isinstance(value, dict) or not isinstance(value.get("text"), str) or not value["text"]:
        raise _bad_button('Field "text" must be of type String')
    action = next((name for name in ACTIONS if name in value), None)
    if action is None:
        raise _bad_button("Text buttons are unallowed in the inline keyboard")
    if action == "callback_data":
        data = value["callback_data"]
        if not isinstance(data, str) or not 1 <= len(data.encode()) <= LONGEST_CALLBACK_DATA:
            raise bad_request("BUTTON_DATA_INVALID")
    if action == "url" and not re.fullmatch(r"(?i)(?:https?|tg)://\S+", str(value["url"])):
        raise bad_request(f"inline keyboard button URL '{value['url']}' is invalid: Wrong HTTP URL")
    if action == "copy_text" and not _copyable(value["copy_text"]):
        raise bad_request("BUTTON_COPY_TEXT_INVALID")
    if value.get("style") is not None and value["style"] not in STYLES:
        raise _bad_button("Invalid button style specified")
    known = ("text", action, "style", "icon_custom_emoji_id")
    return {name: value[name] for name in known if value.get(name) is not None}


def _copyable(value: object) -> bool:
    text = value.get("text") if isinstance(value, dict) else None
    return isinstance(text, str) and 1 <= len(text) <= LONGEST_COPY_TEXT


def _bad_button(reason: str) -> ApiError:
    return bad_request(f"can't parse inline keyboard button: {reason}")


def read_link_preview(params: Params) -> object:
    value = params.structure("link_preview_options", "link preview options")
    return value or None
