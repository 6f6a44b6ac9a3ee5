//! A pass makes nothing that outlives it: what is made once is made with the gate, on the thread that
//! builds it, and no fork finds it half made.
//!
//! One test, because the allocator counts for the whole process.

use peak_alloc::PeakAlloc;
use ticketlens_redact::{Gate, GateConfig};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// Something for each of the tables: a token, its sign within, a number of a state's, base64, a secret
/// that is told, and enough text to be looked at by whole blocks.
const TEXT: &str = "my password is hunter2, SIN 046 454 286, CPF 123.456.789-09, \
    sk_live_4eC39HqLyjWDarjtT1zdp7dcAbCdEfGh, 0123456789T3BlbkFJ0123456789abcdefghijklmnopqrstuv, \
    sent with Basic dXNlcjpodW50ZXIyLWlzLW15LXBhc3N3b3Jk and then nothing more to say of it";

#[test]
fn everything_that_lasts_is_made_with_the_gate() {
    let gate = Gate::new(GateConfig::default()).unwrap();
    let before = ALLOCATOR.current_usage();
    let cleaned = gate.pass(None).text(TEXT).into_owned();
    assert_ne!(cleaned, TEXT);
    drop(cleaned);
    assert_eq!(ALLOCATOR.current_usage(), before);
}
