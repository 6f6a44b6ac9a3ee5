//! What a few bytes of spans can make of memory: counted, for each way of sending them, and held to
//! what was sent, and to what may be held at all.
//!
//! One test, because the allocator counts for the whole process.
#![expect(clippy::unwrap_used, reason = "a request that can't be read ends it")]

#[path = "bounds_of_spans/hostile.rs"]
mod hostile;

use hostile::{attribute, requests, span};
use peak_alloc::PeakAlloc;
use ticketlens_spans::{Group, Spans, limits::SPANS_BYTES};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// Bytes of each hostile request, about.
const SIZE: usize = 16 << 10;
/// What a byte may make of memory: a span of twelve bytes becomes a step, a number of two a message.
const EACH: usize = 320;
/// The most that twice as much may take, in hundredths.
const TWICE: usize = 230;
/// Beside what is counted.
const SLACK: usize = 32 << 10;
/// What making a ticket takes, beside what is held of its spans.
const MADE: usize = 6;

/// The most that was allocated at one time, and what the tickets weigh.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
struct Took {
    peak: usize,
    weight: usize,
}

fn made(requests: &[&[u8]], by: Option<&Group>) -> Took {
    ALLOCATOR.reset_peak_usage();
    let before = ALLOCATOR.current_usage();
    let mut spans = Spans::new();
    requests.iter().for_each(|request| spans.add_traces(request).unwrap());
    let runs = match by {
        Some(by) => spans.into_runs(by),
        None => vec![spans.into_run()],
    };
    let weight = runs.into_iter().map(|run| run.ticket("4711").weight()).sum();
    Took { peak: ALLOCATOR.peak_usage() - before, weight }
}

#[test]
fn what_is_held_is_proportional_to_what_was_sent() {
    let mut wrong = Vec::new();
    let keyed = Group::by("ticket.key");
    for ((name, once), (_, twice)) in requests(SIZE).into_iter().zip(requests(2 * SIZE)) {
        for by in [None, Some(&keyed)] {
            let [one, two] = [&once, &twice].map(|bytes| made(&[bytes], by));
            let sent = once.len();
            if one.peak.max(one.weight) > EACH * sent + SLACK {
                wrong.push(format!("{name}: {sent} bytes took {one:?}"));
            }
            let is_over = |one: usize, two: usize| two * 100 > one * TWICE + 100 * SLACK;
            if is_over(one.peak, two.peak) || is_over(one.weight, two.weight) {
                wrong.push(format!("{name}: {one:?}, and twice as much {two:?}"));
            }
        }
    }

    // However much comes, there is an end to it.
    let numbers = format!("[{}0]", "0,".repeat(400 << 10));
    let chat = attribute("gen_ai.operation.name", "chat");
    let told = attribute("gen_ai.input.messages", numbers);
    let large = hostile::request(&[], "s", [span(2, 0, 0..1, &[chat, told])]);
    let small = |request: u64| {
        let ids = (1..=50_000).map(|id| request << 32 | id);
        hostile::request(&[], "s", ids.map(|id| hostile::field(2, &id.to_be_bytes())))
    };
    let small: Vec<_> = (0..3).map(small).collect();
    for (name, requests) in [
        ("large texts", vec![large.as_slice(); 6]),
        ("small spans", small.iter().map(Vec::as_slice).collect()),
    ] {
        let took = made(&requests, None);
        if took.peak > MADE * SPANS_BYTES {
            wrong.push(format!("{name}: took {took:?}"));
        }
        println!("{name}: {took:?}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
