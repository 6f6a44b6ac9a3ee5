//! All questions at once: each is answered or not by itself, and together they end in time.

use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, timeout_at};

use super::{
    ClockReading, Copies, DetachedParts, Gaps, MissingRight, OpenLeft, Parts, RefusedKey, Rejected,
    SchemaState, ServerSettings, Throttled,
};
use crate::{Fault, Store};

/// For one question.
const EACH: Duration = Duration::from_secs(10);
/// For all of them: less than a caller of the API waits.
const ALL: Duration = Duration::from_secs(45);

/// What a server that answers says to each question, or why it does not: a fault, or what a caller of the
/// receiver makes of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkup<F = Fault> {
    /// Its clock.
    pub clock: Result<ClockReading, F>,
    /// Its version, e.g. `26.7.2.1`.
    pub version: Result<String, F>,
    /// The settings that our login gets.
    pub settings: Result<ServerSettings, F>,
    /// Whether our tables are up to date.
    pub schema: Result<SchemaState, F>,
    /// Columns of the tickets table that are missing or have other types than this program writes.
    pub tables: Result<Vec<String>, F>,
    /// What our login may not do.
    pub missing_rights: Result<Vec<MissingRight>, F>,
    /// Where parts are most; `None` where there are none.
    pub parts: Result<Option<Parts>, F>,
    /// Parts that were put aside.
    pub detached: Result<Vec<DetachedParts>, F>,
    /// What the ledger misses.
    pub gaps: Result<Gaps, F>,
    /// What dead processes had open.
    pub open: Result<OpenLeft, F>,
    /// What was rejected.
    pub rejected: Result<Vec<Rejected>, F>,
    /// Keys that asked for what they may not do.
    pub refused_keys: Result<Vec<RefusedKey>, F>,
    /// Tenants whose requests were over a limit of theirs.
    pub throttled: Result<Vec<Throttled>, F>,
    /// What was stored more than once.
    pub copies: Result<Copies, F>,
}

impl<F> Checkup<F> {
    /// The same with other words for why there is no answer.
    pub fn map_faults<G>(self, other: impl Fn(F) -> G) -> Checkup<G> {
        Checkup {
            clock: self.clock.map_err(&other),
            version: self.version.map_err(&other),
            settings: self.settings.map_err(&other),
            schema: self.schema.map_err(&other),
            missing_rights: self.missing_rights.map_err(&other),
            parts: self.parts.map_err(&other),
            detached: self.detached.map_err(&other),
            gaps: self.gaps.map_err(&other),
            open: self.open.map_err(&other),
            rejected: self.rejected.map_err(&other),
            copies: self.copies.map_err(&other),
            throttled: self.throttled.map_err(&other),
            refused_keys: self.refused_keys.map_err(&other),
            tables: self.tables.map_err(&other),
        }
    }
}

impl Store {
    /// Asks everything, one question after the other.
    ///
    /// # Errors
    /// Where the server does not answer at all: nothing else is asked then.
    pub async fn checkup(&self) -> Result<Checkup, Fault> {
        // A right that is missing here is none that the work of this handle lacks: it counts its own.
        let asked = Self { faults: Arc::default(), ..self.clone() };
        let questions = Questions { until: Instant::now() + ALL };
        questions.ask(asked.ping()).await?;
        Ok(Checkup {
            clock: questions.ask(asked.clock()).await,
            version: questions.ask(asked.version()).await,
            settings: questions.ask(asked.settings_in_force()).await,
            schema: questions.ask(asked.schema_state()).await,
            tables: questions.ask(asked.differing_columns()).await,
            missing_rights: questions.ask(asked.missing_rights()).await,
            parts: questions.ask(asked.most_parts()).await,
            detached: questions.ask(asked.detached_parts()).await,
            // Those that look at many rows come last.
            rejected: questions.ask(asked.rejected_lately()).await,
            refused_keys: questions.ask(asked.refused_keys()).await,
            throttled: questions.ask(asked.throttled_lately()).await,
            copies: questions.ask(asked.copies_of_an_hour()).await,
            gaps: questions.ask(asked.gaps_of_a_day()).await,
            open: questions.ask(asked.left_open()).await,
        })
    }
}

struct Questions {
    until: Instant,
}

impl Questions {
    async fn ask<T>(&self, question: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
        let until = self.until.min(Instant::now() + EACH);
        timeout_at(until, question).await.unwrap_or(Err(Fault::TimedOut))
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_question_without_an_answer_costs_itself_alone_and_all_end_in_time() {
        let begun = Instant::now();
        let questions = Questions { until: begun + ALL };
        assert_eq!(questions.ask(pending::<Result<(), _>>()).await, Err(Fault::TimedOut));
        assert_eq!(begun.elapsed(), EACH);
        assert_eq!(questions.ask(async { Ok(7) }).await, Ok(7));
        for _ in 0..9 {
            assert_eq!(questions.ask(pending::<Result<(), _>>()).await, Err(Fault::TimedOut));
        }
        assert_eq!(begun.elapsed(), ALL);
    }
}
