//! No input makes the gate take more than linear time: every piece that a detector starts, ends or
//! stumbles at, alone and in pairs, repeated to a text and to one sixteen times as long. Linear work
//! takes sixteen times as long, quadratic work 256 times; beyond 80 this ends with an error.
//!
//! It compares the least of several runs with itself on the same machine, and is a measurement, not
//! a test: `cargo xtask bench privacy` runs it.

#![allow(clippy::panic)]

use std::{
    hint::black_box,
    process::ExitCode,
    time::{Duration, Instant},
};

use ticketlens_redact::{Gate, GateConfig, HashKey, Known};

/// Bytes of the shorter text.
const BYTES: usize = 4 * 1024;
/// The longer text, and what its time may be, in times of the shorter.
const LONGER: usize = 16;
const MOST: f64 = 80.0;
/// Runs of which the fastest counts; more where it looks bad, as something else may have run.
const RUNS: usize = 3;
const RUNS_IN_DOUBT: usize = 15;

#[rustfmt::skip]
const PIECES: &[&str] = &[
    "a", " ", "1", "12 ", "\"", "'", "\\", "\\\"", "\\\\", "{", "}", "[", "]", ":", ",", "\n", "<", ">",
    "=", "%", "%40", "@", "a@", "@a.", "\\u0040", "&#64;", "\"password\":", "'password': ",
    "\"email\": \"", "\"name\":{", "\"card\":[", "password=", "password: ", "my password is ",
    "api key is ", "token=$", "token=${", "curl -u ", "--token ", "<password>", "Bearer ", "Basic ",
    "authorization: ", "://", "https://a:", "eyJ", "eyJhbGciOiJIUzI1NiJ9.", "ZXlK", "LS0",
    "-----BEGIN PRIVATE KEY-----", "-----END ", "AKIA", "sk-", "ghp_", "xoxb-", "dob ", "born on ",
    "1990-04-05", "(1990", "phone ", "+1 ", "+1 415 555 ", "4111 1111 ", "4111-", "DE89 3704 ",
    "de89", "536-90-", "12.345.", "JK 12 34 ", "CPF ", "203.0.", "2001:db8:", "[email]", "hmac:",
    "hmac:0123456789abcdef", "Mia ", "Mia Li ", "mia_li", "Li, ", "**", "é", "\u{301}", "\u{200b}",
    "\u{a0}", "1\u{2011}", "Mïa ", "王", "M. ", "&uuml;", "%C3%BC", "\\u00fc", "４",
    "&a", ";password=", "a=\"b\", ", "password1 = ", "(\"password: \"", "self.", "YOUR_", ",4111111111111111",
];

/// What stands before the repeated piece: prose, and JSON's list, string and escaped string.
const OPENINGS: [&str; 4] = ["", "[", "{\"a\": \"", "{\\\"a\\\": \\\""];

struct Gates {
    gate: Gate,
    known: Known,
}

impl Gates {
    fn once(&self, text: &str) -> Duration {
        let started = Instant::now();
        black_box(self.gate.pass(Some(&self.known)).text(black_box(text)).len());
        started.elapsed()
    }

    fn least(&self, text: &str, runs: usize) -> f64 {
        let runs = (0..runs).map(|_| self.once(text));
        runs.min().unwrap_or_default().as_secs_f64()
    }

    /// How many times as long the longer text takes.
    fn growth(&self, opening: &str, unit: &str) -> f64 {
        let text = |bytes: usize| opening.to_owned() + &unit.repeat(bytes / unit.len());
        let (short, long) = (text(BYTES), text(LONGER * BYTES));
        let growth = |runs| self.least(&long, runs) / self.least(&short, runs).max(1e-6);
        let first = growth(RUNS);
        if first > MOST { growth(RUNS_IN_DOUBT) } else { first }
    }
}

fn main() -> ExitCode {
    // `cargo test --benches` and the like only ask whether it builds.
    if std::env::args().any(|argument| argument == "--test") {
        return ExitCode::SUCCESS;
    }
    let hash_key = Some(HashKey::new(*b"0123456789abcdef"));
    let config = GateConfig { hash_key, ip_addresses: true, ..GateConfig::default() };
    let gate = Gate::new(config).unwrap_or_else(|error| panic!("{error}"));
    let known = ["Mia Li", "1990-04-05", "4155550132"].map(str::to_owned);
    let gates = Gates { gate, known: Known::new(&known).unwrap_or_default() };
    let pairs = PIECES.iter().flat_map(|a| PIECES.iter().map(move |b| format!("{a}{b}")));
    let mut measured: Vec<(f64, &str, String)> = Vec::new();
    for (index, unit) in pairs.enumerate() {
        // Each pair in one of the openings, each piece by itself in all of them.
        let by_itself = index % (PIECES.len() + 1) == 0;
        let openings = if by_itself { &OPENINGS[..] } else { &OPENINGS[index % 4..][..1] };
        for opening in openings {
            measured.push((gates.growth(opening, &unit), opening, unit.clone()));
        }
    }
    measured.sort_by(|a, b| b.0.total_cmp(&a.0));
    println!("{} inputs; the longest growths for {LONGER} times the text:", measured.len());
    for (growth, opening, unit) in measured.iter().take(8) {
        println!("  {growth:>5.1}  {opening:?} + {unit:?} …");
    }
    let worst = measured.first().map_or(0.0, |(growth, ..)| *growth);
    if worst > MOST {
        eprintln!("more than {MOST} times: this is not linear");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
