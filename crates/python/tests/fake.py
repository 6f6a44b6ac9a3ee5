"""Receivers that a test watches, or that behave badly, on this machine."""

import http.server
import json
import socket
import threading

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest


class FakeReceiver:
    """Takes everything over OTLP/HTTP and keeps its bytes; holds its answers while `hold` says so."""

    def __init__(self):
        self.bodies = []
        self._go = threading.Event()
        self._go.set()
        fake = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                fake._go.wait()
                fake.bodies.append(body)
                self.send_response(200)
                self.send_header("content-type", "application/x-protobuf")
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *args):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def hold(self):
        self._go.clear()

    def go(self):
        self._go.set()

    def records(self):
        """Every record, with its attributes as a dict, its resource's, and its body as JSON."""
        records = []
        for body in self.bodies:
            for group in ExportLogsServiceRequest.FromString(body).resource_logs:
                resource = {pair.key: _value(pair.value) for pair in group.resource.attributes}
                for scope in group.scope_logs:
                    records += [_record(record, resource) for record in scope.log_records]
        return records

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.go()
        self._server.shutdown()
        self._server.server_close()


def _record(record, resource):
    attributes = {pair.key: _value(pair.value) for pair in record.attributes}
    return {"resource": resource, "body": _value(record.body), "span_id": record.span_id.hex(),
            "trace_id": record.trace_id.hex(), **attributes}


def _value(any):
    kind = any.WhichOneof("value")
    if kind == "kvlist_value":
        return {pair.key: _value(pair.value) for pair in any.kvlist_value.values}
    if kind == "array_value":
        return [_value(item) for item in any.array_value.values]
    return getattr(any, kind) if kind else None


def dead():
    """An address at which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


class Silent:
    """Takes connections and never answers: each request runs into its timeout of 10 s."""

    def __enter__(self):
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self._socket.listen(64)
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def __exit__(self, *error):
        self._socket.close()


def lines_of(path):
    """A file of ticket logs, as dicts."""
    return [json.loads(line) for line in path.read_text().splitlines() if line.strip()]
