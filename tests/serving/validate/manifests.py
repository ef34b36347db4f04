"""Manifests as people write them, for tests of the command."""

MODEL = """\
apiVersion: fmops.dev/v1alpha1
kind: FoundationModel
metadata: {name: m}
spec:
  task: Chat
  source: {service: {url: "http://x:8000", model: m}}
"""
CATALOG = """\
apiVersion: fmops.dev/v1alpha1
kind: PromptCatalog
metadata: {name: c}
spec:
  templates:
    - name: t
      version: 1
      labels: [live]
      variables: [{name: input}]
      messages:
        - {role: User, content: "{{ input }}"}
  exampleSets:
    - name: golden
      examples:
        - {id: a, input: x, label: l}
"""
CHAINED = """\
  chains:
    - name: k
      version: 1
      steps:
        - {name: one, template: t@1, model: {name: m}}
        - {name: two, template: t@1, inputs: {input: "{{ steps.on.output }}"}}
"""
VARIANT = "{selector: {family: llama}, messages: [{role: User, content: hello}]}"
RUN = """\
apiVersion: fmops.dev/v1alpha1
kind: EvaluationRun
metadata: {name: r}
spec:
  candidates: {models: [{name: m}]}
  catalog: {name: c}
  template: t@live
  examples: {sets: [golden]}
  metrics:
    - {name: f1, type: Classification}
"""
SOURCED = """\
apiVersion: fmops.dev/v1alpha1
kind: PromptCatalog
metadata: {name: c}
spec:
  sources: [{name: s, configMap: {name: lines, key: x.jsonl}}]
  exampleSets: [{name: golden, source: s}]
"""
LINES = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: lines}
data:
  x.jsonl: |
    {"id": "a", "input": "x", "label": "l"}
    {"id": "a", "input": "y"}
"""


def joined(*documents: str) -> str:
    """Put documents into one file."""
    return "---\n".join(documents)


def edited(document: str, found: str, replacement: str) -> str:
    """Change one place of a document; the place must be there."""
    assert document.count(found) == 1, (found, document)
    return document.replace(found, replacement)
