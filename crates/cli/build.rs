//! What the program says of its own build in `--version`: the commit, its date, the target.
//!
//! `TICKETLENS_COMMIT` ("abc1234 2026-11-29") stands in where there is no git: an image, a source
//! archive. Where neither says it, the commit is `unknown`, and nothing fails.

use std::{env, path::Path, process::Command};

const COMMIT: &str = "TICKETLENS_COMMIT";

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed={COMMIT}");
    let given = env::var(COMMIT).ok().filter(|commit| is_one_line(commit));
    let commit = given.or_else(commit_of_the_checkout).unwrap_or_else(|| "unknown".to_owned());
    println!("cargo:rustc-env=BUILD_COMMIT={commit}");
    let target = env::var("TARGET").unwrap_or_else(|_| "unknown".to_owned());
    println!("cargo:rustc-env=BUILD_TARGET={target}");
}

fn is_one_line(text: &str) -> bool {
    !text.is_empty() && !text.contains(char::is_control)
}

/// The commit that is checked out and its date; none where this file is in no checkout of its own,
/// for example unpacked within another project's.
fn commit_of_the_checkout() -> Option<String> {
    watch_the_head();
    git(&["ls-files", "--error-unmatch", "build.rs"])?;
    git(&["show", "--no-patch", "--abbrev=7", "--format=%h %cs", "HEAD"])
}

/// Runs again when another commit is checked out, and only then. A file that is not there would
/// count as changed in every build.
fn watch_the_head() {
    let branch = git(&["symbolic-ref", "--quiet", "HEAD"]);
    for name in ["HEAD", "logs/HEAD", "packed-refs"].into_iter().chain(branch.as_deref()) {
        let path = git(&["rev-parse", "--git-path", name]).filter(|path| Path::new(path).exists());
        if let Some(path) = path {
            println!("cargo:rerun-if-changed={path}");
        }
    }
}

/// What git prints, where it succeeds. Cargo runs this in the crate's own folder.
fn git(args: &[&str]) -> Option<String> {
    let output = Command::new("git").args(args).output().ok().filter(|o| o.status.success())?;
    let text = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    is_one_line(&text).then_some(text)
}
