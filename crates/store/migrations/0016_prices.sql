-- The price list of this installation: what its providers' models cost. One row an entry; every change is
-- a new row, and the highest version is in force. Few rows that must not be lost, so each insert reaches
-- the disk before it is answered.
CREATE TABLE IF NOT EXISTS {store}.prices {on_cluster}
(
    provider           LowCardinality(String),
    -- A name, or a pattern of names.
    model              String,
    -- Empty: the standard price.
    service_tier       LowCardinality(String),
    -- Of calls with more input tokens than this; 0: the base price.
    above_input_tokens UInt64,
    -- 1970: always.
    valid_from         DateTime('UTC'),
    currency           LowCardinality(String),
    -- Of one token, in 10^-12 of the currency's unit, as all that follow.
    input              UInt64,
    output             UInt64,
    -- NULL: these tokens cost what input, or output, costs.
    cache_read         Nullable(UInt64),
    cache_write        Nullable(UInt64),
    reasoning          Nullable(UInt64),
    source             String,
    removed            UInt8,
    -- Microseconds of the change, the same in all its rows. The latest is the list's own version, which
    -- what is priced by it carries.
    version            UInt64
)
ENGINE = {replicated}ReplacingMergeTree(version)
ORDER BY (provider, model, service_tier, above_input_tokens, valid_from)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;
