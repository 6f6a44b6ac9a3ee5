"""What encloses what on a ticket's timeline: the innermost step under way of that ticket, and no other."""

import asyncio
import contextvars

import pytest
from agent import tool
from conftest import HASH_KEY, STUCK
from fake import FakeReceiver
from opentelemetry.sdk.trace import TracerProvider

import ticketlens
from ticketlens import _ticket


@pytest.fixture
def fake():
    with FakeReceiver() as fake:
        yield fake


@pytest.fixture
def lens(fake):
    lens = ticketlens.Lens(endpoint=fake.endpoint, protocol="http/protobuf", hash_key=HASH_KEY, read_env=False)
    yield lens
    assert lens.shutdown(STUCK).complete
    assert _ticket._steps.get() is None, "no step is left behind"


@pytest.fixture
def span():
    """Makes a span of a tool's within the code that calls it."""
    assert ticketlens.instrument(wait=STUCK)
    tracer = TracerProvider(shutdown_on_exit=False).get_tracer("app.agent")

    def make(name):
        with tool(tracer, name, "x"):
            pass

    yield make
    ticketlens.uninstrument()


def timelines(fake, lens):
    """Of each ticket its steps, and around each the others, the innermost first."""
    assert lens.flush(STUCK).complete
    return {record["ticket.id"]: timeline(record["body"]["steps"]) for record in fake.records()}


def timeline(steps):
    by_id, around = {step["id"]: step for step in steps}, {}
    for step in steps:
        names = around[step["name"]] = []
        while step.get("parent_id"):
            step = by_id[step["parent_id"]]
            names.append(step["name"])
    return around


def test_what_comes_after_the_end_of_a_step_is_in_the_one_around_it(fake, lens, span):
    with lens.ticket("1") as t, t.step("node", "outer"), t.step("node", "inner") as inner:
        inner.end()
        span("span")
        t.step("node", "of the ticket").end()
        inner.step("node", "of the step").end()
    assert timelines(fake, lens)["1"] == {
        "outer": [], "inner": ["outer"], "span": ["outer"], "of the ticket": ["outer"], "of the step": ["outer"],
    }


def test_steps_that_are_left_in_another_order(fake, lens, span):
    with lens.ticket("1") as t:
        first, second = t.step("node", "first").__enter__(), t.step("node", "second").__enter__()
        first.__exit__(None, None, None)
        span("in the second")
        second.__exit__(None, None, None)
        span("in none")
    seen = timelines(fake, lens)["1"]
    assert (seen["in the second"][0], seen["in none"]) == ("second", [])


def test_each_of_nested_tickets_has_its_own_steps(fake, lens, span):
    with lens.ticket("outer") as outer, outer.step("node", "a1"):
        with lens.ticket("inner") as inner, inner.step("node", "b1"):
            with outer.step("node", "a2"):
                span("span")
            outer.step("node", "a3").end()
    assert timelines(fake, lens) == {
        "outer": {"a1": [], "a2": ["a1"], "a3": ["a1"]},
        "inner": {"b1": [], "span": ["b1"]},
    }


STREAMED = {"step": [], "begun": ["step"], "resumed": ["step"], "sub": ["step"]}


def test_steps_of_a_generator_are_its_own_between_two_items(fake, lens, span):
    @lens.ticket(lambda number: f"stream {number}")
    def stream(number):
        with ticketlens.current_ticket().step("node", "step"):
            span("begun")
            yield 1
            span("resumed")
            ticketlens.current_ticket().step("node", "sub").end()
            yield 2

    with lens.ticket("caller") as t:
        with t.step("node", "outer"):
            streams = [stream(1), stream(2)]
            for one in (*streams, *streams):
                next(one)
                span(f"between {len(streams)}")
                t.step("node", "own").end()
            streams[0].close()
            assert list(streams[1]) == []
            span("afterwards")
    seen = timelines(fake, lens)
    assert seen == {
        "stream 1": STREAMED, "stream 2": STREAMED,
        "caller": {"outer": [], "between 2": ["outer"], "own": ["outer"], "afterwards": ["outer"]},
    }


def test_steps_of_an_async_generator_are_its_own_between_two_items(fake, lens, span):
    @lens.ticket(lambda number: f"stream {number}")
    async def stream(number):
        async with ticketlens.current_ticket().step("node", "step"):
            span("begun")
            yield 1
            await asyncio.sleep(0)
            span("resumed")
            ticketlens.current_ticket().step("node", "sub").end()
            yield 2

    async def main():
        streams = [stream(1), stream(2)]
        for one in (*streams, *streams):
            await anext(one)
            assert ticketlens.current_ticket() is None and _ticket._steps.get() is None
        for one in streams:
            await one.aclose()

    asyncio.run(main())
    assert timelines(fake, lens) == {"stream 1": STREAMED, "stream 2": STREAMED}


def test_a_generator_that_is_closed_elsewhere_leaves_nothing_there(lens):
    @lens.ticket("1")
    def stream():
        with ticketlens.current_ticket().step("node", "step"):
            yield 1

    def close():
        one.close()
        return ticketlens.current_ticket(), _ticket._steps.get()

    one = stream()
    contextvars.copy_context().run(next, one)
    assert contextvars.copy_context().run(close) == (None, None)


def test_steps_that_are_never_left_are_not_kept_for_ever(lens):
    def leave_open():
        for number in range(100):
            with lens.ticket("1") as t:
                t.step("node", "never left").__enter__()
                t.step("node", "ended").__enter__().end()
        depth, around = 0, _ticket._steps.get()
        while around is not None:
            depth, around = depth + 1, around[1]
        return depth

    assert contextvars.copy_context().run(leave_open) <= 2
