"""How Hypothesis searches: the same examples in every run, or with HYPOTHESIS_PROFILE=wide many new ones."""

import os

from hypothesis import HealthCheck, settings

quiet = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("same", max_examples=100, derandomize=True, **quiet)
settings.register_profile("wide", max_examples=1000, **quiet)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))
