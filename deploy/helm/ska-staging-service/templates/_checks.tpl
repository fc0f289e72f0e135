{{/* Refuses values that would do harm, each with what to change. */}}
{{- define "staging.check" -}}
{{- $deployments := include "staging.deployments" . | fromYaml -}}
{{- include "staging.checkFunctions" $deployments -}}
{{- include "staging.checkQueue" . -}}
{{- if not .Values.database.existingSecret }}{{ include "staging.checkSqlite" $deployments }}{{ end -}}
{{- include "staging.checkEnv" .Values.extraEnv -}}
{{- range include "staging.allDeployments" . | fromYaml }}{{ include "staging.checkEnv" .env }}{{ end -}}
{{- include "staging.checkStorage" .Values.storage -}}
{{- if not (or .Values.auth.mode .Values.networkPolicy.enabled .Values.allowWithoutNetworkPolicy) -}}
{{- fail "\n\nWithout auth.mode and without a network policy everybody in the cluster could use the service.\nSet auth.mode, keep networkPolicy.enabled, or set allowWithoutNetworkPolicy=true if something else protects the service." -}}
{{- end -}}
{{- if and .Values.ingress.enabled (not .Values.ingress.host) -}}
{{- fail "\n\ningress.enabled needs ingress.host." -}}
{{- end -}}
{{- end }}

{{/* A path of the API must lead to one Deployment. */}}
{{- define "staging.checkFunctions" -}}
{{- $served := dict -}}
{{- range $name, $deployment := . -}}
{{- range $function := $deployment.functions -}}
{{- if hasKey $served $function -}}
{{- fail (printf "\n\nThe function %s is in two deployments, %s and %s: name it in one of them." $function (get $served $function) $name) -}}
{{- end -}}
{{- $_ := set $served $function $name -}}
{{- end -}}
{{- end -}}
{{- end }}

{{- define "staging.checkSqlite" -}}
{{- $advice := "\nSet database.existingSecret to a Secret with the URL of a MySQL or MariaDB database (see README.md), or keep one deployment with one replica and no autoscaling." -}}
{{- if gt (len .) 1 -}}
{{- fail (printf "\n\nSQLite serves a single pod, and there are %d deployments.%s" (len .) $advice) -}}
{{- end -}}
{{- range $name, $deployment := . -}}
{{- if gt (int $deployment.replicas) 1 -}}
{{- fail (printf "\n\nSQLite serves a single pod, and the deployment %s has %d replicas.%s" $name (int $deployment.replicas) $advice) -}}
{{- end -}}
{{- if $deployment.autoscaling.enabled -}}
{{- fail (printf "\n\nSQLite serves a single pod, and the deployment %s scales by itself.%s" $name $advice) -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* Workers are pods of their own, which find the record and the queue by URLs. */}}
{{- define "staging.checkQueue" -}}
{{- if hasKey .Values.deployments "worker" -}}
{{- fail "\n\nThe name worker is reserved for the Deployment of workers: rename the one in deployments." -}}
{{- end -}}
{{- if eq .Values.queue.executor "bullmq" -}}
{{- if not .Values.queue.existingSecret -}}
{{- fail "\n\nqueue.executor=bullmq needs queue.existingSecret, a Secret with the URL of Redis or Valkey (see README.md)." -}}
{{- end -}}
{{- if not .Values.database.existingSecret -}}
{{- fail "\n\nSQLite serves a single pod, and workers are others: queue.executor=bullmq needs database.existingSecret (see README.md)." -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* Everybody who may look at a Deployment sees its plain variables. And whether there are workers must be said once. */}}
{{- define "staging.checkEnv" -}}
{{- range $name, $value := . -}}
{{- if eq $name "EXECUTOR" -}}
{{- fail "\n\nEXECUTOR must not be set in the values: set queue.executor, which also starts the workers." -}}
{{- end -}}
{{- if or (has $name (list "DATABASE_URL" "REDIS_URL")) (regexMatch "(TOKEN|PASSWORD|SECRET|SECRET_ACCESS_KEY)$" $name) -}}
{{- fail (printf "\n\n%s is a secret and must not stand in the values: use database.existingSecret, queue.existingSecret, auth.oidcClient.existingSecret, jupyterHub.existingSecret, rucio.existingSecret or s3.existingSecret." $name) -}}
{{- end -}}
{{- end -}}
{{- end }}

{{- define "staging.checkStorage" -}}
{{- if and .shared.existingClaim (or .source.existingClaim .target.existingClaim) -}}
{{- fail "\n\nstorage.shared.existingClaim contains both storages: leave storage.source.existingClaim and storage.target.existingClaim empty, or name those two instead." -}}
{{- end -}}
{{- end }}
