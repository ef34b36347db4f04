# mypy: ignore-errors
"""lm-eval, unmodified: `with_lm_eval.py URL KEY MODEL SCOPE` runs a task of two examples and prints a line of JSON."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

URL, KEY, MODEL, _ = sys.argv[1:]
TASK = """
task: agreeing
dataset_path: json
dataset_kwargs: {data_files: {test: DATA}}
test_split: test
output_type: generate_until
doc_to_text: "{{question}}"
doc_to_target: "{{answer}}"
generation_kwargs: {until: ["END"], max_gen_toks: 8}
metric_list: [{metric: exact_match}]
"""


def main() -> None:
    """Run the task, and say whether every answer was scored as right."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data.jsonl"
        data.write_text("".join(json.dumps({"question": q, "answer": "yes indeed"}) + "\n" for q in ("one", "two")))
        (Path(folder) / "agreeing.yaml").write_text(TASK.replace("DATA", str(data)))
        wanted = f"model={MODEL},base_url={URL}/chat/completions,num_concurrent=2,tokenizer_backend=None"
        command = [str(Path(sys.executable).with_name("lm_eval")), "--model", "local-chat-completions"]
        command += ["--model_args", wanted, "--tasks", "agreeing", "--include_path", folder, "--apply_chat_template"]
        done = subprocess.run(
            [*command, "--output_path", folder + "/out"],
            env={**os.environ, "OPENAI_API_KEY": KEY, "HF_HOME": folder, "HF_DATASETS_OFFLINE": "1"},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        found = list(Path(folder, "out").rglob("results*.json"))
        scored = json.loads(found[0].read_text())["results"]["agreeing"]["exact_match,none"] if found else None
        fault = None if scored == 1.0 else f"{scored}: {done.stderr.strip()[-200:]}"
        print(json.dumps({"check": "a task of two examples", "fault": fault}))


main()
