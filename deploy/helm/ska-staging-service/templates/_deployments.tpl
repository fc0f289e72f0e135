{{/* All functions, each with the paths of the API that it serves. The function site has every path that no other has. */}}
{{- define "staging.functions" -}}
stageData: [/stage_data, /stage-data]
stageLocal: [/stage/local]
stageSymlink: [/stage/symlink]
stageJupyter: [/stage/jupyter]
downloadFile: [/download, /download-links]
operations: [/operations]
batches: [/batches]
uws: [/uws]
logs: [/logs]
createFile: [/create-file]
browse: [/browse, /search, /preview]
site: [/]
{{- end }}

{{/* The Deployments that serve functions, by name, each complete with its defaults. Without any in the values: one of all functions. */}}
{{- define "staging.deployments" -}}
{{- $all := include "staging.functions" . | fromYaml | keys | sortAlpha -}}
{{- $deployments := .Values.deployments | default (dict "all" (dict "functions" $all)) -}}
{{- range $name, $own := $deployments -}}
{{- if $own }}
{{ $name }}: {{ mergeOverwrite (deepCopy $.Values.defaults) $own | toJson }}
{{- end -}}
{{- end -}}
{{- end }}

{{/* All Deployments by name: those, and with a queue "worker", which serves no function. */}}
{{- define "staging.allDeployments" -}}
{{ include "staging.deployments" . }}
{{- if eq .Values.queue.executor "bullmq" }}
worker: {{ omit (mergeOverwrite (deepCopy .Values.defaults) .Values.workers) "functions" | toJson }}
{{- end -}}
{{- end }}
