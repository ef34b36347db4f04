"""Kills at any moment lose nothing and do nothing twice; a restart over what is done writes nothing."""

import random
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from tests.cluster.control_plane import ControlPlane
from tests.cluster.progress import wait_until, wait_until_steady
from tests.operator.proofs.population import RUNS, claim, population, unfinished
from tests.operator.proofs.writes import looks_at, writes_of
from tests.support.api import Api, path_of
from tests.support.openai_server import Whole, openai_server
from tests.support.operator_process import Operator, Setup

KILLS = 20
SEED = 20261123


@pytest.mark.timeout(900)
def test_twenty_kills_during_an_apply_lose_nothing_and_a_restart_writes_nothing(
    crds_installed: ControlPlane, namespace: str, tmp_path: Path
) -> None:
    cluster, user = crds_installed, f"killed-{namespace}"
    settings = {"namespaces": namespace, "lease_namespace": namespace}
    setup = Setup(cluster.kubeconfig_for(user, ["system:masters"]), tmp_path, settings=settings)
    chance = random.Random(SEED)
    with openai_server(lambda _: Whole("refund")) as endpoint, closing(Api(cluster)) as api:
        api.apply(claim(), namespace)
        waiting = population(endpoint.url)
        operator = Operator(setup)
        for kill in range(KILLS):
            operator.start()
            share = len(waiting) // (KILLS - kill)
            if share:
                for manifest in waiting[:share]:
                    api.apply(manifest, namespace)
                waiting = waiting[share:]
            wait_until("the operator to begin", operator.is_ready)
            time.sleep(chance.uniform(0, 0.5))
            operator.kill()
        with operator:
            wait_until("all thirty", lambda: not unfinished(api, namespace), seconds=300)
            wait_until_steady("what it writes", lambda: len(writes_of(cluster, user)))
        asked = [each for each in writes_of(cluster, user) if each.resource == "jobs"]
        existing = {job["metadata"]["name"] for job in api.items(path_of("batch/v1", "Job", namespace))}
        assert len(existing) == RUNS, "a run has one Job"
        assert {each.name for each in asked} == existing, "and never had another"
        # What a kill cuts off is stored and yet logged as 504, so a Job need not have been told to be made.
        made = Counter(each.name for each in asked if each.code == 201)
        assert set(made.values()) == {1}, "no Job was made twice"
        assert {each.verb for each in asked} == {"patch"}, "and none was deleted"

        before = cluster.audit_offset()
        with operator:
            wait_until("every object to be looked at", lambda: looked_at_all(operator, 30), seconds=120)
        assert writes_of(cluster, user, before) == []


def looked_at_all(operator: Operator, objects: int) -> bool:
    """Whether everything was looked at at least once and nothing waits."""
    done = [looks_at(operator, kind) for kind in ("FoundationModel", "PromptCatalog", "EvaluationRun")]
    return sum(done) >= objects and operator.metric("fmops_queue_depth") == 0
