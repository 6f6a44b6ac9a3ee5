//! Programs of others that our tasks call, each built or fetched once into `target/tools`.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Result;

use crate::{
    engine::require,
    run::{cargo, run, target},
};

/// The linker and C compiler for an old C library, as its package on PyPI brings them.
const ZIG: &str = "0.17.1";

/// Where `cargo install` puts what is installed here.
pub fn folder() -> PathBuf {
    target().join("tools").join("bin")
}

/// A program from crates.io in exactly this version; its crate has its name.
pub fn installed(name: &str, version: &str) -> Result<PathBuf> {
    let program = folder().join(name);
    let known = target().join("tools").join(".crates.toml");
    let known = std::fs::read_to_string(known).unwrap_or_default();
    if !(program.is_file() && known.contains(&format!("\"{name} {version} "))) {
        let mut install = cargo();
        // Each runs for seconds: optimised, it would take longer to build than it ever saves.
        install.args(["install", name, "--locked", "--debug", "--version", version, "--root"]);
        run(install.arg(target().join("tools")))?;
    }
    Ok(program)
}

/// A Python that has zig as a module, in an environment of its own.
pub fn zig() -> Result<PathBuf> {
    require("python3", "the linker for old systems comes from PyPI; install Python with venv")?;
    let environment = target().join("tools").join("zig");
    let python = environment.join("bin").join("python3");
    if !answers(&python, ZIG) {
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment))?;
        let mut pip = Command::new(&python);
        pip.args(["-m", "pip", "install", "--quiet", "--only-binary", ":all:"]);
        run(pip.arg(format!("ziglang=={ZIG}")))?;
    }
    Ok(python)
}

fn answers(python: &Path, version: &str) -> bool {
    let output = Command::new(python).args(["-m", "ziglang", "version"]).output();
    output.is_ok_and(|o| String::from_utf8_lossy(&o.stdout).trim() == version)
}
