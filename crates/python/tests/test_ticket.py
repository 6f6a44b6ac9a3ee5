"""A ticket under way: what is said of it is what is stored, and every way it can end."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import PERSONAL

import ticketlens


def statuses(database, workflow):
    return {row["ticket_id"]: row["status"] for row in database.tickets(workflow)}


def test_what_is_said_of_a_ticket_is_stored(database, lens, sent, workflow):
    with ticketlens.ticket(
        4711, category="ORDER_STATUS", customer="c-42", known_pii=[PERSONAL, None], metrics={"a": 1}
    ) as t:
        t.request({"question": f"It is {PERSONAL}. Where is order 7?"}).planning("Look it up.")
        with t.step("react", "agent", iteration=1, action="lookup_order", action_input={"order": 7}) as thought:
            with t.step("tool", "lookup_order", input={"order": 7}, attributes={"try": 1}) as call:
                call.output({"state": "in transit"})
            thought.output("The state answers this.")
        t.metric("overall_confidence", 0.82).metric("a", 2).model("gpt-4o").tokens(1200, 340).tokens(1)
        t.attribute("channel", "email").output(f"It is on its way, {PERSONAL}.")
    sent()

    row = database.ticket(workflow)
    assert (row["ticket_id"], row["status"], row["category"]) == ("4711", "SUCCESS", "ORDER_STATUS")
    assert row["customer"].startswith("hmac:")
    assert row["metrics"] == {"a": 2, "overall_confidence": 0.82}
    assert (row["model"], row["input_tokens"], row["output_tokens"]) == ("gpt-4o", 1201, 340)
    assert row["attributes"] == {"channel": "email"}
    assert row["trace"]["output"] == "It is on its way, [known-value]."
    assert row["trace"]["planning"] == "Look it up."
    react, tool = database.steps(workflow)
    assert (react["kind"], react["name"], react["iteration"], react["status"]) == ("react", "agent", 1, "OK")
    assert (tool["kind"], tool["name"], tool["parent_id"]) == ("tool", "lookup_order", react["step_id"])
    assert react["duration_ms"] >= tool["duration_ms"] > 0
    steps = row["trace"]["steps"]
    assert steps[0]["action_input"] == {"order": 7}
    assert (steps[1]["output"], steps[1]["attributes"]) == ({"state": "in transit"}, {"try": 1})


def test_an_exception_makes_it_failed_and_is_raised_on(database, lens, sent, workflow):
    class CarrierDown(RuntimeError):
        pass

    with pytest.raises(CarrierDown, match="Zephyrine") as raised:
        with ticketlens.ticket("1", known_pii=PERSONAL) as t:
            with t.step("tool", "ask_carrier"):
                raise CarrierDown(f"no answer about {PERSONAL}, write to x.y@example.com")
    assert raised.value.__traceback__ is not None
    sent()

    row = database.ticket(workflow)
    assert row["status"] == "FAILED"
    assert row["error_type"].startswith("test_ticket.") and row["error_type"].endswith("CarrierDown")
    (error,) = row["trace"]["errors"]
    assert error["type"] == row["error_type"]
    assert error["message"] == "no answer about [known-value], write to [email]"
    assert "test_ticket.py" in error["stack"] and PERSONAL not in error["stack"]
    (step,) = row["trace"]["steps"]
    assert step["status"] == "ERROR"
    assert step["error"]["type"] == row["error_type"]
    assert step["error"]["message"] == "no answer about [known-value], write to [email]"


def test_every_ending_has_its_status(database, lens, sent, workflow):
    ticketlens.ticket("succeed").succeed()
    ticketlens.ticket("fail").fail("timeout")
    ticketlens.ticket("fail-text").fail("timeout", "no answer in 5 s")
    ticketlens.ticket("fail-exception").fail(KeyError("order"))
    ticketlens.ticket("escalate").escalate()
    ticketlens.ticket("cancel").cancel()
    ticketlens.ticket("finish").finish("WAITING")
    ticketlens.ticket("dropped")
    with ticketlens.ticket("first-word-counts") as t:
        t.escalate()
    for cancelling in (KeyboardInterrupt, GeneratorExit, SystemExit, asyncio.CancelledError):
        with pytest.raises(cancelling):
            with ticketlens.ticket(cancelling.__name__):
                raise cancelling
    sent()

    assert statuses(database, workflow) == {
        "succeed": "SUCCESS",
        "fail": "FAILED",
        "fail-text": "FAILED",
        "fail-exception": "FAILED",
        "escalate": "ESCALATED",
        "cancel": "CANCELLED",
        "finish": "WAITING",
        "dropped": "CANCELLED",
        "first-word-counts": "ESCALATED",
        "KeyboardInterrupt": "CANCELLED",
        "GeneratorExit": "CANCELLED",
        "SystemExit": "CANCELLED",
        "CancelledError": "CANCELLED",
    }
    rows = {row["ticket_id"]: row for row in database.tickets(workflow)}
    assert rows["fail-exception"]["error_type"] == "KeyError"
    assert rows["fail-text"]["trace"]["errors"] == [{"type": "timeout", "message": "no answer in 5 s"}]
    assert rows["fail"]["trace"] == {}


def test_every_ending_of_a_step_has_its_status(database, lens, sent, workflow):
    with ticketlens.ticket("1") as t:
        t.step("tool", "ended").end()
        t.step("tool", "skipped").skip()
        with t.step("llm", "failed") as step:
            step.error("rate_limit", "429", "at line 7").output("none")
        with pytest.raises(asyncio.CancelledError):
            with t.step("node", "cancelled"):
                raise asyncio.CancelledError
        t.step("message", "dropped")
        left_open = t.step("no such kind", "open")
    sent()

    steps = {step["name"]: step for step in database.steps(workflow)}
    assert {name: step["status"] for name, step in steps.items()} == {
        "ended": "OK",
        "skipped": "SKIPPED",
        "failed": "ERROR",
        "cancelled": "SKIPPED",
        "dropped": "OK",
        "open": "ERROR",
    }
    assert steps["failed"]["error_type"] == "rate_limit"
    assert (steps["open"]["kind"], steps["open"]["error_type"]) == ("other", "unfinished")
    assert left_open.output("too late") is left_open


def test_the_current_ticket_is_the_one_whose_with_this_is(lens):
    assert ticketlens.current_ticket() is None
    with ticketlens.ticket("outer") as outer:
        with ticketlens.ticket("inner") as inner:
            assert ticketlens.current_ticket() is inner
        assert ticketlens.current_ticket() is outer
        outer.succeed()
        assert ticketlens.current_ticket() is None


def test_a_hundred_tickets_at_once_never_mix(database, lens, sent, workflow):
    async def work(number):
        async with ticketlens.ticket(f"{number:03}") as t:
            gate = asyncio.Event()
            asyncio.get_running_loop().call_soon(gate.set)
            async with t.step("node", "outer"):
                await gate.wait()

                async def call(part):
                    mine = ticketlens.current_ticket()
                    async with mine.step("tool", f"{number}/{part}"):
                        await asyncio.sleep(0)
                        mine.metric(f"part{part}", number)

                await asyncio.gather(*(call(part) for part in range(3)))

    async def main():
        await asyncio.gather(*(work(number) for number in range(100)))

    asyncio.run(main())
    sent()

    rows = database.tickets(workflow)
    assert len(rows) == 100
    for number, row in enumerate(rows):
        assert row["metrics"] == {f"part{part}": number for part in range(3)}
        outer, *calls = row["trace"]["steps"]
        assert {step["name"] for step in calls} == {f"{number}/{part}" for part in range(3)}
        assert {step["parent_id"] for step in calls} == {outer["id"]}


def test_threads_share_a_ticket_and_the_lens(database, lens, sent, workflow):
    def one(number):
        with ticketlens.ticket(f"t{number}") as t:
            with t.step("tool", "in a thread"):
                assert ticketlens.current_ticket() is t

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(400)))
    with ticketlens.ticket("shared") as shared:
        threads = [
            threading.Thread(target=lambda: [shared.tokens(1, 1) for _ in range(100)]) for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    sent()

    rows = {row["ticket_id"]: row for row in database.tickets(workflow)}
    assert len(rows) == 401
    assert rows["shared"]["input_tokens"] == 800
    assert sorted(int(row["sequence"]) for row in rows.values()) == list(range(1, 402))


def test_a_decorated_function_has_a_ticket_for_each_call(database, lens, sent, workflow):
    @ticketlens.ticket(lambda order: order["id"], category="ORDER")
    def plain(order):
        """Answers."""
        ticketlens.current_ticket().metric("seen", 1)
        return order["id"]

    @ticketlens.ticket(lambda order: order["id"])
    async def later(order):
        await asyncio.sleep(0)
        return ticketlens.current_ticket().id

    @ticketlens.ticket("constant")
    def constant():
        raise ValueError

    @ticketlens.ticket("generated")
    def generated():
        got = yield 1
        yield got
        return "end"

    @ticketlens.ticket("streamed")
    async def streamed():
        for part in "ab":
            yield part

    async def collect(stream):
        return [part async for part in stream]

    assert plain({"id": "p1"}) == "p1" and plain({"id": "p2"}) == "p2"
    assert (plain.__name__, plain.__doc__) == ("plain", "Answers.")
    assert asyncio.iscoroutinefunction(later)
    assert asyncio.run(later({"id": "l1"})) == "l1"
    for _ in range(2):
        with pytest.raises(ValueError):
            constant()
    generator = generated()
    assert (next(generator), generator.send("sent")) == (1, "sent")
    with pytest.raises(StopIteration, match="end"):
        next(generator)
    abandoned = generated()
    next(abandoned)
    abandoned.close()
    assert asyncio.run(collect(streamed())) == ["a", "b"]
    lens.flush(60)
    before = lens.stats().emitted
    assert before == 8

    rows = database.tickets(workflow)
    assert [(row["ticket_id"], row["status"]) for row in rows if row["ticket_id"] != "generated"] == [
        ("constant", "FAILED"),
        ("constant", "FAILED"),
        ("l1", "SUCCESS"),
        ("p1", "SUCCESS"),
        ("p2", "SUCCESS"),
        ("streamed", "SUCCESS"),
    ]
    assert {row["status"] for row in rows if row["ticket_id"] == "generated"} == {"SUCCESS", "CANCELLED"}
    assert {row["category"] for row in rows if row["ticket_id"].startswith("p")} == {"ORDER"}
    sent()


def test_an_id_is_chosen_from_what_a_call_is_given(database, lens, sent, workflow):
    @ticketlens.ticket(lambda order: f"by name {order}")
    def second(customer, order=7, *, fast=False, **more):
        return customer

    @ticketlens.ticket(lambda first: f"by place {first}")
    def renamed(customer, order):
        return order

    @ticketlens.ticket(lambda *args, **kwargs: f"all {args} {kwargs}")
    def whatever(*args, **kwargs):
        return args

    class Agent:
        @ticketlens.ticket(lambda self, order: f"{self.name} {order}")
        def answer(self, order):
            return order

        name = "method"

    second("c", 1)
    second(customer="c", order=2, fast=True, more=3)
    second("c")
    renamed(order=5, customer=4)
    whatever(1, a=2)
    Agent().answer(order=6)
    sent()
    assert [row["ticket_id"] for row in database.tickets(workflow)] == [
        "all (1,) {'a': 2}",
        "by name 1",
        "by name 2",
        "by name 7",
        "by place 4",
        "method 6",
    ]


def test_a_decorated_function_runs_even_if_its_id_cannot_be_told(said):
    lens = ticketlens.Lens(enabled=False, read_env=False)

    @lens.ticket(lambda: 1 / 0)
    def nameless():
        return "ran"

    assert nameless() == "ran"
    assert any("ZeroDivisionError" in line for line in said())


def test_levels_and_messages_hold_for_one_ticket(database, lens, sent, workflow):
    with ticketlens.ticket("metrics", capture="METRICS_ONLY", request="asked") as t:
        t.step("tool", "x").end()
    with ticketlens.ticket("timeline", capture="timeline", request="asked") as t:
        t.step("tool", "x", output="found").end()
    with ticketlens.ticket("silent", drop_messages=True, request="asked") as t:
        t.step("tool", "x", output="found").end()
    sent()
    metrics, silent, timeline = database.tickets(workflow)
    assert (metrics["capture"], metrics["trace"]) == ("METRICS_ONLY", {})
    assert timeline["capture"] == "TIMELINE" and "asked" not in timeline["trace_json"]
    assert "found" not in timeline["trace_json"] and timeline["step_count"] == 1
    assert "asked" not in silent["trace_json"] and "found" in silent["trace_json"]


def test_a_ticket_links_to_the_active_span(database, lens, sent, workflow):
    from opentelemetry.sdk.trace import TracerProvider

    tracer = TracerProvider().get_tracer("test")
    with tracer.start_as_current_span("work") as span:
        with ticketlens.ticket("1"):
            pass
    sent()
    row = database.ticket(workflow)
    assert row["trace_id"] == f"{span.get_span_context().trace_id:032x}"
    assert row["span_id"] == f"{span.get_span_context().span_id:016x}"
