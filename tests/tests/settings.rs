//! docs/settings.md names every setting that the code reads and no other, with its default.
//!
//! What the code reads is taken from the code: the fields of the receiver's raw configuration, the methods
//! of `LensBuilder`, the flags of `tenant set`, and every text of a source that has the form of a variable.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use proc_macro2::{TokenStream, TokenTree};
use syn::{Fields, ImplItem, Item, ReturnType, Type, Visibility};
use ticketlens_receiver::Config;
use ticketlens_store::{METRICS_DAYS, TRACE_DAYS};
use ticketlens_tests::{
    document::{blocks, read},
    program,
    workspace::root,
};

const DOCUMENT: &str = "docs/settings.md";
const FILE: &str = "| setting | default | what it does |";
const RECEIVER: &str = "| variable | replaces |";
const CLIENT: &str = "| method | variable | default | what it does |";
const COMMANDS: &str = "| variable | flag | default | what it does |";
const TENANT: &str = "| flag | default | what it does |";

/// The rows of the table with this heading, cell by cell.
fn rows(heading: &str) -> Vec<Vec<String>> {
    let document = read(DOCUMENT);
    let lines = document.lines().skip_while(|line| *line != heading).skip(2);
    let rows = lines.take_while(|line| line.starts_with('|'));
    let cells = |row: &str| {
        let inner = row.strip_prefix('|').and_then(|row| row.strip_suffix('|')).unwrap();
        inner.split('|').map(|cell| cell.trim().to_owned()).collect()
    };
    let rows: Vec<Vec<String>> = rows.map(cells).collect();
    assert!(!rows.is_empty(), "{DOCUMENT} has a table {heading}");
    rows
}

/// What stands as code in the cells of a column.
fn names(heading: &str, column: usize) -> BTreeSet<String> {
    let cells = rows(heading).into_iter().map(|row| row[column].clone());
    cells.flat_map(|cell| code(&cell)).collect()
}

fn code(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn same(what: &str, said: &BTreeSet<String>, is: &BTreeSet<String>) {
    let missing: Vec<_> = is.difference(said).collect();
    let gone: Vec<_> = said.difference(is).collect();
    assert!(missing.is_empty() && gone.is_empty(), "{what}: lacks {missing:?}, has {gone:?}");
}

fn items(path: &str) -> Vec<Item> {
    syn::parse_file(&read(path)).expect("a source of ours is Rust").items
}

/// The last name of a type, below `Option`: `RawLimits` of `Option<RawLimits>`.
fn named(of: &Type) -> String {
    let Type::Path(path) = of else { panic!("a field's type is a path") };
    let last = path.path.segments.last().unwrap();
    if let syn::PathArguments::AngleBracketed(inner) = &last.arguments
        && last.ident == "Option"
        && let Some(syn::GenericArgument::Type(inner)) = inner.args.first()
    {
        return named(inner);
    }
    last.ident.to_string()
}

#[test]
fn every_field_of_the_receivers_file_is_there() {
    let mut tables = BTreeMap::new();
    for item in items("crates/receiver/src/config/raw.rs") {
        if let Item::Struct(one) = item
            && let Fields::Named(fields) = one.fields
        {
            let fields = fields.named.into_iter();
            let fields = fields.map(|field| (field.ident.unwrap().to_string(), named(&field.ty)));
            tables.insert(one.ident.to_string(), fields.collect::<Vec<_>>());
        }
    }
    let mut is = BTreeSet::new();
    for (field, of) in &tables["Raw"] {
        match tables.get(of) {
            Some(inner) => is.extend(inner.iter().map(|(name, _)| format!("{field}.{name}"))),
            None => {
                is.insert(field.clone());
            }
        }
    }
    assert!(is.len() > 30 && is.contains("commit.window_ms"), "{is:?}");
    same("the receiver's file", &names(FILE, 0), &is);
}

#[test]
fn every_method_of_the_lens_builder_is_there() {
    let mut is = BTreeSet::new();
    for item in items("crates/client/src/lens_builder.rs") {
        let Item::Impl(block) = item else { continue };
        if named(&block.self_ty) != "LensBuilder" || block.trait_.is_some() {
            continue;
        }
        for item in block.items {
            let ImplItem::Fn(method) = item else { continue };
            let is_public = matches!(method.vis, Visibility::Public(_));
            let gives_itself = matches!(&method.sig.output, ReturnType::Type(_, of)
                if matches!(named(of).as_str(), "Self"));
            // It reads settings and is none.
            let name = method.sig.ident.to_string();
            if is_public && gives_itself && !name.starts_with("read_") {
                is.insert(name);
            }
        }
    }
    assert!(is.len() > 20 && is.contains("retry_for"), "{is:?}");
    same("the client", &names(CLIENT, 0), &is);
}

#[test]
fn every_flag_of_a_tenant_is_there() {
    let help = Command::new(program("ticketlens")).args(["tenant", "set", "--help"]).output();
    let help = String::from_utf8(help.unwrap().stdout).unwrap();
    // Clap lists the command's own options first, then those of each heading.
    let (_, options) = help.split_once("\nOptions:\n").expect("options");
    let own = options.lines().take_while(|line| line.is_empty() || line.starts_with(' '));
    let flags = own.filter_map(|line| line.trim_start().strip_prefix("--"));
    let mut is: BTreeSet<_> =
        flags.map(|flag| format!("--{}", flag.split(' ').next().unwrap())).collect();
    for no_setting in ["--json", "--log-format", "--apply", "--dry-run", "--yes"] {
        assert!(is.remove(no_setting), "{is:?}");
    }
    same("a tenant's settings", &names(TENANT, 0), &is);
    for (flag, days) in [("--trace-days", TRACE_DAYS), ("--metrics-days", METRICS_DAYS)] {
        let row = rows(TENANT).into_iter().find(|row| code(&row[0]) == [flag]).unwrap();
        assert_eq!(row[1], days.to_string(), "{flag}");
    }
}

/// Whether a text is a variable's name, and of a kind that programs are set with.
fn is_variable(text: &str) -> bool {
    let is_name = |text: &str| {
        text.len() > 1 && text.chars().all(|c| c.is_ascii_uppercase() || "_0123456789".contains(c))
    };
    ["TICKETLENS_", "OTEL_", "RUST_", "XDG_"]
        .iter()
        .any(|start| text.strip_prefix(start).is_some_and(is_name))
        || text == "COLUMNS"
}

/// Every variable's name among the texts of a source, outside of what is compiled for tests only.
fn variables(tokens: TokenStream, found: &mut BTreeSet<String>) {
    let mut of_a_test = false;
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                let text = group.to_string();
                if text == "[cfg (test)]" || text == "[cfg(test)]" {
                    of_a_test = true;
                } else if of_a_test && text.starts_with('{') {
                    of_a_test = false;
                } else {
                    variables(group.stream(), found);
                }
            }
            TokenTree::Literal(literal) => {
                let text = literal.to_string();
                let text = text.trim_matches('"');
                if is_variable(text) {
                    found.insert(text.to_owned());
                }
            }
            // `#[cfg(test)] mod tests;`
            TokenTree::Punct(punct) if punct.as_char() == ';' => of_a_test = false,
            _ => {}
        }
    }
}

/// The sources of the crates that people run or link.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            sources(&path, found);
        } else if name.ends_with(".rs") && name != "tests.rs" && !name.ends_with("_tests.rs") {
            found.push(path);
        }
    }
}

#[test]
fn every_variable_is_there_and_no_other() {
    let mut files = Vec::new();
    for entry in fs::read_dir(root().join("crates")).unwrap() {
        let entry = entry.unwrap();
        // What contributors drive cargo with is in CONTRIBUTING.md.
        if entry.file_name() != "xtask" {
            sources(&entry.path().join("src"), &mut files);
        }
    }
    assert!(files.len() > 200, "{} sources", files.len());
    let mut is = BTreeSet::new();
    for file in files {
        variables(fs::read_to_string(file).unwrap().parse().unwrap(), &mut is);
    }
    assert!(is.contains("TICKETLENS_HASH_KEY") && is.contains("XDG_CACHE_HOME"), "{is:?}");

    let tables = [(RECEIVER, 0), (CLIENT, 1), (COMMANDS, 0)];
    let said: BTreeSet<_> =
        tables.into_iter().flat_map(|(heading, column)| names(heading, column)).collect();
    // `NAME_FILE` is made of `NAME` where a secret is read.
    let (files, said): (BTreeSet<_>, BTreeSet<_>) =
        said.into_iter().partition(|name| name.ends_with("_FILE"));
    same("variables", &said, &is);
    let bases: BTreeSet<_> =
        files.iter().map(|file| file.trim_end_matches("_FILE").to_owned()).collect();
    same("secrets from files", &bases, &secrets());
}

/// What is read as a secret, which may stand in a file: the receiver's, and what the program's own
/// `secret` and `find_secret` are asked for.
fn secrets() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    variables(read("crates/cli/src/secrets.rs").parse().unwrap(), &mut found);
    let mut files = Vec::new();
    sources(&root().join("crates/cli/src"), &mut files);
    for file in files {
        let source = fs::read_to_string(file).unwrap();
        let constants = source.lines().filter_map(|line| {
            let (name, value) = line.trim().strip_prefix("const ")?.split_once(": &str = \"")?;
            Some((name, value.trim_end_matches("\";")))
        });
        let constants: BTreeMap<_, _> = constants.collect();
        for asked in source.split("secret(").skip(1) {
            let argument = asked.split([')', ',']).next().unwrap().trim();
            let name = constants.get(argument).copied().unwrap_or(argument.trim_matches('"'));
            if is_variable(name) {
                found.insert(name.to_owned());
            }
        }
    }
    found
}

#[test]
fn the_receivers_defaults_are_as_the_page_says() {
    let config = Config::parse("[clickhouse]\nurl = \"http://db\"", &BTreeMap::new()).unwrap();
    let mib = |bytes: usize| (bytes >> 20).to_string();
    let seconds = |time: std::time::Duration| time.as_secs().to_string();
    let (store, intake, commit) = (&config.store, &config.intake, &config.commit);
    let is = [
        ("grpc_listen", config.grpc_listen.to_string()),
        ("http_listen", config.http_listen.to_string()),
        ("other_events", if intake.ignore_other_events { "ignore" } else { "reject" }.to_owned()),
        ("migrate", config.migrate.to_string()),
        ("start_timeout_seconds", seconds(config.start_timeout)),
        ("shutdown_deadline_seconds", seconds(config.shutdown_deadline)),
        ("key_refresh_seconds", seconds(config.key_refresh)),
        ("clickhouse.database", store.database.to_string()),
        ("clickhouse.user", store.user.clone()),
        ("clickhouse.compression", format!("{:?}", store.compression).to_lowercase()),
        ("clickhouse.fsync", store.fsync.to_string()),
        ("clickhouse.search_index", store.search_index.to_string()),
        ("clickhouse.connect_timeout_seconds", seconds(store.connect_timeout)),
        ("clickhouse.query_timeout_seconds", seconds(store.query_timeout)),
        ("limits.max_request_mib", mib(intake.max_request_bytes)),
        ("limits.budget_mib", mib(intake.budget_bytes)),
        ("limits.tenant_share_mib", mib(intake.tenant_share_bytes)),
        ("limits.max_connections", config.max_connections.to_string()),
        ("limits.body_timeout_seconds", seconds(config.body_timeout)),
        ("commit.window_ms", commit.window.as_millis().to_string()),
        ("commit.inserters", commit.inserters.to_string()),
        ("commit.max_mib", mib(commit.max_bytes)),
        ("commit.max_rows", commit.max_rows.to_string()),
        ("commit.deadline_seconds", seconds(commit.deadline)),
        ("gate.ip_addresses", config.gate.ip_addresses.to_string()),
        ("metrics.tenants", config.metrics.tenants.to_string()),
    ];
    let mut is = BTreeMap::from(is);
    for row in rows(FILE) {
        let name = code(&row[0]).remove(0);
        match is.remove(name.as_str()) {
            Some(default) => assert_eq!(row[1].trim_matches('`'), default, "{name}"),
            // No default that a value could be compared with.
            None => assert!(
                ["none", "empty", "**required**", "random at each start"].contains(&&*row[1]),
                "{name}: {}",
                row[1]
            ),
        }
    }
    assert!(is.is_empty(), "{is:?}");
}

#[test]
fn the_configuration_for_production_is_a_good_one() {
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(["tickets.example.com".to_owned()]).unwrap();
    fs::write(folder.path().join("tls.crt"), made.cert.pem()).unwrap();
    fs::write(folder.path().join("tls.key"), made.signing_key.serialize_pem()).unwrap();
    let toml = blocks(&read("docs/production.md"), "```toml").remove(0);
    let here = folder.path().to_str().unwrap();
    let toml = toml.replace("/etc/ticketlens", here).replace('…', &"0".repeat(64));
    let file = folder.path().join("receiver.toml");
    fs::write(&file, toml).unwrap();
    let check =
        Command::new(program("ticketlens")).args(["check-config", "--config"]).arg(&file).output();
    let check = check.unwrap();
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stderr));
    let said = String::from_utf8_lossy(&check.stdout).into_owned();
    assert!(said.contains("TLS") && !said.contains("no TLS"), "{said}");
}
