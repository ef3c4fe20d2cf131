{{- define "pgadmin.namespace" -}}
{{- default .Release.Namespace .Values.namespace -}}
{{- end -}}

{{- define "pgadmin.labels" -}}
app: pgadmin
app.kubernetes.io/name: pgadmin
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Values.image.tag | trunc 63 | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end -}}

{{- define "pgadmin.ping" -}}
{{ .Values.path }}/misc/ping
{{- end -}}

{{- define "pgadmin.servers" -}}
{{- $database := .Values.database -}}
{{- dict "Servers" (dict "1" (dict
  "Name" $database.name "Group" "Servers" "Host" $database.host "Port" (int $database.port) "MaintenanceDB" $database.name
  "Username" $database.username "ConnectionParameters" (dict "sslmode" $database.sslMode)
)) | toPrettyJson -}}
{{- end -}}
