//! What the commands do: both ends of a reader, ClickHouse's and Grafana's, in the order that leaves
//! nobody with more than they had when a step fails.

use std::path::Path;

use ticketlens_grafana::{ClickHouseAddress, Place, Provisioner, Step, Wanted};
use ticketlens_store::{Act, Change, InvalidTenant, Reader, Store, TenantName, Visibility};

use super::{
    args::Places,
    report::{self, Done, Found, whose},
    source::{Source, failed},
    telling::Telling,
};
use crate::{
    exit::{Exit, Failure, Result},
    terminal::note,
};

/// Both ends.
pub struct Work {
    grafana: Provisioner,
    source: Source,
    address: ClickHouseAddress,
}

impl Work {
    /// Finds ClickHouse and logs in to Grafana. Changes nothing.
    pub async fn open(places: &Places, data: &Path) -> Result<Self> {
        let Places { grafana, clickhouse } = places;
        let source = Source::find(clickhouse, data)?;
        let address = match &grafana.at.grafana_clickhouse {
            Some(address) => address.clone(),
            None => source.address()?,
        };
        Ok(Self { grafana: grafana.open().await?, source, address })
    }

    /// The provider and every tenant.
    pub async fn everyone(&self) -> Result<Vec<Visibility>> {
        let tenants = self.source.tenants().await?.into_iter().map(Visibility::Tenant);
        Ok(std::iter::once(Visibility::All).chain(tenants).collect())
    }

    /// These tenants, if all of them are there.
    pub async fn known(&self, tenants: Vec<TenantName>) -> Result<Vec<Visibility>> {
        let known = self.source.tenants().await?;
        if let Some(unknown) = tenants.iter().find(|tenant| !known.contains(tenant)) {
            return Err(Failure::new(Exit::NotFound, format!("there is no tenant {unknown}"))
                .next("ticketlens tenant list shows those there are"));
        }
        Ok(tenants.into_iter().map(Visibility::Tenant).collect())
    }

    fn reader(&self, whose: Visibility) -> Reader {
        Reader::new(&self.source.database(), whose)
    }

    /// Gives each its place.
    pub async fn provision(
        &self,
        whose: Vec<Visibility>,
        rotate: bool,
        as_json: bool,
    ) -> Result<Exit> {
        let readers: Vec<Reader> = whose.into_iter().map(|whose| self.reader(whose)).collect();
        // All are looked at before the first is changed.
        let mut places = Vec::with_capacity(readers.len());
        for reader in &readers {
            places.push(self.grafana.place(reader).await?);
        }
        let mut exit = Exit::Done;
        for (reader, place) in readers.into_iter().zip(places) {
            let telling = Telling::begin(&self.source, Act::GrafanaProvision, &reader).await?;
            let done = self.bring(reader, place, rotate).await;
            telling.ended(done.as_ref().ok().map(Done::changes)).await;
            let done = done?;
            if done.health.as_ref().is_some_and(|(is_ok, _)| !is_ok) {
                exit = Exit::Failed;
                note(&format!(
                    "{}: ClickHouse does not answer Grafana at {}; if Grafana reaches it in another \
                     way, set --grafana-clickhouse",
                    report::whose(&done.reader),
                    self.address
                ));
            }
            // One by one: what is done is told even where the next one fails.
            report::print_done(&done, as_json)?;
        }
        Ok(exit)
    }

    /// Brings one reader and its place up to date.
    async fn bring(&self, reader: Reader, place: Place, rotate: bool) -> Result<Done> {
        let tell = rotate || !place.has_password || !self.source.has_login(&reader).await?;
        let (change, password) = self.source.bring(&reader, tell).await?;
        let wanted = Wanted { reader: &reader, address: &self.address };
        let brought = self.grafana.bring(place, &wanted, password.as_ref()).await;
        let (org, mut steps) = brought.map_err(|error| half_way(error.into(), &reader, tell))?;
        steps.insert(0, Step { what: "clickhouse login and views".to_owned(), change });
        let health = self.grafana.health(&org).await?;
        let health = Some((health.is_ok, health.says));
        Ok(Done { reader, org: Some(org), steps, health })
    }

    /// Takes a place away, Grafana's end first: nobody is left with a data source that fails.
    pub async fn remove(&self, whose: Visibility, as_json: bool) -> Result<Exit> {
        let reader = self.reader(whose);
        let telling = Telling::begin(&self.source, Act::GrafanaRemove, &reader).await?;
        let done = self.take_away(reader).await;
        telling.ended(done.as_ref().ok().map(Done::changes)).await;
        report::print_done(&done?, as_json)?;
        Ok(Exit::Done)
    }

    async fn take_away(&self, reader: Reader) -> Result<Done> {
        let mut steps = self.grafana.remove(&reader).await?;
        let change = self.source.remove(&reader).await?;
        steps.push(Step { what: "clickhouse login and views".to_owned(), change });
        Ok(Done { reader, org: None, steps, health: None })
    }

    /// Shows what there is.
    pub async fn show(&self, as_json: bool, wide: bool) -> Result<Exit> {
        report::print_found(&self.found().await?, as_json, wide)?;
        Ok(Exit::Done)
    }

    /// What there is of each: of the provider, of every tenant, and of those that are gone.
    pub async fn found(&self) -> Result<Vec<Found>> {
        let known: Vec<Reader> =
            self.everyone().await?.into_iter().map(|whose| self.reader(whose)).collect();
        let left = self.source.readers().await?.into_iter().filter(|r| !known.contains(r));
        let left: Vec<Reader> = left.collect();
        let mut found = Vec::new();
        for (reader, is_known) in
            known.into_iter().map(|r| (r, true)).chain(left.into_iter().map(|r| (r, false)))
        {
            let login = self.source.has_login(&reader).await?;
            let (org, has_password) = match self.grafana.place(&reader).await {
                Ok(place) => (Ok(place.org), place.has_password),
                Err(error) => match Failure::from(error) {
                    failure if failure.exit == Exit::Failed => {
                        (Err(failure.what().to_owned()), false)
                    }
                    failure => return Err(failure),
                },
            };
            let health = match &org {
                Ok(Some(org)) if has_password => {
                    let health = self.grafana.health(org).await?;
                    Some((health.is_ok, health.says))
                }
                _ => None,
            };
            found.push(Found { reader, is_known, login, org, has_password, health });
        }
        Ok(found)
    }
}

/// ClickHouse has a new password, and Grafana was not told of it.
fn half_way(failure: Failure, reader: &Reader, told: bool) -> Failure {
    if !told {
        return failure;
    }
    let names = reader.tenant().map_or_else(String::new, |tenant| format!(" {tenant}"));
    failure.next(format!(
        "ClickHouse has a new password that Grafana may not have; when this is mended, run \
         ticketlens grafana provision{names} --rotate"
    ))
}

/// A tenant's name, checked before it is written anywhere.
pub fn tenant_name(name: &str) -> Result<TenantName> {
    name.parse().map_err(|e: InvalidTenant| Failure::new(Exit::Usage, e.to_string()))
}

/// For `tenant add --grafana`.
pub async fn provision_tenant(
    tenant: TenantName,
    places: &Places,
    data: &Path,
    as_json: bool,
) -> Result<Exit> {
    let work = Work::open(places, data).await?;
    work.provision(vec![Visibility::Tenant(tenant)], false, as_json).await
}

/// For `tenant remove`: takes away what it can reach, and says what it can't.
pub async fn remove_tenant(tenant: &TenantName, places: &Places, is_dev: bool) -> Result<()> {
    let clickhouse = &places.clickhouse;
    let configured = Source::configured(clickhouse)?;
    let database = configured.as_ref().map(|store| store.config().database.clone());
    let reader = Reader::new(&database.unwrap_or_default(), Visibility::Tenant(tenant.clone()));
    let telling = match &configured {
        Some(store) => Some(Telling::written(store, Act::GrafanaRemove, &reader).await?),
        // Its receiver has told that the tenant went.
        None => None,
    };
    let taken = take_what_is_configured(&reader, places, configured.as_ref(), is_dev).await;
    if let Some(telling) = telling {
        telling.ended(taken.as_ref().ok().map(|taken| taken.changes)).await;
    }
    let left = taken?.left;
    if !left.is_empty() {
        note(&format!(
            "not looked for, as it is not configured here: {} of {}. If there is, take it away with\n  \
             ticketlens grafana remove {tenant} --grafana-url URL{}",
            left.join(", "),
            whose(&reader),
            if is_dev { "" } else { " --config receiver.toml" },
        ));
    }
    Ok(())
}

/// What was taken away.
struct Taken {
    changes: usize,
    /// What was not looked for.
    left: Vec<&'static str>,
}

async fn take_what_is_configured(
    reader: &Reader,
    Places { grafana, .. }: &Places,
    configured: Option<&Store>,
    is_dev: bool,
) -> Result<Taken> {
    let (mut changes, mut left) = (0, Vec::new());
    if grafana.is_configured() {
        let steps = grafana.open().await?.remove(reader).await?;
        changes += told("Grafana", &steps);
    } else {
        left.push("an organisation in Grafana");
    }
    match configured {
        Some(store) => {
            let change = store.remove_reader(reader).await.map_err(|e| failed(&e))?;
            let what = format!("login {} and its views", reader.name());
            changes += told("ClickHouse", &[Step { what, change }]);
        }
        // It has followed by itself.
        None if is_dev => {}
        None => left.push("a login to ClickHouse with its views"),
    }
    Ok(Taken { changes, left })
}

/// Says what changed, and returns how much.
fn told(of: &str, steps: &[Step]) -> usize {
    for step in steps.iter().filter(|step| step.change != Change::Unchanged) {
        note(&format!("{of}: {} {}", step.what, report::word(step.change)));
    }
    steps.iter().filter(|step| step.change != Change::Unchanged).count()
}
