"""How hypothesis runs here: the same examples every time, and on failure the blob that repeats the failing one. And on
which database: each test on SQLite, those marked `both_databases` on PostgreSQL too; with `--database` all on one."""

import pytest
import structlog
from hypothesis import HealthCheck, settings

from tests.databases import Kind, running_on

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
    kinds = [kind.value for kind in Kind]
    parser.addoption("--database", choices=kinds, help="the kind on which every test runs")
    parser.addoption("--screens", metavar="DIR", help="keep the pictures of the chat page here")


def pytest_generate_tests(metafunc):
    has, asked = metafunc.definition.get_closest_marker, metafunc.config.getoption("--database")
    if asked or not (has("both_databases") or has("postgresql_only")):
        return
    kinds = [kind for kind in Kind if not any(has(f"{other}_only") for other in Kind if other is not kind)]
    metafunc.parametrize("_database", kinds, indirect=True, ids=str)


@pytest.fixture(autouse=True)
def _database(request):
    """The kind of every database that the test makes, and their end."""
    kind = getattr(request, "param", None) or Kind(request.config.getoption("--database") or Kind.SQLITE)
    for other in Kind:
        marker = request.node.get_closest_marker(f"{other}_only")
        if other is not kind and marker is not None:
            pytest.skip(marker.args[0])
    with running_on(kind):
        yield


@pytest.fixture(autouse=True)
def _log_as_before():
    """The command line sends its log to a stderr that, in a test, is closed afterwards."""
    yield
    if structlog.is_configured():
        structlog.reset_defaults()
