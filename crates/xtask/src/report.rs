//! What a run of the tests says at its end: how long each part took, and what was left out.
//!
//! `cargo test` says when it begins a program of tests, and libtest which tests it ignores; both are
//! read from what is shown anyway, so that what runs is `cargo test` and nothing else.

use std::{
    fmt::Write as _,
    io::{self, BufRead as _, BufReader, Write as _},
    mem,
    path::Path,
    process::{Command, ExitStatus},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};

use crate::{run::shown, workspace::Workspace};

/// Nothing more is said by a run that has ended and was quiet for so long.
const QUIET: Duration = Duration::from_millis(200);
/// And nothing is listened to for longer than this after its end.
const LAST_WORDS: Duration = Duration::from_secs(5);
/// Parts that took less are told of together.
const WORTH_A_LINE: Duration = Duration::from_millis(100);

/// Runs `cargo test`, shown as it goes, to its end.
pub fn watch(mut test: Command, workspace: &Workspace) -> Result<(ExitStatus, Report)> {
    eprintln!("$ {}", shown(&test));
    // Both of its streams in one, in the order they were written.
    let (said, says) = io::pipe().context("could not make a pipe")?;
    let mut child = test
        .stdout(says.try_clone().context("could not share a pipe")?)
        .stderr(says)
        .spawn()
        .context("could not run `cargo test`")?;
    // It holds the writing end, without which reading would never end.
    drop(test);
    let started = Instant::now();
    let lines = lines_of(said);
    let mut report = Report::default();
    let mut ended: Option<Instant> = None;
    // What a test left behind may go on talking.
    while ended.is_none_or(|at| at.elapsed() < LAST_WORDS) {
        match lines.recv_timeout(QUIET) {
            Ok(line) => {
                io::stdout().write_all(&line).context("showing what the tests say")?;
                report.heard(String::from_utf8_lossy(&line).trim(), started.elapsed(), workspace);
            }
            Err(RecvTimeoutError::Timeout) if ended.is_some() => break,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        if ended.is_none() && child.try_wait().context("waiting for `cargo test`")?.is_some() {
            ended = Some(Instant::now());
        }
    }
    let status = child.wait().context("waiting for `cargo test`")?;
    report.took = started.elapsed();
    Ok((status, report))
}

/// What is said, line by line, read by a thread that nobody waits for: a process that a test left
/// behind holds the pipe open for as long as it lives.
fn lines_of(said: io::PipeReader) -> Receiver<Vec<u8>> {
    let (send, lines) = mpsc::channel();
    thread::spawn(move || {
        let mut reader = BufReader::new(said);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
            if send.send(mem::take(&mut line)).is_err() {
                return;
            }
        }
    });
    lines
}

/// What was heard of a run.
#[derive(Default)]
pub struct Report {
    /// Each program of tests and each crate's documentation: its name and when it began.
    parts: Vec<(String, Duration)>,
    /// Tests that did not run, with the reason they give.
    ignored: Vec<String>,
    took: Duration,
}

impl Report {
    fn heard(&mut self, line: &str, at: Duration, workspace: &Workspace) {
        if let Some(name) = part(line, workspace) {
            self.parts.push((name, at));
        } else if let Some((test, why)) = ignored(line) {
            self.ignored.push(format!("{test}: {why}"));
        }
    }

    /// Tests that did not run, one line each.
    pub fn ignored(&self) -> &[String] {
        &self.ignored
    }

    /// How long each part took, the slowest first, and all of it.
    pub fn times(&self) -> String {
        let ends = self.parts.iter().map(|(_, began)| *began).chain([self.took]);
        let mut ends = ends.skip(1);
        let built = self.parts.first().map_or(self.took, |(_, began)| *began);
        let mut rows = vec![(built, "building")];
        rows.extend(self.parts.iter().map(|(name, began)| {
            let end = ends.next().unwrap_or(self.took);
            (end.saturating_sub(*began), name.as_str())
        }));
        rows.sort_by_key(|(took, _)| std::cmp::Reverse(*took));
        let (worth, quick): (Vec<_>, Vec<_>) =
            rows.into_iter().partition(|(took, _)| *took >= WORTH_A_LINE);
        let mut table = String::new();
        for (took, name) in worth {
            row(&mut table, took, name);
        }
        if !quick.is_empty() {
            let together = quick.iter().map(|(took, _)| *took).sum();
            row(&mut table, together, &format!("{} more, none of them 0.1 s", quick.len()));
        }
        row(&mut table, self.took, "all");
        table
    }
}

fn row(table: &mut String, took: Duration, name: &str) {
    // Writing to a text can't fail.
    let _ = writeln!(table, "{:>8.1} s  {name}", took.as_secs_f64());
}

/// The part that begins here: `Running tests/corpus.rs (target/debug/deps/corpus-0123)`, or
/// `Doc-tests ticketlens`.
fn part(line: &str, workspace: &Workspace) -> Option<String> {
    if let Some(name) = line.strip_prefix("Doc-tests ") {
        return Some(format!("{}  documentation", name.replace('_', "-")));
    }
    let (source, program) = line.strip_prefix("Running ")?.strip_suffix(')')?.split_once(" (")?;
    let source = source.strip_prefix("unittests ").unwrap_or(source);
    let (program, _hash) = Path::new(program).file_stem()?.to_str()?.rsplit_once('-')?;
    Some(match workspace.package_of(source, program) {
        Some(package) => format!("{package}  {source}"),
        None => format!("{program}  {source}"),
    })
}

/// The test that is ignored, and why: `test life::killed ... ignored, run by another`.
fn ignored(line: &str) -> Option<(&str, &str)> {
    let (test, rest) = line.strip_prefix("test ")?.split_once(" ... ignored")?;
    let why = rest.strip_prefix(", ").unwrap_or("it says no reason");
    Some((test, why))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each line with the second it was heard at; the run ends in the tenth.
    fn report(lines: &[(u64, &str)]) -> Report {
        let workspace = Workspace::read().unwrap();
        let mut report = Report { took: Duration::from_secs(10), ..Report::default() };
        for (second, line) in lines {
            report.heard(line.trim(), Duration::from_secs(*second), &workspace);
        }
        report
    }

    #[test]
    fn the_slowest_part_comes_first_and_all_of_it_last() {
        let report = report(&[
            (1, "   Compiling ticketlens-redact v0.1.0"),
            (2, "     Running unittests src/lib.rs (target/debug/deps/ticketlens_redact-0a)"),
            (2, "     Running tests/keys.rs (target/debug/deps/keys-0b)"),
            (3, "test result: ok. 3 passed; 0 failed"),
            (3, "     Running tests/corpus.rs (target/debug/deps/corpus-0c)"),
            (9, "   Doc-tests ticketlens_redact"),
        ]);
        let times = report.times();
        let rows: Vec<_> = times.lines().map(str::trim).collect();
        let expected = [
            "6.0 s  ticketlens-redact  tests/corpus.rs",
            "2.0 s  building",
            "1.0 s  ticketlens-redact  tests/keys.rs",
            "1.0 s  ticketlens-redact  documentation",
            "0.0 s  1 more, none of them 0.1 s",
            "10.0 s  all",
        ];
        assert_eq!(rows, expected);
    }

    #[test]
    fn what_a_test_left_behind_is_not_waited_for() {
        let mut run = Command::new("sh");
        run.args(["-c", "sleep 30 & exit 3"]);
        let (status, report) = watch(run, &Workspace::read().unwrap()).unwrap();
        assert_eq!(status.code(), Some(3));
        assert!(report.took < Duration::from_secs(20), "{:?}", report.took);

        // One that does not stop talking, for as long as it lives.
        let mut run = Command::new("sh");
        run.args(["-c", "(for n in $(seq 300); do echo on; sleep 0.1; done) & exit 3"]);
        let (status, report) = watch(run, &Workspace::read().unwrap()).unwrap();
        assert_eq!(status.code(), Some(3));
        assert!(report.took < Duration::from_secs(20), "{:?}", report.took);
    }

    #[test]
    fn a_run_that_did_not_build_took_its_time_all_the_same() {
        let times = report(&[(1, "error: could not compile")]).times();
        assert_eq!(times.matches("10.0 s").count(), 2, "{times}");
    }

    #[test]
    fn what_is_ignored_is_told_with_its_reason() {
        let report = report(&[
            (1, "test it_works ... ok"),
            (1, "test plugin::asks ... ignored, drives an installed plugin"),
            (1, "test other ... ignored"),
        ]);
        let expected = ["plugin::asks: drives an installed plugin", "other: it says no reason"];
        assert_eq!(report.ignored(), expected);
    }
}
