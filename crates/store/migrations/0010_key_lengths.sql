-- How long a key was made to work. `expires_at` is brought forward when another key follows it; a key
-- that follows works as long as this one was made for.
ALTER TABLE {store}.keys {on_cluster}
    ADD COLUMN IF NOT EXISTS made_until Nullable(DateTime64(6, 'UTC')) DEFAULT expires_at AFTER expires_at;
