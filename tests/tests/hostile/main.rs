//! What hostile senders do, one after the other, to the real program: whatever it is, its memory
//! stays below the bound, nothing stays reserved, and another tenant's tickets are stored meanwhile.
#![expect(clippy::expect_used, clippy::unwrap_used, clippy::cast_possible_truncation)]

mod attacks;
#[path = "../../../crates/ticket/tests/bounds/wire.rs"]
mod wire;

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use ticketlens_store::{Scope, TicketFilter, Visibility};
use ticketlens_tests::{
    Database, Receiver,
    load::{Sender, Template, ticket},
};

/// What the program may hold at most, in MiB.
const MOST_MIB: u64 = 256;
/// Longest time anything may take before a test counts as stuck.
const STUCK: Duration = Duration::from_secs(60);

/// The receiver, and who is against it.
pub struct Rig {
    receiver: Receiver,
    /// A right key.
    key: String,
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_one_does_memory_is_bounded_and_another_tenant_is_served() {
    let database = Database::start();
    let receiver = Receiver::start(&database, "");
    let key = database.tenant_key("flood", Scope::Ingest).await;
    let neighbour = database.tenant_key("neighbour", Scope::Ingest).await;
    let rig = Arc::new(Rig { receiver, key });
    let mut sender = Sender::connect(&rig.receiver.grpc(), &neighbour).await;
    let template = Template::new(&ticket(2 << 10), 1);
    // A new key waits until the receiver has read the keys again.
    sender.send(template.fresh()).await.expect("the first ticket is taken");

    let (mut wrong, mut stored) = (Vec::new(), 1);
    for (name, attack) in attacks::all() {
        let over = Arc::new(AtomicBool::new(false));
        let ends = Arc::clone(&over);
        let attacking = tokio::spawn({
            let rig = Arc::clone(&rig);
            async move {
                attack(rig).await;
                ends.store(true, Relaxed);
            }
        });
        let mut refused = Vec::new();
        // At least one while it goes on.
        loop {
            match tokio::time::timeout(STUCK, sender.send(template.fresh())).await {
                Ok(Ok(_)) => stored += 1,
                Ok(Err(status)) => refused.push(status.to_string()),
                Err(_) => refused.push("no answer".to_owned()),
            }
            if over.load(Relaxed) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        attacking.await.expect("the attack itself does not fail");
        if !refused.is_empty() {
            wrong.push(format!("{name}: of the neighbour refused: {refused:?}"));
        }
        let peak = peak_mib(rig.receiver.pid());
        if peak > MOST_MIB {
            wrong.push(format!("{name}: {peak} MiB"));
        }
        if let Err(left) = nothing_is_left(&rig).await {
            wrong.push(format!("{name}: {left} bytes stay reserved"));
        }
        println!("{name}: at most {peak} MiB so far");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let all = TicketFilter::default();
    let visible = Visibility::Tenant("neighbour".parse().unwrap());
    assert_eq!(database.store().count_tickets(&visible, &all).await.unwrap(), stored);
}

/// Until nothing is reserved any more; what is, where that does not come true.
async fn nothing_is_left(rig: &Rig) -> Result<(), u64> {
    let started = Instant::now();
    loop {
        let metrics = rig.receiver.exchange("GET /metrics HTTP/1.0\r\nhost: test\r\n\r\n");
        let line = metrics.lines().find(|line| line.starts_with("ticketlens_bytes_in_flight "));
        let bytes: u64 = line.unwrap().rsplit(' ').next().unwrap().parse().unwrap();
        if bytes == 0 {
            return Ok(());
        }
        if started.elapsed() > STUCK {
            return Err(bytes);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The most that a process has held.
fn peak_mib(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("the process is there");
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).expect("its peak");
    line.split_whitespace().nth(1).expect("a number").parse::<u64>().expect("a number") / 1024
}
