"""Whatever is done wrong: said once in the log, never raised, and without anybody's text."""

import pytest
from conftest import HASH_KEY, PERSONAL
from fake import FakeReceiver, Silent, dead

import ticketlens


@pytest.fixture
def off():
    return ticketlens.Lens(enabled=False, read_env=False)


def test_calls_that_go_wrong_are_said_once_and_change_nothing(off, said):
    t = off.ticket("1", categry="A", metrics=7, capture="ALL", known_pii=7)
    wrong = [
        lambda: t.metric("only a name"),
        lambda: t.metric("text", PERSONAL),
        lambda: t.metric("dict", {PERSONAL: 1}),
        lambda: t.tokens(-1),
        lambda: t.tokens(input=1.5),
        lambda: t.category(),
        lambda: t.output("a", "b"),
        lambda: t.finish("no status"),
        lambda: t.finish(7),
        lambda: t.step("tool", "x", inptu=PERSONAL).iteration("one").action().end(),
        lambda: t.step(7, "x"),
        lambda: t.succeed(),
        lambda: t.succeed(),
        lambda: t.output(PERSONAL),
        lambda: t.step("tool", "late").output(PERSONAL).end(),
        lambda: off.ticket(None).cancel(),
        lambda: off.flush("soon"),
        lambda: off.shutdown(-1),
        lambda: off.emit(off),
    ]
    for call in wrong:
        call()
    lines = said()
    for call in wrong:
        call()
    assert said() == lines
    assert len(lines) == len(set(lines))
    for expected in ("categry", "inptu", "ticket.metric", "ticket.tokens", "ticket.finish", "step.iteration"):
        assert any(expected in line for line in lines), f"{expected}: {lines}"


def test_a_lens_that_was_shut_down_counts_what_it_is_given():
    with FakeReceiver() as fake:
        lens = ticketlens.Lens(endpoint=fake.endpoint, protocol="http/protobuf", hash_key=HASH_KEY, read_env=False)
        lens.shutdown(60)
        with lens.ticket("late"):
            pass
        assert lens.stats().dropped["shut_down"] == 1
        assert lens.shutdown(1).complete


def test_nothing_shows_what_a_ticket_holds(off):
    t = off.ticket(PERSONAL, known_pii=[PERSONAL], request=PERSONAL)
    step = t.step("tool", PERSONAL)
    lens = ticketlens.Lens(key=PERSONAL, hash_key=HASH_KEY, read_env=False)
    for shown in (t, step, lens, off.stats(), off.flush(0), lens.shutdown(0)):
        assert "Zephyrine" not in repr(shown) and "Zephyrine" not in str(shown)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"endpoint": 7}, ["endpoint is not a text"]),
        ({"endpoint": "no address"}, ["endpoint is not an http"]),
        ({"hash_key": "short"}, ["hash_key is shorter"]),
        ({"workflw": "x"}, ["workflw is no option", "resource_attributes"]),
        ({"timeout": "soon", "enabled": "yes", "secret_keys": "a"}, ["timeout", "enabled", "secret_keys"]),
        ({"queue_bytes": 1, "subject": "IN_PLACE"}, ["queue_bytes is less than"]),
        ({"capture": PERSONAL}, ["capture is none of"]),
        ({"client_key": "x"}, ["belong together"]),
        ({"certificate": "/no/such/file"}, ["certificate names"]),
        ({"headers": {"a b": PERSONAL}}, ["header"]),
        ({"exit_timeout": -1}, ["exit_timeout"]),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_a_wrong_configuration_is_refused_in_clear_words(options, named):
    with pytest.raises(ticketlens.ConfigError) as refused:
        ticketlens.configure(read_env=False, **options)
    for words in named:
        assert words in str(refused.value)
    assert PERSONAL not in str(refused.value)


def test_a_wrong_environment_turns_it_off_and_is_said(program):
    ran = program(
        """
        import ticketlens
        with ticketlens.ticket("1") as t:
            t.output("x")
        print(ticketlens.stats().dropped["disabled"])
        """,
        TICKETLENS_HASH_KEY="short",
    )
    assert ran.stdout == "1\n"
    assert ran.stderr.count("TicketLens is turned off") == 1
    assert "TICKETLENS_HASH_KEY is shorter" in ran.stderr


def test_it_can_be_turned_off(program):
    ran = program(
        """
        import ticketlens
        with ticketlens.ticket("1"):
            pass
        print(ticketlens.default if False else ticketlens.stats().dropped["disabled"])
        """,
        TICKETLENS_ENABLED="false",
    )
    assert (ran.stdout, ran.stderr) == ("1\n", "")


@pytest.mark.parametrize("receiver", ["dead", "silent"])
def test_a_receiver_that_is_gone_holds_nobody_up(receiver, said):
    """A request to it takes 10 s, or a second between two tries: 3,000 tickets would take hours."""
    with Silent() as silent:
        lens = ticketlens.Lens(
            endpoint=silent if receiver == "silent" else dead(), hash_key=HASH_KEY, read_env=False,
            protocol="http/protobuf", linger=0.0,
        )
        for number in range(3000):
            with lens.ticket(str(number)) as t:
                t.step("tool", "x", output="y" * 500).end()
        stats = lens.stats()
        assert (stats.emitted, stats.sent) == (3000, 0)
        assert not lens.flush(0.1).complete
        report = lens.shutdown(0.1)
        assert not report.complete and report.left == 3000 - sum(report.dropped.values())


def test_a_full_queue_drops_and_counts():
    with FakeReceiver() as fake:
        fake.hold()
        lens = ticketlens.Lens(
            endpoint=fake.endpoint, protocol="http/protobuf", hash_key=HASH_KEY, read_env=False,
            queue_bytes=1024 * 1024,
        )
        log = {"ticket_id": "1", "status": "SUCCESS", "execution_time_seconds": 1, "trace": {"output": "x" * 50_000}}
        for number in range(500):
            lens.emit(log | {"ticket_id": str(number), "executed_at": f"2026-11-30T09:{number // 60:02}:{number % 60:02}Z"})
        assert lens.queued_bytes <= 1024 * 1024
        full = lens.stats().dropped["queue_full"]
        assert 400 < full < 500
        fake.go()
        report = lens.shutdown(60)
        assert report.complete and report.sent == 500 - full == len(fake.records())
