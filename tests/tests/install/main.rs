//! `install.sh`, from a release made here of the program as it is built for tests: over HTTP, into an
//! empty home, on a machine with neither npm nor cargo.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod machine;
mod release;
mod server;

use std::fs;

use machine::Machine;
use release::{ENGINE, Release};
use ticketlens_engine::Package;

#[test]
fn it_installs_over_http_and_removes_exactly_what_it_installed() {
    let release = Release::made();
    for shell in ["sh", "bash"] {
        let machine = Machine::new();
        // Of others, where ours is put beside.
        machine.write(".local/bin/theirs", "#!/bin/sh\n");
        machine.write(".local/share/man/man1/theirs.1", ".TH THEIRS 1\n");
        let before = machine.files();

        let server = server::serve(release.folder());
        let said = machine.install(shell, &["--from", &server.url()]).ended(0);
        assert!(said.out.contains("is not in your PATH"), "{}", said.out);
        let version = machine.run(".local/bin/ticketlens", &["-V"]).ended(0).out;
        assert!(said.out.contains(version.trim()), "{version}: {}", said.out);
        assert!(machine.read(".local/share/man/man1/ticketlens.1").contains(".TH ticketlens 1"));
        for completions in [
            ".local/share/bash-completion/completions/ticketlens",
            ".local/share/fish/vendor_completions.d/ticketlens.fish",
            ".local/share/zsh/site-functions/_ticketlens",
        ] {
            assert!(machine.read(completions).contains("check-config"), "{completions}");
        }
        // Where the program looks for it (crates/engine).
        let package = Package::for_this_platform().expect("an engine for this platform");
        let folder = format!("{}-{}-{}", package.version, package.os, package.arch);
        let engine = format!(".local/share/ticketlens/engine/{folder}/{}", package.file);
        assert_eq!(machine.read(&engine), ENGINE);

        let own = machine.path(".local/share/ticketlens/install.sh");
        let removed = machine.script(shell, &own, &["--uninstall"]).ended(0);
        assert!(removed.out.contains(".ticketlens"), "{}", removed.out);
        assert_eq!(machine.files(), before, "{shell}");
        machine.install(shell, &["--uninstall"]).ended(1);
    }
}

#[test]
fn what_was_tampered_with_is_refused_and_nothing_is_installed() {
    for (part, what) in [("ticketlens-0", "the program"), ("ticketlens-engine-", "the engine")] {
        let release = Release::copied();
        let archive = release.archive(part);
        let mut bytes = fs::read(&archive).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&archive, bytes).unwrap();
        let machine = Machine::new();
        let refused =
            machine.install("sh", &["--from", release.folder().to_str().unwrap()]).ended(1);
        assert!(refused.err.contains("is not what SHA256SUMS says"), "{what}: {}", refused.err);
        assert!(machine.files().is_empty(), "{what}: {:?}", machine.files());
    }
}

#[test]
fn what_has_no_sum_is_refused() {
    let release = Release::copied();
    let sums = release.folder().join("SHA256SUMS");
    let text = fs::read_to_string(&sums).unwrap();
    let name = release.archive("ticketlens-0").file_name().unwrap().to_str().unwrap().to_owned();
    let from = release.folder().to_str().unwrap().to_owned();
    let machine = Machine::new();

    let without: String = text
        .lines()
        .filter(|line| !line.ends_with(&name))
        .map(|line| format!("{line}\n"))
        .collect();
    assert_ne!(without, text);
    fs::write(&sums, without).unwrap();
    machine.install("sh", &["--from", &from]).ended(1);

    fs::write(&sums, format!("none  {name}\n")).unwrap();
    let refused = machine.install("sh", &["--from", &from]).ended(1);
    assert!(refused.err.contains("has no sum for"), "{}", refused.err);

    fs::remove_file(&sums).unwrap();
    let refused = machine.install("sh", &["--from", &from]).ended(1);
    assert!(refused.err.contains("no SHA256SUMS"), "{}", refused.err);
    assert!(machine.files().is_empty(), "{:?}", machine.files());
}

#[test]
fn a_platform_without_a_release_is_told_which_there_are() {
    let release = Release::made();
    let from = release.folder().to_str().unwrap();
    let machine = Machine::new();
    machine.pretend("Linux", "riscv64");
    let refused = machine.install("sh", &["--from", from]).ended(1);
    assert!(refused.err.contains("Linux on riscv64"), "{}", refused.err);
    machine.pretend("Darwin", "arm64");
    let refused = machine.install("sh", &["--from", from]).ended(1);
    assert!(refused.err.contains("aarch64-apple-darwin"), "{}", refused.err);
    let there = release.archive("ticketlens-0");
    let there = there.file_name().unwrap().to_str().unwrap();
    assert!(refused.err.contains(there), "{}", refused.err);
    assert!(machine.files().is_empty(), "{:?}", machine.files());
}

#[test]
fn a_second_run_replaces_the_first_and_keeps_the_engine_it_has() {
    let release = Release::copied();
    let from = release.folder().to_str().unwrap().to_owned();
    let machine = Machine::new();
    machine.install("sh", &["--from", &from]).ended(0);
    let first = machine.files();
    // There once is enough: it is the larger part by far.
    fs::remove_file(release.archive("ticketlens-engine-")).unwrap();
    machine.install("sh", &["--from", &from]).ended(0);
    assert_eq!(machine.files(), first);

    machine.install("sh", &["--from", &from, "--without-engine"]).ended(0);
    let left: Vec<_> =
        machine.files().into_iter().filter(|file| file.contains("/engine/")).collect();
    assert!(left.is_empty(), "{left:?}");
    machine.install("sh", &["--uninstall"]).ended(0);
    assert!(machine.files().is_empty(), "{:?}", machine.files());
}

#[test]
fn another_folder_and_version_can_be_chosen() {
    let release = Release::made();
    let from = release.folder().to_str().unwrap();
    let machine = Machine::new();
    let refused = machine.install("sh", &["--from", from, "--version", "99.0.0"]).ended(1);
    assert!(refused.err.contains("99.0.0"), "{}", refused.err);
    let version = env!("CARGO_PKG_VERSION");
    let to = machine.path("a tool");
    let to = to.to_str().unwrap();
    machine.install("sh", &["--from", from, "--version", version, "--to", to]).ended(0);
    machine.run("a tool/bin/ticketlens", &["-V"]).ended(0);
    assert!(machine.files().iter().all(|file| file.starts_with("a tool/")));
    machine.install("sh", &["--uninstall", "--to", to]).ended(0);
    assert!(machine.files().is_empty(), "{:?}", machine.files());
}

#[test]
fn what_is_missing_is_said() {
    let machine = Machine::new();
    let refused = machine.install("sh", &[]).ended(1);
    assert!(refused.err.contains("--from"), "{}", refused.err);
    let refused = machine.install("sh", &["--from", "nowhere"]).ended(1);
    assert!(refused.err.contains("nowhere is no folder"), "{}", refused.err);
    let refused = machine.install("sh", &["--form", "x"]).ended(1);
    assert!(refused.err.contains("--form"), "{}", refused.err);
    let server = server::serve(&machine.path("."));
    let refused = machine.install("sh", &["--from", &server.url()]).ended(1);
    assert!(refused.err.contains("could not get"), "{}", refused.err);
    machine.without("curl");
    machine.without("wget");
    let refused = machine.install("sh", &["--from", &server.url()]).ended(1);
    assert!(refused.err.contains("neither curl nor wget"), "{}", refused.err);
    machine.without("tar");
    let refused = machine.install("sh", &["--from", &server.url()]).ended(1);
    assert!(refused.err.contains("tar is needed"), "{}", refused.err);
}
