"""Finds the browser that prints the book, draws pictures of its live figures and runs their tests."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
PLACES = (  # where the installers for macOS and Windows put it, which is on no search path
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)

OFFLINE = "--host-resolver-rules=MAP * ~NOTFOUND"


def browser_path() -> str | None:
    """Return the path of Chromium or a browser made from it, first the one that CHROMIUM names; None without one."""
    return next(filter(None, map(shutil.which, (os.environ.get("CHROMIUM", ""), *NAMES, *PLACES))), None)


def launch(playwright: Playwright) -> Browser:
    """Start the browser, without a network.

    Raises
    ------
    OSError
        If there is none, or the program does not start as a browser does.
    """
    from playwright.sync_api import Error

    program = browser_path()
    if program is None:
        raise OSError("there is no Chromium or Chrome; install one, or give the path of its program in CHROMIUM.")
    try:
        return playwright.chromium.launch(executable_path=program, args=[OFFLINE])
    except Error as error:
        raise OSError(f"{program} did not start as a browser: {error.message.splitlines()[0]}") from None
