-- The private tables. Nobody but the receiver reads them: readers have the views of the next
-- migrations. Placeholders: {store} this database, {views} the views' database, {on_cluster} empty
-- or an ON CLUSTER clause, {replicated} empty or the prefix of a replicated engine.

CREATE DATABASE IF NOT EXISTS {views} {on_cluster};

-- One row per execution, its timeline in it, so that both commit together.
-- The sorting key starts with what every query knows: whose, and when. A record sent again carries
-- the same executed_at and execution_id, and the later copy replaces the earlier.
CREATE TABLE IF NOT EXISTS {store}.tickets {on_cluster}
(
    tenant             LowCardinality(String),
    executed_at        DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
    execution_id       UUID,
    ticket_id          String CODEC(ZSTD(1)),
    received_at        DateTime64(6, 'UTC') CODEC(Delta(8), ZSTD(1)),
    duration_seconds   Float64,
    status             LowCardinality(String),
    category           LowCardinality(String),
    error_type         LowCardinality(String),
    capture            Enum8('METRICS_ONLY' = 0, 'TIMELINE' = 1, 'FULL_TRACE' = 2),
    customer           String CODEC(ZSTD(1)),
    sequence           Nullable(UInt64) CODEC(Delta(8), ZSTD(1)),
    workflow           LowCardinality(String),
    workflow_version   LowCardinality(String),
    environment        LowCardinality(String),
    instance           LowCardinality(String),
    model              LowCardinality(String),
    input_tokens       Nullable(UInt64),
    output_tokens      Nullable(UInt64),
    redactions         UInt32,
    redactions_by      Map(LowCardinality(String), UInt32),
    trace_id           FixedString(16),
    span_id            FixedString(8),
    metrics            Map(LowCardinality(String), Float64),
    attributes         Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    steps              Array(Tuple(
                           id          String,
                           parent_id   String,
                           kind        LowCardinality(String),
                           name        LowCardinality(String),
                           iteration   UInt32,
                           start_ms    Float64,
                           duration_ms Float64,
                           status      LowCardinality(String),
                           error_type  LowCardinality(String)))
                           CODEC(ZSTD(1)) TTL trace_expires_at,
    trace_json         String CODEC(ZSTD(1)) TTL trace_expires_at,
    trace_bytes        UInt32,
    -- The tenant's two clocks, stamped when the row was written.
    trace_expires_at   DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    expires_at         DateTime('UTC') CODEC(Delta(4), ZSTD(1)),

    INDEX by_ticket    ticket_id    TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX by_execution execution_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX by_customer  customer     TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = {replicated}ReplacingMergeTree(received_at)
-- A month of executions; what claims to be of another age shares one partition at either end, or a
-- sender with broken clocks could make thousands. The copies of one execution are in one partition.
PARTITION BY toYYYYMM(least(greatest(executed_at, toDateTime64('2020-01-01', 9, 'UTC')),
                            toDateTime64('2060-01-01', 9, 'UTC')))
ORDER BY (tenant, executed_at, execution_id)
TTL expires_at DELETE
-- No non_replicated_deduplication_window: a plain table notes a token before it has the rows; killed
-- in between, it takes the retry for a repetition, and the rows are lost. What a retry stores twice
-- is read once, and merged. Replicated tables note token and rows in one step.
--
-- A commit's part stays in one file and not in two hundred, one for each stream of each column:
-- making files is most of what a small insert costs. Merges make wide ones.
SETTINGS non_replicated_deduplication_window = 0,
         min_bytes_for_wide_part = 268435456,
         merge_with_ttl_timeout = 3600,
         ttl_only_drop_parts = 0;

-- What was sent and not stored: counts by reason, no content.
CREATE TABLE IF NOT EXISTS {store}.rejections {on_cluster}
(
    tenant   LowCardinality(String),
    hour     DateTime('UTC'),
    reason   LowCardinality(String),
    rejected UInt64
)
ENGINE = {replicated}SummingMergeTree(rejected)
PARTITION BY toYYYYMM(hour)
ORDER BY (tenant, hour, reason)
TTL hour + INTERVAL 400 DAY DELETE
-- Sums can't be merged into one: better a count lost to a kill than a retry counted twice.
SETTINGS non_replicated_deduplication_window = 1000;

-- Every change is a new row; the highest version is in force. Few rows that must not be lost,
-- so each insert reaches the disk before it is answered.
CREATE TABLE IF NOT EXISTS {store}.tenants {on_cluster}
(
    name         String,
    display_name String,
    capture      LowCardinality(String),
    trace_days   UInt32,
    metrics_days UInt32,
    created_at   DateTime64(6, 'UTC'),
    removed      UInt8,
    version      UInt64
)
ENGINE = {replicated}ReplacingMergeTree(version)
ORDER BY name
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS {store}.keys {on_cluster}
(
    id         String,
    -- Empty for admin keys.
    tenant     String,
    scope      LowCardinality(String),
    note       String,
    -- SHA-256 of the whole key, lower-case hex. The key itself is nowhere.
    digest     String,
    created_at DateTime64(6, 'UTC'),
    expires_at Nullable(DateTime64(6, 'UTC')),
    revoked_at Nullable(DateTime64(6, 'UTC')),
    version    UInt64
)
ENGINE = {replicated}ReplacingMergeTree(version)
ORDER BY id
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;
