//! Our receiver, started with what is rendered: its arguments, its environment, its file.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use nix::sys::signal::Signal;
use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use serde_json::Value;
use tempfile::TempDir;
use ticketlens_tests::{Database, document::read, free_port, http_get, program, signal};

use crate::rendered::{SETS, objects, one};

/// Longest time anything here may take before a test counts as stuck.
const STUCK: Duration = Duration::from_secs(60);

/// A pod of one container: what Kubernetes would mount, in a folder of this machine.
pub struct Pod {
    folder: TempDir,
    objects: Vec<Value>,
}

impl Pod {
    /// With these in place of secrets, by the names of the files that they are mounted as.
    pub fn new(objects: Vec<Value>, secrets: &[(&str, &str)]) -> Self {
        let pod = Self { folder: tempfile::tempdir().unwrap(), objects };
        let made: CertifiedKey<KeyPair> =
            generate_simple_self_signed(["receiver".to_owned()]).unwrap();
        let file = one(&pod.objects, "ConfigMap")["data"]["receiver.toml"].as_str().unwrap();
        let file = pod.here(file);
        // The files that each volume has; the keys of a Secret of type kubernetes.io/tls are given.
        let (certificate, key) = (made.cert.pem(), made.signing_key.serialize_pem());
        for mount in pod.container()["volumeMounts"].as_array().unwrap() {
            let folder = pod.here(mount["mountPath"].as_str().unwrap());
            fs::create_dir_all(&folder).unwrap();
            let write =
                |name: &str, text: &str| fs::write(Path::new(&folder).join(name), text).unwrap();
            match mount["name"].as_str().unwrap() {
                "config" => write("receiver.toml", &file),
                "secrets" => secrets.iter().for_each(|(name, text)| write(name, text)),
                "tls" => {
                    write("tls.crt", &certificate);
                    write("tls.key", &key);
                }
                "client-ca" | "clickhouse-ca" => write("ca.crt", &certificate),
                other => panic!("nobody knows what is in {other}"),
            }
        }
        pod
    }

    fn container(&self) -> &Value {
        &one(&self.objects, "Deployment")["spec"]["template"]["spec"]["containers"][0]
    }

    /// A text in which the paths of the pod are those of the folder.
    fn here(&self, text: &str) -> String {
        let folder = self.folder.path().display().to_string();
        let text = text.replace("/etc/ticketlens", &format!("{folder}/etc"));
        text.replace("/run/ticketlens", &format!("{folder}/run"))
    }

    /// Our program with exactly the container's environment.
    pub fn ticketlens(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program("ticketlens"));
        command.args(arguments).env_clear();
        for variable in self.container()["env"].as_array().unwrap() {
            let value = variable["value"].as_str().unwrap();
            command.env(variable["name"].as_str().unwrap(), self.here(value));
        }
        command
    }

    fn arguments(&self) -> Vec<&str> {
        self.container()["args"].as_array().unwrap().iter().map(|a| a.as_str().unwrap()).collect()
    }
}

const SECRETS: [(&str, &str); 3] = [
    ("clickhouse-password", "a password\n"),
    ("hash-key", "0123456789abcdef0123456789abcdef\n"),
    ("admin-key-sha256", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n"),
];

#[test]
fn the_receiver_takes_what_is_rendered() {
    for (set, tls) in [("least", "(no TLS)"), ("everything", "(TLS)"), ("small", "(TLS)")] {
        let pod = Pod::new(objects(set, &[]), &SECRETS);
        let check = pod.ticketlens(&["check-config"]).output().unwrap();
        let (said, wrong) =
            (String::from_utf8_lossy(&check.stdout), String::from_utf8_lossy(&check.stderr));
        assert!(check.status.success(), "{set}: {wrong}");
        for says in [tls, "hashed with the key that is set", "1 in this file"] {
            assert!(said.contains(says), "{set}: {said}");
        }
        assert!(said.contains("0.0.0.0:4317") && said.contains("0.0.0.0:4318"), "{set}: {said}");
    }
}

/// What the container runs is a command of ours, with flags that it has and variables that it reads.
#[test]
fn the_command_is_one_of_ours() {
    for set in SETS {
        let pod = Pod::new(objects(set, &[]), &SECRETS);
        let arguments = pod.arguments();
        let help = Command::new(program("ticketlens")).args([arguments[0], "--help"]).output();
        let help = String::from_utf8(help.unwrap().stdout).unwrap();
        assert!(arguments.contains(&"--log-format"), "{arguments:?}");
        for flag in arguments.iter().filter(|argument| argument.starts_with("--")) {
            assert!(help.contains(flag), "{set}: no {flag} in {help}");
        }
        // Which a test of its own holds against the code.
        let settings = read("docs/settings.md");
        let variables = pod.container()["env"].as_array().unwrap().iter();
        let names = variables.map(|variable| variable["name"].as_str().unwrap());
        for name in names.filter(|name| name.starts_with("TICKETLENS_")) {
            assert!(settings.contains(&format!("`{name}`")), "{set}: nothing reads {name}");
        }
    }
}

/// Each file that the container's environment names has to be mounted: without one, the check says so.
#[test]
fn every_secret_is_needed() {
    for (missing, _) in SECRETS {
        let secrets: Vec<_> = SECRETS.into_iter().filter(|(name, _)| *name != missing).collect();
        let pod = Pod::new(objects("least", &[]), &secrets);
        let check = pod.ticketlens(&["check-config"]).output().unwrap();
        let said = String::from_utf8_lossy(&check.stderr).into_owned();
        assert!(!check.status.success() && said.contains(missing), "{missing}: {said}");
    }
}

/// On the embedded database, as no cluster was there: it becomes ready by the probes that are rendered, and ends
/// within the time that it is given.
#[test]
fn a_pod_becomes_ready_and_ends_in_order() {
    let database = Database::start();
    let more = [
        format!("config.clickhouse.url={}", database.url()),
        format!("config.clickhouse.user={}", database.user()),
    ];
    let more: Vec<_> = more.iter().flat_map(|set| ["--set", set]).collect();
    let password = database.password();
    let mut secrets = SECRETS;
    secrets[0].1 = &password;
    let pod = Pod::new(objects("least", &more), &secrets);
    let [grpc, http] = [free_port(), free_port()].map(|port| format!("127.0.0.1:{port}"));
    let log = pod.folder.path().join("log");
    let log_of = || fs::read_to_string(&log).unwrap();
    let mut child = pod
        .ticketlens(&pod.arguments())
        // Ports of this machine that nobody else has.
        .env("TICKETLENS_GRPC_LISTEN", grpc)
        .env("TICKETLENS_HTTP_LISTEN", &http)
        .stdin(Stdio::null())
        .stderr(fs::File::create(&log).unwrap())
        .spawn()
        .unwrap();
    let address = http.parse().unwrap();
    for probe in ["startupProbe", "readinessProbe", "livenessProbe"] {
        let path = pod.container()[probe]["httpGet"]["path"].as_str().unwrap();
        let started = Instant::now();
        while !http_get(address, path).is_some_and(|answer| answer.starts_with("HTTP/1.0 200")) {
            let ended = child.try_wait().unwrap();
            assert!(
                ended.is_none() && started.elapsed() < STUCK,
                "{probe}: {ended:?}\n{}",
                log_of()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    let grace = &one(&pod.objects, "Deployment")["spec"]["template"]["spec"]["terminationGracePeriodSeconds"];
    let asked = Instant::now();
    signal(child.id(), Signal::SIGTERM);
    let status = child.wait().unwrap();
    assert!(status.success(), "{status}\n{}", log_of());
    assert!(
        asked.elapsed() < Duration::from_secs(grace.as_u64().unwrap()),
        "{:?}",
        asked.elapsed()
    );
    // Lines as a platform collects them.
    let log = log_of();
    assert!(log.lines().any(|line| serde_json::from_str::<Value>(line).is_ok()), "{log}");
}
