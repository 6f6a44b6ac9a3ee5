//! A tenant's place in Grafana, from here: a login to ClickHouse that sees its own rows, and an
//! organisation in Grafana that looks through it. Grafana's end is `ticketlens-grafana`'s.

mod failure;

mod args;
mod report;
mod source;
mod telling;

mod work;

pub use args::{Between, ClickHouseArgs, GrafanaAddress, Places};
pub use report::{Found, whose};
pub use work::{Work, provision_tenant, remove_tenant, tenant_name};
