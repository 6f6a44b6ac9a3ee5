//! The programs under test, as they are built beside the tests.

use std::{env, path::PathBuf};

/// A program of this workspace, from the folder (`debug` or `release`) that the running test or
/// bench was built into.
///
/// # Panics
///
/// If it is not there.
pub fn program(name: &str) -> PathBuf {
    let here = env::current_exe().expect("the test has a path");
    // target/debug/deps/flow-0123 → target/debug
    let folder = here.ancestors().nth(2).expect("a target folder");
    let program = folder.join(name);
    assert!(
        program.is_file(),
        "{} is missing: run `cargo xtask test`, or `cargo build --workspace --bins`",
        program.display()
    );
    program
}
