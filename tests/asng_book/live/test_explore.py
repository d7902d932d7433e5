"""The explorer under a reader's own problem, and how the explorers that run Python feel in a kernel."""

import asyncio
import io
import re
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from asng_book.live import explore
from asng_book.live.explorer import CONTROLS, STEPS
from asng_book.live.notebook import python_explorer
from asng_book.live.sweep_rows import METHODS
from asng_book.live.tracks import draw, finish, following_loss, shades
from asng_edu import ASNG, SNG, Adam, Bernoulli, Categorical, Gaussian
from asng_edu.problems import onemax

widgets = pytest.importorskip("ipywidgets")
plt = pytest.importorskip("matplotlib.pyplot")


def zeros(samples):
    return (samples != 0).sum(axis=1)


def text(panel):
    return re.sub(r"<style>.*</style>", "", panel.sentence.value)


def test_onemax_is_explored(no_loop):
    panel = explore(Bernoulli(20), onemax, updates=2000, target=0, methods=["asng", "sng"])
    assert re.fullmatch(r"With δ⁰ = 0.1: ASNG draws a solution after [\d,]+ updates; SNG draws .*\.", text(panel))
    picture = panel.picture.value
    assert plt.imread(io.BytesIO(picture)).shape[0] > 300
    panel.controls["delta0"].value = 3.0
    assert text(panel).startswith("With δ⁰ = 3: ASNG ")
    assert panel.picture.value != picture
    panel.checks["adam"].value = True
    assert "Adam" in text(panel)


def test_without_a_target_the_least_loss_is_said():
    panel = explore(Bernoulli(20), onemax, updates=50, methods=["asng"])
    assert re.fullmatch(r"With δ⁰ = 0.1: ASNG draws a least loss of [\d.]+\.", text(panel))


def test_what_is_drawn_is_what_ask_and_tell_compute():
    track = finish(following_loss(ASNG(Categorical([2, 3]), 0.3, seed=4), zeros, 40))
    asng = ASNG(Categorical([2, 3]), 0.3, seed=4)
    losses, infos = [], []
    for _ in range(40):
        samples = asng.ask()
        losses.append(zeros(samples).min())
        infos.append(asng.tell(samples, zeros(samples)))
    np.testing.assert_array_equal(track.loss, losses)
    np.testing.assert_allclose(track.delta, [info.delta for info in infos])
    np.testing.assert_allclose(track.ratio, [info.s_norm2 / asng.alpha for info in infos])
    np.testing.assert_allclose(track.gamma, [info.gamma for info in infos])
    np.testing.assert_allclose(track.theta[:, 1], asng.theta[2:])
    np.testing.assert_allclose(track.theta[:2, 0], asng.theta[:2])
    assert np.isnan(track.theta[2, 0])
    assert track.solved is None


@pytest.mark.parametrize("updates", [1, 299, 1000])
def test_a_run_ends_where_its_target_is_reached(updates):
    track = finish(following_loss(SNG(Bernoulli(3), 0.3, seed=0), zeros, updates, target=0))
    assert track.updates[-1] == (updates if track.solved is None else track.solved)
    assert (track.loss[-1] <= 0) == (track.solved is not None)


@pytest.mark.parametrize("family", [Bernoulli(3), Categorical([2, 4]), Gaussian(2)])
def test_each_family_is_drawn(family):
    tracks = {
        "asng": finish(following_loss(ASNG(family, 0.1, seed=0), lambda c: (np.asarray(c) ** 2).sum(axis=1), 30)),
        "adam": finish(following_loss(Adam(family, 0.1, seed=0), lambda c: (np.asarray(c) ** 2).sum(axis=1), 30)),
    }
    figure = draw(tracks, shade=shades(family, tracks))
    loss, delta, signal, *maps = figure.axes
    assert [axes.get_title(loc="left") for axes in maps] == ["θ of ASNG", "θ of Adam"]
    assert delta.get_title(loc="left") == "Step size δ (Adam: its rate)"
    assert signal.get_title(loc="left") == "ASNG: δ grows where ‖s‖²/α (line) > γ (dashes)"
    assert [len(axes.lines) for axes in (loss, delta, signal)] == [4, 2, 2]
    plt.close(figure)


@pytest.mark.parametrize(
    ("arguments", "wrong", "says"),
    [
        ((5, onemax), {}, "distribution must be"),
        ((Bernoulli(3), 5), {}, "loss must be a function"),
        ((Bernoulli(3), lambda samples: 1.0), {}, "losses must"),
        ((Bernoulli(3), lambda samples: [float("nan")] * len(samples)), {}, "losses must"),
        ((Bernoulli(3), onemax), {"methods": "asng"}, "methods must be a list"),
        ((Bernoulli(3), onemax), {"methods": ["sgd"]}, "asng, sng, adam"),
        ((Bernoulli(3), onemax), {"delta0": 100}, "delta0 must lie between"),
        ((Bernoulli(3), onemax), {"delta0": "1"}, "delta0"),
        ((Bernoulli(3), onemax), {"updates": 0}, "updates"),
        ((Bernoulli(3), onemax), {"lam": 1}, "lam"),
        ((Bernoulli(3), onemax), {"target": "none"}, "target"),
        ((Bernoulli(3), onemax), {"seed": -1}, "seed"),
    ],
)
def test_nonsense_is_refused_in_a_sentence(arguments, wrong, says):
    with pytest.raises(ValueError, match=re.escape(says)) as refused:
        explore(*arguments, **wrong)
    assert str(refused.value).endswith(".")


def test_an_error_of_the_readers_loss_is_his_and_a_later_one_is_said(no_loop):
    with pytest.raises(KeyError):
        explore(Bernoulli(3), lambda samples: {}["nothing"])
    broken = []

    def loss(samples):
        if broken:
            raise ZeroDivisionError("division by zero")
        return zeros(samples)

    panel = explore(Bernoulli(3), loss, updates=20)
    broken.append(True)
    panel.controls["delta0"].value = 1.0
    assert text(panel) == "The run stopped: ZeroDivisionError: division by zero"
    assert "asng-ghost" in panel.picture._dom_classes  # the picture is of an earlier setting


def test_in_a_kernel_the_newest_move_wins_and_the_old_picture_stays_until_then():
    calls = []

    def loss(samples):
        calls.append(len(samples))
        return zeros(samples)

    async def move():
        panel = explore(Bernoulli(8), loss, updates=3000, methods=["asng"])
        whole, picture = len(calls), panel.picture.value
        assert "asng-ghost" not in panel.picture._dom_classes
        for value in (0.2, 0.4, 0.8):
            panel.controls["delta0"].value = value
            for _ in range(5):
                await asyncio.sleep(0)
            assert text(panel) == f"Computing δ⁰ = {value:.3g} …"
            assert panel.picture.value == picture
            assert "asng-ghost" in panel.picture._dom_classes
        await panel._task
        assert text(panel).startswith("With δ⁰ = 0.8: ")
        assert panel.picture.value != picture
        assert "asng-ghost" not in panel.picture._dom_classes
        assert len(calls) - whole < 1.5 * whole  # what was begun for 0.2 and 0.4 was not brought to its end

    with ThreadPoolExecutor(1) as pool:  # a thread in which no browser has its event loop
        pool.submit(asyncio.run, move()).result()


def test_the_fig_4_explorer_moves_with_the_slider_too():
    assert all(control.continuous_update for control in python_explorer(["asng"]).controls.values())


def test_without_a_kernel_there_is_the_picture_and_a_sentence():
    html = explore(Bernoulli(3), zeros, updates=20)._repr_mimebundle_()[0]["text/html"]
    assert re.match(r'<img alt="With δ⁰ = 0.1: ASNG draws [^"]*" src="data:image/png;base64,[\w+/=]+">', html)
    assert "needs a running kernel" in html


def test_without_asng_no_panel_is_empty():
    track = finish(following_loss(SNG(Bernoulli(3), 0.1, seed=0), zeros, 30))
    figure = draw({"sng": track})
    assert [bool(axes.lines) for axes in figure.axes] == [True, True, False]  # the loss, δ and a map of θ
    plt.close(figure)


READ = """figure => Object.fromEntries([...figure.querySelectorAll(".asng-control:has([type=range])")].map(row => {
  const input = row.querySelector("input"), label = row.querySelector("label").textContent;
  return [label, ["min", "max", "step", "value"].map(name => Number(input[name]))];
}))"""


def test_both_explorers_have_the_same_sliders(page):
    in_kernel = python_explorer(["asng"])
    panel = page("explorer").locator(".asng-figure").evaluate(READ)
    assert list(in_kernel.checks) == list(METHODS)
    for name, control in CONTROLS.items():
        low, high, step, value = panel[control.label.replace("_", "")]
        slider = in_kernel.controls[name]
        assert slider.description == control.label
        assert slider.value == control.default
        if control.values:
            assert [one for _, one in slider.options] == list(control.values)
            assert (low, high, step) == (0, len(control.values) - 1, 1)
            assert control.values[int(value)] == control.default
        elif control.step is None:
            assert (low, high, step) == (0, STEPS, 1)
            assert (slider.max - slider.min) / slider.step == pytest.approx(STEPS)
            assert 10**slider.min == pytest.approx(control.low)
            assert 10**slider.max == pytest.approx(control.high)
            at = control.low * (control.high / control.low) ** (value / STEPS)
            assert at == pytest.approx(control.default, rel=0.05)
        else:
            assert (low, high, step, value) == (slider.min, slider.max, slider.step, slider.value)
