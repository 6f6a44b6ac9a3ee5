//! What the gate looks for, by name. The name is in the mark a finding leaves (`[card]`) and in
//! the counts that travel with a ticket; the value itself is in neither.

macro_rules! detectors {
    ($($id:ident $name:literal,)*) => {
        /// One kind of finding.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) enum Detector { $($id,)* }

        const ALL: &[(&str, &str)] = &[$(($name, concat!("[", $name, "]")),)*];
    };
}

detectors! {
    // By key.
    Secret "secret",
    Personal "personal-key",
    // By what the workflow knows.
    Known "known-value",
    // By form.
    Email "email",
    Card "card",
    Iban "iban",
    Phone "phone",
    Ssn "ssn",
    NationalId "national-id",
    BirthDate "dob",
    Ip "ip",
    Jwt "jwt",
    PrivateKey "private-key",
    Bearer "bearer",
    BasicAuth "basic-auth",
    UrlCredentials "url-credentials",
    Encoded "base64",
    // Providers, in the order of `provider::forms`.
    AwsKey "aws-key",
    GcpKey "gcp-key",
    AzureKey "azure-key",
    AlibabaKey "alibaba-key",
    DigitalOceanToken "digitalocean-token",
    CloudflareKey "cloudflare-key",
    HerokuKey "heroku-key",
    FlyToken "fly-token",
    VercelToken "vercel-token",
    NetlifyToken "netlify-token",
    RenderKey "render-key",
    TailscaleKey "tailscale-key",
    GithubToken "github-token",
    GitlabToken "gitlab-token",
    BitbucketToken "bitbucket-token",
    AtlassianToken "atlassian-token",
    SourcegraphToken "sourcegraph-token",
    CircleciToken "circleci-token",
    BuildkiteToken "buildkite-token",
    SonarToken "sonar-token",
    OctopusKey "octopus-key",
    HarnessKey "harness-key",
    StripeKey "stripe-key",
    SquareToken "square-token",
    PaypalToken "paypal-token",
    ShopifyToken "shopify-token",
    RazorpayKey "razorpay-key",
    FlutterwaveKey "flutterwave-key",
    PlaidToken "plaid-token",
    PaddleKey "paddle-key",
    SlackToken "slack-token",
    SlackWebhook "slack-webhook",
    DiscordToken "discord-token",
    DiscordWebhook "discord-webhook",
    TeamsWebhook "teams-webhook",
    ZapierWebhook "zapier-webhook",
    TelegramToken "telegram-token",
    TwilioKey "twilio-key",
    SendgridKey "sendgrid-key",
    MailgunKey "mailgun-key",
    MailchimpKey "mailchimp-key",
    BrevoKey "brevo-key",
    ResendKey "resend-key",
    FacebookToken "facebook-token",
    OpenaiKey "openai-key",
    AnthropicKey "anthropic-key",
    HuggingfaceToken "huggingface-token",
    GroqKey "groq-key",
    PerplexityKey "perplexity-key",
    ReplicateToken "replicate-token",
    XaiKey "xai-key",
    OpenrouterKey "openrouter-key",
    LangsmithKey "langsmith-key",
    LangfuseKey "langfuse-key",
    NvidiaKey "nvidia-key",
    PineconeKey "pinecone-key",
    TavilyKey "tavily-key",
    ElevenlabsKey "elevenlabs-key",
    CerebrasKey "cerebras-key",
    FireworksKey "fireworks-key",
    TogetherKey "together-key",
    HeliconeKey "helicone-key",
    LlamacloudKey "llamacloud-key",
    WandbKey "wandb-key",
    JinaKey "jina-key",
    FirecrawlKey "firecrawl-key",
    ApifyToken "apify-token",
    E2bKey "e2b-key",
    Mem0Key "mem0-key",
    NpmToken "npm-token",
    PypiToken "pypi-token",
    RubygemsKey "rubygems-key",
    DockerToken "docker-token",
    CratesToken "crates-token",
    VaultToken "vault-token",
    TerraformToken "terraform-token",
    PulumiToken "pulumi-token",
    DatabricksToken "databricks-token",
    PlanetscaleToken "planetscale-token",
    SupabaseKey "supabase-key",
    NeonKey "neon-key",
    MongodbKey "mongodb-key",
    ClickhouseKey "clickhouse-key",
    DopplerToken "doppler-token",
    GrafanaToken "grafana-token",
    NewRelicKey "newrelic-key",
    SentryToken "sentry-token",
    DynatraceToken "dynatrace-token",
    HoneycombKey "honeycomb-key",
    PosthogKey "posthog-key",
    PostmanKey "postman-key",
    LinearKey "linear-key",
    NotionToken "notion-token",
    AirtableToken "airtable-token",
    FigmaToken "figma-token",
    TypeformToken "typeform-token",
    HubspotToken "hubspot-token",
    IntercomToken "intercom-token",
    SalesforceToken "salesforce-token",
    ZohoToken "zoho-token",
    ClickupToken "clickup-token",
    ContentfulToken "contentful-token",
    LaunchdarklyKey "launchdarkly-key",
    OnepasswordKey "1password-key",
    AgeKey "age-key",
    EasypostKey "easypost-key",
    ShippoToken "shippo-token",
    DuffelToken "duffel-token",
    AdobeSecret "adobe-secret",
    ClojarsToken "clojars-token",
    FrameioToken "frameio-token",
    ScalingoToken "scalingo-token",
    MaxmindKey "maxmind-key",
    JfrogToken "jfrog-token",
    OpenshiftToken "openshift-token",
    YandexKey "yandex-key",
    PrefectToken "prefect-token",
    ReadmeKey "readme-key",
    TicketlensKey "ticketlens-key",
    // What the gate could not look into.
    Unwalkable "unwalkable",
}

/// Names that detectors had before, and the names they have now. Their marks stand in stored texts,
/// and older clients still count by them.
pub const FORMER_DETECTORS: [(&str, &str); 2] =
    [("personal", "personal-key"), ("pii", "known-value")];

/// How many detectors there are.
pub(crate) const COUNT: usize = ALL.len();
/// Bytes of the longest mark: the bound of what one finding can add to a text.
pub(crate) const LONGEST_MARK: usize = {
    let (mut longest, mut at) = (0, 0);
    while at < ALL.len() {
        if ALL[at].1.len() > longest {
            longest = ALL[at].1.len();
        }
        at += 1;
    }
    longest
};

impl Detector {
    /// Whether what it finds is a number, or has the form of one.
    pub(crate) fn is_of_number(self) -> bool {
        matches!(
            self,
            Self::Card | Self::Iban | Self::Phone | Self::Ssn | Self::NationalId | Self::BirthDate
        )
    }

    /// What a finding of this kind leaves in the text.
    pub(crate) fn mark(self) -> &'static str {
        ALL[self as usize].1
    }
}

/// The names of all detectors: what stands in marks (`[card]`) and is counted
/// (`ticket.redactions.card`).
pub fn detectors() -> impl ExactSizeIterator<Item = &'static str> {
    ALL.iter().map(|(name, _)| *name)
}

/// Name of the detector at `index`.
pub(crate) fn name(index: usize) -> &'static str {
    ALL[index].0
}

/// Length of the mark or keyed hash that starts at `at`, if one does. These are left alone, so
/// that a second pass changes nothing.
pub(crate) fn mark_at(bytes: &[u8], at: usize) -> Option<usize> {
    let rest = bytes.get(at..)?;
    match rest.first()? {
        b'[' => {
            let end = rest.iter().take(LONGEST_MARK).position(|&b| b == b']')?;
            let name = &rest[1..end];
            let is_now = ALL.iter().any(|(known, _)| known.as_bytes() == name);
            let was = || FORMER_DETECTORS.iter().any(|(known, _)| known.as_bytes() == name);
            (is_now || was()).then_some(end + 1)
        }
        b'h' => {
            let digits = rest.strip_prefix(b"hmac:")?.get(..16)?;
            let hex = digits.iter().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
            let ends = rest.get(21).is_none_or(|b| !b.is_ascii_alphanumeric());
            (hex && ends).then_some(21)
        }
        _ => None,
    }
}

/// Whether `text` is a mark or a keyed hash and nothing else but the number that tells it from
/// others (`[email]#2`).
pub(crate) fn is_mark(text: &str) -> bool {
    let rest = mark_at(text.as_bytes(), 0).and_then(|end| text.get(end..));
    rest.is_some_and(|rest| {
        let number = rest.strip_prefix('#').unwrap_or(rest);
        rest.is_empty() || (number.len() < rest.len() && number.bytes().all(|b| b.is_ascii_digit()))
    })
}
