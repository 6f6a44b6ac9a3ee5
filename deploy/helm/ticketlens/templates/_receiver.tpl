{{/* The receiver's own: its file, its secrets, its times. */}}

{{/* Every value of a setting is JSON as well as TOML: numbers without a fraction, texts, lists of texts. */}}
{{- define "ticketlens.file" -}}
{{- $_ := required "config.clickhouse.url: say where ClickHouse's HTTP interface is, e.g. https://clickhouse.databases.svc:8443" .Values.config.clickhouse.url -}}
grpc_listen = "0.0.0.0:4317"
http_listen = "0.0.0.0:4318"
{{- range $name, $value := .Values.config }}
{{- if not (kindIs "map" $value) }}
{{ $name }} = {{ toJson $value }}
{{- end }}
{{- end }}
{{- range $section, $settings := .Values.config }}
{{- if kindIs "map" $settings }}

[{{ $section }}]
{{- range $name, $value := $settings }}
{{ $name }} = {{ toJson $value }}
{{- end }}
{{- end }}
{{- end }}
{{- if .Values.tls.secret }}

[tls]
certificate = "/run/ticketlens/tls/tls.crt"
key = "/run/ticketlens/tls/tls.key"
{{- if .Values.tls.clientCa.secret }}
client_ca = "/run/ticketlens/client-ca/ca.crt"
{{- end }}
{{- else if .Values.tls.clientCa.secret }}
{{- fail "tls.clientCa needs tls.secret: clients show a certificate only where the receiver does" }}
{{- end }}
{{- end -}}

{{/* Where one of the secrets is, as a source of a projected volume: a list of chart, name and file. */}}
{{- define "ticketlens.secretSource" -}}
{{- $chart := index . 0 -}}
{{- $name := index . 1 -}}
{{- $one := index $chart.Values.secrets $name -}}
secret:
  name: {{ required (printf "existingSecret: name the Secret that holds %s under the key %s, or set secrets.%s.secret; the chart makes no secret and has no default one" $name $one.key $name) (default $chart.Values.existingSecret $one.secret) | quote }}
  items:
    - key: {{ $one.key | quote }}
      path: {{ index . 2 }}
{{- end -}}

{{/* From SIGTERM to the end, in seconds. */}}
{{- define "ticketlens.shutdownSeconds" -}}
{{- default 25 .Values.config.shutdown_deadline_seconds | int -}}
{{- end -}}

{{/* Until ClickHouse answers, in seconds; 0 is a choice. */}}
{{- define "ticketlens.startSeconds" -}}
{{- if hasKey .Values.config "start_timeout_seconds" -}}
{{- .Values.config.start_timeout_seconds | int -}}
{{- else -}}
60
{{- end -}}
{{- end -}}

{{/* A probe asks over TLS where the port speaks it; Kubernetes does not check the certificate, and shows none. */}}
{{- define "ticketlens.probe" -}}
httpGet:
  path: {{ index . 1 }}
  port: http
  scheme: {{ if (index . 0).Values.tls.secret }}HTTPS{{ else }}HTTP{{ end }}
{{- end -}}
