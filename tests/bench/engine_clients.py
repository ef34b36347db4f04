"""lm-eval and `vllm bench serve`, unmodified, at the real engine and through our gateway: `... engine_clients`.

`python -m tests.bench.engine_clients` lets lm-eval put the same questions, greedily and one after the other, to the
engine itself and through the gateway with guard rails, and wants the same answers and the same score; then lets vLLM's
own load generator do the same and wants every request answered in full. Ends with status 1 when they differ.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.bench.evaluate_peers import installed
from tests.bench.gateway_served import access, gateway_of
from tests.bench.real_engine import NAME, engine_packages, engine_variables, engines, vllm
from tests.cluster.weights import SMOLLM2, ensure_weights

KEY = "sk-clients"
RAIL = {"name": "toxicity", "detector": "Toxicity"}
QUESTIONS = {
    "What is the capital of France?": "Paris",
    "What is the capital of Italy?": "Rome",
    "What is the capital of Japan?": "Tokyo",
    "What is the capital of Egypt?": "Cairo",
    "Which planet do we live on?": "Earth",
    "What colour is a clear sky at noon?": "blue",
    "How many days has a week?": "seven",
    "Which animal barks?": "dog",
}
REQUESTS, AT_ONCE, TOKENS = 24, 4, 16
"""Requests of the load generator, how many at once, and tokens in and out of each."""


@dataclass(frozen=True)
class Way:
    """How the engine is reached."""

    name: str
    url: str
    """With /v1."""
    model: str


def main() -> int:
    """Run both clients on both ways."""
    packages = engine_packages()
    if packages is None:
        print("no unpacked engine image in the tool cache: run `make e2e` once")
        return 0
    model = ensure_weights(SMOLLM2) / SMOLLM2.name
    options = ("--enforce-eager", "--max-model-len", "2048", "--kv-cache-memory-bytes", "512M")
    with engines(1, packages, model, *options) as (engine,):
        backend = {"urls": [f"{engine.root}/v1"], "model": NAME}
        route = {"namespace": "clients", "backends": [backend], "access": access(KEY)}
        # Prompts of the load generator are tokens by chance, which any guard rail may take offence at.
        routes = [{**route, "name": "guarded", "guardrails": [RAIL]}, {**route, "name": "open"}]
        with gateway_of(routes) as url:
            direct = Way("engine", f"{engine.root}/v1", NAME)
            faults = [*_lm_eval(direct, Way("gateway", url, "clients/guarded"))]
            faults += _bench_serve(packages, model, direct, Way("gateway", url, "clients/open"))
    print("all checks passed" if not faults else "\n".join(faults))
    return int(bool(faults))


def _lm_eval(direct: Way, through: Way) -> list[str]:
    """Compare what lm-eval hears on both ways."""
    (score, said), (other, heard) = _evaluated(direct), _evaluated(through)
    print(f"lm-eval: {score:.3f} of the engine itself, {other:.3f} through the gateway, {len(said)} answers each")
    same = said == heard and score == other and len(said) == len(QUESTIONS)
    return [] if same else [f"lm-eval: {said} is not {heard}"]


def _evaluated(way: Way) -> tuple[float, list[str]]:
    """Give the score and the answers in the order of the questions."""
    with tempfile.TemporaryDirectory(prefix="fmops-lm-eval-") as name:
        folder = Path(name)
        rows = ({"question": question, "answer": answer} for question, answer in QUESTIONS.items())
        (folder / "data.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
        (folder / "capitals.yaml").write_text(yaml.safe_dump(_task(folder / "data.jsonl")))
        wanted = f"model={way.model},base_url={way.url}/chat/completions,num_concurrent=1,tokenizer_backend=None"
        command = [str(installed("lm-eval") / "lm_eval"), "--model", "local-chat-completions", "--model_args", wanted]
        command += ["--tasks", "capitals", "--include_path", name, "--apply_chat_template", "--log_samples"]
        home = {"HF_HOME": str(folder / "hf"), "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}
        _run([*command, "--output_path", str(folder / "out")], {**os.environ, **home, "OPENAI_API_KEY": KEY})
        (results,) = (folder / "out").rglob("results*.json")
        (samples,) = (folder / "out").rglob("samples*.jsonl")
        found = sorted((json.loads(line) for line in samples.read_text().splitlines()), key=lambda row: row["doc_id"])
        score = json.loads(results.read_text())["results"]["capitals"]["exact_match,named"]
        return float(score), [row["resps"][0][0] for row in found]


def _task(data: Path) -> dict[str, Any]:
    """Score an answer by whether the right word is in it."""
    words = "|".join(QUESTIONS.values())
    named = [
        {"function": "regex", "regex_pattern": f"(?i)({words})", "fallback": "none"},
        {"function": "take_first"},
    ]
    return {
        "task": "capitals",
        "dataset_path": "json",
        "dataset_kwargs": {"data_files": {"test": str(data)}},
        "test_split": "test",
        "output_type": "generate_until",
        "doc_to_text": "{{question}}",
        "doc_to_target": "{{answer}}",
        "generation_kwargs": {"until": ["\n\n"], "max_gen_toks": 32, "temperature": 0},
        "filter_list": [{"name": "named", "filter": named}],
        "metric_list": [{"metric": "exact_match", "ignore_case": True}],
    }


def _bench_serve(packages: Path, model: Path, *ways: Way) -> list[str]:
    """Let vLLM's load generator ask on every way."""
    faults = []
    for way in ways:
        found = _loaded(packages, model, way)
        counts = [found.get(name) for name in ("completed", "failed", "total_output_tokens")]
        median = found["median_ttft_ms"]
        print(f"vllm bench serve: {way.name}, {counts[0]} answers of {TOKENS} tokens, first token in {median:.0f} ms")
        if counts != [REQUESTS, 0, REQUESTS * TOKENS]:
            faults.append(f"vllm bench serve: completed, failed and tokens are {counts} at the {way.name}")
    return faults


def _loaded(packages: Path, model: Path, way: Way) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="fmops-bench-serve-") as folder:
        options = {
            "backend": "openai-chat", "endpoint": "/v1/chat/completions", "base-url": way.url.removesuffix("/v1"),
            "model": way.model, "tokenizer": str(model), "dataset-name": "random", "random-input-len": str(TOKENS),
            "random-output-len": str(TOKENS), "num-prompts": str(REQUESTS), "max-concurrency": str(AT_ONCE),
            "result-dir": folder, "result-filename": "result.json",
        }  # fmt: skip
        command = vllm("bench", "serve", "--save-result", "--disable-tqdm", "--ignore-eos")
        command += [each for name, value in options.items() for each in (f"--{name}", value)]
        _run(command, {**engine_variables(packages), "OPENAI_API_KEY": KEY, "HOME": folder}, folder)
        content: dict[str, Any] = json.loads((Path(folder) / "result.json").read_text())
        return content


def _run(command: Sequence[str], variables: Mapping[str, str], folder: str | None = None) -> None:
    done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command[:4])} ended with {done.returncode}:\n{done.stderr[-3000:]}")


if __name__ == "__main__":
    sys.exit(main())
