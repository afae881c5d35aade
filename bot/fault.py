"""What the log says of an error that ends at a listener's boundary."""

from __future__ import annotations

import traceback


def fault(error: BaseException) -> dict[str, str]:
    """What went wrong and where. Only the first line: the next may hold what somebody wrote."""
    return {
        "error": f"{type(error).__name__}: {str(error).partition(chr(10))[0][:200]}",
        "trace": "".join(traceback.format_tb(error.__traceback__, limit=-6)),
    }
