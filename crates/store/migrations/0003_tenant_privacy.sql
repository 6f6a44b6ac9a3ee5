-- What a tenant may ask beyond its capture level. Tenants of before deny nothing and drop nothing.

ALTER TABLE {store}.tenants {on_cluster}
    ADD COLUMN IF NOT EXISTS deny_keys Array(String) AFTER metrics_days,
    ADD COLUMN IF NOT EXISTS drop_messages UInt8 AFTER deny_keys;

CREATE OR REPLACE VIEW {views}.tenants {on_cluster}
(
    tenant String COMMENT 'The name, which is the identity',
    display_name String COMMENT 'For people',
    capture LowCardinality(String) COMMENT 'The most that is stored of this tenant''s traces',
    trace_days UInt32 COMMENT 'Days a trace is kept, from when it was received',
    metrics_days UInt32 COMMENT 'Days a ticket''s metrics are kept, from when it was received',
    created_at DateTime64(6, 'UTC') COMMENT 'When the tenant was added',
    deny_keys Array(String) COMMENT 'Keys whose values are removed, whatever the sender sends',
    drop_messages UInt8 COMMENT '1 where what was asked, said and answered is not stored'
)
AS SELECT name AS tenant, display_name, capture, trace_days, metrics_days, created_at, deny_keys,
    drop_messages
FROM {store}.tenants FINAL
WHERE removed = 0;
