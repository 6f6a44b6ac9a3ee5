//! A receiver in front of an engine of a test's own.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    process::Command,
    time::Duration,
};

use secrecy::ExposeSecret;
use tempfile::TempDir;
use ticketlens_engine::{Access, Engine, EngineConfig};

use super::altered;
use crate::dev::{Said, Server, call, program, said};

/// An address of gRPC, one of HTTP and a key, in a folder where nothing else is known.
pub fn from_afar(grpc: &str, http: &str, key: &str) -> Said {
    let folder = tempfile::tempdir().unwrap();
    let mut doctor = program(folder.path());
    doctor.args(["doctor", "--json", "--endpoint", grpc, "--http-endpoint", http]);
    said(doctor.env("TICKETLENS_KEY", key))
}

/// A receiver against an engine of a test's own.
pub struct System {
    pub folder: TempDir,
    engine: Engine,
    pub admin: String,
}

impl System {
    /// The engine, and a configuration for it with this at its end.
    pub fn new(more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = EngineConfig::temporary(folder.path().join("engine"));
        Self::on(folder, config, more)
    }

    /// The same with an engine whose files have these texts replaced.
    pub fn altered(replaced: &[(&str, String)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        altered::replace(folder.path(), replaced);
        let config = altered::altered(folder.path());
        Self::on(folder, config, "")
    }

    /// Starts such an engine again, with these replaced instead.
    pub fn alter(&self, replaced: &[(&str, String)]) {
        altered::replace(self.folder.path(), replaced);
        let access = Access::admin_only(self.engine.admin_password());
        self.engine.restart(access, Duration::from_secs(15)).unwrap();
    }

    fn on(folder: TempDir, config: EngineConfig, more: &str) -> Self {
        let engine = Engine::start(config).unwrap();
        let made =
            call(folder.path(), &["key", "create", "--scope", "admin", "--offline"]).ended(0);
        let digest = made.err.lines().find(|line| line.contains("admin_key_sha256")).unwrap();
        let config = format!(
            "grpc_listen = \"127.0.0.1:0\"\nhttp_listen = \"127.0.0.1:0\"\n{}\n[clickhouse]\n\
             url = \"{}\"\nuser = \"{}\"\n{more}",
            digest.trim(),
            engine.http_url(),
            engine.admin_user(),
        );
        fs::write(folder.path().join("receiver.toml"), config).unwrap();
        Self { folder, engine, admin: made.out.trim().to_owned() }
    }

    pub fn configured(&self, args: &[&str]) -> Command {
        let mut command = program(self.folder.path());
        command.args(args).args(["--config", "receiver.toml"]);
        let password = self.engine.admin_password();
        command.env("TICKETLENS_CLICKHOUSE_PASSWORD", password.expose_secret());
        command
    }

    pub fn serve(&self) -> (Server, [String; 2]) {
        let mut server = Server::start(&mut self.configured(&["serve"]));
        let address = |line: String| line.rsplit('=').next().unwrap().trim().to_owned();
        let grpc = address(server.wait_for("serving OTLP/gRPC"));
        let http = address(server.wait_for("serving OTLP/HTTP"));
        (server, [grpc, http])
    }

    pub fn stop_engine(&self) {
        self.engine.stop(Duration::from_secs(15));
    }

    pub fn doctor(&self, [grpc, http]: &[String; 2]) -> Said {
        let http = format!("http://{http}");
        let mut doctor = self.configured(&["doctor", "--json", "--http-endpoint", &http]);
        doctor.env("TICKETLENS_ENDPOINT", format!("http://{grpc}"));
        said(doctor.env("TICKETLENS_KEY", &self.admin))
    }

    /// What a command says that asks the receiver.
    pub fn call(&self, [grpc, _]: &[String; 2], args: &[&str]) -> Said {
        let mut command = program(self.folder.path());
        command.args(args).env("TICKETLENS_ENDPOINT", format!("http://{grpc}"));
        said(command.env("TICKETLENS_KEY", &self.admin))
    }

    /// Has its ClickHouse run a statement.
    pub fn sql(&self, statement: &str) {
        let url = self.engine.http_url();
        let address = url.trim_start_matches("http://").trim_end_matches('/');
        let mut stream = TcpStream::connect(address).unwrap();
        let (user, password) = (self.engine.admin_user(), self.engine.admin_password());
        write!(
            stream,
            "POST / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n\
             X-ClickHouse-User: {user}\r\nX-ClickHouse-Key: {}\r\n\r\n{statement}",
            statement.len(),
            password.expose_secret(),
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{statement}: {answer}");
    }

    /// Without its configuration.
    pub fn seen_from_afar(&self, [grpc, http]: &[String; 2]) -> Said {
        from_afar(&format!("http://{grpc}"), &format!("http://{http}"), &self.admin)
    }
}
