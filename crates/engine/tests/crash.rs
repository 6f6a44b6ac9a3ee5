//! kill -9 during inserts: what was acknowledged is there, once, and the engine comes back by itself.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use support::{PATIENCE, Running, start_with};
use ticketlens_engine::{EngineConfig, Restarts, State};

const ROUNDS: u32 = 5;
const WRITERS: u32 = 4;
/// Inserts acknowledged before the kill, so that each round has something to lose.
const BEFORE_KILL: u32 = 25;
const ROWS: u32 = 50;

#[test]
fn a_kill_during_inserts_loses_no_acknowledged_row() {
    // Each round's crash would double the pause before the next start, with nothing to see meanwhile.
    let restarts = Restarts {
        most: ROUNDS as usize,
        longest_pause: Duration::from_millis(100),
        ..Restarts::default()
    };
    let running = start_with(|config| EngineConfig { restarts, ..config });
    running.admin().query(
        "CREATE TABLE t (writer UInt32, round UInt32, number UInt32, row UInt32, text String) \
         ENGINE = ReplacingMergeTree ORDER BY (writer, round, number, row)",
    );
    for round in 0..ROUNDS {
        let inserts = insert_until_killed(&running, round);
        assert!(inserts.acknowledged.len() >= BEFORE_KILL as usize);
        let found = rows(&running, round);
        let rows_of = |insert| found.get(&insert).copied().unwrap_or(0);
        for insert in &inserts.acknowledged {
            assert_eq!(rows_of(*insert), ROWS, "acknowledged insert {insert:?}");
        }
        for insert in &inserts.unanswered {
            let there = rows_of(*insert);
            assert!(there == 0 || there == ROWS, "torn insert {insert:?}: {there} rows");
            // Sent again, it is there, whether or not it was before. A deduplication window would
            // break this: of a few hundred inserts one is noted there and nowhere else.
            send(&running, *insert).unwrap();
        }
        let found = rows(&running, round);
        for insert in &inserts.unanswered {
            assert_eq!(found.get(insert), Some(&ROWS), "repeated insert {insert:?}");
        }
    }
}

/// Writer, round and number of an insert.
type Insert = (u32, u32, u32);

#[derive(Default)]
struct Inserts {
    acknowledged: Vec<Insert>,
    unanswered: Vec<Insert>,
}

fn insert_until_killed(running: &Running, round: u32) -> Inserts {
    let pid = running.engine.pid().unwrap();
    let done = AtomicU32::new(0);
    let write = |writer: u32| {
        let mut acknowledged = Vec::new();
        for number in 0.. {
            let insert = (writer, round, number);
            match send(running, insert) {
                Ok(()) => acknowledged.push(insert),
                Err(_) => return (acknowledged, insert),
            }
            done.fetch_add(1, Ordering::SeqCst);
        }
        unreachable!("a writer goes on until the engine is killed")
    };
    let all = std::thread::scope(|scope| {
        let writers: Vec<_> =
            (0..WRITERS).map(|writer| scope.spawn(move || write(writer))).collect();
        support::until("enough inserts", || done.load(Ordering::SeqCst) >= BEFORE_KILL);
        kill(Pid::from_raw(pid.try_into().unwrap()), Signal::SIGKILL).unwrap();
        writers.into_iter().map(|writer| writer.join().unwrap()).collect::<Vec<_>>()
    });
    let again = |state: &State| matches!(state, State::Running { pid: now } if *now != pid);
    assert!(running.engine.wait_for(PATIENCE, again).is_some(), "{:?}", running.engine);
    let mut inserts = Inserts::default();
    for (acknowledged, unanswered) in all {
        inserts.acknowledged.extend(acknowledged);
        inserts.unanswered.push(unanswered);
    }
    inserts
}

fn send(running: &Running, (writer, round, number): Insert) -> std::io::Result<()> {
    let text = "x".repeat(200);
    let rows: String =
        (0..ROWS).map(|row| format!("{writer}\t{round}\t{number}\t{row}\t{text}\n")).collect();
    let answer = running.admin().insert("INSERT INTO t FORMAT TSV", "", rows.as_bytes())?;
    if answer.status == 200 { Ok(()) } else { Err(std::io::Error::other(answer.body)) }
}

/// How many rows of each insert of a round are there.
fn rows(running: &Running, round: u32) -> BTreeMap<Insert, u32> {
    let sql = format!(
        "SELECT writer, number, count() FROM t FINAL WHERE round = {round} GROUP BY writer, number"
    );
    let answer = running.admin().query(&sql);
    let row = |line: &str| {
        let numbers: Vec<u32> = line.split('\t').map(|number| number.parse().unwrap()).collect();
        let [writer, number, count] = numbers[..] else { panic!("{line}") };
        ((writer, round, number), count)
    };
    answer.lines().map(row).collect()
}
