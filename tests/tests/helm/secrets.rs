//! No secret goes through the chart: it has none of its own, takes none, and names those that are there.

use std::{env, fs, os::unix::fs::PermissionsExt as _, process::Command};

use ticketlens_tests::{
    document::{blocks, read},
    program,
};

use crate::{
    receiver::Pod,
    rendered::{SETS, checked, objects, one, template},
};

#[test]
fn nothing_is_rendered_without_what_only_you_can_say() {
    let all = [
        ("image.repository=", "image.repository: name the image"),
        (
            "config.clickhouse.url=",
            "config.clickhouse.url: say where ClickHouse's HTTP interface is",
        ),
        (
            "existingSecret=",
            "existingSecret: name the Secret that holds clickhousePassword under the key clickhouse-password, \
             or set secrets.clickhousePassword.secret; the chart makes no secret and has no default one",
        ),
        (
            "existingSecret=,secrets.clickhousePassword.secret=a",
            "existingSecret: name the Secret that holds hashKey under the key hash-key",
        ),
        (
            "existingSecret=,secrets.clickhousePassword.secret=a,secrets.hashKey.secret=b",
            "existingSecret: name the Secret that holds adminKeySha256 under the key admin-key-sha256",
        ),
        ("tls.clientCa.secret=clients", "tls.clientCa needs tls.secret"),
        ("ingress.http.enabled=true", "ingress.http.host: say by which name senders reach it"),
    ];
    for (without, says) in all {
        let output = template("least", &["--set", without]);
        assert!(!output.status.success() && output.stdout.is_empty(), "{without}");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains(says), "{without}: {said}");
    }
}

#[test]
fn a_secrets_value_is_refused() {
    const VALUE: &str = "hunter2-hunter2-hunter2";
    for place in [
        "config.hash_key",
        "config.admin_key_sha256",
        "config.clickhouse.password",
        "secrets.hashKey.value",
        "tls.key",
        "hashKey",
        "extraEnv",
    ] {
        let output = template("least", &["--set", &format!("{place}={VALUE}")]);
        assert!(!output.status.success(), "{place}");
        let (_, name) = place.rsplit_once('.').unwrap_or(("", place));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains(&format!("'{name}' not allowed")), "{place}: {said}");
        assert!(!said.contains(VALUE), "{place}: {said}");
    }
    // In an address, where one is easily left.
    let url = format!("config.clickhouse.url=https://ticketlens:{VALUE}@clickhouse:8443");
    assert!(!template("least", &["--set", &url]).status.success());
}

#[test]
fn no_object_holds_a_secret() {
    for set in SETS {
        let objects = objects(set, &[]);
        assert!(objects.iter().all(|object| object["kind"] != "Secret"), "{set}");
        let deployment = one(&objects, "Deployment");
        let receiver = &deployment["spec"]["template"]["spec"]["containers"][0];
        let mut files = 0;
        for variable in receiver["env"].as_array().unwrap() {
            let name = variable["name"].as_str().unwrap();
            let value = variable["value"].as_str().unwrap_or_else(|| panic!("{set}: {name}"));
            if ["PASSWORD", "KEY", "SECRET", "TOKEN"].iter().any(|word| name.contains(word)) {
                assert!(name.ends_with("_FILE"), "{set}: {name}");
                assert!(value.starts_with("/run/ticketlens/secrets/"), "{set}: {name} is {value}");
                files += 1;
            }
        }
        assert_eq!(files, 3, "{set}");
        let file = one(&objects, "ConfigMap")["data"]["receiver.toml"].as_str().unwrap();
        for word in ["password", "hash_key", "admin_key"] {
            assert!(!file.contains(word), "{set}: {file}");
        }
    }
}

/// Secret, key and file of each source of the volume, as a set of values says.
#[test]
fn secrets_are_mounted_from_where_the_values_say() {
    let expected = [
        (
            "least",
            [
                ("ticketlens", "clickhouse-password"),
                ("ticketlens", "hash-key"),
                ("ticketlens", "admin-key-sha256"),
            ],
        ),
        (
            "everything",
            [
                ("clickhouse-users", "ticketlens.password"),
                ("hashing", "key"),
                ("ticketlens", "digest"),
            ],
        ),
        ("small", [("one", "password"), ("two", "key"), ("three", "digest")]),
    ];
    for (set, expected) in expected {
        let rendered = template(set, &[]).stdout;
        let objects = checked(&rendered).unwrap();
        let volumes = &one(&objects, "Deployment")["spec"]["template"]["spec"]["volumes"];
        let secrets = volumes.as_array().unwrap().iter().find(|v| v["name"] == "secrets").unwrap();
        // Octal, which YAML reads only where it is written so.
        assert_eq!(secrets["projected"]["defaultMode"], 0o440, "{set}");
        let sources = secrets["projected"]["sources"].as_array().unwrap();
        let files = ["clickhouse-password", "hash-key", "admin-key-sha256"];
        assert_eq!(sources.len(), files.len(), "{set}");
        for ((source, file), (secret, key)) in sources.iter().zip(files).zip(expected) {
            assert_eq!(source["secret"]["name"], secret, "{set}: {file}");
            assert_eq!(source["secret"]["items"][0]["key"], key, "{set}: {file}");
            assert_eq!(source["secret"]["items"][0]["path"], file, "{set}");
        }
    }
}

/// The commands of the chart's README, with a `kubectl` that says what it was asked.
#[test]
fn secrets_are_made_as_the_readme_says() {
    let folder = tempfile::tempdir().unwrap();
    let here = |name: &str| folder.path().join(name);
    fs::create_dir(here("bin")).unwrap();
    for (name, does) in [
        ("kubectl", "printf '%s\\n' \"$*\" >> asked"),
        // Not every machine that runs this has it.
        ("openssl", "[ \"$*\" = 'rand -hex 32' ] && printf '%064d\\n' 7"),
    ] {
        let file = here("bin").join(name);
        fs::write(&file, format!("#!/bin/sh\n{does}\n")).unwrap();
        fs::set_permissions(file, fs::Permissions::from_mode(0o755)).unwrap();
    }
    fs::write(here("clickhouse-password"), "a password\n").unwrap();
    let path = [here("bin"), program("ticketlens").parent().unwrap().into()];
    let machines = env::var_os("PATH").unwrap();
    let path = path.into_iter().chain(env::split_paths(&machines));
    let script = blocks(&read("deploy/helm/ticketlens/README.md"), "```sh test").remove(0);
    let run = Command::new("/bin/sh")
        .args(["-euc", &script])
        .current_dir(folder.path())
        .env("PATH", env::join_paths(path).unwrap())
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));

    // The keys of that Secret are those that the chart looks for.
    let asked = fs::read_to_string(here("asked")).unwrap();
    let files: Vec<_> = asked.split("--from-file=").skip(1).map(str::trim).collect();
    let objects = objects("least", &[]);
    let volumes = &one(&objects, "Deployment")["spec"]["template"]["spec"]["volumes"];
    let secrets = volumes.as_array().unwrap().iter().find(|v| v["name"] == "secrets").unwrap();
    let sources = secrets["projected"]["sources"].as_array().unwrap();
    let keys: Vec<_> = sources.iter().map(|source| &source["secret"]["items"][0]["key"]).collect();
    assert_eq!(files, keys, "{asked}");
    let made: Vec<_> =
        files.iter().map(|name| (*name, fs::read_to_string(here(name)).unwrap())).collect();
    let made: Vec<_> = made.iter().map(|(name, text)| (*name, &**text)).collect();
    let pod = Pod::new(objects, &made);
    let check = pod.ticketlens(&["check-config"]).output().unwrap();
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stderr));
    assert!(fs::read_to_string(here("admin-key")).unwrap().starts_with("tladmin_"));
}
