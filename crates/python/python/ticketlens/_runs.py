"""A ticket without `with`: of each agent's run that no ticket encloses."""

from typing import Any

from . import _gather, _hints, _lens, _say

CONVERSATION = "gen_ai.conversation.id"
"""The attribute that names a run where nothing else is asked for; the core knows what stands in its place."""

_AGENTS = ("gen_ai.", "openinference.", "traceloop.", "ai.", "llm.")

ticket_from: Any = None
"""What names the tickets of runs that begin now: an attribute, or a callable. Set by `instrument`."""


def send(spans: "list[Any]", logs: "list[Any]", left_out: int, ticket_from: Any) -> None:
    """Hands the spans of a run over, as the tickets that they are."""
    if ticket_from is None or not spans:
        return
    key = id = None
    if callable(ticket_from):
        id = _chosen(ticket_from, spans)
        if id is None:
            return
    elif not any(_is_of_an_agent(span) for span in spans):
        return
    else:
        id = _named_by_root(ticket_from, spans)
        key = ticket_from if ticket_from != CONVERSATION else None
    requests, log_requests, unreadable = _gather.encode(spans, logs)
    for told in _lens.default()._use().emit_spans(requests, log_requests, left_out + unreadable, key, id):
        _hints.heard(told)


def _chosen(choose: Any, spans: "list[Any]") -> "str | None":
    """The id of a run's ticket, by the first of its spans that has one."""
    for span in sorted(spans, key=lambda span: span.start_time or 0):
        try:
            id = choose(span)
            if id is not None:
                return str(id)
        except Exception as error:
            _say.once(f"instrument: ticket_from raised {_say.class_of(error)}; a run that it names by no span is no ticket")
    return None


def _named_by_root(key: str, spans: "list[Any]") -> "str | None":
    """The id that the outermost span gives to all that is within, a web request perhaps."""
    names = (key, "session.id") if key == CONVERSATION else (key,)
    for span in spans:
        if span.parent is None or span.parent.is_remote:
            for name in names:
                id = (span.attributes or {}).get(name)
                if id is not None and id != "":
                    return str(id)
    return None


def _is_of_an_agent(span: Any) -> bool:
    return any(name.startswith(_AGENTS) for name in span.attributes or ())
