-- When each key was last used, as receivers find time to tell: each writes what changed every few
-- minutes, and the latest counts.
CREATE TABLE IF NOT EXISTS {store}.key_uses {on_cluster}
(
    key_id  String,
    used_at DateTime64(6, 'UTC')
)
ENGINE = {replicated}ReplacingMergeTree(used_at)
ORDER BY key_id;
