{{- /*
Copyright (c) 2026, stratum.aws contributors
GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
SPDX-License-Identifier: GPL-3.0-or-later

The statuses that the stages in pods.yaml give to a pod, by name: what kwok merges into the status that the pod has.
An item of a list is JSON in a line of its own, which YAML can be.
*/ -}}

{{- define "conditions" }}{{/* of these types, all with this status, and with a reason and a message if they are given */}}
{{ $all := dict "status" .status "reason" (.reason | default "") "message" (.message | default "") "lastTransitionTime" Now }}
{{ range .types }}
- {{ set $all "type" . | toJson }}
{{ end }}
{{ end }}

{{- define "addresses" }}{{/* of the pod or of its host */}}
{{ if .found }}
{{ .whose }}IP: {{ first .found | quote }}
{{ .whose }}IPs:
{{ range .found }}
- {{ dict "ip" . | toJson }}
{{ end }}
{{ end }}
{{ end }}

{{- define "started" }}{{/* all containers run; those that ask for it are not ready */}}
{{ $time := Now }}
{{ $asked := dig "metadata" "annotations" "stratum.test/behaviour" "" . }}
{{ $all := regexMatch "^(crash|never-ready|late)(-.*)?$" $asked }}
{{ $running := dict "running" (dict "startedAt" $time) }}
{{ $done := dict "terminated" (dict "exitCode" 0 "reason" "Completed" "startedAt" $time "finishedAt" $time) }}
{{ $unready := list }}
phase: Running
startTime: {{ $time | quote }}
containerStatuses:
{{ range .spec.containers }}
{{ $ready := not (ternary $all (regexMatch ":(crash|never-ready|late)(-[^/:@]*)?(@.*)?$" .image) (ne $asked "")) }}
{{ if not $ready }}
{{ $unready = append $unready .name }}
{{ end }}
- {{ dict "name" .name "image" .image "imageID" "" "restartCount" 0 "started" true "ready" $ready "state" $running | toJson }}
{{ end }}
{{ if .spec.initContainers }}
initContainerStatuses:
{{ range .spec.initContainers }}
{{ $stays := eq (.restartPolicy | default "") "Always" }}
{{ $state := ternary $running $done $stays }}
- {{ dict "name" .name "image" .image "imageID" "" "restartCount" 0 "started" $stays "ready" true "state" $state | toJson }}
{{ end }}
{{ end }}
{{ $true := list "PodReadyToStartContainers" "Initialized" }}
{{ range .spec.readinessGates }}
{{ $true = append $true .conditionType }}
{{ end }}
{{ $readiness := list "Ready" "ContainersReady" }}
conditions:
{{ if $unready }}
{{ $message := printf "containers with unready status: [%s]" ($unready | join " ") }}
{{ template "conditions" dict "types" $readiness "status" "False" "reason" "ContainersNotReady" "message" $message }}
{{ else }}
{{ $true = concat $true $readiness }}
{{ end }}
{{ template "conditions" dict "types" $true "status" "True" }}
{{ template "addresses" dict "whose" "host" "found" (NodeIPsWith .spec.nodeName) }}
{{ $network := .spec.hostNetwork | default false }}
{{ template "addresses" dict "whose" "pod" "found" (PodIPsWith .spec.nodeName $network .metadata.uid .metadata.name .metadata.namespace) }}
{{ end }}

{{- define "ready" }}{{/* all containers are ready now */}}
conditions:
{{ template "conditions" dict "types" (list "Ready" "ContainersReady") "status" "True" }}
containerStatuses:
{{ range .status.containerStatuses }}
- {{ set . "ready" true | toJson }}
{{ end }}
{{ end }}

{{- define "ended" }}{{/* no container runs any more; those that were ready have succeeded */}}
{{ $time := Now }}
phase: {{ .phase }}
conditions:
{{ template "conditions" dict "types" (list "Ready" "ContainersReady") "status" "False" "reason" .reason }}
containerStatuses:
{{ range .pod.status.containerStatuses }}
{{ $how := ternary (dict "exitCode" 0 "reason" "Completed") (dict "exitCode" 1 "reason" "Error") .ready }}
{{ $ended := merge $how (dict "startedAt" (dig "running" "startedAt" $time .state) "finishedAt" $time) }}
- {{ set (set (set . "ready" false) "started" false) "state" (dict "terminated" $ended) | toJson }}
{{ end }}
{{ end }}

{{- define "succeeded" }}{{ template "ended" dict "pod" . "phase" "Succeeded" "reason" "PodCompleted" }}{{ end }}
{{- define "failed" }}{{ template "ended" dict "pod" . "phase" "Failed" "reason" "PodFailed" }}{{ end }}

{{- define "crashed" }}{{/* the containers that are not ready have failed and wait for their next start */}}
{{ $time := Now }}
{{ $pod := printf "%s_%s(%s)" .metadata.name .metadata.namespace .metadata.uid }}
containerStatuses:
{{ range .status.containerStatuses }}
{{ if and .state.running (not .ready) }}
{{ $ended := dict "exitCode" 1 "reason" "Error" "startedAt" .state.running.startedAt "finishedAt" $time }}
{{ $message := printf "back-off 10s restarting failed container=%s pod=%s" .name $pod }}
{{ $waiting := dict "reason" "CrashLoopBackOff" "message" $message }}
- {{ set (set (set . "started" false) "lastState" (dict "terminated" $ended)) "state" (dict "waiting" $waiting) | toJson }}
{{ else }}
- {{ toJson . }}
{{ end }}
{{ end }}
{{ end }}

{{- define "restarted" }}{{/* the containers that waited for it run again */}}
containerStatuses:
{{ range .status.containerStatuses }}
{{ if .state.waiting }}
{{ $running := dict "running" (dict "startedAt" Now) }}
- {{ set (set (set . "started" true) "restartCount" (add (int .restartCount) 1)) "state" $running | toJson }}
{{ else }}
- {{ toJson . }}
{{ end }}
{{ end }}
{{ end }}

{{- define "without-image" }}{{/* the containers that ask for it wait for their image; the others run */}}
{{ $time := Now }}
{{ $asked := dig "metadata" "annotations" "stratum.test/behaviour" "" . }}
startTime: {{ $time | quote }}
conditions:
{{ template "conditions" dict "types" (list "Initialized") "status" "True" }}
{{ $message := "containers are waiting for their images" }}
{{ template "conditions" dict "types" (list "Ready" "ContainersReady") "status" "False" "reason" "ContainersNotReady" "message" $message }}
containerStatuses:
{{ range .spec.containers }}
{{ $lacks := or (ne $asked "") (regexMatch ":image-missing(-[^/:@]*)?(@.*)?$" .image) }}
{{ $reason := printf "Back-off pulling image %q: ErrImagePull: %s: not found" .image .image }}
{{ $waiting := dict "waiting" (dict "reason" "ImagePullBackOff" "message" $reason) }}
{{ $state := ternary $waiting (dict "running" (dict "startedAt" $time)) $lacks }}
{{ $runs := not $lacks }}
- {{ dict "name" .name "image" .image "imageID" "" "restartCount" 0 "started" $runs "ready" $runs "state" $state | toJson }}
{{ end }}
{{ template "addresses" dict "whose" "host" "found" (NodeIPsWith .spec.nodeName) }}
{{ end }}
