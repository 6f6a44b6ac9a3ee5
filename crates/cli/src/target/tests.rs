use secrecy::ExposeSecret;

use super::*;
use crate::instance::{Folder, Running, VERSION};

fn of(data: &Path) -> TargetArgs {
    TargetArgs { data: Some(data.to_owned()), ..TargetArgs::default() }
}

fn at(endpoint: &str, key: Option<&str>) -> TargetArgs {
    let (endpoint, key) = (Some(endpoint.to_owned()), key.map(Into::into));
    TargetArgs { endpoint, key, data: None }
}

/// Finds it with these variables set.
fn find(args: &TargetArgs, purpose: Purpose, set: &[(&str, &str)]) -> Result<Target> {
    let variable = |name: &str| {
        set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    };
    Target::find_with(args, purpose, &variable)
}

fn key(target: &Target) -> (&str, &str) {
    (target.key.text.expose_secret(), &target.key.source)
}

/// A `dev` that runs: it has written its file, and holds its folder.
fn dev(data: &Path) -> Folder {
    let folder = Folder::take(data).unwrap();
    instance(true).write(data).unwrap();
    folder
}

fn instance(running: bool) -> Instance {
    let running = running.then(|| Running {
        pid: 1,
        grpc_endpoint: "http://127.0.0.1:9".into(),
        http_endpoint: "http://127.0.0.1:8".into(),
        clickhouse_url: "http://127.0.0.1:7".into(),
    });
    Instance {
        version: VERSION,
        running,
        tenant: "demo".into(),
        ingest_key: "ingest".into(),
        read_key: "read".into(),
        admin_key: "admin".into(),
        hash_key: "hash".into(),
        clickhouse_port: None,
        readers: Vec::new(),
    }
}

#[test]
fn a_running_dev_lends_its_endpoint_and_the_right_key() {
    let data = tempfile::tempdir().unwrap();
    let _dev = dev(data.path());
    let file = Instance::path(data.path()).display().to_string();
    let send = find(&of(data.path()), Purpose::Ingest, &[]).unwrap();
    assert_eq!(send.endpoint, "http://127.0.0.1:9");
    assert_eq!(key(&send), ("ingest", file.as_str()));
    let show = find(&of(data.path()), Purpose::Admin, &[]).unwrap();
    assert_eq!(key(&show), ("admin", file.as_str()));
    let mine = TargetArgs { key: Some("mine".into()), ..of(data.path()) };
    let own = find(&mine, Purpose::Admin, &[]).unwrap();
    assert_eq!(own.endpoint, "http://127.0.0.1:9");
    assert_eq!(key(&own), ("mine", "--key"));
}

#[test]
fn what_is_exported_for_workflows_takes_nothing_from_dev() {
    let data = tempfile::tempdir().unwrap();
    let _dev = dev(data.path());
    let folder = data.path().to_str().unwrap();
    let exported = [
        ("TICKETLENS_DATA", folder),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://h:4318"),
        ("TICKETLENS_KEY", "ingest"),
    ];
    let args = TargetArgs::default();
    let show = find(&args, Purpose::Admin, &exported).unwrap();
    assert_eq!((show.endpoint.as_str(), key(&show).0), ("http://127.0.0.1:9", "admin"));
    for other in ["read", " ingest\n", "another's", ""] {
        let exported = [("TICKETLENS_DATA", folder), ("TICKETLENS_KEY", other)];
        let key_for = |purpose| key(&find(&args, purpose, &exported).unwrap()).0.to_owned();
        assert_eq!(key_for(Purpose::Admin), "admin", "{other:?}");
        assert_eq!(key_for(Purpose::Ingest), "ingest", "{other:?}");
    }
    // An address of TicketLens itself is meant; one of the folder's, on the command line, more.
    let exported = [("TICKETLENS_ENDPOINT", "http://h:1"), ("TICKETLENS_KEY", "theirs")];
    let given = find(&args, Purpose::Admin, &exported).unwrap();
    assert_eq!(
        (given.endpoint.as_str(), key(&given)),
        ("http://h:1", ("theirs", "TICKETLENS_KEY"))
    );
    let here = find(&of(data.path()), Purpose::Admin, &exported).unwrap();
    assert_eq!((here.endpoint.as_str(), key(&here).0), ("http://127.0.0.1:9", "admin"));
}

#[test]
fn tickets_meant_for_one_tenant_are_not_sent_to_another() {
    let data = tempfile::tempdir().unwrap();
    let _dev = dev(data.path());
    let set = |key| [("TICKETLENS_DATA", data.path().to_str().unwrap()), ("TICKETLENS_KEY", key)];
    let args = TargetArgs::default();
    let theirs = set("tl_acme_3k9x2m7q_secret");
    let refused = find(&args, Purpose::Ingest, &theirs).err().unwrap();
    assert_eq!(refused.exit, Exit::Usage);
    let said = refused.to_string();
    assert!(said.starts_with("TICKETLENS_KEY is a key of tenant acme"), "{said}");
    assert!(said.contains("send to acme with --key") && !said.contains("3k9x2m7q"), "{said}");
    // Its own other keys, an admin's, and reading are no mistake.
    for fine in ["tl_demo_3k9x2m7q_secret", "tladmin_3k9x2m7q_secret", "tl_acme"] {
        find(&args, Purpose::Ingest, &set(fine)).unwrap();
    }
    find(&args, Purpose::Admin, &theirs).unwrap();
    let meant = TargetArgs { key: Some("tl_acme_3k9x2m7q_secret".into()), ..args };
    let meant = find(&meant, Purpose::Ingest, &theirs).unwrap();
    assert_eq!(meant.destination(), "acme at 127.0.0.1:9");
}

#[test]
fn opentelemetrys_address_is_the_last_resort() {
    let nowhere = ("TICKETLENS_DATA", "/nowhere");
    let args = TargetArgs::default();
    let general = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://h:1/");
    let set = [nowhere, general, ("TICKETLENS_KEY", "k")];
    assert_eq!(find(&args, Purpose::Ingest, &set).unwrap().endpoint, "http://h:1");
    let of_logs = ("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "http://h:2");
    let set = [nowhere, general, of_logs, ("TICKETLENS_KEY", "k")];
    assert_eq!(find(&args, Purpose::Ingest, &set).unwrap().endpoint, "http://h:2");
    // Without a key it is somebody else's.
    let none = find(&args, Purpose::Ingest, &[nowhere, general]).err().unwrap();
    assert!(none.to_string().contains("no receiver is known here"), "{none}");
    assert_eq!(none.exit, Exit::Unreachable);
}

#[test]
fn a_dev_that_was_killed_lends_no_port_to_strangers() {
    let data = tempfile::tempdir().unwrap();
    drop(dev(data.path()));
    let gone = find(&of(data.path()), Purpose::Ingest, &[]).err().unwrap();
    assert_eq!(gone.exit, Exit::Unreachable);
    assert!(gone.to_string().contains("is not running"), "{gone}");
}

#[test]
fn without_a_receiver_it_says_how_to_get_one() {
    let data = tempfile::tempdir().unwrap();
    let missing = find(&of(data.path()), Purpose::Ingest, &[]).err().unwrap();
    assert_eq!(missing.exit, Exit::Unreachable);
    assert!(missing.to_string().contains("ticketlens dev --data"), "{missing}");
    instance(false).write(data.path()).unwrap();
    let stopped = find(&of(data.path()), Purpose::Ingest, &[]).err().unwrap();
    assert!(stopped.to_string().contains("is not running"), "{stopped}");
}

#[test]
fn an_endpoint_needs_a_scheme_and_a_key() {
    for (endpoint, key) in [("http://h:1", None), ("http://h:1", Some(" ")), ("h:1", Some("k"))] {
        let failure = find(&at(endpoint, key), Purpose::Ingest, &[]).err();
        assert_eq!(failure.unwrap().exit, Exit::Usage, "{endpoint}");
    }
    let target = find(&at("http://h:1/", Some("k\n")), Purpose::Ingest, &[]).unwrap();
    assert_eq!((target.endpoint.as_str(), key(&target)), ("http://h:1", ("k", "--key")));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    std::fs::write(&file, "from a file\n").unwrap();
    let set = [("TICKETLENS_KEY_FILE", file.to_str().unwrap())];
    let target = find(&at("http://h:1", None), Purpose::Ingest, &set).unwrap();
    assert_eq!(key(&target), ("from a file", "the file that TICKETLENS_KEY_FILE names"));
}
