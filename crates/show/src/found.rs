//! What a search found: the tickets, and under each the pieces of its text in which it was said.

use ticketlens_api::{SearchHit, Snippet, TicketSummary};

use crate::{
    paint::{BOLD, DIM, YELLOW, of_status, paint},
    quantity::time,
    safe,
};

/// Tickets with their snippets, a blank line between them.
pub fn found(hits: &[SearchHit]) -> String {
    let several_tenants = hits.windows(2).any(|two| tenant(&two[0]) != tenant(&two[1]));
    let shown = hits.iter().map(|hit| {
        let mut out = String::new();
        if let Some(ticket) = &hit.ticket {
            out.push_str(&head(ticket, several_tenants));
        }
        for snippet in &hit.snippets {
            let place = paint(DIM, place(snippet));
            out.push_str(&format!("  {place}  {}\n", text(snippet)));
        }
        out
    });
    shown.collect::<Vec<_>>().join("\n")
}

fn tenant(hit: &SearchHit) -> Option<&str> {
    hit.ticket.as_ref().map(|ticket| ticket.tenant.as_str())
}

fn head(ticket: &TicketSummary, with_tenant: bool) -> String {
    let at = time(ticket.executed_at.as_ref());
    let status = paint(of_status(&ticket.status), safe::line(&ticket.status));
    let id = paint(BOLD, safe::line(&ticket.ticket_id));
    let mut parts = vec![id, status, at.trim_end_matches(" UTC").to_owned()];
    if with_tenant {
        parts.push(safe::line(&ticket.tenant).into_owned());
    }
    let rest = [&ticket.category, &ticket.workflow, &ticket.error_type];
    parts.extend(
        rest.into_iter().filter(|text| !text.is_empty()).map(|t| safe::line(t).into_owned()),
    );
    format!("{}\n", parts.join("  "))
}

/// `tool track · output`, or the field alone outside of the steps.
fn place(snippet: &Snippet) -> String {
    let field = safe::line(&snippet.field);
    let Some(step) = &snippet.step else { return field.into_owned() };
    let names = [&step.kind, &step.name].map(|name| safe::line(name).into_owned());
    let names: Vec<_> = names.into_iter().filter(|name| !name.is_empty()).collect();
    match names.is_empty() {
        true => format!("{} · {field}", safe::line(&step.id)),
        false => format!("{} · {field}", names.join(" ")),
    }
}

/// The text with what was found in it painted.
fn text(snippet: &Snippet) -> String {
    let mut out = String::from(if snippet.cut_before { "…" } else { "" });
    let mut from = 0;
    for mark in &snippet.marks {
        let (start, end) = (mark.start as usize, mark.end as usize);
        let (Some(before), Some(said)) =
            (snippet.text.get(from..start), snippet.text.get(start..end))
        else {
            break;
        };
        out.push_str(&safe::line(before));
        out.push_str(&paint(YELLOW.bold(), safe::line(said)));
        from = end;
    }
    out.push_str(&safe::line(snippet.text.get(from..).unwrap_or_default()));
    if snippet.cut_after {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use ticketlens_api::{Mark, Step};

    use super::*;

    fn hit() -> SearchHit {
        let ticket = TicketSummary {
            tenant: "acme".into(),
            ticket_id: "4711".into(),
            status: "FAILED".into(),
            workflow: "refunds".into(),
            executed_at: Some(prost_types::Timestamp { seconds: 1_800_000_000, nanos: 0 }),
            ..TicketSummary::default()
        };
        let step = Step { kind: "tool".into(), name: "pay".into(), ..Step::default() };
        let text = "no Geld, no \u{1b}[31mrefund".to_owned();
        let marks = vec![Mark { start: 3, end: 7 }];
        let first = Snippet {
            text,
            marks,
            field: "error".into(),
            step: Some(step),
            cut_before: true,
            ..Snippet::default()
        };
        // Offsets of another server's mistake.
        let odd = Snippet {
            text: "ä".into(),
            marks: vec![Mark { start: 1, end: 9 }],
            field: "output".into(),
            cut_after: true,
            ..Snippet::default()
        };
        SearchHit { ticket: Some(ticket), snippets: vec![first, odd] }
    }

    #[test]
    fn a_hit_says_where_and_can_not_act_on_a_terminal() {
        let shown = found(&[hit()]);
        assert!(shown.contains(&paint(YELLOW.bold(), "Geld")), "{shown:?}");
        let plain = anstream::adapter::strip_str(&shown).to_string();
        assert!(!shown.contains("\u{1b}[31mrefund"), "{shown:?}");
        assert!(plain.starts_with("4711  FAILED  2027-01-15 08:00:00"), "{plain}");
        assert!(plain.contains("  refunds\n  tool pay · error  …no Geld, no "), "{plain}");
        assert!(plain.ends_with("  output  ä…\n"), "{plain}");
    }
}
