"""The mixed search of the live figure against the library's, step by step, and the figure in a browser."""

import json

import numpy as np
import pytest
from figure_script import Script

from asng_edu import ASNG, Choice, Integer, Real, Space

UPDATES = 300
TARGET = {"numbers": [23, 0.3], "option": 1}
RUN = """
const M = ASNG.mixed, search = M.begin({ numbers: [M.integer(1, 30), M.real(0, 0.8)], options: 3, delta0, together });
const tracks = [];
for (let t = 0; t < normals.length; t++) {
  const samples = M.ask(search, normals[t], uniforms[t], mirrored);
  const losses = Float64Array.from(samples, (c) => M.loss(search, c, target));
  M.tell(search, samples, losses);
  const { delta, Delta, gamma } = search.groups[0];
  tracks.push({ theta: [...search.theta], s: [...search.s], losses: [...losses], delta, Delta, gamma });
}
return tracks;
"""


@pytest.fixture(scope="module")
def script():
    return Script("engine.js", "figures/numbers_and_choices/mixed.js")


def in_javascript(script, normals, uniforms, delta0, *, mirrored=False, together=True):
    return script(
        RUN, normals=normals.reshape(len(normals), -1).tolist(), uniforms=uniforms.tolist(), delta0=delta0,
        mirrored=mirrored, together=together, target=TARGET,
    )  # fmt: skip


def drawn(updates=UPDATES):
    rng = np.random.default_rng(3)
    return rng.standard_normal((updates, 2, 2)), rng.random((updates, 2))


def samples_of(theta, normals, uniforms):
    """Return what the library would draw from these random numbers."""
    means, seconds = theta[[0, 2]], theta[[1, 3]]
    ys = means + np.sqrt(seconds - means**2) * normals
    odds = theta[4:]
    categories = (uniforms[:, None] >= np.cumsum(odds)[None, :-1]).sum(axis=1)
    return ys[:, :1], ys[:, 1:], categories[:, None]


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("delta0", [0.1, 1.0])
def test_every_step_is_that_of_the_library(script, delta0, mirrored):
    normals, uniforms = drawn()
    tracks = in_javascript(script, normals, uniforms, delta0, mirrored=mirrored)
    space = Space(units=Integer(1, 30), dropout=Real(0.0, 0.8), activation=Choice("relu", "tanh", "elu"))
    family = space.distribution()
    asng = ASNG(family, delta0)
    for track, normal, uniform in zip(tracks, normals, uniforms, strict=True):
        both = np.stack([normal[0], -normal[0]]) if mirrored else normal
        samples = samples_of(asng.theta, both, uniform)
        losses = [
            abs(p["units"] - 23) / 29 + abs(p["dropout"] - 0.3) / 0.8 + (p["activation"] != "tanh")
            for p in space.decode(samples)
        ]
        asng.tell(samples, losses)
        np.testing.assert_allclose(track["losses"], losses, atol=1e-9)
        np.testing.assert_allclose(track["theta"], asng.theta, rtol=1e-7, atol=1e-9)
        np.testing.assert_allclose(track["s"], asng.state.s, rtol=1e-6, atol=1e-8)
        assert [track["Delta"], track["gamma"]] == pytest.approx([asng.state.Delta, asng.state.gamma], rel=1e-7)
        assert track["delta"] == pytest.approx(asng.delta, rel=1e-7)


def test_mirrored_draws_never_widen_a_gaussian(script):
    normals, uniforms = drawn()
    sigmas = {}
    for mirrored in (False, True):
        theta = np.array([t["theta"] for t in in_javascript(script, normals, uniforms, 0.3, mirrored=mirrored)])
        sigmas[mirrored] = theta[:, [1, 3]] - theta[:, [0, 2]] ** 2
    inside = sigmas[True][:-1] > [1.01 * 0.25**2, 1.01 * 0.0008**2]  # above the least σ, which the projection keeps
    rise = np.diff(sigmas[True], axis=0)
    assert inside.any()
    assert (rise[inside] <= 1e-12).all()
    assert (np.diff(sigmas[False], axis=0) > 1e-3).any()


def test_apart_each_variable_has_the_steps_of_its_own_search(script):
    normals, uniforms = drawn(100)
    tracks = in_javascript(script, normals, uniforms, 0.3, together=False)
    parts = [
        Space(v).distribution() for v in ({"n": Integer(1, 30)}, {"x": Real(0.0, 0.8)}, {"c": Choice("a", "b", "c")})
    ]
    searches = [ASNG(part, 0.3) for part in parts]
    for track, normal, uniform in zip(tracks, normals, uniforms, strict=True):
        samples = samples_of(np.concatenate([one.theta for one in searches]), normal, uniform)
        for one, sample in zip(searches, samples, strict=True):
            one.tell((sample,), track["losses"])
        np.testing.assert_allclose(
            track["theta"], np.concatenate([one.theta for one in searches]), rtol=1e-7, atol=1e-9
        )


def test_halves_are_rounded_as_numpy_rounds_them(script):
    values = np.arange(-1.0, 9.0, 0.25)
    found = script("return values.map((y) => ASNG.mixed.decode(ASNG.mixed.integer(1, 7), y));", values=values.tolist())
    assert found == [int(v) for v in Integer(1, 7).decode(values[:, None]) for v in v]


# ---- in a browser


def summary(page):
    return json.loads(page.locator(".asng-figure").get_attribute("data-summary"))


def test_the_search_follows_its_target(page):
    opened = page("mixed-search")
    figure = opened.locator(".asng-figure")
    before = summary(opened)
    assert before["t"] == 0
    many = figure.get_by_role("button", name="50 updates")
    for _ in range(6):
        many.click()
    found = summary(opened)
    assert found["t"] == 300
    assert found["odds"][found["target"]["option"]] > 0.6
    assert abs(found["mu"][0] - found["target"]["numbers"][0]) < 3
    units = figure.get_by_label("target of the units", exact=False)
    units.focus()
    units.press("Shift+ArrowLeft")
    units.press("Shift+ArrowLeft")
    moved = summary(opened)
    assert moved["target"]["numbers"][0] == found["target"]["numbers"][0] - 10
    for _ in range(4):
        many.click()
    assert summary(opened)["mu"][0] < moved["mu"][0] - 0.5
    activation = figure.get_by_label("target of the activation", exact=False)
    activation.focus()
    activation.press("ArrowRight")
    many.click()
    many.click()
    assert np.argmax(summary(opened)["odds"]) == summary(opened)["target"]["option"] == 2


def test_mirrored_draws_keep_sigma_from_growing(page):
    opened = page("mixed-search")
    figure = opened.locator(".asng-figure")
    figure.get_by_label("mirrored draws").check()
    sigmas = [summary(opened)["sigma"]]
    for _ in range(25):
        figure.get_by_role("button", name="One update").click()
        sigmas.append(summary(opened)["sigma"])
    assert (np.diff(sigmas, axis=0) <= 1e-9).all()


def test_one_step_for_each_variable_shows_three_lines(page):
    opened = page("mixed-search")
    figure = opened.locator(".asng-figure")
    assert len(summary(opened)["delta"]) == 1
    figure.get_by_label("s and Δ").select_option(label="one for each")
    figure.get_by_role("button", name="50 updates").click()
    assert len(set(summary(opened)["delta"])) == 3
