{{- define "fmops.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{- define "fmops.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains (include "fmops.name" .) .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "fmops.name" .) | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "fmops.selector" -}}
app.kubernetes.io/name: {{ include "fmops.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: operator
{{- end -}}

{{- define "fmops.commonLabels" -}}
app.kubernetes.io/part-of: fmops
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "fmops.labels" -}}
{{ include "fmops.selector" . }}
{{ include "fmops.commonLabels" . }}
{{- end -}}

{{- define "fmops.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "fmops.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- required "serviceAccount.name is needed when serviceAccount.create is false" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "fmops.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}
{{- end -}}

{{- /* What the operator may do where it watches: one list, for the ClusterRole and for each Role. */ -}}
{{- define "fmops.rules" -}}
- apiGroups: [fmops.dev]
  resources: [foundationmodels, promptcatalogs, evaluationruns]
  verbs: [get, list, watch]
- apiGroups: [fmops.dev]
  resources: [foundationmodels/status, promptcatalogs/status, evaluationruns/status]
  verbs: [patch]
- apiGroups: [fmops.dev]  # blockOwnerDeletion of the children needs it where that admission plug-in is on
  resources: [foundationmodels/finalizers, promptcatalogs/finalizers, evaluationruns/finalizers]
  verbs: [update]
- apiGroups: [""]
  resources: [configmaps, services, serviceaccounts]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [""]
  resources: [pods, persistentvolumeclaims]
  verbs: [get, list, watch]
- apiGroups: [""]  # one by name, where an object of ours refers to it; never a list
  resources: [secrets]
  verbs: [get]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create]
- apiGroups: [apps]
  resources: [deployments]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [batch]
  resources: [jobs]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [kueue.x-k8s.io]  # one by name, where execution.queueName refers to it
  resources: [localqueues]
  verbs: [get]
- apiGroups: [policy]
  resources: [poddisruptionbudgets]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [networking.k8s.io]
  resources: [networkpolicies]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [monitoring.coreos.com]
  resources: [podmonitors, prometheusrules]
  verbs: [get, list, watch, create, patch, delete]
{{- end -}}

{{- define "fmops.gateway" -}}
{{- printf "%s-gateway" (include "fmops.fullname" .) -}}
{{- end -}}

{{- define "fmops.gatewayNamespace" -}}
{{- default .Release.Namespace .Values.gateway.namespace -}}
{{- end -}}

{{- define "fmops.gatewayServiceAccount" -}}
{{- default (include "fmops.gateway" .) .Values.gateway.serviceAccountName -}}
{{- end -}}

{{- define "fmops.gatewayMetricsUrl" -}}
{{- printf "http://%s-metrics.%s.svc:8081/metrics" (include "fmops.gateway" .) (include "fmops.gatewayNamespace" .) -}}
{{- end -}}

{{- define "fmops.gatewaySelector" -}}
app.kubernetes.io/name: {{ include "fmops.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: gateway
{{- end -}}

{{- define "fmops.gatewayLabels" -}}
{{ include "fmops.gatewaySelector" . }}
{{ include "fmops.commonLabels" . }}
{{- end -}}

{{- /* Where applications find the gateway: as the operator writes it into the status of every model. */ -}}
{{- define "fmops.gatewayUrl" -}}
{{- default (printf "http://%s.%s.svc/v1" (include "fmops.gateway" .) (include "fmops.gatewayNamespace" .)) .Values.gateway.url -}}
{{- end -}}

{{- /* Port of a URL, or its scheme's. */ -}}
{{- define "fmops.portOfUrl" -}}
{{- $url := urlParse . -}}
{{- regexFind ":[0-9]+$" $url.host | trimPrefix ":" | default (ternary "443" "80" (eq $url.scheme "https")) -}}
{{- end -}}

{{- /* A mapping as name=value,name=value. */ -}}
{{- define "fmops.pairs" -}}
{{- $pairs := list -}}
{{- range $name, $value := . }}{{ $pairs = append $pairs (printf "%s=%s" $name $value) }}{{ end -}}
{{- join "," $pairs -}}
{{- end -}}
