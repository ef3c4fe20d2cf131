{{- /* One file for all: a test chart is read at a glance. */}}
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}
data:
  text: {{ .Values.text | quote }}
  since: 2026-01-01
{{- if .Values.password }}
---
apiVersion: v1
kind: Secret
metadata:
  name: {{ .Release.Name }}
stringData:
  password: {{ .Values.password | quote }}
{{- end }}
---
apiVersion: v1
kind: Service
metadata:
  name: {{ .Release.Name }}
spec:
  clusterIP: ""
  selector:
    app: {{ .Release.Name }}
  ports:
    - name: http
      port: 80
      targetPort: http
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
spec:
  replicas: {{ .Values.replicas }}
  {{- if .Values.misspelled }}
  replica: 1
  {{- end }}
  paused: false
  minReadySeconds: 0
  selector:
    matchLabels:
      app: {{ .Release.Name }}
  template:
    metadata:
      labels:
        app: {{ .Release.Name }}
    spec:
      hostNetwork: false
      affinity: null
      nodeSelector: {}
      containers:
        - name: app
          image: registry.test/app:{{ .Values.tag }}
          args: []
          ports:
            - name: http
              containerPort: 8080
          resources:
            requests:
              cpu: 1000m
              memory: 1024Mi
              ephemeral-storage: 0.5Gi
          readinessProbe:
            initialDelaySeconds: 0
            httpGet:
              path: /
              port: http
          volumeMounts:
            - name: tmp
              mountPath: /tmp
              readOnly: false
      volumes:
        - name: tmp
          emptyDir: {}
{{- if .Values.autoscaled }}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {{ .Release.Name }}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {{ .Release.Name }}
  minReplicas: 1
  maxReplicas: 9
{{- end }}
{{- if .Values.claim }}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: {{ .Release.Name }}
spec:
  accessModes: [ReadWriteOnce]
  resources:
    requests:
      storage: 1024Mi
{{- end }}
{{- if .Values.thing }}
---
apiVersion: example.test/v1
kind: Thing
metadata:
  name: {{ .Release.Name }}
spec:
  idle: false
  off: 1
{{- end }}
{{- if .Values.migration }}
---
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ .Release.Name }}-migration
  annotations:
    helm.sh/hook: pre-install,pre-upgrade
    helm.sh/hook-delete-policy: before-hook-creation
spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      containers:
        - name: migrate
          image: registry.test/migrate:{{ .Values.migration }}
{{- end }}
