"""The widgets of the explorers that run the Python library."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import html
import io
import math
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import ipywidgets as widgets
from matplotlib import pyplot as plt

from asng_book.live.explorer import CONTROLS, STEPS, WHOLE
from asng_book.live.tracks import Following, Track, draw
from asng_edu.nas.drawing.plot import NAMES

LEAD = ("delta0", "eps_x")  # the sliders that are not folded away
NARROW = {"width": "auto", "margin": "2px 1.5em 2px 2px"}
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
            method: widgets.Checkbox(chosen, description=NAMES[method], indent=False, layout=NARROW)
            for method, chosen in methods.items()
        }
        self.picture = widgets.Image(format="png", layout=widgets.Layout(width="46em", max_width="100%"))
        self.sentence = widgets.HTML()
        for control in [*self.controls.values(), *self.checks.values()]:
            control.observe(self._update, names="value")
        first = {control: control.value for control in self.controls.values()}
        self.reset = widgets.Button(description="Reset", layout=NARROW)
        self.reset.on_click(lambda _: [control.set_trait("value", value) for control, value in first.items()])
        lead, more = (
            [control for name, control in self.controls.items() if (name in LEAD) == leads] for leads in (True, False)
        )
        parts = [_row(lead), _row([*self.checks.values(), self.reset])]
        if more:
            parts.append(widgets.Accordion([_row(more)], titles=["More settings: λ, α, D, K, seed, length of the run"]))
        super().__init__([*parts, self.picture, self.sentence])
        self._update()

    def _update(self, change: Any = None) -> None:
        """Run the library with the settings that now are: after a move, between other events of the kernel."""
        if self._task is not None:
            self._task.cancel()
        settings = {name: control.value for name, control in self.controls.items()}
        methods = [method for method, check in self.checks.items() if check.value]
        if not methods:
            change.owner.value = True  # at least one runs
            return
        self.picture.add_class(GHOST)
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


def _row(parts: list[Any]) -> Any:
    """Return widgets side by side, in as many lines as they need."""
    return widgets.Box(parts, layout=widgets.Layout(display="flex", flex_flow="row wrap"))


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


def slider(name: str, value: float | None = None) -> Any:
    """Return a slider of :data:`asng_book.live.explorer.CONTROLS`, at its default or at another value."""
    control = CONTROLS[name]
    value = control.default if value is None else value
    wide = {"style": {"description_width": "11.5em"}, "layout": widgets.Layout(width="28em", max_width="100%")}
    shown: dict[str, Any] = {"description": control.label, **wide}
    if control.values:
        return widgets.SelectionSlider(
            options=[(f"{one:,}", one) for one in control.values], value=value, continuous_update=True, **shown
        )
    if control.step is None:
        low, high = math.log10(control.low), math.log10(control.high)
        return widgets.FloatLogSlider(
            value, base=10, min=low, max=high, step=(high - low) / STEPS, readout_format=".3g", **shown
        )
    kind = widgets.IntSlider if name in WHOLE else widgets.FloatSlider
    return kind(value, min=control.low, max=control.most or control.high, step=control.step, **shown)
