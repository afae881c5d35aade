"""What a message should look like, as plain data: made by `messages.py`, delivered by `outbox.py`."""

from __future__ import annotations

import msgspec


class Button(msgspec.Struct, frozen=True, omit_defaults=True):
    """One inline button: a tap sends `data` back, or copies `copy` to the clipboard."""

    label: str
    data: str | None = None  # at most 64 bytes
    copy: str | None = None  # at most 256 characters
    style: str | None = None  # "success", "danger" or "primary"


class Post(msgspec.Struct, frozen=True, omit_defaults=True):
    """The wanted state of one message: the outbox finds the smallest request that gets it there.

    `text` is Telegram HTML, a caption when there is a picture. `picture` is what to draw, as `charts` encodes it; the
    same bytes mean the same picture, so a caption can change without an upload. It is drawn when it is sent. `silent`
    and `protect` (no forwarding, no saving) count when it is sent and cannot be changed later.

    `if_late` is a line to be added where the message is first sent long after it was made.
    """

    text: str
    buttons: tuple[tuple[Button, ...], ...] = ()
    picture: bytes | None = None
    silent: bool = False
    protect: bool = False
    if_late: str = ""


def made_late(post: Post) -> Post:
    """With the line that says so; unchanged when there is none."""
    return msgspec.structs.replace(post, text=f"{post.text}\n{post.if_late}", if_late="") if post.if_late else post
