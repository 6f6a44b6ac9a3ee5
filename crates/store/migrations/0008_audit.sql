-- Every administrative act: who, when, from where, what changed and how many, and no content.

-- Two rows an act, written before it is done and after, and none is ever changed or deleted but by age:
-- an act whose second row is missing was begun, and may or may not have been done. A plain MergeTree,
-- as nothing replaces anything.
CREATE TABLE IF NOT EXISTS {store}.audit {on_cluster}
(
    -- Of the act, the same in both rows.
    at           DateTime64(6, 'UTC'),
    id           String,
    -- When this row was written.
    written_at   DateTime64(6, 'UTC'),
    outcome      LowCardinality(String),
    -- Why it failed, low-cardinality; empty otherwise.
    reason       LowCardinality(String),
    -- key or program.
    actor        LowCardinality(String),
    key_id       String,
    origin       String,
    -- Empty where it concerns none, or all.
    tenant       LowCardinality(String),
    -- The created_at of that tenant, or 0.
    tenant_since DateTime64(6, 'UTC'),
    act          LowCardinality(String),
    subject      String,
    changed      Map(String, String),
    affected     UInt64
)
ENGINE = {replicated}MergeTree
PARTITION BY toYYYYMM(at)
ORDER BY (at, id)
TTL toDateTime(at) + INTERVAL 400 DAY DELETE
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- One row of no tenant: who finds it sees every tenant. Row policies hide it from a tenant's definer,
-- so that a view can tell the provider more than a tenant.
CREATE TABLE IF NOT EXISTS {store}.provider {on_cluster}
(
    tenant String
)
ENGINE = {replicated}ReplacingMergeTree
ORDER BY tenant;

INSERT INTO {store}.provider SELECT '' WHERE (SELECT count() FROM {store}.provider) = 0;

CREATE OR REPLACE VIEW {views}.audit {on_cluster}
(
    at DateTime64(6, 'UTC') COMMENT 'When the act began',
    id String COMMENT 'Names this act',
    actor LowCardinality(String) COMMENT 'key: somebody with a key; program: this program on its own, or somebody at the command line of its server',
    key_id String COMMENT 'Whose key it was; empty for the program',
    origin String COMMENT 'The address the call came from, or the command; behind a proxy, the proxy''s address',
    tenant LowCardinality(String) COMMENT 'Whose it is; empty where it concerns none, or all',
    act LowCardinality(String) COMMENT 'What was done, e.g. tenant.update or key.revoke',
    subject String COMMENT 'What it was done to, e.g. a key''s id; never a ticket or a customer',
    changed Map(String, String) COMMENT 'What changed: old → new, by the setting''s name; a value alone where there was none before',
    affected UInt64 COMMENT 'How many, e.g. executions erased or calls denied',
    outcome LowCardinality(String) COMMENT 'done, failed, denied (the key may not do it), or begun: its end was not recorded, so it may have been done or not',
    reason LowCardinality(String) COMMENT 'Why it failed; a part may have been done',
    ended_at Nullable(DateTime64(6, 'UTC')) COMMENT 'When its end was recorded',
    is_former UInt8 COMMENT '1 where the tenant is not there any more; only the provider sees these'
)
AS SELECT
    a.at AS at,
    a.id AS id,
    a.actor AS actor,
    a.key_id AS key_id,
    a.origin AS origin,
    a.tenant AS tenant,
    a.act AS act,
    max(a.subject) AS subject,
    argMax(a.changed, (a.outcome != 'begun', a.written_at)) AS changed,
    max(a.affected) AS affected,
    argMax(a.outcome, (a.outcome != 'begun', a.written_at)) AS outcome,
    max(a.reason) AS reason,
    maxOrNullIf(a.written_at, a.outcome != 'begun') AS ended_at,
    a.tenant != '' AND max(a.tenant_since) NOT IN (SELECT created_at FROM {store}.tenants FINAL WHERE removed = 0) AS is_former
FROM {store}.audit AS a
WHERE a.at > now() - INTERVAL 400 DAY
GROUP BY a.at, a.id, a.actor, a.key_id, a.origin, a.tenant, a.act
HAVING is_former = 0 OR (SELECT count() FROM {store}.provider) > 0;
