"""Whatever is done wrong: said once in the log, never raised, and without anybody's text."""

import asyncio
import decimal

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
    for expected in ("ticket: of its options 1", "ticket.step: of its options 1", "ticket.metric", "ticket.tokens", "ticket.finish", "step.iteration"):
        assert any(expected in line for line in lines), f"{expected}: {lines}"


def test_what_can_be_taken_of_a_wrong_call_is_taken_and_the_rest_is_said(said):
    with FakeReceiver() as fake:
        lens = ticketlens.configure(
            endpoint=fake.endpoint, protocol="http/protobuf", hash_key=HASH_KEY, read_env=False
        )
        lens.ticket("1", "an id has no second").fail()
        with ticketlens.ticket("2", nonsense=PERSONAL) as t:
            t.step("lookup").error().end()
            t.step().end()
            t.step(7, "send", "x", "y", kind="tool").step("tool", "inner", self=1).end()
            t.escalate("to somebody")
        lens.ticket("3").fail("a reason", "said", "stack", "more")
        lens.ticket("4").cancel(why="late")
        with ticketlens.ticket(lambda: PERSONAL) as t:
            t.metric("a", 1)
        lens.ticket(id=None).succeed()
        for call in (lens.ticket, ticketlens.ticket):
            call().succeed()
        for call in (lens.emit, ticketlens.emit, ticketlens.build):
            call()
            call({}, "more")
        assert ticketlens.current_ticket("whose") is None
        assert ticketlens.instrument(nonsense=True) and ticketlens.uninstrument(1) is None
        assert ticketlens.flush(60, "more").complete
        assert ticketlens.stats("which").sent == lens.stats(1).sent == 8
        assert lens.shutdown(60, within=1).complete
        records = {record["ticket.id"]: record for record in fake.records() if record.get("ticket.id")}
    assert {id: record["ticket.status"] for id, record in records.items()} == {
        "1": "FAILED", "2": "ESCALATED", "3": "FAILED", "4": "CANCELLED",
    }
    assert [records[id]["error.type"] for id in ("1", "3")] == ["_OTHER", "a reason"]
    steps = [(step["kind"], step["name"]) for step in records["2"]["body"]["steps"]]
    assert steps[0] == ("other", "lookup") and steps[2:] == [("other", "send"), ("tool", "inner")]
    for expected in ("ticket.escalate takes ()", "ticket.step takes (kind, name", "emit takes (log)", "lens.stats takes ()"):
        assert any(expected in line for line in said()), f"{expected}: {said()}"


class Unreadable:
    """Whatever is asked of it raises."""

    def _raises(self, *_):
        raise RuntimeError

    __str__ = __repr__ = __bool__ = __len__ = __iter__ = __float__ = __hash__ = __eq__ = __getattr__ = _raises
    __class__ = property(_raises)


ANYTHING = [
    None, 7, -1, float("nan"), 10**400, "x", "\ud800", "", "x" * 5_000_000, b"\xff", [], {}, {1: [[2]]}, object(), type,
    ValueError("x"), ValueError, lambda: 1, Unreadable(),
]


@pytest.mark.parametrize("of", ["ticket", "step", "lens", "module"])
def test_whatever_is_given_to_whatever_is_called_nothing_is_raised(of, off):
    """Called as `preview` is, to see what would leave, and as a program is configured, it may."""

    def subject():
        ticket = off.ticket("1")
        return {"ticket": ticket, "step": ticket.step("tool", "x"), "lens": off, "module": ticketlens}[of]

    ticketlens.configure(enabled=False, read_env=False)
    raises = {"preview", "configure", "from_env", "Lens", "Ticket", "Step", "Decorator", "Stats"}
    raises |= {"ConfigError", "FlushReport", "ShutdownReport"}
    names = ticketlens.__all__ if of == "module" else dir(subject())
    for name in names:
        if name.startswith("_") or name in raises or not callable(getattr(subject(), name)):
            continue
        for arguments in [(), *((one,) for one in ANYTHING), *(("x", one) for one in ANYTHING), (1, 2, 3, 4, 5)]:
            getattr(subject(), name)(*arguments)
        for one in ANYTHING:
            getattr(subject(), name)(nonsense=one)
            getattr(subject(), name)("x", nonsense=one)
    ticketlens.uninstrument()


def test_whatever_is_given_as_an_option_nothing_is_raised(off):
    ticket_options = ("category", "customer", "known_pii", "model", "capture", "drop_messages", "request", "planning",
                      "metrics", "attributes")
    step_options = ("input", "output", "iteration", "action", "action_input", "attributes")
    for one in ANYTHING:
        for option in ticket_options:
            off.ticket("1", **{option: one}).succeed()
        for option in step_options:
            off.ticket("1").step("tool", "x", **{option: one}).end()
        for option in ("tracer_provider", "logger_provider", "ticket_from", "wait"):
            ticketlens.instrument(**{option: one})
            ticketlens.uninstrument()


def test_names_of_options_are_not_said(off, said):
    off.ticket("1", **{PERSONAL: 1, "category": "A"}).step("tool", "x", **{PERSONAL: 1, "Zephyrine": 2}).end()
    lines = said()
    assert any("of its options 2" in line and "action_input" in line for line in lines), lines
    assert not any("Zephyrine" in line for line in lines)


class Strikes:
    """What is no failure of the value's, while it is read."""

    def __init__(self, error):
        self.error = error

    def _strikes(self, *_):
        raise self.error

    __float__ = __index__ = __fspath__ = __iter__ = __str__ = total_seconds = _strikes


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit, asyncio.CancelledError])
def test_what_ends_the_work_while_a_value_is_read_is_raised_on(off, error):
    strikes = Strikes(error())
    for call in (
        lambda: off.ticket("1").metric("x", strikes),
        lambda: off.ticket("1", metrics={"x": strikes}),
        lambda: off.ticket("1").tokens(strikes),
        lambda: off.ticket("1").step("tool", "x", iteration=strikes),
        lambda: off.flush(strikes),
        *(lambda name=name: ticketlens.Lens(read_env=False, enabled=False, **{name: strikes})
          for name in ("timeout", "linger", "queue_bytes", "certificate", "secret_keys")),
    ):
        with pytest.raises(error):
            call()


class Hostile(int):
    def _raises(self, *_):
        raise RuntimeError

    __le__ = __ge__ = __lt__ = __gt__ = __eq__ = __float__ = _raises
    __hash__ = None


def test_odd_numbers_of_seconds_are_told(off, said):
    class Seconds:
        def __init__(self, seconds):
            self.total_seconds = lambda: seconds

    for odd in (decimal.Decimal("0.1"), complex(1, 1), "1", None, Hostile(1), float("nan")):
        for call in (off.flush, off.shutdown):
            assert call(Seconds(odd)).complete
    for odd in (Hostile(1), Unreadable(), float("nan"), 10**400):
        with pytest.raises(ticketlens.ConfigError):
            ticketlens.Lens(exit_timeout=odd, read_env=False)
        assert ticketlens.instrument(wait=odd)
    ticketlens.uninstrument()


def test_callables_that_do_not_tell_what_they_are_can_be_decorated(off):
    class Untold:
        def __call__(self, value):
            return ticketlens.current_ticket().id, value

        def __getattr__(self, name):
            raise RuntimeError

    class Unsigned(Untold):
        @property
        def __signature__(self):
            raise RuntimeError

    class Lying(Untold):
        __class__ = property(Untold.__getattr__)

    for function in (Untold(), Unsigned(), Lying()):
        assert off.ticket("1")(function)(7) == ("1", 7)
        assert off.ticket(lambda value: f"of {value}")(function)(7) == ("of 7", 7)


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
