{{/*
The environment of server and objects: one program, two workloads.
*/}}
{{- define "speckle.env.api" -}}
{{- $values := .root.Values -}}
{{- $server := $values.server -}}
- name: CANONICAL_URL
  value: {{ include "speckle.url" .root | quote }}
- name: FRONTEND_ORIGIN
  value: {{ include "speckle.url" .root | quote }}
- name: PORT
  value: {{ index .ports 0 1 | quote }}
- name: USE_FRONTEND_2
  value: {{ $values.frontend_2.enabled | quote }}
{{ include "speckle.env.log" . }}
{{ include "speckle.secretVariable" (dict "workload" . "variable" "POSTGRES_URL" "key" "postgres_url" "ref" $values.db.connectionString) }}
- name: POSTGRES_MAX_CONNECTIONS_SERVER
  value: {{ $values.db.maxConnectionsServer | quote }}
- name: PGSSLMODE
  value: {{ $values.db.PGSSLMODE | quote }}
{{ include "speckle.env.certificate" . }}
{{ include "speckle.secretVariable" (dict "workload" . "variable" "REDIS_URL" "key" "redis_url" "ref" $values.redis.connectionString) }}
{{ include "speckle.env.s3" . }}
{{ include "speckle.secretVariable" (dict "workload" . "variable" "SESSION_SECRET" "key" "session_secret" "ref" $server.sessionSecret) }}
- name: FILE_SIZE_LIMIT_MB
  value: {{ $values.file_size_limit_mb | quote }}
- name: MAX_OBJECT_SIZE_MB
  value: {{ $server.max_object_size_mb | quote }}
- name: MAX_PROJECT_MODELS_PER_PAGE
  value: {{ $server.max_project_models_per_page | quote }}
- name: NODE_TLS_REJECT_UNAUTHORIZED
  value: {{ $values.tlsRejectUnauthorized | quote }}
# Workers inside the cluster read from here, without the way round by the load balancer.
- name: PRIVATE_OBJECTS_SERVER_URL
  value: http://speckle-objects:3000
- name: PREVIEW_SERVICE_USE_PRIVATE_OBJECTS_SERVER_URL
  value: "true"
- name: FILEIMPORT_SERVICE_USE_PRIVATE_OBJECTS_SERVER_URL
  value: "true"
{{ include "speckle.env.flags" (dict "root" .root "prefix" "FF_") }}
{{- if $server.licenseToken.enabled }}
{{ include "speckle.secretVariable" (dict "workload" . "variable" "LICENSE_TOKEN" "key" "license_token" "ref" $server.licenseToken) }}
{{- end }}
{{- if $values.featureFlags.automateModuleEnabled }}
- name: SPECKLE_AUTOMATE_URL
  value: {{ $server.speckleAutomateUrl | quote }}
{{- end }}
{{- if include "speckle.hasEncryptionKeys" . }}
# Workspaces read their keys from here too, whatever the name says.
- name: AUTOMATE_ENCRYPTION_KEYS_PATH
  value: {{ $server.encryptionKeys.path | quote }}
{{- end }}
{{- if include "speckle.hasRegions" . }}
- name: MULTI_REGION_CONFIG_PATH
  value: /multi-region-config/multi-region-config.json
{{- end }}
{{- if $server.disable_tracking }}
- name: DISABLE_TRACKING
  value: "true"
{{- end }}
{{ include "speckle.env.auth" . }}
{{ include "speckle.env.email" . }}
{{- range $limit, $number := $server.ratelimiting }}
- name: RATELIMIT_{{ upper $limit }}
  value: {{ $number | quote }}
{{- end }}
{{- end -}}

{{/* Without a bucket there are no uploads. */}}
{{- define "speckle.env.s3" -}}
{{- $s3 := .root.Values.s3 -}}
{{- if $s3.bucket -}}
- name: S3_ENDPOINT
  value: {{ default (printf "https://s3.%s.amazonaws.com" $s3.region) $s3.endpoint | quote }}
- name: S3_REGION
  value: {{ $s3.region | quote }}
- name: S3_BUCKET
  value: {{ $s3.bucket | quote }}
- name: S3_CREATE_BUCKET
  value: {{ $s3.create_bucket | quote }}
{{- if $s3.access_key }}
- name: S3_ACCESS_KEY
  value: {{ $s3.access_key | quote }}
{{- else }}
{{ include "speckle.secretVariable" (dict "workload" . "variable" "S3_ACCESS_KEY" "key" "s3_access_key" "ref" $s3.accessKey) }}
{{- end }}
{{ include "speckle.secretVariable" (dict "workload" . "variable" "S3_SECRET_KEY" "key" "s3_secret_key" "ref" $s3.secret_key) }}
{{- else -}}
- name: DISABLE_FILE_UPLOADS
  value: "true"
{{- end -}}
{{- end -}}

{{/* featureFlags.automateModuleEnabled becomes FF_AUTOMATE_MODULE_ENABLED. Takes root and prefix. */}}
{{- define "speckle.env.flags" -}}
{{- $prefix := .prefix -}}
{{- range $flag, $on := .root.Values.featureFlags }}
- name: {{ $prefix }}{{ $flag | replace "SSO" "Sso" | replace "AI" "ai" | snakecase | upper }}
  value: {{ $on | quote }}
{{- end }}
{{- end -}}

{{/* The client's id and what else a strategy has are plain; its secret is <strategy>_client_secret. */}}
{{- define "speckle.env.auth" -}}
- name: STRATEGY_LOCAL
  value: {{ .root.Values.server.auth.local.enabled | quote }}
{{- range $strategy := list "google" "github" "azure_ad" "oidc" }}
{{- $options := get $.root.Values.server.auth $strategy }}
{{- if $options.enabled }}
- name: STRATEGY_{{ upper $strategy }}
  value: "true"
{{- range $option, $value := omit $options "enabled" "clientSecret" }}
- name: {{ upper $strategy }}_{{ upper $option }}
  value: {{ $value | quote }}
{{- end }}
{{ include "speckle.secretVariable" (dict "workload" $ "variable" (printf "%s_CLIENT_SECRET" (upper $strategy)) "key" (printf "%s_client_secret" $strategy) "ref" $options.clientSecret) }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "speckle.env.email" -}}
{{- $email := .root.Values.server.email -}}
{{- if $email.enabled -}}
- name: EMAIL
  value: "true"
- name: EMAIL_HOST
  value: {{ $email.host | quote }}
- name: EMAIL_PORT
  value: {{ $email.port | quote }}
- name: EMAIL_USERNAME
  value: {{ $email.username | quote }}
- name: EMAIL_FROM
  value: {{ $email.from | quote }}
{{ include "speckle.secretVariable" (dict "workload" . "variable" "EMAIL_PASSWORD" "key" "email_password" "ref" $email.password) }}
{{- end -}}
{{- end -}}
