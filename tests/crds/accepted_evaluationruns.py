"""EvaluationRuns that must be accepted and read back as they were given."""

from tests.crds.objects import evaluation_run, gate
from tests.crds.rows import Accepted

ROWS = (
    Accepted("the smallest EvaluationRun", evaluation_run()),
    Accepted(
        "an EvaluationRun with every field",
        evaluation_run(
            candidates={"models": [{"name": "model"}, {"name": "gpt-x.v1"}]},
            template="triage@production",
            examples={
                "sets": ["golden", "smoke"],
                "split": "Test",
                "limit": 500,
                "sample": {"strategy": "Stratified", "seed": 7},
            },
            metrics=[
                {"name": "f1", "type": "Classification", "average": "Weighted"},
                {"name": "exact", "type": "ExactMatch", "normalize": "Squad"},
                {"name": "latency", "type": "Latency"},
            ],
            gates=[
                gate(bound="Lower", confidence="0.95"),
                gate(metric="f1.recall", value="1.0"),
                gate(metric="exact", value="0"),
                gate(metric="latency.timeToFirstToken.p95", op="AtMost", value="12.5", bound="Upper", confidence="0.9"),
                gate(metric="coverage", value="0.98"),
                gate(metric="errors", op="AtMost", value="0.02"),
                gate(metric="exact", against="Baseline", value="-0.01", bound="Lower"),
                gate(metric="errors", against="Baseline", op="AtMost", value="0"),
            ],
            baseline={"name": "gpt-x.v1", "nullControl": True},
            repeats=3,
            execution={
                "maxErrorFraction": "0.02",
                "parallelism": 2,
                "shards": 32,
                "maxInFlight": 64,
                "attemptTimeout": "90s500ms",
                "runTimeout": "720h",
                "retries": 0,
                "suspend": True,
                "queueName": "evaluations",
                "cache": "Enabled",
                "budget": {"tokens": 2000000, "cost": "20"},
                "resources": {"requests": {"cpu": "500m"}, "limits": {"cpu": 1, "memory": "1Gi"}},
            },
            sink={"persistentVolumeClaim": {"claimName": "rows", "path": "team a/2026"}},
            historyLimit=0,
        ),
    ),
    Accepted(
        "a run that is measured again on Mondays and grows old",
        evaluation_run(
            rerun={
                "onInputChange": False,
                "schedule": "*/5,7 3-5 * jan-mar MON",
                "timeZone": "America/Argentina/Buenos_Aires",
                "maxAge": "720h",
            }
        ),
    ),
    Accepted(
        "candidates by their labels and cards",
        evaluation_run(
            candidates={
                "selector": {
                    "matchLabels": {"fmops.dev/shortlist": "support", "team": ""},
                    "matchExpressions": [
                        {"key": "tier", "operator": "NotIn", "values": ["trial", "old"]},
                        {"key": "checked", "operator": "Exists"},
                    ],
                },
                "constraints": ["card.license.commercialUse == 'Allowed'", "card.languages.exists(l, l == 'de')"],
            }
        ),
    ),
    Accepted("no gates", evaluation_run(gates=[])),
    Accepted(
        "a sink in a store that speaks the API of S3",
        evaluation_run(
            sink={
                "objectStore": {
                    "uri": "s3://lake/team-a/evaluations/",
                    "endpoint": "http://minio.storage.svc:9000",
                    "region": "eu-central-1",
                    "credentialsSecretRef": {"name": "s3"},
                }
            }
        ),
    ),
    Accepted("a sink at Google", evaluation_run(sink={"objectStore": {"uri": "gs://lake"}})),
    Accepted("a sink at Azure", evaluation_run(sink={"objectStore": {"uri": "az://lake/fmops"}})),
    Accepted("an attempt as long as its run", evaluation_run(execution={"attemptTimeout": "60m", "runTimeout": "1h"})),
    Accepted(
        "twenty candidates and sixteen gates",
        evaluation_run(
            candidates={"models": [{"name": f"m{n}"} for n in range(20)]},
            gates=[gate(value=f"0.{n}") for n in range(16)],
        ),
    ),
    Accepted(
        "a reference to the longest name",
        evaluation_run(template="t" * 63 + "@" + "p" * 63, catalog={"name": "c" * 253}),
    ),
)
