"""What waits when somebody asks, when a process ends, and when it forks: counted, and in time."""

import threading

import pytest
from conftest import HASH_KEY, STUCK
from fake import FakeReceiver, dead
from opentelemetry.sdk.trace import TracerProvider

import ticketlens
from ticketlens import _gather

CALL = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o"}


@pytest.fixture
def fake():
    with FakeReceiver() as fake:
        yield fake


@pytest.fixture
def blocked(fake):
    """The process's own lens, where a run waits behind a callable; and what lets that go on."""
    has_come, may_go = threading.Event(), threading.Event()

    def blocks(span):
        has_come.set()
        may_go.wait(STUCK)
        return "a run"

    lens = ticketlens.configure(endpoint=fake.endpoint, protocol="http/protobuf", hash_key=HASH_KEY, read_env=False)
    assert ticketlens.instrument(ticket_from=blocks, wait=0)
    tracer = TracerProvider(shutdown_on_exit=False).get_tracer("app.agent")
    tracer.start_span("chat", attributes=CALL).end()
    assert has_come.wait(STUCK)
    yield lens, may_go.set
    may_go.set()
    ticketlens.uninstrument()
    _gather.wait = 2.0
    lens.shutdown(STUCK)


def test_a_flush_is_not_complete_while_a_run_waits(fake, blocked):
    lens, go_on = blocked
    other = ticketlens.Lens(enabled=False, read_env=False)
    assert (lens.stats().waiting, other.stats().waiting) == (1, 0)
    assert not lens.flush(0.01).complete
    assert other.flush(0.01).complete, "the run is the process's own lens's"
    go_on()
    assert lens.flush(STUCK).complete
    assert lens.stats().waiting == 0 and [record["ticket.id"] for record in fake.records()] == ["a run"]


def test_a_shutdown_is_not_complete_while_a_run_waits(blocked):
    lens, go_on = blocked
    assert not lens.shutdown(0.01).complete
    go_on()
    assert lens.shutdown(STUCK).complete
    assert (lens.stats().waiting, lens.stats().dropped["shut_down"]) == (0, 1), "too late, and counted"


BLOCKED = """
    import threading, ticketlens
    from opentelemetry import trace
    has_come = threading.Event()
    def blocks(span):
        has_come.set()
        threading.Event().wait()
    ticketlens.instrument(ticket_from=blocks, wait=0)
    trace.get_tracer("app").start_span("chat", attributes={"gen_ai.operation.name": "chat"}).end()
    has_come.wait()
"""


@pytest.mark.parametrize("starts_a_lens", [False, True])
def test_the_end_of_a_process_tells_of_runs_that_wait(program, starts_a_lens):
    ran = program(BLOCKED + f"    if {starts_a_lens}: ticketlens.configure(exit_timeout=0.1)\n", TICKETLENS_ENDPOINT=dead())
    assert "tickets that were not sent before the process ended: 1" in ran.stderr


def test_the_end_waits_for_spans_within_exit_timeout_too(program):
    """What blocks would hold it up for as long as it is let."""
    ran = program(
        BLOCKED + """
    from ticketlens import _gather
    waited = []
    drain = _gather.Gatherer.drain
    def watched(self, seconds, patience):
        waited.append(patience)
        return drain(self, seconds, patience)
    _gather.Gatherer.drain = watched
    ticketlens.configure(exit_timeout=0)
    import atexit
    atexit._run_exitfuncs()
    print(sum(waited))
    """,
        TICKETLENS_ENDPOINT=dead(),
    )
    assert float(ran.stdout) == 0


def test_a_fork_hook_of_the_application_s_that_comes_first_keeps_its_tickets(fake, program):
    program(
        """
        import os
        kept = []
        def hook():
            ticketlens.ticket("of the hook").succeed()
            kept.append(ticketlens.ticket("begun in the hook"))
        os.register_at_fork(after_in_child=hook)
        import ticketlens
        def fork(more):
            child = os.fork()
            if child == 0:
                ok = not kept[-1].finished
                kept[-1].succeed()
                if more:
                    fork(False)
                report = ticketlens.shutdown(60)
                os._exit(0 if ok and report.complete and report.sent == 2 else 1)
            assert os.waitpid(child, 0)[1] == 0
        ticketlens.configure(protocol="http/protobuf")
        ticketlens.ticket("of the parent").succeed()
        fork(True)
        """,
        TICKETLENS_ENDPOINT=fake.endpoint,
    )
    ids = sorted(record["ticket.id"] for record in fake.records())
    assert ids == ["begun in the hook"] * 2 + ["of the hook"] * 2 + ["of the parent"]


def test_who_asks_in_a_child_that_python_was_not_told_of_learns_of_the_fork(program):
    ran = program(
        """
        import ctypes, os, ticketlens
        with ticketlens.ticket("of the parent") as t:
            for asks in (lambda: t.finished, lambda: ticketlens.current_ticket() is None):
                child = ctypes.PyDLL(None).fork()
                if child == 0:
                    os._exit(0 if asks() else 1)
                assert os.waitpid(child, 0)[1] == 0
            assert not t.finished and ticketlens.current_ticket() is t
        """,
        TICKETLENS_ENABLED="false",
    )
    assert ran.stderr == ""
