"""A lens for each process: nothing sent twice, nothing left behind, and no end that hangs."""

import os
import signal
import subprocess
import sys
import textwrap
import time
import urllib.request

import pytest
from conftest import STUCK, wait_until
from fake import Silent, dead


def by_instance(database, workflow):
    """The ids of each process's tickets, in the order in which it emitted them."""
    processes = {}
    for row in sorted(database.tickets(workflow), key=lambda row: int(row["sequence"])):
        processes.setdefault(row["instance"], []).append((int(row["sequence"]), row["ticket_id"]))
    for numbered in processes.values():
        assert [number for number, _ in numbered] == list(range(1, len(numbered) + 1))
    return sorted([ticket for _, ticket in numbered] for numbered in processes.values())


def test_a_fork_leaves_to_the_parent_what_is_its_own(database, program, workflow):
    ran = program(
        """
        import os, sys, ticketlens
        ticketlens.configure(linger=30)
        ticketlens.ticket("queued before").succeed()
        dropped_by_both = ticketlens.ticket("begun before")
        with ticketlens.ticket("open") as t:
            step = t.step("tool", "x")
            child = os.fork()
            if child == 0:
                assert ticketlens.current_ticket() is None and t.finished and step.ended
                t.metric("a", 1); step.output("no").end()
                with t.step("tool", "none"):
                    pass
                with ticketlens.ticket("of the child") as mine:
                    assert ticketlens.current_ticket() is mine
                grandchild = os.fork()
                if grandchild == 0:
                    ticketlens.emit({"ticket_id": "of the grandchild", "status": "SUCCESS", "execution_time_seconds": 1})
                    sys.exit(0)
                assert os.waitpid(grandchild, 0)[1] == 0
            else:
                assert os.waitpid(child, 0)[1] == 0
                step.end()
        """
    )
    assert by_instance(database, workflow) == [
        ["of the child"],
        ["of the grandchild"],
        ["queued before", "open", "begun before"],
    ], ran.stderr
    assert {row["status"] for row in database.tickets(workflow) if row["ticket_id"] != "begun before"} == {"SUCCESS"}
    (step,) = database.steps(workflow)
    assert (step["name"], step["status"]) == ("x", "OK")


def test_a_fork_that_python_is_not_told_of_leaves_a_working_child(database, program, workflow):
    """As uWSGI forks, or a C library: no hook of `os.register_at_fork` runs in the child."""
    ran = program(
        """
        import ctypes, os, sys, ticketlens
        def fork(work):
            child = ctypes.PyDLL(None).fork()
            if child == 0:
                work()
                sys.exit(0)
            assert os.waitpid(child, 0)[1] == 0
        def of_the_child():
            with ticketlens.ticket("of the child") as t:
                with t.step("tool", "x"):
                    fork(lambda: ticketlens.ticket("of the grandchild").succeed())
        def of_another_lens():
            ticketlens.Lens().emit({"ticket_id": "of a lens", "status": "SUCCESS", "execution_time_seconds": 1})
        os.register_at_fork(after_in_child=lambda: print("Python was told"))
        ticketlens.configure(linger=30)
        ticketlens.ticket("queued before").succeed()
        with ticketlens.ticket("open"):
            fork(of_the_child)
            fork(of_another_lens)
            fork(lambda: None)
        """
    )
    assert (ran.stdout, ran.stderr) == ("", "")
    assert by_instance(database, workflow) == [
        ["of a lens"],
        ["of the child"],
        ["of the grandchild"],
        ["queued before", "open"],
    ]


def test_a_fork_while_other_threads_work_leaves_a_working_child(database, program, workflow):
    """Whatever lock a thread of the parent's holds when it forks, nobody in the child waits for it."""
    program(
        """
        import os, sys, threading, ticketlens
        lens = ticketlens.configure()
        stop = threading.Event()
        def busy(name):
            number = 0
            while not stop.is_set():
                with ticketlens.ticket(f"{name}-{number}") as t:
                    with t.step("tool", "x", input={"a": [1] * 50}):
                        number += 1
                if lens.queued_bytes > 8 << 20:
                    ticketlens.flush(60)
        threads = [threading.Thread(target=busy, args=(n,)) for n in range(4)]
        for thread in threads: thread.start()
        for number in range(25):
            child = os.fork()
            if child == 0:
                for part in range(4):
                    ticketlens.ticket(f"child-{number}-{part}").succeed()
                report = ticketlens.shutdown(60)
                os._exit(0 if report.complete and report.sent == 4 else 1)
            assert os.waitpid(child, 0)[1] == 0
        stop.set()
        for thread in threads: thread.join()
        assert ticketlens.flush(60).complete
        """
    )
    processes = by_instance(database, workflow)
    children = [tickets for tickets in processes if tickets[0].startswith("child-")]
    assert len(processes) == 26 and len(children) == 25
    assert all(len(tickets) == 4 for tickets in children)


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_children_of_multiprocessing_send_what_they_have_when_they_end(method, database, program, workflow):
    program(
        f"""
        import multiprocessing, ticketlens
        ticketlens.configure(linger=30)
        def work(name):
            with ticketlens.ticket(name):
                pass
            unfinished.append(ticketlens.ticket(name + " unfinished"))
        unfinished = []
        if __name__ == "__main__":
            ticketlens.ticket("parent").succeed()
            context = multiprocessing.get_context("{method}")
            process = context.Process(target=work, args=("process",))
            process.start(); process.join()
            assert process.exitcode == 0
            with context.Pool(1) as pool:
                pool.map(work, ["pool"])
                pool.close(); pool.join()
        """
    )
    assert by_instance(database, workflow) == [
        ["parent"],
        ["pool", "pool unfinished"],
        ["process", "process unfinished"],
    ]


def test_gunicorn_with_a_preloaded_application(database, environment, tmp_path, workflow):
    (tmp_path / "app.py").write_text(
        textwrap.dedent(
            """
            import os, ticketlens
            ticketlens.configure(linger=30)
            ticketlens.ticket("while loading").succeed()
            def application(environ, start_response):
                with ticketlens.ticket(environ["PATH_INFO"].strip("/")) as t:
                    t.attribute("pid", os.getpid())
                start_response("200 OK", [])
                return [b"%d" % os.getpid()]
            """
        )
    )
    socket = tmp_path / "port"
    gunicorn = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "--preload", "--workers", "3", "--bind", "127.0.0.1:0",
         "--no-control-socket", "--graceful-timeout", "30", "app"],
        cwd=tmp_path, env=environment, stderr=socket.open("w"),
    )
    try:
        def address():
            lines = [line for line in socket.read_text().splitlines() if "Listening at: " in line]
            return lines[0].split("Listening at: ")[1].split(" ")[0] if lines else None

        wait_until(address, "gunicorn listens")
        workers = set()

        def all_answered():
            with urllib.request.urlopen(f"{address()}/t{len(asked):04}", timeout=STUCK) as answer:
                workers.add(answer.read())
            asked.append(None)
            return len(workers) == 3 and len(asked) >= 60

        asked = []
        wait_until(all_answered, "every worker answers")
        gunicorn.send_signal(signal.SIGTERM)
        assert gunicorn.wait(STUCK) == 0, socket.read_text()
    finally:
        gunicorn.kill()
    processes = by_instance(database, workflow)
    assert len(processes) == 4, socket.read_text()
    assert ["while loading"] in processes
    answered = [ticket for tickets in processes for ticket in tickets if ticket != "while loading"]
    assert sorted(answered) == [f"t{number:04}" for number in range(len(asked))]


def test_celery_s_prefork(database, environment, tmp_path, workflow):
    (tmp_path / "tasks.py").write_text(
        textwrap.dedent(
            """
            import celery, ticketlens
            ticketlens.configure(linger=30)
            ticketlens.ticket("while loading").succeed()
            app = celery.Celery("tasks")
            app.conf.update(
                broker_url="filesystem://",
                broker_transport_options={
                    "data_folder_in": "broker", "data_folder_out": "broker",
                    "processed_folder": "processed", "store_processed": False,
                    "control_folder": "control",
                },
                worker_enable_remote_control=False,
            )
            @app.task
            def answer(name):
                with ticketlens.ticket(name):
                    pass
                open(f"done-{name}", "w").close()
            """
        )
    )
    for folder in ("broker", "processed", "control"):
        (tmp_path / folder).mkdir()
    names = [f"t{number:02}" for number in range(40)]
    send = "import tasks, sys, os\nfor name in sys.argv[1:]: tasks.answer.delay(name)\nos._exit(0)"
    subprocess.run([sys.executable, "-c", send, *names], cwd=tmp_path, check=True, timeout=STUCK,
                   env=environment | {"TICKETLENS_ENABLED": "false"})
    log = tmp_path / "log"
    worker = subprocess.Popen(
        [sys.executable, "-m", "celery", "--app", "tasks", "worker", "--pool", "prefork", "--concurrency", "2",
         "--without-gossip", "--without-mingle", "--without-heartbeat"],
        cwd=tmp_path, env=environment, stdout=log.open("w"), stderr=subprocess.STDOUT,
    )
    try:
        wait_until(lambda: worker.poll() is not None or len(list(tmp_path.glob("done-*"))) == 40, log.read_text())
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(STUCK) == 0, log.read_text()
    finally:
        worker.kill()
    processes = by_instance(database, workflow)
    assert ["while loading"] in processes, log.read_text()
    answered = [ticket for tickets in processes for ticket in tickets if ticket != "while loading"]
    assert sorted(answered) == names, log.read_text()
    assert len(processes) <= 3


def test_what_is_under_way_when_a_program_ends_is_cancelled_and_sent(database, program, workflow):
    program(
        """
        import sys, ticketlens
        kept = ticketlens.ticket("kept")
        with ticketlens.ticket("exit"):
            sys.exit(3)
        """,
        code=3,
    )
    assert [(row["ticket_id"], row["status"]) for row in database.tickets(workflow)] == [
        ("exit", "CANCELLED"),
        ("kept", "CANCELLED"),
    ]


def test_daemon_threads_do_not_break_the_end_of_a_program(program):
    """They work on while the interpreter ends, and wherever they are then."""
    for _ in range(5):
        ran = program(
            """
            import threading, ticketlens
            running = threading.Barrier(5)
            def busy():
                large = {"ticket_id": "1", "status": "SUCCESS", "execution_time_seconds": 1,
                         "trace": {"output": [{"a": "b"}] * 10_000}}
                running.wait()
                while True:
                    ticketlens.emit(large)
                    with ticketlens.ticket("x") as t:
                        t.step("tool", "y").end()
                    ticketlens.flush(0.01)
            for _ in range(4):
                threading.Thread(target=busy, daemon=True).start()
            running.wait()
            """,
            OTEL_SERVICE_NAME="python-daemon-threads",
        )
        assert "Traceback" not in ran.stderr and "atal" not in ran.stderr, ran.stderr


@pytest.mark.parametrize("receiver", ["dead", "silent"])
def test_a_receiver_that_is_gone_does_not_hold_up_the_end(receiver, program):
    """Its retries go on for 5 minutes and a request for 10 s; the end waits for 2 s at most."""
    with Silent() as silent:
        ran = program(
            """
            import time, ticketlens, atexit
            with ticketlens.ticket("1"):
                pass
            ticketlens.flush(0)
            start = time.monotonic()
            import ticketlens._process
            atexit._run_exitfuncs()
            print(time.monotonic() - start)
            """,
            TICKETLENS_ENDPOINT=silent if receiver == "silent" else dead(),
        )
    assert float(ran.stdout) < 8
    assert "tickets that were not sent before the process ended: 1" in ran.stderr


def test_a_child_s_end_does_not_wait_for_the_parent_s_threads(program):
    with Silent() as silent:
        program(
            """
            import os, sys, ticketlens
            for number in range(100):
                ticketlens.ticket(str(number)).succeed()
            ticketlens.flush(0.05)
            child = os.fork()
            if child == 0:
                sys.exit(0)      # has nothing to send
            assert os.waitpid(child, 0)[1] == 0
            os._exit(0)
            """,
            TICKETLENS_ENDPOINT=silent,
        )


def test_what_a_killed_process_had_begun_is_in_the_ledger(database, program, workflow):
    program(
        """
        import os, signal, ticketlens
        under_way = [ticketlens.ticket(str(number)) for number in range(3)]
        ticketlens.ticket("done").succeed()
        assert ticketlens.stats().open == 3 and ticketlens.flush(60).complete
        os.kill(os.getpid(), signal.SIGKILL)
        """,
        code=-signal.SIGKILL,
    )
    (process,) = database.query(
        f"SELECT received, missing, open FROM ledger WHERE has(workflows, '{workflow}')"
    )
    assert {name: int(value) for name, value in process.items()} == {"received": 1, "missing": 0, "open": 3}
