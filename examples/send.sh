execution_id=$(uuidgen 2>/dev/null || cat /proc/sys/kernel/random/uuid)
trace=$(tr -d '\n' < trace.json | sed 's/\\/\\\\/g; s/"/\\"/g')
curl --silent --show-error --fail "$OTEL_EXPORTER_OTLP_ENDPOINT/v1/logs" \
  -H "x-api-key: $TICKETLENS_KEY" -H 'content-type: application/json' --data-binary @- >&2 <<REQUEST
{"resourceLogs": [{
  "resource": {"attributes": [
    {"key": "service.name", "value": {"stringValue": "order-agent"}},
    {"key": "service.version", "value": {"stringValue": "1.4.2"}},
    {"key": "service.instance.id", "value": {"stringValue": "$(uname -n)-$$"}},
    {"key": "deployment.environment.name", "value": {"stringValue": "production"}}]},
  "scopeLogs": [{"logRecords": [{
    "eventName": "ticket.completed",
    "timeUnixNano": "$(date +%s)000000000",
    "severityNumber": 17, "severityText": "ERROR",
    "attributes": [
      {"key": "ticket.id", "value": {"stringValue": "48213"}},
      {"key": "ticket.execution.id", "value": {"stringValue": "$execution_id"}},
      {"key": "ticket.status", "value": {"stringValue": "FAILED"}},
      {"key": "ticket.duration", "value": {"doubleValue": 6.75}},
      {"key": "ticket.category", "value": {"stringValue": "ORDER_STATUS"}},
      {"key": "ticket.capture", "value": {"stringValue": "FULL_TRACE"}},
      {"key": "ticket.customer", "value": {"stringValue": "c-42"}},
      {"key": "ticket.sequence", "value": {"intValue": "1"}},
      {"key": "ticket.metrics.react_iterations", "value": {"intValue": "2"}},
      {"key": "ticket.metrics.overall_confidence", "value": {"doubleValue": 0.31}},
      {"key": "gen_ai.request.model", "value": {"stringValue": "gpt-4o"}},
      {"key": "gen_ai.usage.input_tokens", "value": {"intValue": "820"}},
      {"key": "gen_ai.usage.output_tokens", "value": {"intValue": "64"}},
      {"key": "error.type", "value": {"stringValue": "carrier_unavailable"}},
      {"key": "channel", "value": {"stringValue": "email"}},
      {"key": "reopened", "value": {"boolValue": true}}],
    "body": {"stringValue": "$trace"}
  }]}]
}]}
REQUEST
echo "$execution_id"
