"""Options and markers that all tests share."""

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
