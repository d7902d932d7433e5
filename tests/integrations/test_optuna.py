"""The sampler in studies: trials that fail or never end, studies that are stopped and continued, several processes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import optuna
import pytest
from functions_to_minimize import SPACE, distance
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import TrialState

from asng_edu import ASNG, Bool, Choice, Integer, Space
from asng_edu.integrations import optuna as module
from asng_edu.integrations.optuna import SAMPLE, STATE, ASNGSampler

HELPERS = str(Path(__file__).parents[1] / "helpers")


@pytest.fixture(autouse=True)
def quiet():
    optuna.logging.set_verbosity(optuna.logging.ERROR)


def suggested(trial):
    return {
        "units": trial.suggest_int("units", 8, 512, log=True),
        "activation": trial.suggest_categorical("activation", ["relu", "tanh", "elu"]),
        "dropout": trial.suggest_float("dropout", 0.0, 0.8),
        "layers": trial.suggest_int("layers", 1, 4),
        "skip": trial.suggest_categorical("skip", [False, True]),
    }


def objective(trial):
    return distance(suggested(trial))


def unreliable(trial):
    params = suggested(trial)
    if params["layers"] == 4:
        raise RuntimeError("out of memory")
    if params["skip"]:
        raise optuna.TrialPruned
    return float("nan") if params["layers"] == 1 else distance(params)


def outcome(study):
    return [(trial.number, trial.state, trial.params, trial.values) for trial in study.trials]


def run(sampler, function=objective, trials=60, **options):
    study = optuna.create_study(sampler=sampler, **options)
    study.optimize(function, n_trials=trials, catch=RuntimeError)
    return study


def generations(study):
    return [trial.system_attrs[SAMPLE]["generation"] for trial in study.trials if SAMPLE in trial.system_attrs]


@pytest.mark.parametrize("space", [None, SPACE])
def test_a_study_changes_one_line(space):
    study = run(ASNGSampler(space, seed=1), trials=200)
    assert study.best_value < 0.9  # in the middle of the space it is 1.9
    assert outcome(study) == outcome(run(ASNGSampler(space, seed=1), trials=200))
    assert outcome(study) != outcome(run(ASNGSampler(space, seed=2), trials=200))
    together = 200 if space is not None else 199
    assert generations(study) == [number // 2 for number in range(together)]  # λ = 2


def test_a_single_process_takes_the_steps_of_the_optimizer():
    """The oracle: ASNG itself, told what the trials found."""
    study = run(ASNGSampler(SPACE, seed=1), trials=41)
    asng = ASNG(SPACE.distribution())
    samples = [trial.system_attrs[SAMPLE]["sample"] for trial in study.trials]
    for step in range(20):
        pair = tuple(np.array(part) for part in zip(*samples[2 * step : 2 * step + 2], strict=True))
        asng.tell(pair, [trial.value for trial in study.trials[2 * step : 2 * step + 2]])
        saved = study.trials[2 * step + 2].system_attrs[STATE]
        assert saved["generation"] == step + 1
        assert saved["state"]["state"]["theta"] == asng.theta.tolist()


def test_values_are_those_of_the_samples():
    study = run(ASNGSampler(SPACE, seed=1))
    samples = [trial.system_attrs[SAMPLE]["sample"] for trial in study.trials]
    points = SPACE.decode(tuple(np.array(part) for part in zip(*samples, strict=True)))
    assert points == [{name: trial.params[name] for name in SPACE.variables} for trial in study.trials]


def test_maximising_is_minimising_the_opposite():
    least = run(ASNGSampler(seed=1))
    most = run(ASNGSampler(seed=1), lambda trial: -objective(trial), direction="maximize")
    assert [trial.params for trial in most.trials] == [trial.params for trial in least.trials]


def test_failed_and_pruned_trials_are_worse_than_all_others(monkeypatch):
    told = []
    tell = ASNG.tell

    def watched(self, samples, losses, nan):
        told.append(losses)
        return tell(self, samples, losses, nan=nan)

    monkeypatch.setattr(ASNG, "tell", watched)
    study = run(ASNGSampler(SPACE, method="asng:lam=4", seed=3), unreliable, 101)
    states = {trial.state for trial in study.trials}
    assert states == {TrialState.COMPLETE, TrialState.FAIL, TrialState.PRUNED}
    values = [trial.value if trial.state == TrialState.COMPLETE else np.nan for trial in study.trials]
    np.testing.assert_array_equal(np.concatenate(told), values[:100])


@pytest.mark.parametrize("method", ["sng", "adam", "evolution", "random", "asng:lam=5:utility=rank", ASNG])
def test_any_optimizer_is_a_sampler(method):
    study = run(ASNGSampler(SPACE, method=method, seed=1), trials=80)
    assert study.best_value < 1.5
    assert generations(study)[-1] == (79 // {"evolution": 1, "random": 10, "asng:lam=5:utility=rank": 5}.get(method, 2))


# ------------------------------------------------------------------------------------------------ going on


@pytest.mark.parametrize("space", [None, SPACE])
@pytest.mark.parametrize("first", [1, 2, 17])
def test_a_stopped_study_goes_on_as_if_it_had_not(tmp_path, space, first):
    whole = run(ASNGSampler(space, seed=5), unreliable, 30)
    for trials in (first, 30 - first):
        storage = JournalStorage(JournalFileBackend(str(tmp_path / "study.log")))
        study = run(
            ASNGSampler(space, seed=5), unreliable, trials, storage=storage, study_name="s", load_if_exists=True
        )
    assert outcome(study) == outcome(whole)


def test_a_trial_that_never_ends_is_left_aside():
    study = optuna.create_study(sampler=ASNGSampler(SPACE, seed=5))
    hanging = study.ask()
    suggested(hanging)
    study.optimize(objective, n_trials=30)
    assert generations(study) == [0] + [number // 2 for number in range(30)]
    study.tell(hanging, 0.0)  # too late for its generation
    study.optimize(objective, n_trials=4)
    assert generations(study)[31:] == [15, 15, 16, 16]


def test_trials_at_the_same_time_are_samples_of_the_same_theta():
    study = optuna.create_study(sampler=ASNGSampler(SPACE, seed=5))
    open_trials = [study.ask() for _ in range(5)]
    values = [distance(suggested(trial)) for trial in open_trials]
    assert generations(study) == [0] * 5
    for trial, value in zip(open_trials[::-1], values[::-1], strict=True):
        study.tell(trial, value)
    suggested(study.ask())
    asng = ASNG(SPACE.distribution())
    samples = [trial.system_attrs[SAMPLE]["sample"] for trial in study.trials[:2]]  # of the lowest numbers
    asng.tell(tuple(np.array(part) for part in zip(*samples, strict=True)), values[:2])
    assert study.trials[5].system_attrs[STATE]["state"]["state"]["theta"] == asng.theta.tolist()


WORKER = """
import sys, optuna
sys.path[:0] = sys.argv[2].split(":")
from functions_to_minimize import SPACE
from test_optuna import unreliable
from asng_edu.integrations.optuna import ASNGSampler
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
optuna.logging.set_verbosity(optuna.logging.ERROR)
storage = JournalStorage(JournalFileBackend(sys.argv[1]))
sampler = ASNGSampler(SPACE, method="asng:lam=4", seed=5)
study = optuna.create_study(storage=storage, study_name="s", load_if_exists=True, sampler=sampler)
study.optimize(unreliable, n_trials=25, catch=RuntimeError)
"""


def test_several_processes_share_a_journal(tmp_path):
    path = str(tmp_path / "study.log")
    paths = f"{HELPERS}:{Path(__file__).parent}"
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    workers = [subprocess.Popen([sys.executable, "-c", WORKER, path, paths], env=environment) for _ in range(2)]
    assert [worker.wait(timeout=300) for worker in workers] == [0, 0]
    study = optuna.load_study(storage=JournalStorage(JournalFileBackend(path)), study_name="s")
    trials = study.trials
    assert len(trials) == 50
    assert len({json.dumps(trial.params) for trial in trials}) > 25  # no two draw the same numbers
    drawn = generations(study)
    assert len(drawn) == 50
    steps = max(drawn)
    assert 8 <= steps <= 12  # 50 trials of λ = 4, of which some come too late for their generation
    for step in range(steps):  # whoever takes a step has seen λ trials of that generation end
        assert drawn.count(step) >= 4
        assert any(t.system_attrs.get(STATE, {}).get("generation") == step + 1 for t in trials)


# ------------------------------------------------------------------------------------------------ what is searched


def test_parameters_with_steps_and_of_one_value():
    def stepped(trial):
        found = (
            trial.suggest_int("n", 3, 12, step=3),
            trial.suggest_float("x", -0.3, 0.6, step=0.3),
            trial.suggest_int("only", 7, 7),
            trial.suggest_categorical("c", [None, 1, 2.5, "1"]),
            trial.suggest_float("rate", 1e-5, 1e-1, log=True),
        )
        return abs(found[0] - 12) + abs(found[1] - 0.6) + (found[3] != 2.5)

    study = run(ASNGSampler(seed=1), stepped, 150)
    assert {6, 9, 12} <= {trial.params["n"] for trial in study.trials} <= {3, 6, 9, 12}
    values = {round(trial.params["x"], 9) for trial in study.trials}
    assert {0.0, 0.3, 0.6} <= values <= {-0.3, 0.0, 0.3, 0.6}
    assert len({repr(trial.params["c"]) for trial in study.trials}) == 4
    assert "only" not in study.sampler.infer_relative_search_space(study, study.trials[0])
    assert study.best_value < 1.0


def conditional(trial):
    kind = trial.suggest_categorical("kind", ["a", "b"])
    shared = trial.suggest_int("shared", 1, 20)
    extra = trial.suggest_int("extra", 1, 9) if kind == "b" else 0
    return abs(shared - 17) + extra


def test_conditional_parameters_are_sampled_by_themselves(monkeypatch):
    said = []
    monkeypatch.setattr(module.logger, "warning", lambda text, *values: said.append(text % values))
    study = run(ASNGSampler(seed=1), conditional, 100)
    assert study.best_value <= 2
    assert set(study.sampler.infer_relative_search_space(study, study.trials[0])) == {"kind", "shared"}
    assert "the parameter extra is sampled uniformly and by itself" in said[-1]
    assert len([sentence for sentence in said if "extra" in sentence]) == 1
    said.clear()
    space = Space(kind=Choice("a", "b"), shared=Integer(1, 20))
    run(ASNGSampler(space, seed=1, warn_independent_sampling=False), conditional, 20)
    assert said == []


def test_enqueued_trials_count_for_the_study_only():
    study = optuna.create_study(sampler=ASNGSampler(SPACE, seed=5))
    best = {"units": 100, "activation": "elu", "dropout": 0.25, "layers": 2, "skip": False}
    study.enqueue_trial(best)
    study.optimize(objective, n_trials=9)
    assert study.best_params == best
    # Optuna asks the sampler for the enqueued trial too, whose sample it then does not use.
    assert [trial.params for trial in study.trials].count(best) == 1


def test_the_study_must_have_one_objective():
    study = optuna.create_study(directions=["minimize", "maximize"], sampler=ASNGSampler(SPACE))
    with pytest.raises(ValueError, match="ASNGSampler has one objective, but the study has 2"):
        suggested(study.ask())


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"space": {"x": Bool()}}, "space must be a Space or None"),
        ({"seed": -1}, "seed must be a whole number"),
        ({"method": "catcma", "space": SPACE}, "method must be an optimiser of this library"),
        ({"method": "tpe", "space": SPACE}, "method must be one of"),
        ({"method": "reinforce", "space": SPACE}, "only categories and bits have logits"),
        ({"method": "tpe"}, "method must be one of"),
        ({"margin": "wide"}, "margin must be one of"),
        ({"warn_independent_sampling": 1}, "warn_independent_sampling must be True or False"),
    ],
)
def test_what_does_not_fit_is_refused(options, sentence):
    with pytest.raises(ValueError, match=sentence):
        ASNGSampler(**options)


def test_a_space_is_asked_for_as_it_is():
    study = optuna.create_study(sampler=ASNGSampler(SPACE))
    assert study.sampler.infer_relative_search_space(study, study.ask()) == {
        "units": IntDistribution(8, 512, log=True),
        "activation": CategoricalDistribution(("relu", "tanh", "elu")),
        "dropout": FloatDistribution(0.0, 0.8),
        "layers": IntDistribution(1, 4),
        "skip": CategoricalDistribution((False, True)),
    }


def test_without_optuna_the_module_says_what_it_needs():
    code = "import sys; sys.modules['optuna'] = None; import asng_edu.integrations.optuna"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "ModuleNotFoundError: ASNGSampler needs optuna: pip install 'asng_edu[optuna]'." in done.stderr
