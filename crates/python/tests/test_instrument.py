"""What `instrument()` gathers: of each ticket its own spans, whatever threads and tasks they are made in."""

import asyncio
import contextvars
import gc
import re
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from agent import agent, messages, model, run, tool, within
from conftest import HASH_KEY, PERSONAL, STUCK
from fake import FakeReceiver, dead
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.common._log_encoder import encode_logs
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk._logs import LoggerProvider, LogRecordProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ConcurrentMultiSpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ParentBased
from opentelemetry.trace import (
    Link, NonRecordingSpan, SpanContext, SpanKind, StatusCode, TraceFlags, set_span_in_context,
)

import ticketlens
from ticketlens import _gather, _weight, _wire


@pytest.fixture
def instrumented():
    assert ticketlens.instrument(wait=STUCK)
    yield
    ticketlens.uninstrument()
    _gather.wait = 2.0
    assert not _gather.gatherer.of and not _gather.gatherer.room.used, "nothing is kept"


@pytest.fixture
def provider(instrumented):
    """An application's, made after us and never global."""
    return TracerProvider(shutdown_on_exit=False)


@pytest.fixture
def exported(provider):
    exporter = InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return exporter.get_finished_spans


@pytest.fixture
def tracer(provider):
    return provider.get_tracer("app.agent", "1.0")


@pytest.fixture
def fake():
    with FakeReceiver() as fake:
        yield fake


@pytest.fixture
def fast(fake, workflow):
    """The process's own lens, to a receiver that keeps what it is sent."""
    lens = ticketlens.configure(
        endpoint=fake.endpoint, protocol="http/protobuf", workflow=workflow, hash_key=HASH_KEY, read_env=False
    )
    yield lens
    assert lens.shutdown(STUCK).complete


def names(steps):
    return [(step["kind"], step["name"]) for step in steps]


def test_spans_become_the_timeline_and_go_on_to_where_they_went(database, workflow, lens, sent, tracer, exported):
    with lens.ticket("1", known_pii=[PERSONAL]) as t:
        run(tracer, PERSONAL)
        t.metric("overall_confidence", 0.5)
    sent()
    row = database.ticket(workflow)
    assert (row["status"], row["model"], row["input_tokens"], row["output_tokens"]) == ("SUCCESS", "gpt-4o", 20, 4)
    assert row["metrics"]["overall_confidence"] == 0.5
    kinds = [kind for kind in names(database.steps(workflow)) if kind[0] in ("llm", "tool")]
    assert kinds == [("llm", "gpt-4o"), ("tool", "lookup"), ("llm", "gpt-4o")]
    assert "Zephyrine" not in row["trace_json"]
    assert [span.name for span in exported()] == ["chat gpt-4o", "execute_tool lookup", "chat gpt-4o", "invoke_agent support"]
    assert any("Zephyrine" in str(span.attributes) for span in exported()), "the application's own spans stay as they are"


def test_steps_of_the_workflow_and_spans_are_one_timeline(database, workflow, lens, sent, tracer):
    with lens.ticket("1") as t:
        with t.step("node", "prepare"):
            pass
        model(tracer, "a")
        with t.step("node", "send"):
            pass
    sent()
    kinds = [kind for kind in names(database.steps(workflow)) if kind[0] in ("llm", "node")]
    assert kinds == [("node", "prepare"), ("llm", "gpt-4o"), ("node", "send")]


def test_a_step_encloses_the_spans_made_in_it(fake, fast, tracer):
    """In tasks, and in threads that have its context; what comes after it is not in it."""

    async def in_a_task():
        with tool(tracer, "in a task", "x"):
            model(tracer, "x")

    async def both():
        await asyncio.gather(in_a_task(), asyncio.to_thread(run, tracer, "x", 1))

    with fast.ticket("1") as t:
        with tool(tracer, "before", "x") as before:
            with t.step("node", "outer"):
                with t.step("node", "inner"):
                    asyncio.run(both())
                    with fast.ticket("2") as other:
                        with tool(tracer, "of another", "x"):
                            pass
                        with other.step("node", "of another's"), tool(tracer, "in its own", "x"):
                            pass
                with ThreadPoolExecutor(1) as pool:
                    pool.submit(model, tracer, "x", context=within(before)).result(STUCK)
                with t.step("node", "ended") as ended:
                    ended.end()
                    with tool(tracer, "after the end", "x"):
                        pass
        with tool(tracer, "after", "x"):
            pass
    assert fast.flush(STUCK).complete
    first, second = sorted(fake.records(), key=lambda record: record["ticket.id"])
    assert around(first) == {
        "before": [], "outer": [], "inner": ["outer"], "ended": ["outer"], "after": [],
        "in a task": ["inner", "outer"], "lookup": ["inner", "outer"], "after the end": ["outer"],
    }
    assert around(second) == {"of another": [], "of another's": [], "in its own": ["of another's"]}
    inside = [around_step(first, step) for step in first["body"]["steps"] if step["kind"] == "llm"]
    assert sorted(map(str, inside)) == sorted(map(str, [
        ["in a task", "inner", "outer"], ["inner", "outer"], ["inner", "outer"], ["before"],
    ]))


def around(record):
    """The names of the nodes and tools around each of them, the innermost first."""
    return {step["name"]: around_step(record, step) for step in steps(record) if step["kind"] != "llm"}


def around_step(record, step):
    by_id = {step["id"]: step for step in record["body"]["steps"]}
    names = []
    while step.get("parent_id"):
        step = by_id[step["parent_id"]]
        names.append(step["name"])
    return [name for name in names if not name.startswith("iteration")]


def mine(record):
    """The markers in everything that a ticket says."""
    return set(re.findall(r"marker-\d+", str(record["body"])))


def test_a_hundred_tickets_at_once_never_mix(fake, fast, tracer):
    async def lookup(marker, number, barrier):
        with tool(tracer, "lookup", f"{marker}/{number}"):
            await barrier()

    async def one(number):
        marker = f"marker-{number}"
        async with fast.ticket(marker):
            with agent(tracer):
                await asyncio.sleep(0)
                model(tracer, marker)
                # All three are open at once.
                await asyncio.gather(*(lookup(marker, part, lambda: asyncio.sleep(0)) for part in range(3)))
                model(tracer, marker)

    async def all_of_them():
        await asyncio.gather(*(one(number) for number in range(100)))

    asyncio.run(all_of_them())
    assert fast.flush(STUCK).complete
    records = {record["ticket.id"]: record for record in fake.records()}
    assert len(records) == len(fake.records()) == 100
    for id, record in records.items():
        assert mine(record) == {id}
        assert [step["kind"] for step in steps(record)].count("tool") == 3
        assert [step["kind"] for step in steps(record)].count("llm") == 2
        assert record["gen_ai.usage.input_tokens"] == 20


def steps(record):
    """Those of a record's timeline that say something of their own."""
    return [step for step in record["body"]["steps"] if step["kind"] in ("llm", "tool", "retrieval", "node")]


def test_ten_in_a_thread_pool_never_mix(fake, fast, tracer):
    together = threading.Barrier(10)

    def one(number):
        with fast.ticket(f"marker-{number}"):
            together.wait(STUCK)
            run(tracer, f"marker-{number}", tools=2)

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(one, range(10)))
    assert fast.flush(STUCK).complete
    records = fake.records()
    assert sorted(record["ticket.id"] for record in records) == [f"marker-{number}" for number in range(10)]
    for record in records:
        assert mine(record) == {record["ticket.id"]}
        assert len(steps(record)) == 4


def test_threads_that_do_not_know_the_ticket_are_found_by_their_parent(fake, fast, tracer):
    def lookup(parent, number):
        assert ticketlens.current_ticket() is None
        with tool(tracer, "lookup", str(number), context=within(parent)):
            model(tracer, "inside")

    with fast.ticket("1"), agent(tracer) as root, ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: lookup(root, number), range(4)))
    assert fast.flush(STUCK).complete
    (record,) = fake.records()
    assert sorted(step["kind"] for step in steps(record)) == ["llm"] * 4 + ["tool"] * 4


def test_the_innermost_ticket_has_what_happens_in_it(fake, fast, tracer):
    with fast.ticket("outer"):
        with agent(tracer):
            model(tracer, "marker-1")
            with fast.ticket("inner"):
                model(tracer, "marker-2")
            model(tracer, "marker-3")
    assert fast.flush(STUCK).complete
    records = {record["ticket.id"]: record for record in fake.records()}
    assert mine(records["outer"]) == {"marker-1", "marker-3"}
    assert mine(records["inner"]) == {"marker-2"}


def test_a_ticket_waits_for_what_is_open_when_it_ends(fake, fast, tracer):
    with fast.ticket("1"):
        late = tracer.start_span("execute_tool late", attributes={
            "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "late"})
        after = contextvars.copy_context()
    assert fast.stats().emitted == 0, "it is not on its way"
    # A task of the ticket's that goes on after it.
    after.run(model, tracer, "after its end")
    late.end()
    assert fast.flush(STUCK).complete
    (record,) = fake.records()
    assert {step["name"] for step in steps(record)} == {"late", "gpt-4o"}
    model(tracer, "later still", context=within(late))
    assert fast.flush(STUCK).complete and len(fake.records()) == 1


def test_what_never_ends_holds_nothing_up(fake, fast, tracer):
    ticketlens.instrument(wait=0.05)
    with fast.ticket("1"):
        tracer.start_span("never ends")
        model(tracer, "a")
    for _ in range(2):
        with fast.ticket("no time at all"):
            tracer.start_span("never ends")
            model(tracer, "a")
    assert fast.flush(STUCK).complete
    assert len(fake.records()) == 3
    assert all(step["kind"] == "llm" for record in fake.records() for step in steps(record))


def test_a_flush_sends_what_waits_before_its_time_is_up(fake, fast, tracer):
    with fast.ticket("1"):
        tracer.start_span("never ends")
        model(tracer, "a")
    assert fast.flush(0.5).complete
    assert len(fake.records()) == 1


def test_what_is_sampled_out_is_on_the_ticket_and_nowhere_else(fake, fast, instrumented):
    provider = TracerProvider(sampler=ParentBased(ALWAYS_OFF), shutdown_on_exit=False)
    exporter = InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("app.agent")
    with fast.ticket("1"):
        run(tracer, "marker-1")
    with agent(tracer) as outside:
        assert not outside.is_recording()
    assert fast.flush(STUCK).complete
    (record,) = fake.records()
    assert [step["kind"] for step in steps(record)] == ["llm", "tool", "llm"]
    assert mine(record) == {"marker-1"}, "with the attributes that they began with"
    assert exporter.get_finished_spans() == ()
    assert provider.sampler.get_description() == ParentBased(ALWAYS_OFF).get_description()


def test_providers_and_tracers_that_were_there_before(fake, fast):
    provider = TracerProvider(sampler=ALWAYS_OFF, shutdown_on_exit=False)
    tracer = provider.get_tracer("app.agent")
    for _ in range(2):
        ticketlens.instrument(tracer_provider=provider)
    with fast.ticket("1"):
        run(tracer, "marker-1")
    ticketlens.uninstrument()
    with fast.ticket("2"):
        run(tracer, "marker-2")
    assert provider.sampler is ALWAYS_OFF and not provider._active_span_processor._span_processors
    assert fast.flush(STUCK).complete
    first, second = sorted(fake.records(), key=lambda record: record["ticket.id"])
    assert len(steps(first)) == 3 and not mine(second)


def test_a_provider_that_throws_processors_away(fake, fast, instrumented):
    class Replaces(TracerProvider):
        """As Phoenix's does: the first processor takes the place of the one that it began with."""

        def add_span_processor(self, processor):
            self._active_span_processor._span_processors = ()
            super().add_span_processor(processor)

    provider = Replaces(shutdown_on_exit=False)
    exporter = InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    with fast.ticket("1"):
        run(provider.get_tracer("app.agent"), "marker-1")
    assert fast.flush(STUCK).complete
    (record,) = fake.records()
    assert len(steps(record)) == 3 and len(exporter.get_finished_spans()) == 4


def test_processors_that_run_side_by_side(fake, fast, instrumented):
    provider = TracerProvider(active_span_processor=ConcurrentMultiSpanProcessor(2), shutdown_on_exit=False)
    exporters = [InMemorySpanExporter(), InMemorySpanExporter()]
    for exporter in exporters:
        provider.add_span_processor(SimpleSpanProcessor(exporter))
    with fast.ticket("1"):
        run(provider.get_tracer("app.agent"), "marker-1")
    assert fast.flush(STUCK).complete
    (record,) = fake.records()
    assert len(steps(record)) == 3
    assert [len(exporter.get_finished_spans()) for exporter in exporters] == [4, 4]


def test_runs_under_way_are_sent_where_nobody_listens_any_more(fake, fast):
    assert ticketlens.instrument(ticket_from="session.id", wait=STUCK)
    tracer = TracerProvider(shutdown_on_exit=False).get_tracer("app.agent")
    with tracer.start_as_current_span("POST /answer"):
        with agent(tracer, **{"session.id": "7"}):
            model(tracer, "marker-1")
        ticketlens.uninstrument()
    _gather.wait = 2.0
    assert fast.flush(STUCK).complete
    (record,) = fake.records()
    assert record["ticket.id"] == "7" and mine(record) == {"marker-1"} and record["ticketlens.partial"]
    assert not _gather.gatherer.of and not _gather.gatherer.room.used


def test_what_models_said_in_log_records_is_on_the_ticket(fake, fast, instrumented, tracer):
    logger = LoggerProvider(shutdown_on_exit=False).get_logger("app.agent", schema_url="https://opentelemetry.io/schemas/1.38.0")

    def say(span, marker):
        context = span.get_span_context()
        logger.emit(LogRecord(
            timestamp=1, trace_id=context.trace_id, span_id=context.span_id, trace_flags=context.trace_flags,
            severity_number=SeverityNumber.INFO, event_name="gen_ai.client.inference.operation.details",
            attributes={"gen_ai.input.messages": messages("user", marker), "gen_ai.output.messages": messages("assistant", marker)},
        ))

    attributes = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o"}
    with fast.ticket("1"):
        with tracer.start_as_current_span("chat gpt-4o", attributes=attributes) as span:
            say(span, "marker-1")
        logger.emit(LogRecord(timestamp=1, body="marker-2", event_name="of.the.application"))
    with tracer.start_as_current_span("chat gpt-4o", attributes=attributes) as span:
        say(span, "marker-3")
    assert fast.flush(STUCK).complete
    (record,) = fake.records()
    assert mine(record) == {"marker-1"}


def test_what_does_not_fit_is_left_out_and_told(fake, fast, tracer, monkeypatch):
    monkeypatch.setattr(_gather, "BYTES_OF_ONE", 56_000)
    monkeypatch.setattr(_gather, "SPANS_OF_ONE", 40)
    with fast.ticket("1"), agent(tracer):
        for number in range(30):
            model(tracer, "x" * 5_000, str(number))
    with fast.ticket("2"), agent(tracer):
        for number in range(60):
            model(tracer, "x")
    assert _gather.gatherer.room.used < 200_000
    assert fast.flush(STUCK).complete
    first, second = sorted(fake.records(), key=lambda record: record["ticket.id"])
    assert 5 < len(steps(first)) < 10 and first["gen_ai.agent.name"] == "support", "the outermost span fits always"
    assert first["ticketlens.partial"] == f"{30 - len(steps(first))} spans did not fit"
    assert second["ticketlens.partial"] == "21 spans did not fit"


def test_all_tickets_together_are_bounded(fake, fast, tracer, monkeypatch):
    monkeypatch.setattr(_gather, "BYTES", 100_000)
    for number in range(50):
        with fast.ticket(str(number)):
            held = tracer.start_span("held")
            model(tracer, "x" * 10_000)
            held.end()
        assert _gather.gatherer.room.used <= 100_000 + _gather._RESERVE
    assert fast.flush(STUCK).complete
    assert len(fake.records()) == 50


def test_a_receiver_that_is_gone_costs_the_workflow_nothing(tracer, monkeypatch, workflow):
    """Everything that takes time happens on threads of ours: no call of the workflow's waits for any."""
    lens = ticketlens.Lens(endpoint=dead(), hash_key=HASH_KEY, read_env=False, protocol="http/protobuf", linger=0.0)
    encode, by = _gather.encode, set()

    def watched(spans, logs):
        by.add(threading.current_thread().name)
        return encode(spans, logs)

    monkeypatch.setattr(_gather, "encode", watched)
    taken = threading.Event()
    for number in range(300):
        with lens.ticket(str(number)):
            run(tracer, str(number))
    taken.set()
    assert not lens.shutdown(1).complete
    assert by == {"ticketlens-spans"}
    assert lens.stats().emitted == 300


def test_the_workflow_goes_on_while_the_thread_is_stuck(fake, fast, tracer, monkeypatch):
    encode, go, begun = _gather.encode, threading.Event(), threading.Event()

    def stuck(spans, logs):
        begun.set()
        assert go.wait(STUCK)
        return encode(spans, logs)

    monkeypatch.setattr(_gather, "encode", stuck)
    with fast.ticket("0"):
        run(tracer, "0")
    assert begun.wait(STUCK)
    for number in range(1, 100):
        with fast.ticket(str(number)):
            run(tracer, str(number))
    assert fast.stats().emitted == 0
    go.set()
    assert fast.flush(STUCK).complete and len(fake.records()) == 100


def test_a_bug_of_ours_raises_nothing_and_loses_no_ticket(fake, fast, tracer, said, monkeypatch):
    def fails(*_):
        raise ValueError("a bug")

    monkeypatch.setattr(_weight, "weigh", fails)
    with fast.ticket("1"):
        run(tracer, "marker-1")
    monkeypatch.undo()
    monkeypatch.setattr(_gather, "encode", fails)
    with fast.ticket("2"):
        run(tracer, "marker-2")
    assert fast.flush(STUCK).complete
    assert sorted(record["ticket.id"] for record in fake.records()) == ["1", "2"]
    assert all("a bug" not in line for line in said()) and said()


def test_a_ticket_that_is_dropped_has_its_spans(fake, fast, tracer):
    def drop():
        ticket = fast.ticket("1")
        ticket.__enter__()
        run(tracer, "marker-1")
        # As where a context is thrown away.

    contextvars.copy_context().run(drop)
    gc.collect()
    assert fast.flush(STUCK).complete
    (record,) = fake.records()
    assert record["ticket.status"] == "CANCELLED" and mine(record) == {"marker-1"}


def test_content_that_is_off_is_said_once_with_what_turns_it_on(fake, fast, provider, said):
    scopes = {
        "openinference.instrumentation.langchain": "OPENINFERENCE_HIDE_INPUTS",
        "opentelemetry.instrumentation.genai.langchain": "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=SPAN_ONLY",
        "opentelemetry.instrumentation.openai_v2": "OTEL_SEMCONV_STABILITY_OPT_IN=gen_ai_latest_experimental",
        "opentelemetry.instrumentation.langchain": "TRACELOOP_TRACE_CONTENT",
        "pydantic-ai": "include_content=True",
    }
    for scope, named in scopes.items():
        for number in range(3):
            with fast.ticket(scope):
                model(provider.get_tracer(scope), "a", content=False)
        assert fast.flush(STUCK).complete
        assert sum(named in line for line in said()) == 1, said()
    with fast.ticket("with content"):
        model(provider.get_tracer("app.agent"), "a")
    before = said()
    assert fast.flush(STUCK).complete and said() == before


def test_a_ticket_that_saw_no_agent_is_said_once(fake, fast, tracer, said):
    for _ in range(3):
        with fast.ticket("1"), tracer.start_as_current_span("GET /"):
            pass
    assert fast.flush(STUCK).complete
    assert sum("no span of an agent" in line for line in said()) == 1


def test_a_ticket_without_any_span_is_sent_at_once(fake, fast, instrumented, said):
    with fast.ticket("0") as t:
        t.step("tool", "named by the workflow").end()
    assert said() == []
    with fast.ticket("1"):
        pass
    assert fast.stats().emitted == 2
    assert fast.flush(STUCK).complete
    assert sum("no span of an agent" in line for line in said()) == 1


def test_our_encoder_writes_what_opentelemetry_s_does(instrumented):
    ended, emitted = InMemorySpanExporter(), []
    provider = TracerProvider(resource=Resource({"service.name": "a", "n": 1}), shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(ended))
    values = {"s": "text ä", "b": True, "f": False, "i": -7, "big": 2**62, "d": 0.5, "zero": 0, "empty": "",
              "list": ["a", ""], "numbers": [1, -1], "floats": (0.0, 1.5), "none": []}
    parent = SpanContext(2**127 + 1, 2**63 + 5, is_remote=True, trace_flags=TraceFlags(1))
    for name, version, schema in (("one", "1.0", "https://x/1.38"), ("two", None, None)):
        tracer = provider.get_tracer(name, version, schema)
        for kind in SpanKind:
            context = set_span_in_context(NonRecordingSpan(parent))
            with tracer.start_as_current_span("a name", context, kind, values, links=[Link(parent, {"l": 1})]) as span:
                span.add_event("happened", {"what": "this"}, 7)
                with tracer.start_as_current_span("child") as child:
                    child.set_status(StatusCode.ERROR, "because ü")
                    span.set_status(StatusCode.OK)

    class Keep(LogRecordProcessor):
        def on_emit(self, record):
            emitted.append(record)

        def shutdown(self):
            pass

        force_flush = shutdown

    logs = LoggerProvider(provider.resource, shutdown_on_exit=False)
    logs.add_log_record_processor(Keep())
    for body in ("a text", {"messages": [{"role": "user", "parts": [1, 0.5, None, True, b"x"]}]}, None):
        logs.get_logger("one", "1.0").emit(LogRecord(
            timestamp=7, observed_timestamp=8, trace_id=5, span_id=6, severity_number=SeverityNumber.INFO,
            severity_text="INFO", body=body, event_name="gen_ai.x", attributes=values | {"deep": {"a": [{"b": 1}]}},
        ))
    spans = ended.get_finished_spans()
    assert len(spans) == 20
    theirs, ours = encode_spans(spans), ExportTraceServiceRequest.FromString(_wire.spans(spans))
    assert [group.resource for group in ours.resource_spans] == [theirs.resource_spans[0].resource] * 2
    assert [group.scope_spans[0] for group in ours.resource_spans] == list(theirs.resource_spans[0].scope_spans)
    assert ExportLogsServiceRequest.FromString(_wire.logs(emitted)) == encode_logs(emitted)


# A ticket without `with`.


@pytest.fixture
def by_run(provider):
    """Makes tickets of runs; taken back by `uninstrument`."""
    return lambda ticket_from: ticketlens.instrument(ticket_from=ticket_from)


def test_runs_become_tickets_by_an_attribute(fake, fast, tracer, by_run):
    by_run("app.ticket")
    for number in range(3):
        with tracer.start_as_current_span("POST /chat", attributes={"app.ticket": f"marker-{number}"}):
            run(tracer, f"marker-{number}")
    with tracer.start_as_current_span("GET /health"):
        pass
    with fast.ticket("told"):
        run(tracer, "marker-9")
    assert fast.flush(STUCK).complete
    records = {record["ticket.id"]: record for record in fake.records()}
    assert set(records) == {"marker-0", "marker-1", "marker-2", "told"}
    assert all(mine(record) == {id} for id, record in records.items() if id != "told")


def test_runs_become_tickets_by_their_conversation(fake, fast, tracer, by_run):
    by_run("gen_ai.conversation.id")
    for key in ("gen_ai.conversation.id", "session.id"):
        with agent(tracer, **{key: f"by {key}"}):
            model(tracer, "a")
    assert fast.flush(STUCK).complete
    assert {record["ticket.id"] for record in fake.records()} == {"by gen_ai.conversation.id", "by session.id"}


def test_runs_become_tickets_by_a_callable(fake, fast, tracer, by_run, said):
    def id_of(span):
        if "broken" in span.attributes:
            raise ValueError(PERSONAL)
        return span.attributes.get("order")

    by_run(id_of)
    with agent(tracer, order=7):
        model(tracer, "marker-7")
    with agent(tracer, other=8):
        model(tracer, "marker-8")
    with agent(tracer, broken=True):
        model(tracer, "marker-9")
    assert fast.flush(STUCK).complete
    (record,) = fake.records()
    assert record["ticket.id"] == "7" and mine(record) == {"marker-7"}
    assert sum("ticket_from raised ValueError" in line for line in said()) == 1


def test_what_does_not_fit_of_a_run_is_told(fake, fast, tracer, by_run, monkeypatch):
    by_run("session.id")
    monkeypatch.setattr(_gather, "SPANS_OF_ONE", 3)
    with agent(tracer, **{"session.id": "1"}):
        for number in range(4):
            model(tracer, str(number))
    assert fast.flush(STUCK).complete
    (record,) = fake.records()
    assert record["ticketlens.partial"] == "2 spans did not fit"


def test_runs_that_are_sampled_out_become_tickets(fake, fast, by_run):
    by_run("session.id")
    tracer = TracerProvider(sampler=ParentBased(ALWAYS_OFF), shutdown_on_exit=False).get_tracer("app.agent")
    with agent(tracer, **{"session.id": "1"}):
        model(tracer, "marker-1")
    assert fast.flush(STUCK).complete
    (record,) = fake.records()
    assert record["ticket.id"] == "1" and mine(record) == {"marker-1"}


def test_what_is_given_wrongly_is_said_and_changes_nothing(instrumented, said):
    for call in (
        lambda: ticketlens.instrument(tracer_provider="x"),
        lambda: ticketlens.instrument(ticket_from=7),
        lambda: ticketlens.instrument(wait="long"),
    ):
        assert call() is True
    assert len(said()) == 3
