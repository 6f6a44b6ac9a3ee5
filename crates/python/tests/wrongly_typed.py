"""Mistakes that a type checker finds, one a line that says so."""

import ticketlens

ticketlens.configure(workflw="x")  # mistake
ticketlens.configure(protocol="http")  # mistake
ticketlens.ticket(1.5)  # mistake
ticketlens.instrument(ticket_from=7)  # mistake
ticketlens.instrument(wait="long")  # mistake
ticketlens.ticket("1", categry="A")  # mistake
ticketlens.ticket("1").metric("x", "much")  # mistake
ticketlens.ticket("1").step("tool")  # mistake
ticketlens.feedback("1", csat="much")  # mistake
ticketlens.feedback("1", csat=4, source="NOBODY")  # mistake


@ticketlens.ticket(str)
def answer(n: int) -> str:
    return str(n)


answer("one")  # mistake
total: str = ticketlens.stats().sent  # mistake
with ticketlens.ticket(str):  # mistake
    pass
