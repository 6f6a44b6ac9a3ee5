import hashlib, hmac, json, os, re, time, uuid

from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource

# Reads OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES as well.
resource = Resource.create({"service.instance.id": str(uuid.uuid4())})
provider = LoggerProvider(resource=resource, shutdown_on_exit=False)
provider.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter()))
logger = provider.get_logger("order-agent")


def customer_hash(customer):
    text = os.environ.get("TICKETLENS_HASH_KEY", "").strip()
    is_hex = re.fullmatch("([0-9A-Fa-f]{2}){16,}", text)
    key = bytes.fromhex(text) if is_hex else text.encode()
    if len(key) < 16:
        raise SystemExit("TICKETLENS_HASH_KEY is missing or shorter than 16 bytes")
    digest = hmac.new(key, customer.strip().lower().encode(), hashlib.sha256)
    return "hmac:" + digest.hexdigest()[:16]


with open("trace.json") as file:
    trace = json.load(file)

execution_id = str(uuid.uuid4())
logger.emit(
    LogRecord(
        event_name="ticket.completed",
        timestamp=time.time_ns(),
        severity_number=SeverityNumber.ERROR,
        severity_text="ERROR",
        # Of more than 128 attributes the SDK drops the first: your own come first.
        attributes={
            "channel": "email",
            "reopened": True,
            "ticket.category": "ORDER_STATUS",
            "ticket.customer": customer_hash("c-42"),
            "ticket.sequence": 1,
            "ticket.metrics.react_iterations": 2,
            "ticket.metrics.overall_confidence": 0.31,
            "gen_ai.request.model": "gpt-4o",
            "gen_ai.usage.input_tokens": 820,
            "gen_ai.usage.output_tokens": 64,
            "error.type": "carrier_unavailable",
            "ticket.capture": "FULL_TRACE",
            "ticket.execution.id": execution_id,
            "ticket.duration": 6.75,
            "ticket.status": "FAILED",
            "ticket.id": "48213",
        },
        body=trace,
    )
)
provider.shutdown()  # sends what is queued
print(execution_id)
