"""Starts JupyterLab for a test, and stops it again."""

import socket
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import contextmanager

TOKEN = "test"


@contextmanager
def serving(command, log, env=None):
    """Run a command that starts JupyterLab, with further options, and yield its address once it answers.

    Raises
    ------
    AssertionError
        With what it wrote, if it ends or does not answer in a minute.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--allow-root", f"--port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}"]
    with log.open("w") as output:
        server = subprocess.Popen([*command, *options], stdout=output, stderr=subprocess.STDOUT, env=env)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(120):
            try:
                urllib.request.urlopen(f"{address}/api/status?token={TOKEN}")
                break
            except urllib.error.URLError:
                assert server.poll() is None, log.read_text()
                time.sleep(0.5)
        else:
            raise AssertionError(log.read_text())
        yield address
    finally:
        if server.poll() is None:
            stop = urllib.request.Request(f"{address}/api/shutdown?token={TOKEN}", method="POST", data=b"")
            urllib.request.urlopen(stop)
            server.wait(30)
