//! From a file to the receiver: paced, so that the client's queue is never full, and counted.

use std::{
    collections::BTreeMap,
    io::{self, BufRead},
    thread,
    time::{Duration, Instant},
};

use ticketlens::{Finished, Lens, Stats};
use ticketlens_ticket::{
    Capture, Resource, Timestamp, Trace, limits,
    line::{Entry, Hint, LineError, Parsed, ParsedFeedback, parse_entry},
};

use super::hints::Hints;
use super::lines::{Line, Lines, MAX_LINE_BYTES};

/// Bytes of tickets that may wait in the client's queue before reading goes on.
const AHEAD: usize = 32 * 1024 * 1024;
/// The client's queue: what may wait, and the largest ticket on top of it, which the client counts
/// with a third more; an eighth of the queue it keeps for what it discards.
pub const QUEUE_BYTES: usize = (AHEAD + LARGEST / 3 * 4 + 4) / 7 * 8 + 8;
/// Bytes of the largest ticket that is handed over whole; its body would be refused long before.
const LARGEST: usize = 128 * 1024 * 1024;
/// How often the queue is looked at while it has no room.
const POLL_EVERY: Duration = Duration::from_millis(2);
/// 2000-01-01T00:00:00Z. A time in seconds, milli- or microseconds that somebody took for
/// nanoseconds, or for milliseconds, lies before it.
const YEAR_2000: u64 = 946_684_800_000_000_000;
/// In nanoseconds.
const DAY: u64 = 86_400_000_000_000;
/// Malformed lines that are reported one by one.
pub const REPORTED: u64 = 20;

/// What becomes of a file that is one JSON document, and how to make lines of it.
const ONE_A_LINE: &str = "a ticket log is one JSON object on one line; `jq -c .` makes lines of an \
                          object, `jq -c '.[]'` of a list";

/// What became of a file's lines. `tickets` and `feedback` are what was handed to the client; what became
/// of those is in its [`Stats`].
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Lines that hold something.
    pub lines: u64,
    /// Of these, those that are neither a ticket log nor feedback.
    pub malformed: u64,
    /// Tickets handed to the client.
    pub tickets: u64,
    /// Feedback handed to the client.
    pub feedback: u64,
    /// Of both, those whose time is before the year 2000: in other units, more likely than not.
    pub early: u64,
    /// Of both, those whose time has not come yet.
    pub future: u64,
    /// Malformed lines by reason.
    pub reasons: BTreeMap<String, u64>,
    /// What was kept and is probably meant otherwise.
    pub hints: Hints,
    /// Whether Ctrl-C or a refusal ended it before the file's end.
    pub is_cut_short: bool,
}

/// Who watches a delivery.
pub trait Watch {
    /// So many bytes of the file were read, and this became of its lines.
    fn progress(&mut self, bytes: u64, tally: &Tally, stats: &Stats);
    /// A line is neither a ticket log nor feedback.
    fn malformed(&mut self, number: u64, why: &str);
    /// A line is sent, and something about it is odd.
    fn odd(&mut self, number: u64, what: &str);
}

/// Sends every line of `input`, until its end or until `is_over` says so.
pub fn deliver<R: BufRead>(
    input: R,
    lens: &Lens,
    is_over: &impl Fn() -> bool,
    watch: &mut impl Watch,
) -> io::Result<Tally> {
    let mut lines = Lines::new(input);
    let mut tally = Tally::default();
    let mut handle = Handle::new(lens);
    let mut shown = Instant::now();
    // Clocks differ, by a day at most.
    let tomorrow = Timestamp::now().as_unix_nanos().saturating_add(DAY);
    while let Some((number, line)) = lines.next()? {
        if is_over() {
            // A line that was cut off by the end is not a malformed one.
            tally.is_cut_short = true;
            return Ok(tally);
        }
        match read(line) {
            Ok(None) => continue,
            Ok(Some(entry)) => {
                tally.lines += 1;
                if !wait_for_room(lens, is_over) {
                    tally.is_cut_short = true;
                    return Ok(tally);
                }
                let feedback = match entry {
                    Entry::Ticket(parsed, said) => {
                        let Parsed { ticket, resource, hints, .. } = *parsed;
                        tally.tickets += 1;
                        let odd = Odd { number, time: "executed_at", at: ticket.executed_at };
                        odd.tell(hints, tomorrow, &mut tally, watch);
                        handle.of(&resource).emit(Finished::from(ticket));
                        said
                    }
                    Entry::Feedback(parsed) => vec![*parsed],
                };
                for ParsedFeedback { feedback, hints, .. } in feedback {
                    // What was said of one ticket may be more than the queue has room for.
                    if is_refused(lens, &tally, is_over) || !wait_for_room(lens, is_over) {
                        tally.is_cut_short = true;
                        return Ok(tally);
                    }
                    tally.feedback += 1;
                    let odd = Odd { number, time: "feedback.given_at", at: feedback.given_at };
                    odd.tell(hints, tomorrow, &mut tally, watch);
                    lens.emit_feedback(feedback);
                }
                if is_refused(lens, &tally, is_over) {
                    tally.is_cut_short = true;
                    return Ok(tally);
                }
            }
            Err(Unread { why, kind }) => {
                tally.lines += 1;
                tally.malformed += 1;
                if tally.malformed <= REPORTED {
                    watch.malformed(number, &why);
                }
                *tally.reasons.entry(kind).or_default() += 1;
            }
        }
        if shown.elapsed() > Duration::from_millis(100) {
            shown = Instant::now();
            watch.progress(lines.bytes(), &tally, &lens.stats());
        }
    }
    watch.progress(lines.bytes(), &tally, &lens.stats());
    Ok(tally)
}

/// A line that is sent and may be odd.
struct Odd {
    number: u64,
    /// The field that holds its time.
    time: &'static str,
    at: Timestamp,
}

impl Odd {
    /// Counts and tells what is odd about it; `tomorrow` is in nanoseconds.
    fn tell(&self, hints: Vec<Hint>, tomorrow: u64, tally: &mut Tally, watch: &mut impl Watch) {
        let Self { number, time, at } = *self;
        if at.as_unix_nanos() < YEAR_2000 {
            tally.early += 1;
            if tally.early <= REPORTED {
                watch.odd(number, &format!("{time} is before the year 2000; is that right?"));
            }
        }
        if at.as_unix_nanos() > tomorrow {
            tally.future += 1;
            if tally.future <= REPORTED {
                watch.odd(number, &format!("{time} is in the future; is that right?"));
            }
        }
        for says in hints.into_iter().filter_map(|hint| tally.hints.take(hint)) {
            watch.odd(number, &says);
        }
    }
}

/// Why a line is neither a ticket log nor feedback.
#[derive(Debug)]
pub struct Unread {
    /// In full: what is told of the line.
    pub why: String,
    /// Without what is its own: what is counted.
    pub kind: String,
}

/// A line's ticket or feedback; nothing for an empty line; why it is neither.
pub fn read(line: Line<'_>) -> Result<Option<Entry>, Unread> {
    let bytes = match line {
        Line::Whole([]) => return Ok(None),
        Line::Whole(bytes) => bytes,
        Line::TooLong => {
            let why = format!("longer than {} MiB", MAX_LINE_BYTES >> 20);
            return Err(Unread { kind: why.clone(), why });
        }
    };
    let mut entry = parse_entry(bytes).map_err(|error: LineError| Unread {
        kind: error.kind(),
        why: match bytes {
            // The first line of a document that is written over several, or of a list.
            [b'{'] | [b'[', ..] => format!("{ONE_A_LINE} ({error})"),
            _ => error.to_string(),
        },
    })?;
    if let Entry::Ticket(parsed, _) = &mut entry
        && parsed.ticket.weight() > LARGEST
    {
        let ticket = &mut parsed.ticket;
        // Its body is far beyond what travels: what is left of it is what the client would leave.
        ticket.trace = Trace::default();
        ticket.capture = Capture::MetricsOnly;
        ticket.attributes.truncate(limits::ATTRIBUTES);
    }
    Ok(Some(entry))
}

/// Waits until the queue has room for a large ticket; false when it was stopped meanwhile.
fn wait_for_room(lens: &Lens, is_over: &impl Fn() -> bool) -> bool {
    while lens.queued_bytes() > AHEAD {
        if is_over() {
            return false;
        }
        thread::sleep(POLL_EVERY);
    }
    !is_over()
}

/// Whether the first answer, which tells whether the key is good before more is read, is a refusal.
fn is_refused(lens: &Lens, tally: &Tally, is_over: &impl Fn() -> bool) -> bool {
    tally.tickets + tally.feedback == 1 && !is_welcome(lens, is_over)
}

/// Waits for the first line's answer; false when the receiver refused it for good.
fn is_welcome(lens: &Lens, is_over: &impl Fn() -> bool) -> bool {
    loop {
        let report = lens.flush(Duration::from_millis(250));
        if is_over() {
            return false;
        }
        if report.complete {
            return lens.stats().dropped.refused == 0;
        }
    }
}

/// The lens of a line's workflow: made anew only when it changes.
struct Handle<'l> {
    root: &'l Lens,
    current: Option<(Resource, Lens)>,
}

impl<'l> Handle<'l> {
    fn new(root: &'l Lens) -> Self {
        Self { root, current: None }
    }

    fn of(&mut self, resource: &Resource) -> &Lens {
        let is_same = self.current.as_ref().is_some_and(|(current, _)| current == resource);
        if !is_same {
            let mut lens = self.root.for_workflow(&resource.workflow, resource.version.as_deref());
            if let Some(environment) = &resource.environment {
                lens = lens.for_environment(environment);
            }
            self.current = Some((resource.clone(), lens));
        }
        self.current.as_ref().map_or(self.root, |(_, lens)| lens)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Told(Vec<(u64, String)>);

    #[test]
    fn slips_documents_and_times_to_come_are_told() {
        let slip = GOOD.replace('}', r#","steps":[]}"#);
        let later = GOOD.replace("2026-11-09", "2199-11-09");
        let file = format!("{slip}\n{slip}\n{later}\n[{GOOD}]\n{{\n");
        let mut told = Told::default();
        let tally = deliver(file.as_bytes(), &Lens::off(), &|| false, &mut told).unwrap();
        assert_eq!((tally.tickets, tally.malformed, tally.future), (3, 2, 1));
        let [slip, later, list, object] = &told.0[..] else { panic!("{:?}", told.0) };
        assert_eq!((slip.0, later.0, list.0, object.0), (1, 3, 4, 5));
        assert!(slip.1.ends_with("belongs inside trace"), "{slip:?}");
        assert!(later.1.starts_with("executed_at is in the future"), "{later:?}");
        assert!(
            list.1.contains("jq -c '.[]'") && object.1.contains("jq -c ."),
            "{list:?} {object:?}"
        );
    }

    #[test]
    fn reasons_are_bounded_whatever_the_lines_say() {
        let line = |n| format!("{{\"ticketI{}d\": 1}}\n{}x\n", "_".repeat(n % 20), " ".repeat(n));
        let file: String = (0..500).map(line).collect();
        let tally =
            deliver(file.as_bytes(), &Lens::off(), &|| false, &mut Told::default()).unwrap();
        assert_eq!(tally.malformed, 1000);
        let reasons: Vec<_> = tally.reasons.keys().map(String::as_str).collect();
        assert_eq!(reasons, ["not JSON", "ticket_id is missing"]);
    }

    #[test]
    fn feedback_is_handed_over_beside_tickets_and_counted_for_itself() {
        let given = r#"{"feedback":{"ticket_id":"1","name":"csat","score":4,"given_at":"2026-11-30T10:00:00Z"}}"#;
        let early = given.replace("2026", "1970");
        let slip = given.replace("4,", r#"4,"coment":"s3cr3t","#);
        let wrong = given.replace("4,", r#""s3cr3t","#);
        let file = format!("{given}\n{GOOD}\n{early}\n{slip}\n{wrong}\n");
        let (lens, mut told) = (Lens::off(), Told::default());
        let tally = deliver(file.as_bytes(), &lens, &|| false, &mut told).unwrap();
        assert_eq!((tally.tickets, tally.feedback, tally.malformed, tally.early), (1, 3, 1, 1));
        assert_eq!((lens.stats().emitted, lens.stats().feedback), (4, 3));
        let expected = [
            (3, "feedback.given_at is before the year 2000; is that right?"),
            (4, "feedback.coment is left out; did you mean feedback.comment?"),
            (5, "feedback.score is not a number"),
        ];
        assert_eq!(told.0, expected.map(|(line, says)| (line, says.to_owned())));
    }

    #[test]
    fn what_an_exported_line_says_of_its_ticket_is_handed_over_with_it() {
        let given =
            r#"{"name":"csat","score":4,"given_at":"1970-01-30T10:00:00Z","coment":"s3cr3t"}"#;
        let rated = GOOD.replace('}', &format!(r#","feedback":[{given},{given}]}}"#));
        let wrong = rated.replace("4,", "9,");
        let (lens, mut told) = (Lens::off(), Told::default());
        let file = format!("{rated}\n{wrong}\n");
        let tally = deliver(file.as_bytes(), &lens, &|| false, &mut told).unwrap();
        assert_eq!((tally.tickets, tally.feedback, tally.malformed, tally.early), (1, 2, 1, 2));
        assert_eq!((lens.stats().emitted, lens.stats().feedback), (3, 2));
        let early = "feedback.given_at is before the year 2000; is that right?";
        let expected = [
            (1, early),
            (1, "feedback.coment is left out; did you mean feedback.comment?"),
            (1, early),
            (2, "feedback[0]: feedback.score is not from 1 to 5, as csat is"),
        ];
        assert_eq!(told.0, expected.map(|(line, says)| (line, says.to_owned())));
    }

    const EARLY: &str = "executed_at is before the year 2000; is that right?";

    impl Watch for Told {
        fn progress(&mut self, _: u64, _: &Tally, _: &Stats) {}
        fn malformed(&mut self, number: u64, why: &str) {
            self.0.push((number, why.to_owned()));
        }
        fn odd(&mut self, number: u64, what: &str) {
            self.0.push((number, what.to_owned()));
        }
    }

    const GOOD: &str = r#"{"ticket_id":"1","executed_at":"2026-11-09T08:13:51Z","execution_time_seconds":1,"status":"SUCCESS"}"#;

    #[test]
    fn malformed_lines_are_told_by_number_and_the_rest_is_handed_over() {
        let file = format!("{GOOD}\nnot json\n\n{GOOD}\n{{}}\n");
        let lens = Lens::off();
        let mut told = Told::default();
        let tally = deliver(file.as_bytes(), &lens, &|| false, &mut told).unwrap();
        assert_eq!((tally.lines, tally.malformed, tally.tickets), (4, 2, 2));
        let numbers: Vec<_> = told.0.iter().map(|(number, _)| *number).collect();
        assert_eq!(numbers, [2, 5]);
        assert_eq!(told.0[1].1, "ticket_id is missing");
        assert_eq!(lens.stats().emitted, 2);
        assert!(!tally.is_cut_short);
    }

    #[test]
    fn a_time_in_other_units_is_told_by_line_and_sent() {
        let early = |year: &str| GOOD.replace("2026-11-09", year);
        let lines =
            [GOOD.to_owned(), early("1970-01-21"), early("1999-12-31"), early("2000-01-01")];
        let mut told = Told::default();
        let lens = Lens::off();
        let tally = deliver(lines.join("\n").as_bytes(), &lens, &|| false, &mut told).unwrap();
        assert_eq!((tally.tickets, tally.early, tally.malformed), (4, 2, 0));
        assert_eq!(told.0, [(2, EARLY.to_owned()), (3, EARLY.to_owned())]);
        // A file of nothing else is told for its first lines, and counted for all.
        let file = format!("{}\n", early("1970-01-21")).repeat(50);
        let mut told = Told::default();
        let tally = deliver(file.as_bytes(), &lens, &|| false, &mut told).unwrap();
        assert_eq!((tally.early, told.0.len() as u64), (50, REPORTED));
    }

    #[test]
    fn a_stop_ends_it_before_the_next_ticket() {
        let lens = Lens::off();
        let file = format!("{GOOD}\n{GOOD}\n");
        let tally = deliver(file.as_bytes(), &lens, &|| true, &mut Told::default()).unwrap();
        assert!(tally.is_cut_short);
        assert_eq!(tally.tickets, 0);
    }

    #[test]
    fn reading_waits_while_the_queue_is_full() {
        // Takes connections and says nothing: what was handed over stays.
        let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", silent.local_addr().unwrap());
        let lens = Lens::builder().workflow("w").endpoint(endpoint).queue_bytes(QUEUE_BYTES);
        let lens = lens.build().unwrap();
        assert!(wait_for_room(&lens, &|| false), "an empty queue has room");

        let mut ticket =
            ticketlens_ticket::Ticket::new("1", ticketlens_ticket::Status::Success, Duration::ZERO);
        ticket.trace.output = Some(vec![serde_json::Value::Null; 1_850_000].into());
        let weight = ticket.weight();
        assert!(
            weight < LARGEST && weight + LARGEST / 100 > LARGEST,
            "{weight}: about the largest"
        );
        lens.emit(Finished::from(ticket));
        assert_eq!(lens.stats().dropped.queue_full, 0);
        let looks = std::cell::Cell::new(0);
        let is_over = || {
            looks.set(looks.get() + 1);
            looks.get() == 3
        };
        assert!(!wait_for_room(&lens, &is_over), "it waits until it is told to end");
    }
}
