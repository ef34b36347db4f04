"""The CustomResourceDefinition of each kind, made from its type; `python -m fmops_api.crd DIR` writes them."""

import re
import sys
from pathlib import Path
from typing import Any

from fmops_api import GROUP, VERSION
from fmops_api.evaluationrun import EvaluationRun
from fmops_api.foundationmodel import FoundationModel
from fmops_api.meta import Column, Model, Resource
from fmops_api.promptcatalog import PromptCatalog
from fmops_api.schema import VALIDATIONS, Schema, Unstructural, structural

AnyKind = type[Resource[Any, Any]]
KINDS: tuple[AnyKind, ...] = (FoundationModel, PromptCatalog, EvaluationRun)

_SCALE = {
    "specReplicasPath": ".spec.replicas",
    "statusReplicasPath": ".status.replicas",
    "labelSelectorPath": ".status.selector",
}
_IDENTITY = {
    "apiVersion": {"type": "string", "description": "Version of the schema, such as fmops.dev/v1alpha1."},
    "kind": {"type": "string", "description": "Kind of the object."},
    "metadata": {"type": "object"},
}


def definition(kind: AnyKind) -> dict[str, Any]:
    """Give the CustomResourceDefinition of a kind as a manifest."""
    plural, singular, short = kind.names
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": file_stem(kind)},
        "spec": {
            "group": GROUP,
            "names": {
                "kind": kind.kind_name,
                "listKind": f"{kind.kind_name}List",
                "plural": plural,
                "singular": singular,
                "shortNames": [short],
                "categories": ["fmops"],
            },
            "scope": "Namespaced",
            "versions": [_version(kind)],
        },
    }


def file_stem(kind: AnyKind) -> str:
    """Name the definition, and its file: `foundationmodels.fmops.dev`."""
    return f"{kind.names.plural}.{GROUP}"


def _version(kind: AnyKind) -> dict[str, Any]:
    return {
        "name": VERSION,
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": object_schema(kind)},
        "subresources": {"status": {}, **({"scale": dict(_SCALE)} if kind.scalable else {})},
        "additionalPrinterColumns": [_column(column) for column in kind.columns],
    }


def _column(column: Column) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "name": column.name,
        "type": column.type,
        "jsonPath": column.path,
        "description": column.description,
    }
    return {**shown, "priority": column.priority} if column.priority else shown


def object_schema(kind: AnyKind) -> Schema:
    """Give the schema of whole objects of a kind."""
    spec, status = (structural(_part(kind, name)) for name in ("spec", "status"))
    status["default"] = {"observedGeneration": -1}
    schema: Schema = {
        "type": "object",
        "description": kind.__doc__,
        "required": ["spec"],
        "properties": {**_IDENTITY, "spec": spec, "status": status},
    }
    if kind.rules:
        schema[VALIDATIONS] = [rule._asdict() for rule in kind.rules]
    return schema


def _part(kind: AnyKind, name: str) -> type[Model]:
    annotation = kind.model_fields[name].annotation
    if not (isinstance(annotation, type) and issubclass(annotation, Model)):
        raise Unstructural(f"{kind.kind_name}.{name} is no model")
    return annotation


def text(kind: AnyKind) -> str:
    """Write the definition as YAML, the same for the same types."""
    import yaml  # noqa: PLC0415 - the types need pydantic and nothing else

    class Dumper(yaml.SafeDumper):
        def ignore_aliases(self, data: Any) -> bool:
            return True

    # To Kubernetes' YAML 1.1 a bare n is false, which would lose the field; PyYAML quotes what a resolver matches.
    Dumper.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^[yYnN]$"), list("yYnN"))
    written = yaml.dump(definition(kind), Dumper=Dumper, sort_keys=False, allow_unicode=True, width=120)
    return f"# Generated from crds/fmops_api by `make generate`; edits here are lost.\n{written}"


def main(arguments: list[str]) -> int:
    """Write one file a kind into the folder that is given."""
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        sys.stderr.write("usage: python -m fmops_api.crd DIR, where DIR is a folder that exists\n")
        return 2
    for kind in KINDS:
        (Path(arguments[0]) / f"{file_stem(kind)}.yaml").write_text(text(kind), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
