"""The chart's copies of the CRDs: templates, so that `helm upgrade` upgrades them and an uninstall may keep them."""

from fmops_api.crd import AnyKind, text

_KEEP = """\
  labels: {{- include "fmops.labels" . | nindent 4 }}
{{- if .Values.crds.keep }}
  annotations:
    helm.sh/resource-policy: keep
{{- end }}
"""


def template(kind: AnyKind) -> str:
    """Write the chart template of a kind's CRD."""
    plain = text(kind).replace("{{", "{{ `{{` }}")
    name = f"  name: {kind.names.plural}.fmops.dev\n"
    head, found, tail = plain.partition(name)
    if not found:
        raise ValueError(f"the CRD of {kind.kind_name} has no line {name.strip()!r} to put the keep policy below")
    return "{{- if .Values.crds.install }}\n" + head + name + _KEEP + tail + "{{- end }}\n"
