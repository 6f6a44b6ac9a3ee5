"""`instrument()` in processes of its own: forked, zero-code, without OpenTelemetry, at their end."""

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
AGENT = f"import sys; sys.path.insert(0, {str(HERE)!r}); from agent import *\n"


@pytest.fixture
def ran(program):
    """Runs a program that has the agent of these tests."""
    import textwrap

    return lambda text, *arguments, **options: program(AGENT + textwrap.dedent(text), *arguments, **options)


def kinds(database, workflow):
    """What each ticket shows, by its id: model calls and tools."""
    found = {row["ticket_id"]: [] for row in database.tickets(workflow)}
    for step in database.steps(workflow):
        if step["kind"] in ("llm", "tool"):
            found[step["ticket_id"]].append(step["name"])
    return found


WHOLE = ["gpt-4o", "lookup", "gpt-4o"]


@pytest.mark.parametrize("order", ["before", "after", "none", "late", "wrapped", "a library's own"])
def test_whenever_and_however_the_application_sets_its_provider_up(order, database, ran, workflow):
    ran(
        f"""
        import ticketlens
        from opentelemetry.sdk.trace import TracerProvider
        order = {order!r}
        early = trace.get_tracer("app.agent")
        if order == "before":
            trace.set_tracer_provider(TracerProvider())
        ticketlens.instrument()
        if order == "after":
            trace.set_tracer_provider(TracerProvider())
        if order == "a library's own":
            library = TracerProvider()
        if order == "wrapped":
            class Wrapper(trace.TracerProvider):
                inner = TracerProvider()
                def get_tracer(self, *args, **kwargs):
                    return self.inner.get_tracer(*args, **kwargs)
            trace.set_tracer_provider(Wrapper())
        for tracer in (early, None):
            tracer = tracer or trace.get_tracer("app.late")
            with ticketlens.ticket(tracer is early and "early" or "late"):
                run(tracer, "a")
            if order == "late" and tracer is early:
                late = TracerProvider()
                trace.set_tracer_provider(late)
                assert trace.get_tracer_provider() is late
        assert type(trace.get_tracer_provider()).__name__ in ("TracerProvider", "Wrapper")
        """
    )
    assert kinds(database, workflow) == {"early": WHOLE, "late": WHOLE}


@pytest.mark.parametrize("with_tickets", [True, False])
def test_whoever_comes_while_the_first_provider_is_made(with_tickets, database, ran, workflow):
    """Ten threads at once, without a provider: no span of any is lost."""
    ran(
        f"""
        import contextlib, threading, ticketlens
        ticketlens.instrument(ticket_from="session.id")
        tracer = trace.get_tracer("app.agent")
        together = threading.Barrier(10)
        def one(number):
            together.wait(60)
            with ticketlens.ticket(f"t{{number}}") if {with_tickets} else contextlib.nullcontext():
                with agent(tracer, **{{"session.id": f"t{{number}}"}}):
                    run(tracer, "a")
        threads = [threading.Thread(target=one, args=(number,)) for number in range(10)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        """
    )
    assert kinds(database, workflow) == {f"t{number}": WHOLE for number in range(10)}


def test_a_fork_leaves_to_the_parent_what_is_its_own(database, ran, workflow):
    result = ran(
        """
        import os, sys, threading, ticketlens
        ticketlens.configure(linger=0.05)
        ticketlens.instrument(wait=30)
        tracer = trace.get_tracer("app.agent")
        with ticketlens.ticket("of the parent"):
            with agent(tracer):
                model(tracer, "before")
                child = os.fork()
                if child == 0:
                    model(tracer, "of nobody")
                    with ticketlens.ticket("of the child"):
                        run(tracer, "child")
                    sys.exit(0)
                assert os.waitpid(child, 0)[1] == 0
                with tool(tracer, "lookup", "x"):
                    pass
                model(tracer, "after")
        for number in range(20):
            with ticketlens.ticket(f"waits {number}"):
                held = tracer.start_span("held")
                model(tracer, "x")
            child = os.fork()
            if child == 0:
                with ticketlens.ticket(f"child {number}"):
                    run(tracer, "child")
                report = ticketlens.shutdown(30)
                os._exit(0 if (report.sent, report.complete) == (1, True) else 1)
            assert os.waitpid(child, 0)[1] == 0
            held.end()
        """
    )
    shown = kinds(database, workflow)
    assert len(shown) == 42, result.stderr
    for id, steps in shown.items():
        assert steps == (["gpt-4o"] if id.startswith("waits") else WHOLE), id


def test_children_of_a_pool_send_what_they_have_when_they_end(database, ran, workflow):
    ran(
        """
        import multiprocessing, ticketlens
        ticketlens.instrument()
        tracer = trace.get_tracer("app.agent")
        def work(name):
            with ticketlens.ticket(name):
                run(tracer, name)
                tracer.start_span("never ends")
        if __name__ == "__main__":
            with ticketlens.ticket("parent"):
                run(tracer, "parent")
            children = [multiprocessing.get_context("fork").Process(target=work, args=(f"child {n}",)) for n in range(3)]
            for child in children: child.start()
            for child in children: child.join()
        """
    )
    assert kinds(database, workflow) == {name: WHOLE for name in ("parent", "child 0", "child 1", "child 2")}


def test_the_end_of_a_process_sends_what_there_is(database, ran, workflow):
    ran(
        """
        import ticketlens
        ticketlens.instrument(ticket_from="session.id", wait=60)
        tracer = trace.get_tracer("app.agent")
        with ticketlens.ticket("never ends"):
            tracer.start_span("never ends")
            run(tracer, "a")
        unfinished = ticketlens.ticket("unfinished")
        unfinished.__enter__()
        run(tracer, "a")
        unfinished.__exit__(None, None, None) if False else None
        import contextvars
        def outside():
            root = tracer.start_span("invoke_agent support", attributes={
                "gen_ai.operation.name": "invoke_agent", "session.id": "a run"})
            model(tracer, "a", context=within(root))
        contextvars.Context().run(outside)
        """
    )
    shown = kinds(database, workflow)
    assert shown["never ends"] == shown["unfinished"] == WHOLE
    status = {row["ticket_id"]: row["status"] for row in database.tickets(workflow)}
    assert (status["never ends"], status["unfinished"]) == ("SUCCESS", "CANCELLED")
    assert len(shown) == 3, "a run that had not ended is a ticket too"


@pytest.mark.parametrize("missing", ["opentelemetry", "opentelemetry.sdk"])
def test_without_opentelemetry_the_rest_works(missing, database, program, workflow):
    result = program(
        f"""
        import sys
        class Missing:
            def find_spec(self, name, path=None, target=None):
                if name == {missing!r} or name.startswith({missing + "."!r}):
                    raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
        sys.meta_path.insert(0, Missing())
        import ticketlens
        assert [ticketlens.instrument(), ticketlens.instrument(ticket_from="a")] == [False, False]
        with ticketlens.ticket("1") as t:
            with t.step("tool", "lookup"):
                pass
        ticketlens.uninstrument()
        """
    )
    assert kinds(database, workflow) == {"1": ["lookup"]}
    assert result.stderr.count("pip install opentelemetry-sdk") == 1, result.stderr


def test_without_the_encoder_of_exporters_ours_is_used(database, ran, workflow):
    ran(
        """
        import sys
        class Missing:
            def find_spec(self, name, path=None, target=None):
                if name.startswith(("opentelemetry.exporter", "opentelemetry.proto", "google")):
                    raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        sys.meta_path.insert(0, Missing())
        import ticketlens
        assert ticketlens.instrument()
        with ticketlens.ticket("1"):
            run(trace.get_tracer("app.agent"), "a")
        assert "google.protobuf" not in sys.modules
        """
    )
    assert kinds(database, workflow) == {"1": WHOLE}


ZERO_CODE = AGENT + """
import logging
with agent(trace.get_tracer("app.agent"), **{"session.id": "4711", "app.order": "o-7"}):
    model(trace.get_tracer("app.agent"), "a")
"""


@pytest.mark.parametrize("named", [None, "app.order"])
def test_opentelemetry_instrument_alone_is_enough(named, database, environment, workflow, tmp_path):
    ran = zero_code(tmp_path, environment | ({"TICKETLENS_TICKET_FROM": named} if named else {}))
    assert ran.returncode == 0 and "rror" not in ran.stderr, ran.stderr
    assert kinds(database, workflow) == {"o-7" if named else "4711": ["gpt-4o"]}


def test_opentelemetry_instrument_without_a_key_does_nothing(environment, tmp_path):
    for name in ("TICKETLENS_KEY", "TICKETLENS_ENDPOINT"):
        del environment[name]
    text = ZERO_CODE + "import sys; print('ticketlens._core' in sys.modules and ticketlens._gather.active)"
    ran = zero_code(tmp_path, environment, "import ticketlens\n" + text)
    assert (ran.returncode, ran.stdout) == (0, "False\n"), ran.stderr


def zero_code(folder, environment, text=ZERO_CODE):
    import subprocess

    (folder / "app.py").write_text(text)
    command = Path(sys.executable).with_name("opentelemetry-instrument")
    variables = {
        "OTEL_TRACES_EXPORTER": "none", "OTEL_METRICS_EXPORTER": "none", "OTEL_LOGS_EXPORTER": "none",
        "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": "*",
    }
    return subprocess.run(
        [str(command), sys.executable, "app.py"], cwd=folder, env=environment | variables,
        capture_output=True, text=True, timeout=120,
    )
