//! ClickHouse: migrations, rows, insert, queries, tenants and keys. The only crate that speaks SQL.
