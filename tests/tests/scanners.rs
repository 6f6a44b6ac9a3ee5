//! docs/keys.md: keys as they are made have the form that it says, its program tells them from what
//! only looks like one, the rules for scanners are that form, and our own gate finds them.
#![expect(clippy::unwrap_used)]

use std::{
    io::Write,
    process::{Command, Stdio},
};

use secrecy::ExposeSecret;
use ticketlens_redact::{Gate, GateConfig};
use ticketlens_store::{KeyRequest, NewKey, Scope, TenantSettings};
use ticketlens_tests::{
    Database,
    document::{blocks, read},
};

/// Keys of tenants with the shortest and the longest names, and of admins.
async fn keys() -> Vec<String> {
    let database = Database::start();
    let store = database.store();
    store.migrate().await.unwrap();
    let mut keys = Vec::new();
    for tenant in ["a", "skyline-air", "a-b-", &"z9".repeat(15)] {
        store.create_tenant(&TenantSettings::new(tenant.parse().unwrap())).await.unwrap();
        for scope in [Scope::Ingest, Scope::Read] {
            let tenant = tenant.parse().ok();
            let request = KeyRequest { tenant, scope, note: String::new(), expires_at: None };
            keys.push(store.create_key(request).await.unwrap());
        }
    }
    keys.extend((0..20).map(|_| NewKey::bootstrap().unwrap()));
    keys.iter().map(|key| key.secret.expose_secret().to_owned()).collect()
}

/// What the document's program says to a text, line by line.
fn says(text: &str) -> Vec<String> {
    let program = blocks(&read("docs/keys.md"), "```python").remove(0);
    let mut python = Command::new("python3")
        .args(["-c", &program])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    python.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

fn id_of(key: &str) -> &str {
    key.rsplit('_').nth(1).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_found_and_told_from_what_only_looks_like_one() {
    let keys = keys().await;
    let text: String = keys.iter().map(|key| format!("export KEY=\"{key}\"; # (kept)\n")).collect();
    let expected: Vec<_> = keys.iter().map(|key| format!("{} a key", id_of(key))).collect();
    assert_eq!(says(&text), expected);
    let typo = |key: &String| {
        let last = if key.ends_with('x') { "y" } else { "x" };
        format!("{}{last}\n", &key[..key.len() - 1])
    };
    let expected = keys.iter().map(|key| format!("{} looks like a key, and is none", id_of(key)));
    assert_eq!(says(&keys.iter().map(typo).collect::<String>()), expected.collect::<Vec<_>>());
    // Of another length or form.
    let others =
        |key: &String| format!("{} {key}0 {}\n", &key[..key.len() - 1], key.replace('_', "-"));
    assert!(says(&keys.iter().map(others).collect::<String>()).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gate_finds_every_key_in_a_text() {
    let gate = Gate::new(GateConfig::default()).unwrap();
    for key in keys().await {
        for text in [key.clone(), format!("It says {key}."), format!("(kept: \"{key}\")")] {
            let redacted = gate.pass(None).text(&text).into_owned();
            assert!(
                redacted.contains("[ticketlens-key]") && !redacted.contains(&key[key.len() - 20..]),
                "{redacted}"
            );
        }
    }
}

#[test]
fn the_rules_for_scanners_are_the_programs_expression() {
    let document = read("docs/keys.md");
    let program = blocks(&document, "```python").remove(0);
    let expression = program.split("re.compile(r\"").nth(1).unwrap().split("\")").next().unwrap();
    let gitleaks = blocks(&document, "```toml").remove(0);
    assert!(gitleaks.contains(&format!("regex = '''{expression}'''\n")), "{expression}");
    let github = expression.trim_start_matches("\\b").trim_end_matches("\\b");
    let patterns = blocks(&document, "```text").join("");
    assert!(patterns.contains(&format!("Secret format  {github}\n")), "{github}");
    for prefix in ["\"tl_\"", "\"tladmin_\""] {
        assert!(gitleaks.contains(prefix) && expression.contains(&prefix[1..prefix.len() - 2]));
    }
}
