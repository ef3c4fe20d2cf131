{{/* Parts of a pod. */}}

{{/* A probe; takes (list $ values-of-the-probe). */}}
{{- define "web-service.probe" -}}
{{- $root := index . 0 -}}
{{- $probe := index . 1 -}}
{{- $port := $probe.port | default "http" -}}
{{- if eq $probe.type "exec" }}
exec:
  command: {{ required "a probe of the type exec needs a command" $probe.command | toJson }}
{{- else if eq $probe.type "tcp" }}
tcpSocket:
  port: {{ $port }}
{{- else }}
httpGet:
  path: {{ $probe.path | default "/" | quote }}
  port: {{ $port }}
  scheme: {{ $probe.scheme | default $root.Values.service.scheme }}
{{- end }}
{{- range $key := list "initialDelaySeconds" "periodSeconds" "timeoutSeconds" "successThreshold" "failureThreshold" }}
{{- if hasKey $probe $key }}
{{ $key }}: {{ index $probe $key | int }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Variables; takes (list $ own), of which `own` goes before `env`. */}}
{{- define "web-service.env" -}}
{{- $root := index . 0 -}}
{{- $own := index . 1 -}}
{{- $env := merge (deepCopy $own) $root.Values.env -}}
{{- with $env }}
{{- range $name, $value := . }}
- name: {{ $name }}
  value: {{ $value | toString | quote }}
{{- end }}
{{- end }}
{{- range $name, $from := $root.Values.envValueFrom }}
{{- if not (hasKey $env $name) }}
- name: {{ $name }}
  valueFrom: {{ toJson $from }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Sources of variables; takes (list $ name-of-the-own-config-map). */}}
{{- define "web-service.envFrom" -}}
{{- $root := index . 0 -}}
{{- if $root.Values.config.env }}
- configMapRef:
    name: {{ index . 1 }}
{{- end }}
{{- range $root.Values.envFrom.configMaps }}
- configMapRef:
    name: {{ . }}
{{- end }}
{{- range $root.Values.envFrom.secrets }}
- secretRef:
    name: {{ . }}
{{- end }}
{{- end -}}

{{- define "web-service.volumeMounts" -}}
{{- range $index, $path := .Values.writablePaths }}
- name: writable-{{ $index }}
  mountPath: {{ $path }}
{{- end }}
{{- if .Values.config.files }}
- name: config
  mountPath: {{ .Values.config.mountPath }}
  readOnly: true
{{- end }}
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Volumes; takes (list $ name-of-the-own-config-map). */}}
{{- define "web-service.volumes" -}}
{{- $root := index . 0 -}}
{{- range $index, $unused := $root.Values.writablePaths }}
- name: writable-{{ $index }}
  emptyDir: {}
{{- end }}
{{- if $root.Values.config.files }}
- name: config
  configMap:
    name: {{ index . 1 }}-files
{{- end }}
{{- with $root.Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Containers that come as values; takes (list $ containers image). */}}
{{- define "web-service.moreContainers" -}}
{{- $root := index . 0 -}}
{{- $image := index . 2 -}}
{{- range index . 1 }}
- {{ merge (deepCopy .) (dict "image" $image "imagePullPolicy" $root.Values.image.pullPolicy "securityContext" $root.Values.securityContext) | toYaml | nindent 2 | trim }}
{{- end }}
{{- end -}}

{{/* The sleep before SIGTERM. Kubernetes itself can sleep since 1.30; before, the image needs a `sleep`. */}}
{{- define "web-service.preStop" -}}
{{- $seconds := int .Values.preStopSleepSeconds -}}
{{- if semverCompare ">=1.30-0" .Capabilities.KubeVersion.Version -}}
sleep:
  seconds: {{ $seconds }}
{{- else -}}
exec:
  command: [sleep, {{ $seconds | quote }}]
{{- end -}}
{{- end -}}

{{/* Where pods may run; takes (list $ track). */}}
{{- define "web-service.affinity" -}}
{{- $root := index . 0 -}}
{{- $selector := include "web-service.trackSelector" . | fromYaml -}}
{{- $term := dict "topologyKey" "kubernetes.io/hostname" "labelSelector" (dict "matchLabels" $selector) -}}
{{- $anti := dict -}}
{{- if eq $root.Values.antiAffinity "hard" -}}
  {{- $anti = dict "podAntiAffinity" (dict "requiredDuringSchedulingIgnoredDuringExecution" (list $term)) -}}
{{- else if eq $root.Values.antiAffinity "soft" -}}
  {{- $weighted := list (dict "weight" 100 "podAffinityTerm" $term) -}}
  {{- $anti = dict "podAntiAffinity" (dict "preferredDuringSchedulingIgnoredDuringExecution" $weighted) -}}
{{- end -}}
{{- range $key, $value := $root.Values.affinity -}}{{- $anti = set $anti $key $value -}}{{- end -}}
{{- with $anti }}{{ toYaml . }}{{ end -}}
{{- end -}}
