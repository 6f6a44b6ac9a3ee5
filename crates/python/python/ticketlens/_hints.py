"""What is missing in what was seen of tickets, and how it is turned on: said once in the log."""

from typing import Any

from . import _say


def heard(told: Any) -> None:
    """Says what is missing in what was seen, and how it is turned on."""
    if told is None or not told[1]:
        _say.once(
            "a ticket saw no span of an agent: is its framework's instrumentation active in this process, "
            "and does it run inside `with ticketlens.ticket(…)`?"
        )
    elif not told[0]:
        _say.once(f"what the agent read and wrote is not in its spans; {_turned_on(told[1])}")


def _turned_on(instrumentations: str) -> str:
    scope = instrumentations.split(" ", 1)[0]
    if scope.startswith("openinference"):
        return "unset OPENINFERENCE_HIDE_INPUTS and OPENINFERENCE_HIDE_OUTPUTS to have it"
    if scope.startswith(("pydantic-ai", "pydantic_ai")):
        return "InstrumentationSettings(include_content=True) turns that on"
    by_opentelemetry = "genai" in scope or scope.endswith("_v2") or not scope.startswith("opentelemetry.")
    if by_opentelemetry:
        return (
            "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=SPAN_ONLY with "
            "OTEL_SEMCONV_STABILITY_OPT_IN=gen_ai_latest_experimental turns that on"
        )
    return "TRACELOOP_TRACE_CONTENT=true turns that on"
