"""What `emit` of a finished ticket costs its caller, beside OpenTelemetry's own batch processor.

    python crates/python/benches/emit.py [--endpoint http://127.0.0.1:4318] [--key KEY] [--seconds 10]

Both send the same tickets over OTLP/HTTP from this process, one after the other, in turns, at the same
pace. What is timed is the call alone; both send meanwhile, so that their threads' share of the
interpreter is in it. Without `--endpoint` a receiver in a process of its own takes everything.
"""

import argparse
import datetime
import http.server
import json
import logging
import multiprocessing
import os
import random
import sys
import time
import uuid

import ticketlens

WORDS = "order parcel refund carrier the a of was sent today customer asks where it is late and why".split()


def log_of(size, random):
    """A ticket log of about `size` bytes of JSON: an agent's iterations with calls and texts."""
    steps, number = [], 0
    log = {
        "ticket_id": "4711",
        "status": "SUCCESS",
        "execution_time_seconds": 8.2,
        "category": "ORDER_STATUS",
        "customer": "c-42",
        "model": "gpt-4o",
        "input_tokens": 1240,
        "output_tokens": 96,
        "metrics": {"overall_confidence": 0.94, "react_iterations": 3},
        "known_pii": ["Amelia Ahmed"],
        "trace": {"ticket": {"question": "Where is order 7?"}, "planning": "Look it up.", "steps": steps,
                  "output": "It arrives tomorrow."},
    }
    while len(json.dumps(log)) < size:
        number += 1
        text = " ".join(random.choices(WORDS, k=40))
        steps.append({"id": f"s{number}", "kind": "tool", "name": "lookup_order", "iteration": number,
                      "start_ms": number * 10.5, "duration_ms": 7.25, "status": "OK",
                      "input": {"order": number, "fields": ["state", "due"]}, "output": {"text": text}})
    return log


class Ours:
    name = "ticketlens.emit"

    def __init__(self, endpoint, key):
        self.lens = ticketlens.Lens(
            endpoint=endpoint, key=key, protocol="http/protobuf", workflow="bench", hash_key="0" * 32, read_env=False
        )

    def emit(self, log):
        self.lens.emit(log)

    def end(self):
        report = self.lens.shutdown(120)
        return f"sent {report.sent}, dropped {sum(report.dropped.values())}, left {report.left}"


class Stock:
    name = "BatchLogRecordProcessor"

    def __init__(self, endpoint, key):
        from opentelemetry._logs import LogRecord, SeverityNumber
        from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
        from opentelemetry.sdk._logs import LoggerProvider
        from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
        from opentelemetry.sdk.resources import Resource

        self.record, self.severity = LogRecord, SeverityNumber.INFO
        exporter = OTLPLogExporter(endpoint=endpoint + "/v1/logs", headers={"x-api-key": key})
        self.provider = LoggerProvider(Resource.create({"service.name": "bench"}))
        self.provider.add_log_record_processor(BatchLogRecordProcessor(exporter))
        self.logger = self.provider.get_logger("bench")

    def emit(self, log):
        """What docs/send.md writes in place of ours: a record's attributes, the trace as its body."""
        attributes = {
            "ticket.id": log["ticket_id"],
            "ticket.status": log["status"],
            "ticket.duration": log["execution_time_seconds"],
            "ticket.execution.id": str(uuid.uuid4()),
            "ticket.category": log["category"],
            "gen_ai.request.model": log["model"],
            "gen_ai.usage.input_tokens": log["input_tokens"],
            "gen_ai.usage.output_tokens": log["output_tokens"],
        }
        attributes |= {f"ticket.metrics.{name}": value for name, value in log["metrics"].items()}
        self.logger.emit(
            self.record(
                timestamp=time.time_ns(), event_name="ticket.completed", severity_number=self.severity,
                body=log["trace"], attributes=attributes,
            )
        )

    def end(self):
        self.provider.shutdown()
        return "says nothing of what was lost"


def measure(sender, log, calls, pause):
    """Nanoseconds of each call. Both senders get the same dicts: new ones, as a workflow's are."""
    text, times = json.dumps(log), []
    for _ in range(calls):
        fresh = json.loads(text)
        start = time.perf_counter_ns()
        sender.emit(fresh)
        times.append(time.perf_counter_ns() - start)
        time.sleep(pause)
    return times


def receive(port):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(200)
            self.send_header("content-type", "application/x-protobuf")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    port.put(server.server_port)
    server.serve_forever()


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--endpoint", help="OTLP/HTTP, without a path")
    arguments.add_argument("--key", default=os.environ.get("TICKETLENS_KEY", "none"))
    arguments.add_argument("--seconds", type=float, default=10, help="for each line of the table")
    given = arguments.parse_args()
    logging.basicConfig(level=logging.ERROR)
    process = None
    if given.endpoint is None:
        context = multiprocessing.get_context("spawn")
        port = context.Queue()
        process = context.Process(target=receive, args=(port,), daemon=True)
        process.start()
        given.endpoint = f"http://127.0.0.1:{port.get()}"
    print(f"Python {sys.version.split()[0]}, {datetime.date.today()}, {os.cpu_count()} cores")
    print(f"{'emit of':>8}  {'with':24} {'p50 µs':>8} {'p99 µs':>8} {'max µs':>8} {'calls':>7}")
    for size, pause in ((2 * 1024, 0.0005), (50 * 1024, 0.005)):
        log = log_of(size, random.Random(7))
        senders = [Ours(given.endpoint, given.key), Stock(given.endpoint, given.key)]
        times = {sender.name: [] for sender in senders}
        rounds = 10
        calls = max(20, int(given.seconds / rounds / (pause * 1.3)))
        for turn in range(rounds):
            # Who goes first changes, so that a busy moment of the machine is nobody's.
            for sender in senders if turn % 2 else reversed(senders):
                times[sender.name] += measure(sender, log, calls, pause)
        for name, measured in times.items():
            measured.sort()
            p50, p99 = (measured[int(len(measured) * part)] / 1000 for part in (0.5, 0.99))
            print(f"{size // 1024:>4} KiB  {name:24} {p50:8.1f} {p99:8.1f} {measured[-1] / 1000:8.0f} {len(measured):7}")
        for sender in senders:
            print(f"          {sender.name}: {sender.end()}")
    if process:
        process.terminate()


if __name__ == "__main__":
    main()
