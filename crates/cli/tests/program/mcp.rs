//! `ticketlens mcp`, as clients of the protocol start it: rmcp's own, and a shell.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use rmcp::{ServiceExt, model::CallToolRequestParams};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    dev::{Dev, call, program, said},
    runs,
};

/// A conversation that is over when its input ends.
fn spoken(command: &mut Command, lines: &[Value]) -> crate::dev::Said {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    for line in lines {
        writeln!(input, "{line}").unwrap();
    }
    drop(input);
    let output = child.wait_with_output().unwrap();
    crate::dev::Said {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn initialize() -> Value {
    json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
        "protocolVersion": "2025-06-18", "capabilities": {},
        "clientInfo": { "name": "test", "version": "1" } } })
}

fn initialized() -> Value {
    json!({ "jsonrpc": "2.0", "method": "notifications/initialized" })
}

#[test]
fn tickets_are_tools_over_standard_streams() {
    let dev = Dev::start();
    runs::file(dev.folder.path(), "runs.jsonl", &runs::lines(3));
    dev.call(&["send", "runs.jsonl"]).ended(0);
    let asked = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": { "name": "search_tickets", "arguments": { "limit": 2 } } });
    let log = ("TICKETLENS_LOG", "trace");
    let mut command = program(dev.folder.path());
    let told =
        spoken(command.arg("mcp").env(log.0, log.1), &[initialize(), initialized(), asked.clone()])
            .ended(0);
    // Nothing but the protocol on the output, whatever is logged.
    let lines = told.json_lines();
    assert_eq!(lines.len(), 2, "{}", told.out);
    assert_eq!(lines[0]["result"]["serverInfo"]["name"], "ticketlens");
    let found = &lines[1]["result"]["structuredContent"];
    assert_eq!(found["tickets"].as_array().unwrap().len(), 2, "{found}");
    let id = found["tickets"][0]["ticket_id"].as_str().unwrap();
    assert!(!told.err.contains(id), "a log line tells of a ticket: {}", told.err);

    // A client that goes at once, and one that speaks something else.
    spoken(program(dev.folder.path()).arg("mcp"), &[]).ended(0);
    let other = spoken(program(dev.folder.path()).arg("mcp"), &[json!({ "hello": 1 })]);
    assert_eq!(
        other.out.lines().filter(|line| !line.contains("jsonrpc")).count(),
        0,
        "{}",
        other.out
    );

    // A key of another scope is told what it needs, by the tool.
    let ingest = dev.file()["ingest_key"].as_str().unwrap().to_owned();
    let told = spoken(
        program(dev.folder.path()).args(["mcp", "--key", &ingest]),
        &[initialize(), initialized(), asked],
    );
    let refused = &told.ended(0).json_lines()[1]["result"];
    assert_eq!(refused["isError"], true);
    assert!(refused["content"][0]["text"].as_str().unwrap().contains("read or admin"), "{refused}");

    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(rmcps_client_calls_every_tool(dev.folder.path()));
}

async fn rmcps_client_calls_every_tool(folder: &std::path::Path) {
    let mut command = tokio::process::Command::from(program(folder));
    let mut child =
        command.arg("mcp").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let streams = (child.stdout.take().unwrap(), child.stdin.take().unwrap());
    let client = ().serve(streams).await.unwrap();
    let listed = client.list_all_tools().await.unwrap();
    assert_eq!(listed.len(), 7);
    for tool in listed {
        let arguments = match &*tool.name {
            "get_ticket" => json!({ "ticket_id": "T-0" }),
            "compare_versions" => json!({ "a": "1", "b": "2" }),
            _ => json!({}),
        };
        let request = CallToolRequestParams::new(tool.name.clone())
            .with_arguments(arguments.as_object().unwrap().clone());
        let result = client.call_tool(request).await.unwrap();
        assert_eq!(result.is_error, Some(false), "{}: {result:?}", tool.name);
    }
    client.cancel().await.unwrap();
    assert!(child.wait().await.unwrap().success());
}

#[test]
fn where_nothing_answers_it_ends_with_the_reason_on_stderr() {
    let folder = TempDir::new().unwrap();
    let told = call(folder.path(), &["mcp"]).ended(4);
    assert_eq!(told.out, "");
    assert!(told.err.contains("no receiver is known here"), "{}", told.err);
    let mut command = program(folder.path());
    command.args(["mcp", "--endpoint", "http://127.0.0.1:1", "--key", "tl_acme_x"]);
    let told = said(&mut command).ended(4);
    assert_eq!(told.out, "");
    assert!(told.err.contains("no receiver answers at http://127.0.0.1:1"), "{}", told.err);
    let help = call(folder.path(), &["mcp", "--help"]).ended(0).out;
    assert!(help.contains("\"mcpServers\"") && help.contains("claude mcp add"), "{help}");
}
