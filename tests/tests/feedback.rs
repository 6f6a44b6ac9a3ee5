//! Feedback as it is given from a program: by the library, the command line and a file of lines, to the
//! real receiver, and read as a tenant reads it.
#![expect(clippy::expect_used)]

use std::{
    fs,
    io::Write as _,
    process::{Command, Output, Stdio},
    time::Duration,
};

use serde_json::Value;
use ticketlens::{Capture, FeedbackSource, Lens, LensBuilder, Timestamp};
use ticketlens_store::Scope;
use ticketlens_tests::{Database, Receiver, document, program, workspace::root};

const LONG: Duration = Duration::from_secs(60);
/// 2026-11-30T10:00:00Z.
const GIVEN_AT: u64 = 1_796_032_800_000_000_000;

/// Database, receiver, and the key of tenant `acme`.
struct Rig {
    database: Database,
    receiver: Receiver,
    key: String,
}

impl Rig {
    async fn start() -> Self {
        let database = Database::start();
        let receiver = Receiver::start(&database, "");
        let key = database.tenant_key("acme", Scope::Ingest).await;
        Self { database, receiver, key }
    }

    fn lens(&self, set: impl FnOnce(LensBuilder) -> LensBuilder) -> Lens {
        let lens = Lens::builder().workflow("desk").endpoint(self.receiver.grpc()).key(&self.key);
        set(lens).build().expect("a lens")
    }

    fn text(&self, sql: &str) -> String {
        self.database.query(sql).trim().to_owned()
    }

    /// What is in force of it, one a line.
    fn told(&self, columns: &str) -> String {
        self.text(&format!("SELECT {columns} FROM ticketlens.ticket_feedback ORDER BY ALL"))
    }

    fn program(&self, args: &[&str]) -> Command {
        let mut command = Command::new(program("ticketlens"));
        command.args(args).args(["--endpoint", &self.receiver.grpc()]);
        command.env("TICKETLENS_KEY", &self.key).env("TICKETLENS_HASH_KEY", "0123456789abcdef");
        command.stdin(Stdio::null());
        command
    }
}

/// Runs it to its end: exit code, stdout, stderr.
fn run(command: &mut Command) -> (i32, String, String) {
    let Output { status, stdout, stderr } = command.output().expect("it runs");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (status.code().expect("it ends by itself"), text(stdout), text(stderr))
}

#[tokio::test(flavor = "multi_thread")]
async fn feedback_of_the_library_is_stored_once_corrected_and_without_what_is_personal() {
    let rig = Rig::start().await;
    let lens = rig.lens(|lens| lens);
    let at = |seconds: u64| Timestamp::from_unix_nanos(GIVEN_AT + seconds * 1_000_000_000);
    // Before its ticket.
    lens.feedback("4711").csat(2).id("survey-1").given_at(at(0)).send();
    lens.feedback("4711").csat(2).id("survey-1").given_at(at(0)).send();
    // Corrected; what comes late and is older changes nothing.
    lens.feedback("4711")
        .csat(4)
        .comment("Amelia Ahmed was helped, write to amelia@example.com")
        .known_pii(["Amelia Ahmed"])
        .customer("c-42")
        .given_at(at(60))
        .send();
    lens.feedback("4711").csat(1).given_at(at(30)).send();
    let model = lens.feedback("4711").evaluation("relevance").source(FeedbackSource::Model);
    model.score(0.82).label("relevant").given_at(at(5)).send();
    assert!(lens.flush(LONG).complete);
    assert_eq!(rig.text("SELECT count() FROM ticketlens.rated_tickets"), "0", "no ticket yet");
    lens.ticket("4711").category("REFUND").succeed();
    let report = lens.shutdown(LONG);
    assert_eq!((report.sent, report.rejected, report.complete), (6, 0, true), "{:?}", lens.stats());

    assert_eq!(
        rig.told("name, source, score, label, toUnixTimestamp(given_at)"),
        "csat\tHUMAN\t4\t\t1796032860\nrelevance\tMODEL\t0.82\trelevant\t1796032805"
    );
    // Nothing was overwritten, and nothing is there twice.
    let kept = "SELECT uniqExact(feedback_id), count() FROM ticketlens_store.feedback FINAL";
    assert_eq!(rig.text(kept), "4\t4");
    let comment = rig.told("comment, customer");
    assert!(comment.contains("was helped, write to [email]"), "{comment}");
    assert!(!comment.contains("Amelia") && !comment.contains("Ahmed"), "{comment}");
    assert!(comment.contains("hmac:") && !comment.contains("c-42"), "{comment}");
    let rated = "SELECT name, score, category FROM ticketlens.rated_tickets ORDER BY name";
    assert_eq!(rig.text(rated), "csat\t4\tREFUND\nrelevance\t0.82\tREFUND");
    // The tickets' own numbers have no gap.
    assert_eq!(rig.text("SELECT sum(missing) FROM ticketlens.ledger"), "0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lens_of_metrics_only_sends_no_comment() {
    let rig = Rig::start().await;
    let lens = rig.lens(|lens| lens.capture(Capture::MetricsOnly));
    lens.feedback("4711").csat(2).comment("it was wrong").send();
    lens.feedback("4712").comment("it was wrong").send();
    let report = lens.shutdown(LONG);
    assert_eq!((report.sent, report.dropped.invalid), (1, 1), "{:?}", lens.stats());
    assert_eq!(rig.told("ticket_id, score, comment"), "4711\t2");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_gives_one_and_says_what_was_stored_or_why_not() {
    let rig = Rig::start().await;
    let add = ["feedback", "add", "4711"];
    let call = |more: &[&str]| run(&mut rig.program(&[&add[..], more].concat()));
    let at = "2026-11-30T10:00:00Z";
    let given = ["--csat", "4", "--comment", "ask amelia@example.com", "--id", "s-1", "--at", at];
    let (code, out, err) = call(&given);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    assert!(out.starts_with("stored: csat 4 of ticket 4711") && out.contains("id s-1"), "{out}");
    let (code, out, _) = call(&[&given[..], &["--json"]].concat());
    let told: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((code, &told["id"], &told["score"]), (0, &"s-1".into(), &4.0.into()), "{out}");
    assert!(!out.contains("amelia"), "{out}");
    let evaluation = ["--name", "tone", "--score", "-0.5", "--source", "MODEL"];
    assert_eq!(call(&evaluation).0, 0);
    assert_eq!(
        rig.told("name, source, score, comment, feedback_id = 's-1'"),
        "csat\tHUMAN\t4\task [email]\t1\ntone\tMODEL\t-0.5\t\t0"
    );

    // From standard input, to the end of it.
    let mut child = rig
        .program(&["feedback", "add", "4712", "--comment", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("it starts");
    child.stdin.take().expect("a pipe").write_all(b"line one\nline two\n").expect("written");
    assert!(child.wait().expect("it ends").success());
    let written = "SELECT name, comment FROM ticketlens.ticket_feedback WHERE ticket_id = '4712'";
    assert_eq!(rig.text(written), "comment\tline one\\nline two");

    // Without a customer there is nothing to hash, and no warning of a key that is missing.
    let mut keyless = rig.program(&["feedback", "add", "4713", "--csat", "4"]);
    let (code, _, err) = run(keyless.env_remove("TICKETLENS_HASH_KEY"));
    assert_eq!((code, err.as_str()), (0, ""));
    let mut hashed = rig.program(&["feedback", "add", "4713", "--csat", "4", "--customer", "c"]);
    let (code, _, err) = run(hashed.env_remove("TICKETLENS_HASH_KEY"));
    assert!(code == 0 && err.contains("no hash key is set"), "{err}");

    for wrong in [
        &["--csat", "6"][..],
        &["--name", "csat", "--score", "9"],
        &["--score", "0.5"],
        &["--name", "tone"],
        &["--csat", "4", "--name", "tone"],
        &["--csat", "4", "--execution", "s3cr3t"],
        &["--csat", "4", "--at", "1960-01-01"],
    ] {
        assert_eq!(call(wrong).0, 2, "{wrong:?}");
    }
    let mut refused = rig.program(&["feedback", "add", "4711", "--csat", "4"]);
    let read = rig.database.tenant_key("acme", Scope::Read).await;
    assert_eq!(run(refused.env("TICKETLENS_KEY", &read)).0, 5);
    let mut nobody = Command::new(program("ticketlens"));
    nobody.args(["feedback", "add", "4711", "--csat", "4", "--endpoint", "http://127.0.0.1:9"]);
    assert_eq!(run(nobody.env("TICKETLENS_KEY", &rig.key)).0, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_of_feedback_are_sent_with_tickets_as_the_page_says() {
    let rig = Rig::start().await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("runs.jsonl");
    let page = document::read("docs/send.md");
    let lines = document::blocks(&page, "```json feedback.jsonl").remove(0);
    let tickets = fs::read_to_string(root().join("examples/runs.jsonl")).expect("the examples");
    let malformed = r#"{"feedback": {"ticket_id": "4711", "name": "csat", "score": "s3cr3t", "given_at": "2026-11-30T10:00:00Z"}}"#;
    fs::write(&file, format!("{tickets}{lines}{malformed}\n")).expect("written");
    let path = file.to_str().expect("a path");
    let count = lines.lines().count();
    assert!(count >= 3, "{lines}");

    let (code, out, err) = run(&mut rig.program(&["send", path]));
    assert_eq!(code, 1, "{err}");
    assert!(out.starts_with(&format!("{} of {} sent", count + 4, count + 5)), "{out}");
    assert!(
        out.contains("4  tickets\n") && out.contains(&format!("{count}  feedback on tickets\n")),
        "{out}"
    );
    assert!(err.contains(&format!("line {}: feedback.score is not a number", count + 5)), "{err}");
    assert!(!err.contains("s3cr3t") && !out.contains("s3cr3t"));
    let stored = rig.told("ticket_id, name, source, score, label, comment, customer != ''");
    assert_eq!(
        stored,
        "4711\tcsat\tHUMAN\t5\t\tquick, and it helped\t1\n\
         4711\trelevance\tMODEL\t0.82\trelevant\t\t0\n\
         4712\tcomment\tHUMAN\t\\N\t\tI wrote to [email] twice, says [known-value]\t0"
    );
    // Again: nothing twice, with an id or without.
    let (_, out, _) = run(&mut rig.program(&["send", path, "--json"]));
    let told: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((&told["tickets"], &told["feedback"]), (&4.into(), &count.into()), "{out}");
    let kept = "SELECT count() FROM ticketlens_store.feedback FINAL";
    assert_eq!(rig.text(kept), (count).to_string());

    let (code, _, err) = run(Command::new(program("ticketlens")).args(["redact", path]));
    assert_eq!(code, 1);
    assert!(err.contains(&format!("{count} lines are feedback, which is not shown here")), "{err}");
}
