"""Drives the Firefox of this machine by WebDriver BiDi, the protocol that it speaks itself, so with no driver."""

import itertools
import json
import re
import shutil
import subprocess
import time

import websocket

NAMES = ("firefox-esr", "firefox")
SECONDS = 60  # that anything may take
OFFLINE = {
    "network.proxy.type": 1,  # to a proxy that nobody offers, so that no host is reached
    "network.proxy.http": "127.0.0.1",
    "network.proxy.http_port": 9,
    "network.proxy.ssl": "127.0.0.1",
    "network.proxy.ssl_port": 9,
    "ui.prefersReducedMotion": 1,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
}

# Firefox says so of a fraction or an index of which it has read but one part yet; test_firefox.py counts at the end.
UNFINISHED = "Invalid markup: Incorrect number of children"


def firefox_path():
    """Return the path of Firefox, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Firefox:
    """A headless Firefox with one window and a profile of its own; ``errors`` holds what its pages complain about."""

    def __init__(self, path, folder, settings=()):
        preferences = {**OFFLINE, **dict(settings)}
        lines = [f'user_pref("{name}", {json.dumps(value)});' for name, value in preferences.items()]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "user.js").write_text("\n".join(lines))
        self.log = folder / "stderr"
        command = [path, "--headless", "--no-remote", "--profile", str(folder), "--remote-debugging-port", "0"]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=log)
        self.errors, self.numbers = [], itertools.count(1)
        try:
            self.socket = websocket.create_connection(f"{self._address()}/session", SECONDS, suppress_origin=True)
            self.ask("session.new", capabilities={})
            self.ask("session.subscribe", events=["log.entryAdded"])
            self.window = self.ask("browsingContext.getTree")["contexts"][0]["context"]
        except BaseException:
            self.process.kill()
            raise

    def _address(self):
        """Return where Firefox listens, as soon as it says so."""
        for _ in range(10 * SECONDS):
            found = re.search(r"WebDriver BiDi listening on (ws://\S+)", self.log.read_text())
            if found:
                return found[1]
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        raise RuntimeError(f"Firefox did not start: {self.log.read_text()}")

    def ask(self, method, **parameters):
        """Send a command and return its result; events that come meanwhile are kept."""
        number = next(self.numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self.socket.recv())
            entry = message["params"] if message.get("method") == "log.entryAdded" else {}
            if entry.get("level") == "error" and UNFINISHED not in entry["text"]:
                self.errors.append(entry["text"])
            if message.get("id") == number:
                if message["type"] == "error":
                    raise RuntimeError(f"{method}: {message['message']}")
                return message["result"]

    def open(self, address):
        """Open a page and wait until its fonts are there."""
        self.ask("browsingContext.navigate", context=self.window, url=address, wait="complete")
        self.run("async () => { await document.fonts.ready; }")

    def run(self, function, *values):
        """Call a JavaScript function in the page and return what it (or its promise) returns, by way of JSON."""
        code = f"async () => JSON.stringify(await ({function})(...{json.dumps(values)}))"
        answer = self.ask(
            "script.callFunction", functionDeclaration=code, awaitPromise=True, target={"context": self.window}
        )
        if answer["type"] == "exception":
            raise RuntimeError(answer["exceptionDetails"]["text"])
        return json.loads(answer["result"].get("value", "null"))

    def press(self, key, times=1):
        """Press a key, given as WebDriver numbers it, some times."""
        strokes = [{"type": kind, "value": key} for _ in range(times) for kind in ("keyDown", "keyUp")]
        keyboard = {"type": "key", "id": "keyboard", "actions": strokes}
        self.ask("input.performActions", context=self.window, actions=[keyboard])

    def close(self):
        """End the browser."""
        try:
            self.socket.close()
        finally:
            self.process.terminate()
            self.process.wait(SECONDS)
