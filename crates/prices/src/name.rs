//! A model's name as senders write it, and what of it the list may know: the whole of it, and what
//! is left behind each `/` or a provider's `:`.

use std::borrow::Cow;

use crate::provider;

/// The longest name that is looked up; a longer one is of no model.
const MOST_BYTES: usize = 512;
/// The most parts of a path that are left away.
const MOST_PARTS: usize = 8;

/// A name in lower case, as long as names are.
pub(crate) struct Name<'a>(Cow<'a, str>);

impl<'a> Name<'a> {
    /// `None` for no name.
    pub(crate) fn new(model: &'a str) -> Option<Self> {
        let model = model.trim();
        if model.is_empty() || model.len() > MOST_BYTES {
            return None;
        }
        if model.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Some(Self(Cow::Owned(model.to_ascii_lowercase())));
        }
        Some(Self(Cow::Borrowed(model)))
    }

    /// The whole of it.
    pub(crate) fn whole(&self) -> &str {
        &self.0
    }

    /// What it begins with, as in `azure/gpt-4o` or `openai:gpt-4o`: perhaps a provider.
    pub(crate) fn first_part(&self) -> Option<&str> {
        split(self.whole()).map(|(first, _)| first)
    }

    /// What is left without its path.
    pub(crate) fn last(&self) -> &str {
        self.whole().rsplit('/').next().unwrap_or_default()
    }

    /// What `provider` may call the model: the whole, then less and less. A part that names a
    /// provider unrelated to this one stays: OpenAI does not sell `groq/…`.
    pub(crate) fn candidates<'n>(&'n self, provider: &'n str) -> impl Iterator<Item = &'n str> {
        let mut rest = Some(self.whole());
        let next = move || {
            let candidate = rest?;
            rest = split(candidate).and_then(|(part, behind)| {
                let other = provider::named(part);
                let ours = other.is_none_or(|other| {
                    provider == provider::ANY || provider::are_related(provider, other)
                });
                ours.then_some(behind)
            });
            Some(candidate)
        };
        std::iter::from_fn(next).take(MOST_PARTS)
    }
}

/// The first part of a path and the rest; or a provider before a `:`, and the rest.
fn split(name: &str) -> Option<(&str, &str)> {
    if let Some((part, rest)) = name.split_once('/') {
        return (!rest.is_empty()).then_some((part, rest));
    }
    let (part, rest) = name.split_once(':')?;
    (!rest.is_empty() && provider::named(part).is_some()).then_some((part, rest))
}

/// Whether this is a date as models' names end with: `-20241022`, `@20250929`, `-2024-08-06`.
pub(crate) fn is_date(suffix: &str) -> bool {
    let Some(date) = suffix.strip_prefix(['-', '@']) else { return false };
    let date = date.as_bytes();
    let digits = |range: std::ops::Range<usize>| date[range].iter().all(u8::is_ascii_digit);
    let (month, day) = match date.len() {
        8 if digits(0..8) => (&date[4..6], &date[6..8]),
        10 if date[4] == b'-'
            && date[7] == b'-'
            && digits(0..4)
            && digits(5..7)
            && digits(8..10) =>
        {
            (&date[5..7], &date[8..10])
        }
        _ => return false,
    };
    date.starts_with(b"20")
        && (b"01".as_slice()..=b"12").contains(&month)
        && (b"01".as_slice()..=b"31").contains(&day)
}

/// `gpt-5.2-20251211` as `gpt-5.2-2025-12-11`: gateways write the one, OpenAI the other.
pub(crate) fn dashed(name: &str) -> Option<String> {
    let start = name.len().checked_sub("-20251211".len())?;
    let (model, date) = name.split_at_checked(start)?;
    if !date.starts_with('-') || !is_date(date) {
        return None;
    }
    Some(format!("{model}{}-{}-{}", &date[..5], &date[5..7], &date[7..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidates(model: &str, provider: &str) -> Vec<String> {
        let name = Name::new(model).unwrap();
        name.candidates(provider).map(str::to_owned).collect()
    }

    #[test]
    fn a_path_is_left_away_part_by_part() {
        assert_eq!(
            candidates("Models/Gemini-2.5-pro", "google"),
            ["models/gemini-2.5-pro", "gemini-2.5-pro"]
        );
        assert_eq!(
            candidates("azure/eu/gpt-4o", "azure"),
            ["azure/eu/gpt-4o", "eu/gpt-4o", "gpt-4o"]
        );
        assert_eq!(candidates("openai:gpt-4o", "openai"), ["openai:gpt-4o", "gpt-4o"]);
        assert_eq!(candidates("meta.llama-v1:0", "meta"), ["meta.llama-v1:0"]);
    }

    #[test]
    fn what_names_another_provider_stays() {
        assert_eq!(candidates("groq/gpt-4o", "openai"), ["groq/gpt-4o"]);
        // Azure sells OpenAI's models, and who calls Azure by OpenAI's library is paid there.
        assert_eq!(candidates("azure/gpt-4o", "openai"), ["azure/gpt-4o", "gpt-4o"]);
        assert_eq!(candidates("openai/gpt-4o", "azure"), ["openai/gpt-4o", "gpt-4o"]);
    }

    #[test]
    fn dates_are_days_of_this_century() {
        for date in ["-20241022", "@20250929", "-2024-08-06"] {
            assert!(is_date(date), "{date}");
        }
        for other in
            ["", "-2024", "-20241322", "-20241032", "-19991231", "20241022", "-2024-8-06", "-0613"]
        {
            assert!(!is_date(other), "{other}");
        }
        assert_eq!(dashed("gpt-5.2-20251211").as_deref(), Some("gpt-5.2-2025-12-11"));
        assert_eq!(dashed("gpt-5.2"), None);
        assert_eq!(dashed("ü20251211"), None);
    }

    #[test]
    fn no_name_and_a_book_are_no_names() {
        assert!(Name::new("  ").is_none());
        assert!(Name::new(&"x".repeat(513)).is_none());
    }
}
