{{/* Names and labels. */}}

{{- define "web-service.fullname" -}}
{{- .Values.fullnameOverride | default .Release.Name | trunc 53 | trimSuffix "-" -}}
{{- end -}}

{{/* Name of a track's Deployment; takes (list $ track). `stable` has the plain name: rolling and canary share that Deployment. */}}
{{- define "web-service.trackFullname" -}}
{{- $root := index . 0 -}}
{{- $track := index . 1 -}}
{{- include "web-service.fullname" $root -}}{{- if ne $track "stable" }}-{{ $track }}{{ end -}}
{{- end -}}

{{/* What all selectors begin with. Only names are in it: nothing that an upgrade changes. */}}
{{- define "web-service.selector" -}}
app.kubernetes.io/name: {{ include "web-service.fullname" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{/* Selector of one track's pods; takes (list $ track). */}}
{{- define "web-service.trackSelector" -}}
{{ include "web-service.selector" (index . 0) }}
app.kubernetes.io/component: web
track: {{ index . 1 }}
{{- end -}}

{{- define "web-service.labels" -}}
{{ include "web-service.selector" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "web-service.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "web-service.fullname" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}

{{/* An image; takes (list $ tag digest whose). */}}
{{- define "web-service.image" -}}
{{- $root := index . 0 -}}
{{- $tag := index . 1 -}}
{{- $digest := index . 2 -}}
{{- if not (or $tag $digest) -}}{{- fail (printf "%s has no image: give a tag or a digest" (index . 3)) -}}{{- end -}}
{{- required "image.repository is empty" $root.Values.image.repository -}}
{{- with $tag }}:{{ . }}{{ end -}}
{{- with $digest }}@{{ . }}{{ end -}}
{{- end -}}
