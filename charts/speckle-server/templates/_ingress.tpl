{{/*
One ingress of the five. Takes root, key (of ingress.orders), name, host (or nothing: any) and paths: a list of
[path, type, workload's name, port]. Without paths everything that no other rule matches goes to the frontend.
*/}}
{{- define "speckle.ingress" -}}
{{- $ingress := .root.Values.ingress -}}
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: {{ .name }}
  namespace: {{ include "speckle.namespace" .root }}
  labels:
    app: speckle-server
    {{- include "speckle.commonLabels" .root | nindent 4 }}
    app.kubernetes.io/component: ingress
  {{- with include "speckle.ingressAnnotations" . | trim }}
  annotations:
    {{- . | nindent 4 }}
  {{- end }}
spec:
  ingressClassName: {{ $ingress.className }}
  {{- if include "speckle.certManager" . }}
  tls:
    - hosts: [{{ .host }}]
      secretName: server-tls
  {{- end }}
  {{- if not .paths }}
  defaultBackend:
    service:
      name: speckle-frontend-2
      port:
        number: 8080
  {{- end }}
  rules:
    - {{ if .host }}host: {{ .host | quote }}
      {{ end }}
      {{- if .paths -}}
      http:
        paths:
          {{- range .paths }}
          - path: {{ index . 0 }}
            pathType: {{ index . 1 }}
            backend:
              service:
                name: {{ index . 2 }}
                port:
                  number: {{ index . 3 }}
          {{- end }}
      {{- end }}
{{- end -}}

{{- define "speckle.ingressAnnotations" -}}
{{- if eq .root.Values.ingress.className "alb" }}
{{- include "speckle.albAnnotations" . }}
{{- end }}
{{- if include "speckle.certManager" . }}
cert-manager.io/cluster-issuer: {{ .root.Values.cert_manager_issuer }}
{{- end }}
{{- with .root.Values.ingress.annotations }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/*
cert-manager is asked where no certificate of ACM is given (a load balancer of AWS cannot read cert-manager's secrets), and
by one ingress only: it refuses a second one for the same secret.
*/}}
{{- define "speckle.certManager" -}}
{{- if and (eq .key "master") .root.Values.cert_manager_issuer (not .root.Values.ingress.certificateArn) }}yes{{ end -}}
{{- end -}}

{{/* All ingresses of a group must agree on what concerns the load balancer as a whole. */}}
{{- define "speckle.albAnnotations" -}}
{{- $ingress := .root.Values.ingress -}}
alb.ingress.kubernetes.io/group.name: {{ $ingress.groupName | quote }}
alb.ingress.kubernetes.io/group.order: {{ get $ingress.orders .key | quote }}
alb.ingress.kubernetes.io/load-balancer-name: {{ $ingress.loadBalancerName | quote }}
alb.ingress.kubernetes.io/scheme: {{ $ingress.scheme | quote }}
alb.ingress.kubernetes.io/target-type: {{ $ingress.targetType | quote }}
alb.ingress.kubernetes.io/listen-ports: {{ toJson $ingress.listenPorts | quote }}
alb.ingress.kubernetes.io/backend-protocol: HTTP
alb.ingress.kubernetes.io/backend-protocol-version: {{ $ingress.backendProtocolVersion | quote }}
{{- if or $ingress.certificateArn .root.Values.cert_manager_issuer }}
{{- range $ingress.listenPorts }}
{{- with .HTTPS }}
alb.ingress.kubernetes.io/ssl-redirect: {{ int . | quote }}
{{- end }}
{{- end }}
{{- end }}
{{- with $ingress.certificateArn }}
alb.ingress.kubernetes.io/certificate-arn: {{ . | quote }}
{{- end }}
{{- with $ingress.tags }}
{{- $tags := list }}
{{- range $key, $value := . }}
{{-   $tags = append $tags (printf "%s=%s" $key $value) }}
{{- end }}
alb.ingress.kubernetes.io/tags: {{ join "," $tags | quote }}
{{- end }}
{{- with .health }}
alb.ingress.kubernetes.io/healthcheck-path: {{ . }}
{{- end }}
{{- end -}}
