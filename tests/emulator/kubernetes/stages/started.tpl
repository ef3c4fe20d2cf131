{{- /* A pod's containers are started: the status of kwok's stage pod-ready, with those containers unready that behave so. */ -}}
{{ $now := Now }}
{{ $annotated := dig "metadata" "annotations" "stratum.test/behaviour" "" . }}
{{ $unready := list }}
{{ range .spec.containers }}
  {{ $tag := regexReplaceAll "@.*$" .image "" | regexFind ":[^/:@]+$" | trimPrefix ":" }}
  {{ if regexMatch "^(crash|never-ready|late)(-.*)?$" ($annotated | default $tag) }}
    {{ $unready = append $unready .name }}
  {{ end }}
{{ end }}
conditions:
- lastTransitionTime: {{ $now | Quote }}
  status: "True"
  type: PodReadyToStartContainers
- lastTransitionTime: {{ $now | Quote }}
  status: "True"
  type: Initialized
{{ range list "Ready" "ContainersReady" }}
- lastTransitionTime: {{ $now | Quote }}
  type: {{ . }}
  {{ if $unready }}
  status: "False"
  reason: ContainersNotReady
  message: "containers with unready status: [{{ $unready | join " " }}]"
  {{ else }}
  status: "True"
  {{ end }}
{{ end }}
{{ range .spec.readinessGates }}
- lastTransitionTime: {{ $now | Quote }}
  status: "True"
  type: {{ .conditionType | Quote }}
{{ end }}

containerStatuses:
{{ range .spec.containers }}
- image: {{ .image | Quote }}
  imageID: ""
  name: {{ .name | Quote }}
  ready: {{ not (has .name $unready) }}
  restartCount: 0
  started: true
  state:
    running:
      startedAt: {{ $now | Quote }}
{{ end }}

initContainerStatuses:
{{ range .spec.initContainers }}
- image: {{ .image | Quote }}
  imageID: ""
  name: {{ .name | Quote }}
  ready: true
  restartCount: 0
  {{ if eq (.restartPolicy | default "") "Always" }}
  started: true
  state:
    running:
      startedAt: {{ $now | Quote }}
  {{ else }}
  state:
    terminated:
      exitCode: 0
      finishedAt: {{ $now | Quote }}
      reason: Completed
      startedAt: {{ $now | Quote }}
  {{ end }}
{{ end }}

{{ with NodeIPsWith .spec.nodeName }}
hostIP: {{ index . 0 | Quote }}
hostIPs:
{{ range . }}
- ip: {{ . | Quote }}
{{ end }}
{{ end }}
{{ with PodIPsWith .spec.nodeName (or .spec.hostNetwork false) (or .metadata.uid "") (or .metadata.name "") (or .metadata.namespace "") }}
podIP: {{ index . 0 | Quote }}
podIPs:
{{ range . }}
- ip: {{ . | Quote }}
{{ end }}
{{ end }}
phase: Running
startTime: {{ $now | Quote }}
