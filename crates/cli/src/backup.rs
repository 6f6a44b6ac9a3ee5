//! A backup of a `dev`: the database as its engine backs it up, and the file that holds its keys, in a
//! folder that appears under its name when it is whole.
//!
//! `make` and `restore` are the steps; `folder` is what a backup is on the disk; `work` waits for the
//! database.

mod folder;
mod make;
mod restore;
mod work;

pub use make::{Made, make, remove_left};
pub use restore::{Restored, restore, restore_server};
pub use work::{note_since, on_disk};
