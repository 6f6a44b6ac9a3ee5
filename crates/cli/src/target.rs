//! Which receiver, and with which key: the command line, the environment, or the running `dev`.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use clap::Args;
use ticketlens_show::safe;

use crate::{
    api::{self, Admin, Tickets, expect_tenant},
    channel::{Key, KeyedChannel},
    exit::{Exit, Failure, Result},
    instance::{DATA_DIR, Instance, Running},
    peer,
    secrets::find_secret,
    terminal::note,
};

/// Which receiver to talk to, and with which key.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Receiver")]
pub struct TargetArgs {
    /// The receiver's gRPC address, e.g. https://tickets.example.com:4317
    /// [env: TICKETLENS_ENDPOINT; OTEL_EXPORTER_OTLP_ENDPOINT where no `dev` runs].
    // Not read by clap: what is said on the command line wins over a `dev`, what is set does not.
    #[arg(long, value_name = "URL")]
    pub endpoint: Option<String>,
    /// The key to use. The environment keeps it out of the list of processes
    /// [env: TICKETLENS_KEY, TICKETLENS_KEY_FILE; only with an address].
    #[arg(long, value_name = "KEY")]
    pub key: Option<String>,
    /// The data folder of a running `ticketlens dev`, whose address and keys are used where no
    /// address is given [env: TICKETLENS_DATA] [default: .ticketlens].
    #[arg(long, value_name = "DIR", conflicts_with = "endpoint")]
    pub data: Option<PathBuf>,
}

impl TargetArgs {
    /// The data folder of a `dev`.
    pub fn data(&self) -> PathBuf {
        let set = || variable("TICKETLENS_DATA").map(PathBuf::from);
        self.data.clone().or_else(set).unwrap_or_else(|| DATA_DIR.into())
    }
}

impl TargetArgs {
    /// The address that somebody has given.
    pub fn address(&self) -> Option<Address> {
        let given = self.endpoint.clone().map(|url| Address { url, source: "--endpoint" });
        let set = |url| Address { url, source: "TICKETLENS_ENDPOINT" };
        given.or_else(|| variable("TICKETLENS_ENDPOINT").map(set))
    }

    /// Whether somebody has given a key.
    pub fn has_key(&self) -> Result<bool> {
        Ok(given_key(self, &variable)?.is_some())
    }
}

/// What a command needs a key for; `dev` has one for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To send tickets.
    Ingest,
    /// To read the tenant's own tickets, and nothing more.
    Read,
    /// To read tickets and to administrate: the provider's view.
    Admin,
}

/// A receiver and the key for it.
pub struct Target {
    /// The gRPC address, `http://` or `https://`.
    pub endpoint: String,
    /// The key, and where it came from.
    pub key: Key,
    /// What `dev` hashes customers with, where that is who was found.
    pub hash_key: Option<String>,
    /// Reads what the key sends, where that is known.
    reader: Option<Key>,
    /// Where the address came from.
    source: String,
    /// What to say when nothing answers there.
    otherwise: String,
}

/// An address, and where it came from.
#[derive(Clone, Debug)]
pub struct Address {
    /// `http://` or `https://`.
    pub url: String,
    /// A flag, a variable, a setting: where it is to be changed.
    pub source: &'static str,
}

impl Target {
    /// Finds the receiver and the key for a purpose. What is on the command line wins; then
    /// `TICKETLENS_ENDPOINT`; then a `dev` that runs here, with its own keys; then OpenTelemetry's
    /// variables.
    pub fn find(args: &TargetArgs, purpose: Purpose) -> Result<Self> {
        Self::find_with(args, purpose, &variable)
    }

    fn find_with(args: &TargetArgs, purpose: Purpose, variable: Variables<'_>) -> Result<Self> {
        if let Some(url) = &args.endpoint {
            return Self::given(Address { url: url.clone(), source: "--endpoint" }, args, variable);
        }
        let set = |source| variable(source).map(|url| Address { url, source });
        if args.data.is_none()
            && let Some(address) = set("TICKETLENS_ENDPOINT")
        {
            return Self::given(address, args, variable);
        }
        let data = args.data.clone().or_else(|| variable("TICKETLENS_DATA").map(PathBuf::from));
        let dev = running(&data.unwrap_or_else(|| DATA_DIR.into()));
        let otlp = || {
            set("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT").or_else(|| set("OTEL_EXPORTER_OTLP_ENDPOINT"))
        };
        match dev {
            Ok(dev) => Self::dev(dev, args, purpose, variable),
            // Who asked for a folder is told of it.
            Err(none) if args.data.is_some() || none.exit != Exit::Unreachable => Err(none),
            Err(none) => match (otlp(), given_key(args, variable)?) {
                (Some(address), Some(_)) => Self::given(address, args, variable),
                _ => Err(none),
            },
        }
    }

    /// The receiver at this address, with the key that somebody has given.
    pub fn at(address: Address, args: &TargetArgs) -> Result<Self> {
        Self::given(address, args, &variable)
    }

    fn dev(
        dev: Found,
        args: &TargetArgs,
        purpose: Purpose,
        variable: Variables<'_>,
    ) -> Result<Self> {
        let instance = dev.instance;
        let file = Instance::path(&dev.data).display().to_string();
        let given = args.key.as_ref().filter(|key| !key.trim().is_empty());
        let key = match (given, purpose) {
            (Some(key), _) => Key::new(key, "--key"),
            (None, Purpose::Ingest) => Key::new(&instance.ingest_key, file.clone()),
            (None, Purpose::Read) => Key::new(&instance.read_key, file.clone()),
            (None, Purpose::Admin) => Key::new(&instance.admin_key, file.clone()),
        };
        let own = [&instance.ingest_key, &instance.read_key, &instance.admin_key];
        let is_another = |set: &String| !own.contains(&&set.trim().to_owned());
        let another = variable("TICKETLENS_KEY").filter(is_another).filter(|_| given.is_none());
        if let Some(another) = another {
            if purpose == Purpose::Ingest {
                expect_same_tenant(&Key::new(&another, "TICKETLENS_KEY"), &instance.tenant)?;
            }
            note(&format!(
                "TICKETLENS_KEY is not used: a `ticketlens dev` runs here and has keys of its own \
                 ({file}); --key uses another"
            ));
        }
        Ok(Self {
            endpoint: dev.running.grpc_endpoint,
            key,
            hash_key: Some(instance.hash_key),
            // A key that was given may be another tenant's.
            reader: given.is_none().then(|| Key::new(&instance.read_key, file.clone())),
            source: file.clone(),
            otherwise: format!(
                "{file} says that `ticketlens dev` runs there as process {}. If it is gone, start \
                 it again: ticketlens dev --data {}",
                dev.running.pid,
                dev.data.display(),
            ),
        })
    }

    /// The receiver of this very process.
    pub fn own(endpoint: &str, admin_key: &str) -> Self {
        Self {
            endpoint: endpoint.to_owned(),
            key: Key::new(admin_key, "dev.json"),
            hash_key: None,
            reader: None,
            source: "this process".to_owned(),
            otherwise: "it was just started: is there a firewall on this machine's own address?"
                .to_owned(),
        }
    }

    fn given(address: Address, args: &TargetArgs, variable: Variables<'_>) -> Result<Self> {
        let Address { url, source } = address;
        let shown = format!("{} ({source})", safe::line(&url));
        if url.contains(['@', '?', '#']) {
            let what = format!("the address from {source} is more than a host and a port");
            return Err(Failure::new(Exit::Usage, what).next(
                "write http://host:4317 or https://host:4317; the key goes into TICKETLENS_KEY",
            ));
        }
        if !url.starts_with("http://") && !url.starts_with("https://") {
            return Err(Failure::new(
                Exit::Usage,
                format!("{shown} is not an address of a receiver"),
            )
            .next("an address starts with http:// or https://, e.g. http://127.0.0.1:4317"));
        }
        let url = url.trim_end_matches('/');
        if url.splitn(4, '/').count() > 3 {
            let what = format!("{shown} has a path, and gRPC has none");
            return Err(Failure::new(Exit::Usage, what).next("leave it out"));
        }
        let Some(key) = given_key(args, variable)? else {
            return Err(Failure::new(Exit::Usage, format!("no key for {shown}")).next(
                "set TICKETLENS_KEY, or TICKETLENS_KEY_FILE to the name of a file that holds it, \
                 or give --key; `ticketlens key create` makes one",
            ));
        };
        Ok(Self {
            endpoint: url.to_owned(),
            key,
            hash_key: None,
            reader: None,
            source: match source.starts_with("OTEL") {
                true => format!("{source}, as no `ticketlens dev` runs here"),
                false => source.to_owned(),
            },
            otherwise: format!(
                "check the address ({source}: the gRPC port, usually 4317) and that the receiver \
                 runs"
            ),
        })
    }

    /// Where tickets go: `acme at 127.0.0.1:4317`; without the tenant where the key does not say it.
    pub fn destination(&self) -> String {
        let host = self.endpoint.split_once("://").map_or(&*self.endpoint, |(_, host)| host);
        let of = self.key.tenant().map(|tenant| format!("{tenant} at ")).unwrap_or_default();
        safe::line(&format!("{of}{host}")).into_owned()
    }

    /// Whether it is a `dev` that was found here.
    pub fn is_dev(&self) -> bool {
        self.hash_key.is_some()
    }

    /// Connects to the query and administration API, and says what to do where none answers.
    pub async fn connect(&self) -> Result<KeyedChannel> {
        self.connect_within(api::ANSWER).await
    }

    /// The same for work on many stored tickets, which takes its time.
    pub async fn connect_for_long_work(&self) -> Result<KeyedChannel> {
        self.connect_within(api::LONG_WORK).await
    }

    async fn connect_within(&self, within: Duration) -> Result<KeyedChannel> {
        let mut channel = api::connect(&self.endpoint, &self.key, &self.otherwise, within).await?;
        let found = peer::expect_receiver(&mut channel, &self.endpoint).await;
        found.map(|()| channel).map_err(|failure| self.misdirected(failure))
    }

    /// The query API as the sender's own tenant sees it; `None` where that can't be told.
    pub async fn tickets_of_sender(&self) -> Option<Tickets> {
        let reader = self.reader.as_ref()?;
        let channel = api::connect(&self.endpoint, reader, &self.otherwise, api::ANSWER).await;
        channel.ok().map(api::tickets)
    }

    /// Tells at once where nothing takes tickets, or not with this key.
    pub async fn expect_logs(&self) -> Result<()> {
        let mut channel =
            api::connect(&self.endpoint, &self.key, &self.otherwise, api::ANSWER).await?;
        // The client library speaks OTLP/HTTP to that protocol's own port; gRPC is not asked there.
        if self.endpoint.ends_with(":4318") {
            return Ok(());
        }
        let found = peer::expect_logs(&mut channel, &self.endpoint).await;
        found.map_err(|failure| self.misdirected(failure))
    }

    /// Says where an address came from at which something else answers.
    fn misdirected(&self, failure: Failure) -> Failure {
        match failure.exit {
            Exit::Unreachable => failure.next(format!(
                "name the gRPC port of a TicketLens receiver, usually 4317; this address came from {}",
                self.source
            )),
            _ => failure,
        }
    }
}

/// Connects to the administration API.
pub async fn admin(target: &TargetArgs) -> Result<Admin> {
    Ok(Admin::new(Target::find(target, Purpose::Admin)?.connect().await?))
}

/// Connects to the query API, to ask for this tenant's tickets; any for an empty name.
pub async fn tickets(target: &TargetArgs, tenant: &str) -> Result<Tickets> {
    tickets_on(Target::find(target, Purpose::Admin)?.connect().await?, tenant).await
}

/// The same, to ask what takes its time.
pub async fn tickets_for_long_work(target: &TargetArgs, tenant: &str) -> Result<Tickets> {
    tickets_on(Target::find(target, Purpose::Admin)?.connect_for_long_work().await?, tenant).await
}

async fn tickets_on(channel: KeyedChannel, tenant: &str) -> Result<Tickets> {
    if !tenant.is_empty() {
        expect_tenant(&mut Admin::new(channel.clone()), tenant).await?;
    }
    Ok(api::tickets(channel))
}

/// The environment.
type Variables<'v> = &'v dyn Fn(&str) -> Option<String>;

/// A variable of the environment; one that is empty counts as unset.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}

fn given_key(args: &TargetArgs, variable: Variables<'_>) -> Result<Option<Key>> {
    const NAME: &str = "TICKETLENS_KEY";
    if let Some(key) = args.key.as_ref().filter(|key| !key.trim().is_empty()) {
        return Ok(Some(Key::new(key, "--key")));
    }
    let is_set = variable(NAME).is_some();
    let source = if is_set { NAME.to_owned() } else { format!("the file that {NAME}_FILE names") };
    Ok(find_secret(NAME, variable)?.map(|text| Key::new(&text, source)))
}

/// Tickets meant for one tenant must not end up at another: who has set a key of one means it.
fn expect_same_tenant(set: &Key, tenant: &str) -> Result<()> {
    match set.tenant() {
        Some(meant) if meant != tenant => {
            let (meant, tenant) = (safe::line(meant), safe::line(tenant));
            let what = format!(
                "{} is a key of tenant {meant}, and the `ticketlens dev` that runs here would send \
                 as {tenant}",
                set.source
            );
            Err(Failure::new(Exit::Usage, what).next(format!(
                "send to {meant} with --key \"$TICKETLENS_KEY\" (here) or --endpoint URL (elsewhere), \
                 or to {tenant} with TICKETLENS_KEY unset"
            )))
        }
        _ => Ok(()),
    }
}

/// The `dev` that runs on a folder, and where it listens.
pub fn running_dev(data: &Path) -> Result<(Instance, Running)> {
    running(data).map(|found| (found.instance, found.running))
}

/// A running `dev`.
struct Found {
    data: PathBuf,
    instance: Instance,
    running: Running,
}

fn running(data: &Path) -> Result<Found> {
    let path = Instance::path(data);
    let start = format!(
        "start one with `ticketlens dev --data {}`, run this in the folder of one that runs (or \
         name it with --data), or point to a receiver with --endpoint and --key \
         (TICKETLENS_ENDPOINT, TICKETLENS_KEY)",
        data.display()
    );
    let none = |what: String| Failure::new(Exit::Unreachable, what).next(start.clone());
    let instance = Instance::find(data)?.ok_or_else(|| {
        none(format!("no receiver is known here: there is no {}", path.display()))
    })?;
    let Some(running) = instance.running.clone() else {
        return Err(none(format!("the dev instance in {} is not running", data.display())));
    };
    Ok(Found { data: data.to_owned(), instance, running })
}

#[cfg(test)]
mod tests;
