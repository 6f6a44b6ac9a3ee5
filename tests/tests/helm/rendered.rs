//! Helm, run on our chart; and the objects it renders, as their types in `k8s.io/api` keep them.

use std::{
    io::Write as _,
    path::PathBuf,
    process::{Command, Output, Stdio},
};

use serde_json::Value;
use ticketlens_tests::{peer, workspace::root};

/// Sets of values, each a file in `values`.
pub const SETS: [&str; 3] = ["least", "everything", "small"];

/// The oldest Kubernetes that Chart.yaml allows, and that of the types it is held against.
const KUBERNETES: [&str; 2] = ["1.25", "1.37"];

pub fn chart() -> PathBuf {
    root().join("deploy/helm/ticketlens")
}

/// `helm ARGUMENTS`.
pub fn helm(arguments: &[&str]) -> Output {
    // What this machine's user has of Helm is not meant for this.
    let home = tempfile::tempdir().unwrap();
    let output = Command::new(peer("helm", "helm"))
        .args(arguments)
        .env_clear()
        .env("HOME", home.path())
        .output();
    output.expect("helm runs")
}

pub fn values(set: &str) -> String {
    let file = root().join("tests/tests/helm/values").join(format!("{set}.yaml"));
    assert!(file.is_file(), "{}", file.display());
    file.display().to_string()
}

/// `helm template` with a set of values and what `more` says.
pub fn template(set: &str, more: &[&str]) -> Output {
    let (chart, values) = (chart().display().to_string(), values(set));
    let own = ["template", "tickets", &chart, "--namespace", "agents", "--values", &values];
    helm(&[&own, more].concat())
}

/// The objects of a set, each of its type.
pub fn objects(set: &str, more: &[&str]) -> Vec<Value> {
    let output = template(set, more);
    assert!(output.status.success(), "{set}: {}", String::from_utf8_lossy(&output.stderr));
    checked(&output.stdout).unwrap_or_else(|problems| panic!("{set}: {problems}"))
}

/// Decodes what was rendered, or says what Kubernetes would not read.
pub fn checked(rendered: &[u8]) -> Result<Vec<Value>, String> {
    let mut check = Command::new(peer("helm", "check-objects"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the check runs");
    let mut input = check.stdin.take().unwrap();
    let rendered = rendered.to_vec();
    let writing = std::thread::spawn(move || input.write_all(&rendered).unwrap());
    let output = check.wait_with_output().unwrap();
    writing.join().unwrap();
    let problems = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.success(), problems.is_empty(), "it ends as it says: {problems}");
    if !problems.is_empty() {
        return Err(problems);
    }
    let lines = String::from_utf8(output.stdout).unwrap();
    Ok(lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

/// The only object of a kind.
pub fn one<'o>(objects: &'o [Value], kind: &str) -> &'o Value {
    let mut of_it = objects.iter().filter(|object| object["kind"] == kind);
    let one = of_it.next().unwrap_or_else(|| panic!("there is a {kind}"));
    assert!(of_it.next().is_none(), "there is one {kind}");
    one
}

#[test]
fn helm_finds_nothing_wrong_and_kubernetes_reads_every_object() {
    let chart = chart().display().to_string();
    for (set, objects_of_it) in [("least", 5), ("everything", 9), ("small", 3)] {
        for kubernetes in KUBERNETES {
            let values = values(set);
            let lint = ["lint", "--strict", &chart, "--values", &values];
            let lint = helm(&[&lint[..], &["--kube-version", kubernetes]].concat());
            let said = String::from_utf8_lossy(&lint.stdout).into_owned();
            assert!(lint.status.success(), "{set}: {said}");
            assert!(!said.contains("[WARNING]") && !said.contains("[ERROR]"), "{set}: {said}");
            let objects = objects(set, &["--kube-version", kubernetes]);
            assert_eq!(objects.len(), objects_of_it, "{set}");
        }
    }
}

#[test]
fn the_check_sees_what_kubernetes_would_not_read() {
    let good =
        "apiVersion: v1\nkind: Service\nmetadata: { name: a }\nspec:\n  ports: [{ port: 1 }]\n";
    assert_eq!(checked(good.as_bytes()).unwrap().len(), 1);
    for (from, to, says) in [
        ("spec:", "spec:\n  prots: []", "unknown field \"spec.prots\""),
        ("port: 1", "port: one", "cannot unmarshal string"),
        ("port: 1", "port: 1, port: 2", "already set"),
        ("kind: Service", "kind: Sevrice", "no kind \"Sevrice\" is registered"),
        ("v1", "v7", "no kind \"Service\" is registered for version \"v7\""),
    ] {
        let problems = checked(good.replace(from, to).as_bytes()).unwrap_err();
        assert!(problems.contains(says), "{to}: {problems}");
    }
}

#[test]
fn an_older_kubernetes_is_told_so() {
    let refused = template("least", &["--kube-version", "1.24"]);
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("requires kubeVersion"));
}
