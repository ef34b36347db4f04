"""FoundationModels that must be refused: what a person gets wrong about which of its pods is asked."""

from typing import Any

from tests.crds.objects import Manifest, foundation_model
from tests.crds.rows import Refused


def _balanced(**fields: Any) -> Manifest:
    return foundation_model(balancing={"strategy": "PrefixAffinity", **fields})


ROWS = (
    Refused("balancing of no kind", foundation_model(balancing={}), "spec.balancing.strategy", "Required value"),
    Refused(
        "a strategy of balancing that nobody knows",
        _balanced(strategy="RoundRobin"),
        "spec.balancing.strategy",
        'supported values: "LeastOutstanding", "PrefixAffinity"',
    ),
    Refused(
        "a length of prefixes that nobody looks at",
        _balanced(strategy="LeastOutstanding", prefixLength=256),
        "spec.balancing",
        "prefixLength is for strategy PrefixAffinity: use that strategy, or remove prefixLength",
    ),
    Refused(
        "prefixes of a letter", _balanced(prefixLength=1), "spec.balancing.prefixLength", "greater than or equal to 16"
    ),
    Refused(
        "prefixes of a book",
        _balanced(prefixLength=1_000_000),
        "spec.balancing.prefixLength",
        "less than or equal to 65536",
    ),
    Refused(
        "a bound of load that nobody looks at",
        _balanced(strategy="LeastOutstanding", meanLoadFactor=150),
        "spec.balancing",
        "meanLoadFactor is for strategy PrefixAffinity: use that strategy, or remove meanLoadFactor",
    ),
    Refused(
        "a bound of load below the mean",
        _balanced(meanLoadFactor=90),
        "spec.balancing.meanLoadFactor",
        "greater than or equal to 100",
    ),
    Refused(
        "a bound of load as a factor, not in percent",
        _balanced(meanLoadFactor=1.25),
        "spec.balancing.meanLoadFactor",
        "must be of type integer",
    ),
    Refused(
        "a bound of load that bounds nothing",
        _balanced(meanLoadFactor=1_000_000),
        "spec.balancing.meanLoadFactor",
        "less than or equal to 10000",
    ),
    Refused(
        "prefixes of what an embedder reads",
        foundation_model(task="Embedding", balancing={"strategy": "PrefixAffinity"}),
        "spec",
        "balancing.strategy PrefixAffinity needs task Chat or Completion",
    ),
    Refused(
        "prefixes for an engine that keeps none",
        foundation_model(
            balancing={"strategy": "PrefixAffinity"}, engine={"extraArgs": ["--no-enable-prefix-caching"]}
        ),
        "spec",
        "remove --no-enable-prefix-caching from engine.extraArgs",
    ),
)
