//! Ctrl-C, SIGTERM, and crashes: nothing is lost, nothing is left running.

use std::{
    io::{BufRead, BufReader, ErrorKind, Write},
    net::TcpListener,
    process::Stdio,
};

use crate::{
    dev::{Dev, is_alive, kill, program, said, until, wait},
    runs,
};

#[test]
fn ctrl_c_ends_dev_in_order_and_leaves_nothing_running() {
    for signal in ["INT", "TERM"] {
        let mut dev = Dev::start();
        let children = dev.children();
        assert_eq!(children.len(), 1, "the engine");
        assert_eq!(dev.server.end(signal).code(), Some(0), "{signal}");
        until("the engine is gone", || !is_alive(children[0]));
        assert!(dev.file()["running"].is_null());
    }
}

#[test]
fn a_killed_dev_takes_its_engine_along_and_can_be_started_again() {
    let mut dev = Dev::start();
    runs::file(dev.folder.path(), "runs.jsonl", &runs::lines(3));
    dev.call(&["send", "runs.jsonl"]).ended(0);
    let children = dev.children();
    dev.server.end("KILL");
    until("the engine is gone", || !is_alive(children[0]));
    // Its port is another's by now, who must not be shown a key.
    let file = dev.file();
    let endpoint = file["running"]["grpc_endpoint"].as_str().unwrap();
    let stranger = TcpListener::bind(endpoint.trim_start_matches("http://")).unwrap();
    stranger.set_nonblocking(true).unwrap();
    let gone = dev.call(&["tickets", "count"]).ended(4);
    assert!(gone.err.contains("is not running"), "{}", gone.err);
    assert_eq!(stranger.accept().unwrap_err().kind(), ErrorKind::WouldBlock);

    let dev = Dev::start_in(dev.into_folder());
    // With the key in the shell that a workflow would send with.
    let ingest = dev.file()["ingest_key"].as_str().unwrap().to_owned();
    let mut count = program(dev.folder.path());
    let count = count.args(["tickets", "count"]).env("TICKETLENS_KEY", ingest);
    assert_eq!(said(count).ended(0).out, "3\n");
}

#[test]
fn a_crash_of_the_engine_is_told_and_recovered_from() {
    let mut dev = Dev::start();
    runs::file(dev.folder.path(), "runs.jsonl", &runs::lines(3));
    kill("KILL", dev.children()[0]);
    dev.server.wait_for("embedded engine died (ended by signal 9)");
    dev.server.wait_for("embedded engine works again");
    dev.call(&["send", "runs.jsonl"]).ended(0);
    assert_eq!(dev.call(&["tickets", "count"]).ended(0).out, "3\n");
}

#[test]
fn ctrl_c_ends_a_send_that_waits_for_its_input() {
    let dev = Dev::start();
    let mut send = program(dev.folder.path())
        .args(["send", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = send.stdin.take().unwrap();
    input.write_all((runs::lines(2).join("\n") + "\n{\"half a li").as_bytes()).unwrap();
    input.flush().unwrap();
    until("both tickets are stored", || dev.call(&["tickets", "count"]).out == "2\n");
    kill("INT", send.id());
    assert_eq!(wait(&mut send).code(), Some(130));
    let said = send.wait_with_output().unwrap();
    let summary = String::from_utf8(said.stdout).unwrap();
    assert!(summary.starts_with("2 of 2 sent"), "{summary}");
    assert!(String::from_utf8(said.stderr).unwrap().contains("interrupted"));
}

#[test]
fn ctrl_c_ends_spans_that_nobody_reads_the_tickets_of() {
    const RUN: &str = include_str!("../../../../examples/spans.json");
    const TICKETS: usize = 2000;
    let folder = tempfile::tempdir().unwrap();
    let of_its_own = |number: usize| {
        let trace = format!("{:032x}", number + 1);
        let run = RUN.replace("5b8efff798038103d269b633813fc60c", &trace);
        run.replace("conv-1", &format!("conv-{number}"))
    };
    let all: Vec<_> = (0..TICKETS).map(of_its_own).collect();
    runs::file(folder.path(), "traces.json", &all);
    let mut spans = program(folder.path())
        .args(["spans", "traces.json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(spans.stdout.take().unwrap());
    out.read_line(&mut String::new()).unwrap();
    kill("INT", spans.id());
    let printed = 1 + out.lines().count();
    assert_eq!(wait(&mut spans).code(), Some(130));
    let said = String::from_utf8(spans.wait_with_output().unwrap().stderr).unwrap();
    let says = format!("interrupted after {printed} of {TICKETS} tickets");
    assert!(printed < TICKETS && said.contains(&says), "{printed}: {said}");
}
