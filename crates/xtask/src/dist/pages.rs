//! Manual pages and completions, as the program writes them.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use super::program::Runnable;
use crate::run::target;

/// Each folder of pages, and where they are installed: there `man` and the shells find them unasked
/// (zsh where its `fpath` has the folder).
pub const PLACES: [(&str, &str); 4] = [
    ("man", "share/man/man1"),
    ("bash", "share/bash-completion/completions"),
    ("fish", "share/fish/vendor_completions.d"),
    ("zsh", "share/zsh/site-functions"),
];

/// How each shell wants its file named.
const SHELLS: [(&str, &str); 3] =
    [("bash", "ticketlens"), ("fish", "ticketlens.fish"), ("zsh", "_ticketlens")];

/// Writes them into a folder of their own, which is returned.
pub fn write(program: &Runnable) -> Result<PathBuf> {
    let pages = std::path::absolute(target())?.join("dist-pages");
    if pages.exists() {
        fs::remove_dir_all(&pages).with_context(|| format!("clearing {}", pages.display()))?;
    }
    let man = pages.join("man");
    program.output(&["man", "--to", &man.to_string_lossy()])?;
    for (shell, name) in SHELLS {
        write_completions(program, shell, &pages.join(shell), name)?;
    }
    Ok(pages)
}

fn write_completions(program: &Runnable, shell: &str, folder: &Path, name: &str) -> Result<()> {
    let script = program.output(&["completions", shell])?;
    fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    fs::write(folder.join(name), script).with_context(|| format!("writing {name}"))
}
