//! `ticketlens dev`: everything on this machine, from nothing.
//!
//! Up: the folder is taken → ports looked at → database → receiver → tenant and keys → readers → ready.
//! Down: receiver first, because what is in flight needs the database; the database last.

use std::{
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
};

use clap::Args;

use crate::{
    api::{self, Admin},
    backup::remove_left,
    channel::KeyedChannel,
    demo::{self, Day},
    dev::{At, Database, Ports, Readers, Served, first_instance, first_prices, provision, welcome},
    exit::{Exit, Failure, Result},
    instance::{DATA_DIR, Folder, FolderError, Instance, Running, data_flag},
    interrupt::Interrupt,
    otel,
    target::Target,
    terminal::{note, print},
};

/// Where, and what to show.
#[derive(Args, Debug)]
#[command(after_help = "\
The first start makes the tenant `demo` and its keys; DIR/dev.json keeps them, readable by you only.
Commands that are started in the same folder find it by themselves; elsewhere, add --data DIR.

Examples:
  ticketlens dev
  ticketlens dev --demo 200                       with a day's tickets of a sample agent
  ticketlens dev --demo 200 --exit-after-demo     show them, and stop
  ticketlens dev --data /tmp/try --grpc-port 14317 --http-port 14318")]
pub struct DevArgs {
    /// The data folder: tickets, keys, logs.
    #[arg(long, value_name = "DIR", env = "TICKETLENS_DATA", default_value = DATA_DIR)]
    pub data: PathBuf,
    /// Port of OTLP/gRPC and queries on 127.0.0.1; 0 is any free port.
    #[arg(long, value_name = "PORT", default_value_t = 4317)]
    pub grpc_port: u16,
    /// Port of OTLP/HTTP, the HTTP API (/docs) and MCP (/mcp) on 127.0.0.1; 0 is any free port.
    #[arg(long, value_name = "PORT", default_value_t = 4318)]
    pub http_port: u16,
    /// Port of the database (ClickHouse's HTTP protocol) on 127.0.0.1; 0 is any free port. By
    /// default the port of the last start; at the first start 8123, or any free port if it is taken.
    #[arg(long, value_name = "PORT")]
    pub clickhouse_port: Option<u16>,
    /// Fill it with this many tickets of a sample support agent, and show them.
    #[arg(long, value_name = "TICKETS", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub demo: Option<u32>,
    /// Seed of the sample agent: the same seed makes the same tickets.
    #[arg(long, value_name = "NUMBER", default_value_t = 42, requires = "demo")]
    pub seed: u64,
    /// Stop once the sample agent's tickets have been shown.
    #[arg(long, requires = "demo")]
    pub exit_after_demo: bool,
}

/// Does it.
pub async fn run(args: DevArgs) -> Result<Exit> {
    let folder = take(&args.data)?;
    look_at_ports(&args)?;
    let mut interrupt = Interrupt::listen()?;
    let mut instance = match Instance::find(&args.data)? {
        Some(known) => forget_the_last(&args, known)?,
        None => first_instance()?,
    };
    if let Err(error) = remove_left(&args.data, false) {
        note(&format!("what a backup that was broken off has left is still there: {error}"));
    }
    let port = args.clickhouse_port.or(instance.clickhouse_port);
    let database = tokio::select! {
        database = Database::start(&args.data, port, &instance.readers) => database?,
        () = interrupt.asked() => return Ok(Exit::Interrupted),
    };
    instance.clickhouse_port = Some(database.port());
    let ended = on_database(&args, &database, instance, &mut interrupt).await;
    let stopped = database.stop().await;
    drop(folder);
    // Why it ended says more than how it stopped.
    let exit = ended?;
    stopped?;
    Ok(exit)
}

async fn on_database(
    args: &DevArgs,
    database: &Database,
    mut instance: Instance,
    interrupt: &mut Interrupt,
) -> Result<Exit> {
    let mut receiver = Served::start(ports(args), database, &instance).await?;
    let ended = tokio::select! {
        ended = work(args, database, &receiver.at, &mut instance) => ended,
        trouble = database.down() => Err(trouble.into_failure(&args.data)),
        failure = receiver.task.down() => Err(failure),
        () = interrupt.asked() => {
            note("stopping: tickets in flight are committed and answered first");
            Ok(Exit::Done)
        }
    };
    let stopped = receiver.stop().await;
    instance.running = None;
    written(args, &instance)?;
    // Why it ended says more than how it stopped.
    let exit = ended?;
    stopped?;
    Ok(exit)
}

/// The folder is ours now, and nothing runs yet: one that was killed still stands in the file.
fn forget_the_last(args: &DevArgs, mut instance: Instance) -> Result<Instance> {
    if instance.running.take().is_some() {
        written(args, &instance)?;
    }
    Ok(instance)
}

fn written(args: &DevArgs, instance: &Instance) -> Result<()> {
    instance.write(&args.data).map_err(|e| {
        let path = Instance::path(&args.data);
        Failure::new(Exit::Failed, format!("{} can't be written: {e}", path.display()))
    })
}

/// Everything from the first key to the end of the demonstration; then waits.
async fn work(
    args: &DevArgs,
    database: &Database,
    receiver: &At,
    instance: &mut Instance,
) -> Result<Exit> {
    let running = &receiver.running;
    let target = Target::own(&running.grpc_endpoint, &instance.admin_key);
    let channel = target.connect().await?;
    let mut admin = Admin::new(channel.clone());
    provision(instance, &mut admin).await?;
    first_prices(&mut admin).await?;
    // Subscribed to before the tenants are looked at: nobody is missed in between.
    let changes = receiver.tenants.subscribe();
    let readers = Readers { database, store: receiver.store.clone() };
    readers.sync(instance).await?;
    instance.running = Some(running.clone());
    written(args, instance)?;
    let shown = instance.clone();
    tokio::select! {
        ended = show(args, &shown, running, channel) => ended,
        ended = async {
            match changes {
                Some(changes) => readers.follow(instance, changes, |i| written(args, i)).await,
                None => std::future::pending().await,
            }
        } => ended,
    }
}

/// The demonstration, where one is wanted, and how to go on; then waits.
async fn show(
    args: &DevArgs,
    instance: &Instance,
    running: &Running,
    channel: KeyedChannel,
) -> Result<Exit> {
    if let Some(tickets) = args.demo {
        let day = Day {
            tickets,
            seed: args.seed,
            endpoint: running.grpc_endpoint.clone(),
            key: instance.ingest_key.clone(),
            hash_key: instance.hash_key.clone(),
        };
        demo::run(day, api::tickets(channel)).await?;
        if args.exit_after_demo {
            let at = data_flag(&args.data);
            print(&format!(
                "\nTo look around: ticketlens dev{at}, then from another terminal ticketlens tickets \
                 list{at}\n"
            ))?;
            return Ok(Exit::Done);
        }
        print("\n")?;
    }
    print(&welcome(&args.data, instance, running))?;
    std::future::pending().await
}

fn take(data: &Path) -> Result<Folder> {
    let shown = data.display();
    Folder::take(data).map_err(|error| match error {
        FolderError::Taken => {
            let running = Instance::read(data).ok().flatten().and_then(|i| i.running);
            let who = running
                .map_or_else(String::new, |r| format!(" (process {}, {})", r.pid, r.grpc_endpoint));
            Failure::new(Exit::Failed, format!("a ticketlens dev already runs on {shown}{who}"))
                .next("use it, stop it, or choose another folder with --data")
        }
        FolderError::Unusable(e) => {
            Failure::new(Exit::Failed, format!("the folder {shown} can't be used: {e}"))
                .next("choose another with --data")
        }
    })
}

fn ports(args: &DevArgs) -> Ports {
    Ports { grpc: args.grpc_port, http: args.http_port }
}

/// A port that is taken is told before a database is started for nothing.
fn look_at_ports(args: &DevArgs) -> Result<()> {
    let ports = [args.grpc_port, args.http_port, args.clickhouse_port.unwrap_or_default()];
    let is_twice =
        |port: &u16| *port != 0 && ports.iter().filter(|other| *other == port).count() > 1;
    if ports.iter().any(is_twice) {
        let what = "--grpc-port, --http-port and --clickhouse-port must differ";
        return Err(Failure::new(Exit::Usage, what));
    }
    let own = [args.grpc_port, args.http_port].map(|port| (Ipv4Addr::LOCALHOST, port).into());
    otel::leaves_alone(&own)?;
    for (flag, port) in [("--grpc-port", args.grpc_port), ("--http-port", args.http_port)] {
        if let Err(error) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            return Err(Failure::new(
                Exit::Failed,
                format!("port {port} of 127.0.0.1 can't be used: {error}"),
            )
            .next(format!(
                "another program uses it, perhaps an OpenTelemetry Collector; stop that, or \
                 choose another port with {flag}"
            )));
        }
    }
    Ok(())
}
