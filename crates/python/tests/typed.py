"""A program that uses all of it, for type checkers."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timezone
from uuid import UUID

import ticketlens
from ticketlens import Stats, Step, Ticket


@dataclass
class Order:
    number: int


ticketlens.configure(workflow="order-agent", timeout=2.5, secret_keys=["badge"], capture="TIMELINE")


gathers: bool = ticketlens.instrument(ticket_from="session.id", wait=1.5)
ticketlens.instrument(ticket_from=lambda span: span.attributes.get("order"))
ticketlens.uninstrument()


def number_of(order: Order) -> int:
    return order.number


@ticketlens.ticket(number_of, category="ORDER")
def answer(order: Order, *, fast: bool = False) -> str:
    current: Ticket | None = ticketlens.current_ticket()
    if current is not None:
        current.metric("fast", fast).tokens(1, 2)
    return "done"


@ticketlens.ticket("nightly")
async def nightly() -> int:
    async with ticketlens.ticket(UUID(int=7), known_pii=["a", None], metrics={"x": 1}) as t:
        async with t.step("tool", "lookup", input={"a": 1}) as step:
            inner: Step = step.step("llm", "gpt-4o").output("x")
            inner.end()
    return 7


text: str = answer(Order(1), fast=True)
number: int = asyncio.run(nightly())

with ticketlens.ticket("1") as t:
    t.category("A").customer(7).request(Order(1)).attribute("k", [1]).output(None)
    t.fail(ValueError("x"))
ticketlens.ticket("2").finish("WAITING")

log: dict[str, object] = ticketlens.build(
    {"ticket_id": "3", "status": "SUCCESS", "execution_time_seconds": 1, "order": Order(1)}
)
ticketlens.emit(log)
ticketlens.feedback(4711, csat=4, comment="quick", id="s-1", customer=7, known_pii=["a", None])
ticketlens.feedback(
    "4711", name="tone", score=0.5, label="kind", source="MODEL", execution_id=UUID(int=7), given_at=datetime.now(timezone.utc)
)
stats: Stats = ticketlens.stats()
dropped: int = stats.dropped["queue_full"] + stats.sent
complete: bool = ticketlens.flush(1).complete and ticketlens.shutdown(1.5).complete
lens = ticketlens.Lens.from_env()
with lens.ticket("3"):
    lens.feedback("3", comment="thank you")
    print(stats.feedback, lens.preview(log)["record"], lens.enabled, lens.queued_bytes)
