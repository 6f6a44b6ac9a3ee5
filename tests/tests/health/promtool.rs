//! Prometheus' own tool.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use ticketlens_tests::peer;

/// Whether it is content, and what it said.
pub fn promtool(arguments: &[&str], input: &str) -> (bool, String) {
    let mut command = Command::new(peer("prometheus", "promtool"));
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("promtool starts");
    let mut stdin = child.stdin.take().expect("its input");
    // It may end before it has read all.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}
