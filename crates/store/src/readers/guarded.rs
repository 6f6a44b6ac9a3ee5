//! The private tables that definers may read.

/// A private table that definers may read, and the column that holds the tenant. Keys are in none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guarded {
    /// The table's name, in the database of the tables.
    pub table: &'static str,
    /// Its column with the tenant's name.
    pub tenant_column: &'static str,
}

/// Every table that views read.
pub const GUARDED: &[Guarded] = &[
    Guarded { table: "tickets", tenant_column: "tenant" },
    Guarded { table: "feedback", tenant_column: "tenant" },
    Guarded { table: "value_rates", tenant_column: "tenant" },
    Guarded { table: "rejections", tenant_column: "tenant" },
    Guarded { table: "usage", tenant_column: "tenant" },
    Guarded { table: "tenants", tenant_column: "name" },
    Guarded { table: "audit", tenant_column: "tenant" },
    // Its one row is of no tenant: who sees every tenant is who finds it.
    Guarded { table: "provider", tenant_column: "tenant" },
];
