"""A model on this machine that says what a test has written for it, over OpenAI's chat completions, and
over its responses.

The script follows from the conversation, not from the order of requests, so that many conversations
go on at once: the last user's message says what is to be done, and how many answers there have been
says how far that has come.
"""

import http.server
import json
import re
import threading

USAGE = {"prompt_tokens": 120, "completion_tokens": 30, "total_tokens": 150}


class ModelServer:
    """Answers `order <n>` with calls of `lookup_order`, then `send_mail`, then a text that repeats its
    marker. `both` has the two in one answer."""

    def __init__(self):
        self.requests = []
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                server.requests.append(body)
                if self.path.endswith("/responses"):
                    self.send(json.dumps(response(body, len(server.requests))).encode(), "application/json")
                    return
                offered = {tool["function"]["name"] for tool in body.get("tools") or ()}
                message, reason = answer(body["messages"], offered)
                if body.get("stream"):
                    self.stream(body, message, reason)
                else:
                    self.whole(body, message, reason)

            def whole(self, body, message, reason):
                answer = {
                    "id": f"chatcmpl-{len(server.requests)}",
                    "object": "chat.completion",
                    "created": 1796000000,
                    "model": f"{body['model']}-2026-11-01",
                    "choices": [{"index": 0, "message": message, "finish_reason": reason}],
                    "usage": USAGE,
                }
                self.send(json.dumps(answer).encode(), "application/json")

            def stream(self, body, message, reason):
                chunks = [{"role": "assistant", "content": ""}]
                for place, call in enumerate(message.get("tool_calls") or ()):
                    chunks.append({"tool_calls": [{"index": place, **call}]})
                chunks += [{"content": word + " "} for word in (message["content"] or "").split()]
                lines = []
                for place, delta in enumerate([*chunks, {}]):
                    choice = {"index": 0, "delta": delta}
                    choice["finish_reason"] = None if place < len(chunks) else reason
                    lines.append({"choices": [choice]})
                if (body.get("stream_options") or {}).get("include_usage"):
                    lines.append({"choices": [], "usage": USAGE})
                shared = {"id": f"chatcmpl-{len(server.requests)}", "object": "chat.completion.chunk",
                          "created": 1796000000, "model": f"{body['model']}-2026-11-01"}
                text = "".join(f"data: {json.dumps(shared | line)}\n\n" for line in lines)
                self.send((text + "data: [DONE]\n\n").encode(), "text/event-stream")

            def send(self, body, kind):
                self.send_response(200)
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._server.shutdown()
        self._server.server_close()


def response(body, number):
    """The same in the form of responses; one tool in each."""
    given = body["input"] if isinstance(body["input"], list) else [{"role": "user", "content": body["input"]}]
    messages = []
    for item in given:
        if item.get("role"):
            messages.append({"role": item["role"], "content": item["content"]})
        elif item["type"] == "function_call":
            messages.append({"role": "assistant"})
    message, _ = answer(messages, {tool["name"] for tool in body.get("tools") or ()})
    output = [
        {"type": "function_call", "id": f"fc_{number}", "call_id": call["id"], "status": "completed", **call["function"]}
        for call in message.get("tool_calls") or ()
    ] or [{
        "type": "message", "id": f"msg_{number}", "role": "assistant", "status": "completed",
        "content": [{"type": "output_text", "text": message["content"], "annotations": []}],
    }]
    return {
        "id": f"resp_{number}", "object": "response", "created_at": 1796000000, "status": "completed",
        "model": f"{body['model']}-2026-11-01", "output": output, "parallel_tool_calls": False, "tool_choice": "auto",
        "tools": body.get("tools") or [],
        "usage": {
            "input_tokens": 120, "output_tokens": 30, "total_tokens": 150,
            "input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0},
        },
    }


def answer(messages, offered):
    """The next message of a conversation in which these tools are offered, and why it ends there."""
    asked = max(place for place, message in enumerate(messages) if message["role"] == "user")
    text = _text(messages[asked]["content"])
    found = re.search(r"order (\w+)", text)
    order = found.group(1) if found else "0"
    calls = [("lookup_order", {"order": order}), ("send_mail", {"order": order, "text": "on its way"})]
    calls = [call for call in calls if call[0] in offered]
    rounds = [calls] if "both" in text and calls else [[call] for call in calls]
    done = sum(message["role"] == "assistant" for message in messages[asked:])
    if done >= len(rounds):
        return {"role": "assistant", "content": f"Order {order} is on its way."}, "stop"
    said = f"I look into order {order}, round {done + 1}."
    named = [
        {"id": f"call_{order}_{done}_{place}_0123456789", "type": "function",
         "function": {"name": name, "arguments": json.dumps(arguments)}}
        for place, (name, arguments) in enumerate(rounds[done])
    ]
    return {"role": "assistant", "content": said, "tool_calls": named}, "tool_calls"


def _text(content):
    return content if isinstance(content, str) else " ".join(part.get("text", "") for part in content)
