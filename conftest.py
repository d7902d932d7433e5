"""Options, markers and names that all tests share."""

collect_ignore_glob = ["*conftest.py"]  # several files of one name cannot be searched for doctests


def pytest_addoption(parser):
    """Add the two options that widen the default selection."""
    parser.addoption("--slow", action="store_true", help="run the slow tests too")
    parser.addoption("--book", action="store_true", help="fail, rather than skip, where the built book is missing")


def pytest_collection_modifyitems(config, items):
    """Leave the slow tests out unless they are asked for, by --slow or by -m."""
    if config.getoption("--slow") or "slow" in config.getoption("-m"):
        return
    slow = [item for item in items if item.get_closest_marker("slow")]
    config.hook.pytest_deselected(items=slow)
    items[:] = [item for item in items if item not in slow]


def pytest_make_parametrize_id(val):
    """Name functions by their names: the default for a lambda is an address, which differs between processes."""
    return getattr(val, "__name__", None) if callable(val) else None
