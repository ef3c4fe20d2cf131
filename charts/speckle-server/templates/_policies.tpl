{{/*
What a network policy of a workload lets in and out, whichever plugin enforces it: "speckle.policy.rules" gives JSON
{ingress: [rule], egress: [rule]}; a rule has ports (numbers) and any of pods (labels), namespaces (labels), cidrs, except, fqdns, dns.
*/}}

{{- define "speckle.policy.rules" -}}
{{- $v := .root.Values -}}
{{- $ports := list -}}
{{- range .ports }}{{ $ports = append $ports (index . 1) }}{{ end -}}
{{- $in := list -}}
{{- $out := list (dict "dns" true) -}}
{{- if has "ingress" (default list .from) -}}
{{-   $in = append $in (include "speckle.policy.peer" (dict "workload" .name "peer" $v.ingress.networkPolicy "value" "ingress.networkPolicy" "what" "is reached through the load balancer" "ports" $ports) | fromJson) -}}
{{- end -}}
{{- if has "clients" (default list .from) -}}
{{-   $in = append $in (dict "pods" (dict "project" "speckle-server") "ports" $ports) -}}
{{- end -}}
{{- if and $v.enable_prometheus_monitoring $ports -}}
{{-   $in = append $in (include "speckle.policy.peer" (dict "workload" .name "peer" $v.prometheusMonitoring.networkPolicy "value" "prometheusMonitoring.networkPolicy" "what" "is read by Prometheus" "ports" $ports) | fromJson) -}}
{{- end -}}
{{- $stores := dict "postgres" (list "db" "Postgres") "redis" (list "redis" "Redis") "s3" (list "s3" "S3") -}}
{{- range $use := .uses -}}
{{-   if hasKey $stores $use -}}
{{-     $store := get $stores $use -}}
{{-     $key := index $store 0 -}}
{{-     $peer := get (get $v $key) "networkPolicy" -}}
{{-     if or (ne $use "s3") $v.s3.bucket -}}
{{- /* Only Cilium knows names. */ -}}
{{-       $fqdns := ternary $peer.fqdns list (eq $v.networkPlugin.type "cilium") -}}
{{-       $out = append $out (include "speckle.policy.peer" (dict "workload" $.name "peer" $peer "fqdns" $fqdns "value" (printf "%s.networkPolicy" $key) "what" (printf "connects to %s" (index $store 1)) "ports" (list $peer.port)) | fromJson) -}}
{{-     end -}}
{{-   else if eq $use "server" -}}
{{-     $out = append $out (dict "pods" (dict "app" "speckle-server" "project" "speckle-server") "ports" (list 3000)) -}}
{{-   else if eq $use "internet" -}}
{{-     $out = append $out (dict "cidrs" (list "0.0.0.0/0") "except" (list "169.254.169.254/32") "ports" (list 80 443)) -}}
{{-   else if and (eq $use "email") $v.server.email.enabled -}}
{{-     $out = append $out (dict "cidrs" (list "0.0.0.0/0") "except" (list "169.254.169.254/32") "ports" (list $v.server.email.port)) -}}
{{-   else if eq $use "identity" -}}
{{-     $auth := $v.server.auth -}}
{{-     if or $auth.google.enabled $auth.github.enabled $auth.azure_ad.enabled $auth.oidc.enabled -}}
{{-       $out = append $out (dict "cidrs" (list "0.0.0.0/0") "except" (list "169.254.169.254/32") "ports" (list 443)) -}}
{{-     end -}}
{{-   end -}}
{{- end -}}
{{- dict "ingress" $in "egress" $out | toJson -}}
{{- end -}}

{{/* One rule out of a value <value>.networkPolicy; says what is missing where it names nobody. */}}
{{- define "speckle.policy.peer" -}}
{{- $peer := .peer -}}
{{- $fqdns := default list .fqdns -}}
{{- if not (or $peer.podSelector.matchLabels $peer.cidrs $fqdns) -}}
{{-   fail (printf "%s has a network policy and %s: set %s.podSelector.matchLabels (pods of this cluster) or %s.cidrs (addresses outside of it)." .workload .what .value .value) -}}
{{- end -}}
{{- dict "pods" $peer.podSelector.matchLabels "namespaces" $peer.namespaceSelector.matchLabels "cidrs" $peer.cidrs "fqdns" $fqdns "ports" .ports | toJson -}}
{{- end -}}

{{/* A rule of Kubernetes' own policies. Takes direction (from, to) and rule. */}}
{{- define "speckle.policy.kubernetes" -}}
{{- $rule := .rule -}}
{{- if $rule.dns -}}
- to:
    - namespaceSelector:
        matchLabels: {kubernetes.io/metadata.name: kube-system}
      podSelector:
        matchLabels: {k8s-app: kube-dns}
  ports:
    - {port: 53, protocol: UDP}
    - {port: 53, protocol: TCP}
{{- else -}}
- {{ .direction }}:
    {{- if $rule.pods }}
    - podSelector:
        matchLabels:
          {{- toYaml $rule.pods | nindent 10 }}
      {{- with $rule.namespaces }}
      namespaceSelector:
        matchLabels:
          {{- toYaml . | nindent 10 }}
      {{- end }}
    {{- end }}
    {{- range $rule.cidrs }}
    - ipBlock:
        cidr: {{ . }}
        {{- with $rule.except }}
        except:
          {{- toYaml . | nindent 10 }}
        {{- end }}
    {{- end }}
  ports:
    {{- range $rule.ports }}
    - {port: {{ int . }}, protocol: TCP}
    {{- end }}
{{- end -}}
{{- end -}}

{{/* The same for Cilium, which has a rule for each way of naming the other side. Takes direction (from, to) and rule. */}}
{{- define "speckle.policy.cilium" -}}
{{- $rule := .rule -}}
{{- $direction := .direction -}}
{{- if $rule.dns -}}
- toEndpoints:
    - matchLabels:
        k8s:io.kubernetes.pod.namespace: kube-system
        k8s:k8s-app: kube-dns
  toPorts:
    - ports:
        - {port: "53", protocol: ANY}
      rules:
        dns:
          - matchPattern: "*"
{{- else -}}
{{- if $rule.pods }}
- {{ $direction }}Endpoints:
    - matchLabels:
        {{- range $key, $value := $rule.pods }}
        {{ printf "k8s:%s" $key }}: {{ $value | quote }}
        {{- end }}
        {{- range $key, $value := $rule.namespaces }}
        {{ printf "k8s:io.cilium.k8s.namespace.labels.%s" $key }}: {{ $value | quote }}
        {{- end }}
  {{- include "speckle.policy.ciliumPorts" $rule.ports | nindent 2 }}
{{- end }}
{{- with $rule.cidrs }}
- {{ $direction }}CIDRSet:
    {{- range . }}
    - cidr: {{ . }}
      {{- with $rule.except }}
      except:
        {{- toYaml . | nindent 8 }}
      {{- end }}
    {{- end }}
  {{- include "speckle.policy.ciliumPorts" $rule.ports | nindent 2 }}
{{- end }}
{{- with $rule.fqdns }}
- toFQDNs:
    {{- range . }}
    - {{ ternary "matchPattern" "matchName" (contains "*" .) }}: {{ . | quote }}
    {{- end }}
  {{- include "speckle.policy.ciliumPorts" $rule.ports | nindent 2 }}
{{- end }}
{{- end -}}
{{- end -}}

{{- define "speckle.policy.ciliumPorts" -}}
toPorts:
  - ports:
      {{- range . }}
      - {port: {{ int . | toString | quote }}, protocol: TCP}
      {{- end }}
{{- end -}}
