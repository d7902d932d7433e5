"""The widgets of the explorers that run the Python library."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import html
import io
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import ipywidgets as widgets
from matplotlib import pyplot as plt

from asng_book.live.tracks import Following, Track, draw
from asng_edu.nas.drawing.plot import NAMES

GHOST = "asng-ghost"  # the class of a picture that is not of the sliders' setting any more
STYLE = f"<style>.{GHOST} {{ opacity: 0.45; }}</style>"


class Panel(widgets.VBox):  # type: ignore[misc]
    """Sliders, a picture and a sentence; in HTML without a kernel, the first picture and some advice.

    Parameters
    ----------
    controls : dict of widgets
        By the name of the setting. The first one is ``delta0``.
    methods : dict of bool
        The methods, and whether each runs at first.
    follow : function
        From a method and the settings to a generator that follows its run.
    advice : str
        What stands below the picture where there is no kernel, as HTML.
    show : function, optional
        How tracks are drawn.

    Notes
    -----
    In a kernel, moves of a slider are heard while a run is computed, and the newest one ends what the others began.
    Until the new picture is whole the old one stays, lighter, and the sentence says what is computed.
    """

    def __init__(
        self,
        controls: dict[str, Any],
        methods: Mapping[str, bool],
        follow: Callable[..., Following],
        advice: str,
        show: Callable[[dict[str, Track]], Any] = draw,
    ) -> None:
        self._advice, self._follow, self._show = advice, follow, show
        self._task: asyncio.Task[None] | None = None
        self.controls = controls
        self.checks = {
            method: widgets.Checkbox(chosen, description=NAMES[method], indent=False)
            for method, chosen in methods.items()
        }
        self.picture = widgets.Image(format="png", layout=widgets.Layout(width="46em", max_width="100%"))
        self.sentence = widgets.HTML()
        for control in [*self.controls.values(), *self.checks.values()]:
            control.observe(self._update, names="value")
        grid = widgets.Layout(display="flex", flex_flow="row wrap")
        super().__init__(
            [
                widgets.Box(list(self.controls.values()), layout=grid),
                widgets.HBox(list(self.checks.values())),
                self.picture,
                self.sentence,
            ]
        )
        self._update()

    def _update(self, change: Any = None) -> None:
        """Run the library with the settings that now are: after a move, between other events of the kernel."""
        if self._task is not None:
            self._task.cancel()
        settings = {name: control.value for name, control in self.controls.items()}
        methods = [method for method, check in self.checks.items() if check.value]
        self.picture.add_class(GHOST)
        if not methods:
            self._say("Choose at least one method.")
            return
        self._say(f"Computing δ⁰ = {settings['delta0']:.3g} …")
        computing = self._compute(methods, settings)
        loop = None if change is None else running_loop()  # the first picture is there when the panel is
        if loop is None:
            at_once(computing)
        else:
            self._task = loop.create_task(computing)

    async def _compute(self, methods: list[str], settings: dict[str, Any]) -> None:
        tracks = {}
        try:
            for method in methods:
                tracks[method] = await self._finish(self._follow(method, **settings))
        except Exception as error:  # of the reader's own function too
            self._say(f"The run stopped: {type(error).__name__}: {error}")
            return
        figure = self._show(tracks)
        file = io.BytesIO()
        figure.savefig(file, format="png", dpi=110)
        plt.close(figure)
        self.picture.value = file.getvalue()
        self.picture.remove_class(GHOST)
        ends = (f"{NAMES[method]} {track.outcome}" for method, track in tracks.items())
        self._say(f"With δ⁰ = {settings['delta0']:.3g}: {'; '.join(ends)}.")

    async def _finish(self, following: Following) -> Track:
        """Run a generator to its end, and let others run at each of its pauses."""
        while True:
            try:
                next(following)
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]
            await asyncio.sleep(0)

    def _say(self, text: str) -> None:
        self._said = text
        self.sentence.value = STYLE + text

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        picture = base64.b64encode(self.picture.value).decode()
        still = f'<img alt="{html.escape(self._said)}" src="data:image/png;base64,{picture}">'
        return {**data, "text/html": still + self._advice}, metadata


def running_loop() -> asyncio.AbstractEventLoop | None:
    """Return the event loop that runs this code, or None."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def at_once(computing: Coroutine[None, None, None]) -> None:
    """Run a coroutine that only pauses, to its end."""
    with contextlib.suppress(StopIteration):
        while True:
            computing.send(None)


WIDE = {"style": {"description_width": "6em"}, "layout": widgets.Layout(width="24em")}


def delta0_slider(value: float, low: float, high: float) -> Any:
    """Return a slider of δ⁰ in powers of ten."""
    return widgets.FloatLogSlider(value, base=10, min=low, max=high, step=0.025, description="δ⁰", **WIDE)


def fig4_controls() -> dict[str, Any]:
    """Return the sliders of :func:`asng_book.live.notebook.python_explorer`."""
    return {
        "delta0": delta0_slider(1 / 120, -5, 1.25),
        "eps_x": widgets.FloatLogSlider(0.0005, base=10, min=-5, max=-1, description="ε_x", **WIDE),
        "lam": widgets.IntSlider(2, min=2, max=16, description="λ", **WIDE),
        "alpha": widgets.FloatSlider(1.5, min=1.05, max=4.0, step=0.05, description="α", **WIDE),
        "dim": widgets.IntSlider(30, min=1, max=60, description="D", **WIDE),
        "categories": widgets.IntSlider(5, min=2, max=10, description="K", **WIDE),
        "seed": widgets.IntSlider(0, min=0, max=100, description="seed", **WIDE),
        "updates": widgets.IntSlider(10_000, min=500, max=100_000, step=500, description="updates", **WIDE),
    }
