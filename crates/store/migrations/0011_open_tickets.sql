-- Tickets that a client process had begun and not finished when it handed this one over. What a process
-- had open when it died is known from the last ticket it sent.
ALTER TABLE {store}.tickets {on_cluster}
    ADD COLUMN IF NOT EXISTS open Nullable(UInt64) CODEC(ZSTD(1)) AFTER sequence;

CREATE OR REPLACE VIEW {views}.ledger {on_cluster}
(
    tenant LowCardinality(String) COMMENT 'Whose client process it is',
    instance LowCardinality(String) COMMENT 'service.instance.id: one running client process',
    workflows Array(LowCardinality(String)) COMMENT 'The workflows it runs; they share one sequence',
    received UInt64 COMMENT 'Tickets stored that carry a sequence',
    first_sequence UInt64 COMMENT 'Lowest sequence stored',
    last_sequence UInt64 COMMENT 'Highest sequence stored',
    missing UInt64 COMMENT 'Gaps between the two: tickets known lost, or erased',
    open Nullable(UInt64) COMMENT 'Begun and not finished at the last of them: lost, if the process is no more',
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
    argMax(open, sequence) AS open,
    min(received_at) AS first_seen,
    max(received_at) AS last_seen
FROM {store}.tickets FINAL
WHERE expires_at > now() AND isNotNull(sequence)
    AND tenant_since IN (SELECT created_at FROM {store}.tenants FINAL WHERE removed = 0 UNION ALL SELECT toDateTime64(0, 6, 'UTC'))
GROUP BY tenant, instance;
