"""The figure of "Structures made of bits": its network against PyTorch, its bits against the library, a browser."""

import json

import numpy as np
import pytest
import torch
from figure_script import MATHEMATICS, Script
from torch.nn.functional import binary_cross_entropy_with_logits

from asng_edu import ASNG, Categorical
from asng_edu.nas import BitSpace

LAYERS, UNITS = 3, 4
SPACE = BitSpace(layers=LAYERS, layer_units=UNITS, activations=("identity", "tanh"))


@pytest.fixture(scope="module")
def script():
    return Script("numbers.js", *MATHEMATICS, "figures/structures_of_bits/bit_network.js")


def test_the_bits_are_those_of_the_library_in_its_order(script):
    net = script("return ASNG.bitNetwork.shape(layers, units);", layers=LAYERS, units=UNITS)
    assert net["bits"] == len(SPACE.decisions)
    assert [tuple(connection) for connection in net["connections"]] == list(SPACE.connections)
    places = script(
        "const net = ASNG.bitNetwork.shape(layers, units);\n"
        "return [1, 2, 3].map((layer) => [0, 1, 2, 3].map((u) => ASNG.bitNetwork.unitBit(net, layer, u)));",
        layers=LAYERS, units=UNITS,
    )  # fmt: skip
    for layer, row in enumerate(places, start=1):
        assert [str(SPACE.decisions[place]) for place in row] == [f"layer {layer}, unit {u}" for u in range(1, 5)]


def loss_by_torch(net, w, code, points):
    """The mean loss as PyTorch computes it from the flat weights."""

    def matrix(at, rows, columns):
        return w[at : at + rows * columns].reshape(rows, columns)

    outputs = [torch.tensor([point["x"] for point in points], dtype=torch.float64)]
    for layer in range(1, LAYERS + 1):
        h = w[net["biases"][layer - 1] :][:UNITS].expand(len(points), UNITS)
        for wire in net["wires"]:
            if wire["layer"] == layer and (wire["bit"] is None or code[wire["bit"]]):
                h = h + outputs[wire["source"]] @ matrix(wire["at"], UNITS, net["widths"][wire["source"]]).T
        first = len(SPACE.connections) + (layer - 1) * UNITS
        outputs.append(torch.where(torch.tensor(code[first : first + UNITS]) == 1, h.tanh(), h))
    logits = outputs[-1] @ w[net["last"] :][:UNITS] + w[net["last"] + UNITS]
    labels = torch.tensor([float(point["label"]) for point in points], dtype=torch.float64)
    return binary_cross_entropy_with_logits(logits, labels)


@pytest.mark.parametrize("seed", range(3))
def test_losses_and_gradients_are_those_of_pytorch(script, seed):
    code = SPACE.random_codes(seed, 1)[0].tolist()
    net, w, points, loss, slope = script(
        """
        const B = ASNG.bitNetwork, net = B.shape(layers, units), w = B.initial(net, E.generator(seed));
        const slope = new Float64Array(net.size);
        const points = B.points(["ring", "moons", "straight"][seed], 30, E.generator(seed, 1));
        const loss = B.gradient(net, w, code, points, slope);
        if (Math.abs(loss - B.meanLoss(net, w, code, points)) > 1e-12) throw new Error("two losses");
        return [net, [...w], points, loss, [...slope]];
        """,
        layers=LAYERS, units=UNITS, seed=seed, code=code,
    )  # fmt: skip
    weights = torch.tensor(w, dtype=torch.float64, requires_grad=True)
    expected = loss_by_torch(net, weights, code, points)
    expected.backward()
    assert loss == pytest.approx(expected.item(), rel=1e-12)
    np.testing.assert_allclose(slope, weights.grad.numpy(), rtol=1e-9, atol=1e-12)
    assert np.count_nonzero(slope) > len(slope) / 3


class Stored(np.random.Generator):
    """A generator that gives stored uniforms."""

    def __init__(self, uniforms):
        super().__init__(np.random.PCG64(0))
        self.stored = iter(uniforms)

    def random(self, size):
        return np.array([next(self.stored) for _ in range(int(np.prod(size)))]).reshape(size)


def test_bits_move_as_in_the_library(script):
    uniforms, planted, steps = np.random.default_rng(2).random(9000), SPACE.random_codes(1, 1)[0], 200
    optimizer = ASNG(Categorical([2] * len(planted)), rng=Stored(uniforms))
    for _ in range(steps):
        codes = optimizer.ask()
        optimizer.tell(codes, (codes != planted).sum(axis=1).astype(float))
    theta = script(
        """
        let at = 0;
        const method = ASNG.engine.startSearch(planted.map(() => 2), () => uniforms[at++]);
        for (let i = 0; i < steps; i++) {
          const codes = method.ask(2);
          method.tell(codes, codes.map((code) => code.filter((bit, k) => bit !== planted[k]).length));
        }
        return [...method.theta];
        """,
        uniforms=uniforms.tolist(), planted=planted.tolist(), steps=steps,
    )  # fmt: skip
    np.testing.assert_allclose(theta, optimizer.theta, rtol=1e-9, atol=1e-12)
    assert (optimizer.theta.reshape(-1, 2).argmax(axis=1) == planted).all()


def test_a_pinned_bit_stays_and_a_training_learns(script):
    first, last, theta, mode = script(
        """
        const run = ASNG.bitNetwork.start("learned", { kind: "ring", seed: 1, steps: 120 }), before = run.error();
        run.pins[0] = 0;
        run.pins[5] = 1;
        for (let i = 0; i < 120; i++) run.advance();
        return [before, run.error(), [run.one(0), run.one(5)], run.mode()];
        """
    )
    assert theta == [0.5, 0.5]
    assert (mode[0], mode[5]) == (0, 1)
    assert last < 0.8 * first


# ---- in a browser


def told(page):
    return json.loads(page.locator(".asng-figure").get_attribute("data-summary"))


def test_a_tap_pins_a_bit_and_learning_leaves_it(page):
    shown = page("bits-and-weights", steps=60)
    bit = shown.get_by_role("button", name="layer 2, unit 3")
    for pinned in (1, 0, None, 1):
        bit.click()
        place = [str(decision) for decision in SPACE.decisions].index("layer 2, unit 3")
        assert told(shown)["pins"][place] == pinned
    shown.get_by_role("button", name="Learn").click()
    after = told(shown)
    assert after["step"] == 60
    assert after["theta"][place] == 0.5
    assert after["mode"][place] == 1
    assert any(abs(p - 0.5) > 0.2 for p in after["theta"])
    shown.get_by_role("button", name="Unpin all").click()
    assert not any(value is not None for value in told(shown)["pins"])


def test_starting_again_gives_other_weights_and_the_same_question(page):
    shown = page("bits-and-weights", steps=60)
    before = told(shown)
    assert (before["step"], before["settled"]) == (0, 0)
    shown.get_by_role("button", name="One step").click()
    assert told(shown)["step"] == 1
    shown.get_by_role("button", name="Start again").click()
    after = told(shown)
    assert (after["step"], after["seed"]) == (0, before["seed"] + 1)
    shown.get_by_role("combobox", name="classes").select_option(label="two moons")
    assert told(shown)["kind"] == "moons"
    assert "of 60 steps" in shown.locator(".asng-summary").inner_text()


def test_on_the_ring_learned_bits_lie_between_random_ones_and_all(page):
    """What the chapter says of the figure, over seeds."""
    shown = page("bits-and-weights")
    errors = np.array(
        shown.evaluate(
            """() => [1, 2, 3, 4, 5].map((seed) => ["learned", "random", "on"].map((arm) => {
              const run = ASNG.bitNetwork.start(arm, { kind: "ring", seed, steps: 600 });
              for (let i = 0; i < 600; i++) run.advance();
              return run.error();
            }))"""
        )
    ).mean(axis=0)
    assert errors[2] < errors[0] < 0.5 * errors[1]
