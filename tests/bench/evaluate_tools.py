"""The tools that are measured side by side: how each is told to ask the same prompts, and what it is started with."""

import asyncio
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import yaml

from fmops_api.catalogsource import CatalogSource
from fmops_api.evaluationplan import Candidate, EvaluationPlan
from fmops_api.evaluationrun import Examples
from fmops_api.execution import Execution
from fmops_api.metric import Metric
from fmops_api.promptcatalog import PromptCatalogSpec
from fmops_serving.prompts.catalog import Resolution, canonical, resolve
from fmops_serving.resolve.places import Reach
from fmops_serving.resolve.reading import report_on
from tests.bench.interpreter import packages_beside, packages_here

LABELS = ("billing", "refund", "delivery", "other")
IN_FLIGHT = 64
_ASK = "Which of billing, refund, delivery and other is this about? Answer in one word.\n\n{}"
_KEY = "unused"


@dataclass(frozen=True)
class Job:
    """One start of a tool."""

    command: Sequence[str]
    variables: Mapping[str, str] = field(default_factory=dict)
    packages: Mapping[str, str] = field(default_factory=dict)
    """Variables by which another interpreter finds what it needs; none for a tool that is not in Python."""

    def run_by(self, python: str) -> "Job":
        """Give the same start by some interpreter of this one's version, if the tool is in Python."""
        if not self.packages:
            return self
        return replace(self, command=[python, *self.command[1:]], variables={**self.variables, **self.packages})


@dataclass(frozen=True)
class Order:
    """What is asked: a folder of the job's own, how many prompts, and the upstream's root with /v1."""

    folder: Path
    prompts: int
    url: str
    in_flight: int = IN_FLIGHT


def apart(tool: Callable[[Order], Job], order: Order) -> Job:
    """Prepare a tool in a process of its own: what that one holds of the prompts must not count for the tool."""
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as other:
        return other.submit(tool, order).result()


def fmops(order: Order) -> Job:
    """`fmops evaluate` with one metric, as lm-eval has."""
    _write_manifests(order)
    command = [sys.executable, "-m", "fmops_serving", "evaluate", "-f", str(order.folder / "run.yaml")]
    command += ["--endpoint", f"m={order.url}", "--output", str(order.folder / "out")]
    return Job(command, packages=packages_here())


def runner(order: Order) -> Job:
    """`python -m fmops_serving.evaluate`, the program of a Job in the cluster, on what the operator writes for it."""
    spec = PromptCatalogSpec.model_validate(_catalog())
    return _runner(order, resolve(spec, {"tickets": "".join(_examples(order.prompts))}))


def bulky(order: Order) -> Job:
    """The same, with the examples in a file on a volume, which the bundle names by digest only."""
    source = {"name": "tickets", "persistentVolumeClaim": {"claimName": "tickets", "path": "tickets.jsonl"}}
    with (order.folder / "tickets.jsonl").open("w") as lines:
        lines.writelines(_examples(order.prompts))
    reach = Reach({"tickets": order.folder})
    report = asyncio.run(report_on(CatalogSource.model_validate(source), list(LABELS), reach))
    spec = PromptCatalogSpec.model_validate({**_catalog(), "sources": [source]})
    job = _runner(order, resolve(spec, {}, {"tickets": report}))
    volume = f"tickets={order.folder}"
    return replace(job, command=[*job.command, "--source", json.dumps(source), "--volume", volume])


def _runner(order: Order, resolution: Resolution) -> Job:
    if resolution.catalog is None:
        raise SystemExit(f"the catalogue of the bench has faults: {resolution.faults}")
    plan = EvaluationPlan(
        namespace="bench",
        run="bench",
        inputs_hash="0",
        catalog_digest=resolution.catalog.digest,
        template="ask@1",
        examples=Examples(sets=["tickets"]),
        metrics=[Metric(name="exact", type="ExactMatch")],
        execution=Execution(max_in_flight=order.in_flight),
        candidates=[Candidate(name="m", url=order.url, model="m", revision="1")],
    )
    (order.folder / "plan.json").write_text(plan.model_dump_json(by_alias=True))
    (order.folder / "bundle.json").write_bytes(canonical(resolution.catalog))
    command = [sys.executable, "-m", "fmops_serving.evaluate", "--plan", str(order.folder / "plan.json")]
    command += ["--bundle", str(order.folder / "bundle.json"), "--sink", str(order.folder / "sink")]
    return Job(command, packages=packages_here())


def lm_eval(order: Order, programs: Path) -> Job:
    """lm-eval's API model."""
    task = {
        "task": "tickets",
        "dataset_path": "json",
        "dataset_kwargs": {"data_files": {"test": str(_lines(order))}},
        "test_split": "test",
        "output_type": "generate_until",
        "doc_to_text": _ASK.format("{{ticket}}"),
        "doc_to_target": "{{label}}",
        "generation_kwargs": {"until": [], "max_gen_toks": 16},
        "metric_list": [{"metric": "exact_match", "aggregation": "mean", "higher_is_better": True}],
    }
    (order.folder / "tickets.yaml").write_text(yaml.safe_dump(task))
    model = f"model=m,base_url={order.url}/chat/completions,num_concurrent={order.in_flight},tokenizer_backend=None"
    command = [str(programs / "python"), str(programs / "lm_eval")]
    command += ["--model", "local-chat-completions", "--model_args", model]
    command += ["--tasks", "tickets", "--include_path", str(order.folder), "--apply_chat_template"]
    home = {"HF_HOME": str(order.folder / "hf"), "OPENAI_API_KEY": _KEY, "HF_HUB_OFFLINE": "1"}
    command += ["--output_path", str(order.folder / "out"), "--log_samples"]
    return Job(command, home, packages_beside(programs))


def inspect_ai(order: Order, programs: Path) -> Job:
    """inspect-ai's OpenAI-compatible provider."""
    code = f"""from inspect_ai import Task, task
from inspect_ai.dataset import FieldSpec, json_dataset
from inspect_ai.scorer import match
from inspect_ai.solver import generate


@task
def tickets():
    data = json_dataset({str(_lines(order))!r}, FieldSpec(input="prompt", target="label"))
    return Task(dataset=data, solver=generate(), scorer=match())
"""
    (order.folder / "tickets_task.py").write_text(code)
    command = [str(programs / "python"), str(programs / "inspect")]
    command += ["eval", "tickets_task.py", "--model", "openai-api/mock/m"]
    command += ["--max-connections", str(order.in_flight), "--max-samples", str(order.in_flight), "--max-tokens", "16"]
    command += ["--display", "none", "--log-dir", str(order.folder / "out")]
    return Job(command, {"MOCK_API_KEY": _KEY, "MOCK_BASE_URL": order.url}, packages_beside(programs))


def promptfoo(order: Order, programs: Path) -> Job:
    """promptfoo's OpenAI provider."""
    asked = [
        {"vars": {"prompt": each["prompt"]}, "assert": [{"type": "equals", "value": each["label"]}]}
        for each in tickets(order.prompts)
    ]
    (order.folder / "tests.json").write_text(json.dumps(asked))
    provider = {"apiBaseUrl": order.url, "apiKey": _KEY, "max_tokens": 16, "temperature": 0}
    config = {
        "prompts": ["{{prompt}}"],
        "providers": [{"id": "openai:chat:m", "config": provider}],
        "tests": "file://tests.json",
    }
    (order.folder / "promptfooconfig.yaml").write_text(yaml.safe_dump(config))
    command = [str(programs / "node"), str(programs.parent / "node_modules" / ".bin" / "promptfoo"), "eval"]
    command += ["--max-concurrency", str(order.in_flight), "--no-cache", "--no-table", "--no-progress-bar"]
    quiet = {"PROMPTFOO_DISABLE_TELEMETRY": "1", "PROMPTFOO_DISABLE_UPDATE": "1"}
    return Job([*command, "--output", "out.jsonl"], {**quiet, "PROMPTFOO_CONFIG_DIR": str(order.folder / "home")})


def tickets(count: int) -> Iterator[dict[str, str]]:
    """Write as many different prompts."""
    for n in range(count):
        text = f"Ticket {n}: my order has not come and the invoice is wrong, what can be done?"
        yield {"ticket": text, "label": LABELS[n % len(LABELS)], "prompt": _ASK.format(text)}


def _lines(order: Order) -> Path:
    path = order.folder / "tickets.jsonl"
    path.write_text("".join(f"{json.dumps(each)}\n" for each in tickets(order.prompts)))
    return path


def _examples(count: int) -> Iterator[str]:
    for n, each in enumerate(tickets(count)):
        example = {"id": f"t{n:07}", "variables": {"ticket": each["ticket"]}, "label": each["label"]}
        yield f"{json.dumps(example)}\n"


def _catalog() -> dict[str, Any]:
    template = {
        "name": "ask",
        "version": 1,
        "messages": [{"role": "User", "content": _ASK.format("{{ ticket }}")}],
        "variables": [{"name": "ticket", "type": "String", "required": True}],
        "generation": {"temperature": "0", "maxTokens": 16},
    }
    return {
        "sources": [{"name": "tickets", "configMap": {"name": "tickets", "key": "tickets.jsonl"}}],
        "templates": [template],
        "exampleSets": [{"name": "tickets", "source": "tickets", "labels": list(LABELS)}],
    }


def _write_manifests(order: Order) -> None:
    """Write the examples, the catalogue and the run."""
    run = {
        "candidates": {"models": [{"name": "m"}]},
        "catalog": {"name": "bench"},
        "template": "ask@1",
        "examples": {"sets": ["tickets"]},
        "metrics": [{"name": "exact", "type": "ExactMatch"}],
        "execution": {"maxInFlight": order.in_flight},
    }
    data = {"tickets.jsonl": "".join(_examples(order.prompts))}
    objects = [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "tickets"}, "data": data},
        {
            "apiVersion": "fmops.dev/v1alpha1",
            "kind": "PromptCatalog",
            "metadata": {"name": "bench"},
            "spec": _catalog(),
        },
        {"apiVersion": "fmops.dev/v1alpha1", "kind": "EvaluationRun", "metadata": {"name": "bench"}, "spec": run},
    ]
    (order.folder / "run.yaml").write_text(yaml.safe_dump_all(objects))
