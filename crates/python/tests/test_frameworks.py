"""Agents as people write them, with three lines added, beside each instrumentation: one ticket, and on it
what truly happened."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from conftest import PERSONAL, STUCK
from fake import FakeReceiver
from model_server import ModelServer

CONTENT = {
    "OTEL_SEMCONV_STABILITY_OPT_IN": "gen_ai_latest_experimental",
    "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "SPAN_ONLY",
}

INSTRUMENTATIONS = {
    "openinference": "openinference.instrumentation.langchain LangChainInstrumentor",
    "openllmetry": "opentelemetry.instrumentation.langchain LangchainInstrumentor",
    "opentelemetry": "opentelemetry.instrumentation.genai.langchain LangChainInstrumentor",
}

LANGGRAPH = """
    from langchain.agents import create_agent
    from langchain_core.tools import tool

    @tool
    def lookup_order(order: str) -> str:
        "Looks an order up."
        return f"order {order} is in transit"

    @tool
    def send_mail(order: str, text: str) -> str:
        "Sends the customer a mail."
        return f"sent for {order}"

    def support(streaming=False):
        from langchain_openai import ChatOpenAI
        model = ChatOpenAI(model="gpt-4o", streaming=streaming, stream_usage=True)
        return create_agent(model, [lookup_order, send_mail], name="support")
"""


@pytest.fixture
def model():
    with ModelServer() as server:
        yield server


@pytest.fixture
def agent(program, model):
    """Runs a program that asks the model on this machine."""

    def run(text, setup="", **variables):
        text = textwrap.dedent(setup).replace("PERSONAL", PERSONAL) + textwrap.dedent(text).replace("PERSONAL", PERSONAL)
        return program(text, OPENAI_BASE_URL=model.url, OPENAI_API_KEY="none", **CONTENT | variables)

    return run


def instrumented(by):
    module, name = INSTRUMENTATIONS[by].split()
    return f"from {module} import {name}\n{name}().instrument()\n"


def shown(database, workflow, **where):
    steps = [step for step in database.steps(workflow) if all(step[key] == value for key, value in where.items())]
    return [(step["kind"], step["name"]) for step in steps if step["kind"] in ("llm", "tool")]


ROUNDS = [("llm", "gpt-4o"), ("tool", "lookup_order"), ("llm", "gpt-4o"), ("tool", "send_mail"), ("llm", "gpt-4o")]


def is_whole(row, calls=3):
    """A ticket of `order <n>` with `calls` answers of the model."""
    assert (row["status"], row["model"]) == ("SUCCESS", "gpt-4o")
    assert (row["input_tokens"], row["output_tokens"]) == (120 * calls, 30 * calls)
    assert row["metrics"]["llm_calls"] == calls and row["metrics"]["tool_calls"] == 2
    assert "ticketlens.partial" not in row["attributes"]
    return True


@pytest.mark.parametrize("by", INSTRUMENTATIONS)
@pytest.mark.parametrize("streaming", [False, True], ids=["whole", "streaming"])
def test_langgraph(by, streaming, database, workflow, agent):
    ran = agent(
        f"""
        import ticketlens
        ticketlens.instrument()
        with ticketlens.ticket("4711", category="ORDER_STATUS", customer="c-42", known_pii=["PERSONAL"]) as t:
            said = support({streaming}).invoke({{"messages": [("user", "Where is order 7 of PERSONAL?")]}})
            t.metric("overall_confidence", 0.82)
        print(said["messages"][-1].content)
        """,
        setup=instrumented(by) + textwrap.dedent(LANGGRAPH).replace("is in transit", "of PERSONAL is in transit"),
    )
    assert "Order 7 is on its way." in ran.stdout
    row = database.ticket(workflow)
    assert is_whole(row)
    assert (row["ticket_id"], row["category"]) == ("4711", "ORDER_STATUS")
    assert row["metrics"]["overall_confidence"] == 0.82 and row["metrics"]["react_iterations"] == 3
    assert shown(database, workflow) == ROUNDS
    assert "Order 7 is on its way." in row["trace_json"]
    assert "Zephyrine" not in str(row) and "known-value" in row["trace_json"]
    assert "Zephyrine" not in ran.stderr


def test_nothing_personal_is_on_the_wire(agent):
    with FakeReceiver() as fake:
        agent(
            """
            import ticketlens
            ticketlens.instrument()
            with ticketlens.ticket("4711", known_pii=["PERSONAL"]):
                support().invoke({"messages": [("user", "Where is order 7 of PERSONAL? I am PERSONAL@example.com")]})
            """,
            setup=instrumented("openinference") + textwrap.dedent(LANGGRAPH).replace("is in", "of PERSONAL is in"),
            TICKETLENS_ENDPOINT="",
            OTEL_EXPORTER_OTLP_ENDPOINT=fake.endpoint,
            OTEL_EXPORTER_OTLP_PROTOCOL="http/protobuf",
        )
        (record,) = fake.records()
        wire = b"".join(fake.bodies)
    assert [step["kind"] for step in record["body"]["steps"]].count("tool") == 2
    assert b"Zephyrine" not in wire and b"example.com" not in wire


@pytest.mark.parametrize("by", INSTRUMENTATIONS)
def test_many_langgraph_agents_at_once(by, database, workflow, agent):
    """Async, with tools side by side; each ticket has its own order and nobody else's."""
    agent(
        """
        import asyncio, ticketlens
        ticketlens.instrument()
        agent = support()

        async def one(order):
            async with ticketlens.ticket(f"T-{order}"):
                await agent.ainvoke({"messages": [("user", f"order {order}, both at once")]})

        async def all_of_them():
            await asyncio.gather(*(one(f"N{number:03}X") for number in range(10)))

        asyncio.run(all_of_them())
        """,
        setup=instrumented(by) + textwrap.dedent(LANGGRAPH),
    )
    rows = database.tickets(workflow)
    assert len(rows) == 10
    for row in rows:
        order = row["ticket_id"].removeprefix("T-")
        assert is_whole(row, calls=2)
        kinds = shown(database, workflow, ticket_id=row["ticket_id"])
        assert [kinds[0], *sorted(kinds[1:3]), kinds[3]] == [
            ("llm", "gpt-4o"), ("tool", "lookup_order"), ("tool", "send_mail"), ("llm", "gpt-4o")]
        others = {f"N{number:03}X" for number in range(10)} - {order}
        assert order in row["trace_json"] and not any(other in row["trace_json"] for other in others)


def test_langgraph_runs_become_tickets_by_their_thread(database, workflow, agent):
    agent(
        """
        import ticketlens
        ticketlens.instrument(ticket_from="gen_ai.conversation.id")
        for order in (1, 2):
            support().invoke({"messages": [("user", f"order {order}")]}, {"configurable": {"thread_id": f"thread-{order}"},
                                                                      "metadata": {"session_id": f"thread-{order}"}})
        """,
        setup=instrumented("openinference") + textwrap.dedent(LANGGRAPH),
    )
    rows = database.tickets(workflow)
    assert [row["ticket_id"] for row in rows] == ["thread-1", "thread-2"]
    assert all(is_whole(row) for row in rows)


def test_a_tool_that_fails_and_a_run_that_does(database, workflow, agent):
    ran = agent(
        """
        import ticketlens
        ticketlens.instrument()
        from langchain_core.tools import tool
        from langchain.agents import create_agent
        from langchain_openai import ChatOpenAI

        @tool
        def lookup_order(order: str) -> str:
            "Looks an order up."
            raise TimeoutError("the warehouse of PERSONAL is silent")

        try:
            with ticketlens.ticket("4711", known_pii=["PERSONAL"]):
                create_agent(ChatOpenAI(model="gpt-4o"), [lookup_order]).invoke({"messages": [("user", "order 7")]})
        except TimeoutError:
            print("raised on")
        """,
        setup=instrumented("openinference"),
    )
    assert ran.stdout == "raised on\n"
    row = database.ticket(workflow)
    assert (row["status"], row["error_type"]) == ("FAILED", "TimeoutError")
    assert "Zephyrine" not in str(row)
    (tool,) = [step for step in database.steps(workflow) if step["kind"] == "tool"]
    assert (tool["name"], tool["status"]) == ("lookup_order", "ERROR")


@pytest.mark.parametrize("by", INSTRUMENTATIONS)
def test_content_that_is_off_is_said_with_what_turns_it_on(by, database, workflow, agent):
    off = {
        "openinference": {"OPENINFERENCE_HIDE_INPUTS": "true", "OPENINFERENCE_HIDE_OUTPUTS": "true"},
        "openllmetry": {"TRACELOOP_TRACE_CONTENT": "false"},
        "opentelemetry": {"OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "NO_CONTENT"},
    }[by]
    ran = agent(
        """
        import ticketlens
        ticketlens.instrument()
        for order in (1, 2):
            with ticketlens.ticket(str(order)):
                support().invoke({"messages": [("user", f"order {order}")]})
        """,
        setup=instrumented(by) + textwrap.dedent(LANGGRAPH),
        **off,
    )
    assert all(is_whole(row) for row in database.tickets(workflow))
    assert ran.stderr.count("is not in its spans") == 1, ran.stderr
    named = {"openinference": "OPENINFERENCE_HIDE_INPUTS", "openllmetry": "TRACELOOP_TRACE_CONTENT",
             "opentelemetry": "CAPTURE_MESSAGE_CONTENT=SPAN_ONLY"}
    assert named[by] in ran.stderr


def test_openai_agents(database, workflow, agent):
    agent(
        """
        import ticketlens
        ticketlens.instrument()
        from openinference.instrumentation.openai_agents import OpenAIAgentsInstrumentor
        OpenAIAgentsInstrumentor().instrument()
        from agents import Agent, Runner, OpenAIChatCompletionsModel, function_tool, set_default_openai_api

        set_default_openai_api("chat_completions")

        @function_tool
        def lookup_order(order: str) -> str:
            return f"order {order} of PERSONAL is in transit"

        @function_tool
        def send_mail(order: str, text: str) -> str:
            return "sent"

        support = Agent(name="support", model="gpt-4o", tools=[lookup_order, send_mail])
        with ticketlens.ticket("4711", known_pii=["PERSONAL"]):
            print(Runner.run_sync(support, "Where is order 7 of PERSONAL?").final_output)
        """
    )
    row = database.ticket(workflow)
    assert is_whole(row) and "Zephyrine" not in str(row)
    assert shown(database, workflow) == ROUNDS


def test_pydantic_ai(database, workflow, agent):
    agent(
        """
        import ticketlens
        ticketlens.instrument()
        from pydantic_ai import Agent
        from pydantic_ai.models.openai import OpenAIChatModel

        Agent.instrument_all()
        support = Agent(OpenAIChatModel("gpt-4o"), name="support")

        @support.tool_plain
        def lookup_order(order: str) -> str:
            return f"order {order} of PERSONAL is in transit"

        @support.tool_plain
        def send_mail(order: str, text: str) -> str:
            return "sent"

        with ticketlens.ticket("4711", known_pii=["PERSONAL"]):
            print(support.run_sync("Where is order 7 of PERSONAL?").output)
        """
    )
    row = database.ticket(workflow)
    assert is_whole(row) and "Zephyrine" not in str(row)
    assert shown(database, workflow) == ROUNDS


def test_openai_agents_without_a_line_of_ours(database, workflow, environment, model, tmp_path):
    """`opentelemetry-instrument` finds the instrumentation, and us."""
    (tmp_path / "app.py").write_text(
        textwrap.dedent(
            """
            from agents import Agent, Runner, function_tool, trace

            @function_tool
            def lookup_order(order: str) -> str:
                return f"order {order} is in transit"

            support = Agent(name="support", model="gpt-4o", tools=[lookup_order])
            print(Runner.run_sync(support, "Where is order 7?").final_output)
            """
        )
    )
    ran = subprocess.run(
        [Path(sys.executable).with_name("opentelemetry-instrument"), sys.executable, "app.py"],
        cwd=tmp_path, capture_output=True, text=True, timeout=STUCK,
        env=environment | {
            "OPENAI_BASE_URL": model.url, "OPENAI_API_KEY": "none", "OTEL_TRACES_EXPORTER": "none",
            "OTEL_METRICS_EXPORTER": "none", "OTEL_LOGS_EXPORTER": "none",
            "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": "langchain",
        },
    )
    assert (ran.returncode, ran.stdout) == (0, "Order 7 is on its way.\n"), ran.stderr
    row = database.ticket(workflow)
    assert (row["status"], row["input_tokens"], row["output_tokens"]) == ("SUCCESS", 240, 60)
    assert [kind for kind, _ in shown(database, workflow)] == ["llm", "tool", "llm"]
