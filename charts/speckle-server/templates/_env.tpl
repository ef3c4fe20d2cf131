{{/*
The environments of the workloads. Each takes what "speckle.pod" takes and gives a list.
*/}}

{{- define "speckle.env.log" -}}
- name: LOG_LEVEL
  value: {{ .values.logLevel | quote }}
- name: LOG_PRETTY
  value: {{ .values.logPretty | quote }}
{{- end -}}

{{- define "speckle.env.certificate" -}}
{{- if include "speckle.hasCertificate" . -}}
- name: NODE_EXTRA_CA_CERTS
  value: /postgres-certificate/{{ .root.Values.db.certificateKey }}
{{- end -}}
{{- end -}}

{{/* What every worker on the database has. */}}
{{- define "speckle.env.worker" -}}
{{ include "speckle.secretVariable" (dict "workload" . "variable" "PG_CONNECTION_STRING" "key" "postgres_url" "ref" .root.Values.db.connectionString) }}
- name: PGSSLMODE
  value: {{ .root.Values.db.PGSSLMODE | quote }}
- name: POSTGRES_MAX_CONNECTIONS
  value: {{ .values.postgresMaxConnections | quote }}
# Metrics and probes are asked from outside of the pod; the programs' own default is the loopback.
- name: METRICS_HOST
  value: "0.0.0.0"
- name: PROMETHEUS_METRICS_PORT
  value: {{ index .ports 0 1 | quote }}
{{ include "speckle.env.certificate" . }}
{{ include "speckle.env.log" . }}
{{- end -}}

{{- define "speckle.env.server" -}}
{{ include "speckle.env.api" . }}
{{- end -}}

{{- define "speckle.env.objects" -}}
{{ include "speckle.env.api" . }}
{{- end -}}

{{- define "speckle.env.frontend_2" -}}
- name: NUXT_PUBLIC_API_ORIGIN
  value: {{ include "speckle.url" .root | quote }}
- name: NUXT_PUBLIC_BASE_URL
  value: {{ include "speckle.url" .root | quote }}
- name: NUXT_PUBLIC_BACKEND_API_ORIGIN
  value: http://speckle-server:3000
- name: NUXT_PUBLIC_SERVER_NAME
  value: {{ .root.Release.Name | quote }}
- name: NUXT_PUBLIC_LOG_LEVEL
  value: {{ .values.logLevel | quote }}
- name: NUXT_PUBLIC_LOG_PRETTY
  value: {{ .values.logPretty | quote }}
{{ include "speckle.secretVariable" (dict "workload" . "variable" "NUXT_REDIS_URL" "key" "redis_url" "ref" .root.Values.redis.connectionString) }}
- name: FILE_SIZE_LIMIT_MB
  value: {{ .root.Values.file_size_limit_mb | quote }}
- name: NODE_TLS_REJECT_UNAUTHORIZED
  value: {{ .root.Values.tlsRejectUnauthorized | quote }}
{{ include "speckle.env.flags" (dict "root" .root "prefix" "NUXT_PUBLIC_FF_") }}
{{- range $name, $value := .root.Values.analytics }}
{{- if and $value (ne $name "enabled") $.root.Values.analytics.enabled }}
- name: NUXT_PUBLIC_{{ upper $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "speckle.env.preview_service" -}}
- name: HOST
  value: "0.0.0.0"
- name: PORT
  value: {{ index .ports 0 1 | quote }}
{{ include "speckle.secretVariable" (dict "workload" . "variable" "REDIS_URL" "key" "redis_url" "ref" .root.Values.redis.connectionString) }}
# In milliseconds.
- name: PREVIEW_TIMEOUT
  value: {{ mul 1000 (int .values.timeoutSeconds) | quote }}
- name: PREVIEWS_HEADED
  value: "false"
# The only place where the container is sure to be able to write.
- name: USER_DATA_DIR
  value: /tmp/puppeteer
- name: GPU_ENABLED
  value: {{ .values.gpu.enabled | quote }}
{{- if .values.gpu.enabled }}
# Vulkan is among what "graphics" gives the container.
- name: NVIDIA_DRIVER_CAPABILITIES
  value: {{ .values.gpu.driverCapabilities | quote }}
- name: VK_ICD_FILENAMES
  value: {{ .values.gpu.vulkanDriver | quote }}
{{- end }}
{{ include "speckle.env.log" . }}
{{- end -}}

{{- define "speckle.env.webhook_service" -}}
{{ include "speckle.env.worker" . }}
{{- end -}}

{{- define "speckle.env.fileimport_service" -}}
- name: SPECKLE_SERVER_URL
  value: http://speckle-server:3000
{{ include "speckle.env.worker" . }}
- name: FILE_IMPORT_TIME_LIMIT_MIN
  value: {{ .root.Values.file_import_time_limit_min | quote }}
- name: NODE_TLS_REJECT_UNAUTHORIZED
  value: {{ .root.Values.tlsRejectUnauthorized | quote }}
{{- end -}}

{{- define "speckle.env.ifc_import_service" -}}
{{ include "speckle.secretVariable" (dict "workload" . "variable" "FILEIMPORT_QUEUE_POSTGRES_URL" "key" "postgres_url" "ref" .root.Values.db.connectionString) }}
{{- if include "speckle.hasCertificate" . }}
- name: EXTRA_CA_CERTS
  value: /postgres-certificate/{{ .root.Values.db.certificateKey }}
{{- end }}
- name: FILE_IMPORT_TIME_LIMIT_MIN
  value: {{ .root.Values.file_import_time_limit_min | quote }}
{{ include "speckle.env.log" . }}
{{- end -}}

{{- define "speckle.env.monitoring" -}}
{{ include "speckle.env.worker" . }}
- name: METRICS_COLLECTION_PERIOD_SECONDS
  value: {{ .values.metricsCollectionPeriodSeconds | quote }}
{{- end -}}

{{- define "speckle.env.test" -}}
- name: SPECKLE_SERVER
  value: {{ include "speckle.url" .root | quote }}
- name: SERVER_VERSION
  value: {{ .root.Values.docker_image_tag | quote }}
- name: VERIFY_CERTIFICATE
  value: {{ .root.Values.tlsRejectUnauthorized | quote }}
{{ include "speckle.env.log" . }}
{{- end -}}
