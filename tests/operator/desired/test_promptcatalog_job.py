"""The Job that reads a source, and what a source means for the pods of an evaluation."""

import json
from pathlib import Path
from typing import Any

import pytest

from fmops_api.catalogsource import CatalogSource
from fmops_api.promptcatalog import PromptCatalog
from fmops_operator.desired.evaluationrun import build_plan
from fmops_operator.desired.evaluationrun_job import build_job
from fmops_operator.desired.promptcatalog import build_bundle, sources_in
from fmops_operator.desired.promptcatalog_job import build_resolve_job, order_of, with_ttl
from fmops_operator.manifest import Manifest
from fmops_operator.settings import Settings
from tests.operator.evaluation_samples import DIGEST, catalog_manifest, inputs, run
from tests.support.golden import check_golden, check_schema

SETTINGS = Settings(runner_image="fmops/serving:1", image_pull_policy="IfNotPresent")
STORE = {
    "name": "in-bucket",
    "objectStore": {
        "uri": "s3://evals/v3/support.jsonl",
        "endpoint": "http://minio.storage.svc:9000",
        "credentialsSecretRef": {"name": "s3"},
    },
    "refreshInterval": "1h",
}
DISK = {"name": "disk", "persistentVolumeClaim": {"claimName": "evals", "path": "v3/a.jsonl"}}


def catalog(*sources: dict[str, Any], labels: list[str] | None = None, name: str = "tickets") -> PromptCatalog:
    sets = [
        {"name": f"set-{s['name']}", "source": s["name"], **({"labels": labels} if labels else {})} for s in sources
    ]
    manifest = catalog_manifest({"sources": list(sources), "exampleSets": sets})
    return PromptCatalog.parse({**manifest, "metadata": {"name": name, "namespace": "support", "uid": "u-2"}})


def built(resource: PromptCatalog, read_before: str = "", settings: Settings = SETTINGS) -> Manifest:
    source = next(iter(resource.spec.sources or ()))
    return build_resolve_job(resource, order_of(resource, source), read_before, settings)


@pytest.mark.parametrize(
    ("name", "resource"),
    [
        pytest.param("object-store", catalog(STORE), id="an object of a bucket"),
        pytest.param("volume", catalog(DISK, labels=["refund", "billing"]), id="a file of a volume, of two classes"),
    ],
)
def test_the_job_is_as_written_down_and_valid(name: str, resource: PromptCatalog) -> None:
    job = built(resource)
    for manifest in (job, with_ttl(job, SETTINGS)):
        check_schema(manifest)
    check_golden(Path("tests/data/promptcatalog") / f"{name}.yaml", [job])


def test_another_order_image_or_time_is_another_job_and_another_interval_is_the_same() -> None:
    first = built(catalog(DISK))["metadata"]["name"]
    moved = {"name": "disk", "persistentVolumeClaim": {"claimName": "evals", "path": "v4/a.jsonl"}}
    others = [
        built(catalog(moved)),
        built(catalog(DISK, labels=["refund"])),
        built(catalog(DISK), "2026-11-25T12:00:00Z"),
        built(catalog(DISK), "", Settings(runner_image="fmops/serving:2")),
    ]
    assert len({first, *(job["metadata"]["name"] for job in others)}) == 5
    assert built(catalog({**DISK, "refreshInterval": "1h"})) == built(catalog(DISK))
    assert len(built(catalog({**DISK, "name": "d" * 59}, name="c" * 253))["metadata"]["name"]) <= 63


def test_labels_that_every_set_on_a_source_allows_are_handed_over() -> None:
    sets = [{"name": f"s{n}", "source": "disk", "labels": labels} for n, labels in enumerate((["a", "b"], ["c", "b"]))]
    manifest = catalog_manifest({"sources": [DISK], "exampleSets": sets})
    resource = PromptCatalog.parse({**manifest, "metadata": {"name": "tickets"}})
    assert order_of(resource, CatalogSource.model_validate(DISK)).labels == ("b",)


def test_a_bundle_says_where_examples_stand_beside_its_content() -> None:
    sources = [CatalogSource.model_validate(each) for each in (STORE, DISK)]
    assert sources_in(build_bundle(catalog(), DIGEST, b"{}", sources)) == sources
    assert sources_in(build_bundle(catalog(), DIGEST, b"{}")) == []


def test_runners_read_sources_with_keys_of_their_own_and_mount_a_claim_once() -> None:
    sources = [CatalogSource.model_validate(each) for each in (STORE, DISK)]
    keys = {"credentialsSecretRef": {"name": "lake"}}
    plain = run({"sink": {"objectStore": {"uri": "s3://lake", **keys}}})
    shared = run({"sink": {"persistentVolumeClaim": {"claimName": "evals", "path": "rows"}}})
    resolved = inputs(sources=sources)
    pods = {}
    for name, each in (("plain", plain), ("shared", shared)):
        job = build_job(each, build_plan(each, resolved, "i"), resolved, SETTINGS)
        check_schema(job)
        pods[name] = job["spec"]["template"]["spec"]
    (container,) = pods["plain"]["containers"]
    secrets = {each["name"]: each["valueFrom"]["secretKeyRef"]["name"] for each in container["env"]}
    assert (secrets["AWS_ACCESS_KEY_ID"], secrets["FMOPS_SOURCE_IN_BUCKET_AWS_ACCESS_KEY_ID"]) == ("lake", "s3")
    given = [container["args"][at + 1] for at, word in enumerate(container["args"]) if word == "--source"]
    assert [json.loads(each)["name"] for each in given] == ["in-bucket", "disk"]
    claims = [v["name"] for v in pods["shared"]["volumes"] if "persistentVolumeClaim" in v]
    mounts = [m for m in pods["shared"]["containers"][0]["volumeMounts"] if m["name"] == "sink"]
    assert (claims, [m.get("subPath") for m in mounts], mounts[1]["readOnly"]) == (["sink"], ["rows", None], True)


def test_moving_a_source_is_no_other_input() -> None:
    first, moved = (inputs(sources=[CatalogSource.model_validate(each)]) for each in (STORE, DISK))
    assert build_plan(run(), first, "i").inputs_hash == build_plan(run(), moved, "i").inputs_hash
