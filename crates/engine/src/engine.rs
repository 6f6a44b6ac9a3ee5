//! The engine as its user sees it: start, address, state, stop.

use std::{
    fs::DirBuilder,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, Sender},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use secrecy::SecretString;
use tokio::sync::watch;

use crate::{
    access::Access,
    child::Host,
    config::{BACKUP_DISK, Limits, backups_folder},
    find,
    password::random_password,
    ports::Ports,
    progress::Silent,
    restarts::Restarts,
    source::Source,
    start_error::StartError,
    state::{State, StateCell},
    supervise::{Command, Message, Plan, Stopped, Supervisor},
};

/// How long dropping an [`Engine`] waits for an orderly stop.
const DROP_DEADLINE: Duration = Duration::from_secs(5);

/// What to start, and how.
#[derive(Debug, Clone)]
pub struct EngineConfig {
    /// Holds the database and everything else of the engine; made if absent.
    pub data_dir: PathBuf,
    /// The engine; `None` = [`find()`](crate::find()) it, fetching it without a word if need be.
    pub source: Option<Source>,
    /// The program to run it in; `None` = [`Host::find`].
    pub host: Option<Host>,
    /// Where it listens, on 127.0.0.1 only. Kept over restarts.
    pub ports: Ports,
    /// What it may use of the machine.
    pub limits: Limits,
    /// Who may log in; `None` = only the administrator, with a random password.
    pub access: Option<Access>,
    /// How long the first answer may take.
    pub start_timeout: Duration,
    /// How long to wait for a predecessor that is still closing the folder.
    pub lock_wait: Duration,
    /// What to do when it goes down by itself.
    pub restarts: Restarts,
}

impl EngineConfig {
    /// The defaults: free ports, a laptop's limits, a random password, five restarts in two minutes.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            source: None,
            host: None,
            ports: Ports::default(),
            limits: Limits::default(),
            access: None,
            start_timeout: Duration::from_secs(60),
            lock_wait: Duration::from_secs(3),
            restarts: Restarts::default(),
        }
    }

    /// For tests: small limits, and no restart, so that a crash can't go unnoticed.
    pub fn temporary(data_dir: impl Into<PathBuf>) -> Self {
        let limits = Limits {
            memory_bytes: 1 << 30,
            mark_cache_bytes: 16 << 20,
            merge_threads: 2,
            concurrent_queries: 50,
        };
        let restarts = Restarts { most: 0, ..Restarts::default() };
        Self { limits, restarts, ..Self::new(data_dir) }
    }
}

/// A running embedded ClickHouse: a child process that ends when this value does, or when this process does,
/// however it dies.
///
/// All calls block, for as long as a start or a stop takes; in async code put `start`, `restart` and `stop`
/// into `spawn_blocking`, and follow the state with [`subscribe`](Self::subscribe).
///
/// ```no_run
/// use ticketlens_engine::{Engine, EngineConfig};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = std::path::Path::new("/tmp/x");
/// // A test needs no more than this, and a temporary folder that outlives the engine.
/// let engine = Engine::start(EngineConfig::temporary(folder))?;
/// let url = engine.http_url(); // http://127.0.0.1:41234
/// let (user, password) = (engine.admin_user(), engine.admin_password());
/// # drop((url, user, password));
/// # Ok(())
/// # }
/// ```
pub struct Engine {
    ports: Ports,
    state: Arc<StateCell>,
    admin_password: Mutex<SecretString>,
    messages: Sender<Message>,
    supervisor: Option<JoinHandle<()>>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let state = self.state();
        f.debug_struct("Engine").field("ports", &self.ports).field("state", &state).finish()
    }
}

impl Engine {
    /// The name of the disk that `BACKUP` writes to and `RESTORE` reads from, the only one.
    pub const BACKUP_DISK: &'static str = BACKUP_DISK;

    /// The folder of that disk, within an engine's data folder. What lies there is its owner's: the
    /// engine makes the folder, and removes nothing.
    pub fn backups(data_dir: &Path) -> PathBuf {
        backups_folder(data_dir)
    }

    /// Starts the engine and returns once it answers. Fetches it first where this machine has none, silently:
    /// call [`find()`](crate::find()) beforehand to show progress.
    ///
    /// # Errors
    /// See [`StartError`].
    pub fn start(config: EngineConfig) -> Result<Self, StartError> {
        let source = match config.source {
            Some(source) => source,
            None => find::find(&mut Silent)?,
        };
        let host = match config.host {
            Some(host) => host,
            None => Host::find()?,
        };
        let access = match config.access {
            Some(access) => access,
            None => Access::admin_only(random_password()?),
        };
        // The folder's own lock is the child's business; here it must only exist, to have an absolute path.
        let folder = |source| StartError::Folder { path: config.data_dir.clone(), source };
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&config.data_dir);
        let data_dir = made.and_then(|()| config.data_dir.canonicalize()).map_err(folder)?;
        let admin_password = Mutex::new(access.admin_password.clone());
        let plan = Plan {
            source,
            host,
            data_dir,
            ports: config.ports,
            limits: config.limits,
            access,
            start_timeout: config.start_timeout,
            lock_wait: config.lock_wait,
            restarts: config.restarts,
        };
        let state = Arc::new(StateCell::new());
        let (messages, receiver) = mpsc::channel();
        let (first, started) = mpsc::channel();
        let supervisor = Supervisor::new(plan, Arc::clone(&state), receiver, messages.clone());
        let supervisor = thread::Builder::new()
            .name("engine".into())
            .spawn(move || supervisor.run(&first))
            .map_err(StartError::Spawn)?;
        let ports = started.recv().unwrap_or(Err(StartError::Stopped))?;
        Ok(Self { ports, state, admin_password, messages, supervisor: Some(supervisor) })
    }

    /// Where ClickHouse's HTTP protocol is spoken, e.g. `http://127.0.0.1:8123`; the same after a restart.
    pub fn http_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports.http)
    }

    /// Where it listens, on 127.0.0.1; the same after a restart.
    pub fn ports(&self) -> Ports {
        self.ports
    }

    /// The port of ClickHouse's native protocol.
    pub fn native_port(&self) -> u16 {
        self.ports.native
    }

    /// The login name of the user who may do everything.
    pub fn admin_user(&self) -> &'static str {
        Access::ADMIN
    }

    /// That user's password.
    pub fn admin_password(&self) -> SecretString {
        self.admin_password.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The child process, while there is one that answers.
    pub fn pid(&self) -> Option<u32> {
        match self.state() {
            State::Running { pid } => Some(pid),
            _ => None,
        }
    }

    /// Where the engine stands right now.
    pub fn state(&self) -> State {
        self.state.now()
    }

    /// Every later change of the state, for async code.
    pub fn subscribe(&self) -> watch::Receiver<State> {
        self.state.subscribe()
    }

    /// Waits for a state, e.g. [`State::is_down_for_good`]; `None` when none came within `limit`.
    pub fn wait_for(&self, limit: Duration, wanted: impl Fn(&State) -> bool) -> Option<State> {
        self.state.wait(limit, wanted)
    }

    /// Stops the engine and starts it with other users, on the same ports (about 0.3 s).
    ///
    /// # Errors
    /// See [`StartError`]; the engine is down then, and may be restarted again.
    pub fn restart(&self, access: Access, deadline: Duration) -> Result<(), StartError> {
        let admin_password = access.admin_password.clone();
        let (reply, answer) = mpsc::channel();
        self.ask(Command::Restart { access, deadline, reply });
        let restarted = answer.recv().unwrap_or(Err(StartError::Stopped));
        if restarted.is_ok() {
            *self.admin_password.lock().unwrap_or_else(PoisonError::into_inner) = admin_password;
        }
        restarted
    }

    /// Stops the engine: it finishes what it is doing and closes its folder, and is killed if that takes longer
    /// than `deadline`. Stopping twice is fine. Open idle connections delay it by a second.
    pub fn stop(&self, deadline: Duration) -> Stopped {
        let (reply, answer) = mpsc::channel();
        self.ask(Command::Stop { deadline, reply });
        // No answer = it was stopped before.
        answer.recv().unwrap_or(Stopped::Clean)
    }

    fn ask(&self, command: Command) {
        // A supervisor that is gone drops the command, and with it the way to answer.
        let _ = self.messages.send(Message::Command(command));
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.stop(DROP_DEADLINE);
        if let Some(supervisor) = self.supervisor.take() {
            // It does not panic; and if it did, there would be nothing left to stop.
            let _ = supervisor.join();
        }
    }
}
