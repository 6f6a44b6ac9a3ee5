-- Which migrations were applied. Made before the first of them.

CREATE DATABASE IF NOT EXISTS {store} {on_cluster};

CREATE TABLE IF NOT EXISTS {store}.migrations {on_cluster}
(
    number     UInt32,
    name       String,
    -- SHA-256 of the file, lower-case hex.
    checksum   String,
    applied_at DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = {replicated}ReplacingMergeTree(applied_at)
ORDER BY number;
