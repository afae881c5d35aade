"""What the log may hold of an error."""

from __future__ import annotations

import pytest

from bot.fault import fault


@pytest.mark.parametrize(
    ("said", "logged"),
    [("no such row\n[parameters: what somebody wrote]", "no such row"), ("x" * 201, "x" * 200)],
)
def test_the_log_holds_the_beginning_of_an_errors_first_line(said, logged):
    assert fault(ValueError(said)) == {"error": f"ValueError: {logged}", "trace": ""}
