"""The part of `check` that doubts limits which are allowed, and are hardly meant: a share where percent count, or the
reverse.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.check.findings import Finding, doubtful
from bot.config import EngineSection


def unit_findings(engine: EngineSection) -> Iterator[Finding]:
    """A limit under the risk of a single trade, a confidence under one percent, a spread as large as the risk."""
    gate, limits, risk = engine.gate, engine.limits, engine.account.risk_percent
    open_risks = {f"gate.groups.{group.name}": group.max_risk_percent for group in gate.groups}
    open_risks["gate.max_open_risk_percent"] = gate.max_open_risk_percent
    losses = {
        f"limits.{name}": getattr(limits, name)
        for name in ("daily_loss_percent", "weekly_loss_percent", "max_drawdown_percent")
    }
    for found, outcome in ((open_risks, "no signal passes"), (losses, "one loser reaches it")):
        for key, percent in found.items():
            if 0 < percent < risk:
                why = f"{percent} % is less than the {risk} % that a trade risks, so {outcome}"
                yield doubtful("config", f"engine.{key}: {why}; it is in percent: 5 for 5 %")
    if 0 < gate.min_confidence < 1:
        yield doubtful("config", f"engine.gate.min_confidence: {gate.min_confidence} is under 1 %; 75 would be 75 %")
    if gate.max_spread_r >= 1:
        why = f"{gate.max_spread_r} lets the spread be as large as the risk"
        yield doubtful("config", f"engine.gate.max_spread_r: {why}; it is a share: 0.05 for 5 %")
