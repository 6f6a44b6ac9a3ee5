//! The embedded ClickHouse: find it, start it, watch it, stop it.
