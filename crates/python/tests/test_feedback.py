"""Feedback: what was given is stored, once, without what is personal; what was not is said and never raised."""

import datetime
import uuid

import pytest
from conftest import HASH_KEY, PERSONAL
from fake import FakeReceiver

import ticketlens


@pytest.fixture
def number():
    """A ticket's number that no other test has."""
    return f"P-{uuid.uuid4()}"


def stored(database, number):
    return database.query(f"SELECT * FROM ticket_feedback WHERE ticket_id = '{number}' ORDER BY name, source")


def test_feedback_is_stored_redacted_and_the_latest_counts(database, lens, sent, number):
    at = datetime.datetime(2026, 11, 30, 10, tzinfo=datetime.timezone.utc)
    later = at + datetime.timedelta(minutes=1)
    ticketlens.feedback(number, csat=2, id="s-1", given_at=at)
    ticketlens.feedback(number, csat=2, id="s-1", given_at=at)
    comment = f"{PERSONAL} was helped, write to amelia@example.com"
    ticketlens.feedback(number, csat=4, comment=comment, given_at=later, customer=42, known_pii=PERSONAL)
    execution = uuid.uuid4()
    lens.feedback(number, name="tone", score=0.5, label="kind", source="MODEL", execution_id=execution)
    sent()
    csat, tone = stored(database, number)
    assert (csat["name"], csat["source"], csat["score"]) == ("csat", "HUMAN", 4)
    assert csat["given_at"].startswith("2026-11-30 10:01:00")
    assert "was helped, write to [email]" in csat["comment"]
    assert csat["customer"].startswith("hmac:")
    assert (tone["score"], tone["label"], tone["source"]) == (0.5, "kind", "MODEL")
    assert tone["execution_id"] == str(execution)
    assert lens.stats().feedback == lens.stats().emitted == 4


def test_feedback_has_no_place_in_the_tickets_sequence(database, lens, sent, workflow, number):
    for _ in range(3):
        ticketlens.feedback(number, csat=5)
        ticketlens.ticket(number).succeed()
    sent()
    assert sorted(row["sequence"] for row in database.tickets(workflow)) == [1, 2, 3]


def test_a_comment_stays_where_the_lens_keeps_what_was_said():
    with FakeReceiver() as fake:
        lens = ticketlens.Lens(
            endpoint=fake.endpoint, protocol="http/protobuf", capture="METRICS_ONLY", hash_key=HASH_KEY, read_env=False
        )
        lens.feedback("1", csat=2, comment="it was wrong")
        lens.feedback("2", comment="it was wrong")
        assert lens.shutdown(60).complete
        (record,) = fake.records()
        assert record["gen_ai.evaluation.score.value"] == 2
        assert "gen_ai.evaluation.explanation" not in record
        assert lens.stats().dropped["invalid"] == 1


class Raises:
    def __str__(self):
        raise RuntimeError(PERSONAL)

    def __iter__(self):
        raise RuntimeError(PERSONAL)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"csat": 6},
        {"csat": "Zephyrine"},
        {"csat": float("nan")},
        {"score": 0.5},
        {"name": "tone"},
        {"csat": 4, "source": "Zephyrine"},
        {"csat": 4, "given_at": datetime.datetime(2026, 11, 30)},
        {"csat": 4, "execution_id": "Zephyrine"},
        {"csat": 4, "known_pii": Raises()},
        {"csat": 4, "known_pii": (str(n) for n in range(100_000))},
    ],
)
def test_what_cannot_be_sent_is_counted_and_said_and_not_raised(given, lens, said):
    ticketlens.feedback("1", **given)
    assert (lens.stats().malformed, lens.stats().emitted) == (1, 0)
    assert len(said()) == 1


def test_a_call_that_is_wrong_is_followed_as_far_as_it_can_be(lens, said, sent):
    ticketlens.feedback("1", csat=4, comnent="x")
    ticketlens.feedback("2", csat=4, name="tone")
    sent()
    assert lens.stats().feedback == 2
    assert len(said()) == 2
