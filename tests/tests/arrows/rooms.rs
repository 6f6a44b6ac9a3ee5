//! Within a crate: no circle of files or folders, and files that only some others may name.

use std::{fmt::Write as _, path::Path};

use super::workspace::crates;

/// Files that only some others of their crate may name. A folder stands for all that is in it and
/// for the file of its name.
struct Room {
    package: &'static str,
    files: &'static str,
    known_by: &'static [&'static str],
}

const ROOMS: [Room; 2] = [
    // The command line is the program's outermost layer: what it asks for is told inwards.
    Room { package: "ticketlens-cli", files: "src/args", known_by: &["src/main"] },
    // A command is an end: what two of them need lies below both.
    Room {
        package: "ticketlens-cli",
        files: "src/commands",
        known_by: &["src/main", "src/args", "src/commands"],
    },
];

#[test]
fn no_files_of_a_crate_use_each_other_in_a_circle() {
    let mut told = String::new();
    for package in crates() {
        let arrows = package.arrows();
        if !arrows.circles().is_empty() {
            let _ = writeln!(told, "in {}:\n{}", package.folder.display(), arrows.told());
        }
    }
    assert!(told.is_empty(), "files that use each other:\n\n{told}");
}

#[test]
fn no_folders_of_a_crate_use_each_other_in_a_circle() {
    let mut told = String::new();
    for package in crates() {
        let rooms = package.arrows().between_rooms();
        if !rooms.circles().is_empty() {
            let _ = writeln!(told, "in {}:\n{}", package.folder.display(), rooms.told());
        }
    }
    assert!(told.is_empty(), "folders that use each other:\n\n{told}");
}

#[test]
fn rooms_are_known_only_by_whom_they_may() {
    let mut wrong = Vec::new();
    for room in ROOMS {
        let package = crates().find(|package| package.name == room.package).expect(room.package);
        let arrows = package.arrows();
        let mut known = false;
        for (from, to, names) in arrows.iter().filter(|(_, to, _)| is_in(to, room.files)) {
            known = true;
            if !room.known_by.iter().any(|allowed| is_in(from, allowed)) {
                wrong.push(format!("{} names {names:?} of {}", from.display(), to.display()));
            }
        }
        assert!(known, "nobody knows {} of {}: take it off the list", room.files, room.package);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn is_in(file: &Path, room: &str) -> bool {
    file.with_extension("") == Path::new(room) || file.starts_with(room)
}
