"""Ticket logs as dicts: what `ticketlens send` and `ticketlens redact` make of a file, Python makes too."""

import json
import os
import pathlib
import subprocess

import pytest
from conftest import HASH_KEY, PERSONAL
from fake import FakeReceiver, lines_of

import ticketlens

EXAMPLES = pathlib.Path(__file__).parents[3] / "examples" / "runs.jsonl"
PROGRAM = os.environ["TICKETLENS_TEST_PROGRAM"]


def ticketlens_program(*arguments):
    ran = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_the_examples_are_stored_as_the_program_stores_them(database, lens, sent, workflow):
    examples = [line | {"workflow": workflow} for line in lines_of(EXAMPLES)]
    for line in examples:
        ticketlens.emit(line)
    sent()

    by_python = database.tickets(workflow)
    assert len(by_python) == len(examples) >= 4
    assert {row["ticket_id"] for row in by_python} == {line["ticket_id"] for line in examples}
    by_id = {line["ticket_id"]: line for line in examples}
    for row in by_python:
        line = by_id[row["ticket_id"]]
        assert row["status"] == line["status"]
        assert row["duration_seconds"] == line["execution_time_seconds"]
        assert (row["workflow_version"], row["environment"]) == (
            line.get("workflow_version", ""),
            line.get("environment", ""),
        )
        assert row["step_count"] == len(line.get("trace", {}).get("steps", []))
        assert not any(known in row["trace_json"] for known in line.get("known_pii", []))


def test_preview_is_what_the_program_shows_and_what_leaves(tmp_path):
    examples = lines_of(EXAMPLES)
    shown = ticketlens_program("redact", str(EXAMPLES), "--json", "--hash-key", HASH_KEY)
    with FakeReceiver() as fake:
        lens = ticketlens.Lens(
            endpoint=fake.endpoint, protocol="http/protobuf", workflow="unknown", hash_key=HASH_KEY, read_env=False
        )
        for line, printed in zip(examples, shown.splitlines(), strict=True):
            preview, printed = lens.preview(line), json.loads(printed)
            # The program's has the line's place in its file, and no process.
            preview["record"]["resource"].pop("service.instance.id")
            preview.pop("line"), printed.pop("line")
            assert preview == printed
            lens.emit(line)
        assert lens.shutdown(60).complete
        left = {record["ticket.id"]: record for record in fake.records()}
        for line in examples:
            assert left[line["ticket_id"]]["body"] == lens_body(line, shown)


def lens_body(line, shown):
    records = [json.loads(printed) for printed in shown.splitlines()]
    return next(r["record"]["body"] for r in records if r["ticket_id"] == line["ticket_id"])


def test_nothing_known_to_be_personal_is_on_the_wire(said):
    with FakeReceiver() as fake:
        lens = ticketlens.Lens(endpoint=fake.endpoint, protocol="http/protobuf", hash_key=HASH_KEY, read_env=False)
        with pytest.raises(RuntimeError):
            with lens.ticket("1", customer=PERSONAL, known_pii=[PERSONAL]) as t:
                t.request(f"from {PERSONAL.upper()}").attribute(PERSONAL, PERSONAL).planning({PERSONAL: 1})
                t.step("tool", PERSONAL, input=[PERSONAL], output={PERSONAL: PERSONAL}).end()
                raise RuntimeError(PERSONAL)
        assert lens.shutdown(60).complete
        wire = b"".join(fake.bodies)
        assert b"ticket.completed" in wire
        assert b"zephyrine" not in wire.lower()


def test_a_log_without_a_time_or_a_sender_has_the_lens_s_own(database, lens, sent, workflow):
    ticketlens.emit({"ticket_id": 1, "status": "SUCCESS", "execution_time_seconds": 1})
    ticketlens.emit(
        {"ticket_id": 2, "status": "FAILED", "execution_time_seconds": 0.5, "error": {"type": "timeout"},
         "react": [{"thought": "hm", "action": "x", "observation": "y"}] and None}
    )
    sent()
    first, second = database.tickets(workflow)
    assert first["executed_at"][:4] >= "2026" and first["workflow"] == workflow
    assert second["error_type"] == "timeout"


def test_what_is_no_ticket_log_is_counted_and_said_and_not_raised(lens, said):
    text = "Zephyrine"
    for wrong in (7, None, {}, {"ticket_id": text}, {"ticket_id": "1", "status": text, "execution_time_seconds": 1},
                  {"ticket_id": "1", "status": "SUCCESS", "execution_time_seconds": text}):
        for _ in range(2):
            ticketlens.emit(wrong)
        with pytest.raises(ValueError) as raised:
            ticketlens.preview(wrong)
        assert text not in str(raised.value)
    assert (lens.stats().malformed, lens.stats().emitted) == (12, 0)
    assert len(said()) == len(set(said())) == 5
