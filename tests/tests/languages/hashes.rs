//! A customer's hash is one and the same in every language, and docs/privacy.md has some to test with.

use std::{fs, process::Command};

use serde_json::{Value, json};
use ticketlens_tests::{document::read, program};

use crate::{Program, block, programs};

/// A hash of docs/privacy.md: its key, the customer, and what it is.
struct Hash {
    key: String,
    customer: String,
    hash: String,
}

fn documented_hashes() -> Vec<Hash> {
    let privacy = read("docs/privacy.md");
    let (_, table) = privacy.split_once("| key | customer | hash |").expect("the hashes");
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let cell = |cell: &str| {
        let (_, text) = cell.split_once('`').expect("a cell in code");
        text[..text.find(['⏎', '`']).expect("its end")].to_owned()
    };
    rows.map(|row| {
        let cells: Vec<_> = row.split('|').skip(1).map(str::to_owned).collect();
        Hash { key: cell(&cells[0]), customer: cell(&cells[1]), hash: cell(&cells[2]) }
    })
    .collect()
}

/// The customer's hash as a program of the document computes it: everything before its record is
/// made, and then a line that prints the hash alone.
fn hashing() -> Vec<Program> {
    let before = |fence: &str, mark: &str| {
        let text = block(fence);
        text[..text.find(mark).expect("where the record begins")].to_owned()
    };
    let python = before("```python", "with open(\"trace.json\")")
        + "provider.shutdown()\nprint(customer_hash(os.environ[\"CUSTOMER\"]))\n";
    let node =
        before("```js", "const executionId") + "console.log(customerHash(process.env.CUSTOMER));\n";
    let go = block("```go");
    let (start, end) = (go.find("func main()").unwrap(), go.find("func customerHash").unwrap());
    let main = "func main() { fmt.Println(customerHash(os.Getenv(\"CUSTOMER\"))) }\n\n\
                var _ = []any{context.Background, uuid.NewV7, otlploggrpc.New, \
                sdklog.NewLoggerProvider, resource.Default, time.Now, log.SeverityError}\n\n";
    let go = format!("{}{main}{}", &go[..start], &go[end..]);
    let mut programs = programs();
    programs.retain(|program| ["python", "node", "go"].contains(&program.name));
    for (program, text) in programs.iter_mut().zip([python, node, go]) {
        fs::write(program.folder.path().join(program.file), text).unwrap();
    }
    programs
}

/// What `ticketlens redact` shows for a customer, as docs/privacy.md has it.
fn hash_by_redact(key: &str, customer: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let line = json!({
        "ticket_id": "x", "executed_at": "2026-11-20T09:30:00Z", "execution_time_seconds": 0,
        "status": "SUCCESS", "customer": customer,
    });
    fs::write(folder.path().join("one.jsonl"), format!("{line}\n")).unwrap();
    let output = Command::new(program("ticketlens"))
        .args(["redact", "one.jsonl", "--json"])
        .current_dir(folder.path())
        .env("TICKETLENS_HASH_KEY", key)
        .output()
        .expect("ticketlens runs");
    let leaves: Value = serde_json::from_slice(&output.stdout).expect("a ticket log");
    leaves["record"]["attributes"]["ticket.customer"].as_str().expect("a customer").to_owned()
}

#[test]
fn one_customer_has_one_hash_in_every_language() {
    let hashes = documented_hashes();
    assert!(hashes.len() >= 7, "{} hashes", hashes.len());
    for Hash { key, customer, hash } in &hashes {
        assert_eq!(&hash_by_redact(key, customer), hash, "Rust: {key} {customer}");
    }
    for program in hashing() {
        let run = |key: &str, customer: &str| {
            Command::new("bash")
                .args(["-c", &program.start])
                .current_dir(program.folder.path())
                .env("TICKETLENS_HASH_KEY", key)
                .env("CUSTOMER", customer)
                .output()
                .expect("bash runs")
        };
        for Hash { key, customer, hash } in &hashes {
            let output = run(key, customer);
            let said = String::from_utf8_lossy(&output.stderr);
            let printed = String::from_utf8_lossy(&output.stdout);
            assert_eq!(printed.trim(), hash, "{}: {key} {customer} {said}", program.name);
        }
        for short in ["", "0123456789abcde", "0123456789abcd  "] {
            let output = run(short, "c-42");
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(!output.status.success(), "{}: {short:?} is refused", program.name);
            assert!(said.contains("shorter than 16 bytes"), "{}: {said}", program.name);
        }
    }
}
