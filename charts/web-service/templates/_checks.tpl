{{/* Combinations of values that cannot work, refused with what to do. What one value may be is in values.schema.json. */}}

{{- define "web-service.checks" -}}
{{- $s := .Values.strategy -}}
{{- $tracks := include "web-service.tracks" . | fromYamlArray -}}
{{- $names := include "web-service.trackNames" . | fromJsonArray -}}
{{- $main := include "web-service.main" . -}}
{{- if not (has $main $names) -}}
  {{- fail (printf "strategy.active is %s, which has no image: give strategy.%s.tag" $main $main) -}}
{{- end -}}
{{- if and (eq $s.type "canary") $s.weight (not (has "canary" $names)) -}}
  {{- fail (printf "strategy.weight is %d, but there is no canary: give strategy.canary.tag" (int $s.weight)) -}}
{{- end -}}
{{- if and (eq $s.type "canary") (eq $s.by "labels") (gt (int $s.weight) 50) (lt (int $s.weight) 100) -}}
  {{- fail (printf "strategy.weight is %d: by labels it is 0 to 50, or 100, since the stable pods all stay; strategy.by alb_weights has no such bounds" (int $s.weight)) -}}
{{- end -}}
{{- if and (eq $s.by "alb_weights") (not (and .Values.ingress.enabled .Values.ingress.alb.enabled)) -}}
  {{- fail "strategy.by is alb_weights, which needs ingress.enabled and ingress.alb.enabled" -}}
{{- end -}}
{{- if and (regexMatch "^0%?$" (toString $s.maxUnavailable)) (regexMatch "^0%?$" (toString $s.maxSurge)) -}}
  {{- fail "strategy.maxUnavailable and strategy.maxSurge are both 0: no pod could ever be replaced" -}}
{{- end -}}
{{- range $track := $tracks -}}
  {{- if and (gt (int $track.weight) 0) (eq (int $track.pods) 0) (or (ne $s.type "rolling") $.Values.autoscaling.enabled) -}}
    {{- fail (printf "the track %s is to serve but has no pods" $track.name) -}}
  {{- end -}}
{{- end -}}
{{- include "web-service.checkReady" . -}}
{{- with .Values.autoscaling -}}
{{- if .enabled -}}
  {{- if gt (int .minReplicas) (int .maxReplicas) -}}{{- fail "autoscaling.minReplicas is more than autoscaling.maxReplicas" -}}{{- end -}}
  {{- if not (or .targetCPU .targetMemory .metrics) -}}{{- fail "autoscaling has no target: give targetCPU, targetMemory or metrics" -}}{{- end -}}
  {{- $requests := $.Values.resources.requests | default dict -}}
  {{- if and .targetCPU (not $requests.cpu) -}}{{- fail "autoscaling.targetCPU is a share of resources.requests.cpu, which is not given" -}}{{- end -}}
  {{- if and .targetMemory (not $requests.memory) -}}{{- fail "autoscaling.targetMemory is a share of resources.requests.memory, which is not given" -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- with .Values.podDisruptionBudget -}}
{{- if .enabled -}}
  {{- $min := not (kindIs "invalid" .minAvailable) -}}
  {{- $max := not (kindIs "invalid" .maxUnavailable) -}}
  {{- if eq $min $max -}}{{- fail "podDisruptionBudget needs minAvailable or maxUnavailable, the other null" -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- if ge (int .Values.preStopSleepSeconds) (int .Values.terminationGracePeriodSeconds) -}}
  {{- fail "preStopSleepSeconds leaves nothing of terminationGracePeriodSeconds, which counts it too" -}}
{{- end -}}
{{- if and .Values.migration.enabled (ne $s.type "rolling") (not (include "web-service.hasImage" .Values.migration)) -}}
  {{- fail (printf "migration.tag is empty: with strategy.type %s no track's tag says which release the migration belongs to" $s.type) -}}
{{- end -}}
{{- end -}}

{{/* On a live release, requests are not led to a Deployment of which no pod is ready, or that has another image yet. */}}
{{- define "web-service.checkReady" -}}
{{- $s := .Values.strategy -}}
{{- $live := include "web-service.live" . | fromYaml -}}
{{- $service := lookup "v1" "Service" .Release.Namespace (include "web-service.fullname" .) -}}
{{- if and $service (not $s.force) -}}
  {{- $main := include "web-service.main" . -}}
  {{- $served := dig "spec" "selector" "track" $main $service -}}
  {{- range include "web-service.tracks" . | fromYamlArray -}}
    {{- $one := index $live .name -}}
    {{- if and (eq .name $main) (ne $served $main) (ne $served "canary") (or (not $one.ready) (ne $one.image .image)) -}}
      {{- fail (printf "%s has no ready pod of %s, and %s serves: bring it up in an upgrade before (README.md, \"States of a release\"), or set strategy.force" .fullname .image $served) -}}
    {{- end -}}
    {{- if and (eq .name "canary") .weight (or (eq $s.by "alb_weights") (eq (int .weight) 100)) (not $one.ready) -}}
      {{- fail (printf "%s has no ready pod: bring it up with strategy.canary.capacity and weight 0 before, or set strategy.force" .fullname) -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- end -}}
