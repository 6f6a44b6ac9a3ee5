//! The repository's documents, for tests that run what stands in them.

use std::{fs, path::Path};

/// A file of the repository, by its path below the root.
///
/// # Panics
///
/// If it is not there.
pub fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    fs::read_to_string(&path).unwrap_or_else(|_| panic!("{} is there", path.display()))
}

/// The code blocks that are opened by exactly this fence.
///
/// # Panics
///
/// If there is none.
pub fn blocks(text: &str, fence: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line == fence {
            let block: Vec<_> = lines.by_ref().take_while(|line| *line != "```").collect();
            blocks.push(block.join("\n") + "\n");
        }
    }
    assert!(!blocks.is_empty(), "there is a block {fence}");
    blocks
}
