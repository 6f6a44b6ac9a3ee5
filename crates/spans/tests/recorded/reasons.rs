//! What really happened and can't be known from the spans, and why: the only exceptions there are,
//! beside names and texts that occur nowhere in a recording ([`crate::evidence`]).

use crate::scenario::Scenario;

/// One exception.
pub struct Reason {
    dialect: &'static str,
    scenario: &'static str,
    what: What,
    why: &'static str,
}

/// What is not asked for, or asked for otherwise.
enum What {
    /// These steps left no span. One that was inferred all the same is not held against it.
    NoSpan(&'static [u64]),
    /// These fields of these steps.
    Fields(&'static [u64], &'static [&'static str]),
    /// These fields of the run.
    Run(&'static [&'static str]),
    /// The most that can be known of a total; `None`: nothing. The truth is right too.
    Total(&'static str, Option<u64>),
}

const TOKENS: &[&str] = &["input tokens", "output tokens", "cached tokens"];
const CACHED: &[&str] = &["cached tokens"];

const KILLED: &str = "killed while the tool ran: a span that never ended is never exported";
const DROPPED: &str = "the resume after the approval was not exported at all; the one tool span is of \
                       the call that waited";
const ABANDONED: &str = "the reader left the second stream, so its span says neither usage nor end";
const NO_USAGE: &str = "streamed without `include_usage`: the model server sent no usage";
const SWITCHED_OFF: &str = "`trace_include_sensitive_data=False` takes the tokens with the content";
const TOOLS_ONLY: &str = "without the openai instrumentation no model call has a span, so nothing \
                          counts tokens or iterations";
const PROSE: &str = "the tool's failure was handled and is told in prose only; its span is fine";
const SILENT: &str =
    "the tool's failure was handled and its content not recorded; its span is fine";
const LEGACY: &str = "this instrumentation records no cached tokens";
const ELSEWHERE: &str = "the missing parent is another service's span: the run itself is whole";

const fn reason(
    dialect: &'static str,
    scenario: &'static str,
    what: What,
    why: &'static str,
) -> Reason {
    Reason { dialect, scenario, what, why }
}

const OI_AGENTS: &str = "openinference-openai-agents";
const OI_LC: &str = "openinference-langchain";
const OI_OPENAI: &str = "openinference-openai";
const OT_AGENTS: &str = "otel-genai-openai-agents";
const OT_LC: &str = "otel-genai-langchain";
const TL_AGENTS: &str = "openllmetry-openai-agents";
const TL_LC: &str = "openllmetry-langchain";

const REASONS: &[Reason] = &[
    reason(OI_LC, "root_missing", What::NoSpan(&[12, 13]), KILLED),
    reason(OI_LC, "root_missing", What::Total("tool calls", Some(2)), KILLED),
    reason(OT_LC, "root_missing", What::NoSpan(&[13]), KILLED),
    reason(OT_LC, "root_missing", What::Total("tool calls", Some(2)), KILLED),
    // The approval, the second model call, its iteration and the answer.
    reason(OI_AGENTS, "interrupt_resume", What::NoSpan(&[5, 6, 7]), DROPPED),
    reason(OI_AGENTS, "interrupt_resume", What::Fields(&[3], &["status", "result"]), DROPPED),
    reason(OI_AGENTS, "interrupt_resume", What::Run(&["status"]), DROPPED),
    reason(OI_AGENTS, "interrupt_resume", What::Total("input tokens", Some(560)), DROPPED),
    reason(OI_AGENTS, "interrupt_resume", What::Total("output tokens", Some(37)), DROPPED),
    reason(OI_AGENTS, "interrupt_resume", What::Total("llm calls", Some(1)), DROPPED),
    reason(OI_AGENTS, "interrupt_resume", What::Total("tool calls", Some(0)), DROPPED),
    reason(OT_LC, "streaming_abandoned", What::Fields(&[9], TOKENS), ABANDONED),
    reason(
        OT_LC,
        "streaming_abandoned",
        What::Fields(&[9], &["status", "response model"]),
        ABANDONED,
    ),
    reason(OT_LC, "streaming_abandoned", What::Total("input tokens", Some(388)), ABANDONED),
    reason(OT_LC, "streaming_abandoned", What::Total("output tokens", Some(21)), ABANDONED),
    reason(OI_OPENAI, "streaming_no_usage", What::Fields(&[2, 5, 8], TOKENS), NO_USAGE),
    reason(OI_OPENAI, "streaming_no_usage", What::Total("input tokens", None), NO_USAGE),
    reason(OI_OPENAI, "streaming_no_usage", What::Total("output tokens", None), NO_USAGE),
    reason(OI_AGENTS, "no_content_sdk_switch", What::Fields(&[2, 5, 8], TOKENS), SWITCHED_OFF),
    reason(OI_AGENTS, "no_content_sdk_switch", What::Total("input tokens", None), SWITCHED_OFF),
    reason(OI_AGENTS, "no_content_sdk_switch", What::Total("output tokens", None), SWITCHED_OFF),
    reason(TL_AGENTS, "no_content_sdk_switch", What::Fields(&[2, 5, 8], TOKENS), SWITCHED_OFF),
    reason(TL_AGENTS, "no_content_sdk_switch", What::Total("input tokens", None), SWITCHED_OFF),
    reason(TL_AGENTS, "no_content_sdk_switch", What::Total("output tokens", None), SWITCHED_OFF),
    reason(OT_AGENTS, "agents_package_alone", What::Fields(&[3], &["iteration"]), TOOLS_ONLY),
    reason(OT_AGENTS, "agents_package_alone", What::Total("input tokens", None), TOOLS_ONLY),
    reason(OT_AGENTS, "agents_package_alone", What::Total("output tokens", None), TOOLS_ONLY),
    reason(OT_LC, "tool_error_handled", What::Fields(&[5], &["status", "error"]), PROSE),
    reason(TL_LC, "content_in_events", What::Fields(&[10], &["status"]), PROSE),
    reason(TL_LC, "no_content", What::Fields(&[10], &["status"]), SILENT),
    reason("otel-openai-v2", "no_root", What::Fields(&[5, 8], CACHED), LEGACY),
    reason(OI_AGENTS, "chat_completions", What::Fields(&[6], CACHED), LEGACY),
    reason(OT_LC, "remote_parent", What::Run(&["partial"]), ELSEWHERE),
];

/// The most that can be known of a total.
pub enum Best {
    /// The truth.
    Whole,
    /// So much.
    Part(u64),
    /// Nothing.
    Unknown,
}

/// Why a step can't be there.
pub fn no_span(scenario: &Scenario, step: u64) -> Option<&'static str> {
    find(scenario, |what| matches!(what, What::NoSpan(steps) if steps.contains(&step)))
}

/// Why a step's field can't be known.
pub fn of_step(scenario: &Scenario, step: u64, field: &str) -> Option<&'static str> {
    find(scenario, |what| match what {
        What::Fields(steps, fields) => steps.contains(&step) && fields.contains(&field),
        _ => false,
    })
}

/// Why a run's field can't be known.
pub fn of_run(scenario: &Scenario, field: &str) -> Option<&'static str> {
    find(scenario, |what| matches!(what, What::Run(fields) if fields.contains(&field)))
}

/// The most that can be known of a total, and why no more.
pub fn of_total(scenario: &Scenario, total: &str) -> (Best, &'static str) {
    for reason in REASONS.iter().filter(|reason| reason.is_of(scenario)) {
        match reason.what {
            What::Total(name, Some(best)) if name == total => {
                return (Best::Part(best), reason.why);
            }
            What::Total(name, None) if name == total => return (Best::Unknown, reason.why),
            _ => {}
        }
    }
    (Best::Whole, "")
}

/// Every reason is of a recording, and of its steps: none outlives what it was for.
pub fn fit(scenarios: &[Scenario]) {
    for reason in REASONS {
        let scenario = scenarios.iter().find(|scenario| reason.is_of(scenario));
        let Some(scenario) = scenario else {
            panic!("no recording {}/{} for: {}", reason.dialect, reason.scenario, reason.why);
        };
        if let What::NoSpan(steps) | What::Fields(steps, _) = reason.what {
            for step in steps {
                let there = scenario.runs.iter().any(|run| run.step(*step).is_some());
                assert!(there, "{} has no step {step}: {}", scenario.title(), reason.why);
            }
        }
    }
}

fn find(scenario: &Scenario, fits: impl Fn(&What) -> bool) -> Option<&'static str> {
    let mut of = REASONS.iter().filter(|reason| reason.is_of(scenario));
    of.find(|reason| fits(&reason.what)).map(|reason| reason.why)
}

impl Reason {
    fn is_of(&self, scenario: &Scenario) -> bool {
        self.dialect == scenario.dialect && self.scenario == scenario.name
    }
}
