{{/* What an administrator gives wins over what Prometheus looks for. */}}
{{- define "staging.podAnnotations" -}}
{{- $annotations := dict -}}
{{- if .Values.metrics.annotations -}}
{{- $annotations = dict "prometheus.io/scrape" "true" "prometheus.io/path" "/metrics" "prometheus.io/port" "8000" -}}
{{- end -}}
{{- mergeOverwrite $annotations .Values.podAnnotations | toYaml -}}
{{- end }}

{{/* The pod's user. It is never root: the Pod Security Standard "restricted" asks for that. */}}
{{- define "staging.podSecurityContext" -}}
{{- $storage := .Values.storage -}}
{{- $context := omit .Values.podSecurityContext "fsGroup" "supplementalGroups" -}}
{{- $_ := set $context "runAsNonRoot" true -}}
{{- $_ := set $context "seccompProfile" (dict "type" "RuntimeDefault") -}}
{{- with .Values.podSecurityContext.supplementalGroups }}{{ $_ := set $context "supplementalGroups" . }}{{ end -}}
{{- $areAllClaimsNew := not (or $storage.shared.existingClaim $storage.source.existingClaim $storage.target.existingClaim .Values.database.sqlite.existingClaim) -}}
{{- $group := .Values.podSecurityContext.fsGroup | default (ternary .Values.podSecurityContext.runAsGroup "" $areAllClaimsNew) -}}
{{- if $group -}}
{{- $_ := set $context "fsGroup" $group -}}
{{- $_ := set $context "fsGroupChangePolicy" "OnRootMismatch" -}}
{{- end -}}
{{- toYaml $context -}}
{{- end }}

{{- define "staging.containerSecurityContext" -}}
allowPrivilegeEscalation: false
capabilities: { drop: [ALL] }
readOnlyRootFilesystem: true
runAsNonRoot: true
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{/* Secrets that are mounted as files: the Secret, its key, and the variable that names the file. */}}
{{- define "staging.secretFiles" -}}
DATABASE_URL_FILE: {{ pick .Values.database "existingSecret" "key" | toJson }}
AUTH_TOKENS_FILE: {{ pick .Values.auth.tokens "existingSecret" "key" | toJson }}
OIDC_CLIENT_SECRET_FILE: {{ pick .Values.auth.oidcClient "existingSecret" "key" | toJson }}
JUPYTERHUB_API_TOKEN_FILE: {{ pick .Values.jupyterHub "existingSecret" "key" | toJson }}
AWS_SHARED_CREDENTIALS_FILE: {{ pick .Values.s3 "existingSecret" "key" | toJson }}
{{ get (dict "userpass" "RUCIO_PASSWORD_FILE" "x509_proxy" "RUCIO_X509_PROXY" "oidc" "RUCIO_OIDC_CLIENT_SECRET_FILE") .Values.rucio.auth }}: {{ pick .Values.rucio "existingSecret" "key" | toJson }}
{{- if eq .Values.queue.executor "bullmq" }}
REDIS_URL_FILE: {{ pick .Values.queue "existingSecret" "key" | toJson }}
{{- end }}
{{- end }}

{{/* Where clients reach the service: what an administrator gives, else the ingress and port-forward. */}}
{{- define "staging.publicUrls" -}}
{{- $urls := .publicUrls -}}
{{- if not $urls -}}
{{- $urls = list "http://127.0.0.1:8000" "http://localhost:8000" -}}
{{- if .ingress.enabled -}}
{{- $urls = prepend $urls (printf "%s://%s" (ternary "https" "http" (ne .ingress.tlsSecret "")) .ingress.host) -}}
{{- end -}}
{{- end -}}
{{- join "," $urls -}}
{{- end }}

{{/*
The plain settings of one Deployment's pods, by name. Values of an administrator take precedence.
ALLOW_INSECURE: without auth.mode everybody may do everything. The network policy allows only the ingress controller, and
the chart then requires one unless it is told that something else protects the service.
Workers serve only probes and Prometheus, at the port that their container names.
*/}}
{{- define "staging.settings" -}}
{{- $values := .root.Values -}}
{{- $shared := $values.storage.shared -}}
{{- $settings := dict
  "DATA_DIR" "/data"
  "PUBLIC_URLS" (include "staging.publicUrls" $values)
  "SHUTDOWN_TIMEOUT" (int $values.shutdownTimeout)
  "SOURCE_STORAGE_PATH" (ternary (printf "%s/%s" $shared.mountPath $shared.sourceDirectory) $values.storage.source.mountPath (ne $shared.existingClaim ""))
  "TARGET_STORAGE_PATH" (ternary (printf "%s/%s" $shared.mountPath $shared.targetDirectory) $values.storage.target.mountPath (ne $shared.existingClaim ""))
-}}
{{- if .deployment.functions -}}
{{- $_ := set $settings "FUNCTIONS" (join "," .deployment.functions) -}}
{{- if $values.auth.mode }}{{ $_ := set $settings "AUTH_MODE" $values.auth.mode }}{{ else }}{{ $_ := set $settings "ALLOW_INSECURE" "true" }}{{ end -}}
{{- else -}}
{{- $_ := set $settings "WORKER_PORT" "8000" -}}
{{- end -}}
{{- if eq $values.queue.executor "bullmq" -}}
{{- $_ := merge $settings (dict "EXECUTOR" "bullmq" "QUEUE_NAME" $values.queue.name) -}}
{{- end -}}
{{- with $values.jupyterHub.url }}{{ $_ := set $settings "JUPYTERHUB_URL" . }}{{ end -}}
{{- mergeOverwrite $settings $values.extraEnv .deployment.env | toJson -}}
{{- end }}

{{- define "staging.env" -}}
{{- range $name, $value := include "staging.settings" . | fromJson }}
- name: {{ $name }}
  value: {{ $value | toString | quote }}
{{- end }}
{{- range $variable, $secret := include "staging.secretFiles" .root | fromYaml }}
{{- if $secret.existingSecret }}
- name: {{ $variable }}
  value: /run/secrets/{{ $variable | lower | trimSuffix "_file" }}/{{ $secret.key }}
{{- end }}
{{- end }}
{{- end }}

{{- define "staging.volumeMounts" -}}
- { name: tmp, mountPath: /tmp }
- { name: data, mountPath: /data }
{{- with .Values.storage }}
{{- if .shared.existingClaim }}
- { name: shared-storage, mountPath: {{ .shared.mountPath | quote }} }
{{- else }}
- { name: source-storage, mountPath: {{ .source.mountPath | quote }}, readOnly: {{ .source.readOnly }} }
- { name: user-areas, mountPath: {{ .target.mountPath | quote }} }
{{- end }}
{{- end }}
{{- range $variable, $secret := include "staging.secretFiles" . | fromYaml }}
{{- if $secret.existingSecret }}
{{- $name := $variable | lower | trimSuffix "_file" }}
- { name: {{ $name | replace "_" "-" }}, mountPath: /run/secrets/{{ $name }}, readOnly: true }
{{- end }}
{{- end }}
{{- end }}

{{- define "staging.volumes" -}}
- name: tmp
  emptyDir: { sizeLimit: 64Mi }
- name: data
{{- if .Values.database.existingSecret }}
  # The log only, and each pod has its own: two processes must not share a log file.
  emptyDir: { sizeLimit: 512Mi }
{{- else }}
  persistentVolumeClaim: { claimName: {{ .Values.database.sqlite.existingClaim | default (printf "%s-record" (include "staging.fullname" .)) }} }
{{- end }}
{{- with .Values.storage }}
{{- if .shared.existingClaim }}
- name: shared-storage
  persistentVolumeClaim: { claimName: {{ .shared.existingClaim }} }
{{- else }}
- name: source-storage
  persistentVolumeClaim: { claimName: {{ .source.existingClaim | default (printf "%s-source" (include "staging.fullname" $)) }} }
- name: user-areas
  persistentVolumeClaim: { claimName: {{ .target.existingClaim | default (printf "%s-users" (include "staging.fullname" $)) }} }
{{- end }}
{{- end }}
{{- range $variable, $secret := include "staging.secretFiles" . | fromYaml }}
{{- if $secret.existingSecret }}
- name: {{ $variable | lower | trimSuffix "_file" | replace "_" "-" }}
  secret:
    secretName: {{ $secret.existingSecret }}
    # Readable by the pod's user, who is not root.
    defaultMode: 0444
    items: [{ key: {{ $secret.key | quote }}, path: {{ $secret.key | quote }} }]
{{- end }}
{{- end }}
{{- end }}
