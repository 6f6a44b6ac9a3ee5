//! What was done, as a table or as JSON.

use serde_json::{Value, json};
use ticketlens_grafana::{Org, Step};
use ticketlens_show::listing::{Column, Listing};
use ticketlens_store::{Change, Reader};

use crate::{
    exit::Result,
    terminal::{print_json, print_listing},
};

/// What people call a reader.
pub fn whose(reader: &Reader) -> &str {
    reader.tenant().map_or("(provider)", |tenant| tenant.as_str())
}

/// A change, in a word.
pub fn word(change: Change) -> &'static str {
    match change {
        Change::Unchanged => "unchanged",
        Change::Updated => "updated",
        Change::Made => "made",
        Change::Removed => "removed",
    }
}

/// What became of one reader's place.
pub struct Done {
    /// Whose.
    pub reader: Reader,
    /// Its organisation.
    pub org: Option<Org>,
    /// Everything that was looked at.
    pub steps: Vec<Step>,
    /// Whether ClickHouse answers Grafana, and in which words, where it was asked.
    pub health: Option<(bool, String)>,
}

impl Done {
    /// How many steps changed something.
    pub fn changes(&self) -> usize {
        self.steps.iter().filter(|step| step.change != Change::Unchanged).count()
    }

    fn json(&self) -> Value {
        let steps = self.steps.iter().map(|s| json!({ "what": s.what, "change": word(s.change) }));
        json!({
            "tenant": self.reader.tenant().map(|tenant| tenant.as_str()),
            "reader": self.reader.name(),
            "organisation": self.org.as_ref().map(|org| json!({ "id": org.id, "name": org.name })),
            "changed": self.changes() > 0,
            "steps": steps.collect::<Vec<_>>(),
            "health": self.health.as_ref().map(|(ok, says)| json!({ "ok": ok, "says": says })),
        })
    }
}

/// Prints it.
pub fn print_done(done: &Done, as_json: bool) -> Result<()> {
    if as_json {
        return print_json(&done.json().to_string());
    }
    let tenant = whose(&done.reader);
    let org = done.org.as_ref().map(|org| org.id.to_string()).unwrap_or_default();
    let mut listing = Listing::new(["tenant", "organisation", "what", "is"].map(Column::new));
    let mut row = |what: &str, is: &str| {
        listing.row([tenant.into(), (&org).into(), what.into(), is.into()]);
    };
    for step in &done.steps {
        row(&step.what, word(step.change));
    }
    if let Some((ok, says)) = &done.health {
        row("health", if *ok { "ClickHouse answers" } else { says });
    }
    // What was done is told whole.
    print_listing(&listing, true)
}

/// What there is of one reader.
pub struct Found {
    /// Whose.
    pub reader: Reader,
    /// Whether it is a tenant that is there, or the provider.
    pub is_known: bool,
    /// Whether it can log in to ClickHouse.
    pub login: bool,
    /// Its organisation, or why it is none of ours.
    pub org: std::result::Result<Option<Org>, String>,
    /// Whether the data source has a password.
    pub has_password: bool,
    /// Whether ClickHouse answers Grafana.
    pub health: Option<(bool, String)>,
}

impl Found {
    fn json(&self) -> Value {
        json!({
            "tenant": self.reader.tenant().map(|tenant| tenant.as_str()),
            "is_known": self.is_known,
            "reader": self.reader.name(),
            "login": self.login,
            "organisation": self.org.as_ref().ok().and_then(Option::as_ref)
                .map(|org| json!({ "id": org.id, "name": org.name })),
            "problem": self.org.as_ref().err(),
            "data_source": self.has_password,
            "health": self.health.as_ref().map(|(ok, says)| json!({ "ok": ok, "says": says })),
        })
    }
}

/// Prints it.
pub fn print_found(found: &[Found], as_json: bool, wide: bool) -> Result<()> {
    if as_json {
        return found.iter().try_for_each(|one| print_json(&one.json().to_string()));
    }
    let yes = |is: bool| if is { "yes" } else { "no" };
    let mut listing = Listing::new([
        Column::new("tenant").keep(),
        Column::new("clickhouse login").keep().may_drop(1),
        Column::new("organisation"),
        Column::new("data source").keep().may_drop(2),
        Column::new("health"),
    ]);
    for one in found {
        let name = match one.is_known {
            true => whose(&one.reader).to_owned(),
            false => format!("{} (removed)", whose(&one.reader)),
        };
        let org = match &one.org {
            Ok(Some(org)) => format!("{} ({})", org.name, org.id),
            Ok(None) => "none".to_owned(),
            Err(problem) => problem.clone(),
        };
        let health = match &one.health {
            None => String::new(),
            Some((true, _)) => "ClickHouse answers".to_owned(),
            Some((false, says)) => says.clone(),
        };
        listing.row([
            name.into(),
            yes(one.login).into(),
            org.into(),
            yes(one.has_password).into(),
            health.into(),
        ]);
    }
    print_listing(&listing, wide)
}
