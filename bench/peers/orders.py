"""What the peers' trivial strategies do: enter and leave at candles that were chosen beforehand, and nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd


class Orders:
    """`way` is 1 or −1 at candles where a position opens; `leaves` names those where it closes."""

    def __init__(self, path: str) -> None:
        with np.load(Path(path)) as data:
            self.frame = pd.DataFrame(
                {name.capitalize(): data[name] for name in ("open", "high", "low", "close", "volume")},
                index=pd.to_datetime(data["open_ms"], unit="ms"),
            )
            self.open_ms = data["open_ms"].tolist()
            self.way = dict(zip(data["enters"].tolist(), data["ways"].tolist(), strict=True))
            self.leaves = set(data["leaves"].tolist())
