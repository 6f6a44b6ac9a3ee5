//! The reading of arrows, on small sources.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use super::{arrows::Arrows, tree::Tree};

/// The arrows of a library with these files, each as `from -> to: names`.
fn arrows(files: &[(&str, &str)]) -> Vec<String> {
    let arrows = read(files);
    let told = |(from, to, names): (&Path, &Path, &BTreeSet<String>)| {
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        format!("{} -> {}: {}", from.display(), to.display(), names.join(", "))
    };
    arrows.iter().map(told).collect()
}

/// The circles of a library with these files, each as its files.
fn circles(files: &[(&str, &str)]) -> Vec<Vec<String>> {
    let arrows = read(files);
    let names = |circle: BTreeSet<&Path>| {
        circle.into_iter().map(|file| file.display().to_string()).collect()
    };
    arrows.circles().into_iter().map(names).collect()
}

fn read(files: &[(&str, &str)]) -> Arrows {
    let files: BTreeMap<_, _> =
        files.iter().map(|(name, text)| (PathBuf::from(name), *text)).collect();
    let read = |file: &Path| files.get(file).map(|text| (*text).to_owned());
    let program = PathBuf::from("main.rs");
    let programs: Vec<_> = files.contains_key(&program).then_some(program).into_iter().collect();
    let library = files.contains_key(Path::new("lib.rs")).then_some(("house", Path::new("lib.rs")));
    Arrows::of(&Tree::read(library, &programs, &read))
}

const NONE: Vec<Vec<String>> = Vec::new();

#[test]
fn a_child_that_uses_its_parent_closes_a_circle() {
    let files = [
        ("lib.rs", "mod a;"),
        ("a.rs", "mod b; use b::B; pub struct A; fn f(_: B) {}"),
        ("a/b.rs", "use super::A; pub struct B(A);"),
    ];
    assert_eq!(circles(&files), [["a/b.rs", "a.rs"]]);
    assert_eq!(arrows(&files), ["a/b.rs -> a.rs: A", "a.rs -> a/b.rs: B"]);
}

#[test]
fn a_face_is_no_arrow() {
    let files = [
        ("lib.rs", "mod a; pub use a::{A, B};"),
        ("a.rs", "mod b; pub use b::B; pub(crate) use b::*; pub struct A;"),
        ("a/b.rs", "use super::A; pub struct B(A);"),
    ];
    assert_eq!(arrows(&files), ["a/b.rs -> a.rs: A"]);
    assert_eq!(circles(&files), NONE);
}

#[test]
fn a_face_that_its_own_file_uses_is_an_arrow() {
    let files = [
        ("lib.rs", "mod a;"),
        ("a.rs", "mod b; pub use b::B; pub struct A; impl A { fn f() -> Option<B> { None } }"),
        ("a/b.rs", "pub struct B(super::A);"),
    ];
    assert_eq!(circles(&files), [["a/b.rs", "a.rs"]]);
}

#[test]
fn a_neighbour_shown_again_is_an_arrow() {
    let files = [
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "pub use crate::b::B; pub struct A;"),
        ("b.rs", "pub struct B(super::a::A);"),
    ];
    assert_eq!(circles(&files), [["a.rs", "b.rs"]]);
}

#[test]
fn a_name_is_followed_through_re_exports_to_its_file() {
    let files = [
        ("lib.rs", "mod a; mod c; pub use a::Deep; pub use c::C;"),
        ("a.rs", "mod b; pub use self::b::B as Deep;"),
        ("a/b.rs", "use crate::C; pub struct B(C);"),
        ("c.rs", "use crate::Deep; pub struct C; fn f(_: Deep) {}"),
    ];
    assert_eq!(circles(&files), [["a/b.rs", "c.rs"]]);
    assert_eq!(arrows(&files), ["a/b.rs -> c.rs: C", "c.rs -> a/b.rs: B"]);
}

#[test]
fn a_rename_hides_nothing() {
    let files = [
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "use crate::b as other; use crate::b::{B as C}; pub fn a(_: C) { other::run() }"),
        ("b.rs", "use super::a::{self as back}; pub struct B; pub fn run() { back::a(B) }"),
    ];
    assert_eq!(arrows(&files), ["a.rs -> b.rs: B, run", "b.rs -> a.rs: a"]);
}

#[test]
fn a_path_needs_no_import() {
    let files = [
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "pub const A: u8 = 1; fn f() -> u8 { crate::b::B }"),
        ("b.rs", "pub const B: u8 = 1; fn f(x: u8) { match x { super::a::A => {} _ => {} } }"),
    ];
    assert_eq!(circles(&files), [["a.rs", "b.rs"]]);
}

#[test]
fn a_glob_leads_to_the_files_of_the_names_that_are_used() {
    let files = [
        ("lib.rs", "mod a; mod b; pub use b::B; pub struct Own;"),
        ("a.rs", "use super::*; fn f() { B::new(); }"),
        ("b.rs", "pub struct B; pub enum Kind { One, Two }"),
    ];
    assert_eq!(arrows(&files), ["a.rs -> b.rs: B"]);
    let files = [
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "fn f(k: u8) { use crate::b::Kind::*; match k { One => {} _ => {} } }"),
        ("b.rs", "pub enum Kind { One, Two }"),
    ];
    assert_eq!(arrows(&files), ["a.rs -> b.rs: Kind"]);
}

#[test]
fn macros_and_attributes_are_looked_into() {
    let files = [
        ("lib.rs", "#[macro_use] mod a; mod b; mod c;"),
        ("a.rs", "macro_rules! make { () => { $crate::b::B } }"),
        ("b.rs", "pub struct B; fn f() { assert!(crate::c::good(1), \"{}\", 2); make!(); }"),
        (
            "c.rs",
            "pub fn good(_: u8) -> bool { select! { x = crate::b::B => {} } } \
             struct S { #[serde(with = \"crate::a\", default = \"crate::b::f\")] x: u8 }",
        ),
    ];
    assert_eq!(
        arrows(&files),
        ["a.rs -> b.rs: B", "b.rs -> a.rs: make!", "b.rs -> c.rs: good", "c.rs -> b.rs: B, f"]
    );
}

#[test]
fn what_is_for_tests_alone_is_no_arrow() {
    let files = [
        ("lib.rs", "mod a; mod b;"),
        (
            "a.rs",
            "pub struct A; #[cfg(test)] use crate::b::B; #[cfg(all(test, unix))] fn f(_: B) {} \
             impl A { #[cfg(test)] fn g(_: crate::b::B) {} } #[cfg(test)] mod tests; \
             #[path = \"a_tests.rs\"] mod more; mod inner { #[test] fn t() { crate::b::B; } }",
        ),
        ("b.rs", "pub struct B; fn f(_: super::a::A) {}"),
    ];
    assert_eq!(arrows(&files), ["b.rs -> a.rs: A"]);
}

#[test]
fn a_variable_is_no_item() {
    let files = [
        ("lib.rs", "mod a; mod b; pub use b::parse;"),
        (
            "a.rs",
            "use super::*; fn f(parse: u8) -> u8 { parse + 1 } fn g() { if let Some(parse) = x { parse; } }",
        ),
        ("b.rs", "pub fn parse() {}"),
    ];
    assert_eq!(arrows(&files), Vec::<String>::new());
    let called =
        [files[0], ("a.rs", "use super::*; fn f() { let parse = parse(); parse }"), files[2]];
    assert_eq!(arrows(&called), ["a.rs -> b.rs: parse"]);
}

#[test]
fn a_module_and_a_function_may_share_a_name() {
    let files = [
        ("lib.rs", "mod a; mod json; use json::json; fn f() { json(); json::other(); }"),
        ("a.rs", "use crate::json::json as j; fn f() { j() }"),
        ("json.rs", "pub fn json() {} pub fn other() {}"),
    ];
    assert_eq!(arrows(&files), ["a.rs -> json.rs: json", "lib.rs -> json.rs: json, other"]);
}

#[test]
fn inline_modules_and_paths_belong_where_they_stand() {
    let files = [
        ("lib.rs", "mod a; #[path = \"odd/place.rs\"] mod b;"),
        (
            "a.rs",
            "mod inner { use super::super::b::B; pub struct C(B); } use inner::C; pub struct A;",
        ),
        ("odd/place.rs", "pub struct B(crate::a::A);"),
    ];
    assert_eq!(circles(&files), [["a.rs", "odd/place.rs"]]);
}

#[test]
fn a_program_reaches_into_the_library_beside_it() {
    let files = [
        ("lib.rs", "mod a; pub use a::A;"),
        ("a.rs", "pub struct A;"),
        ("main.rs", "mod b; use house::A; fn main() { b::run(A) }"),
        ("b.rs", "pub fn run(_: house::A) {}"),
    ];
    assert_eq!(arrows(&files), ["b.rs -> a.rs: A", "main.rs -> a.rs: A", "main.rs -> b.rs: run"]);
}

#[test]
fn a_circle_is_told_with_its_arrows() {
    let files = [
        ("lib.rs", "mod a; mod b; mod c;"),
        ("a.rs", "pub use crate::b::{B, BB}; pub struct A;"),
        ("b.rs", "use crate::c::C; pub struct B; pub struct BB;"),
        ("c.rs", "use crate::a::A; pub struct C;"),
    ];
    let told =
        "a circle of 3 files:\n  a.rs -> b.rs: B, BB\n  b.rs -> c.rs: C\n  c.rs -> a.rs: A\n";
    assert_eq!(read(&files).told(), told);
}
