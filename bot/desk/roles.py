"""Who may do what: one line for each command, and whatever has no line nobody may.

`"mode"` is the command alone, `"mode *"` the command with any word after it, `"mode live"` with this one; the line that
says most counts. A button does what its command does, and needs the same role.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.config import Role

ROLES: dict[str, Role] = {
    "start": Role.VIEWER,
    "help": Role.VIEWER,
    "unknown": Role.VIEWER,  # the answer to a command there is not
    "status": Role.VIEWER,
    "symbols": Role.VIEWER,
    "symbols *": Role.ADMIN,
    "trades": Role.VIEWER,
    "signals": Role.VIEWER,
    "why": Role.VIEWER,
    "chart": Role.VIEWER,
    "report": Role.VIEWER,
    "performance": Role.VIEWER,
    "news": Role.VIEWER,
    "health": Role.VIEWER,
    "version": Role.VIEWER,
    "pause": Role.ADMIN,
    "resume": Role.ADMIN,
    "risk": Role.VIEWER,
    "risk *": Role.ADMIN,
    "mode": Role.VIEWER,
    "mode *": Role.ADMIN,
    "mode live": Role.OWNER,
    "rearm": Role.OWNER,
    "strategy": Role.VIEWER,
    "strategy *": Role.ADMIN,
    "settings": Role.VIEWER,
    "settings *": Role.ADMIN,
    "cancel": Role.ADMIN,
    "move_sl": Role.ADMIN,
    "close": Role.ADMIN,
    "audit": Role.ADMIN,
    "mute": Role.ADMIN,
    "backup": Role.ADMIN,
}


def least_role(command: str, words: Sequence[str] = ()) -> Role | None:
    """The least role that may; None for what nobody may."""
    lines = (f"{command} {words[0].lower()}", f"{command} *", command) if words else (command,)
    return next((ROLES[line] for line in lines if line in ROLES), None)


def may(role: Role, command: str, words: Sequence[str] = ()) -> bool:
    least = least_role(command, words)
    return least is not None and role.reaches(least)
