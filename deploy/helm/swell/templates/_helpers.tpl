{{- define "swell.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* Short enough that the longest suffix, -external-metrics-reader, still fits. */}}
{{- define "swell.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 38 | trimSuffix "-" }}
{{- else if contains (include "swell.name" .) .Release.Name }}
{{- .Release.Name | trunc 38 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "swell.name" .) | trunc 38 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "swell.selectorLabels" -}}
app.kubernetes.io/name: {{ include "swell.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "swell.labels" -}}
{{ include "swell.selectorLabels" . }}
app.kubernetes.io/part-of: swell
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "swell.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "swell.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- required "serviceAccount.create is false: name an existing one in serviceAccount.name" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "swell.image" -}}
{{- if .Values.image.digest }}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest }}
{{- else }}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) }}
{{- end }}
{{- end }}

{{/* The Secret with the certificates: written by Swell (self), by cert-manager, or by the user (files). */}}
{{- define "swell.certificateSecret" -}}
{{- if .Values.certificates.secretName }}
{{- .Values.certificates.secretName }}
{{- else if eq .Values.certificates.mode "self" }}
{{- include "swell.fullname" . }}-certificates
{{- else if eq .Values.certificates.mode "cert-manager" }}
{{- include "swell.fullname" . }}-serving
{{- else }}
{{- fail "certificates.mode is files: name the Secret with tls.crt, tls.key and ca.crt in certificates.secretName" }}
{{- end }}
{{- end }}

{{/* Annotations of the objects that hold a caBundle. */}}
{{- define "swell.caInjection" -}}
{{- if eq .Values.certificates.mode "cert-manager" }}
annotations:
  cert-manager.io/inject-ca-from: {{ .Release.Namespace }}/{{ include "swell.fullname" . }}-serving
{{- end }}
{{- end }}

{{- define "swell.caBundle" -}}
{{- if and (eq .Values.certificates.mode "files") .Values.certificates.caBundle }}
caBundle: {{ .Values.certificates.caBundle | b64enc }}
{{- end }}
{{- end }}

{{/* The watched namespaces as a JSON object with a list, since a template gives text only. */}}
{{- define "swell.namespaces" -}}
{{- $list := list }}
{{- range splitList "," .Values.watchNamespace }}
{{- with trim . }}{{- $list = append $list . }}{{- end }}
{{- end }}
{{- dict "items" ($list | uniq) | toJson }}
{{- end }}

{{- define "swell.subjects" -}}
subjects:
  - kind: ServiceAccount
    name: {{ include "swell.serviceAccountName" . }}
    namespace: {{ .Release.Namespace }}
{{- end }}
