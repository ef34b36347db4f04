"""`fmops evaluate` given what it cannot use: one sentence and a documented exit status."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.serving.evaluate.laptop import evaluate, resource, run_spec, write
from tests.serving.evaluate.plans import catalog_spec
from tests.serving.evaluate.runs import right
from tests.support.openai_server import openai_server


def without_run(folder: Path) -> None:
    write(folder, resource("PromptCatalog", "support", catalog_spec(2)))


def without_catalog(folder: Path) -> None:
    write(folder, resource("EvaluationRun", "quality", run_spec()))


def with_run(**changes: Any) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        write(
            folder,
            resource("EvaluationRun", "quality", run_spec(**changes)),
            resource("PromptCatalog", "support", catalog_spec(2)),
        )

    return change


def with_text(text: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (folder / "all.yaml").write_text(text)

    return change


def two_runs(folder: Path) -> None:
    runs = [resource("EvaluationRun", name, run_spec()) for name in ("one", "two")]
    write(folder, *runs, resource("PromptCatalog", "support", catalog_spec(2)))


def gone(folder: Path) -> None:
    (folder / "all.yaml").unlink()


def wrong_version(folder: Path) -> None:
    text = (folder / "all.yaml").read_text()
    (folder / "all.yaml").write_text(text.replace("fmops.dev/v1alpha1", "fmops.dev/v2", 1))


URL = "http://127.0.0.1:9/v1"
BAD: list[tuple[str, Callable[[Path], None] | None, list[str], str]] = [
    ("a file that is not there", gone, [], "there is no such file"),
    ("no YAML", with_text("a: b\n\tc: d\n"), [], "all.yaml:2: column 1: is no YAML"),
    ("an unknown kind", with_text("apiVersion: fmops.dev/v1alpha1\nkind: EvaluationRum\nmetadata: {name: x}\n"), [],
     "did you mean EvaluationRun?"),
    ("a wrong version", wrong_version, [], "is fmops.dev/v2, and EvaluationRun is of fmops.dev/v1alpha1"),
    ("no run", without_run, [], "the files hold no EvaluationRun"),
    ("no catalogue", without_catalog, [], "wants the PromptCatalog support, which is not among the files"),
    ("two runs", two_runs, [], "2 EvaluationRuns (one, two): say which with --run"),
    ("a run that is not there", None, ["--run", "qualty"], "did you mean quality?"),
    ("a template that is not there", with_run(template="triage@9"), [],
     "spec.template: PromptCatalog support has no template triage@9"),
    ("an example set that is not there", with_run(examples={"sets": ["gold"]}), [],
     "no example set gold; did you mean golden?"),
    ("a gate on nothing", with_run(gates=[{"metric": "f2", "op": "AtLeast", "value": "1"}]), [],
     "a gate names one of the run's metrics"),
    ("a field that is not there", with_run(templat="x"), [],
     "spec.templat: there is no such field; did you mean template?"),
    ("an endpoint that is no URL", None, ["--endpoint", "other=localhost"], "is not the URL of an API"),
    ("an endpoint without a name", None, ["--endpoint", URL], "is not of the form MODEL=URL"),
    ("an endpoint twice", None, ["--endpoint", f"tiny={URL}"], "names tiny twice"),
    ("an endpoint of no candidate", None, ["--endpoint", f"tinny={URL}"],
     "no candidate of that name; did you mean tiny?"),
    ("a key that is not there", None, ["--api-key", "tiny=NO_SUCH_KEY"],
     "the environment variable NO_SUCH_KEY holds no API key"),
    ("a limit of none", None, ["--limit", "0"], "0 is not in the range x>=1"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "more", "sentence"), [b[1:] for b in BAD], ids=[b[0] for b in BAD])
def test_bad_input_is_one_sentence_and_status_2(
    folder: Path, change: Callable[[Path], None] | None, more: list[str], sentence: str
) -> None:
    if change:
        change(folder)
    done = evaluate(folder, *more, endpoint=URL)
    assert done.exit_code == 2, done.output
    assert sentence in done.stderr.splitlines()[-1]
    assert not (folder / "out").exists()


def test_a_candidate_without_an_endpoint_is_named(folder: Path) -> None:
    done = evaluate(folder)
    assert (done.exit_code, done.stderr) == (2, "fmops: candidate tiny has no endpoint: add --endpoint tiny=URL\n")


def test_an_output_that_cannot_be_written_is_one_sentence_and_status_5(folder: Path) -> None:
    (folder / "out").write_text("a file")
    with openai_server(right) as server:
        done = evaluate(folder, endpoint=server.url)
    assert done.exit_code == 5
    assert done.stderr.startswith("fmops: cannot ")
    assert len(done.stderr.splitlines()) == 1


def test_a_read_only_output_is_one_sentence_and_status_5(folder: Path) -> None:
    with openai_server(right) as server:
        done = evaluate(folder, "--output", "/proc/fmops", endpoint=server.url)
    assert done.exit_code == 5
    assert done.stderr.startswith("fmops: cannot write /proc/fmops/manifest.json: ")


def test_an_output_in_an_object_store_is_refused_in_words(folder: Path) -> None:
    done = evaluate(folder, "--output", "s3://lake/fmops", endpoint="http://127.0.0.1:9/v1")
    assert done.exit_code == 2
    assert "--output is a folder of this machine: measure into one, then copy it to the object store" in done.output
