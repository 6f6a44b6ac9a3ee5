//! A browser, which opens what we make for one. Its package brings the program itself: nothing is
//! downloaded beside it, and none has to be on the machine.

use std::{fs, path::Path, process::Command};

use anyhow::{Context, Result};

use super::languages;
use crate::run::run;

/// Builds `look.mjs`, beside the browser that it starts.
pub(super) fn build(source: &Path, into: &Path) -> Result<()> {
    let why = "a browser comes as a package of npm's; install Node.js (20.6 or newer) with npm";
    languages::node(source, into, why)?;
    for file in ["fonts.conf", "look.mjs", "unpack.mjs"] {
        let from = source.join(file);
        fs::copy(&from, into.join(file)).with_context(|| format!("copying {}", from.display()))?;
    }
    let unpacked = into.join("unpacked");
    fs::create_dir_all(&unpacked).with_context(|| format!("making {}", unpacked.display()))?;
    run(Command::new("node").arg("unpack.mjs").current_dir(into).env("TMPDIR", &unpacked))
}
