//! Where readers log in: a ClickHouse whose users we make, or a running `dev`, which makes its own.

use std::path::Path;

use secrecy::SecretString;
use ticketlens_grafana::ClickHouseAddress;
use ticketlens_store::{
    Change, DatabaseName, GRANTS_TO_PROVISION, Reader, ReaderError, Store, TenantError, TenantName,
    random_password,
};

use super::args::ClickHouseArgs;
use crate::{
    config,
    dev::reader_of,
    exit::{Exit, Failure, Result, chain},
    instance::{Instance, ReaderLogin},
};

/// Where readers log in.
pub enum Source {
    /// A ClickHouse with users of its own.
    Server(Box<Store>),
    /// A running `dev`.
    Dev {
        /// How Grafana on this machine reaches it.
        address: ClickHouseAddress,
        /// Its readers, one of every tenant.
        readers: Vec<ReaderLogin>,
        /// Its receiver's gRPC address and admin key, to tell it of what is done.
        receiver: (String, String),
    },
}

impl Source {
    /// The configured one, or the running `dev`.
    pub fn find(args: &ClickHouseArgs, data: &Path) -> Result<Self> {
        if let Some(store) = Self::configured(args)? {
            return Ok(Self::Server(Box::new(store)));
        }
        let path = Instance::path(data);
        let running = Instance::find(data)?;
        let running = running.and_then(|i| i.running.map(|run| (run, i.readers, i.admin_key)));
        let Some((running, readers, admin_key)) = running else {
            let what = "no ClickHouse is named, and no `ticketlens dev` runs here";
            return Err(Failure::new(Exit::Usage, what).next(
                "name it with --config (TICKETLENS_CONFIG) or TICKETLENS_CLICKHOUSE_URL, or a \
                 running dev's folder with --data",
            ));
        };
        let address = running.clickhouse_url.parse().map_err(|e| {
            Failure::new(Exit::Failed, format!("{} can't be used: {e}", path.display()))
        })?;
        Ok(Self::Dev { address, readers, receiver: (running.grpc_endpoint, admin_key) })
    }

    /// The ClickHouse of the configuration, if there is one.
    pub fn configured(args: &ClickHouseArgs) -> Result<Option<Store>> {
        // The receiver's certificate is of no use here: it may be on another machine.
        let (config, _) = match &args.config {
            Some(path) => config::read_without_files(path)?,
            None if std::env::var_os("TICKETLENS_CLICKHOUSE_URL").is_some() => {
                config::from_environment_without_files()?
            }
            None => return Ok(None),
        };
        Ok(Some(Store::open(config.store)))
    }

    /// The database of the contract.
    pub fn database(&self) -> DatabaseName {
        match self {
            Self::Server(store) => store.config().database.clone(),
            Self::Dev { .. } => DatabaseName::default(),
        }
    }

    /// As this program reaches it.
    pub fn address(&self) -> Result<ClickHouseAddress> {
        match self {
            Self::Server(store) => ClickHouseAddress::of(&store.config().url).map_err(|e| {
                let what = format!("Grafana can't be told of this ClickHouse's address: {e}");
                Failure::new(Exit::Usage, what).next("set --grafana-clickhouse")
            }),
            Self::Dev { address, .. } => Ok(address.clone()),
        }
    }

    /// Every tenant there is.
    pub async fn tenants(&self) -> Result<Vec<TenantName>> {
        match self {
            Self::Server(store) => {
                let tenants = store.list_tenants().await.map_err(|e| tenants_unread(&e))?;
                Ok(tenants.into_iter().map(|tenant| tenant.name).collect())
            }
            Self::Dev { readers, .. } => {
                let names = readers.iter().filter_map(|login| login.tenant.as_deref());
                Ok(names.filter_map(|name| name.parse().ok()).collect())
            }
        }
    }

    /// Every reader there is, of tenants that are gone too.
    pub async fn readers(&self) -> Result<Vec<Reader>> {
        match self {
            Self::Server(store) => store.published_readers().await.map_err(|e| failed(&e)),
            Self::Dev { readers, .. } => Ok(readers.iter().filter_map(reader_of).collect()),
        }
    }

    /// Whether the reader can log in.
    pub async fn has_login(&self, reader: &Reader) -> Result<bool> {
        match self {
            Self::Server(store) => store.has_login(reader).await.map_err(|e| failed(&e)),
            Self::Dev { readers, .. } => Ok(readers.iter().any(|l| l.user == reader.name())),
        }
    }

    /// Brings the reader up to date; with its password, where Grafana has to be told of one.
    pub async fn bring(
        &self,
        reader: &Reader,
        tell: bool,
    ) -> Result<(Change, Option<SecretString>)> {
        match self {
            Self::Server(store) => {
                let password = if tell {
                    Some(random_password().map_err(|e| Failure::new(Exit::Failed, e.to_string()))?)
                } else {
                    None
                };
                let change = store.provision_reader(reader, password.as_ref()).await;
                Ok((change.map_err(|e| failed(&e))?, password))
            }
            Self::Dev { readers, .. } => {
                let known = readers.iter().find(|login| login.user == reader.name());
                let login = known.ok_or_else(|| {
                    let what = format!("the running dev has no database login {}", reader.name());
                    Failure::new(Exit::Failed, what)
                        .next("it makes one for every tenant; look at what it says")
                })?;
                let password = tell.then(|| SecretString::from(login.password.clone()));
                Ok((Change::Unchanged, password))
            }
        }
    }

    /// Takes the reader away.
    pub async fn remove(&self, reader: &Reader) -> Result<Change> {
        match self {
            Self::Server(store) => store.remove_reader(reader).await.map_err(|e| failed(&e)),
            // It follows its tenants by itself.
            Self::Dev { .. } => Ok(Change::Unchanged),
        }
    }
}

fn tenants_unread(error: &TenantError) -> Failure {
    let exit = if error.is_retryable() { Exit::Unreachable } else { Exit::Failed };
    Failure::new(exit, chain(error))
        .next("check [clickhouse] in the configuration: url, user, password and database")
}

/// Why a reader is not as it should be, and what to do.
pub fn failed(error: &ReaderError) -> Failure {
    let exit = if error.is_retryable() { Exit::Unreachable } else { Exit::Failed };
    let failure = Failure::new(exit, format!("in ClickHouse: {}", chain(error)));
    match error {
        _ if error.is_denied() => failure.next(format!(
            "the login in [clickhouse] may not do this. Name one that may, in \
             TICKETLENS_CLICKHOUSE_USER and TICKETLENS_CLICKHOUSE_PASSWORD, or grant it:\n{}",
            GRANTS_TO_PROVISION.join("\n")
        )),
        ReaderError::NotMigrated(_) => failure.next("ticketlens migrate makes them"),
        ReaderError::UsersInAFile => failure.next(
            "a running `ticketlens dev` makes its readers itself: leave --config away, and name its \
             folder with --data. On a server of your own, configure user_directories with a \
             local_directory",
        ),
        ReaderError::Taken(_) => failure.next("rename or drop it, and run this again"),
        ReaderError::ForeignPolicy { .. } => failure.next(
            "the tables in there are TicketLens's own. Its policies let everyone else see what \
             grants let them see, and would undo that one: drop it, and take the grant away instead",
        ),
        _ => failure,
    }
}
