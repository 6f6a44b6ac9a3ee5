//! What a few bytes can make of memory and work: counted, for each way of sending them.
//!
//! One test, because the allocator counts for the whole process.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::cast_possible_truncation)]

mod wire;

use peak_alloc::PeakAlloc;
use ticketlens_redact::{Gate, GateConfig, HashKey};
use ticketlens_ticket::{
    decode::{Policy, Summary, UnreadRequest, read_within},
    meter::{Allowance, Meter, NotGranted},
};
use wire::{
    attributes, bare_feedback, bare_record, feedback, int, list, map, record_with, request,
    required, text,
};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// Bytes of each hostile request, about.
const SIZE: usize = 256 << 10;
/// Beside what is granted: a step of the meter, and what a record costs that is the same for all.
const SLACK: usize = 96 << 10;
/// What a request may make the reader do, for each of its bytes.
const WORK: usize = 64;

/// Grants so much, and counts.
struct TestAllowance {
    left: usize,
    granted: usize,
    worked: usize,
}

impl Allowance for TestAllowance {
    fn grow(&mut self, bytes: usize) -> Result<(), NotGranted> {
        self.left = self.left.checked_sub(bytes).ok_or(NotGranted)?;
        self.granted += bytes;
        Ok(())
    }

    fn worked(&mut self, bytes: usize) -> Result<(), NotGranted> {
        self.worked += bytes;
        Ok(())
    }
}

/// What reading took.
struct Took {
    outcome: Result<Summary, UnreadRequest>,
    purse: TestAllowance,
    /// The most that was allocated at one time, beside the request.
    peak: usize,
}

fn read(bytes: &[u8], gate: &Gate, left: usize) -> Took {
    let mut purse = TestAllowance { left, granted: 0, worked: 0 };
    ALLOCATOR.reset_peak_usage();
    let before = ALLOCATOR.current_usage();
    let mut meter = Meter::new(&mut purse);
    let mut sink = |_: ticketlens_ticket::decode::Item<'_>, _: &mut Meter<'_>| Ok(());
    let outcome = read_within(bytes, gate, &Policy::default(), &mut meter, &mut sink);
    let peak = ALLOCATOR.peak_usage() - before;
    Took { outcome, purse, peak }
}

fn repeat<T: Clone>(item: T, each: usize) -> impl Iterator<Item = T> {
    std::iter::repeat_n(item, SIZE / each)
}

fn large_explanation() -> (&'static str, Vec<u8>) {
    ("gen_ai.evaluation.explanation", text("a@b.co ".repeat(SIZE / 14)))
}

/// Each by its name.
fn requests() -> Vec<(&'static str, Vec<u8>)> {
    let one = |body: &[u8]| request(&[], [record_with(body)]);
    let step = || map([("kind", text("tool"))]);
    let large = |n: usize| (format!("a{n}"), text("x".repeat(4096)));
    let with_required = |more: Vec<u8>| [attributes(1, required()), more].concat();
    vec![
        (
            "a large resource and many records",
            request(&with_required(attributes(1, (0..32).map(large))), (0..4500).map(bare_record)),
        ),
        (
            "a resource of many metrics and many records",
            request(
                &with_required(attributes(
                    1,
                    (0..400).map(|n| (format!("ticket.metrics.{n:0>200}"), int(1))),
                )),
                (0..4500).map(bare_record),
            ),
        ),
        (
            "an explanation for many records of feedback",
            request(
                &attributes(1, feedback().into_iter().chain([large_explanation()])),
                (0..4500).map(bare_feedback),
            ),
        ),
        (
            "a long label for many records of feedback",
            request(
                &attributes(
                    1,
                    feedback()
                        .into_iter()
                        .chain([("gen_ai.evaluation.score.label", text("x".repeat(SIZE / 2)))]),
                ),
                (0..2000).map(bare_feedback),
            ),
        ),
        (
            "feedback that is all comment",
            request(
                &[],
                [[
                    bare_feedback(0),
                    attributes(6, feedback()),
                    attributes(6, [large_explanation()]),
                ]
                .concat()],
            ),
        ),
        (
            "feedback with attributes of nothing",
            request(
                &[],
                [[
                    bare_feedback(0),
                    attributes(6, feedback()),
                    attributes(6, repeat(("", Vec::new()), 6)),
                ]
                .concat()],
            ),
        ),
        ("records of nothing", request(&[], repeat(Vec::new(), 2))),
        (
            "attributes of nothing",
            request(
                &[],
                [[
                    bare_record(0),
                    attributes(6, required()),
                    attributes(6, repeat(("", Vec::new()), 6)),
                ]
                .concat()],
            ),
        ),
        ("resources of nothing", wire::field(1, &[]).repeat(SIZE / 2)),
        (
            "a list of numbers as an attribute",
            request(
                &[],
                [[
                    bare_record(0),
                    attributes(6, required()),
                    attributes(6, [("list", list(repeat(int(0), 4)))]),
                ]
                .concat()],
            ),
        ),
        ("text that is no UTF-8", one(&map([("output", text([0xff; SIZE]))]))),
        ("text that is all escapes", one(&map([("output", text([1; SIZE]))]))),
        ("bytes", one(&map([("output", wire::field(7, &[0xff; SIZE]))]))),
        ("numbers", one(&map([("output", list(repeat(int(0), 4)))]))),
        ("lists of nothing", one(&map([("output", list(repeat(list([]), 4)))]))),
        ("maps of nothing", one(&map([("output", list(repeat(map::<&str>([]), 4)))]))),
        ("one key, many times", one(&map(repeat(("k", int(0)), 9)))),
        ("keys that are personal", one(&map(repeat(("mia@example.com", int(0)), 23)))),
        ("names", one(&map([("name", list(repeat(text("A"), 5)))]))),
        ("emails", one(&map([("output", text("a@b.co ".repeat(SIZE / 7)))]))),
        (
            "addresses in JSON in text",
            one(&map([("output", text(r#"{"name":"x"},"#.repeat(SIZE / 13)))])),
        ),
        ("steps of nothing", one(&map([("steps", list(repeat(map::<&str>([]), 4)))]))),
        ("steps", one(&map([("steps", list(repeat(step(), 18)))]))),
        ("steps given apart", one(&map([("tool_calls", list(repeat(step(), 18)))]))),
        (
            "steps given apart that are nothing",
            one(&map([("tool_calls", list(repeat(map::<&str>([]), 4)))])),
        ),
        ("levels", one(&(0..SIZE / 40).fold(text("x"), |inner, _| list([inner])))),
        ("a body that is text", one(&text("x".repeat(SIZE)))),
        (
            "a body that is JSON's text",
            one(&text(format!(r#"{{"output":[{}0]}}"#, "0,".repeat(SIZE / 2)))),
        ),
        (
            "lists of nothing in JSON's text",
            one(&text(format!(r#"{{"output":[{}0]}}"#, "[],".repeat(SIZE / 3)))),
        ),
        (
            "maps of nothing in JSON's text",
            one(&text(format!(r#"{{"output":[{}0]}}"#, "{},".repeat(SIZE / 3)))),
        ),
        ("levels in JSON's text", one(&text("[".repeat(SIZE)))),
    ]
}

#[test]
fn what_is_held_was_granted_and_what_is_done_is_proportional() {
    let hash_key = Some(HashKey::new(b"a key of thirty-two bytes or more".to_vec()));
    let gate = Gate::new(GateConfig { hash_key, ..GateConfig::default() }).unwrap();
    // What is made once for the process.
    let _ = read(&request(&[], [record_with(&map([("output", text("warm"))]))]), &gate, usize::MAX);
    let mut wrong = Vec::new();
    for (name, bytes) in requests() {
        let took = read(&bytes, &gate, usize::MAX);
        assert!(took.outcome.is_ok(), "{name}: {:?}", took.outcome);
        let (peak, granted, worked) = (took.peak, took.purse.granted, took.purse.worked);
        let sent = bytes.len();
        if peak > granted + SLACK {
            wrong.push(format!("{name}: {sent} bytes held {peak}, granted {granted}"));
        }
        if worked > WORK * sent {
            wrong.push(format!("{name}: {sent} bytes cost {worked} of work"));
        }
        // With half of what it needs it ends, and has not taken more than that.
        if granted > 4 * SLACK {
            let took = read(&bytes, &gate, granted / 2);
            if !matches!(took.outcome, Err(UnreadRequest::Outgrown(_))) {
                wrong.push(format!("{name}: {:?} with half of {granted}", took.outcome));
            }
            if took.peak > granted / 2 + SLACK {
                wrong.push(format!("{name}: held {} with {}", took.peak, granted / 2));
            }
        }
        println!("{name}: {sent} sent, {peak} held, {granted} granted, {worked} of work");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
