//! Arrows from file to file, and the circles they close.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    path::{Path, PathBuf},
};

use super::{tree::Tree, walk::walk};

/// What the code of a package's files names.
#[derive(Debug, Default)]
pub struct Arrows {
    /// Of each other: file and file → names.
    within: BTreeMap<(PathBuf, PathBuf), BTreeSet<String>>,
    /// The first word of every path that leads out of the package: another crate, or what the
    /// language itself brings.
    outside: BTreeSet<String>,
}

impl Arrows {
    /// Every arrow of a package.
    pub fn of(tree: &Tree) -> Self {
        let mut arrows = Self::default();
        for module in 0..tree.modules.len() {
            walk(tree, module, &mut arrows);
        }
        arrows
    }

    pub fn add(&mut self, from: &Path, to: &Path, name: &str) {
        if from != to {
            self.within.entry((from.into(), to.into())).or_default().insert(name.to_owned());
        }
    }

    pub fn add_outside(&mut self, name: &str) {
        self.outside.insert(name.to_owned());
    }

    /// Whether anything of the crate `name` is named.
    pub fn leads_to(&self, name: &str) -> bool {
        self.outside.contains(&name.replace('-', "_"))
    }

    /// Each arrow: from, to, and the names.
    pub fn iter(&self) -> impl Iterator<Item = (&Path, &Path, &BTreeSet<String>)> {
        self.within.iter().map(|((from, to), names)| (from.as_path(), to.as_path(), names))
    }

    /// The same between what stands directly below `src`: a file and the folder of its name are one.
    pub fn between_rooms(&self) -> Self {
        let room = |file: &Path| file.components().take(2).collect::<PathBuf>().with_extension("");
        let mut rooms = Self::default();
        for (from, to, names) in self.iter() {
            names.iter().for_each(|name| rooms.add(&room(from), &room(to), name));
        }
        rooms
    }

    /// The files that reach each other, circle by circle.
    pub fn circles(&self) -> Vec<BTreeSet<&Path>> {
        let files: BTreeSet<_> = self.iter().flat_map(|(from, to, _)| [from, to]).collect();
        let reach: BTreeMap<_, _> = files.iter().map(|file| (*file, self.reached(file))).collect();
        let mut circles: Vec<BTreeSet<&Path>> = Vec::new();
        for file in files {
            if !reach[file].contains(file) || circles.iter().any(|circle| circle.contains(file)) {
                continue;
            }
            let back = |other: &&&Path| reach[**other].contains(file);
            circles.push(reach[file].iter().filter(back).copied().collect());
        }
        circles
    }

    /// The files that an arrow, or several in a row, lead to from `file`.
    fn reached<'a>(&'a self, file: &Path) -> BTreeSet<&'a Path> {
        let mut found = BTreeSet::new();
        let mut next = vec![file.to_owned()];
        while let Some(from) = next.pop() {
            let onward = self.iter().filter(|(start, _, _)| *start == from).map(|(_, to, _)| to);
            next.extend(onward.filter(|to| found.insert(*to)).map(Path::to_owned));
        }
        found
    }

    /// The circles as a developer needs them: who takes what from whom.
    pub fn told(&self) -> String {
        let mut text = String::new();
        for circle in self.circles() {
            let _ = writeln!(text, "a circle of {} files:", circle.len());
            for (from, to, names) in self.iter() {
                if circle.contains(from) && circle.contains(to) {
                    let names: Vec<_> = names.iter().map(String::as_str).collect();
                    let (from, to) = (from.display(), to.display());
                    let _ = writeln!(text, "  {from} -> {to}: {}", names.join(", "));
                }
            }
        }
        text
    }
}
