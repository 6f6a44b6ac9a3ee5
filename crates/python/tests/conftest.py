"""What the tests share: the receiver they send to, and what it stored.

They are run by `tests/tests/python_client.rs`, which starts the receiver and its database.
"""

import json
import logging
import os
import subprocess
import sys
import textwrap
import time
import urllib.error
import urllib.request
import uuid

import pytest

import ticketlens
from ticketlens import _say

HASH_KEY = "8f1c0a6b4e2d97355a7be0c1d2f34968"
PERSONAL = os.environ.get("TICKETLENS_TEST_PERSONAL", "")
STUCK = 120
"""Seconds after which a program of a test counts as stuck."""


def pytest_configure(config):
    if "TICKETLENS_TEST_GRPC" not in os.environ:
        pytest.exit(
            "there is no receiver: run `cargo xtask test --package ticketlens-tests --test python_client`",
            returncode=4,
        )


def wait_until(question, what):
    end = time.monotonic() + STUCK
    while not question():
        assert time.monotonic() < end, what
        time.sleep(0.02)


class Database:
    """The rows that the receiver stored, as an administrator sees them."""

    def query(self, sql):
        request = urllib.request.Request(
            os.environ["TICKETLENS_TEST_DATABASE"],
            (sql + " FORMAT JSONEachRow").encode(),
            {
                "X-ClickHouse-User": os.environ["TICKETLENS_TEST_USER"],
                "X-ClickHouse-Key": os.environ["TICKETLENS_TEST_PASSWORD"],
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=STUCK) as answer:
                return [json.loads(line) for line in answer]
        except urllib.error.HTTPError as error:
            raise AssertionError(error.read().decode()) from None

    def tickets(self, workflow):
        """The tickets of a workflow, in the order of their ids."""
        rows = self.query(
            f"SELECT * FROM tickets WHERE workflow = '{workflow}' ORDER BY ticket_id"
        )
        for row in rows:
            row["trace"] = json.loads(row["trace_json"]) if row["trace_json"] else {}
        return rows

    def ticket(self, workflow):
        """The one ticket of a workflow."""
        (row,) = self.tickets(workflow)
        return row

    def steps(self, workflow):
        return self.query(
            f"SELECT * FROM ticket_steps WHERE workflow = '{workflow}' ORDER BY position"
        )


@pytest.fixture
def database():
    return Database()


@pytest.fixture
def workflow():
    """A workflow's name that no other test has."""
    return f"python-client-{uuid.uuid4()}"


@pytest.fixture
def lens(workflow):
    """The process's own lens, to the real receiver. `sent` waits until everything is stored."""
    lens = ticketlens.configure(
        endpoint=os.environ["TICKETLENS_TEST_GRPC"],
        key=os.environ["TICKETLENS_TEST_KEY"],
        workflow=workflow,
        hash_key=HASH_KEY,
        read_env=False,
    )
    yield lens
    report = lens.shutdown(STUCK)
    assert report.complete, report


@pytest.fixture
def sent(lens):
    def flush():
        report = lens.flush(STUCK)
        assert report.complete, report
        stats = lens.stats()
        assert (stats.rejected, sum(stats.dropped.values())) == (0, 0), stats.messages

    return flush


@pytest.fixture
def said(caplog):
    """What ticketlens logs; what it said in other tests counts as unsaid."""
    _say._said.clear()
    caplog.set_level(logging.DEBUG, "ticketlens")

    def lines():
        return [record.getMessage() for record in caplog.records if record.name == "ticketlens"]

    yield lines
    assert not any(PERSONAL in line or "Zephyrine" in line for line in lines())


@pytest.fixture
def environment(workflow):
    """The environment of a program that sends to the real receiver."""
    return os.environ | {
        "TICKETLENS_ENDPOINT": os.environ["TICKETLENS_TEST_GRPC"],
        "TICKETLENS_KEY": os.environ["TICKETLENS_TEST_KEY"],
        "TICKETLENS_HASH_KEY": HASH_KEY,
        "OTEL_SERVICE_NAME": workflow,
        "PYTHONUNBUFFERED": "1",
    }


@pytest.fixture
def program(tmp_path, environment):
    """Runs a program of its own to its end."""

    def run(text, *arguments, code=0, **variables):
        file = tmp_path / "program.py"
        file.write_text(textwrap.dedent(text))
        ran = subprocess.run(
            [sys.executable, str(file), *arguments],
            cwd=tmp_path,
            env=environment | variables,
            capture_output=True,
            text=True,
            timeout=STUCK,
        )
        assert ran.returncode == code, f"{ran.returncode}\n{ran.stdout}\n{ran.stderr}"
        return ran

    return run
