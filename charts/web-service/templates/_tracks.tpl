{{/*
The strategy, all of it: which tracks there are, what serves, how many pods each has. The templates only write down what comes from here.
`lookup` finds nothing outside a cluster (`helm template`): every number is then that of a first installation.
*/}}

{{/*
What runs now, per track: {stable: {pods, ready, image}, …}. Asked once per rendering, so that all objects are made from one answer:
templates share `.Values`, where it is kept.
*/}}
{{- define "web-service.live" -}}
{{- if not (hasKey .Values "__live") -}}
{{- $live := dict -}}
{{- range $track := list "stable" "canary" "blue" "green" -}}
  {{- $found := lookup "apps/v1" "Deployment" $.Release.Namespace (include "web-service.trackFullname" (list $ $track)) -}}
  {{- $image := "" -}}
  {{- range dig "spec" "template" "spec" "containers" list $found }}{{- if eq .name "web" }}{{- $image = .image -}}{{- end -}}{{- end -}}
  {{- $live = set $live $track (dict "pods" (dig "spec" "replicas" 0 $found | int) "ready" (dig "status" "readyReplicas" 0 $found | int)
        "image" $image) -}}
{{- end -}}
{{- $unused := set .Values "__live" (toYaml $live) -}}
{{- end -}}
{{- .Values.__live -}}
{{- end -}}

{{/* Whether a track has an image of its own; takes a block of `strategy`. */}}
{{- define "web-service.hasImage" -}}{{- if or .tag .digest }}yes{{ end -}}{{- end -}}

{{/* Names of the tracks that are rendered, as a JSON list. */}}
{{- define "web-service.trackNames" -}}
{{- $s := .Values.strategy -}}
{{- $names := list -}}
{{- if or (ne $s.type "blue_green") (eq $s.active "stable") $s.keepStable -}}{{- $names = append $names "stable" -}}{{- end -}}
{{- if and (eq $s.type "canary") (include "web-service.hasImage" $s.canary) -}}{{- $names = append $names "canary" -}}{{- end -}}
{{- if eq $s.type "blue_green" -}}
  {{- range $colour := list "blue" "green" -}}
    {{- if include "web-service.hasImage" (index $s $colour) -}}{{- $names = append $names $colour -}}{{- end -}}
  {{- end -}}
{{- end -}}
{{- toJson $names -}}
{{- end -}}

{{/* The track on which the service stands: the one to which a failed deploy returns. */}}
{{- define "web-service.main" -}}
{{- if eq .Values.strategy.type "blue_green" }}{{ .Values.strategy.active }}{{ else }}stable{{ end -}}
{{- end -}}

{{/* The track that can be looked at before it serves; empty for none. */}}
{{- define "web-service.preview" -}}
{{- $others := without (include "web-service.trackNames" . | fromJsonArray) (include "web-service.main" .) -}}
{{- if eq .Values.strategy.type "blue_green" -}}{{- $others = concat (without $others "stable") (has "stable" $others | ternary (list "stable") list) -}}{{- end -}}
{{- with $others }}{{ first . }}{{ end -}}
{{- end -}}

{{/* Percent of the requests per rendered track, as JSON. By labels a share of the pods. */}}
{{- define "web-service.weights" -}}
{{- $root := . -}}
{{- $s := .Values.strategy -}}
{{- $weights := dict -}}
{{- range $track := include "web-service.trackNames" . | fromJsonArray -}}
  {{- $weight := eq $track (include "web-service.main" $root) | ternary 100 0 -}}
  {{- if eq $s.type "canary" -}}{{- $weight = eq $track "canary" | ternary (int $s.weight) (sub 100 (int $s.weight)) -}}{{- end -}}
  {{- $weights = set $weights $track $weight -}}
{{- end -}}
{{- toJson $weights -}}
{{- end -}}

{{/* Pods of the canary, when the stable track has `pods`; takes (list $ pods). */}}
{{- define "web-service.canaryPods" -}}
{{- $s := (index . 0).Values.strategy -}}
{{- $pods := index . 1 -}}
{{- $share := max (int $s.weight) (int $s.canary.capacity) -}}
{{- if not (kindIs "invalid" $s.canary.replicas) -}}{{- int $s.canary.replicas -}}
{{- else if eq $s.by "alb_weights" -}}{{- divf (mul $pods $share) 100 | ceil | int -}}
{{- else if ge $share 50 -}}{{- $pods -}}
{{- else -}}{{- divf (mul $pods $share) (sub 100 $share) | ceil | int -}}
{{- end -}}
{{- end -}}

{{/*
The tracks as a YAML list: name, fullname, image, env, weight, pods (to be written), floor (of the autoscaler; 0 for none) and main.
With the autoscaler, the pods of the main track are what it has made of them. While a canary has pods, the stable track's floor is what
it has now: it would shrink for want of requests, and be too small when they return. The floor falls with the canary's end.
*/}}
{{- define "web-service.tracks" -}}
{{- $root := . -}}
{{- $s := .Values.strategy -}}
{{- $scaled := .Values.autoscaling.enabled -}}
{{- $live := include "web-service.live" . | fromYaml -}}
{{- $weights := include "web-service.weights" . | fromJson -}}
{{- $main := include "web-service.main" . -}}
{{- $first := int .Values.replicas -}}
{{- if eq $s.type "blue_green" -}}
  {{- $wanted := (index $s $main | default dict).replicas -}}
  {{- if not (kindIs "invalid" $wanted) }}{{- $first = int $wanted -}}{{- end -}}
{{- end -}}
{{- $whole := $first -}}
{{- if $scaled -}}
  {{- $most := 0 -}}
  {{- range $one := $live }}{{- $most = max $most $one.pods -}}{{- end -}}
  {{- $whole = (index $live $main).pods | default $most | default $first | int -}}
{{- end -}}
{{- $tracks := list -}}
{{- range $track := include "web-service.trackNames" . | fromJsonArray -}}
  {{- $own := eq $track "stable" | ternary (dict "tag" $root.Values.image.tag "digest" $root.Values.image.digest) (index $s $track) -}}
  {{- $weight := index $weights $track | int -}}
  {{- $pods := $whole -}}
  {{- $floor := int $root.Values.autoscaling.minReplicas -}}
  {{- if eq $track "canary" -}}
    {{- $pods = include "web-service.canaryPods" (list $root $whole) | int -}}
    {{- $floor = max 1 $pods -}}
    {{- if and $scaled $weight -}}{{- $pods = max $pods (index $live $track).pods -}}{{- end -}}
  {{- else if and (hasKey $weights "canary") (or $s.weight $s.canary.capacity) -}}
    {{- $floor = max $floor $whole -}}
  {{- else if and (ne $track $main) (not (kindIs "invalid" $own.replicas)) -}}
    {{- $pods = int $own.replicas -}}
  {{- end -}}
  {{- $serves := or (gt $weight 0) (eq $track $main) -}}
  {{- $image := include "web-service.image" (list $root $own.tag $own.digest (eq $track "stable" | ternary "image" (printf "strategy.%s" $track))) -}}
  {{- $tracks = append $tracks (dict "name" $track "fullname" (include "web-service.trackFullname" (list $root $track)) "image" $image
        "env" ($own.env | default dict) "weight" $weight "pods" (int $pods) "floor" (and $scaled $serves | ternary (int $floor) 0)
        "serves" $serves) -}}
{{- end -}}
{{- toYaml $tracks -}}
{{- end -}}
