//! Log lines, on stderr: what is asked for, less what no line may hold.

use std::{io, panic, sync::OnceLock};

use clap::ValueEnum;
use ticketlens_log::{Format, Lines};
use tracing::{Metadata, level_filters::LevelFilter};
use tracing_appender::non_blocking::{ErrorCounter, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::{
    EnvFilter, Layer, filter::filter_fn, fmt::writer::BoxMakeWriter, layer::SubscriberExt,
    util::SubscriberInitExt,
};

use crate::{
    exit::{Exit, Failure, Result},
    otel::Telemetry,
};

/// The form of log lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Where what is logged is chosen; the first that is set wins.
const VARIABLES: [&str; 2] = ["TICKETLENS_LOG", "RUST_LOG"];

/// Whose finer lines may hold headers or data: never below `info`, whatever is asked for.
const HUSHED: [&str; 10] = [
    "axum",
    "clickhouse",
    "h2",
    "hyper",
    "hyper_rustls",
    "hyper_util",
    "rustls",
    "tokio_rustls",
    "tonic",
    "tower",
];

/// Whose lines hold what a peer said, at every level: none is heard.
const SILENT: [&str; 1] = ["rmcp"];

/// Set where what is said on stderr is read by programs, line by line.
static IS_READ_BY_PROGRAMS: OnceLock<bool> = OnceLock::new();

/// Whether a server's stderr is a log for programs: nothing else may stand there.
pub fn is_read_by_programs() -> bool {
    IS_READ_BY_PROGRAMS.get().copied().unwrap_or(false)
}

/// Begins logging; `default` holds where the environment says nothing. Beside a command's own words a
/// line for people needs neither the time nor our module's name; a server's (`is_server`) has both.
pub fn start(format: LogFormat, default: &str, is_server: bool) -> Result<Log> {
    let named = VARIABLES
        .into_iter()
        .find_map(|v| Some((v, std::env::var(v).ok().filter(|filter| !filter.is_empty())?)));
    let (name, filter) = named.unwrap_or(("", default.to_owned()));
    let filter = EnvFilter::try_new(&filter).map_err(|e| {
        Failure::new(Exit::Usage, format!("{name} is not a valid log filter: {e}"))
            .next("e.g. info, or ticketlens_receiver=debug,warn")
    })?;
    let _ = IS_READ_BY_PROGRAMS.set(is_server && format == LogFormat::Json);
    let format = match format {
        // Colours only where lines go to a person.
        LogFormat::Text => Format::Text { has_colours: is_for_people(), is_server },
        LogFormat::Json => Format::Json,
    };
    let (writer, written) = if is_server { behind_a_queue() } else { at_once() };
    let lines = Lines::new(format, writer);
    // Told once there is a log to tell it in.
    let (telemetry, unusable) = match is_server.then(Telemetry::open).transpose() {
        Ok(telemetry) => (telemetry, None),
        Err(failure) => (None, Some(failure)),
    };
    let subscriber = tracing_subscriber::registry()
        .with(lines.clone())
        .with(telemetry.as_ref().and_then(Telemetry::layer))
        .with(hush())
        .with(filter);
    let failed =
        |e: &dyn std::fmt::Display| Failure::new(Exit::Failed, format!("can't begin logging: {e}"));
    subscriber.try_init().map_err(|e| failed(&e))?;
    if is_server {
        let lost = written.as_ref().map(|written| written.lost.clone());
        let lost = move || lost.as_ref().map_or(0, ErrorCounter::dropped_lines);
        lines.tell_what_is_left_out(lost).map_err(|e| failed(&e))?;
    }
    panic::set_hook(Box::new(place));
    Ok(Log { lines, unusable, _telemetry: telemetry, _written: written })
}

/// Lines that wait to be written. None is larger than 16 KiB: 32 MiB, where somebody makes all of them so.
const WAITING: usize = 2_048;

/// A server's lines wait in a queue: who reads its log and stops does not stop the server. What finds no
/// place is counted.
fn behind_a_queue() -> (BoxMakeWriter, Option<Written>) {
    let queue = NonBlockingBuilder::default().lossy(true).buffered_lines_limit(WAITING);
    let (writer, guard) = queue.thread_name("log writer").finish(io::stderr());
    let lost = writer.error_counter();
    (BoxMakeWriter::new(writer), Some(Written { lost, _guard: guard }))
}

/// A command's lines stand in their order among its own words.
fn at_once() -> (BoxMakeWriter, Option<Written>) {
    (BoxMakeWriter::new(io::stderr), None)
}

/// The queue's end: what waits is written when it is dropped.
struct Written {
    lost: ErrorCounter,
    _guard: WorkerGuard,
}

/// The log, and what is sent of spans and metrics, for as long as they are written.
pub struct Log {
    lines: Lines<BoxMakeWriter>,
    unusable: Option<Failure>,
    // In this order: sending the last spans may have something to tell, and then the queue is emptied.
    _telemetry: Option<Telemetry>,
    _written: Option<Written>,
}

impl Log {
    /// Why spans or metrics can't be sent where the environment says.
    pub fn check(&mut self) -> Result<()> {
        self.unusable.take().map_or(Ok(()), Err)
    }
}

impl Drop for Log {
    /// What was left out of it and not told yet is told.
    fn drop(&mut self) {
        self.lines.end();
    }
}

/// Lets no finer line of those libraries through. A filter beside the one that is asked for: in
/// there, a directive for a module of a library would outweigh ours for the whole of it.
fn hush<S: tracing::Subscriber>() -> impl Layer<S> {
    filter_fn(|line: &Metadata<'_>| *line.level() <= most_of(line.target()))
}

/// The finest line that may be heard of a library, or of us.
fn most_of(target: &str) -> LevelFilter {
    let library = target.split("::").next().unwrap_or(target);
    match library {
        silent if SILENT.contains(&silent) => LevelFilter::OFF,
        hushed if HUSHED.contains(&hushed) => LevelFilter::INFO,
        _ => LevelFilter::TRACE,
    }
}

/// Tells where a panic was, and not what it said: it may quote what was being worked on.
fn place(panicked: &panic::PanicHookInfo<'_>) {
    let at = panicked.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(
        name: "process.panicked", at, "a bug in ticketlens: a panic; please report the place"
    );
}

fn is_for_people() -> bool {
    let choice = anstream::AutoStream::choice(&io::stderr());
    choice != anstream::ColorChoice::Never
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tracing_subscriber::layer::Context;

    use super::*;

    /// Notes who was heard.
    #[derive(Clone, Default)]
    struct Heard(Arc<Mutex<Vec<String>>>);

    impl<S: tracing::Subscriber> Layer<S> for Heard {
        fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
            let line = event.metadata();
            self.0.lock().unwrap().push(format!("{} {}", line.target(), line.level()));
        }
    }

    fn heard(asked: &str) -> Vec<String> {
        let heard = Heard::default();
        let filter = EnvFilter::try_new(asked).unwrap();
        let lines = tracing_subscriber::registry().with(heard.clone()).with(hush()).with(filter);
        tracing::subscriber::with_default(lines, || {
            let _span =
                tracing::info_span!(target: "ticketlens_receiver", "a_span", key = 1).entered();
            tracing::trace!(target: "h2::codec::framed_read", "headers");
            tracing::debug!(target: "hyper_util::client", "a body");
            tracing::debug!(target: "tonic", "metadata");
            tracing::info!(target: "hyper_util::client", "no data");
            tracing::error!(target: "rmcp::service", "what a peer said");
            tracing::debug!(target: "h2o", "no library of that list");
            tracing::trace!(target: "ticketlens_receiver::otlp", "a request");
        });
        heard.0.lock().unwrap().drain(..).collect()
    }

    #[test]
    fn whatever_is_asked_for_libraries_that_see_data_are_never_heard_below_info() {
        let ours = ["hyper_util::client INFO", "h2o DEBUG", "ticketlens_receiver::otlp TRACE"];
        assert_eq!(heard("trace"), ours);
        for asked in [
            "trace,h2::codec::framed_read=trace",
            "trace,hyper_util::client=trace,tonic=debug",
            "trace,h2[{key=1}]=trace",
            "trace,[a_span]=trace",
        ] {
            assert_eq!(heard(asked), ours, "{asked}");
        }
    }

    #[test]
    fn less_is_less() {
        assert_eq!(heard("warn"), [""; 0]);
        assert_eq!(heard("warn,ticketlens_receiver=trace"), ["ticketlens_receiver::otlp TRACE"]);
    }
}
