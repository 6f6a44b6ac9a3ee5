//! What is wrong with feedback before it is sent. The receiver would say so too, to nobody: whoever
//! gives it has gone on.

use super::{CSAT, Feedback, is_csat};
use crate::limits::{FEEDBACK_ID_BYTES, TICKET_ID_BYTES};

/// The name of feedback that is a comment and nothing else, where it has none.
pub const COMMENT: &str = "comment";

/// Why feedback can't be sent. Names the field, never what it holds.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidFeedback {
    /// It is about no ticket.
    #[error("ticket_id is missing")]
    NoTicket,
    /// Cut, it would be another ticket's.
    #[error("ticket_id is longer than {TICKET_ID_BYTES} bytes")]
    TicketIdTooLong,
    /// Cut, it would be another feedback's.
    #[error("id is longer than {FEEDBACK_ID_BYTES} bytes")]
    IdTooLong,
    /// Infinite, or not a number.
    #[error("score is not a finite number")]
    ScoreNotFinite,
    /// A score of another scale would be read as one of this.
    #[error("score is not from 1 to 5, as {CSAT} is")]
    NoCsat,
    /// A word or a comment would hide the number that was given before.
    #[error(
        "score is missing: {CSAT} is a number from 1 to 5; give another name to a label or a comment"
    )]
    CsatWithoutScore,
    /// It has nothing to say.
    #[error("score is missing, and so are label and comment")]
    SaysNothing,
    /// What is evaluated is not said, and a score alone does not tell.
    #[error("name is missing: what is it that was evaluated?")]
    NoName,
}

impl Feedback {
    /// Feedback as it is sent: a comment alone needs no name, it is a [`COMMENT`].
    ///
    /// # Errors
    ///
    /// What is missing, or is not what it should be.
    pub fn checked(mut self) -> Result<Self, InvalidFeedback> {
        if self.ticket_id.trim().is_empty() {
            return Err(InvalidFeedback::NoTicket);
        }
        if self.ticket_id.len() > TICKET_ID_BYTES {
            return Err(InvalidFeedback::TicketIdTooLong);
        }
        if self.id.len() > FEEDBACK_ID_BYTES {
            return Err(InvalidFeedback::IdTooLong);
        }
        match self.score {
            Some(score) if !score.is_finite() => return Err(InvalidFeedback::ScoreNotFinite),
            Some(score) if self.name == CSAT && !is_csat(score) => {
                return Err(InvalidFeedback::NoCsat);
            }
            _ => {}
        }
        if !self.says_something() {
            return Err(InvalidFeedback::SaysNothing);
        }
        if self.name == CSAT && self.score.is_none() {
            return Err(InvalidFeedback::CsatWithoutScore);
        }
        if self.name.trim().is_empty() {
            if self.score.is_some() || self.label.is_some() {
                return Err(InvalidFeedback::NoName);
            }
            COMMENT.clone_into(&mut self.name);
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FeedbackSource;

    fn why(change: impl FnOnce(&mut Feedback)) -> Option<InvalidFeedback> {
        let mut feedback = Feedback::new("4711", CSAT, FeedbackSource::Human);
        feedback.score = Some(4.0);
        change(&mut feedback);
        feedback.checked().err()
    }

    #[test]
    fn what_cannot_be_sent_is_told_by_its_field() {
        assert_eq!(why(|_| {}), None);
        assert_eq!(why(|given| given.ticket_id = " ".into()), Some(InvalidFeedback::NoTicket));
        let long = "9".repeat(FEEDBACK_ID_BYTES + 1);
        let longer = long.clone();
        assert_eq!(why(|given| given.ticket_id = long), Some(InvalidFeedback::TicketIdTooLong));
        assert_eq!(why(|given| given.id = longer), Some(InvalidFeedback::IdTooLong));
        for (score, expected) in [
            (f64::NAN, InvalidFeedback::ScoreNotFinite),
            (f64::INFINITY, InvalidFeedback::ScoreNotFinite),
            (0.0, InvalidFeedback::NoCsat),
            (5.5, InvalidFeedback::NoCsat),
        ] {
            assert_eq!(why(|given| given.score = Some(score)), Some(expected), "{score}");
        }
        assert_eq!(why(|given| given.score = None), Some(InvalidFeedback::SaysNothing));
        let word = |given: &mut Feedback| (given.score, given.label) = (None, Some("good".into()));
        assert_eq!(why(word), Some(InvalidFeedback::CsatWithoutScore));
        assert_eq!(why(|given| given.name.clear()), Some(InvalidFeedback::NoName));
    }

    #[test]
    fn another_score_has_another_scale_and_an_average_is_a_csat() {
        assert_eq!(why(|given| given.score = Some(3.75)), None);
        let relevance =
            |given: &mut Feedback| (given.name, given.score) = ("nps".into(), Some(-40.0));
        assert_eq!(why(relevance), None);
    }

    #[test]
    fn a_comment_alone_needs_no_name() {
        let mut feedback = Feedback::new("4711", "", FeedbackSource::Human);
        feedback.comment = Some("Thank you".into());
        assert_eq!(feedback.checked().unwrap().name, COMMENT);
    }
}
