"""`fmops validate`: each fault is one line, with file, line, object, path and a sentence."""

from pathlib import Path

import pytest

from fmops_serving.__main__ import run
from tests.serving.validate.manifests import CATALOG, CHAINED, LINES, MODEL, RUN, SOURCED, VARIANT, edited, joined
from tests.serving.validate.test_command import ALL

EMBEDDER = edited(edited(MODEL, "Chat", "Embedding"), "{name: m}", "{name: e}")
GUARDED = (
    "  guardrails: [{name: judge, detector: GuardModel, timeout: 5s,"
    " guardModel: {model: {name: e}, style: LlamaGuard}}]\n"
)
FAULTY = (
    (
        "a mistyped value",
        edited(MODEL, "Chat", "Chatt"),
        ":5: FoundationModel/m: spec.task: 'Chatt' is not one of Chat,",
    ),
    (
        "a mistyped field",
        edited(MODEL, "task", "tsak"),
        ":5: FoundationModel/m: spec.tsak: there is no such field; did you mean task?",
    ),
    (
        "a missing field",
        edited(MODEL, "  task: Chat\n", ""),
        ":4: FoundationModel/m: spec.task: is required and missing",
    ),
    (
        "a mistyped field beside spec",
        MODEL + "sepc: {}\n",
        ":7: FoundationModel/m: sepc: there is no such field; did you mean spec?",
    ),
    ("a name without a value", MODEL + "  replicas:\n", ":7: FoundationModel/m: spec.replicas: has no value"),
    (
        "text for a number",
        edited(CATALOG, "version: 1", 'version: "1"'),
        ":7: PromptCatalog/c: spec.templates[0].version: must be a whole number, found '1'",
    ),
    (
        "a broken rule",
        edited(MODEL, ":8000", ":8000/v1"),
        ":6: FoundationModel/m: spec.source.service: url is the root of the server: remove /v1",
    ),
    (
        "an unknown kind",
        edited(MODEL, "FoundationModel", "FoundationModl"),
        ":2: FoundationModl/m: kind: there is no kind FoundationModl in fmops.dev; did you mean FoundationModel?",
    ),
    (
        "another version",
        edited(MODEL, "v1alpha1", "v1"),
        ":1: FoundationModel/m: apiVersion: is fmops.dev/v1, and FoundationModel is of fmops.dev/v1alpha1",
    ),
    ("no kind", edited(MODEL, "kind: FoundationModel\n", ""), ":1: is no Kubernetes object: kind missing"),
    (
        "no name",
        edited(MODEL, "{name: m}", "{}"),
        ":3: FoundationModel/(no name): metadata.name: is required and missing",
    ),
    (
        "a name in capitals",
        edited(MODEL, "name: m}\nspec", "name: M}\nspec"),
        ":3: FoundationModel/M: metadata.name: 'M' is no name",
    ),
    (
        "a label that is a number",
        edited(MODEL, "{name: m}", "{name: m, labels: {a: 5}}"),
        "metadata.labels: a must be text, found 5: put it in quotes",
    ),
    (
        "a pattern that is too large for the gateway",
        MODEL + "  guardrails: [{name: r, detector: Regex, pattern: '((\\pL{100}){9})x{900}'}]\n",
        "spec.guardrails[0].pattern: '((",
    ),
    (
        "an embedder as guard model",
        joined(edited(MODEL, "Chat", "Embedding").replace("{name: m}", "{name: e}"), MODEL + GUARDED),
        "spec.guardrails[judge].guardModel.model: e has task Embedding: only Chat models judge",
    ),
    ("plain text", "hello\n", ":1: is no Kubernetes object: apiVersion, kind, metadata and spec are expected"),
    ("a tab", "a:\n\tb: 1\n", ":2: column 1: is no YAML:"),
    ("an open bracket", "a: [1\nb: 2\n", ": is no YAML:"),
    ("a name twice", MODEL + "spec: {}\n", ":7: spec stands twice in one object"),
    ("a tag of Python", edited(MODEL, "Chat", "!!python/name:os.system x"), "has no meaning in Kubernetes"),
    ("an alias of itself", "a: &a [*a]\n", "an alias stands inside of what it names"),
    (
        "aliases that explode",
        "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9)),
        "its aliases expand to more than",
    ),
    ("a control character", "a: \x07\n", "is no YAML"),
    ("endless nesting", "[" * 100_000 + "]" * 100_000, "is nested deeper than 100 levels"),
    (
        "the same object twice",
        joined(MODEL, MODEL),
        ":10: FoundationModel/m: metadata.name: the same object stands in ",
    ),
    (
        "an unknown variable",
        edited(CATALOG, "{{ input }}", "{{ inptu }}"),
        ":11: PromptCatalog/c: spec.templates[t@1].messages[0].content: line 1: inptu is not among the variables",
    ),
    (
        "an example that gives too little",
        CATALOG + "        - {id: b, variables: {other: x}}\n",
        ":16: PromptCatalog/c: spec.exampleSets[golden].examples[b]: does not fit template t@1: variable input is",
    ),
    (
        "a run of an unknown template",
        edited(ALL, "t@live", "t@liev"),
        ":30: EvaluationRun/r: spec.template: PromptCatalog c has no template t@liev; it has t@1, t@live",
    ),
    (
        "a run of both a template and a chain",
        edited(ALL, "  template: t@live\n", "  template: t@live\n  chain: c@1\n"),
        ":27: EvaluationRun/r: spec: set exactly one of template or chain",
    ),
    (
        "a run of an unknown chain",
        edited(ALL, "template: t@live", "chain: t@live"),
        ":30: EvaluationRun/r: spec.chain: PromptCatalog c has no chain t@live",
    ),
    (
        "a chain that reads a step that is not there",
        CATALOG + CHAINED,
        ":21: PromptCatalog/c: spec.chains[k@1].steps[two].inputs: steps.on is no step of the chain; did you mean one?",
    ),
    (
        "a chain whose model cannot answer",
        joined(
            edited(MODEL, "task: Chat", "task: Embedding"),
            CATALOG + CHAINED.replace("on.output", "one.output"),
            edited(RUN, "template: t@live", "chain: k@1").replace("name: m}", "name: other}"),
        ),
        "spec.chain: step one asks m, whose task is Embedding: Chat or Completion answer",
    ),
    (
        "a shape that is no JSON schema",
        edited(
            CATALOG, "      labels: [live]\n", "      labels: [live]\n      outputSchema: {type: text, enum: [null]}\n"
        ),
        ":9: PromptCatalog/c: spec.templates[t@1].outputSchema.type: is no JSON schema: 'text' is not valid",
    ),
    (
        "a variant that leaves a variable out",
        edited(CATALOG, "      labels: [live]\n", "      labels: [live]\n      variants: [" + VARIANT + "]\n"),
        ":9: PromptCatalog/c: spec.templates[t@1].variants[0].messages: uses no input, which the template requires",
    ),
    (
        "a run of an unknown set",
        edited(ALL, "[golden]", "[goldn]"),
        "spec.examples: the catalogue has no example set goldn; did you mean golden?",
    ),
    (
        "labels for nobody",
        edited(ALL, ", label: l", ""),
        "spec.metrics[f1].type: Classification compares with a label, and none of the chosen examples has one",
    ),
    (
        "a pattern that is none",
        edited(ALL, "{name: f1, type: Classification}", "{name: f1, type: Regex, pattern: '('}"),
        "spec.metrics[f1].pattern: is no regular expression of RE2: missing )",
    ),
    (
        "a schema that is none",
        edited(ALL, "{name: f1, type: Classification}", "{name: f1, type: JsonSchema, schema: {type: text}}"),
        "spec.metrics[f1].schema: is no JSON Schema: at type",
    ),
    (
        "a candidate that cannot answer",
        edited(ALL, "Chat", "Embedding"),
        "spec.candidates.models[m]: has task Embedding: an evaluation asks Chat and Completion",
    ),
    (
        "a schedule that never comes",
        edited(ALL, "examples: {sets", 'rerun: {schedule: "0 3 30 2 *"}\n  examples: {sets'),
        "spec.rerun.schedule: '0 3 30 2 *' never comes: there is no such day",
    ),
    (
        "a constraint that no card can meet",
        edited(ALL, "models: [{name: m}]}", "models: [{name: m}], constraints: ['true', 'cart.x == 1']}"),
        "spec.candidates.constraints[1]: cart.x == 1: there is no cart; a constraint looks at card",
    ),
    (
        "a constraint on a figure that the run does not have",
        ALL + "  selection:\n    criteria: [{metric: f1, goal: Maximize, priority: 0}]\n"
        "    constraints: [results.f1.low > 0.5, results.f2.low > 0.5]\n",
        "EvaluationRun/r: spec.selection.constraints[1]: results.f2.low > 0.5: the run has no figure f2: name one of",
    ),
    (
        "a constraint on results among those on candidates",
        edited(ALL, "models: [{name: m}]}", "models: [{name: m}], constraints: ['results.f1.low > 0.5']}"),
        "there is no results; a constraint looks at card; what was measured is looked at by selection.constraints",
    ),
    (
        "a judge by an unknown rubric",
        ALL + "  judges: [{name: j, model: {name: m}, rubric: general@1}]\n",
        ":34: EvaluationRun/r: spec.judges[j].rubric: the catalogue has no rubric general@1; it has no rubrics",
    ),
    (
        "an embedder that only speaks",
        edited(ALL, "type: Classification", "type: Cosine, embedder: {name: m}"),
        "spec.metrics[f1].embedder: m has task Chat: only Embedding models turn texts into vectors",
    ),
    (
        "a judge that cannot speak",
        joined(ALL + "  judges: [{name: j, model: {name: e}, rubric: general@1}]\n", EMBEDDER),
        "spec.judges[j].model: e has task Embedding: only Chat models judge",
    ),
    (
        "a faulty line of a source",
        joined(SOURCED, LINES),
        ": PromptCatalog/c: spec.sources[s] line 2: id a stands on line 1 already",
    ),
    (
        "a key that the ConfigMap has not",
        joined(SOURCED, edited(LINES, "x.jsonl", "y.jsonl")),
        "spec.sources[s].configMap.key: ConfigMap lines has no x.jsonl; did you mean y.jsonl?",
    ),
    (
        "an object in a list of objects",
        f"kind: List\nitems:\n- {MODEL.replace('Chat', 'Chatt')}".replace("\n", "\n  ").replace(
            "\n  items:\n  ", "\nitems:\n"
        ),
        ":7: FoundationModel/m: spec.task",
    ),
)


@pytest.mark.parametrize(("text", "words"), [row[1:] for row in FAULTY], ids=[row[0] for row in FAULTY])
def test_a_fault_is_one_line_and_the_status_is_1(
    text: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(text)
    assert run(["validate", "-f", str(file)]) == 1
    told = capsys.readouterr()
    faults = [line for line in told.out.splitlines() if line.startswith(f"{file}:")]
    assert any(words in line for line in faults), told.out
    assert "Traceback" not in told.out + told.err
