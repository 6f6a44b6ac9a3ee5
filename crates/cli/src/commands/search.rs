//! `ticketlens tickets search`: what was said in tickets.

use clap::Args;
use ticketlens_api::{SearchHit, SearchTicketsRequest, TicketFilter, json};
use ticketlens_show::found;

use super::filter::{FilterArgs, filter_of};
use crate::{
    api::{Tickets, refused},
    exit::{Exit, Result},
    flags::with_cursor,
    target::{self, Purpose, Target, TargetArgs},
    terminal::{note, print, print_document, spinner},
};

/// Tickets a page: the most the receiver gives.
const PAGE: u32 = 50;

/// What to search for.
#[derive(Args, Debug)]
#[command(after_help = "\
A ticket is found that says all words, each as a whole word, in what was asked, thought, called,
answered or went wrong. Text in quotes is exact, and may begin and end within a word. Upper and lower
case are the same. What the gate removed is not there to be found.

Examples:
  ticketlens tickets search refund refused
  ticketlens tickets search \"order 4711\" --since 30d
  ticketlens tickets search timeout --workflow refund-agent --status FAILED
  ticketlens tickets search refund --tenant acme --json | jq '.snippets[].text'")]
pub struct SearchArgs {
    /// Words, all of which must be said; several words in quotes are exact text. At most 8, and 256
    /// bytes.
    #[arg(required = true, value_name = "WORDS")]
    words: Vec<String>,
    /// Which tickets: by default those of the last 7 days. An admin key names the tenant.
    #[command(flatten)]
    filter: FilterArgs,
    /// Show at most this many tickets.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
    /// Continue after a page that ended with this cursor.
    #[arg(long)]
    cursor: Option<String>,
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
    /// Which receiver.
    #[command(flatten)]
    target: TargetArgs,
}

/// Does it.
pub async fn run(args: SearchArgs) -> Result<Exit> {
    let SearchArgs { words, filter, limit, cursor, json, target } = args;
    let filter = filter_of(filter)?;
    let mut tickets = searched(&target, &filter.tenant).await?;
    let mut request = SearchTicketsRequest {
        query: query_of(&words),
        page_token: cursor.unwrap_or_default(),
        filter: Some(filter),
        page_size: 0,
    };
    let bar = spinner();
    bar.set_message("searching");
    let hits = all(&mut tickets, &mut request, limit).await;
    bar.finish_and_clear();
    let hits = hits?;
    if json {
        for hit in hits {
            print_document(&json::SearchHit::from(hit))?;
        }
    } else if hits.is_empty() {
        print(&format!("No ticket says it{}.\n", within(request.filter.as_ref())))?;
    } else {
        print(&found(&hits))?;
    }
    if !request.page_token.is_empty() {
        note(&format!("there are more; the next page:\n  {}", with_cursor(&request.page_token)));
    }
    Ok(Exit::Done)
}

/// Whose tickets are searched: without a name the sender's own in a `dev`, where the usual key sees
/// several tenants.
async fn searched(target: &TargetArgs, tenant: &str) -> Result<Tickets> {
    let tickets = target::tickets(target, tenant).await?;
    if !tenant.is_empty() {
        return Ok(tickets);
    }
    let own = Target::find(target, Purpose::Admin)?.tickets_of_sender().await;
    Ok(own.unwrap_or(tickets))
}

/// Hits until there are enough, page by page; the request then has the token of the next.
async fn all(
    tickets: &mut Tickets,
    request: &mut SearchTicketsRequest,
    limit: u32,
) -> Result<Vec<SearchHit>> {
    let mut hits = Vec::new();
    loop {
        let left = limit - u32::try_from(hits.len()).unwrap_or(limit).min(limit);
        request.page_size = left.min(PAGE);
        let page = tickets.search_tickets(request.clone()).await;
        let page = page.map_err(|status| {
            let failure = refused(&status);
            match status.message().starts_with("tenant: ") {
                true => {
                    failure.next("name one: --tenant NAME; `ticketlens tenant list` shows them")
                }
                false => failure,
            }
        })?;
        let page = page.into_inner();
        hits.extend(page.hits);
        // Every page reaches as far back as the first.
        if let (Some(filter), Some(since)) = (&mut request.filter, page.since) {
            filter.since.get_or_insert(since);
        }
        request.page_token = page.next_page_token;
        if hits.len() >= limit as usize || request.page_token.is_empty() {
            return Ok(hits);
        }
    }
}

/// An argument of several words is exact text: the shell has taken its quotes.
fn query_of(words: &[String]) -> String {
    let quoted = |word: &String| match word.contains(char::is_whitespace) && !word.contains('"') {
        true => format!("\"{word}\""),
        false => word.clone(),
    };
    words.iter().map(quoted).collect::<Vec<_>>().join(" ")
}

fn within(filter: Option<&TicketFilter>) -> String {
    let since = filter.and_then(|filter| filter.since.as_ref());
    since.map(|since| format!(" since {}", ticketlens_show::time(Some(since)))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_shell_took_the_quotes_of_is_exact() {
        let query = |words: &[&str]| {
            query_of(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(query(&["refund", "order 4711"]), "refund \"order 4711\"");
        assert_eq!(query(&["refund \"order 4711\""]), "refund \"order 4711\"");
    }
}
