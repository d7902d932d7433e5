"""Options, markers and names that all tests share."""

collect_ignore_glob = ["*conftest.py"]  # several files of one name cannot be searched for doctests


def pytest_addoption(parser):
    """Add the two options that say which tests run."""
    parser.addoption("--slow", action="store_true", help="run the slow tests too")
    parser.addoption("--book", action="store_true", help="run the tests that open the built book, and no others")


def pytest_collection_modifyitems(config, items):
    """Leave out the slow tests and those of the built book, unless they are asked for.

    The tests of the built book have a process of their own, for Playwright can be started only once in a process.
    """
    slow, book = config.getoption("--slow"), config.getoption("--book")
    chosen, others = [], []
    for item in items:
        wanted = (slow or not item.get_closest_marker("slow")) and book == bool(item.get_closest_marker("book"))
        (chosen if wanted else others).append(item)
    config.hook.pytest_deselected(items=others)
    items[:] = chosen


def pytest_make_parametrize_id(val):
    """Name functions by their names: the default for a lambda is an address, which differs between processes."""
    return getattr(val, "__name__", None) if callable(val) else None
