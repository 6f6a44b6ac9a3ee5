//! What a reader can run in the README is run here, as it stands there.
#![expect(clippy::expect_used, clippy::unwrap_used)]

use std::{
    env, fs,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use nix::sys::signal::Signal;
use ticketlens_tests::{
    document::{blocks, read},
    free_port, program, signal,
    workspace::root,
};

/// With nothing of the developer's own settings to be found.
fn without_ours(mut command: Command) -> Command {
    for (name, _) in env::vars_os() {
        let is_ours = name.to_string_lossy().starts_with("TICKETLENS_");
        if is_ours && !name.to_string_lossy().starts_with("TICKETLENS_ENGINE_") {
            command.env_remove(name);
        }
    }
    command
}

fn ticketlens() -> Command {
    without_ours(Command::new(program("ticketlens")))
}

/// A `dev` that does not outlive a test that failed.
struct Dev(Child);

impl Dev {
    fn start(folder: &Path, clickhouse_port: &str) -> Self {
        let mut dev = ticketlens()
            .args(["dev", "--grpc-port", "0", "--http-port", "0"])
            .args(["--clickhouse-port", clickhouse_port])
            .current_dir(folder)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(dev.stdout.take().unwrap()).lines();
        let ready = said.by_ref().map_while(Result::ok).any(|line| line.contains("is ready"));
        assert!(ready, "dev became ready");
        // Its pipe must not fill up; it ends with the process.
        std::thread::spawn(move || said.map_while(Result::ok).count());
        Self(dev)
    }

    fn end(&mut self) {
        signal(self.0.id(), Signal::SIGINT);
        assert!(self.0.wait().unwrap().success(), "Ctrl-C ends it well");
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        // It has ended already where the test went well.
        let _ = self.0.kill();
    }
}

/// Runs a script in one shell with our program; what it printed.
fn run(folder: &Path, script: &str) -> String {
    let here = program("ticketlens").parent().unwrap().to_owned();
    let path = env::var("PATH").unwrap_or_default();
    let output = without_ours(Command::new("bash"))
        .args(["-euo", "pipefail", "-c", script])
        .current_dir(folder)
        .env("PATH", format!("{}:{path}", here.display()))
        .output()
        .expect("bash runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script}\n{said}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// In one shell, in the order they stand: what a reader exports holds for what comes after.
#[test]
fn every_command_a_reader_can_copy_works() {
    let readme = read("README.md");
    let folder = tempfile::tempdir().unwrap();
    let mut dev = Dev::start(folder.path(), "0");
    let scripts = blocks(&readme, "```sh test");
    assert_eq!(scripts.len(), 3, "the first tickets, curl, tenants and keys");
    let shortest = blocks(&readme, "```json").pop().expect("a ticket log");
    let count = "ticketlens tickets count > count";
    let send = format!("ticketlens send - <<'LINE'\n{shortest}LINE");
    run(folder.path(), &[scripts.concat().as_str(), &send, count].join("\n"));
    let count = fs::read_to_string(folder.path().join("count")).unwrap();
    assert_eq!(count.trim(), "6", "four of the example, one of curl, the shortest");

    dev.end();
}

#[test]
fn a_reader_of_dev_asks_what_the_page_on_views_shows() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port().to_string();
    let mut dev = Dev::start(folder.path(), &port);
    let script = blocks(&read("docs/views.md"), "```sh test").remove(0);
    assert!(script.contains("127.0.0.1:8123"));
    let send = "ticketlens example > runs.jsonl && ticketlens send runs.jsonl\n";
    let script = script.replace("127.0.0.1:8123", &format!("127.0.0.1:{port}"));
    let said = run(folder.path(), &format!("{send}{script}"));
    assert!(said.contains("SUCCESS\t2") && said.contains("FAILED\t1"), "{said}");
    dev.end();
}

#[test]
fn a_reader_lists_and_changes_prices() {
    let folder = tempfile::tempdir().unwrap();
    let mut dev = Dev::start(folder.path(), "0");
    let said = run(folder.path(), &blocks(&read("docs/prices.md"), "```sh test").remove(0));
    for part in [" the same\n", "batch", "added our-gpus llama-*\n", "removed our-gpus llama-*\n"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(said.contains("prices.import"), "{said}");
    dev.end();
}

#[test]
fn a_reader_sees_what_tickets_spans_become() {
    let folder = tempfile::tempdir().unwrap();
    let script = blocks(&read("docs/spans.md"), "```sh test").remove(0);
    let script = script.replace("examples/", &format!("{}/", root().join("examples").display()));
    let said = run(folder.path(), &script);
    for part in ["Ticket conv-1 · SUCCESS", "lookup_order", "1 ticket"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(folder.path().join("runs.jsonl").is_file());
}

#[test]
fn the_example_configuration_is_a_good_one() {
    let toml = blocks(&read("docs/operating.md"), "```toml").remove(0);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("receiver.toml");
    let digest = "0".repeat(64);
    // No certificate is made here: what is checked is every name and every form but that.
    let without_tls = toml.split("[tls]").next().unwrap().replace('…', &digest);
    fs::write(&file, without_tls).unwrap();
    let check = Command::new(program("ticketlens"))
        .args(["check-config", "--config"])
        .arg(&file)
        .output()
        .unwrap();
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stderr));
}

#[test]
fn documents_name_only_files_that_are_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    const DOCUMENTS: [&str; 6] = [
        "README.md",
        "ARCHITECTURE.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "RELEASING.md",
    ];
    let mut looked_up = 0;
    for document in DOCUMENTS {
        let text = read(document);
        let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for link in links.filter(|link| !link.starts_with("http") && !link.starts_with('#')) {
            assert!(root.join(link).exists(), "{document} links to {link}");
            looked_up += 1;
        }
    }
    // The walk of one ticket: `crate/src/file.rs` stands for crates/crate/src/file.rs.
    let walk = read("ARCHITECTURE.md");
    let named = walk.split('`').filter(|word| word.contains("/src/") && !word.contains(' '));
    for file in named {
        assert!(root.join("crates").join(file).exists(), "ARCHITECTURE.md names {file}");
        looked_up += 1;
    }
    assert!(looked_up > 40, "only {looked_up} files were looked up");
}
