//! What a reader can run in the README is run here, as it stands there.

use std::{
    env, fs,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Command, Stdio},
};

use nix::sys::signal::Signal;
use ticketlens_tests::{
    document::{blocks, read},
    free_port, program, signal,
};

#[test]
fn every_command_a_reader_can_copy_works() {
    let readme = read("README.md");
    let folder = tempfile::tempdir().unwrap();
    let line = blocks(&readme, "```json").pop().expect("a ticket log");
    fs::write(folder.path().join("runs.jsonl"), line).unwrap();

    let (grpc, http) = (free_port().to_string(), free_port().to_string());
    let ports = ["--grpc-port", &grpc, "--http-port", &http];
    let mut dev = Command::new(program("ticketlens"))
        .arg("dev")
        .args(ports)
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(dev.stdout.take().unwrap()).lines();
    let ready = said.by_ref().map_while(Result::ok).any(|line| line.contains("is ready"));
    assert!(ready, "dev became ready");
    // Its pipe must not fill up.
    let rest = std::thread::spawn(move || said.map_while(Result::ok).count());

    let scripts = blocks(&readme, "```sh test");
    assert_eq!(scripts.len(), 3, "send and look, curl, tenants and keys");
    let here = program("ticketlens").parent().unwrap().to_owned();
    let path = env::var("PATH").unwrap_or_default();
    for script in &scripts {
        let script = script.replace("127.0.0.1:4318", &format!("127.0.0.1:{http}"));
        let output = Command::new("bash")
            .args(["-euo", "pipefail", "-c", &script])
            .current_dir(folder.path())
            .env("PATH", format!("{}:{path}", here.display()))
            .env_remove("TICKETLENS_KEY")
            .output()
            .expect("bash runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{script}\n{said}");
    }
    let count = Command::new(program("ticketlens"))
        .args(["tickets", "count"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&count.stdout).trim(), "2", "4711 and 4712 are stored");

    signal(dev.id(), Signal::SIGINT);
    assert!(dev.wait().unwrap().success(), "Ctrl-C ends it well");
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
