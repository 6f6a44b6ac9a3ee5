//! What a reader can run in the README is run here, as it stands there.

use std::{
    env, fs,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use nix::sys::signal::Signal;
use ticketlens_tests::{
    document::{blocks, read},
    program, signal,
};

/// A `dev` that does not outlive a test that failed.
struct Dev(Child);

impl Drop for Dev {
    fn drop(&mut self) {
        // It has ended already where the test went well.
        let _ = self.0.kill();
    }
}

/// In one shell, in the order they stand: what a reader exports holds for what comes after.
#[test]
fn every_command_a_reader_can_copy_works() {
    let readme = read("README.md");
    let folder = tempfile::tempdir().unwrap();
    let ports = ["--grpc-port", "0", "--http-port", "0", "--clickhouse-port", "0"];
    let dev = Command::new(program("ticketlens"))
        .arg("dev")
        .args(ports)
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .spawn();
    let mut dev = Dev(dev.unwrap());
    let mut said = BufReader::new(dev.0.stdout.take().unwrap()).lines();
    let ready = said.by_ref().map_while(Result::ok).any(|line| line.contains("is ready"));
    assert!(ready, "dev became ready");
    // Its pipe must not fill up.
    let rest = std::thread::spawn(move || said.map_while(Result::ok).count());

    let scripts = blocks(&readme, "```sh test");
    assert_eq!(scripts.len(), 3, "the first tickets, curl, tenants and keys");
    let shortest = blocks(&readme, "```json").pop().expect("a ticket log");
    let here = program("ticketlens").parent().unwrap().to_owned();
    let path = env::var("PATH").unwrap_or_default();
    let count = "ticketlens tickets count > count";
    let send = format!("ticketlens send - <<'LINE'\n{shortest}LINE");
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c", &[scripts.concat().as_str(), &send, count].join("\n")])
        .current_dir(folder.path())
        .env("PATH", format!("{}:{path}", here.display()))
        .env_remove("TICKETLENS_KEY")
        .env_remove("TICKETLENS_ENDPOINT")
        .output()
        .expect("bash runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let count = fs::read_to_string(folder.path().join("count")).unwrap();
    assert_eq!(count.trim(), "6", "four of the example, one of curl, the shortest");

    signal(dev.0.id(), Signal::SIGINT);
    assert!(dev.0.wait().unwrap().success(), "Ctrl-C ends it well");
    assert!(rest.join().is_ok());
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
