"""An agent without a framework: spans in OpenTelemetry's words for generative AI."""

import json

from opentelemetry import trace
from opentelemetry.trace import SpanKind


def messages(role, text):
    return json.dumps([{"role": role, "parts": [{"type": "text", "content": text}]}])


def model(tracer, asked, said="done", context=None, content=True):
    """One call of a model."""
    attributes = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o",
        "gen_ai.usage.input_tokens": 10,
        "gen_ai.usage.output_tokens": 2,
    }
    if content:
        attributes["gen_ai.input.messages"] = messages("user", asked)
        attributes["gen_ai.output.messages"] = messages("assistant", said)
    with tracer.start_as_current_span("chat gpt-4o", context, SpanKind.CLIENT, attributes):
        pass


def tool(tracer, name, argument, result="found", context=None):
    """One call of a tool; the span is left open to those who need it so."""
    attributes = {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": name,
        "gen_ai.tool.call.arguments": json.dumps({"argument": argument}),
        "gen_ai.tool.call.result": json.dumps({"result": result}),
    }
    return tracer.start_as_current_span(f"execute_tool {name}", context, SpanKind.INTERNAL, attributes)


def agent(tracer, name="support", **attributes):
    """An agent's run."""
    attributes = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": name} | attributes
    return tracer.start_as_current_span(f"invoke_agent {name}", None, SpanKind.INTERNAL, attributes)


def within(span):
    """What hands a span on where contextvars do not."""
    return trace.set_span_in_context(span)


def run(tracer, marker, tools=1):
    """A whole one, with a marker in everything it says."""
    with agent(tracer):
        model(tracer, f"asked {marker}", f"thought {marker}")
        for number in range(tools):
            with tool(tracer, "lookup", f"{marker}-{number}", f"result {marker}"):
                pass
        model(tracer, f"told {marker}", f"answer {marker}")
