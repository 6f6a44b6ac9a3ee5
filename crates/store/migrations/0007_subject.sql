-- What is stored of a subject line; HASH, as it was for all.
ALTER TABLE {store}.tenants {on_cluster}
    ADD COLUMN IF NOT EXISTS subject LowCardinality(String) DEFAULT 'HASH' AFTER drop_messages;

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
    subject LowCardinality(String) COMMENT 'HASH or IN_PLACE: what is stored of a subject line',
    max_records_per_second UInt32 COMMENT 'Records it may send a second; 0 is no limit',
    max_bytes_per_second UInt64 COMMENT 'Bytes of decoded requests it may send a second; 0 is no limit',
    max_records_per_day UInt64 COMMENT 'Records it may send on one day (UTC); 0 is no limit'
)
AS SELECT name AS tenant, display_name, capture, trace_days, metrics_days, created_at, deny_keys,
    drop_messages, subject, max_records_per_second, max_bytes_per_second, max_records_per_day
FROM {store}.tenants FINAL
WHERE removed = 0;
