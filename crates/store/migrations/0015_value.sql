-- What a resolved ticket saves, as its tenant says: a person's minutes by category, and what an hour of
-- them costs. Every change is a new row; the highest version is in force.
CREATE TABLE IF NOT EXISTS {store}.value_rates {on_cluster}
(
    tenant       String,
    tenant_since DateTime64(6, 'UTC'),
    -- Empty: every category without a rate of its own.
    category     String,
    minutes      Float64,
    hourly       Decimal(18, 9),
    currency     String,
    removed      UInt8,
    version      UInt64
)
ENGINE = {replicated}ReplacingMergeTree(version)
ORDER BY (tenant, tenant_since, category)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

CREATE OR REPLACE VIEW {views}.value_rates {on_cluster}
(
    tenant String COMMENT 'Whose',
    category String COMMENT 'Of tickets of this category; empty: of every category without a rate of its own',
    minutes Float64 COMMENT 'A person''s minutes that a resolved ticket saves',
    hourly Decimal(18, 9) COMMENT 'What an hour of a person''s costs',
    currency String COMMENT 'What that is in (ISO 4217)'
)
AS SELECT tenant, category, minutes, hourly, currency
FROM {store}.value_rates FINAL
WHERE removed = 0
    AND tenant_since IN (SELECT created_at FROM {store}.tenants FINAL WHERE removed = 0 UNION ALL SELECT toDateTime64(0, 6, 'UTC'));
