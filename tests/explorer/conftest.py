import os
import shutil
from pathlib import Path

import pytest

PLACES = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")


def chromium():
    """Return the path of a Chromium, or None."""
    found = [name for name in ("chromium", "chromium-browser", "google-chrome", "chrome") if shutil.which(name)]
    return shutil.which(found[0]) if found else next((place for place in PLACES if Path(place).exists()), None)


@pytest.fixture(scope="session")
def browser():
    path = chromium()
    if path is None and not os.environ.get("CI"):
        pytest.skip("no Chromium was found, so the figures cannot be tried in a browser")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        program = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield program
        program.close()
