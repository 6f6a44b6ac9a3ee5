//! The program itself, built for a platform, and what it says of itself.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use super::platform::{OLDEST_GLIBC, Platform};
use crate::{
    run::{cargo, root, run, target},
    tools,
};

/// Links with zig, which brings the C libraries of every age.
const CARGO_ZIGBUILD: &str = "0.24.1";

/// Builds the program. `with_own_linker` takes this machine's, and with it the age of its C library.
pub fn build(platform: &Platform, with_own_linker: bool) -> Result<PathBuf> {
    let mut build = cargo();
    let linking_for_old = platform.is_linux() && !with_own_linker;
    if linking_for_old {
        build = Command::new(tools::installed("cargo-zigbuild", CARGO_ZIGBUILD)?);
        build.current_dir(root()).arg("zigbuild");
        build.env("CARGO_ZIGBUILD_PYTHON_PATH", tools::zig()?);
    } else {
        build.arg("build");
    }
    let glibc = if linking_for_old { format!(".{OLDEST_GLIBC}") } else { String::new() };
    build.args(["--release", "--locked", "--package", "ticketlens-cli", "--bin", "ticketlens"]);
    build.arg("--target").arg(format!("{}{glibc}", platform.triple));
    run(build.env("RUSTFLAGS", without_own_paths()))?;
    let program = target().join(&platform.triple).join("release").join("ticketlens");
    if platform.is_linux() {
        let needed = glibc_of(&program)?;
        if linking_for_old && version(&needed) > version(OLDEST_GLIBC) {
            bail!("{} needs glibc {needed}, newer than {OLDEST_GLIBC}", program.display());
        }
        eprintln!("xtask: {} needs glibc {needed}", program.display());
    }
    Ok(program)
}

/// A panic's place is no path of the machine that built it.
fn without_own_paths() -> String {
    let home = std::env::var("CARGO_HOME")
        .or_else(|_| std::env::var("HOME").map(|home| format!("{home}/.cargo")));
    let given = std::env::var("RUSTFLAGS").unwrap_or_default();
    let root = format!("--remap-path-prefix={}=/ticketlens", root().display());
    let cargo = home.map(|home| format!("--remap-path-prefix={home}=/cargo")).unwrap_or_default();
    // Of several that fit the last one counts.
    let built = std::path::absolute(target()).unwrap_or_else(|_| target());
    let built = format!("--remap-path-prefix={}=/target", built.display());
    format!("{given} {root} {cargo} {built}").trim().to_owned()
}

/// The newest version of glibc that any symbol is asked of, as it stands in the file's own table.
fn glibc_of(program: &Path) -> Result<String> {
    let bytes = fs::read(program).with_context(|| format!("reading {}", program.display()))?;
    let marks = bytes.split(|byte| *byte == 0).filter_map(|text| text.strip_prefix(b"GLIBC_"));
    let versions = marks.filter_map(|text| std::str::from_utf8(text).ok());
    let numbers = versions.filter(|text| text.split('.').all(|part| part.parse::<u32>().is_ok()));
    let newest = numbers.max_by_key(|text| version(text));
    newest.map(str::to_owned).with_context(|| format!("{} asks no glibc", program.display()))
}

/// `2.28` → 2, 28: as text 2.9 would be the newer.
fn version(text: &str) -> Vec<u32> {
    text.split('.').filter_map(|part| part.parse().ok()).collect()
}

/// A program that runs here, to be asked what is packed with every platform's.
pub struct Runnable(PathBuf);

impl Runnable {
    pub fn new(program: PathBuf) -> Self {
        Self(program)
    }

    /// One of today's sources, where only other platforms' programs were asked for.
    pub fn built_for_here() -> Result<Self> {
        run(cargo().args(["build", "--package", "ticketlens-cli", "--bin", "ticketlens"]))?;
        Ok(Self(target().join("debug").join("ticketlens")))
    }

    /// What it prints.
    pub fn output(&self, args: &[&str]) -> Result<String> {
        let name = self.0.display();
        let output = Command::new(&self.0).args(args).output();
        let output = output.with_context(|| format!("could not run {name}"))?;
        if !output.status.success() {
            bail!("`{name} {}` ended with {}", args.join(" "), output.status);
        }
        Ok(String::from_utf8(output.stdout)?)
    }

    /// The version of the engine that it wants; none is published for some platforms.
    pub fn engine(&self) -> Result<Option<String>> {
        let long = self.output(&["--version"])?;
        let engine = long.lines().find_map(|line| line.strip_prefix("engine: "));
        Ok(engine.filter(|name| !name.contains(' ')).map(str::to_owned))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_glibc_is_by_number() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("program");
        fs::write(&file, b"\x7fELF\0GLIBC_2.9\0GLIBC_2.28\0GLIBC_PRIVATE\0GLIBC_2.2.5\0").unwrap();
        assert_eq!(glibc_of(&file).unwrap(), "2.28");
        assert!(version("2.34") > version(OLDEST_GLIBC));
        fs::write(&file, b"static").unwrap();
        assert!(glibc_of(&file).is_err());
    }
}
