//! How an execution ended. Statuses lie: a failed run may be OK on top, a handled error is none, an
//! approval that is waited for may be an error. What happened last decides.

use ticketlens_ticket::{Status, StepError};

use crate::{
    calls::Calls,
    seen::{Role, Went},
    tree::{Node, Tree},
};

/// How it ended, and what went wrong if it failed.
pub(crate) struct Outcome {
    pub(crate) status: Status,
    pub(crate) error: Option<StepError>,
}

impl Outcome {
    pub(crate) fn of(tree: &Tree, calls: &Calls) -> Self {
        let is_partial = tree.missing_parents > 0;
        let last = |role: Role| tree.of_role(role).max_by_key(|(_, node)| node.span.end);
        let last_model = last(Role::Model).map(|(_, node)| node);
        // An agent within a tool fails its tool, which may be handled.
        let of_run = |node: &&Node| {
            node.seen.role.is_run()
                && node.step.is_none_or(|step| tree.nodes[step].seen.role != Role::Tool)
        };
        let mut runs: Vec<_> = tree.nodes.iter().filter(of_run).collect();
        runs.sort_by_key(|node| node.span.end);
        let answered_after = |end: u64| {
            last_model
                .is_some_and(|model| model.span.end > end && matches!(model.seen.went, Went::Well))
        };
        if let Some(run) = runs.iter().rev().find(|run| !matches!(run.seen.went, Went::Well))
            && !answered_after(run.span.end)
        {
            match &run.seen.went {
                Went::Failed(error) => return Self::failed(deepest(tree, error)),
                Went::Cancelled(_) => return Self::new(Status::Cancelled),
                Went::Interrupted => return Self::new(Status::Escalated),
                Went::Well => {}
            }
        }
        let last_step = tree
            .steps()
            .filter(|(_, node)| {
                // A node that was stopped for a person is the last that happened, too.
                matches!(node.seen.role, Role::Model | Role::Tool)
                    || matches!(node.seen.went, Went::Interrupted)
            })
            .max_by_key(|(_, node)| node.span.end);
        match last_step.map(|(_, node)| &node.seen.went) {
            Some(Went::Failed(error)) => return Self::failed(error.clone()),
            Some(Went::Cancelled(_)) => return Self::new(Status::Cancelled),
            Some(Went::Interrupted) => return Self::new(Status::Escalated),
            _ => {}
        }
        // A guardrail fails its turn, or its node, and nothing below.
        let around =
            tree.steps().filter(|(_, node)| matches!(node.seen.role, Role::Turn | Role::Node));
        let failed = around.filter(|(_, node)| node.seen.went.is_failed());
        if let Some((_, node)) = failed.max_by_key(|(_, node)| node.span.end)
            && !answered_after(node.span.end)
            && let Went::Failed(error) = &node.seen.went
        {
            return Self::failed(error.clone());
        }
        // The last thing a model said was a call that nobody answered.
        let is_open = last_model.is_some_and(|model| model.seen.said_text().is_none())
            && calls.all.iter().any(|called| {
                let is_last = last_model
                    .is_some_and(|model| std::ptr::eq(model, &raw const tree.nodes[called.model]));
                let is_carried_out = called.done.is_some_and(|done| has_answer(&tree.nodes[done]));
                is_last && !called.is_handoff && called.result.is_none() && !is_carried_out
            });
        match (is_open, is_partial) {
            (true, true) => Self::new(Status::Cancelled),
            (true, false) if !runs.iter().any(|run| has_answered(run)) => {
                Self::new(Status::Escalated)
            }
            _ => Self::new(Status::Success),
        }
    }

    fn new(status: Status) -> Self {
        Self { status, error: None }
    }

    fn failed(error: StepError) -> Self {
        Self { status: Status::Failed, error: Some(error) }
    }
}

fn has_answered(run: &Node) -> bool {
    run.seen.answer().is_some() || run.seen.output.is_some()
}

fn has_answer(node: &Node) -> bool {
    node.seen.output.is_some() || node.seen.went.is_failed()
}

/// The error where it arose says more than what became of it on the way up: a class, a stack.
fn deepest(tree: &Tree, error: &StepError) -> StepError {
    let failed = tree.steps().filter_map(|(_, node)| match &node.seen.went {
        Went::Failed(error) if matches!(node.seen.role, Role::Model | Role::Tool) => {
            Some((node.span.end, error))
        }
        _ => None,
    });
    let Some((_, cause)) = failed.max_by_key(|(end, _)| *end) else { return error.clone() };
    let said = |error: &StepError| error.message.clone().unwrap_or_default();
    let is_same = said(error).is_empty() || said(error).contains(&said(cause));
    if !is_same {
        return error.clone();
    }
    StepError {
        kind: error.kind.clone().or_else(|| cause.kind.clone()),
        message: cause.message.clone().or_else(|| error.message.clone()),
        stack: cause.stack.clone().or_else(|| error.stack.clone()),
        ..StepError::default()
    }
}
