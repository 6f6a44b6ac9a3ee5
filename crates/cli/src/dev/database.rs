//! The embedded database of a `dev`: started in the data folder, watched, stopped last.

use std::{
    path::Path,
    sync::{Arc, OnceLock},
    time::Duration,
};

use secrecy::ExposeSecret;
use ticketlens_engine::{
    Engine, EngineConfig, Host, Ports, StartError, State, Stopped, random_password,
};
use ticketlens_receiver::Beside;
use ticketlens_show::safe;
use ticketlens_store::{InvalidUrl, Store, StoreConfig};
use tokio::task::spawn_blocking;

use super::{download::Download, logins::access};
use crate::{
    exit::{Exit, Failure, Result, chain},
    instance::ReaderLogin,
    terminal::note,
};

/// The first argument that makes this program the embedded database's own process.
pub const ENGINE_HOST: &str = "engine-host";
/// ClickHouse's own port of its HTTP protocol.
const USUAL_PORT: u16 = 8123;
/// What it is called among the parts of a server.
pub const PART: &str = "embedded engine";
/// How long the database may take to close its folder.
const STOP_DEADLINE: Duration = Duration::from_secs(15);

/// A running database.
pub struct Database {
    engine: Arc<Engine>,
    life: OnceLock<Beside>,
}

/// Where the database is, and who may do everything there. The password is a new one at each start.
pub struct Login {
    /// ClickHouse's HTTP protocol.
    pub url: String,
    /// The administrator.
    pub user: String,
    /// Its password.
    pub password: String,
}

/// The database is down for good.
#[derive(Debug)]
pub struct Trouble(String);

impl Trouble {
    /// As the end of a `dev`.
    pub fn into_failure(self, data: &Path) -> Failure {
        Failure::new(Exit::Broken, format!("the database crashed too often: {}", self.0)).next(
            format!(
                "tickets that were acknowledged are safe in {}; start it again, and if it goes on, \
                 look at the log in there",
                data.display()
            ),
        )
    }
}

impl Database {
    /// Fetches the engine where this machine has none (progress on stderr), starts it, and returns
    /// once it answers. Blocks its thread: see [`Database::start`].
    fn start_blocking(
        folder: &Path,
        port: Option<u16>,
        readers: &[ReaderLogin],
    ) -> Result<Engine, StartError> {
        let source = ticketlens_engine::find(&mut Download::default())?;
        let host = Host::this_program(ENGINE_HOST).map_err(StartError::Spawn)?;
        let config = EngineConfig {
            source: Some(source),
            host: Some(host),
            access: Some(access(random_password()?, readers)),
            ports: Ports { http: port.unwrap_or(USUAL_PORT), native: 0 },
            ..EngineConfig::new(folder.join("clickhouse"))
        };
        match Engine::start(config.clone()) {
            Err(StartError::PortTaken { .. }) if port.is_none() => {
                Engine::start(EngineConfig { ports: Ports::default(), ..config })
            }
            started => started,
        }
    }

    /// Starts the database of a data folder with these readers, on this port of ClickHouse's HTTP
    /// protocol: any free one for 0, and without one ClickHouse's own where that is free.
    pub async fn start(folder: &Path, port: Option<u16>, readers: &[ReaderLogin]) -> Result<Self> {
        let (path, readers) = (folder.to_owned(), readers.to_owned());
        let started = spawn_blocking(move || Self::start_blocking(&path, port, &readers)).await;
        let started = started
            .map_err(|e| Failure::new(Exit::Failed, format!("the database did not start: {e}")))?;
        let engine = started.map_err(|e| {
            let failure =
                Failure::new(Exit::Failed, format!("the database did not start: {}", chain(&e)));
            match e {
                StartError::InUse { .. } => failure.next(
                    "another process uses this folder; stop it, or choose another with --data",
                ),
                StartError::PortTaken { .. } => failure.next(
                    "a Grafana data source expects the database on this port; stop the program \
                     that uses it, or choose another port with --clickhouse-port",
                ),
                e if e.is_retryable() => failure.next("try again"),
                _ => failure,
            }
        })?;
        Ok(Self { engine: Arc::new(engine), life: OnceLock::new() })
    }

    /// How the receiver reaches it.
    pub fn login(&self) -> Login {
        Login {
            url: self.engine.http_url(),
            user: self.engine.admin_user().to_owned(),
            password: self.engine.admin_password().expose_secret().to_owned(),
        }
    }

    /// The store in it, without a receiver.
    pub fn store(&self) -> Result<Store> {
        let Login { url, user, password } = self.login();
        let url = url.parse().map_err(|e: InvalidUrl| Failure::new(Exit::Failed, e.to_string()))?;
        Ok(Store::open(StoreConfig { user, password: password.into(), ..StoreConfig::new(url) }))
    }

    /// The port where it speaks ClickHouse's HTTP protocol.
    pub fn port(&self) -> u16 {
        self.engine.ports().http
    }

    /// Where it speaks ClickHouse's HTTP protocol.
    pub fn url(&self) -> String {
        self.engine.http_url()
    }

    /// Lets these readers in and no others: a restart, a third of a second. What comes meanwhile is
    /// told to come again.
    pub async fn admit(&self, readers: &[ReaderLogin]) -> Result<()> {
        let engine = Arc::clone(&self.engine);
        let access = access(engine.admin_password(), readers);
        let restarted = spawn_blocking(move || engine.restart(access, STOP_DEADLINE)).await;
        let failed = |e: &(dyn std::error::Error + 'static)| {
            Failure::new(Exit::Failed, format!("the database did not restart: {}", chain(e)))
        };
        restarted.map_err(|e| failed(&e))?.map_err(|e| failed(&e))
    }

    /// Has its life told among those of a server's parts.
    pub fn is_told_as(&self, life: Beside) {
        // One server runs on it.
        let _ = self.life.set(life);
    }

    /// Watches it: tells of crashes and recoveries, and returns when it is down for good.
    pub async fn down(&self) -> Trouble {
        let mut states = self.engine.subscribe();
        loop {
            let state = states.borrow_and_update().clone();
            let trouble = match &state {
                State::Failed { crash } => Some(Trouble(says(crash))),
                State::Stopped => Some(Trouble("it was stopped".to_owned())),
                _ => None,
            };
            if let Some(life) = self.life.get() {
                tell(life, state);
            }
            if let Some(trouble) = trouble {
                return trouble;
            }
            if states.changed().await.is_err() {
                return Trouble("nobody watches it any more".to_owned());
            }
        }
    }

    /// Stops it: last of all, when nothing is to be committed any more.
    pub async fn stop(self) -> Result<()> {
        let Self { engine, life } = self;
        let life = life.into_inner();
        life.iter().for_each(Beside::is_draining);
        let stopped = spawn_blocking(move || engine.stop(STOP_DEADLINE)).await;
        life.iter().for_each(Beside::has_stopped);
        match stopped {
            Ok(Stopped::Clean) => Ok(()),
            Ok(Stopped::Killed) => {
                note(
                    "the database took too long to stop and was killed; what was acknowledged is safe",
                );
                Ok(())
            }
            Err(e) => Err(Failure::new(Exit::Failed, format!("the database did not stop: {e}"))),
        }
    }
}

/// Tells where it is. Its last words may quote what it worked on: they stay in its own log.
fn tell(life: &Beside, state: State) {
    let how = |crash: &ticketlens_engine::Exit| safe::line(&crash.status).into_owned();
    match state {
        State::Starting => life.starts(),
        State::Running { .. } => life.is_ready(),
        State::Restarting { crash, pause, crashes } => life.died(how(&crash), pause, crashes),
        State::Failed { crash } => life.is_given_up(how(&crash)),
        State::Stopped => life.has_stopped(),
    }
}

/// How it ended, in one line; its log lines stay in its log.
fn says(crash: &ticketlens_engine::Exit) -> String {
    match &crash.message {
        Some(message) => safe::line(&format!("{}; {message}", crash.status)).into_owned(),
        None => safe::line(&crash.status).into_owned(),
    }
}
