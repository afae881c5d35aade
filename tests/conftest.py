"""How hypothesis runs here: the same examples every time, and on failure the blob that repeats the failing one."""

import pytest
import structlog
from hypothesis import HealthCheck, settings

settings.register_profile(
    "suite",
    derandomize=True,  # the suite must not pass on one machine and fail on the next
    database=None,
    deadline=None,  # shared machines stutter
    print_blob=True,
    max_examples=40,
    suppress_health_check=[HealthCheck.too_slow],
)
# `pytest --hypothesis-profile=search` looks for new examples; what it finds becomes an `@example`.
settings.register_profile("search", settings.get_profile("suite"), derandomize=False, max_examples=1000)
settings.load_profile("suite")


def pytest_addoption(parser):
    parser.addoption("--bless", action="store_true", help="write golden files anew; read the difference first")
    parser.addoption("--screens", metavar="DIR", help="keep the pictures of the chat page here")


@pytest.fixture(autouse=True)
def _log_as_before():
    """The command line sends its log to a stderr that, in a test, is closed afterwards."""
    yield
    if structlog.is_configured():
        structlog.reset_defaults()
