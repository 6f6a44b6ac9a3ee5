//! Who is paid for a call: the provider that is named; otherwise whoever the model's name tells.

use std::borrow::Cow;

use crate::{name::Name, provider};

/// Whose prices count.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Seller<'a> {
    /// By this list's name.
    Named(Cow<'a, str>),
    /// Each model's maker; with `closed`, only if nobody else runs such models.
    Maker {
        /// Whether somebody is named who is not known here.
        closed: bool,
    },
    /// Nobody who is on a list.
    Nobody,
}

impl<'a> Seller<'a> {
    /// From the provider's name and the models' (the one asked for first: gateways answer with bare
    /// names). `is_listed` says whether a list names a provider so.
    pub(crate) fn new(
        provider: &'a str,
        models: [Option<&'a Name<'_>>; 2],
        is_listed: impl Fn(&str) -> bool,
    ) -> Self {
        let name = lower(provider);
        if provider::passes_on(&name) {
            return Self::guess(models, false, is_listed);
        }
        if is_listed(&name) {
            return Self::Named(name);
        }
        if let Some(ours) = provider::provider_of(&name) {
            return Self::Named(Cow::Borrowed(ours));
        }
        if provider::sells_nothing(&name) {
            return Self::Nobody;
        }
        Self::guess(models, true, is_listed)
    }

    fn guess(
        models: [Option<&'a Name<'_>>; 2],
        closed: bool,
        is_listed: impl Fn(&str) -> bool,
    ) -> Self {
        for first in models.into_iter().flatten().filter_map(Name::first_part) {
            if provider::sells_nothing(first) {
                return Self::Nobody;
            }
            let ours = provider::named(first).or_else(|| is_listed(first).then_some(first));
            if let Some(ours) = ours.filter(|ours| !(closed && provider::is_open(ours))) {
                return Self::Named(Cow::Borrowed(ours));
            }
        }
        Self::Maker { closed }
    }

    /// Who sold this model, by this list's name.
    pub(crate) fn of(&self, model: &Name<'_>) -> Option<&str> {
        match self {
            Self::Named(name) => Some(name),
            Self::Maker { closed } => provider::maker_of(model.whole(), *closed)
                .or_else(|| provider::maker_of(model.last(), *closed)),
            Self::Nobody => None,
        }
    }
}

fn lower(provider: &str) -> Cow<'_, str> {
    let provider = provider.trim();
    if provider.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Cow::Owned(provider.to_ascii_lowercase());
    }
    Cow::Borrowed(provider)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seller(provider: &str, model: &str) -> String {
        let name = Name::new(model).unwrap();
        let seller = Seller::new(provider, [Some(&name), None], |name| name == "our-gpus");
        seller.of(&name).unwrap_or("nobody").to_owned()
    }

    #[test]
    fn a_named_provider_is_paid_whatever_the_model() {
        assert_eq!(seller("openai", "claude-sonnet-4-5"), "openai");
        assert_eq!(seller("AWS.Bedrock", "claude-sonnet-4-5"), "aws");
        assert_eq!(seller("Our-GPUs", "llama"), "our-gpus");
        assert_eq!(seller("ollama", "deepseek-r1"), "nobody");
    }

    #[test]
    fn without_one_the_models_name_tells() {
        for (model, whose) in [
            ("azure/gpt-4o", "azure"),
            ("anthropic:claude-sonnet-4-5", "anthropic"),
            ("claude-sonnet-4-5", "anthropic"),
            ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "aws"),
            ("arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-x", "aws"),
            ("anthropic.claude-v2:1", "aws"),
            ("mistral.mistral-7b-instruct-v0:2", "aws"),
            ("models/gemini-2.5-pro", "google"),
            ("accounts/fireworks/models/deepseek-v3p2", "fireworks"),
            ("our-gpus/llama", "our-gpus"),
            ("deepseek-chat", "deepseek"),
            ("ollama/deepseek-r1", "nobody"),
            ("my-deployment", "nobody"),
        ] {
            assert_eq!(seller("", model), whose, "{model}");
            assert_eq!(seller("litellm", model), whose, "{model}");
        }
    }

    #[test]
    fn an_unknown_one_is_no_maker_of_open_weights() {
        assert_eq!(seller("some-cloud", "claude-sonnet-4-5"), "anthropic");
        assert_eq!(seller("some-cloud", "deepseek-chat"), "nobody");
        assert_eq!(seller("some-cloud", "mistralai/mixtral-8x7b"), "nobody");
    }
}
