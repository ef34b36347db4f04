"""A trained classifier on a volume, mounted in the gateway's pods by the chart, blocks what no rule finds."""

import json
import re
from collections.abc import Iterator

import pytest

from tests.cluster.demo import MODEL, NAMESPACE, QUESTION, Installed, application
from tests.cluster.demo_client import Client
from tests.cluster.demo_gateway import Application, gateway_metrics
from tests.cluster.demo_install import SYSTEM, chart_values, claim, install_chart
from tests.cluster.demo_watch import condition, is_ready, wait_for
from tests.cluster.progress import wait_until
from tests.cluster.storage import model_volume
from tests.support.toxic_classifier import NAME, ensure_classifier

pytestmark = [pytest.mark.node, pytest.mark.timeout(900)]
THREAT = "Next time you will not walk home."
OUTCOME = re.compile(r'outcome="(\w+)"')
RAIL = {"name": "meaning", "detector": "Classifier", "classifier": NAME, "threshold": "0.8", "timeout": "5s"}


@pytest.fixture(scope="module")
def mounted(installed: Installed) -> Iterator[None]:
    """The gateway with the classifier; without it again afterwards."""
    volume = model_volume(f"{SYSTEM}-{NAME}", ensure_classifier())
    volume["spec"]["claimRef"] = {"namespace": SYSTEM, "name": NAME}
    installed.kubectl.apply(volume, claim(NAME, SYSTEM, "ReadOnlyMany"))
    values = chart_values(installed.images, NAMESPACE)
    brings = {"name": NAME, "volume": {"persistentVolumeClaim": {"claimName": NAME, "readOnly": True}}}
    install_chart(installed.kubectl, {**values, "gateway": {**values["gateway"], "classifiers": [brings]}})
    yield
    install_chart(installed.kubectl, values)
    installed.kubectl("delete", "persistentvolumeclaim", NAME, "--namespace", SYSTEM)
    installed.kubectl("delete", "persistentvolume", f"{SYSTEM}-{NAME}", "--wait=false")


@pytest.fixture
def app(installed: Installed, client: Client, mounted: None) -> Iterator[Application]:
    """An application whose model has the rail besides its own."""
    own = wait_for(installed.kubectl, MODEL, is_ready)["spec"]["guardrails"]
    change(installed, [*own, RAIL])
    try:
        wait_for(installed.kubectl, MODEL, lambda found: condition(found, "Guarded") == "True")
        yield application(installed.kubectl, client)
    finally:
        change(installed, own)


def change(installed: Installed, rails: list[dict[str, str]]) -> None:
    patch = json.dumps({"spec": {"guardrails": rails}})
    installed.kubectl("patch", MODEL.kind, MODEL.name, "--namespace", NAMESPACE, "--type=merge", "--patch", patch)


def test_what_no_rule_finds_is_blocked_by_a_classifier(app: Application, installed: Installed) -> None:
    # Each of two replicas learns of it within a second; who is asked is chance.
    wait_until("the rail to be in force", lambda: all(app.chat(THREAT).status == 400 for _ in range(4)), 60)
    refused = app.chat(THREAT)
    assert refused.status == 400
    assert refused.said == "content_filter: the request was blocked by guard rail meaning"
    assert app.chat(QUESTION).status == 200
    page = gateway_metrics(installed.kubectl, app.client, SYSTEM)
    counted = [
        line for line in page.splitlines() if line.startswith("fmops_guard_checks_total{") and 'rail="meaning"' in line
    ]
    assert {OUTCOME.findall(line)[0] for line in counted} == {"blocked", "allowed"}
