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

/// A program of another project that flows run ours beside, e.g. `peer("collector", "otelcol")`.
///
/// # Panics
///
/// If it was not built.
pub fn peer(name: &str, program: &str) -> PathBuf {
    let here = env::current_exe().expect("the test has a path");
    // target/debug/deps/flow-0123 → target/peers
    let target = here.ancestors().nth(3).expect("a target folder");
    let program = target.join("peers").join(name).join(program);
    assert!(
        program.exists(),
        "{} is missing: run `cargo xtask test`, or `cargo xtask peers`",
        program.display()
    );
    program
}
