//! Places in Grafana, made, left alone and taken away, against a Grafana of our own making.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod places;
mod refusals;
#[allow(dead_code, reason = "the program's tests use the rest")]
mod stub;

use secrecy::SecretString;
use stub::{Grafana, PASSWORD};
use ticketlens_grafana::{Api, ClickHouseAddress, Client, Provisioner, Result, Step, Wanted};
use ticketlens_store::{Change, DatabaseName, Reader, Visibility};

async fn provisioner(grafana: &Grafana) -> Result<Provisioner> {
    let client = Client::new(&grafana.url, "admin", &SecretString::from(PASSWORD))?;
    let api = Api::open(client).await?;
    Ok(Provisioner { api, provider_org: 1, adopt: false, files: None })
}

fn provider() -> Reader {
    Reader::new(&DatabaseName::default(), Visibility::All)
}

fn tenant(name: &str) -> Reader {
    Reader::new(&DatabaseName::default(), Visibility::Tenant(name.parse().unwrap()))
}

fn address() -> ClickHouseAddress {
    "http://clickhouse:8123".parse().unwrap()
}

/// Looks and brings, as one who provisions does.
async fn brought(
    provisioner: &Provisioner,
    reader: &Reader,
    password: Option<&str>,
) -> Result<Vec<String>> {
    let place = provisioner.place(reader).await?;
    let password = password.map(SecretString::from);
    let wanted = Wanted { reader, address: &address() };
    let (_, steps) = provisioner.bring(place, &wanted, password.as_ref()).await?;
    Ok(changed(&steps))
}

/// What was changed.
fn changed(steps: &[Step]) -> Vec<String> {
    let changed = steps.iter().filter(|step| step.change != Change::Unchanged);
    changed.map(|step| format!("{}: {:?}", step.what, step.change)).collect()
}
