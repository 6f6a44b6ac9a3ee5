-- Feedback on tickets, which comes when they are long stored: a record of its own, never a change to a
-- ticket. Ordered by the ticket, because that is how it is asked for.
CREATE TABLE IF NOT EXISTS {store}.feedback {on_cluster}
(
    tenant           LowCardinality(String),
    tenant_since     DateTime64(6, 'UTC') CODEC(Delta(8), ZSTD(1)),
    ticket_id        String CODEC(ZSTD(1)),
    -- All zeros where it is about the ticket and not about one execution.
    execution_id     UUID,
    name             LowCardinality(String),
    source           LowCardinality(String),
    feedback_id      String CODEC(ZSTD(1)),
    given_at         DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
    received_at      DateTime64(6, 'UTC') CODEC(Delta(8), ZSTD(1)),
    request_id       String CODEC(ZSTD(1)),
    score            Nullable(Float64),
    label            LowCardinality(String),
    comment          String CODEC(ZSTD(1)) TTL trace_expires_at,
    customer         String CODEC(ZSTD(1)),
    attributes       Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    redactions       UInt32,
    -- The tenant's two clocks, as of a ticket: what somebody wrote goes with the traces.
    trace_expires_at DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    expires_at       DateTime('UTC') CODEC(Delta(4), ZSTD(1)),

    INDEX by_customer customer TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = {replicated}ReplacingMergeTree(given_at)
-- By our clock: a deletion goes through every part there is, and whoever chooses times could make a
-- partition for each month of forty years.
PARTITION BY toYYYYMM(received_at)
ORDER BY (tenant, ticket_id, execution_id, name, source, feedback_id)
TTL expires_at DELETE
-- As of the tickets, and for the same reasons.
SETTINGS non_replicated_deduplication_window = 0,
         min_bytes_for_wide_part = 268435456,
         merge_with_ttl_timeout = 3600,
         ttl_only_drop_parts = 0,
         -- Rows are short, and asked for by their ticket.
         index_granularity = 1024;

-- Of each ticket (or execution), name and source the feedback in force: the latest. What was corrected
-- stays stored and is not shown.
CREATE OR REPLACE VIEW {views}.ticket_feedback {on_cluster}
(
    tenant LowCardinality(String) COMMENT 'Whose ticket it is about; from the key it was sent with',
    ticket_id String COMMENT 'The ticket''s number in the help desk; the ticket may come later, or never',
    execution_id UUID COMMENT 'The execution it is about; all zeros: the ticket',
    name LowCardinality(String) COMMENT 'What is evaluated: csat (1 to 5), or any other',
    source LowCardinality(String) COMMENT 'Who gives it: HUMAN, MODEL or CODE; empty where it does not say',
    given_at DateTime64(9, 'UTC') COMMENT 'When it was given',
    received_at DateTime64(6, 'UTC') COMMENT 'When the receiver took it',
    score Nullable(Float64) COMMENT 'The score as a number',
    label LowCardinality(String) COMMENT 'The score as a word, or empty',
    comment String COMMENT 'What was written, or empty; kept as long as a trace',
    customer String COMMENT 'Keyed hash of the customer, where it was sent',
    attributes Map(LowCardinality(String), String) COMMENT 'Every other attribute, as text',
    feedback_id String COMMENT 'Its own id; sent again with it, it is stored once',
    request_id String COMMENT 'The request it came with, as its answer and the log name it (x-request-id)'
)
AS SELECT
    tenant, ticket_id, execution_id, name, source, given_at, received_at, score, label,
    if(trace_expires_at > now(), comment, '') AS comment,
    customer, attributes, feedback_id, request_id
FROM {store}.feedback
WHERE expires_at > now()
    AND tenant_since IN (SELECT created_at FROM {store}.tenants FINAL WHERE removed = 0 UNION ALL SELECT toDateTime64(0, 6, 'UTC'))
ORDER BY tenant, ticket_id, execution_id, name, source, given_at DESC, received_at DESC, feedback_id
LIMIT 1 BY tenant, ticket_id, execution_id, name, source;

-- The same with the execution that it is about: the one it names, or of its ticket the last that had
-- finished when it was given (the first, if none had). Feedback that has no ticket here yet is not in it.
-- The tickets are read without FINAL: of an execution's copies the latest is taken, like everywhere.
CREATE OR REPLACE VIEW {views}.rated_tickets {on_cluster}
(
    tenant LowCardinality(String) COMMENT 'Whose ticket it is',
    ticket_id String COMMENT 'The ticket''s number in the help desk',
    execution_id UUID COMMENT 'The execution that the feedback is about',
    executed_at DateTime64(9, 'UTC') COMMENT 'When that execution finished',
    name LowCardinality(String) COMMENT 'What is evaluated: csat (1 to 5), or any other',
    source LowCardinality(String) COMMENT 'Who gives it: HUMAN, MODEL or CODE; empty where it does not say',
    given_at DateTime64(9, 'UTC') COMMENT 'When it was given',
    score Nullable(Float64) COMMENT 'The score as a number',
    label LowCardinality(String) COMMENT 'The score as a word, or empty',
    comment String COMMENT 'What was written, or empty; kept as long as a trace',
    status LowCardinality(String) COMMENT 'How that execution ended',
    category LowCardinality(String) COMMENT 'What the ticket is about',
    workflow LowCardinality(String) COMMENT 'service.name',
    workflow_version LowCardinality(String) COMMENT 'service.version',
    environment LowCardinality(String) COMMENT 'deployment.environment.name',
    model LowCardinality(String) COMMENT 'gen_ai.request.model',
    error_type LowCardinality(String) COMMENT 'What went wrong, or empty',
    duration_seconds Float64 COMMENT 'Execution time in seconds'
)
AS SELECT
    f.tenant AS tenant, f.ticket_id AS ticket_id, t.execution_id AS execution_id, t.executed_at AS executed_at,
    f.name AS name, f.source AS source, f.given_at AS given_at, f.score AS score, f.label AS label,
    f.comment AS comment,
    t.status AS status, t.category AS category, t.workflow AS workflow, t.workflow_version AS workflow_version,
    t.environment AS environment, t.model AS model, t.error_type AS error_type,
    greatest(0, least(1e9, ifNotFinite(t.duration_seconds, 0))) AS duration_seconds
FROM {store}.tickets AS t
INNER JOIN {views}.ticket_feedback AS f ON t.tenant = f.tenant AND t.ticket_id = f.ticket_id
WHERE t.expires_at > now()
    AND t.tenant_since IN (SELECT created_at FROM {store}.tenants FINAL WHERE removed = 0 UNION ALL SELECT toDateTime64(0, 6, 'UTC'))
    AND (f.execution_id = toUUID('00000000-0000-0000-0000-000000000000') OR f.execution_id = t.execution_id)
-- Not an aggregate of all these: that takes three times the memory. What feedback says is among the keys, so that
-- a filter on it is applied before the join.
ORDER BY f.tenant, f.ticket_id, f.execution_id, f.name, f.source, f.given_at, f.score, f.label,
    t.executed_at <= f.given_at DESC,
    if(t.executed_at <= f.given_at, 1, -1) * toUnixTimestamp64Nano(t.executed_at) DESC, t.received_at DESC
LIMIT 1 BY f.tenant, f.ticket_id, f.execution_id, f.name, f.source, f.given_at, f.score, f.label;
