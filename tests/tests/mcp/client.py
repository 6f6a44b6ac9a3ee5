"""Lists and calls every tool, as a client in Python does: over HTTP, and over standard streams.

    client.py http URL KEY TICKET | client.py stdio PROGRAM ENDPOINT KEY TICKET

Prints a line of JSON for each tool. The library holds structures against the tools' schemas itself.
"""

import asyncio
import json
import sys

import httpx2
from mcp import Client
from mcp.client.stdio import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

# Of the protocol: the newest that both know, and the handshake of the versions before.
MODES = ["auto", "legacy"]


def server(how: str, args: list[str]):
    if how == "stdio":
        program, endpoint, key = args
        variables = {"TICKETLENS_ENDPOINT": endpoint, "TICKETLENS_KEY": key}
        return StdioServerParameters(command=program, args=["mcp"], env=variables)
    url, key = args
    headers = {"Authorization": f"Bearer {key}"}
    return streamable_http_client(url, http_client=httpx2.AsyncClient(headers=headers))


async def main(how: str, *args: str) -> None:
    *where, ticket = args
    given = {
        "get_ticket": {"ticket_id": ticket},
        "compare_versions": {"a": "1", "b": "2"},
        "overview": {"by": "status", "every_seconds": 86400, "since": "7d"},
        "list_failures": {"since": "7d"},
        "search_tickets": {"limit": 1},
    }
    for mode in MODES:
        async with Client(server(how, where), mode=mode) as client:
            for tool in (await client.list_tools()).tools:
                result = await client.call_tool(tool.name, given.get(tool.name, {}))
                told = {
                    "mode": mode,
                    "tool": tool.name,
                    "read_only": tool.annotations.read_only_hint,
                    "is_error": result.is_error,
                    "text": result.content[0].text,
                    "structure": result.structured_content,
                }
                print(json.dumps(told))


asyncio.run(main(*sys.argv[1:]))
