//! The real OpenTelemetry Collector, with a file of `collector-config/` as it is shipped.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use nix::sys::signal::Signal;
use tempfile::TempDir;

use crate::{
    free_port, peer,
    receiver::{exchange, get},
    signal,
};

/// Longest time a Collector may take to start or to end.
const STUCK: Duration = Duration::from_secs(60);

/// A running Collector and the folder it keeps its queue in. Killed when dropped.
#[derive(Debug)]
pub struct Collector {
    child: Child,
    command: Settings,
    grpc: SocketAddr,
    http: SocketAddr,
    health: SocketAddr,
    metrics: SocketAddr,
    folder: TempDir,
}

/// What it is started with, each time.
#[derive(Debug)]
struct Settings {
    configs: Vec<PathBuf>,
    environment: Vec<(String, String)>,
}

/// A file of `collector-config/`.
pub fn collector_config(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../collector-config").join(file)
}

/// What `otelcol validate` says of a configuration: whether it may run, and why not.
///
/// # Panics
///
/// If it can't be asked.
pub fn validate(config: &Path, environment: &[(&str, &str)]) -> Result<(), String> {
    let output = Command::new(peer("collector", "otelcol"))
        .arg("validate")
        .arg("--config")
        .arg(config)
        .env_clear()
        .envs(environment.iter().copied())
        .output()
        .expect("the Collector runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() { Ok(()) } else { Err(said) }
}

impl Collector {
    /// Starts one with a file of `collector-config/`, `environment` and, where a test needs to
    /// change something, `changes` in YAML on top; waits until it takes data.
    ///
    /// # Panics
    ///
    /// If it does not come up.
    pub fn start(file: &str, environment: &[(&str, &str)], changes: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let [grpc, http, health, metrics] =
            [(); 4].map(|()| SocketAddr::from(([127, 0, 0, 1], free_port())));
        // Where its own metrics are read is the one thing the files leave to its default.
        let reader = format!("{{host: 127.0.0.1, port: {}}}", metrics.port());
        let telemetry = format!(
            "service: {{telemetry: {{metrics: {{level: normal, readers: \
             [{{pull: {{exporter: {{prometheus: {reader}}}}}}}]}}}}}}\n"
        );
        let mut configs = vec![collector_config(file)];
        for (name, text) in [("telemetry.yaml", telemetry.as_str()), ("changes.yaml", changes)] {
            let path = folder.path().join(name);
            fs::write(&path, text).expect("a configuration is written");
            configs.push(path);
        }
        let queue = folder.path().join("queue");
        let own = [
            ("OTLP_GRPC_LISTEN", grpc.to_string()),
            ("OTLP_HTTP_LISTEN", http.to_string()),
            ("HEALTH_LISTEN", health.to_string()),
            ("QUEUE_DIRECTORY", queue.to_string_lossy().into_owned()),
            ("TICKETLENS_INSECURE", "true".to_owned()),
            ("BEFORE_INSECURE", "true".to_owned()),
        ];
        let given = environment.iter().map(|(name, value)| (*name, (*value).to_owned()));
        let environment =
            own.into_iter().chain(given).map(|(name, value)| (name.to_owned(), value)).collect();
        let command = Settings { configs, environment };
        let child = command.spawn(&folder);
        let collector = Self { child, command, grpc, http, health, metrics, folder };
        collector.wait_until_ready();
        collector
    }

    /// Where it takes OTLP/gRPC.
    pub fn grpc(&self) -> String {
        format!("http://{}", self.grpc)
    }

    /// Sends JSON to its OTLP/HTTP port; the whole answer.
    ///
    /// # Panics
    ///
    /// If there is no answer.
    pub fn post(&self, path: &str, json: &str) -> String {
        let request = format!(
            "POST {path} HTTP/1.0\r\nHost: test\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{json}",
            json.len()
        );
        exchange(self.http, &request).expect("an answer")
    }

    /// The sum of one of its own counters or gauges over all its labels, e.g.
    /// `otelcol_exporter_sent_log_records`; nothing where it has none by that name yet.
    ///
    /// # Panics
    ///
    /// If its metrics can't be read.
    pub fn metric(&self, name: &str) -> u64 {
        self.metric_of(name, "")
    }

    /// The same, over the labels that contain `label`.
    ///
    /// # Panics
    ///
    /// If its metrics can't be read.
    pub fn metric_of(&self, name: &str, label: &str) -> u64 {
        let page = get(self.metrics, "/metrics").expect("its metrics");
        let samples = page.lines().filter_map(|line| {
            let (sample, value) = line.rsplit_once(' ')?;
            let (metric, labels) = sample.split_once('{').unwrap_or((sample, ""));
            let is_it = metric.strip_suffix("_total").unwrap_or(metric) == name;
            (is_it && labels.contains(label)).then(|| value.parse::<f64>().expect("a number"))
        });
        // Counters of records: whole numbers, far below 2^53.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "see above")]
        let sum = samples.sum::<f64>() as u64;
        sum
    }

    /// Everything it has said so far.
    ///
    /// # Panics
    ///
    /// If its log can't be read.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).expect("the Collector's log")
    }

    /// Kills it as a machine would, and starts it again on the same ports and the same queue.
    ///
    /// # Panics
    ///
    /// If it does not come up again.
    pub fn kill_and_restart(&mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
        self.start_again();
    }

    /// Asks it to end, and starts it again on the same ports and the same queue.
    ///
    /// # Panics
    ///
    /// If it does not end, or does not come up again.
    pub fn restart(&mut self) -> ExitStatus {
        signal(self.child.id(), Signal::SIGTERM);
        let started = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("its status") {
                break status;
            }
            assert!(started.elapsed() < STUCK, "the Collector does not end:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        };
        self.start_again();
        status
    }

    fn start_again(&mut self) {
        self.child = self.command.spawn(&self.folder);
        self.wait_until_ready();
    }

    fn wait_until_ready(&self) {
        let started = Instant::now();
        let answers = || get(self.health, "/").is_some_and(|said| said.contains(" 200 OK"));
        while !answers() {
            assert!(started.elapsed() < STUCK, "the Collector is not ready:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Settings {
    fn spawn(&self, folder: &TempDir) -> Child {
        let log = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(folder.path().join("log"))
            .expect("a log file");
        let mut command = Command::new(peer("collector", "otelcol"));
        for config in &self.configs {
            command.arg("--config").arg(config);
        }
        command
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("the log file"))
            .stderr(log)
            .spawn()
            .expect("the Collector starts")
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
