"""Programs that broke the client once."""

import asyncio
import collections
import dataclasses
import gc
import itertools
import subprocess
import sys
import textwrap
import threading
import time

import pytest
from conftest import HASH_KEY, STUCK, wait_until
from fake import FakeReceiver, dead
from opentelemetry.sdk.trace import TracerProvider

import ticketlens
from ticketlens import _gather, _weight

NAME = "Zephyrine Quillon-Vasquez"
CALL = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o"}


@pytest.fixture
def fake():
    with FakeReceiver() as fake:
        yield fake


@pytest.fixture
def lens(fake):
    lens = ticketlens.Lens(endpoint=fake.endpoint, protocol="http/protobuf", hash_key=HASH_KEY, read_env=False)
    yield lens
    lens.shutdown(STUCK)


@pytest.fixture
def tracer():
    assert ticketlens.instrument()
    yield TracerProvider(shutdown_on_exit=False).get_tracer("app.agent")
    ticketlens.uninstrument()
    _gather.wait = 2.0


@dataclasses.dataclass
class Customer:
    name: str = NAME


@dataclasses.dataclass
class State:
    trace: dict
    ticket_id: str = "1"
    status: str = "SUCCESS"
    execution_time_seconds: float = 1.0
    known_pii: list = dataclasses.field(default_factory=lambda: [NAME])


def leaves_nothing(fake, lens, tickets=1):
    assert lens.flush(STUCK).complete
    assert len(fake.records()) == tickets
    return "Zephyrine" not in str(fake.records()) and b"Zephyrine" not in b"".join(fake.bodies)


@pytest.mark.parametrize("filling", [["x" * 1_000_000] * 4, [1] * 131_000], ids=["bytes", "values"])
def test_what_is_personal_is_known_however_much_a_ticket_has_taken_in(fake, lens, filling):
    with lens.ticket("1") as t:
        t.output(f"It is {NAME}.")
        for _ in range(5):
            t.planning(filling)
        t.planning("short")
        t.known_pii(NAME)
    assert leaves_nothing(fake, lens)
    assert "[known-value]" in str(fake.records())


@pytest.mark.parametrize("kind", [dict, collections.OrderedDict, collections.UserDict, lambda log: State(log["trace"])])
def test_what_is_personal_is_read_before_anything_large(fake, lens, kind):
    log = {
        "ticket_id": "1", "status": "FAILED", "execution_time_seconds": 1,
        "error": {"message": NAME, "stack": ["x" * 1_000_000] * 5},
        "trace": {"output": NAME, "planning": ["x" * 1_000_000] * 5},
        "known_pii": [NAME],
    }
    lens.emit(kind(log))
    assert leaves_nothing(fake, lens)


def test_a_log_s_fields_are_found_behind_all_that_is_too_much():
    large = {number: None for number in range(200_000)} | {"ticket_id": "1", "known_pii": [NAME]}
    line = ticketlens.build(large)
    assert (line["ticket_id"], line["known_pii"]) == ("1", [NAME])


@pytest.mark.parametrize(
    "known",
    [{"name": NAME}, [{"name": NAME}], Customer(), [Customer()], NAME.encode(), [[NAME]], {NAME}, iter([NAME]),
     ["x" * 70_000, NAME], itertools.chain([NAME], itertools.count()), [NAME] + ["a name"] * 5000],
    ids=lambda value: type(value).__name__,
)
def test_what_is_personal_is_found_in_any_value(fake, lens, known):
    with lens.ticket("1", known_pii=known) as t:
        t.output(f"It is {NAME}.")
    assert leaves_nothing(fake, lens)


def test_what_is_personal_and_raises_leaves_the_text_behind(fake, lens, said):
    def half():
        yield "somebody"
        raise RuntimeError

    with lens.ticket("1", known_pii=half()) as t:
        t.output(f"It is {NAME}.")
    assert leaves_nothing(fake, lens)
    assert any("left behind" in line for line in said())


def test_what_one_ticket_holds_ends(lens):
    t = lens.ticket("1")
    for _ in range(200_000):
        t.step("tool", "x").end()
        t.known_pii("a name")
        t.error("x")
    t.succeed()
    assert lens.queued_bytes < 64 * 1024 * 1024 and lens.stats().dropped["queue_full"] == 0


def cost(work):
    """Seconds of this thread's that it takes, without what disturbs it now and then."""

    def once():
        started = time.thread_time()
        work()
        return time.thread_time() - started

    return min(once() for _ in range(3))


def test_what_is_beyond_the_bounds_of_a_value_takes_no_time():
    def digits(size):
        return 10 ** (size // 300)

    kinds = {
        "dict": lambda size: dict.fromkeys(range(size // 64)),
        "text": lambda size: "é" * size,
        "bytes": lambda size: bytearray(b"a" * size),
        "int": digits,
    }
    limit = sys.get_int_max_str_digits() if hasattr(sys, "get_int_max_str_digits") else None
    if limit is not None:
        sys.set_int_max_str_digits(0)
    try:
        for name, of_size in kinds.items():
            large, huge = of_size(25_000_000), of_size(100_000_000)
            few, many = (cost(lambda value=value: ticketlens.build({"value": value})) for value in (large, huge))
            assert many < 2 * few + 0.005, f"{name}: {few} s, and {many} s for four times as much"
    finally:
        if limit is not None:
            sys.set_int_max_str_digits(limit)


@pytest.mark.parametrize("put", ["attribute", "metric", "error"])
def test_each_of_many_costs_the_same(put):
    off = ticketlens.Lens(enabled=False, read_env=False)

    def name(count):
        of = getattr(off.ticket("1"), put)
        for number in range(count):
            of(f"name {number}", number)

    few, many = cost(lambda: name(20_000)), cost(lambda: name(40_000))
    assert many < 3 * few, f"{few} s, and {many} s for twice as many"


def test_exceptions_without_end_take_no_time():
    def chain(length):
        chained = None
        for _ in range(length):
            error = ValueError("x")
            error.__cause__, chained = chained, error
        return chained

    off = ticketlens.Lens(enabled=False, read_env=False)
    long, longer = chain(5_000), chain(50_000)
    few, many = (cost(lambda error=error: off.ticket("1").fail(error)) for error in (long, longer))
    assert many < 2 * few + 0.005, f"{few} s, and {many} s for ten times as many"


class Nameless(type):
    @property
    def __module__(cls):
        raise RuntimeError

    def __getattr__(cls, name):
        raise RuntimeError


class Hidden(type):
    """As `Nameless`, and asked for what its classes derive from."""

    @property
    def __mro__(cls):
        raise RuntimeError

    @property
    def __name__(cls):
        raise RuntimeError


class Lying:
    @property
    def __class__(self):
        raise RuntimeError


def test_nothing_that_fails_hides_its_own_failure():
    off = ticketlens.Lens(enabled=False, read_env=False)
    failure = Nameless("Failure", (ValueError,), {})
    with pytest.raises(ValueError):
        with off.ticket("1"):
            raise failure
    off.ticket("1").fail(Lying())
    off.ticket("1").step("tool", "x").error(Lying())
    for base in (ValueError, BaseException):
        failure = Hidden("Failure", (base,), {})
        with pytest.raises(base) as raised:
            with off.ticket("1") as t, t.step("tool", "x"):
                raise failure
        assert type(raised.value) is failure


class HasNone(Exception):
    exceptions = None


class HasTexts(Exception):
    exceptions = ("a", "b")


class HasMethod(Exception):
    def exceptions(self):
        return 1


@pytest.mark.parametrize("cls", [HasNone, HasTexts, HasMethod])
def test_an_exception_that_has_exceptions_and_is_no_group_keeps_its_stack(fake, lens, cls):
    with pytest.raises(cls):
        with lens.ticket("1"):
            raise cls("boom")
    assert lens.flush(STUCK).complete
    (record,) = fake.records()
    stack = record["body"]["errors"][0]["stack"]
    assert "test_broken.py" in stack and "boom" in stack


@pytest.mark.parametrize("ticket_from", [lambda span: "run\ud800", "my.id\ud800"], ids=["callable", "name"])
def test_a_lone_surrogate_costs_no_run(fake, ticket_from):
    lens = ticketlens.configure(endpoint=fake.endpoint, protocol="http/protobuf", hash_key=HASH_KEY, read_env=False)
    assert ticketlens.instrument(ticket_from=ticket_from, wait=0)
    try:
        tracer = TracerProvider(shutdown_on_exit=False).get_tracer("app.agent")
        tracer.start_span("chat", attributes=CALL).end()
        lens.ticket("run\ud800").succeed()
        assert lens.shutdown(STUCK).complete
    finally:
        ticketlens.uninstrument()
        _gather.wait = 2.0
    ids = {record["ticket.id"] for record in fake.records()}
    assert len(fake.records()) == 2
    assert callable(ticket_from) is (len(ids) == 1), "as a ticket's id is"


def test_what_ends_the_work_from_outside_is_no_failure_of_it(fake, lens):
    """gevent's, trio's and asyncio's, and groups of them."""
    cancelled, named = asyncio.CancelledError, {name: type(name, (BaseException,), {}) for name in (
        "Cancelled", "GreenletExit", "Timeout")}
    endings = {name: (cls(), "CANCELLED") for name, cls in named.items()}
    endings |= {"TimeoutError": (TimeoutError(), "FAILED"), "BaseException": (BaseException(), "FAILED")}
    if sys.version_info >= (3, 11):
        within, deep = BaseExceptionGroup("", [cancelled(), named["Cancelled"]()]), cancelled()
        for _ in range(5_000):
            deep = BaseExceptionGroup("", [deep])
        endings |= {
            "all of a group": (BaseExceptionGroup("", [within, cancelled()]), "CANCELLED"),
            "not all of it": (BaseExceptionGroup("", [within, ValueError()]), "FAILED"),
            "a group without end": (deep, "FAILED"),
        }
    for name, (error, _) in endings.items():
        with pytest.raises(type(error)):
            with lens.ticket(name):
                raise error
    assert lens.flush(STUCK).complete
    statuses = {record["ticket.id"]: record["ticket.status"] for record in fake.records()}
    assert statuses == {name: status for name, (_, status) in endings.items()}


def test_endless_attributes_end():
    class Endless(dict):
        def items(self):
            return itertools.repeat(("a", 1))

    off = ticketlens.Lens(enabled=False, read_env=False)
    off.ticket("1", attributes=Endless(), metrics=Endless()).succeed()


def test_what_runs_between_two_items_of_a_generator_is_not_its_ticket_s(fake, lens, tracer):
    @lens.ticket(lambda number: f"inner {number}")
    def stream(number):
        while True:
            assert ticketlens.current_ticket().id == f"inner {number}"
            yield number

    with lens.ticket("outer") as outer:
        first, second = stream(1), stream(2)
        next(first), next(second)
        assert ticketlens.current_ticket() is outer
        tracer.start_span("chat", attributes=CALL | {"gen_ai.request.model": "of-the-outer"}).end()
        first.close(), second.close()
        assert ticketlens.current_ticket() is outer
    assert lens.flush(STUCK).complete
    models = {record["ticket.id"]: record.get("gen_ai.request.model") for record in fake.records()}
    assert models == {"inner 1": None, "inner 2": None, "outer": "of-the-outer"}


def test_tickets_that_wait_for_spans_are_bounded(tracer):
    _gather.wait = 300.0
    lens = ticketlens.Lens(endpoint=dead(), hash_key=HASH_KEY, read_env=False, protocol="http/protobuf")
    spans = []
    for number in range(200):
        with lens.ticket(str(number)) as t:
            spans.append(tracer.start_span("chat", attributes=CALL))
            t.output("x" * 1_000_000)
    assert _gather.gatherer.held.used <= 2 * _gather.BYTES
    lens.shutdown(1)
    assert lens.stats().emitted == 200 and not _gather.gatherer.held.used


def test_runs_whose_outermost_span_never_ends_are_bounded(monkeypatch):
    monkeypatch.setattr(_gather, "RUNS", 100)
    assert ticketlens.instrument(ticket_from=lambda span: None, wait=0)
    try:
        tracer = TracerProvider(shutdown_on_exit=False).get_tracer("app.agent")
        for _ in range(1000):
            tracer.start_span("chat", attributes=CALL)
        assert len(_gather.gatherer._runs) <= 100
    finally:
        _gather.gatherer.end_runs()
        _gather.drain(STUCK)
        ticketlens.uninstrument()
        _gather.wait = 2.0


def test_names_weigh_too():
    provider = TracerProvider(shutdown_on_exit=False)
    span = provider.get_tracer("x").start_span("n" * 10_000)
    span.add_event("e" * 10_000)
    span.set_attribute("k" * 10_000, 1)
    span.end()
    assert _weight.weigh(span._readable_span()) > 30_000


def test_who_ends_the_thread_by_a_callable_ends_nothing(fake, lens):
    def leaves(span):
        raise SystemExit

    assert ticketlens.instrument(ticket_from=leaves, wait=0)
    try:
        tracer = TracerProvider(shutdown_on_exit=False).get_tracer("app.agent")
        tracer.start_span("chat", attributes=CALL).end()
        with lens.ticket("1"):
            tracer.start_span("chat", attributes=CALL).end()
        wait_until(lambda: lens.stats().sent == 1, "the ticket is sent")
    finally:
        ticketlens.uninstrument()
        _gather.wait = 2.0


def test_tickets_behind_a_callable_that_blocks_are_counted(fake, lens):
    has_come, may_go = threading.Event(), threading.Event()

    def blocks(span):
        has_come.set()
        may_go.wait(STUCK)

    assert ticketlens.instrument(ticket_from=blocks, wait=0)
    try:
        tracer = TracerProvider(shutdown_on_exit=False).get_tracer("app.agent")
        tracer.start_span("chat", attributes=CALL).end()
        assert has_come.wait(STUCK)
        for number in range(3):
            with lens.ticket(str(number)):
                tracer.start_span("chat", attributes=CALL).end()
        assert (lens.stats().waiting, lens.stats().emitted) == (3, 0), "the run is another lens's"
        assert not lens.flush(0.01).complete
        may_go.set()
        assert lens.flush(STUCK).complete
        assert (lens.stats().waiting, lens.stats().sent) == (0, 3)
    finally:
        may_go.set()
        ticketlens.uninstrument()
        _gather.wait = 2.0


def test_a_ticket_whose_end_is_interrupted_is_handed_over(lens, tracer, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(_gather.Gatherer, "finish", interrupted)
    with pytest.raises(KeyboardInterrupt):
        with lens.ticket("1"):
            tracer.start_span("chat", attributes=CALL).end()
    gc.collect()
    assert lens.stats().emitted == 1 and not _gather.gatherer.of


def test_daemon_threads_that_drop_tickets_do_not_abort_the_end(fake):
    program = """
        import sys, threading, time, ticketlens
        ticketlens.configure(endpoint=sys.argv[1], protocol="http/protobuf", read_env=False)
        def busy():
            kept = []
            while True:
                kept.append(ticketlens.ticket("busy"))
                if len(kept) > 3000:
                    kept.clear()
        for _ in range(4):
            threading.Thread(target=busy, daemon=True).start()
        time.sleep(0.1)
    """
    for _ in range(5):
        ran = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(program), fake.endpoint], capture_output=True, text=True, timeout=STUCK
        )
        assert ran.returncode == 0, ran.stderr


def test_the_end_sees_every_ticket_while_others_begin(lens):
    from ticketlens import _process

    stop = threading.Event()

    def busy():
        while not stop.is_set():
            lens.ticket("busy").succeed()

    threads = [threading.Thread(target=busy) for _ in range(4)]
    kept = [lens.ticket(str(number)) for number in range(2000)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(200):
            assert {id(one) for one in kept} <= {id(one) for one in _process._alive(_process._tickets)}
    finally:
        stop.set()
        for thread in threads:
            thread.join()
