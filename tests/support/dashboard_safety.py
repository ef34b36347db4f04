"""The dashboard of safety: toxicity and guard rails."""

from fmops_api import series
from tests.support.dashboard import Dashboard, Panel
from tests.support.dashboard_queries import ANY, CHECKS, EACH, LOOKS, NAMESPACE, REQUESTS, SCORES, above_half, rate

SAFETY = Dashboard(
    "fmops-safety",
    "fmops / Safety",
    (NAMESPACE,),
    (
        (
            "Toxicity",
            (
                Panel(
                    "Share of answers above 0.5",
                    (
                        (
                            above_half("Output"),
                            EACH,
                        ),
                    ),
                    "percentunit",
                ),
                Panel(
                    "Share of requests above 0.5",
                    (
                        (
                            above_half("Input"),
                            EACH,
                        ),
                    ),
                    "percentunit",
                ),
                Panel(
                    "Scores of answers",
                    (
                        (
                            SCORES,
                            "{{le}}",
                        ),
                    ),
                    kind="heatmap",
                ),
            ),
        ),
        (
            "Guard rails",
            (
                Panel("Looks by outcome", ((rate(CHECKS, ANY, "outcome"), "{{outcome}}"),), "ops"),
                Panel(
                    "Blocked by rail",
                    ((rate(CHECKS, f'{ANY},outcome="blocked"', "namespace, model, rail"), f"{EACH} {{{{rail}}}}"),),
                    "ops",
                ),
                Panel(
                    "Passed by although a rail failed",
                    ((rate(series.GUARD_BYPASSED.name, ANY, "namespace, model, rail"), f"{EACH} {{{{rail}}}}"),),
                    "ops",
                ),
                Panel(
                    "Time of a look, p95",
                    (
                        (
                            LOOKS,
                            "{{detector}}",
                        ),
                    ),
                    "s",
                ),
                Panel(
                    "Refused: no key, or not this model",
                    ((rate(REQUESTS, 'code=~"401|403|404"', "code"), "{{code}}"),),
                    "reqps",
                ),
                Panel(
                    "Refused by limits",
                    ((rate(series.RATE_LIMITED.name, ANY, "namespace, model, key"), f"{EACH} {{{{key}}}}"),),
                    "ops",
                ),
            ),
        ),
    ),
)
