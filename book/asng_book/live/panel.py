"""The widgets of :func:`asng_book.live.notebook.python_explorer`."""

from __future__ import annotations

import io
from typing import Any

import ipywidgets as widgets
from matplotlib import pyplot as plt

from asng_book.live.tracks import draw, follow
from asng_edu.nas.drawing.plot import NAMES
from asng_edu.sweeps import trial


class Panel(widgets.VBox):  # type: ignore[misc]
    """Sliders, a picture and a sentence; in HTML without a kernel, only the sentence."""

    def __init__(self, methods: tuple[str, ...], advice: str) -> None:
        self._advice = advice
        wide: dict[str, Any] = {"style": {"description_width": "6em"}, "continuous_update": False}
        wide["layout"] = widgets.Layout(width="24em")
        self.controls: dict[str, Any] = {
            "delta0": widgets.FloatLogSlider(1 / 120, base=10, min=-5, max=1.25, description="δ⁰", **wide),
            "eps_x": widgets.FloatLogSlider(0.0005, base=10, min=-5, max=-1, description="ε_x", **wide),
            "lam": widgets.IntSlider(2, min=2, max=16, description="λ", **wide),
            "alpha": widgets.FloatSlider(1.5, min=1.05, max=4.0, step=0.05, description="α", **wide),
            "dim": widgets.IntSlider(30, min=1, max=60, description="D", **wide),
            "categories": widgets.IntSlider(5, min=2, max=10, description="K", **wide),
            "seed": widgets.IntSlider(0, min=0, max=100, description="seed", **wide),
            "updates": widgets.IntSlider(10_000, min=500, max=100_000, step=500, description="updates", **wide),
        }
        self.checks = {
            method: widgets.Checkbox(method in methods, description=NAMES[method], indent=False)
            for method in trial.METHODS
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
        """Run the library with the settings that now are, and show what it did."""
        settings = {name: control.value for name, control in self.controls.items()}
        methods = [method for method, check in self.checks.items() if check.value]
        if not methods:
            self.sentence.value = "Choose at least one method."
            return
        tracks = {method: follow(method, **settings) for method in methods}
        figure = draw(tracks)
        file = io.BytesIO()
        figure.savefig(file, format="png", dpi=110)
        plt.close(figure)
        self.picture.value = file.getvalue()
        ends = (
            f"{NAMES[method]} "
            + ("draws no solution" if track.solved is None else f"draws a solution after {track.solved:,} updates")
            for method, track in tracks.items()
        )
        self.sentence.value = f"With δ⁰ = {settings['delta0']:.3g}: {'; '.join(ends)}."

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        return {**data, "text/html": self._advice}, metadata
