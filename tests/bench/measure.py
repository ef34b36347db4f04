"""The stage that measures, beside `vllm bench serve`, in one run: `python -m tests.bench.measure [--engine DIR]`.

Both put the same load on an upstream that sends tokens at a fixed pace, three rounds in turn. Prints the median over
the rounds of what both call by the same name, and by how much ours differs. vLLM is taken from the Python packages of
an unpacked engine image, which `make image` and the node tier leave in the tool cache. Not a test.
"""

import argparse
import json
import os
import subprocess
import tempfile
from pathlib import Path
from statistics import median

from fmops_api.evaluationplan import EvaluationPlan
from fmops_api.performance import Performance
from tests.bench.evaluate import upstream
from tests.bench.evaluate_tools import Order, runner
from tests.bench.real_engine import engine_packages, engine_variables, vllm
from tests.cluster.paths import cache

CONCURRENCY, REQUESTS, WARMUP, ROUNDS = 8, 120, 8, 3
FIRST, BETWEEN, TOKENS = 0.05, 0.01, 32
"""Seconds to the first token and between tokens, and tokens of an answer."""
GOAL = 0.1
FIGURES = (
    "request_throughput", "output_throughput", "median_ttft_ms", "p99_ttft_ms", "median_itl_ms", "p99_itl_ms",
    "median_tpot_ms", "median_e2el_ms", "p99_e2el_ms",
)  # fmt: skip


def main() -> None:
    """Measure in turn, and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.measure", description=__doc__)
    parser.add_argument("--engine", type=Path, help="folder of Python packages with vLLM; found in the tool cache")
    engine = parser.parse_args().engine or engine_packages()
    if engine is None:
        print("no unpacked engine image in the tool cache: run `make e2e` once, or name a folder with --engine")
        return
    ours, theirs = list[dict[str, float]](), list[dict[str, float]]()
    with upstream(FIRST, "--tokens", str(TOKENS), "--between", str(BETWEEN)) as url:
        for _ in range(ROUNDS):
            ours.append(measured_by_us(url))
            theirs.append(measured_by_vllm(url, engine))
    print(f"load average after: {' '.join(f'{each:.1f}' for each in os.getloadavg())}")
    print(f"{'':20}{'fmops':>10}{'vllm':>10}{'differs':>10}   goal: within {GOAL:.0%}")
    for name in FIGURES:
        mine, other = (median(each[name] for each in rounds) for rounds in (ours, theirs))
        print(f"{name:20}{mine:10.2f}{other:10.2f}{mine / other - 1:+10.1%}")


def measured_by_us(url: str) -> dict[str, float]:
    """Run the stage that measures."""
    with tempfile.TemporaryDirectory(prefix="fmops-bench-") as folder:
        job = runner(Order(Path(folder), REQUESTS, url))
        path = Path(folder) / "plan.json"
        ladder = Performance(concurrency=[CONCURRENCY], requests=REQUESTS, warmup=WARMUP)
        plan = EvaluationPlan.model_validate_json(path.read_text()).model_copy(update={"performance": ladder})
        path.write_text(plan.model_dump_json(by_alias=True))
        subprocess.run([*job.command, "--stage", "measure"], check=True, capture_output=True)
        (found,) = Path(folder).rglob(f"c{CONCURRENCY}.json")
        content: dict[str, float] = json.loads(found.read_text())
        return content


def measured_by_vllm(url: str, engine: Path) -> dict[str, float]:
    """Run vLLM's own benchmark client."""
    with tempfile.TemporaryDirectory(prefix="fmops-bench-") as folder:
        options = {
            "backend": "openai-chat", "endpoint": "/v1/chat/completions", "base-url": url.removesuffix("/v1"),
            "model": "m", "tokenizer": str(_tokenizer()), "dataset-name": "random", "random-input-len": "32",
            "random-output-len": str(TOKENS), "num-prompts": str(REQUESTS), "max-concurrency": str(CONCURRENCY),
            "num-warmups": str(WARMUP), "percentile-metrics": "ttft,tpot,itl,e2el", "metric-percentiles": "50,95,99",
            "result-dir": folder, "result-filename": "result.json",
        }  # fmt: skip
        flags = ["--save-result", "--disable-tqdm"]
        command = vllm("bench", "serve", *flags)
        command += [each for name, value in options.items() for each in (f"--{name}", value)]
        done = subprocess.run(
            command, cwd=folder, env=engine_variables(engine), capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SystemExit(f"vllm bench serve ended with {done.returncode}:\n{done.stderr[-3000:]}")
        content: dict[str, float] = json.loads((Path(folder) / "result.json").read_text())
        return content


def _tokenizer() -> Path:
    """Give a folder with a tokenizer, by which vLLM makes up prompts of some length."""
    for path in sorted(cache().glob("models/*/*/tokenizer.json")):
        return path.parent
    raise SystemExit("no model in the tool cache: run `make demo` once")


if __name__ == "__main__":
    main()
