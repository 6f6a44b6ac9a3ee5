//! The layer that makes lines of events.

use std::{
    io::Write as _,
    sync::{Arc, Weak},
    thread,
    time::{Duration, Instant},
};

use tracing::{
    Event, Subscriber,
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{Layer, fmt::MakeWriter, layer::Context, registry::LookupSpan};

use crate::{
    fields::Fields,
    line::{Level, Line},
    maintenance::is_maintenance,
    text::Look,
    thinning::{LeftOut, Thinning},
};

/// Between two looks whether a kind of line that was left out has ended.
const SETTLED_EVERY: Duration = Duration::from_secs(10);
/// The event of lines that libraries write.
const OF_A_LIBRARY: &str = "log";

/// The form of lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One JSON object a line.
    Json,
    /// For people.
    Text {
        /// Whether a terminal shows colours.
        has_colours: bool,
        /// Whether it is a server's, and tells the time and the part that says it.
        is_server: bool,
    },
}

/// Writes a line for each event. Cheap to clone; clones write the same log.
#[derive(Debug)]
pub struct Lines<W>(Arc<Inner<W>>);

#[derive(Debug)]
struct Inner<W> {
    format: Format,
    writer: W,
    /// Absent where every line is written.
    thinning: Option<Thinning>,
}

impl<W> Clone for Lines<W> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<W: for<'w> MakeWriter<'w> + Send + Sync + 'static> Lines<W> {
    /// Lines of this form, to there.
    pub fn new(format: Format, writer: W) -> Self {
        Self(Arc::new(Inner { format, writer, thinning: Some(Thinning::default()) }))
    }

    /// The same with every line of a flood.
    #[must_use]
    pub fn unthinned(self) -> Self
    where
        W: Clone,
    {
        let Inner { format, writer, .. } = &*self.0;
        Self(Arc::new(Inner { format: *format, writer: writer.clone(), thinning: None }))
    }

    /// Tells on a thread of its own what was left out of a flood that has ended, for as long as the
    /// log is written; and how many lines in all had no place in a queue, as `lost` counts them.
    ///
    /// # Errors
    /// Where there is no thread to be had.
    pub fn tell_what_is_left_out(
        &self,
        lost: impl Fn() -> usize + Send + 'static,
    ) -> std::io::Result<()> {
        let log: Weak<Inner<W>> = Arc::downgrade(&self.0);
        let told = move || {
            let mut before = 0;
            while let Some(log) = log.upgrade() {
                let all = lost();
                if all > before {
                    log.tell_lost(all - before);
                    before = all;
                }
                log.tell(|thinning| thinning.settled(Instant::now()));
                drop(log);
                thread::sleep(SETTLED_EVERY);
            }
        };
        thread::Builder::new().name("log".into()).spawn(told).map(drop)
    }

    /// Tells now what was left out; for the end of the program.
    pub fn end(&self) {
        self.0.tell(Thinning::all);
    }
}

impl<W: for<'w> MakeWriter<'w>> Inner<W> {
    fn tell(&self, left_out: impl FnOnce(&Thinning) -> Vec<LeftOut>) {
        let left_out = self.thinning.as_ref().map(left_out).unwrap_or_default();
        for LeftOut { of, lines } in left_out {
            let mut line = Line::of(of.level, of.component, "log.left_out");
            line.route = of.route.map(Into::into);
            line.status_code = of.status_code;
            line.error_code = of.error_code.map(Into::into);
            line.message = "lines of this kind were left out".into();
            line.suppressed = Some(lines);
            line.extra.insert("of".into(), of.event.into());
            self.write(&line);
        }
    }

    fn tell_lost(&self, lines: usize) {
        let mut line = Line::of(Level::Warn, "log", "log.lost");
        line.message = "lines had no place in the queue: nobody read them fast enough".into();
        line.suppressed = Some(lines as u64);
        self.write(&line);
    }

    fn write(&self, line: &Line<'_>) {
        let mut text = match self.format {
            Format::Json => serde_json::to_string(line).unwrap_or_default(),
            Format::Text { has_colours, is_server } => Look { has_colours, is_server }.write(line),
        };
        text.push('\n');
        // In one piece: lines of threads don't mix. With nowhere to write there is nobody to tell.
        let _ = self.writer.make_writer().write_all(text.as_bytes());
    }
}

impl<S, W> Layer<S> for Lines<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut own = Fields::default();
        event.record(&mut own);
        let metadata = event.metadata();
        let component = component(metadata.target());
        let name = event_name(metadata.name());
        let mut line = Line::of((*metadata.level()).into(), component, name);
        let mut fields = Fields::default();
        for span in context.event_scope(event).into_iter().flat_map(|scope| scope.from_root()) {
            if let Some(told) = span.extensions().get::<Fields>() {
                fields.and(told);
            }
        }
        fields.and(&own);
        fields.into_line(&mut line);
        line.message = own.message().to_owned().into();
        let passes = |thinning: &Thinning| thinning.passes(&line, Instant::now());
        if let Some(left_out) = self.0.thinning.as_ref().map_or(Some(0), passes) {
            line.suppressed = (left_out > 0).then_some(left_out);
            self.0.write(&line);
        }
    }
}

impl Line<'static> {
    /// A line of now, without anything else.
    pub(crate) fn of(level: Level, component: impl Into<String>, event: impl Into<String>) -> Self {
        let now = jiff::Timestamp::now();
        Self {
            timestamp: now.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string(),
            level,
            component: component.into().into(),
            event: event.into().into(),
            message: "".into(),
            req_id: None,
            trace_id: None,
            tenant: None,
            key_id: None,
            route: None,
            status_code: None,
            latency_ms: None,
            records: None,
            bytes: None,
            worker_state: None,
            restart_count: None,
            backoff_ms: None,
            error_code: None,
            retryable: None,
            maintenance_mode: is_maintenance(),
            model: None,
            tokens_prompt: None,
            tokens_response: None,
            suppressed: None,
            extra: serde_json::Map::new(),
        }
    }
}

/// The part that says it: of ours the crate and its room, of a library its name.
fn component(target: &str) -> String {
    let mut rooms = target.split("::");
    let crate_name = rooms.next().unwrap_or_default();
    // The library that workflows link and the program have one name.
    let ours = match crate_name {
        "ticketlens" => Some("ticketlens"),
        other => other.strip_prefix("ticketlens_"),
    };
    match (ours, rooms.next()) {
        (Some(ours), Some(room)) => format!("{ours}.{room}"),
        (Some(ours), None) => ours.to_owned(),
        (None, _) => crate_name.to_lowercase().replace('-', "_"),
    }
}

/// The name that the macro gave it; the macro's own, a place in the code, is none.
fn event_name(name: &str) -> &str {
    let is_name = name.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'z' | b'_' | b'.'));
    if is_name { name } else { OF_A_LIBRARY }
}

#[cfg(test)]
#[path = "layer_tests.rs"]
mod tests;
