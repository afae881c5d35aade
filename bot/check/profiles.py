"""The part of `check` that says how each channel is served: a line for each, with what is not as usual."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.check.findings import Finding, well
from bot.config import ChannelConfig


def profile_findings(channels: Iterable[ChannelConfig]) -> Iterator[Finding]:
    for channel in channels:
        yield well("profile", f"{channel.name}: {', '.join(_parts(channel))}")


def _parts(channel: ChannelConfig) -> Iterator[str]:
    yield channel.language
    yield channel.detail
    yield f"signals from {channel.min_score} points" if channel.min_score else "every signal"
    yield f"{channel.delay_min} min late" if channel.delay_min else "at once"
    if channel.quiet_hours is not None:
        yield f"silent {channel.quiet_hours} {channel.zone}"
    if channel.silent:
        yield f"{' and '.join(channel.silent)} always silent"
    if channel.protect_content:
        yield "protected"
