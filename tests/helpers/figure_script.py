"""Run the scripts of the live figures in a JavaScript engine, with no browser."""

import json

import pytest

from asng_book.live.files import STATIC, operations_script

MATHEMATICS = ("engine.js", "trial.js", "runs.js")


class Script:
    """A JavaScript context in which some scripts have run; values travel as JSON."""

    def __init__(self, *names):
        quickjs = pytest.importorskip("quickjs", reason="quickjs-ng evaluates the scripts; it is not installed")
        self.context = quickjs.Context()
        self.context.eval(operations_script())
        for name in names:
            self.context.eval((STATIC / name).read_text(encoding="utf-8"))

    def __call__(self, body, **values):
        """Return what the body of a function returns, with E = ASNG.engine and the values as its variables."""
        text = "".join(f"const {name} = {json.dumps(value)};\n" for name, value in values.items())
        result = self.context.eval(f"JSON.stringify((() => {{ const E = ASNG.engine;\n{text}{body}\n}})())")
        return None if result is None else json.loads(result)

    def error(self, body, **values):
        """Return the message of the error that the body throws."""
        return self(f"try {{ {body} }} catch (error) {{ return error.message; }} return null;", **values)
