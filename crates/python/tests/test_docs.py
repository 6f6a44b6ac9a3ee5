"""docs/python.md: every program in it is run as it stands there, with real frameworks and a scripted model."""

import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from conftest import STUCK
from model_server import ModelServer

DOCUMENT = (Path(__file__).parents[3] / "docs" / "python.md").read_text()
PROGRAMS = dict(re.findall(r"^```python (\S+)\n(.*?)^```$", DOCUMENT, re.DOTALL | re.MULTILINE))

LLM, TOOL = ("llm", "gpt-4o"), ("tool", "lookup_order")
RUN = [LLM, TOOL, LLM]
# What starts each program, and the tickets that come of it with what they show.
STARTED = {
    "support_langgraph.py": ([], {"4711": RUN}),
    "support_agents.py": ([], {"4712": RUN}),
    "support_pydantic_ai.py": ([], {"4713": RUN, "4714": RUN}),
    "support_plain.py": ([], {"4716": [TOOL, LLM]}),
    "support_spans.py": ([], {"4717": [LLM, TOOL, ("node", "send_mail")]}),
    "support_conversations.py": ([], {"4718": [LLM]}),
    "tasks.py": (["-c", "import tasks; tasks.answer.apply(['4719', 'Where is order 7?']).get()"], {"4719": [LLM]}),
    "handler.py": (
        ["-c", "import handler, os; handler.handler({'ticket': '4720', 'question': 'Where is order 7?'}, None); os._exit(0)"],
        {"4720": [LLM]},
    ),
}


@pytest.fixture
def variables(environment):
    with ModelServer() as model:
        yield environment | {"OPENAI_BASE_URL": model.url, "OPENAI_API_KEY": "none"}


def shown(database, workflow):
    tickets = {row["ticket_id"]: [] for row in database.tickets(workflow)}
    for step in database.steps(workflow):
        if step["kind"] in ("llm", "tool") or step["name"] == "send_mail":
            # The Agents SDK's spans know the model that answered.
            tickets[step["ticket_id"]].append((step["kind"], step["name"].removesuffix("-2026-11-01")))
    return tickets


def test_every_program_is_run():
    assert set(PROGRAMS) == set(STARTED) | {"app.py", "rated.py"}
    assert DOCUMENT.count("```python\n") == 1, "only the first lines are none"


@pytest.mark.parametrize("name", STARTED)
def test_a_program_gives_the_tickets_that_it_says(name, database, variables, workflow, tmp_path):
    arguments, expected = STARTED[name]
    (tmp_path / name).write_text(PROGRAMS[name])
    ran = subprocess.run(
        [sys.executable, *(arguments or [name])], cwd=tmp_path, env=variables, capture_output=True, text=True, timeout=STUCK
    )
    assert ran.returncode == 0, ran.stderr
    assert shown(database, workflow) == expected, ran.stderr
    assert "Amelia" not in str(database.tickets(workflow))


def test_gunicorn_runs_the_application(database, variables, workflow, tmp_path):
    (tmp_path / "app.py").write_text(PROGRAMS["app.py"])
    log = tmp_path / "log"
    gunicorn = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "--preload", "--workers", "2", "--bind", "127.0.0.1:0",
         "--no-control-socket", "--graceful-timeout", "30", "app"],
        cwd=tmp_path, env=variables, stderr=subprocess.PIPE, text=True,
    )
    try:
        lines = iter(gunicorn.stderr.readline, "")
        listening = next(line for line in lines if "Listening at: " in line)
        address = listening.split("Listening at: ")[1].split(" ")[0]
        for number in range(4):
            with urllib.request.urlopen(f"{address}/t{number}", timeout=STUCK) as answer:
                assert answer.read() == b"Order 7 is on its way."
        gunicorn.terminate()
        said = "".join(lines)
        assert gunicorn.wait(STUCK) == 0, said
    finally:
        gunicorn.kill()
    assert shown(database, workflow) == {f"t{number}": [LLM] for number in range(4)}, said


def test_the_program_that_gives_feedback_gives_it(database, variables, tmp_path):
    (tmp_path / "rated.py").write_text(PROGRAMS["rated.py"])
    ran = subprocess.run(
        [sys.executable, "rated.py"], cwd=tmp_path, env=variables, capture_output=True, text=True, timeout=STUCK
    )
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stderr
    given = database.query("SELECT name, score, label, source, comment FROM ticket_feedback WHERE ticket_id = '4711'")
    by_name = {row["name"]: row for row in given}
    assert (by_name["csat"]["score"], by_name["csat"]["source"]) == (4, "HUMAN")
    assert by_name["csat"]["comment"].startswith("quick, and it helped [")
    assert (by_name["relevance"]["score"], by_name["relevance"]["source"]) == (0.82, "MODEL")
