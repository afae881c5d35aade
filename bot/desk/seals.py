"""Closes the buttons of every message that goes out, and opens what a tap sends back."""

from __future__ import annotations

from bot.clock import Clock
from bot.words.buttons import Broken, Tapped, seal, seal_key, unseal
from bot.words.post import Post


class Seals:
    """`people` is the clock of those who tap. The key is made of the bot's token and never shown."""

    def __init__(self, token: str, people: Clock) -> None:
        self._key = seal_key(token)
        self._people = people

    def close(self, post: Post, key: str) -> Post:
        """The post as the message `key` carries it."""
        return seal(post, self._key, key, self._people.now_ms())

    def open(self, data: str, key: str) -> Tapped | Broken:
        """What was tapped at the message `key`."""
        return unseal(data, self._key, key, self._people.now_ms())
