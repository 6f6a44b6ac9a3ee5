//! A machine to install on: an empty home, and a `PATH` with what every system has and no more.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;
use ticketlens_tests::workspace::root;

/// What `install.sh` may call; of those that stand for each other, what this machine has.
const NEEDED: [&str; 18] = [
    "bash", "cat", "cp", "cut", "find", "grep", "gzip", "head", "mkdir", "mktemp", "mv", "rm",
    "rmdir", "sed", "sh", "sort", "tar", "uname",
];
const OF_EACH_OTHER: [&str; 5] = ["curl", "wget", "sha256sum", "shasum", "openssl"];

pub struct Machine {
    home: TempDir,
    programs: TempDir,
}

/// How a program ended, and what it said.
pub struct Said {
    code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Said {
    #[track_caller]
    pub fn ended(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }
}

impl Machine {
    pub fn new() -> Self {
        let machine =
            Self { home: tempfile::tempdir().unwrap(), programs: tempfile::tempdir().unwrap() };
        for name in NEEDED {
            let there = found(name).unwrap_or_else(|| panic!("{name} is on every machine"));
            symlink(there, machine.programs.path().join(name)).unwrap();
        }
        for name in OF_EACH_OTHER {
            if let Some(there) = found(name) {
                symlink(there, machine.programs.path().join(name)).unwrap();
            }
        }
        machine
    }

    /// Has `uname` say that it is another kind of machine.
    pub fn pretend(&self, system: &str, processor: &str) {
        let text = format!(
            "#!/bin/sh\nif [ \"$1\" = -s ]; then echo {system}; else echo {processor}; fi\n"
        );
        self.without("uname");
        let uname = self.programs.path().join("uname");
        fs::write(&uname, text).unwrap();
        fs::set_permissions(&uname, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Takes a program away.
    pub fn without(&self, name: &str) {
        match fs::remove_file(self.programs.path().join(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => panic!("{name}: {error}"),
            _ => {}
        }
    }

    /// Runs the repository's `install.sh`.
    pub fn install(&self, shell: &str, args: &[&str]) -> Said {
        self.script(shell, &root().join("install.sh"), args)
    }

    /// Runs a script in the home folder.
    pub fn script(&self, shell: &str, script: &Path, args: &[&str]) -> Said {
        let mut words = vec![script.to_str().unwrap()];
        words.extend(args);
        self.run_program(&self.programs.path().join(shell), &words)
    }

    /// Runs what was installed.
    pub fn run(&self, program: &str, args: &[&str]) -> Said {
        self.run_program(&self.path(program), args)
    }

    fn run_program(&self, program: &Path, args: &[&str]) -> Said {
        let mut command = Command::new(program);
        command.args(args).current_dir(self.home.path()).env_clear();
        command.env("HOME", self.home.path()).env("PATH", self.programs.path());
        let output = command.output().unwrap();
        Said {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Every file and folder below the home, in order.
    pub fn files(&self) -> Vec<String> {
        let mut found = Vec::new();
        collect(self.home.path(), self.home.path(), &mut found);
        found.sort();
        found
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

fn collect(folder: &Path, home: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.strip_prefix(home).unwrap().to_str().unwrap();
        if path.is_dir() {
            found.push(format!("{name}/"));
            collect(&path, home, found);
        } else {
            found.push(name.to_owned());
        }
    }
}

/// Where this machine has a program.
fn found(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap();
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|path| path.is_file())
}
