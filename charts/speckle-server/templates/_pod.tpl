{{/*
Metadata and specification of a workload's pods. Takes what "speckle.enabled" has of the workload, with root and values added.
*/}}
{{- define "speckle.podAnnotations" -}}
{{- $annotations := deepCopy .values.podAnnotations -}}
{{- with coalesce .values.secretRevision .root.Values.secretRevision -}}
{{-   if not $.isTest -}}
{{-     $_ := set $annotations "speckle/secret-revision" (toString .) -}}
{{-   end -}}
{{- end -}}
{{- if and (has "postgres" .uses) .root.Values.db.useCertificate .root.Values.db.certificate -}}
{{-   $_ := set $annotations "speckle/certificate-checksum" (sha256sum .root.Values.db.certificate) -}}
{{- end -}}
{{- with $annotations -}}
{{ toYaml . }}
{{- end -}}
{{- end -}}

{{- define "speckle.pod" -}}
{{- $v := .values -}}
{{- $gpu := and (hasKey $v "gpu") (dig "gpu" "enabled" false $v) -}}
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
serviceAccountName: {{ include "speckle.serviceAccountName" . }}
# None of the programs talks to Kubernetes.
automountServiceAccountToken: false
# Kubernetes' own variables for services (SPECKLE_SERVER_PORT=tcp://…) would mix with the programs'.
enableServiceLinks: false
{{- with $v.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- if $gpu }}
{{- with $v.gpu.runtimeClassName }}
runtimeClassName: {{ . }}
{{- end }}
{{- end }}
{{- if .isTest }}
restartPolicy: Never
{{- end }}
terminationGracePeriodSeconds: {{ int $v.terminationGracePeriodSeconds }}
{{- with $v.podSecurityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
containers:
  - name: {{ .container }}
    image: {{ include "speckle.image" . | quote }}
    imagePullPolicy: {{ .root.Values.imagePullPolicy }}
    {{- with $v.command }}
    command:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    {{- with $v.args }}
    args:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    {{- with .ports }}
    ports:
      {{- range . }}
      - name: {{ index . 0 }}
        containerPort: {{ index . 1 }}
        protocol: TCP
      {{- end }}
    {{- end }}
    env:
      {{- include (printf "speckle.env.%s" .key) . | trim | nindent 6 }}
      {{- with $v.additionalEnvVars }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
    {{- $requests := default dict $v.requests }}
    {{- $limits := default dict $v.limits }}
    {{- if $gpu }}
    {{-   $limits = merge (dict $v.gpu.resource $v.gpu.count) $limits }}
    {{- end }}
    {{- if or $requests $limits }}
    resources:
      {{- with $requests }}
      requests:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $limits }}
      limits:
        {{- toYaml . | nindent 8 }}
      {{- end }}
    {{- end }}
    {{- range $probe := list "startupProbe" "livenessProbe" "readinessProbe" }}
    {{- with get $v $probe }}
    {{ $probe }}:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    {{- end }}
    {{- with $v.lifecycle }}
    lifecycle:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    {{- with $v.securityContext }}
    securityContext:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    volumeMounts:
      - name: tmp
        mountPath: /tmp
      {{- if include "speckle.hasCertificate" . }}
      - name: postgres-certificate
        mountPath: /postgres-certificate
        readOnly: true
      {{- end }}
      {{- if include "speckle.hasEncryptionKeys" . }}
      - name: encryption-keys
        mountPath: /encryption-keys
        readOnly: true
      {{- end }}
      {{- if include "speckle.hasRegions" . }}
      - name: multi-region-config
        mountPath: /multi-region-config
        readOnly: true
      {{- end }}
volumes:
  - name: tmp
    emptyDir: {}
  {{- if include "speckle.hasCertificate" . }}
  - name: postgres-certificate
    configMap:
      name: {{ .root.Values.db.certificateConfigMap }}
  {{- end }}
  {{- if include "speckle.hasEncryptionKeys" . }}
  - name: encryption-keys
    secret:
      secretName: {{ .root.Values.server.encryptionKeys.secretName }}
  {{- end }}
  {{- if include "speckle.hasRegions" . }}
  - name: multi-region-config
    secret:
      secretName: {{ .root.Values.multiRegion.config.secretName }}
      items:
        - key: {{ .root.Values.multiRegion.config.secretKey }}
          path: multi-region-config.json
  {{- end }}
{{- $tolerations := $v.tolerations }}
{{- if $gpu }}
{{-   $tolerations = append $tolerations (dict "key" $v.gpu.resource "operator" "Exists" "effect" "NoSchedule") }}
{{- end }}
{{- with $v.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $v.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $v.topologySpreadConstraints }}
topologySpreadConstraints:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* The three optional volumes: a text where the workload has it, else nothing. */}}
{{- define "speckle.hasCertificate" -}}
{{- if and (has "postgres" .uses) .root.Values.db.useCertificate }}yes{{ end -}}
{{- end -}}
{{- define "speckle.hasEncryptionKeys" -}}
{{- $flags := .root.Values.featureFlags -}}
{{- if and .mountsServerFiles (or $flags.workspacesModuleEnabled $flags.automateModuleEnabled) }}yes{{ end -}}
{{- end -}}
{{- define "speckle.hasRegions" -}}
{{- if and .mountsServerFiles .root.Values.featureFlags.workspacesMultiRegionEnabled }}yes{{ end -}}
{{- end -}}
