use std::time::Instant as StdInstant;

use ticketlens_ticket::{Capture, Status, Ticket};

use super::*;
use crate::config::Settings;

#[test]
fn a_sending_thread_that_panics_keeps_no_bytes_and_holds_up_nobody() {
    let handoff = Arc::new(Handoff::open(1 << 20, Capture::FullTrace));
    let config = Settings::default().check(false).unwrap();
    let outlet = Outlet::Application(Box::new(|_| panic!("what a ticket said")));
    let resource = Arc::default();
    let put = |id: &str| {
        handoff.put(Ticket::new(id, Status::Success, Duration::ZERO).into(), &resource);
    };
    ["a", "b", "c"].into_iter().for_each(put);
    let commands = start(config, outlet, Arc::clone(&handoff)).unwrap();
    let (done, answered) = blocking::sync_channel(1);
    // The thread may be gone already; either way nobody waits.
    let _ = commands.send(Command::Flush { done });
    answered.recv().unwrap_err();
    let deadline = StdInstant::now() + Duration::from_secs(60);
    while handoff.held() > 0 {
        assert!(StdInstant::now() < deadline, "{} bytes are kept", handoff.held());
        thread::yield_now();
    }
    let stats = handoff.counters.snapshot();
    assert_eq!((stats.left, stats.sent), (3, 0));
    assert!(!stats.last_error.unwrap().contains("what a ticket said"));
    put("d");
    assert_eq!(handoff.counters.snapshot().dropped.shut_down, 1);
}
