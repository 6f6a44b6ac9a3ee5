-- A step knows its workflow's version and environment, so that panels filter steps as they filter tickets.

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
    step.6 AS start_ms,
    step.7 AS duration_ms,
    executed_at - toIntervalMicrosecond(least(duration_seconds, 1e9) * 1e6)
        + toIntervalMicrosecond(least(start_ms, 1e12) * 1e3) AS started_at,
    step.8 AS status,
    step.8 = 'ERROR' AS is_error,
    step.9 AS error_type
FROM {store}.tickets FINAL
ARRAY JOIN steps AS step, arrayEnumerate(steps) AS position
WHERE trace_expires_at > now() AND expires_at > now();

-- What was said, step by step, for the page of one ticket. Apart from ticket_steps, because these
-- read the trace's text: ask them for few tickets, and ticket_steps for many.

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
    step.6 AS start_ms,
    step.7 AS duration_ms,
    executed_at - toIntervalMicrosecond(least(duration_seconds, 1e9) * 1e6)
        + toIntervalMicrosecond(least(start_ms, 1e12) * 1e3) AS started_at,
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
WHERE trace_expires_at > now() AND expires_at > now();

-- What a search gave back has no one form; these are the names that knowledge bases use.
CREATE OR REPLACE VIEW {views}.ticket_retrieval {on_cluster}
(
    tenant LowCardinality(String) COMMENT 'Whose ticket it is',
    ticket_id String COMMENT 'The ticket''s number in the help desk',
    execution_id UUID COMMENT 'The execution the search belongs to',
    executed_at DateTime64(9, 'UTC') COMMENT 'When that execution finished',
    workflow LowCardinality(String) COMMENT 'service.name',
    position UInt32 COMMENT 'The search''s place on the timeline, from 1',
    step_id String COMMENT 'The search: a step of kind retrieval',
    name LowCardinality(String) COMMENT 'What was searched',
    query String COMMENT 'What it was asked: text, or JSON',
    rank UInt32 COMMENT 'The hit''s place in what came back, from 1',
    score Nullable(Float64) COMMENT 'How well it fits, as the search said: score, similarity or relevance',
    title String COMMENT 'Its title, or its name, source, url or id',
    text String COMMENT 'What was found: its text, content, snippet or chunk, or the whole hit as JSON'
)
AS SELECT
    tenant,
    ticket_id,
    execution_id,
    executed_at,
    workflow,
    position,
    step_id,
    name,
    input AS query,
    rank,
    coalesce(JSONExtract(hit, 'score', 'Nullable(Float64)'), JSONExtract(hit, 'similarity', 'Nullable(Float64)'), JSONExtract(hit, 'relevance', 'Nullable(Float64)')) AS score,
    arrayFirst(found -> found != '', arrayMap(key -> JSONExtractString(hit, key), ['title', 'name', 'source', 'url', 'id'])) AS title,
    arrayFirst(found -> found != '', arrayConcat(arrayMap(key -> JSONExtractString(hit, key), ['text', 'content', 'snippet', 'chunk']), [if(JSONType(hit) = 'String', JSONExtractString(hit), hit)])) AS text
FROM {views}.ticket_trace
ARRAY JOIN
    arrayFirst(hits -> notEmpty(hits), [JSONExtractArrayRaw(output), JSONExtractArrayRaw(output, 'hits'), JSONExtractArrayRaw(output, 'results'), JSONExtractArrayRaw(output, 'documents'), JSONExtractArrayRaw(output, 'matches'), if(output = '', [], [output])]) AS hit,
    arrayEnumerate(arrayFirst(hits -> notEmpty(hits), [JSONExtractArrayRaw(output), JSONExtractArrayRaw(output, 'hits'), JSONExtractArrayRaw(output, 'results'), JSONExtractArrayRaw(output, 'documents'), JSONExtractArrayRaw(output, 'matches'), if(output = '', [], [output])])) AS rank
WHERE kind = 'retrieval';
