{{/* Names, labels and references that several templates use. */}}

{{- define "speckle.namespace" -}}
{{- default .Release.Namespace .Values.namespace -}}
{{- end -}}

{{/* How browsers reach Speckle. */}}
{{- define "speckle.url" -}}
{{- ternary "https" "http" .Values.ssl_canonical_url }}://{{ .Values.domain -}}
{{- end -}}

{{- define "speckle.commonLabels" -}}
project: speckle-server
app.kubernetes.io/part-of: speckle-server
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end -}}

{{/* Labels of what belongs to one workload. Takes the dictionary of "speckle.workload". */}}
{{- define "speckle.labels" -}}
app: {{ .app }}
{{ include "speckle.commonLabels" .root }}
app.kubernetes.io/name: {{ .name }}
app.kubernetes.io/component: {{ .component }}
app.kubernetes.io/version: {{ include "speckle.tag" . | trunc 63 | quote }}
{{- end -}}

{{/*
What a Deployment knows its pods by. The component tells server and objects apart, whose pods bear the same app
because both services select it.
*/}}
{{- define "speckle.selectorLabels" -}}
app: {{ .app }}
project: speckle-server
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "speckle.podLabels" -}}
{{ include "speckle.selectorLabels" . }}
app.kubernetes.io/name: {{ .name }}
app.kubernetes.io/part-of: speckle-server
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- with .values.podLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "speckle.tag" -}}
{{- default .root.Values.docker_image_tag .values.image.tag -}}
{{- end -}}

{{- define "speckle.image" -}}
{{- if .values.image.digest -}}
{{ .values.image.repository }}@{{ .values.image.digest }}
{{- else -}}
{{ .values.image.repository }}:{{ include "speckle.tag" . }}
{{- end -}}
{{- end -}}

{{- define "speckle.serviceAccountName" -}}
{{- if .values.serviceAccount.create -}}
{{ .name }}
{{- else -}}
{{ default "default" .values.serviceAccount.name }}
{{- end -}}
{{- end -}}

{{/*
An environment variable out of a secret. Takes workload, variable, key and ref (a value with secretName and secretKey);
a workload's own secret goes before the one of the value, and that before the release's.
*/}}
{{- define "speckle.secretVariable" -}}
{{- $ref := default dict .ref -}}
- name: {{ .variable }}
  valueFrom:
    secretKeyRef:
      name: {{ coalesce .workload.values.secretName $ref.secretName .workload.root.Values.secretName }}
      key: {{ default .key $ref.secretKey }}
{{- end -}}
