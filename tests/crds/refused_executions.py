"""EvaluationRuns that must be refused for when and how they measure, and where the rows go."""

from typing import Any

from tests.crds.objects import Manifest, evaluation_run
from tests.crds.rows import Refused


def _execution(**fields: Any) -> Manifest:
    return evaluation_run(execution=fields)


def _store(uri: str = "s3://lake", **more: object) -> Manifest:
    return evaluation_run(sink={"objectStore": {"uri": uri, **more}})


def _sink(path: str) -> Manifest:
    return evaluation_run(sink={"persistentVolumeClaim": {"claimName": "rows", "path": path}})


ROWS = (
    Refused("no repeat at all", evaluation_run(repeats=0), "spec.repeats", "greater than or equal to 1"),
    Refused("too many repeats", evaluation_run(repeats=21), "spec.repeats", "less than or equal to 20"),
    Refused(
        "more errors than everything",
        _execution(maxErrorFraction="1.1"),
        "spec.execution.maxErrorFraction",
        "must be a fraction from 0 to 1",
    ),
    Refused(
        "the same level twice",
        evaluation_run(performance={"concurrency": [8, 8]}),
        "spec.performance.concurrency[1]",
        "Duplicate value",
    ),
    Refused(
        "a level of more requests at once than a client keeps",
        evaluation_run(performance={"concurrency": [1025]}),
        "spec.performance.concurrency[0]",
        "1024",
    ),
    Refused(
        "a ladder of loads beside a budget",
        evaluation_run(
            performance={"concurrency": [1]},
            sink={"persistentVolumeClaim": {"claimName": "rows"}},
            execution={"budget": {"tokens": 1000}},
        ),
        "spec",
        "execution.budget does not count what a ladder of loads takes",
    ),
    Refused(
        "a ladder of loads for a chain",
        evaluation_run(template=None, chain="ticket@1", performance={"concurrency": [1]}),
        "spec",
        "performance needs template: what a chain asks depends on earlier answers",
    ),
    Refused("a run in no time", _execution(runTimeout="0h"), "spec.execution.runTimeout", "must be more than zero"),
    Refused("a run of a year", _execution(runTimeout="8760h"), "spec.execution", "runTimeout must be at most 720h"),
    Refused(
        "a run in words", _execution(runTimeout="a while"), "spec.execution.runTimeout", "must be a duration such as"
    ),
    Refused(
        "an attempt longer than its run",
        _execution(attemptTimeout="2h", runTimeout="1h"),
        "spec.execution",
        "attemptTimeout must not exceed runTimeout",
    ),
    Refused("no parallelism", _execution(parallelism=0), "spec.execution.parallelism", "greater than or equal to 1"),
    Refused("no shard", _execution(shards=0), "spec.execution.shards", "greater than or equal to 1"),
    Refused("shards beyond number", _execution(shards=33), "spec.execution.shards", "less than or equal to 32"),
    Refused(
        "shards, and nowhere to leave their rows",
        _execution(shards=2),
        "spec",
        "execution.shards leave their rows in the sink, where they are scored: add sink, or remove shards",
    ),
    Refused(
        "more shards than requests at once",
        evaluation_run(execution={"shards": 8, "maxInFlight": 4}, sink={"persistentVolumeClaim": {"claimName": "x"}}),
        "spec.execution",
        "shards must not exceed maxInFlight: each asks at least one request at a time",
    ),
    Refused(
        "too many requests at once",
        _execution(maxInFlight=5000),
        "spec.execution.maxInFlight",
        "less than or equal to 1024",
    ),
    Refused("negative retries", _execution(retries=-1), "spec.execution.retries", "greater than or equal to 0"),
    Refused(
        "answers to take again, and nowhere to take them from",
        _execution(cache="Enabled"),
        "spec",
        "execution.cache takes answers from the sink: add sink, or remove cache",
    ),
    Refused(
        "a budget, and no rows to count it from",
        _execution(budget={"tokens": 1000}),
        "spec",
        "execution.budget counts what was spent from the rows in the sink: add sink, or remove budget",
    ),
    Refused(
        "a budget of nothing that is said",
        _execution(budget={}),
        "spec.execution.budget",
        "budget says how much: set tokens, cost, or both",
    ),
    Refused("a budget of no token", _execution(budget={"tokens": 0}), "spec.execution.budget.tokens", "1"),
    Refused("a budget of no money", _execution(budget={"cost": "0.0"}), "spec.execution.budget.cost", "more than zero"),
    Refused(
        "a budget in euros", _execution(budget={"cost": "20 EUR"}), "spec.execution.budget.cost", "must be a price"
    ),
    Refused("a cache of its own", _execution(cache="Redis"), "spec.execution.cache", "Enabled"),
    Refused(
        "a queue that is no name", _execution(queueName="Team A"), "spec.execution.queueName", "must be lower-case"
    ),
    Refused("a suspension in words", _execution(suspend="yes"), "spec.execution.suspend", "must be of type boolean"),
    Refused(
        "an evaluation pod that asks for more than its limit",
        _execution(resources={"requests": {"cpu": 2}, "limits": {"cpu": "1500m"}}),
        "spec.execution.resources",
        "a request must not exceed the limit of the same resource",
    ),
    Refused("rows out of the volume", _sink("../other"), "spec.sink.persistentVolumeClaim", "remove the '..'"),
    Refused(
        "rows at the root of the node", _sink("/etc"), "spec.sink.persistentVolumeClaim.path", "without a '/' in front"
    ),
    Refused("a sink of nothing", evaluation_run(sink={}), "spec.sink", "set exactly one of objectStore or"),
    Refused(
        "two sinks",
        evaluation_run(sink={"objectStore": {"uri": "s3://lake"}, "persistentVolumeClaim": {"claimName": "rows"}}),
        "spec.sink",
        "set exactly one of objectStore or persistentVolumeClaim",
    ),
    Refused(
        "a sink that is a web page",
        _store(uri="https://lake.example/x"),
        "spec.sink.objectStore.uri",
        "must be a bucket and a folder such as s3://lake/evaluations",
    ),
    Refused("a sink of this machine", _store(uri="file:///tmp"), "spec.sink.objectStore.uri", "with s3, gs or az"),
    Refused("a sink beside its folder", _store(uri="s3://lake/a/../b"), "spec.sink.objectStore", "'.' or '..'"),
    Refused(
        "an endpoint of a store that has one of its own",
        _store(uri="gs://lake", endpoint="http://x"),
        "spec.sink.objectStore",
        "endpoint and region belong to s3://",
    ),
    Refused(
        "credentials in plain sight", _store(accessKey="AKIA"), "", 'unknown field "spec.sink.objectStore.accessKey"'
    ),
    Refused(
        "a schedule in words",
        evaluation_run(rerun={"schedule": "every Monday"}),
        "spec.rerun.schedule",
        "must be a schedule of five fields, such as 0 3 * * 1 for Mondays at three",
    ),
    Refused(
        "a schedule of six fields",
        evaluation_run(rerun={"schedule": "0 0 3 * * 1"}),
        "spec.rerun.schedule",
        "must be a schedule of five fields",
    ),
    Refused(
        "a time zone of nothing",
        evaluation_run(rerun={"timeZone": "Europe/Berlin"}),
        "spec.rerun",
        "timeZone belongs to schedule: give one, or remove it",
    ),
    Refused(
        "a time zone that is a path",
        evaluation_run(rerun={"schedule": "0 3 * * 1", "timeZone": "../zone"}),
        "spec.rerun.timeZone",
        "must be a time zone such as UTC or Europe/Berlin",
    ),
    Refused("an age of nothing", evaluation_run(rerun={"maxAge": "0h"}), "spec.rerun.maxAge", "must be more than zero"),
    Refused(
        "an answer in words",
        evaluation_run(rerun={"onInputChange": "no"}),
        "spec.rerun.onInputChange",
        "must be of type boolean",
    ),
    Refused("a negative history", evaluation_run(historyLimit=-1), "spec.historyLimit", "greater than or equal to 0"),
)
