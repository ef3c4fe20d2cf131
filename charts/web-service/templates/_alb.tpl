{{/* The annotations that the AWS Load Balancer Controller reads. */}}

{{/* A map of attributes or tags as the controller wants it: a=b,c=d. */}}
{{- define "web-service.pairs" -}}
{{- $pairs := list -}}
{{- range $key, $value := . }}{{- $pairs = append $pairs (printf "%s=%v" $key $value) -}}{{- end -}}
{{- join "," $pairs -}}
{{- end -}}

{{/* The action `weighted`, as JSON: what each track's target group gets. */}}
{{- define "web-service.weightedAction" -}}
{{- $root := . -}}
{{- $groups := list -}}
{{- range $track, $weight := include "web-service.weights" . | fromJson -}}
  {{- $groups = append $groups (dict "serviceName" (printf "%s-%s" (include "web-service.fullname" $root) $track)
        "servicePort" (int $root.Values.service.port) "weight" (int $weight)) -}}
{{- end -}}
{{- $forward := dict "targetGroups" $groups -}}
{{- with int .Values.strategy.stickySeconds -}}
  {{- $forward = set $forward "targetGroupStickinessConfig" (dict "enabled" true "durationSeconds" .) -}}
{{- end -}}
{{- dict "type" "forward" "forwardConfig" $forward | toJson -}}
{{- end -}}

{{- define "web-service.albAnnotations" -}}
{{- $alb := .Values.ingress.alb -}}
{{- $ports := $alb.listenPorts -}}
{{- if not $ports -}}
  {{- $ports = list (dict "HTTP" 80) -}}
  {{- if $alb.certificateArns }}{{- $ports = append $ports (dict "HTTPS" 443) -}}{{- end -}}
{{- end -}}
{{- $probe := .Values.probes.readiness -}}
{{- $path := $alb.healthcheck.path | default (eq $probe.type "http" | ternary ($probe.path | default "/") "/") -}}
{{- $wanted := dict
  "scheme" $alb.scheme
  "target-type" $alb.targetType
  "backend-protocol" .Values.service.scheme
  "listen-ports" (toJson $ports)
  "healthcheck-protocol" .Values.service.scheme
  "healthcheck-path" $path
  "healthcheck-interval-seconds" $alb.healthcheck.intervalSeconds
  "healthcheck-timeout-seconds" $alb.healthcheck.timeoutSeconds
  "healthy-threshold-count" $alb.healthcheck.healthyThreshold
  "unhealthy-threshold-count" $alb.healthcheck.unhealthyThreshold
  "success-codes" $alb.healthcheck.successCodes
  "load-balancer-name" $alb.loadBalancerName
  "group.name" $alb.group.name
  "certificate-arn" (join "," $alb.certificateArns)
  "ssl-policy" ($alb.certificateArns | empty | ternary "" $alb.sslPolicy)
  "ssl-redirect" (and $alb.certificateArns $alb.sslRedirect | empty | ternary "" "443")
  "wafv2-acl-arn" $alb.wafAclArn
  "security-groups" (join "," $alb.securityGroups)
  "subnets" (join "," $alb.subnets)
  "load-balancer-attributes" (include "web-service.pairs" $alb.loadBalancerAttributes)
  "target-group-attributes" (include "web-service.pairs" $alb.targetGroupAttributes)
  "tags" (include "web-service.pairs" $alb.tags)
-}}
{{- if not (kindIs "invalid" $alb.group.order) -}}{{- $wanted = set $wanted "group.order" (int $alb.group.order | toString) -}}{{- end -}}
{{- if eq .Values.strategy.by "alb_weights" -}}
  {{- $wanted = set $wanted "actions.weighted" (include "web-service.weightedAction" .) -}}
{{- end -}}
{{- range $key, $value := $wanted }}
{{- with $value | toString }}
alb.ingress.kubernetes.io/{{ $key }}: {{ . | quote }}
{{- end }}
{{- end }}
{{- end -}}
