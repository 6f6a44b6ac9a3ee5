//! What only one room may say: SQL, the name of the engine's library, `unsafe`.

use std::{collections::BTreeSet, fs};

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};

use super::{
    code::tree::{attributes, is_test},
    workspace::{crates, root},
};

/// Who may speak SQL, and does.
const SPEAKERS: [&str; 2] = ["ticketlens-store", "ticketlens-engine"];

/// The one file that loads the engine.
const LOADER: &str = "crates/engine/src/loader.rs";

#[test]
fn only_the_store_and_the_engine_speak_sql() {
    let mut speakers = BTreeSet::new();
    let mut wrong = Vec::new();
    for package in crates() {
        for module in &package.tree().modules {
            let mut texts = Texts::default();
            module.items.iter().for_each(|item| texts.visit_item(item));
            for text in texts.0.iter().filter(|text| is_sql(text)) {
                speakers.insert(package.name.as_str());
                if !SPEAKERS.contains(&package.name.as_str()) {
                    let file = package.folder.join(&module.file);
                    wrong.push(format!("{}: {text:?}", file.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "SQL outside of the store and the engine:\n{}", wrong.join("\n"));
    assert_eq!(speakers, BTreeSet::from(SPEAKERS), "who speaks SQL, and who may");
}

#[test]
fn only_the_loader_is_unsafe_and_only_the_engine_knows_its_library() {
    let mut without_a_net = BTreeSet::new();
    for package in crates() {
        let files: BTreeSet<_> =
            package.tree().modules.iter().map(|module| package.folder.join(&module.file)).collect();
        assert!(!files.is_empty(), "{} has sources", package.name);
        for file in files {
            let text = fs::read_to_string(root().join(&file)).expect("a source file");
            if has_word(text.parse().expect("tokens"), "unsafe") {
                without_a_net.insert(file.display().to_string());
            }
            let knows = ["libchdb", "chdb_query"].iter().any(|name| text.contains(name));
            let fine = !knows || package.name == "ticketlens-engine";
            assert!(fine, "{} knows the engine's library", file.display());
        }
    }
    assert_eq!(without_a_net, BTreeSet::from([LOADER.to_owned()]), "files with unsafe code");
}

fn has_word(tokens: TokenStream, word: &str) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Group(group) => has_word(group.stream(), word),
        TokenTree::Ident(ident) => ident == word,
        _ => false,
    })
}

/// The strings of code outside of tests: not comments, and not what attributes say.
#[derive(Default)]
struct Texts(Vec<String>);

impl<'ast> Visit<'ast> for Texts {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if !is_test(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_attribute(&mut self, _: &'ast syn::Attribute) {}

    fn visit_lit(&mut self, literal: &'ast syn::Lit) {
        match literal {
            syn::Lit::Str(text) => self.0.push(text.value()),
            syn::Lit::ByteStr(text) => {
                self.0.push(String::from_utf8_lossy(&text.value()).into_owned());
            }
            _ => {}
        }
    }

    fn visit_macro(&mut self, called: &'ast syn::Macro) {
        self.scan(called.tokens.clone());
    }
}

impl Texts {
    fn scan(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.scan(group.stream()),
                TokenTree::Literal(literal) => self.visit_lit(&syn::Lit::new(literal)),
                _ => {}
            }
        }
    }
}

/// What makes a statement of a first word: one of these as the second.
const STATEMENTS: [(&str, &[&str]); 19] = [
    ("alter", OBJECTS),
    ("attach", OBJECTS),
    ("check", &["table"]),
    ("create", OBJECTS),
    ("delete", &["from"]),
    ("desc", &["table"]),
    ("describe", &["table"]),
    ("detach", OBJECTS),
    ("drop", OBJECTS),
    ("exchange", &["tables", "dictionaries"]),
    ("exists", OBJECTS),
    ("explain", &["select", "pipeline", "plan", "syntax", "estimate", "indexes"]),
    ("insert", &["into"]),
    ("kill", &["query", "mutation"]),
    ("optimize", &["table"]),
    ("rename", OBJECTS),
    ("show", &["create", "databases", "grants", "processlist", "roles", "tables", "users"]),
    ("system", &["drop", "flush", "kill", "reload", "shutdown", "start", "stop", "sync", "wait"]),
    ("truncate", OBJECTS),
];

const OBJECTS: &[&str] = &[
    "database",
    "dictionary",
    "function",
    "materialized",
    "named",
    "policy",
    "profile",
    "quota",
    "role",
    "row",
    "settings",
    "table",
    "tables",
    "temporary",
    "user",
    "view",
];

/// Statements whose second word may be anything: what comes later makes them SQL.
const CLAUSES: [(&str, &[&str]); 6] = [
    ("create", &["replace"]),
    ("grant", &["on", "to"]),
    ("revoke", &["on", "from"]),
    ("select", &["from"]),
    ("update", &["set"]),
    ("with", &["select"]),
];

/// Words that nobody writes so but in SQL, wherever they stand.
const SHOUTED: [&str; 4] = ["SELECT ", "INSERT INTO", "CREATE TABLE", "ALTER TABLE"];

/// Whether a text is a statement, has one within, or is the name of a file of them.
fn is_sql(text: &str) -> bool {
    let lower = text.to_lowercase();
    let mut words = lower.split_whitespace();
    let (first, second) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let statement =
        STATEMENTS.iter().any(|(word, seconds)| *word == first && seconds.contains(&second));
    let clause = CLAUSES
        .iter()
        .any(|(word, later)| *word == first && words.clone().any(|word| later.contains(&word)));
    // `SELECT 1`, `select count()`: no sentence goes on like that.
    let value = |c: char| c.is_ascii_digit() || "*({'\"".contains(c);
    let value = first == "select" && (second.starts_with(value) || second.contains('('));
    statement
        || clause
        || value
        || SHOUTED.iter().any(|word| text.contains(word))
        || lower.ends_with(".sql")
}

#[test]
fn statements_are_told_from_sentences() {
    for sql in [
        "SELECT 1",
        "  select count() from tickets",
        "\n  insert into {table} values",
        "Create Or Replace View x as select 1",
        "alter user {login}",
        "grant select on {view} to {login}",
        "system reload users",
        "show create table x",
        "optimize table x final",
        "EXPLAIN PLAN SELECT 1",
        "with x as (select 1) select * from x",
        "(SELECT max(day) FROM x)",
        "../migrations/0001_first.sql",
    ] {
        assert!(is_sql(sql), "{sql}");
    }
    for text in [
        "",
        "select",
        "selected",
        "create a tenant",
        "Create, list and revoke keys.",
        "drop it",
        "rename or drop it, and run this again",
        "show me",
        "system error",
        "insert a key",
        "check the configuration",
        "with a key",
    ] {
        assert!(!is_sql(text), "{text}");
    }
}
