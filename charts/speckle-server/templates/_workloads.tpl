{{/*
What the nine workloads are. Figures that people tune stand in values.yaml; here is what the programs dictate.

  app, container     label of the pods, name of the container
  ports              [name, number] of what the container listens on; the service has the same
  health             where the load balancer asks whether a pod is well
  uses               what it connects to: a network policy lets that out, and postgres mounts the certificate
  from               who connects to it beside Prometheus: a network policy lets that in
  mountsServerFiles  whether it has the encryption keys and the configuration of regions, where they are used
  isTest             whether it is the pod of `helm test`
*/}}
{{- define "speckle.workloads" -}}
server:
  name: speckle-server
  app: speckle-server
  container: speckle-server
  ports: [[http, 3000]]
  health: /readiness
  uses: [postgres, redis, s3, email, identity]
  from: [ingress, clients]
  mountsServerFiles: true
objects:
  name: speckle-objects
  # The service speckle-objects has the selector of speckle-server.
  app: speckle-server
  container: speckle-server
  ports: [[http, 3000]]
  health: /readiness
  uses: [postgres, redis, s3, email, identity]
  from: [ingress, clients]
  mountsServerFiles: true
frontend_2:
  name: speckle-frontend-2
  container: speckle-frontend-2
  ports: [[www, 8080]]
  health: /api/status
  uses: [redis, server]
  from: [ingress]
preview_service:
  name: speckle-preview-service
  container: speckle-preview-service
  ports: [[metrics, 3001]]
  uses: [redis, server]
webhook_service:
  name: speckle-webhook-service
  container: speckle-webhook-service
  ports: [[metrics, 9095]]
  # Webhooks call whatever address their owners gave.
  uses: [postgres, internet]
fileimport_service:
  name: speckle-fileimport-service
  container: speckle-fileimport-service
  ports: [[metrics, 9093]]
  uses: [postgres, server]
ifc_import_service:
  name: speckle-ifc-import-service
  container: speckle-ifc-import-service
  ports: [[metrics, 9093], [healthz, 9080]]
  uses: [postgres, server]
monitoring:
  name: speckle-monitoring
  container: speckle-monitor-deployment
  ports: [[metrics, 9092]]
  uses: [postgres]
test:
  name: speckle-test
  container: speckle-test-deployment
  ports: []
  uses: [server, internet]
  isTest: true
{{- end -}}

{{/*
The enabled workloads as JSON: a list of what "speckle.workloads" says, with key and component added. Their values are not
in it: "speckle.workload" adds them, and the root.
*/}}
{{- define "speckle.enabled" -}}
{{- $enabled := list -}}
{{- $all := include "speckle.workloads" . | fromYaml -}}
{{- range $key := list "server" "objects" "frontend_2" "preview_service" "webhook_service" "fileimport_service" "ifc_import_service" "monitoring" "test" -}}
{{-   $one := get $all $key -}}
{{-   $on := ternary $.Values.helm_test_enabled (dig "enabled" true (get $.Values $key)) (default false $one.isTest) -}}
{{-   if $on -}}
{{-     $component := trimPrefix "speckle-" $one.name -}}
{{-     $enabled = append $enabled (mustMerge $one (dict "key" $key "component" $component "app" $one.name)) -}}
{{-   end -}}
{{- end -}}
{{- $enabled | toJson -}}
{{- end -}}

{{/*
The values of one workload as JSON: those that all workloads share, and over them its own. Takes root and key.
*/}}
{{- define "speckle.values" -}}
{{- mustMergeOverwrite (deepCopy .root.Values.workloads) (deepCopy (get .root.Values .key)) | toJson -}}
{{- end -}}
