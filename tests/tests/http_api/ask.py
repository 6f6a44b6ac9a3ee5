"""Asks every route that reads, through a client that a generator made of the description."""

import os

from ticketlens_http import AuthenticatedClient
from ticketlens_http.api.overview import compare_versions, get_overview
from ticketlens_http.api.tickets import count_tickets, get_steps, get_ticket, list_tickets
from ticketlens_http.models import Problem, Ticket

client = AuthenticatedClient(
    base_url=os.environ["TICKETLENS_HTTP"], token=os.environ["TICKETLENS_KEY"]
)

count = count_tickets.sync(client=client).count
assert count > 5, count

seen: list[Ticket] = []
cursor = ""
while cursor is not None:
    page = list_tickets.sync(client=client, limit=3, sort="duration", cursor=cursor)
    seen += page.tickets
    cursor = page.next_cursor
assert len({ticket.execution_id for ticket in seen}) == len(seen) == count, (len(seen), count)
durations = [ticket.duration_seconds for ticket in seen]
assert durations == sorted(durations), durations

first = seen[0]
opened = get_ticket.sync(first.ticket_id, client=client, execution=str(first.execution_id))
assert opened.to_dict().items() >= first.to_dict().items()
steps = get_steps.sync(first.ticket_id, client=client)
assert len(steps.steps) == len(opened.steps) > 0

overview = get_overview.sync(client=client, by="status")
assert overview.total == count == sum(group.total for group in overview.groups)
compared = compare_versions.sync(client=client, a="1", b="2")
assert compared.a.total == compared.b.total == 0

missing = get_ticket.sync("no such ticket", client=client)
assert isinstance(missing, Problem) and missing.status == 404, missing
print("all as described")
