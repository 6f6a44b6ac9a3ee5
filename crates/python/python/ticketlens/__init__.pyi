"""One structured log for every finished ticket of an AI agent."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from os import PathLike
from types import TracebackType
from typing import Any, Literal, SupportsFloat, SupportsIndex, TypeVar, final, overload
from uuid import UUID

__all__ = [
    "ConfigError",
    "Decorator",
    "FlushReport",
    "Lens",
    "ShutdownReport",
    "Stats",
    "Step",
    "Ticket",
    "__version__",
    "build",
    "configure",
    "current_ticket",
    "emit",
    "feedback",
    "flush",
    "instrument",
    "preview",
    "shutdown",
    "stats",
    "ticket",
    "uninstrument",
]

__version__: str

_Function = TypeVar("_Function", bound=Callable[..., Any])
_Id = str | int | UUID
_Seconds = float | timedelta
_Number = SupportsFloat | SupportsIndex
_Capture = Literal["METRICS_ONLY", "TIMELINE", "FULL_TRACE"]
_Source = Literal["HUMAN", "MODEL", "CODE"]
_Kind = Literal["node", "react", "llm", "tool", "retrieval", "message", "other"]

class ConfigError(ValueError):
    """What was given to `configure` or `Lens` is no configuration. Names every setting, shows no value."""

@final
class Stats:
    """What became of a process's tickets and feedback. Once nothing is under way, `emitted` is the sum of `sent`,
    `rejected`, `left` and all of `dropped`."""

    @property
    def open(self) -> int:
        """Begun and not finished; of a process that is killed these are lost."""
    @property
    def emitted(self) -> int:
        """Handed over by the workflow, tickets and feedback."""
    @property
    def feedback(self) -> int:
        """Of these, the feedback."""
    @property
    def sent(self) -> int:
        """Taken by the receiver."""
    @property
    def rejected(self) -> int:
        """Refused by the receiver one by one."""
    @property
    def dropped(self) -> dict[str, int]:
        """Given up, by reason: `queue_full`, `shut_down`, `disabled`, `retries_exhausted`, `refused`,
        `unredactable`, `invalid` (feedback that says nothing which may leave), `panicked`."""
    @property
    def left(self) -> int:
        """Waiting or under way; after a shutdown, lost."""
    @property
    def degraded(self) -> dict[str, int]:
        """Sent with less than they had, because they were too large: `shortened`, `timeline`,
        `metrics_only`."""
    @property
    def redactions(self) -> int:
        """Values that the gate removed."""
    @property
    def gate_failures(self) -> int:
        """Tickets and feedback that the gate could not read in full; what it could not read did not leave."""
    @property
    def retries(self) -> int:
        """Requests that were tried again."""
    @property
    def malformed(self) -> int:
        """Dicts given to `emit` that were no ticket log, and feedback that was none: not handed over."""
    @property
    def waiting(self) -> int:
        """Tickets that have ended and wait for spans of theirs, and of the process's own lens the runs that may
        become tickets; they are not emitted yet."""
    @property
    def last_error(self) -> str | None:
        """The last thing that went wrong, in a few words and without anyone's text."""
    @property
    def messages(self) -> list[str]:
        """What the receiver said about tickets that it did not take; the latest 16."""

@final
class FlushReport:
    """What a flush came to."""

    @property
    def sent(self) -> int:
        """Taken by the receiver meanwhile."""
    @property
    def left(self) -> int:
        """Waiting or under way when it ended."""
    @property
    def complete(self) -> bool:
        """Whether everything that was emitted before got its answer, and nothing that had ended before waits
        for spans."""

@final
class ShutdownReport:
    """What a shutdown came to; the counts are the lens's whole life's."""

    @property
    def sent(self) -> int:
        """Taken by the receiver."""
    @property
    def rejected(self) -> int:
        """Refused by the receiver one by one."""
    @property
    def dropped(self) -> dict[str, int]:
        """Given up, by reason, as in `Stats`."""
    @property
    def left(self) -> int:
        """Never answered: lost, unless the receiver has stored what it could not acknowledge."""
    @property
    def complete(self) -> bool:
        """Whether nothing is left, and nothing that had ended before waits for spans."""

class Step:
    """A step under way. It times itself, from where it is made until its `with` is left, `end` or
    `skip`; an exception that leaves the `with` is its error. No method raises."""

    @property
    def id(self) -> str | None:
        """Its id within the ticket; `None` once it has ended."""
    @property
    def ended(self) -> bool:
        """Whether it has ended, or was begun before this process was forked."""
    def input(self, input: object) -> Step:
        """What went in."""
    def output(self, output: object) -> Step:
        """What came out: an answer, a thought, a result."""
    def attribute(self, name: str, value: object) -> Step:
        """Anything else: tokens, scores, model parameters."""
    def iteration(self, iteration: int) -> Step:
        """The ReACT iteration, from 1."""
    def action(self, action: str, input: object = None) -> Step:
        """The tool that the agent chose, and what it gave it."""
    def error(
        self, error: BaseException | str | None = None, message: str | None = None, stack: str | None = None
    ) -> Step:
        """It failed: an exception, or a reason of few different ones, and what was said. It goes on
        until its end."""
    def step(
        self,
        kind: _Kind | str,
        name: str,
        *,
        input: object = None,
        output: object = None,
        iteration: int | None = None,
        action: str | None = None,
        action_input: object = None,
        attributes: Mapping[str, object] | None = None,
    ) -> Step:
        """Begins a step within this one."""
    def end(self) -> None:
        """It ends here."""
    def skip(self) -> None:
        """It was not run after all."""
    def __enter__(self) -> Step: ...
    def __exit__(
        self,
        cls: type[BaseException] | None,
        error: BaseException | None,
        stack: TracebackType | None,
        /,
    ) -> None: ...
    async def __aenter__(self) -> Step: ...
    async def __aexit__(
        self,
        cls: type[BaseException] | None,
        error: BaseException | None,
        stack: TracebackType | None,
        /,
    ) -> None: ...

class Ticket:
    """One execution under way. What finishes it first counts; what comes later changes nothing.

    A `with` that is left is SUCCESS; FAILED where an exception leaves it, which is raised on;
    CANCELLED where the work was ended from outside (`asyncio.CancelledError`, `KeyboardInterrupt`,
    `GeneratorExit`, `SystemExit`). Dropped unfinished without `with`, it is CANCELLED. No method
    raises.
    """

    @property
    def id(self) -> str:
        """The ticket's number in the help desk."""
    @property
    def finished(self) -> bool:
        """Whether it has ended, or was begun before this process was forked."""
    def category(self, category: str) -> Ticket:
        """What it is about, e.g. `PRODUCT_SUPPORT`."""
    def customer(self, customer: _Id) -> Ticket:
        """The customer, raw: only a keyed hash leaves."""
    def known_pii(self, *values: str | Iterable[str | None] | None) -> Ticket:
        """What is known to be personal about this customer: every occurrence is removed, in free text
        too, and the values themselves never travel."""
    def metric(self, name: str, value: _Number) -> Ticket:
        """A number that the workflow measured; the later of two by one name wins."""
    def attribute(self, name: str, value: object) -> Ticket:
        """Any other attribute; lists and dicts travel as JSON text."""
    def model(self, model: str) -> Ticket:
        """The model asked for."""
    def tokens(self, input: int = 0, output: int = 0) -> Ticket:
        """Adds tokens read and written."""
    def request(self, request: object) -> Ticket:
        """What was asked."""
    def planning(self, planning: object) -> Ticket:
        """How the agent means to go about it."""
    def output(self, output: object) -> Ticket:
        """What came out."""
    def error(
        self, error_type: str, message: str | None = None, stack: str | None = None
    ) -> Ticket:
        """Adds an error that belongs to no single step; the ticket goes on."""
    def step(
        self,
        kind: _Kind | str,
        name: str,
        *,
        input: object = None,
        output: object = None,
        iteration: int | None = None,
        action: str | None = None,
        action_input: object = None,
        attributes: Mapping[str, object] | None = None,
    ) -> Step:
        """Begins a step; within the one whose `with` this code runs in, if there is one."""
    def succeed(self) -> None:
        """The agent did what was asked."""
    def fail(
        self, error: BaseException | str | None = None, message: str | None = None, stack: str | None = None
    ) -> None:
        """The agent failed: an exception, or a reason of few different ones (`error.type`). Without one the
        reason is unknown: `_OTHER`."""
    def escalate(self) -> None:
        """Handed to a person."""
    def cancel(self) -> None:
        """Ended without an outcome."""
    def finish(self, status: str) -> None:
        """Ended with that status: `[A-Z][A-Z0-9_]{0,63}`."""
    def __enter__(self) -> Ticket: ...
    def __exit__(
        self,
        cls: type[BaseException] | None,
        error: BaseException | None,
        stack: TracebackType | None,
        /,
    ) -> None: ...
    async def __aenter__(self) -> Ticket: ...
    async def __aexit__(
        self,
        cls: type[BaseException] | None,
        error: BaseException | None,
        stack: TracebackType | None,
        /,
    ) -> None: ...
    def __call__(self, function: _Function) -> _Function:
        """As a decorator of a function, sync or async, or of a generator: a ticket for each call."""

class Decorator:
    """Makes a ticket of each call of a function, sync or async, or of a generator."""

    def __call__(self, function: _Function) -> _Function: ...

class Lens:
    """A handle on a pipeline of its own: gate, queue, the thread that sends. It starts in the process
    that uses it; a forked child has one of its own, of the same options."""

    def __init__(
        self,
        *,
        workflow: str | None = None,
        version: str | None = None,
        environment: str | None = None,
        resource_attributes: dict[str, str] | None = None,
        endpoint: str | None = None,
        protocol: Literal["grpc", "http/protobuf"] | None = None,
        compression: Literal["none", "gzip", "zstd"] | None = None,
        timeout: _Seconds | None = None,
        key: str | None = None,
        headers: dict[str, str] | None = None,
        certificate: str | PathLike[str] | None = None,
        client_certificate: str | PathLike[str] | None = None,
        client_key: str | PathLike[str] | None = None,
        capture: _Capture | None = None,
        drop_messages: bool | None = None,
        subject: Literal["HASH", "IN_PLACE"] | None = None,
        hash_key: str | None = None,
        secret_keys: Iterable[str] | None = None,
        personal_keys: Iterable[str] | None = None,
        exempt_keys: Iterable[str] | None = None,
        redact_ip_addresses: bool | None = None,
        queue_bytes: int | None = None,
        linger: _Seconds | None = None,
        retry_for: _Seconds | None = None,
        enabled: bool | None = None,
        exit_timeout: float | None = None,
        read_env: bool | None = None,
    ) -> None:
        """Starts it, as `configure` does. Raises `ConfigError` with everything that is wrong."""
    @classmethod
    def from_env(cls) -> Lens:
        """From the environment. Never fails: what is wrong with it is logged, and turns it off."""
    @property
    def enabled(self) -> bool:
        """Whether tickets go anywhere."""
    @property
    def queued_bytes(self) -> int:
        """Bytes of tickets that wait and are under way, by their weight."""
    @overload
    def ticket(
        self,
        id: _Id,
        *,
        category: str | None = None,
        customer: _Id | None = None,
        known_pii: Iterable[str | None] | str | None = None,
        model: str | None = None,
        capture: _Capture | None = None,
        drop_messages: bool | None = None,
        request: object = None,
        planning: object = None,
        metrics: Mapping[str, _Number] | None = None,
        attributes: Mapping[str, object] | None = None,
    ) -> Ticket: ...
    @overload
    def ticket(
        self,
        id: Callable[..., _Id],
        *,
        category: str | None = None,
        customer: _Id | None = None,
        known_pii: Iterable[str | None] | str | None = None,
        model: str | None = None,
        capture: _Capture | None = None,
        drop_messages: bool | None = None,
        request: object = None,
        planning: object = None,
        metrics: Mapping[str, _Number] | None = None,
        attributes: Mapping[str, object] | None = None,
    ) -> Decorator: ...
    def emit(self, log: object) -> None:
        """Hands over a finished ticket, as a dict of the fields of a ticket log. Never raises."""
    def feedback(
        self,
        ticket_id: _Id,
        *,
        csat: _Number | None = None,
        name: str | None = None,
        score: _Number | None = None,
        label: str | None = None,
        comment: str | None = None,
        source: _Source | None = None,
        execution_id: UUID | str | None = None,
        id: _Id | None = None,
        given_at: datetime | str | None = None,
        customer: _Id | None = None,
        known_pii: Iterable[str | None] | str | None = None,
    ) -> None:
        """Hands over feedback on a ticket, as the function of this module does. Never raises."""
    def preview(self, log: object) -> dict[str, Any]:
        """What would leave of a ticket log, after the gate. Raises `ValueError` for what is none."""
    def stats(self) -> Stats:
        """What became of this process's tickets and feedback so far."""
    def flush(self, seconds: _Seconds = 5.0) -> FlushReport:
        """Waits until what was emitted before has its answer, no longer than `seconds`."""
    def shutdown(self, seconds: _Seconds = 5.0) -> ShutdownReport:
        """Takes no more tickets and sends what there is, in no more than `seconds`."""

def configure(
    *,
    workflow: str | None = None,
    version: str | None = None,
    environment: str | None = None,
    resource_attributes: dict[str, str] | None = None,
    endpoint: str | None = None,
    protocol: Literal["grpc", "http/protobuf"] | None = None,
    compression: Literal["none", "gzip", "zstd"] | None = None,
    timeout: _Seconds | None = None,
    key: str | None = None,
    headers: dict[str, str] | None = None,
    certificate: str | PathLike[str] | None = None,
    client_certificate: str | PathLike[str] | None = None,
    client_key: str | PathLike[str] | None = None,
    capture: _Capture | None = None,
    drop_messages: bool | None = None,
    subject: Literal["HASH", "IN_PLACE"] | None = None,
    hash_key: str | None = None,
    secret_keys: Iterable[str] | None = None,
    personal_keys: Iterable[str] | None = None,
    exempt_keys: Iterable[str] | None = None,
    redact_ip_addresses: bool | None = None,
    queue_bytes: int | None = None,
    linger: _Seconds | None = None,
    retry_for: _Seconds | None = None,
    enabled: bool | None = None,
    exit_timeout: float | None = None,
    read_env: bool | None = None,
) -> Lens:
    """Makes the process's own lens, which the functions of this module use.

    What is not given comes from the environment, unless `read_env` is `False`. Times are seconds.
    `timeout` is one request's (10), `linger` how long a ticket waits for others to share its request
    (0.1), `retry_for` how long a batch is tried again (300), `queue_bytes` the memory for what waits
    (64 MiB), `exit_timeout` how long the process's end may be held up to send what is left (2).

    Raises `ConfigError` with everything that is wrong; the lens there was stays then.
    """

@overload
def ticket(
    id: _Id,
    *,
    category: str | None = None,
    customer: _Id | None = None,
    known_pii: Iterable[str | None] | str | None = None,
    model: str | None = None,
    capture: _Capture | None = None,
    drop_messages: bool | None = None,
    request: object = None,
    planning: object = None,
    metrics: Mapping[str, _Number] | None = None,
    attributes: Mapping[str, object] | None = None,
) -> Ticket:
    """Begins a ticket, and its clock."""

@overload
def ticket(
    id: Callable[..., _Id],
    *,
    category: str | None = None,
    customer: _Id | None = None,
    known_pii: Iterable[str | None] | str | None = None,
    model: str | None = None,
    capture: _Capture | None = None,
    drop_messages: bool | None = None,
    request: object = None,
    planning: object = None,
    metrics: Mapping[str, _Number] | None = None,
    attributes: Mapping[str, object] | None = None,
) -> Decorator:
    """A decorator: the id of each call's ticket follows from the call's arguments."""

def instrument(
    tracer_provider: object = None,
    logger_provider: object = None,
    ticket_from: str | Callable[[Any], object] | None = None,
    wait: float | None = None,
) -> bool:
    """Gathers the OpenTelemetry spans of each ticket from now on: its timeline shows what the agent did.

    Takes part in the providers given, in the global ones, and in each that the SDK makes later; where
    there is none when the first ticket begins, it sets one without exporters. Spans go on to where they
    went before. A ticket that has ended waits for spans that are still open, in the background and no
    longer than `wait` seconds (2).

    With `ticket_from`, an agent's run outside of any ticket becomes one of its own. A name is that of the
    attribute which holds the ticket's id, of a span or of its `metadata`: `gen_ai.conversation.id` (or
    what frameworks write in its place), `session.id`. A callable gets the run's ended spans
    (`ReadableSpan`), in the order in which they began, until one gives it an id; where none does there
    is no ticket.

    Called again, it adds what it is given. Whether it works: without OpenTelemetry's SDK
    (`pip install opentelemetry-sdk`) it says so in the log, and returns `False`.
    """

def uninstrument() -> None:
    """Gathers no more, and takes back what was added to OpenTelemetry's providers. Runs under way that
    `ticket_from` makes tickets of are sent as far as they have come."""

def current_ticket() -> Ticket | None:
    """The ticket whose `with` this code runs in, until it is finished."""

def emit(log: object) -> None:
    """Hands over a finished ticket, as a dict of the fields of a ticket log. Never raises: what is no
    ticket log is counted in `Stats.malformed`, and said in the log."""

def feedback(
    ticket_id: _Id,
    *,
    csat: _Number | None = None,
    name: str | None = None,
    score: _Number | None = None,
    label: str | None = None,
    comment: str | None = None,
    source: _Source | None = None,
    execution_id: UUID | str | None = None,
    id: _Id | None = None,
    given_at: datetime | str | None = None,
    customer: _Id | None = None,
    known_pii: Iterable[str | None] | str | None = None,
) -> None:
    """Hands over feedback on a ticket, which may come before the ticket, and days later. Never raises.

    It is `csat`, the customer's satisfaction from 1 to 5; or a `name` with a `score` or a `label`; with a
    `comment` or without, or a comment alone. Of a ticket, a name and a source the latest counts. It is
    given by a person (`HUMAN`) and now, unless it says otherwise; with an `id` it is stored once, however
    often it is given. The comment is redacted, and sent at the capture level `FULL_TRACE` only.

    What can't be sent is counted in `Stats.malformed`, and said in the log.
    """

def build(state: object) -> dict[str, Any]:
    """A workflow's state as a ticket log, for `emit`: plain JSON values, the trace's keys under `trace`,
    nothing redacted yet. Pure; never raises, and what has no fields gives an empty dict."""

def preview(log: object) -> dict[str, Any]:
    """What would leave of a ticket log, after the gate, as `ticketlens redact --json` shows it. Sends
    nothing. Raises `ValueError` for what is no ticket log."""

def stats() -> Stats:
    """What became of this process's tickets and feedback so far."""

def flush(seconds: _Seconds = 5.0) -> FlushReport:
    """Waits until what was emitted before has its answer, no longer than `seconds`."""

def shutdown(seconds: _Seconds = 5.0) -> ShutdownReport:
    """Takes no more tickets and sends what there is, in no more than `seconds`."""
