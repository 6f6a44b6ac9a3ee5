-- Whose life a row is of, what a tenant may send and what it sent, and times that every view can show.

-- tenant_since is the created_at of the tenant that the writing receiver knew. A receiver may know
-- a tenant long after it was removed and another has its name: what it writes is of no present
-- tenant, and no view shows it. 0 are rows of before, and of older receivers.
--
-- One column and not a pair with the tenant's name: no two tenants were ever made at the same time
-- (Store::create_tenant sees to it), and a set of numbers is looked up at a fifth of the cost.
ALTER TABLE {store}.tickets {on_cluster}
    ADD COLUMN IF NOT EXISTS tenant_since DateTime64(6, 'UTC') CODEC(Delta(8), ZSTD(1)) AFTER tenant,
    ADD COLUMN IF NOT EXISTS steps_beyond UInt32 AFTER steps;

-- In the sorting key, or the counts of two lives would be added up.
ALTER TABLE {store}.rejections {on_cluster}
    ADD COLUMN IF NOT EXISTS tenant_since DateTime64(6, 'UTC'),
    MODIFY ORDER BY (tenant, hour, reason, tenant_since);

-- What a tenant sent, by the hour.
CREATE TABLE IF NOT EXISTS {store}.usage {on_cluster}
(
    tenant       LowCardinality(String),
    hour         DateTime('UTC'),
    tenant_since DateTime64(6, 'UTC'),
    records      UInt64,
    bytes        UInt64,
    throttled    UInt64
)
ENGINE = {replicated}SummingMergeTree((records, bytes, throttled))
PARTITION BY toYYYYMM(hour)
ORDER BY (tenant, hour, tenant_since)
TTL hour + INTERVAL 400 DAY DELETE
-- As for rejections: better a count lost to a kill than a retry counted twice.
SETTINGS non_replicated_deduplication_window = 1000;

-- 0 is no limit.
ALTER TABLE {store}.tenants {on_cluster}
    ADD COLUMN IF NOT EXISTS max_records_per_second UInt32 AFTER drop_messages,
    ADD COLUMN IF NOT EXISTS max_bytes_per_second UInt64 AFTER max_records_per_second,
    ADD COLUMN IF NOT EXISTS max_records_per_day UInt64 AFTER max_bytes_per_second;

-- Times are held within what a DateTime64(9) can hold, 1900 to 2262: a duration and a start within
-- 31 years, and for what is reckoned from it the execution between 1970 and 2230. One absurd number
-- would otherwise fail every query that touches it (DECIMAL_OVERFLOW). What is written since is held
-- within the same bounds (rows.rs).
CREATE OR REPLACE VIEW {views}.tickets {on_cluster}
(
    tenant LowCardinality(String) COMMENT 'Whose ticket it is; from the key it was sent with',
    ticket_id String COMMENT 'The ticket''s number in the help desk',
    execution_id UUID COMMENT 'This execution; a record sent again keeps it',
    executed_at DateTime64(9, 'UTC') COMMENT 'When the execution finished',
    started_at DateTime64(9, 'UTC') COMMENT 'executed_at less the duration',
    received_at DateTime64(6, 'UTC') COMMENT 'When the receiver took it',
    duration_seconds Float64 COMMENT 'Execution time in seconds',
    status LowCardinality(String) COMMENT 'SUCCESS, FAILED, ESCALATED, CANCELLED or the workflow''s own',
    is_success UInt8 COMMENT '1 where status is SUCCESS',
    is_error UInt8 COMMENT '1 where status is FAILED',
    category LowCardinality(String) COMMENT 'What the ticket is about, e.g. PRODUCT_SUPPORT',
    error_type LowCardinality(String) COMMENT 'What went wrong, low-cardinality; empty otherwise',
    workflow LowCardinality(String) COMMENT 'service.name',
    workflow_version LowCardinality(String) COMMENT 'service.version',
    environment LowCardinality(String) COMMENT 'deployment.environment.name',
    instance LowCardinality(String) COMMENT 'service.instance.id: one running client process',
    sequence Nullable(UInt64) COMMENT 'Counts up per client process; gaps are losses',
    customer String COMMENT 'Keyed hash of the customer',
    capture LowCardinality(String) COMMENT 'METRICS_ONLY, TIMELINE or FULL_TRACE',
    redactions UInt32 COMMENT 'Values the gate removed, in the client and in the receiver',
    redactions_by Map(LowCardinality(String), UInt32) COMMENT 'The same by detector',
    model LowCardinality(String) COMMENT 'gen_ai.request.model',
    input_tokens Nullable(UInt64) COMMENT 'gen_ai.usage.input_tokens, over the ticket',
    output_tokens Nullable(UInt64) COMMENT 'gen_ai.usage.output_tokens, over the ticket',
    total_tokens Nullable(UInt64) COMMENT 'Input and output tokens; null where neither was sent',
    react_iterations Nullable(Float64) COMMENT 'ticket.metrics.react_iterations',
    overall_confidence Nullable(Float64) COMMENT 'ticket.metrics.overall_confidence',
    hallucination_risk Nullable(Float64) COMMENT 'ticket.metrics.hallucination_risk',
    product_confidence Nullable(Float64) COMMENT 'ticket.metrics.product_confidence',
    vision_matches Nullable(Float64) COMMENT 'ticket.metrics.vision_matches',
    text_matches Nullable(Float64) COMMENT 'ticket.metrics.text_matches',
    metrics Map(LowCardinality(String), Float64) COMMENT 'Every ticket.metrics.<name>',
    attributes Map(LowCardinality(String), String) COMMENT 'Every other attribute, as text',
    step_count UInt64 COMMENT 'Steps on the timeline',
    steps_beyond UInt32 COMMENT 'Steps sent beyond what a timeline holds; they are in the trace, where it is kept',
    trace_json String COMMENT 'The trace, one JSON object; empty where none was captured or its time is over',
    trace_bytes UInt32 COMMENT 'Bytes of the trace as it was stored',
    trace_id String COMMENT 'W3C trace id, lower-case hex; empty where no span was active',
    span_id String COMMENT 'W3C span id, lower-case hex; empty where no span was active'
)
AS SELECT
    tenant,
    ticket_id,
    execution_id,
    executed_at,
    least(greatest(executed_at, toDateTime64('1970-01-01 00:00:00', 9, 'UTC')), toDateTime64('2230-01-01 00:00:00', 9, 'UTC'))
        - toIntervalMicrosecond(duration_seconds * 1e6) AS started_at,
    received_at,
    greatest(0, least(1e9, ifNotFinite(duration_seconds, 0))) AS duration_seconds,
    status,
    status = 'SUCCESS' AS is_success,
    status = 'FAILED' AS is_error,
    category,
    error_type,
    workflow,
    workflow_version,
    environment,
    instance,
    sequence,
    customer,
    CAST(capture, 'LowCardinality(String)') AS capture,
    redactions,
    redactions_by,
    model,
    input_tokens,
    output_tokens,
    if(isNull(input_tokens) AND isNull(output_tokens), NULL, ifNull(input_tokens, 0) + ifNull(output_tokens, 0)) AS total_tokens,
    if(mapContains(metrics, 'react_iterations'), metrics['react_iterations'], NULL) AS react_iterations,
    if(mapContains(metrics, 'overall_confidence'), metrics['overall_confidence'], NULL) AS overall_confidence,
    if(mapContains(metrics, 'hallucination_risk'), metrics['hallucination_risk'], NULL) AS hallucination_risk,
    if(mapContains(metrics, 'product_confidence'), metrics['product_confidence'], NULL) AS product_confidence,
    if(mapContains(metrics, 'vision_matches'), metrics['vision_matches'], NULL) AS vision_matches,
    if(mapContains(metrics, 'text_matches'), metrics['text_matches'], NULL) AS text_matches,
    metrics,
    attributes,
    if(trace_expires_at > now(), length(steps), 0) AS step_count,
    if(trace_expires_at > now(), steps_beyond, 0) AS steps_beyond,
    if(trace_expires_at > now(), trace_json, '') AS trace_json,
    trace_bytes,
    if(trace_id = toFixedString('', 16), '', lower(hex(trace_id))) AS trace_id,
    if(span_id = toFixedString('', 8), '', lower(hex(span_id))) AS span_id
FROM {store}.tickets FINAL
WHERE expires_at > now()
    AND tenant_since IN (SELECT created_at FROM {store}.tenants FINAL WHERE removed = 0 UNION ALL SELECT toDateTime64(0, 6, 'UTC'));

CREATE OR REPLACE VIEW {views}.ticket_steps {on_cluster}
(
    tenant LowCardinality(String) COMMENT 'Whose ticket it is',
    ticket_id String COMMENT 'The ticket''s number in the help desk',
    execution_id UUID COMMENT 'The execution the step belongs to',
    executed_at DateTime64(9, 'UTC') COMMENT 'When that execution finished',
    workflow LowCardinality(String) COMMENT 'service.name',
    workflow_version LowCardinality(String) COMMENT 'service.version',
    environment LowCardinality(String) COMMENT 'deployment.environment.name',
    position UInt32 COMMENT 'Place on the timeline, from 1',
    step_id String COMMENT 'Unique within the ticket',
    parent_id String COMMENT 'The step this one belongs to, or empty',
    kind LowCardinality(String) COMMENT 'node, react, llm, tool, retrieval, message or other',
    name LowCardinality(String) COMMENT 'The node, tool, model or speaker',
    iteration Nullable(UInt32) COMMENT 'The ReACT iteration, from 1',
    start_ms Float64 COMMENT 'Milliseconds since the execution began',
    duration_ms Float64 COMMENT 'Milliseconds it took',
    started_at DateTime64(9, 'UTC') COMMENT 'When the step began',
    status LowCardinality(String) COMMENT 'OK, ERROR or SKIPPED',
    is_error UInt8 COMMENT '1 where status is ERROR',
    error_type LowCardinality(String) COMMENT 'What went wrong in the step, or empty'
)
AS SELECT
    tenant,
    ticket_id,
    execution_id,
    executed_at,
    workflow,
    workflow_version,
    environment,
    position,
    step.1 AS step_id,
    step.2 AS parent_id,
    step.3 AS kind,
    step.4 AS name,
    nullIf(step.5, 0) AS iteration,
    greatest(-1e12, least(1e12, ifNotFinite(step.6, 0))) AS start_ms,
    greatest(0, least(1e12, ifNotFinite(step.7, 0))) AS duration_ms,
    least(greatest(executed_at, toDateTime64('1970-01-01 00:00:00', 9, 'UTC')), toDateTime64('2230-01-01 00:00:00', 9, 'UTC'))
        - toIntervalMicrosecond(greatest(0, least(1e9, ifNotFinite(duration_seconds, 0))) * 1e6)
        + toIntervalMicrosecond(start_ms * 1e3) AS started_at,
    step.8 AS status,
    step.8 = 'ERROR' AS is_error,
    step.9 AS error_type
FROM {store}.tickets FINAL
ARRAY JOIN steps AS step, arrayEnumerate(steps) AS position
WHERE trace_expires_at > now() AND expires_at > now()
    AND tenant_since IN (SELECT created_at FROM {store}.tenants FINAL WHERE removed = 0 UNION ALL SELECT toDateTime64(0, 6, 'UTC'));

CREATE OR REPLACE VIEW {views}.ticket_trace {on_cluster}
(
    tenant LowCardinality(String) COMMENT 'Whose ticket it is',
    ticket_id String COMMENT 'The ticket''s number in the help desk',
    execution_id UUID COMMENT 'The execution the step belongs to',
    executed_at DateTime64(9, 'UTC') COMMENT 'When that execution finished',
    workflow LowCardinality(String) COMMENT 'service.name',
    workflow_version LowCardinality(String) COMMENT 'service.version',
    environment LowCardinality(String) COMMENT 'deployment.environment.name',
    position UInt32 COMMENT 'Place on the timeline, from 1',
    step_id String COMMENT 'Unique within the ticket',
    parent_id String COMMENT 'The step this one belongs to, or empty',
    kind LowCardinality(String) COMMENT 'node, react, llm, tool, retrieval, message or other',
    name LowCardinality(String) COMMENT 'The node, tool, model or speaker',
    iteration Nullable(UInt32) COMMENT 'The ReACT iteration, from 1',
    start_ms Float64 COMMENT 'Milliseconds since the execution began',
    duration_ms Float64 COMMENT 'Milliseconds it took',
    started_at DateTime64(9, 'UTC') COMMENT 'When the step began',
    status LowCardinality(String) COMMENT 'OK, ERROR or SKIPPED',
    is_error UInt8 COMMENT '1 where status is ERROR',
    error_type LowCardinality(String) COMMENT 'What went wrong in the step, or empty',
    action String COMMENT 'The tool the agent chose, or empty',
    action_input String COMMENT 'What the agent gave that tool: text, or JSON',
    input String COMMENT 'What went in: text, or JSON',
    output String COMMENT 'What came out: text, or JSON; of a react step, the thought',
    error_message String COMMENT 'What the error said, or empty',
    error_stack String COMMENT 'Where it came from, or empty',
    attributes String COMMENT 'Anything else, one JSON object, or empty'
)
AS SELECT
    tenant,
    ticket_id,
    execution_id,
    executed_at,
    workflow,
    workflow_version,
    environment,
    position,
    step.1 AS step_id,
    step.2 AS parent_id,
    step.3 AS kind,
    step.4 AS name,
    nullIf(step.5, 0) AS iteration,
    greatest(-1e12, least(1e12, ifNotFinite(step.6, 0))) AS start_ms,
    greatest(0, least(1e12, ifNotFinite(step.7, 0))) AS duration_ms,
    least(greatest(executed_at, toDateTime64('1970-01-01 00:00:00', 9, 'UTC')), toDateTime64('2230-01-01 00:00:00', 9, 'UTC'))
        - toIntervalMicrosecond(greatest(0, least(1e9, ifNotFinite(duration_seconds, 0))) * 1e6)
        + toIntervalMicrosecond(start_ms * 1e3) AS started_at,
    step.8 AS status,
    step.8 = 'ERROR' AS is_error,
    step.9 AS error_type,
    JSONExtractString(json, 'action') AS action,
    if(JSONType(json, 'action_input') = 'String', JSONExtractString(json, 'action_input'), JSONExtractRaw(json, 'action_input')) AS action_input,
    if(JSONType(json, 'input') = 'String', JSONExtractString(json, 'input'), JSONExtractRaw(json, 'input')) AS input,
    if(JSONType(json, 'output') = 'String', JSONExtractString(json, 'output'), JSONExtractRaw(json, 'output')) AS output,
    if(JSONType(json, 'error') = 'String', JSONExtractString(json, 'error'), JSONExtractString(json, 'error', 'message')) AS error_message,
    JSONExtractString(json, 'error', 'stack') AS error_stack,
    JSONExtractRaw(json, 'attributes') AS attributes
FROM {store}.tickets FINAL
-- Where the text is not kept, the timeline is: as many empty texts as there are steps.
ARRAY JOIN
    steps AS step,
    arrayEnumerate(steps) AS position,
    arrayResize(JSONExtractArrayRaw(trace_json, 'steps'), length(steps), '') AS json
WHERE trace_expires_at > now() AND expires_at > now()
    AND tenant_since IN (SELECT created_at FROM {store}.tenants FINAL WHERE removed = 0 UNION ALL SELECT toDateTime64(0, 6, 'UTC'));

CREATE OR REPLACE VIEW {views}.tenants {on_cluster}
(
    tenant String COMMENT 'The name, which is the identity',
    display_name String COMMENT 'For people',
    capture LowCardinality(String) COMMENT 'The most that is stored of this tenant''s traces',
    trace_days UInt32 COMMENT 'Days a trace is kept, from when it was received',
    metrics_days UInt32 COMMENT 'Days a ticket''s metrics are kept, from when it was received',
    created_at DateTime64(6, 'UTC') COMMENT 'When the tenant was added',
    deny_keys Array(String) COMMENT 'Keys whose values are removed, whatever the sender sends',
    drop_messages UInt8 COMMENT '1 where what was asked, said and answered is not stored',
    max_records_per_second UInt32 COMMENT 'Records it may send a second; 0 is no limit',
    max_bytes_per_second UInt64 COMMENT 'Bytes of decoded requests it may send a second; 0 is no limit',
    max_records_per_day UInt64 COMMENT 'Records it may send on one day (UTC); 0 is no limit'
)
AS SELECT name AS tenant, display_name, capture, trace_days, metrics_days, created_at, deny_keys,
    drop_messages, max_records_per_second, max_bytes_per_second, max_records_per_day
FROM {store}.tenants FINAL
WHERE removed = 0;

CREATE OR REPLACE VIEW {views}.ledger {on_cluster}
(
    tenant LowCardinality(String) COMMENT 'Whose client process it is',
    instance LowCardinality(String) COMMENT 'service.instance.id: one running client process',
    workflows Array(LowCardinality(String)) COMMENT 'The workflows it runs; they share one sequence',
    received UInt64 COMMENT 'Tickets stored that carry a sequence',
    first_sequence UInt64 COMMENT 'Lowest sequence stored',
    last_sequence UInt64 COMMENT 'Highest sequence stored',
    missing UInt64 COMMENT 'Gaps between the two: tickets known lost, or erased',
    first_seen DateTime64(6, 'UTC') COMMENT 'When the first was received',
    last_seen DateTime64(6, 'UTC') COMMENT 'When the last was received'
)
AS SELECT
    tenant,
    instance,
    arraySort(groupUniqArray(workflow)) AS workflows,
    count() AS received,
    assumeNotNull(min(sequence)) AS first_sequence,
    assumeNotNull(max(sequence)) AS last_sequence,
    last_sequence - first_sequence + 1 - uniqExact(sequence) AS missing,
    min(received_at) AS first_seen,
    max(received_at) AS last_seen
FROM {store}.tickets FINAL
WHERE expires_at > now() AND isNotNull(sequence)
    AND tenant_since IN (SELECT created_at FROM {store}.tenants FINAL WHERE removed = 0 UNION ALL SELECT toDateTime64(0, 6, 'UTC'))
GROUP BY tenant, instance;

CREATE OR REPLACE VIEW {views}.rejections {on_cluster}
(
    tenant LowCardinality(String) COMMENT 'Whose records they were',
    hour DateTime('UTC') COMMENT 'The hour they were sent',
    reason LowCardinality(String) COMMENT 'Why they were not stored',
    rejected UInt64 COMMENT 'How many'
)
AS SELECT tenant, hour, reason, sum(rejected) AS rejected
FROM {store}.rejections
WHERE tenant_since IN (SELECT created_at FROM {store}.tenants FINAL WHERE removed = 0 UNION ALL SELECT toDateTime64(0, 6, 'UTC'))
GROUP BY tenant, hour, reason;

CREATE OR REPLACE VIEW {views}.usage {on_cluster}
(
    tenant LowCardinality(String) COMMENT 'Whose client processes sent it',
    hour DateTime('UTC') COMMENT 'The hour it was sent',
    records UInt64 COMMENT 'Records stored',
    bytes UInt64 COMMENT 'Bytes of the requests, decoded',
    throttled UInt64 COMMENT 'Requests turned away because a limit of the tenant was reached'
)
AS SELECT tenant, hour, sum(records) AS records, sum(bytes) AS bytes, sum(throttled) AS throttled
FROM {store}.usage
WHERE tenant_since IN (SELECT created_at FROM {store}.tenants FINAL WHERE removed = 0 UNION ALL SELECT toDateTime64(0, 6, 'UTC'))
GROUP BY tenant, hour;
