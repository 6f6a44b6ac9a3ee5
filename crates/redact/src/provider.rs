//! Keys and tokens of providers, by the form each documents: a prefix, an alphabet, a length.
//! Forms that ordinary words could meet must also look random.

use crate::{
    detector::Detector,
    look::{Outcome, before, byte, is_alnum, run_of},
};

/// One documented form.
pub(crate) struct Form {
    pub(crate) detector: Detector,
    pub(crate) prefix: &'static str,
    /// Which three bytes of the prefix are looked for: the rarest ones.
    pub(crate) trigger: usize,
    /// Characters before the prefix that belong to the token, and their alphabet.
    lead: (usize, Alphabet),
    alphabet: Alphabet,
    least: usize,
    most: usize,
    random: bool,
}

#[derive(Clone, Copy)]
enum Alphabet {
    Digits,
    Hex,
    Upper,
    Alnum,
    /// `[A-Za-z0-9_]`
    Word,
    /// `[A-Za-z0-9_-]`
    Url,
    /// Word characters, `.`, `-`, `=`, `~`, `$`: what tokens in several parts are made of.
    Parts,
    /// `[A-Za-z0-9+/=]`
    Base64,
}

impl Alphabet {
    fn has(self, b: u8) -> bool {
        match self {
            Self::Digits => b.is_ascii_digit(),
            Self::Hex => b.is_ascii_hexdigit(),
            Self::Upper => b.is_ascii_uppercase() || b.is_ascii_digit(),
            Self::Alnum => is_alnum(b),
            Self::Word => is_alnum(b) || b == b'_',
            Self::Url => is_alnum(b) || matches!(b, b'_' | b'-'),
            Self::Parts => is_alnum(b) || b"_-.=~$%+/".contains(&b),
            Self::Base64 => is_alnum(b) || matches!(b, b'+' | b'/' | b'='),
        }
    }
}

const fn form(
    detector: Detector,
    prefix: &'static str,
    alphabet: Alphabet,
    least: usize,
    most: usize,
) -> Form {
    Form {
        detector,
        prefix,
        trigger: 0,
        lead: (0, Alphabet::Alnum),
        alphabet,
        least,
        most,
        random: false,
    }
}

impl Form {
    const fn random(self) -> Self {
        Self { random: true, ..self }
    }

    const fn trigger(self, trigger: usize) -> Self {
        Self { trigger, ..self }
    }

    const fn lead(self, length: usize, alphabet: Alphabet) -> Self {
        Self { lead: (length, alphabet), ..self }
    }

    /// Looks for the form at `at`, where its trigger stands.
    pub(crate) fn look(&self, bytes: &[u8], at: usize) -> Outcome {
        let found = || {
            let start = at.checked_sub(self.trigger)?;
            let rest = bytes.get(start..)?;
            if !rest.starts_with(self.prefix.as_bytes()) {
                return None;
            }
            let (length, alphabet) = self.lead;
            let (start, body) = (start.checked_sub(length)?, start + self.prefix.len());
            let lead = &bytes[start..start + length];
            if is_alnum(before(bytes, start)) || !lead.iter().all(|b| alphabet.has(*b)) {
                return None;
            }
            let end = self.body_end(bytes, body)?;
            (!self.random || looks_random(&bytes[body..end])).then_some((start, end))
        };
        match found() {
            Some((start, end)) => Outcome::mark(start, end, self.detector),
            None => Outcome::Nothing,
        }
    }

    /// Where the body ends, if its length fits.
    fn body_end(&self, bytes: &[u8], body: usize) -> Option<usize> {
        let mut end = run_of(bytes, body, self.most + 1, |b| self.alphabet.has(b));
        // A sentence's full stop is not the token's.
        while end > body && matches!(byte(bytes, end - 1), b'.' | b'-' | b'~' | b'$' | b'%' | b'/')
        {
            end -= 1;
        }
        let goes_on = is_alnum(byte(bytes, end));
        let fits = (self.least..=self.most).contains(&(end - body));
        (fits && !goes_on).then_some(end)
    }
}

/// Letters and digits in a mixture that words don't have.
pub(crate) fn looks_random(body: &[u8]) -> bool {
    let mut seen = [false; 256];
    for b in body {
        seen[usize::from(*b)] = true;
    }
    let distinct = seen.iter().filter(|seen| **seen).count();
    let digits = body.iter().any(u8::is_ascii_digit);
    let letters = body.iter().any(u8::is_ascii_alphabetic);
    digits && letters && distinct >= 10.min(body.len() / 2)
}

use Alphabet::{Alnum, Base64, Digits, Hex, Parts, Upper, Url, Word};
use Detector as D;

/// Every form. Sources: the providers' documentation of their keys, and their entries in the
/// registries that secret scanners keep.
pub(crate) const FORMS: &[Form] = &[
    // Clouds.
    form(D::AwsKey, "AKIA", Upper, 16, 16),
    form(D::AwsKey, "ASIA", Upper, 16, 16),
    form(D::AwsKey, "ABIA", Upper, 16, 16),
    form(D::AwsKey, "ACCA", Upper, 16, 16),
    form(D::AwsKey, "A3T", Upper, 17, 17),
    form(D::AwsKey, "ABSK", Base64, 109, 269),
    form(D::GcpKey, "AIza", Url, 35, 35),
    form(D::GcpKey, "GOCSPX-", Url, 28, 28),
    form(D::GcpKey, "ya29.", Parts, 20, 1024),
    form(D::AzureKey, "7Q~", Parts, 31, 34).lead(3, Parts),
    form(D::AzureKey, "8Q~", Parts, 31, 34).lead(3, Parts),
    form(D::AlibabaKey, "LTAI", Alnum, 16, 24),
    form(D::DigitalOceanToken, "dop_v1_", Hex, 64, 64),
    form(D::DigitalOceanToken, "doo_v1_", Hex, 64, 64),
    form(D::DigitalOceanToken, "dor_v1_", Hex, 64, 64),
    form(D::CloudflareKey, "v1.0-", Url, 171, 171),
    form(D::HerokuKey, "HRKU-", Url, 36, 65),
    form(D::FlyToken, "fo1_", Url, 43, 43),
    form(D::FlyToken, "fm1a_", Base64, 100, 2048),
    form(D::FlyToken, "fm1r_", Base64, 100, 2048),
    form(D::FlyToken, "fm2_", Base64, 100, 2048),
    // Source hosting and what builds from it.
    form(D::GithubToken, "ghp_", Alnum, 36, 251),
    form(D::GithubToken, "gho_", Alnum, 36, 251),
    form(D::GithubToken, "ghu_", Alnum, 36, 251),
    form(D::GithubToken, "ghs_", Alnum, 36, 251),
    form(D::GithubToken, "ghr_", Alnum, 36, 251),
    form(D::GithubToken, "github_pat_", Word, 36, 255),
    form(D::GitlabToken, "glpat-", Parts, 20, 300),
    form(D::GitlabToken, "gldt-", Parts, 20, 300),
    form(D::GitlabToken, "glrt-", Parts, 20, 300),
    form(D::GitlabToken, "glptt-", Parts, 20, 300),
    form(D::GitlabToken, "glcbt-", Parts, 20, 300),
    form(D::GitlabToken, "glft-", Parts, 20, 300),
    form(D::GitlabToken, "glsoat-", Parts, 20, 300),
    form(D::GitlabToken, "glagent-", Parts, 20, 300),
    form(D::GitlabToken, "gloas-", Parts, 20, 300),
    form(D::GitlabToken, "glimt-", Parts, 20, 300),
    form(D::GitlabToken, "glffct-", Parts, 20, 300),
    form(D::GitlabToken, "GR1348941", Url, 20, 50),
    form(D::BitbucketToken, "ATBB", Alnum, 28, 40),
    form(D::BitbucketToken, "ATCTT3", Parts, 150, 300),
    form(D::AtlassianToken, "ATATT3", Parts, 100, 300),
    form(D::SourcegraphToken, "sgp_", Word, 40, 57),
    form(D::NpmToken, "npm_", Alnum, 36, 36),
    form(D::PypiToken, "pypi-AgE", Url, 50, 1000),
    form(D::RubygemsKey, "rubygems_", Hex, 48, 48),
    form(D::DockerToken, "dckr_pat_", Url, 27, 64),
    form(D::DockerToken, "dckr_oat_", Url, 27, 64),
    form(D::CratesToken, "cio", Alnum, 32, 32).random(),
    form(D::JfrogToken, "AKCp", Alnum, 69, 69),
    form(D::JfrogToken, "cmVmd", Alnum, 59, 59),
    // Payment.
    form(D::StripeKey, "sk_live_", Alnum, 10, 247),
    form(D::StripeKey, "sk_test_", Alnum, 10, 247),
    form(D::StripeKey, "sk_prod_", Alnum, 10, 247),
    form(D::StripeKey, "rk_live_", Alnum, 10, 247),
    form(D::StripeKey, "rk_test_", Alnum, 10, 247),
    form(D::StripeKey, "rk_prod_", Alnum, 10, 247),
    form(D::StripeKey, "whsec_", Base64, 24, 64),
    form(D::SquareToken, "sq0atp-", Url, 22, 60),
    form(D::SquareToken, "sq0csp-", Url, 43, 60),
    form(D::SquareToken, "EAAA", Url, 56, 64),
    form(D::PaypalToken, "access_token$production$", Parts, 49, 49),
    form(D::PaypalToken, "access_token$sandbox$", Parts, 49, 49),
    form(D::PaypalToken, "A21AA", Url, 80, 120),
    form(D::ShopifyToken, "shpat_", Hex, 32, 32),
    form(D::ShopifyToken, "shpca_", Hex, 32, 32),
    form(D::ShopifyToken, "shppa_", Hex, 32, 32),
    form(D::ShopifyToken, "shpss_", Hex, 32, 32),
    form(D::RazorpayKey, "rzp_live_", Alnum, 14, 14),
    form(D::RazorpayKey, "rzp_test_", Alnum, 14, 14),
    form(D::FlutterwaveKey, "FLWSECK-", Url, 20, 50),
    form(D::FlutterwaveKey, "FLWSECK_TEST-", Url, 12, 50),
    form(D::PlaidToken, "access-sandbox-", Url, 36, 36),
    form(D::PlaidToken, "access-development-", Url, 36, 36),
    form(D::PlaidToken, "access-production-", Url, 36, 36),
    // Messaging.
    form(D::SlackToken, "xoxb-", Parts, 10, 300),
    form(D::SlackToken, "xoxp-", Parts, 10, 300),
    form(D::SlackToken, "xoxa-", Parts, 10, 300),
    form(D::SlackToken, "xoxr-", Parts, 10, 300),
    form(D::SlackToken, "xoxs-", Parts, 10, 300),
    form(D::SlackToken, "xoxo-", Parts, 10, 300),
    form(D::SlackToken, "xoxc-", Parts, 10, 300),
    form(D::SlackToken, "xoxd-", Parts, 10, 300),
    form(D::SlackToken, "xoxe-", Parts, 10, 300),
    form(D::SlackToken, "xoxe.xox", Parts, 10, 300),
    form(D::SlackToken, "xapp-", Parts, 10, 300),
    form(D::SlackWebhook, "hooks.slack.com/", Parts, 40, 100).trigger(4),
    form(D::DiscordWebhook, "discord.com/api/webhooks/", Parts, 60, 120).trigger(12),
    form(D::DiscordWebhook, "discordapp.com/api/webhooks/", Parts, 60, 120).trigger(15),
    form(D::TelegramToken, ":AA", Url, 32, 34).lead(8, Digits),
    form(D::TelegramToken, ":AA", Url, 32, 34).lead(9, Digits),
    form(D::TelegramToken, ":AA", Url, 32, 34).lead(10, Digits),
    form(D::TwilioKey, "SK", Hex, 32, 32).random(),
    form(D::TwilioKey, "AC", Hex, 32, 32).random(),
    form(D::SendgridKey, "SG.", Parts, 60, 70),
    form(D::MailgunKey, "key-", Hex, 32, 32).trigger(1),
    form(D::MailgunKey, "pubkey-", Hex, 32, 32).trigger(4),
    form(D::MailchimpKey, "-us", Digits, 1, 2).lead(32, Hex),
    form(D::BrevoKey, "xkeysib-", Url, 64, 90),
    form(D::BrevoKey, "xsmtpsib-", Url, 64, 90),
    form(D::ResendKey, "re_", Word, 30, 40).random(),
    form(D::FacebookToken, "EAA", Alnum, 90, 300),
    // Models.
    form(D::AnthropicKey, "sk-ant-", Url, 20, 200),
    form(D::OpenrouterKey, "sk-or-", Url, 30, 100),
    form(D::LangfuseKey, "sk-lf-", Url, 36, 36),
    form(D::OpenaiKey, "sk-proj-", Url, 20, 220),
    form(D::OpenaiKey, "sk-svcacct-", Url, 20, 220),
    form(D::OpenaiKey, "sk-admin-", Url, 20, 220),
    form(D::OpenaiKey, "sk-", Alnum, 32, 64).random(),
    form(D::HuggingfaceToken, "hf_", Alnum, 30, 40),
    form(D::HuggingfaceToken, "api_org_", Alnum, 34, 34),
    form(D::GroqKey, "gsk_", Alnum, 40, 64),
    form(D::PerplexityKey, "pplx-", Alnum, 40, 64),
    form(D::ReplicateToken, "r8_", Alnum, 36, 40),
    form(D::XaiKey, "xai-", Alnum, 60, 100),
    form(D::LangsmithKey, "lsv2_pt_", Word, 40, 60),
    form(D::LangsmithKey, "lsv2_sk_", Word, 40, 60),
    form(D::NvidiaKey, "nvapi-", Url, 40, 80),
    form(D::PineconeKey, "pcsk_", Word, 40, 90),
    form(D::TavilyKey, "tvly-", Url, 20, 60).random(),
    // Running and watching.
    form(D::VaultToken, "hvs.", Url, 24, 200),
    form(D::VaultToken, "hvb.", Url, 24, 300),
    form(D::VaultToken, "hvr.", Url, 24, 300),
    form(D::TerraformToken, ".atlasv1.", Parts, 60, 70).lead(14, Alnum).trigger(5),
    form(D::PulumiToken, "pul-", Hex, 40, 40),
    form(D::DatabricksToken, "dapi", Hex, 32, 32),
    form(D::DatabricksToken, "dapi", Url, 34, 34).random(),
    form(D::PlanetscaleToken, "pscale_tkn_", Parts, 32, 64),
    form(D::PlanetscaleToken, "pscale_pw_", Parts, 32, 64),
    form(D::PlanetscaleToken, "pscale_oauth_", Parts, 32, 64),
    form(D::SupabaseKey, "sbp_", Hex, 40, 40),
    form(D::SupabaseKey, "sb_secret_", Url, 20, 60),
    form(D::DopplerToken, "dp.pt.", Alnum, 40, 44),
    form(D::DopplerToken, "dp.ct.", Alnum, 40, 44),
    form(D::DopplerToken, "dp.sa.", Alnum, 40, 44),
    form(D::DopplerToken, "dp.st.", Parts, 40, 80),
    form(D::GrafanaToken, "glsa_", Word, 41, 41),
    form(D::GrafanaToken, "glc_", Base64, 32, 400),
    form(D::NewRelicKey, "NRAK-", Alnum, 27, 27),
    form(D::NewRelicKey, "NRJS-", Hex, 19, 19),
    form(D::NewRelicKey, "NRII-", Url, 32, 32),
    form(D::SentryToken, "sntryu_", Hex, 64, 64),
    form(D::SentryToken, "sntrys_", Parts, 60, 500),
    form(D::DynatraceToken, "dt0c01.", Parts, 89, 89),
    form(D::DynatraceToken, "dt0s16.", Parts, 73, 89),
    form(D::OpenshiftToken, "sha256~", Url, 43, 43),
    form(D::PrefectToken, "pnu_", Alnum, 36, 36),
    form(D::YandexKey, "AQVN", Url, 35, 38),
    form(D::YandexKey, "t1.", Parts, 90, 300),
    form(D::YandexKey, "YCA", Url, 37, 37).random(),
    // Work and documents.
    form(D::PostmanKey, "PMAK-", Url, 59, 59),
    form(D::LinearKey, "lin_api_", Alnum, 40, 40),
    form(D::LinearKey, "lin_oauth_", Alnum, 40, 64),
    form(D::NotionToken, "ntn_", Alnum, 40, 50),
    form(D::NotionToken, "secret_", Alnum, 43, 43).random(),
    form(D::AirtableToken, "pat", Parts, 79, 79).random(),
    form(D::FigmaToken, "figd_", Url, 40, 60),
    form(D::TypeformToken, "tfp_", Parts, 40, 64),
    form(D::HubspotToken, "pat-na1-", Url, 36, 36),
    form(D::HubspotToken, "pat-na2-", Url, 36, 36),
    form(D::HubspotToken, "pat-eu1-", Url, 36, 36),
    form(D::ReadmeKey, "rdme_", Alnum, 70, 70),
    form(D::OnepasswordKey, "A3-", Url, 31, 37).random(),
    form(D::OnepasswordKey, "ops_eyJ", Base64, 100, 2048),
    form(D::AgeKey, "AGE-SECRET-KEY-1", Upper, 58, 58),
    form(D::EasypostKey, "EZAK", Alnum, 54, 54),
    form(D::EasypostKey, "EZTK", Alnum, 54, 54),
    form(D::ShippoToken, "shippo_live_", Hex, 40, 40),
    form(D::ShippoToken, "shippo_test_", Hex, 40, 40),
    form(D::DuffelToken, "duffel_live_", Parts, 43, 43),
    form(D::DuffelToken, "duffel_test_", Parts, 43, 43),
    // Ours: `tl_<tenant>_<id>_<secret>`.
    form(D::TicketlensKey, "tladmin_", Url, 43, 120),
    form(D::TicketlensKey, "tl_", Url, 45, 200),
];

/// The three bytes each form is looked for at.
pub(crate) fn triggers(form: &Form) -> Vec<[u8; 3]> {
    let bytes = &form.prefix.as_bytes()[form.trigger..];
    match *bytes {
        [a, b, c, ..] => vec![[a, b, c]],
        // Two letters and then hex digits.
        [a, b] => b"0123456789abcdefABCDEF".iter().map(|c| [a, b, *c]).collect(),
        _ => Vec::new(),
    }
}
