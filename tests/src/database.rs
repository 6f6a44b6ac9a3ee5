//! A database of a test's own.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tempfile::TempDir;
use ticketlens_engine::{Engine, EngineConfig, Host, State};
use ticketlens_store::{KeyRequest, Scope, Store, StoreConfig, TenantName, TenantSettings};

use crate::{
    program,
    readers::{Login, Readers, access},
};

/// How long a restart may take.
const RESTART: Duration = Duration::from_secs(60);

/// The embedded engine in a temporary folder, which goes with it.
#[derive(Debug)]
pub struct Database {
    engine: Engine,
    _folder: TempDir,
}

impl Database {
    /// Starts one. It restarts by itself when it is killed.
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut config = EngineConfig::new(folder.path());
        config.host = Some(Host::program(program("ticketlens-engine")));
        let engine = Engine::start(config).expect("the engine starts");
        Self { engine, _folder: folder }
    }

    /// How to reach it.
    ///
    /// # Panics
    ///
    /// Never: the engine's own address is one.
    pub fn config(&self) -> StoreConfig {
        let mut config = StoreConfig::new(self.url().parse().expect("the engine's address"));
        self.user().clone_into(&mut config.user);
        config.password = SecretString::from(self.password());
        config
    }

    /// Its HTTP address.
    pub fn url(&self) -> String {
        self.engine.http_url()
    }

    /// Who may do everything in it.
    pub fn user(&self) -> &'static str {
        self.engine.admin_user()
    }

    /// That user's password.
    pub fn password(&self) -> String {
        self.engine.admin_password().expose_secret().to_owned()
    }

    /// A store on it.
    pub fn store(&self) -> Store {
        Store::open(self.config())
    }

    /// The engine's process.
    pub fn pid(&self) -> Option<u32> {
        self.engine.pid()
    }

    /// The administrator's login.
    pub fn admin(&self) -> Login {
        Login {
            user: self.user().to_owned(),
            password: self.password(),
            database: "default".to_owned(),
            url: self.url(),
            native_port: self.engine.native_port(),
        }
    }

    /// The answer to a query, as text: what an administrator sees.
    ///
    /// # Panics
    ///
    /// If the engine does not answer, or refuses.
    pub fn query(&self, sql: &str) -> String {
        self.admin().query(sql)
    }

    /// Migrates, makes these tenants where they are not there, and gives the provider and each of
    /// them a reader, with views of its own as panels are given. The engine is restarted for it.
    ///
    /// # Panics
    ///
    /// If the engine does not come back, or refuses.
    pub async fn readers(&self, tenants: &[&str]) -> Readers {
        let store = self.store();
        store.migrate().await.expect("migrated");
        for tenant in tenants {
            let name: TenantName = tenant.parse().expect("a tenant's name");
            if store.tenant(&name).await.is_err() {
                store.create_tenant(&TenantSettings::new(name)).await.expect("a tenant");
            }
        }
        let readers = Readers::new(&store, tenants, &self.admin());
        let access = access(&store, self.engine.admin_password(), readers.all());
        self.engine.restart(access, RESTART).expect("the engine restarts");
        for (reader, _) in readers.all() {
            store.publish_views(reader).await.expect("views");
        }
        readers
    }

    /// Kills the engine as a machine would, and waits until it is back.
    ///
    /// # Panics
    ///
    /// If it does not come back.
    pub fn kill_and_wait(&self) {
        let before = self.pid().expect("the engine runs");
        crate::receiver::signal(before, nix::sys::signal::Signal::SIGKILL);
        let back = self.engine.wait_for(Duration::from_secs(60), |state| {
            matches!(state, State::Running { .. }) && self.pid() != Some(before)
        });
        assert!(back.is_some(), "the engine came back: {:?}", self.engine.state());
    }

    /// Makes a tenant and a key for it.
    ///
    /// # Panics
    ///
    /// If the database refuses.
    pub async fn tenant_key(&self, tenant: &str, scope: Scope) -> String {
        let store = self.store();
        let name: TenantName = tenant.parse().expect("a tenant's name");
        if store.tenant(&name).await.is_err() {
            store.create_tenant(&TenantSettings::new(name.clone())).await.expect("a tenant");
        }
        let request =
            KeyRequest { tenant: Some(name), scope, note: String::new(), expires_at: None };
        let new = store.create_key(request).await.expect("a key");
        new.secret.expose_secret().to_owned()
    }
}
