//! An engine whose two files are changed on their way to it: settings, rights and disks that ours never
//! have, and servers of others do.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use ticketlens_engine::{EngineConfig, Host};

/// An engine in this folder, whose files are changed with each start as [`replace`] has said last.
pub fn altered(folder: &Path) -> EngineConfig {
    // The first line is the order, with both files in it; then there is only the end.
    let script = format!(
        "#!/bin/sh\nIFS= read -r order\n\
         {{ printf '%s\\n' \"$order\" | sed -f '{}'; cat; }} | '{}'\n",
        folder.join(EDITS).display(),
        Path::new(env!("CARGO_BIN_EXE_ticketlens")).with_file_name("ticketlens-engine").display(),
    );
    let host = folder.join("host.sh");
    fs::write(&host, script).unwrap();
    fs::set_permissions(&host, fs::Permissions::from_mode(0o755)).unwrap();
    EngineConfig {
        host: Some(Host::program(host)),
        ..EngineConfig::temporary(folder.join("engine"))
    }
}

const EDITS: &str = "edits.sed";

/// From the next start on these texts of its files are others. None holds `#` or `\`.
pub fn replace(folder: &Path, replaced: &[(&str, String)]) {
    let edits = replaced.iter().map(|(old, new)| format!("s#{old}#{new}#\n"));
    fs::write(folder.join(EDITS), edits.collect::<String>()).unwrap();
}

/// The receiver's login has a profile of its own with this in it; the engine needs the default to start.
pub fn profile(settings: &str) -> [(&'static str, String); 2] {
    [
        ("<default/>", format!("<default/><forced>{settings}</forced>")),
        ("<profile>default</profile>", "<profile>forced</profile>".to_owned()),
    ]
}

/// The receiver's login may do this, and nothing else.
pub fn only(grants: &[String]) -> (&'static str, String) {
    let queries = grants.iter().map(|grant| format!("<query>GRANT {grant}</query>"));
    let queries = queries.collect::<String>();
    ("<access_management>1</access_management>", format!("<grants>{queries}</grants>"))
}

/// The disk of tables keeps so many bytes free.
pub fn kept_free(bytes: u64) -> (&'static str, String) {
    let disk = format!("<default><keep_free_space_bytes>{bytes}</keep_free_space_bytes></default>");
    ("<disks>", format!("<disks>{disk}"))
}
