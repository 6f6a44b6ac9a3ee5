//! The recordings and what really happened in them, as `README.md` beside them explains.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};
use ticketlens_spans::Spans;

use crate::evidence::Evidence;

/// Beside the checkout on machines that have it.
const RECORDINGS: &str = "../shared/data/spans";

const EXPECTED: &str = ".expected.json";

/// One recorded program: its spans and its runs.
pub struct Scenario {
    /// The instrumentation; its folder.
    pub dialect: String,
    pub name: String,
    pub spans: Spans,
    pub evidence: Evidence,
    /// Kinds of step that this instrumentation shows at all.
    pub kinds: Vec<String>,
    /// `full`, `none`, `events`, `truncated` or `partial`.
    pub content: String,
    /// Whether some spans' parents were never exported.
    pub orphans: bool,
    pub personal: Vec<String>,
    pub runs: Vec<Run>,
}

/// One run as it really was. The rest of the fields is read where it is judged.
pub struct Run {
    pub steps: Vec<Happened>,
    pub value: Value,
}

/// One step as it really was.
pub struct Happened {
    pub id: u64,
    pub kind: String,
    pub name: String,
    pub parent: Option<u64>,
    pub iteration: Option<u64>,
    pub value: Value,
}

pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(RECORDINGS)
}

/// All of them, by dialect and name.
pub fn all(folder: &Path) -> Vec<Scenario> {
    let mut scenarios = Vec::new();
    for dialect in sorted(folder).into_iter().filter(|path| path.is_dir()) {
        for file in sorted(&dialect) {
            if let Some(name) = file_name(&file).strip_suffix(EXPECTED) {
                scenarios.push(Scenario::read(&dialect, name, &json(&file)));
            }
        }
    }
    scenarios
}

impl Scenario {
    fn read(dialect: &Path, name: &str, expected: &Value) -> Self {
        let files = [&expected["files"]["traces"], &expected["files"]["logs"]];
        let requests: Vec<_> = files.iter().flat_map(|list| texts(list)).collect();
        let requests: Vec<_> = requests.iter().map(|file| json(&dialect.join(file))).collect();
        let evidence = Evidence::of(&requests);
        let mut spans = Spans::new();
        for request in requests {
            if let Err(error) = spans.add_json(&request) {
                panic!("{}/{name}: {error}", dialect.display());
            }
        }
        let personal =
            expected["personal_values"].as_array().map(Vec::as_slice).unwrap_or_default();
        Self {
            dialect: file_name(dialect).to_owned(),
            name: name.to_owned(),
            spans,
            evidence,
            kinds: texts(&expected["kinds_in_spans"]),
            content: text(&expected["content_captured"]),
            orphans: texts(&expected["differs_in_spans"]).iter().any(|d| d.starts_with("orphans")),
            personal: personal.iter().map(|personal| text(&personal["value"])).collect(),
            runs: expected["runs"].as_array().expect("runs").iter().map(Run::read).collect(),
        }
    }

    /// As it stands in a miss.
    pub fn title(&self) -> String {
        format!("{}/{}", self.dialect, self.name)
    }

    pub fn is_full(&self) -> bool {
        self.content == "full"
    }

    pub fn shows(&self, kind: &str) -> bool {
        self.kinds.iter().any(|shown| shown == kind)
    }

    /// Whether steps of that kind are judged. What was said is where content is; a handoff is a tool
    /// that the model called.
    pub fn judges(&self, kind: &str) -> bool {
        match kind {
            "message" => self.is_full(),
            "handoff" => self.shows("tool"),
            _ => self.shows(kind),
        }
    }

    /// Whether steps of that kind are parents here. Iterations are parents in a ticket and are not
    /// in the recordings, so neither side's are looked at.
    pub fn is_parent(&self, kind: &str) -> bool {
        kind != "react" && self.shows(kind)
    }
}

impl Run {
    fn read(value: &Value) -> Self {
        let steps = value["steps"].as_array().expect("steps");
        let mut steps: Vec<_> = steps.iter().map(Happened::read).collect();
        // The recordings leave out what was said between two turns.
        if let Some(turns) = value["turns"].as_array() {
            steps.retain(|step| step.kind != "message");
            for (n, turn) in (10_000..).step_by(2).zip(turns) {
                steps.push(Happened::message(n, "user", &turn["question"]));
                steps.push(Happened::message(n + 1, "assistant", &turn["answer"]));
            }
        }
        // An iteration stands behind what it contains, and began with the first of that.
        let began = |step: &Happened| step.value["contains"][0].as_u64().unwrap_or(step.id);
        let places: Vec<_> = steps
            .iter()
            .map(|step| steps.iter().position(|other| other.id == began(step)))
            .collect();
        let mut steps: Vec<_> = places.into_iter().zip(steps).collect();
        steps.sort_by_key(|(place, _)| *place);
        Self { steps: steps.into_iter().map(|(_, step)| step).collect(), value: value.clone() }
    }

    pub fn step(&self, id: u64) -> Option<&Happened> {
        self.steps.iter().find(|step| step.id == id)
    }
}

impl Happened {
    fn read(value: &Value) -> Self {
        Self {
            id: value["id"].as_u64().expect("a step's id"),
            kind: text(&value["kind"]),
            name: text(&value["name"]),
            parent: value["parent"].as_u64(),
            iteration: value["iteration"].as_u64(),
            value: value.clone(),
        }
    }

    fn message(id: u64, role: &str, said: &Value) -> Self {
        Self::read(&json!({ "id": id, "kind": "message", "name": role, "text": said }))
    }

    pub fn title(&self) -> String {
        format!("step {} {} {}", self.id, self.kind, self.name)
    }

    pub fn text(&self, key: &str) -> Option<&str> {
        self.value[key].as_str()
    }
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder of recordings");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

fn file_name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

fn json(file: &Path) -> Value {
    let text = fs::read_to_string(file).expect("a recording");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().map(text).collect()
}
