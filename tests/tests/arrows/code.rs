//! What the files of a package take from each other, read from their code.
//!
//! Sources become modules with the names each holds ([`tree`]); a path in the code is followed to
//! the file that defines what it names ([`names`]); every path of the code outside of tests is
//! followed so ([`walk`]), and what came of it are arrows from file to file ([`arrows`]).
//!
//! A name is followed through imports, renames, globs and re-exports. What a type's method or a
//! trait's is called by is not seen: an arrow is what a path, an import or a macro's tokens say.

pub mod arrows;
mod imports;
mod names;
mod samples;
mod tokens;
pub mod tree;
mod walk;
