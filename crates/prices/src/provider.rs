//! Providers: the name this list has for each, the names that senders write, who sells whose models
//! at the maker's price, and whose a model is where nobody says it.
//!
//! Names are of OpenTelemetry's `gen_ai.provider.name`, of the older `gen_ai.system`, of
//! OpenInference's `llm.provider`, and of what LiteLLM, the AI SDK and Pydantic AI write there.

/// The provider of an entry that is for all of them.
pub const ANY: &str = "*";

/// Others' names and ours, sorted by theirs. Ours are the names of `genai-prices`.
const NAMES: &[(&str, &str)] = &[
    ("amazon", "aws"),
    ("amazon-bedrock", "aws"),
    ("amazon_bedrock", "aws"),
    ("anthropic", "anthropic"),
    ("aws", "aws"),
    ("aws.bedrock", "aws"),
    ("aws_bedrock", "aws"),
    ("az.ai.inference", "azure"),
    ("az.ai.openai", "azure"),
    ("azure", "azure"),
    ("azure-openai", "azure"),
    ("azure.ai.inference", "azure"),
    ("azure.ai.openai", "azure"),
    ("azure_ai", "azure"),
    ("azure_openai", "azure"),
    ("azureopenai", "azure"),
    ("bedrock", "aws"),
    ("bedrock_converse", "aws"),
    ("cerebras", "cerebras"),
    ("cloudflare", "cloudflare"),
    ("cohere", "cohere"),
    ("cohere_chat", "cohere"),
    ("databricks", "databricks"),
    ("deepseek", "deepseek"),
    ("fireworks", "fireworks"),
    ("fireworks-ai", "fireworks"),
    ("fireworks_ai", "fireworks"),
    ("gcp", "google"),
    ("gcp.gemini", "google"),
    ("gcp.gen_ai", "google"),
    ("gcp.vertex_ai", "google"),
    ("gemini", "google"),
    ("github-copilot", "github-copilot"),
    ("github_copilot", "github-copilot"),
    ("google", "google"),
    ("google-gla", "google"),
    ("google-vertex", "google"),
    ("google_genai", "google"),
    ("google_vertexai", "google"),
    ("groq", "groq"),
    ("ibm", "ibm"),
    ("ibm.watsonx.ai", "ibm"),
    ("meta", "meta"),
    ("minimax", "minimax"),
    ("mistral", "mistral"),
    ("mistral_ai", "mistral"),
    ("mistralai", "mistral"),
    ("moonshot", "moonshotai"),
    ("moonshot_ai", "moonshotai"),
    ("moonshotai", "moonshotai"),
    ("novita", "novita"),
    ("openai", "openai"),
    ("openrouter", "openrouter"),
    ("perplexity", "perplexity"),
    ("perplexity_ai", "perplexity"),
    ("text-completion-openai", "openai"),
    ("together", "together"),
    ("together-ai", "together"),
    ("together_ai", "together"),
    ("togetherai", "together"),
    ("vertex", "google"),
    ("vertex_ai", "google"),
    ("vertexai", "google"),
    ("voyage", "voyageai"),
    ("voyageai", "voyageai"),
    ("watsonx", "ibm"),
    ("x-ai", "x-ai"),
    ("x_ai", "x-ai"),
    ("xai", "x-ai"),
    ("z-ai", "zai"),
    ("zai", "zai"),
    ("zhipuai", "zhipuai"),
];

/// Who runs models on machines of one's own, or sells nothing by the token that is on the list:
/// known, so that nothing is guessed from a model's name. DeepSeek's model on a laptop is not paid.
const SELL_NOTHING: [&str; 12] = [
    "huggingface",
    "llama.cpp",
    "llamacpp",
    "lm_studio",
    "lmstudio",
    "localai",
    "ollama",
    "replicate",
    "sagemaker",
    "sglang",
    "triton",
    "vllm",
];

/// What passes calls on to others and says itself: as good as no name.
const PASS_ON: [&str; 12] = [
    "_other",
    "ai-gateway",
    "gateway",
    "helicone",
    "langchain",
    "langgraph",
    "litellm",
    "litellm_proxy",
    "llamaindex",
    "portkey",
    "unknown",
    "vercel",
];

/// Who sells others' models at the makers' prices: what it has no price of its own for is looked
/// up with them. As in `genai-prices`.
const AT_MAKERS_PRICE: [(&str, &[&str]); 2] = [
    ("azure", &["openai", "anthropic", "deepseek", "x-ai", "moonshotai"]),
    ("google", &["anthropic"]),
];

/// Whose models begin like this. `open` are those whose weights others run too: a name alone says
/// who sold them only where no other provider is named.
const FAMILIES: &[Family] = &[
    family("claude", "anthropic", false),
    // Bedrock's names: a maker's name and a point, before it perhaps a region's.
    family("ai21.", "aws", false),
    family("amazon.", "aws", false),
    family("anthropic.", "aws", false),
    family("cohere.", "aws", false),
    family("deepseek.", "aws", false),
    family("meta.", "aws", false),
    family("mistral.", "aws", false),
    family("openai.", "aws", false),
    family("qwen.", "aws", false),
    family("apac.", "aws", false),
    family("au.", "aws", false),
    family("eu.", "aws", false),
    family("global.", "aws", false),
    family("jp.", "aws", false),
    family("us.", "aws", false),
    family("us-gov.", "aws", false),
    family("arn:aws:bedrock:", "aws", false),
    family("arn:aws-us-gov:bedrock:", "aws", false),
    family("arn:aws-cn:bedrock:", "aws", false),
    family("gpt-oss", "", true),
    family("gpt-", "openai", false),
    family("chatgpt-", "openai", false),
    family("o1", "openai", false),
    family("o3", "openai", false),
    family("o4-", "openai", false),
    family("text-embedding-3", "openai", false),
    family("text-embedding-ada", "openai", false),
    family("text-embedding-00", "google", false),
    family("gemini", "google", false),
    family("command", "cohere", true),
    family("embed-english", "cohere", false),
    family("embed-multilingual", "cohere", false),
    family("grok", "x-ai", false),
    family("sonar", "perplexity", false),
    family("voyage-", "voyageai", false),
    family("accounts/fireworks/", "fireworks", false),
    family("@cf/", "cloudflare", false),
    family("databricks-", "databricks", false),
    family("deepseek-", "deepseek", true),
    family("mistral-", "mistral", true),
    family("ministral-", "mistral", true),
    family("magistral-", "mistral", true),
    family("codestral-", "mistral", true),
    family("devstral-", "mistral", true),
    family("pixtral-", "mistral", true),
    family("open-mi", "mistral", true),
    family("kimi-", "moonshotai", true),
    family("moonshot-", "moonshotai", true),
    family("minimax-m", "minimax", true),
    family("glm-", "zhipuai", true),
];

struct Family {
    begins: &'static str,
    maker: &'static str,
    open: bool,
}

const fn family(begins: &'static str, maker: &'static str, open: bool) -> Family {
    Family { begins, maker, open }
}

/// The name that this list has for a provider, by what senders call it; `None` if it is not known
/// here, which does not keep a list from naming it.
///
/// ```
/// use ticketlens_prices::provider_of;
///
/// assert_eq!(provider_of("azure.ai.openai"), Some("azure"));
/// assert_eq!(provider_of("gcp.vertex_ai"), Some("google"));
/// assert_eq!(provider_of("openai.responses"), Some("openai")); // as the AI SDK writes it
/// assert_eq!(provider_of("our-own-gateway"), None);
/// ```
#[must_use]
pub fn provider_of(name: &str) -> Option<&'static str> {
    let folded;
    let mut name = name.trim();
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        folded = name.to_ascii_lowercase();
        name = &folded;
    }
    named(name).or_else(|| named(name.split_once('.')?.0))
}

/// As [`provider_of`], but by the whole name in lower case alone: what models' names begin with.
pub(crate) fn named(name: &str) -> Option<&'static str> {
    let place = NAMES.binary_search_by(|(theirs, _)| (*theirs).cmp(name)).ok()?;
    NAMES.get(place).map(|(_, ours)| *ours)
}

/// Whether a provider's name, in lower case, is known to sell nothing of the list.
pub(crate) fn sells_nothing(name: &str) -> bool {
    SELL_NOTHING.contains(&name)
}

/// Whether a provider's name, in lower case, says nothing about who is paid.
pub(crate) fn passes_on(name: &str) -> bool {
    name.is_empty() || PASS_ON.contains(&name)
}

/// At whose prices `ours` sells what it has no price of its own for.
pub(crate) fn makers(ours: &str) -> &'static [&'static str] {
    let own = AT_MAKERS_PRICE.iter().find(|(seller, _)| *seller == ours);
    own.map_or(&[], |(_, makers)| makers)
}

/// Whether a name that begins with `prefix`'s name may be one of `ours`: its own, or of one that
/// sells the other's models.
pub(crate) fn are_related(ours: &str, prefix: &str) -> bool {
    ours == prefix || makers(ours).contains(&prefix) || makers(prefix).contains(&ours)
}

/// Whose model it is by its name, in lower case and without its path; with `closed`, only if
/// nobody else runs such models.
pub(crate) fn maker_of(model: &str, closed: bool) -> Option<&'static str> {
    let family = FAMILIES.iter().find(|family| model.starts_with(family.begins))?;
    let known = !(family.maker.is_empty() || closed && family.open);
    known.then_some(family.maker)
}

/// Whether models of this maker are run by others, too.
pub(crate) fn is_open(ours: &str) -> bool {
    FAMILIES.iter().any(|family| family.maker == ours && family.open)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_and_lead_to_names_that_lead_to_themselves() {
        assert!(NAMES.is_sorted_by(|a, b| a.0 < b.0));
        for (theirs, ours) in NAMES {
            assert_eq!(provider_of(theirs), Some(*ours));
            assert_eq!(provider_of(ours), Some(*ours), "{theirs}");
        }
    }

    #[test]
    fn makers_are_called_by_our_names() {
        let named = FAMILIES.iter().map(|family| family.maker).filter(|maker| !maker.is_empty());
        let sold =
            AT_MAKERS_PRICE.iter().flat_map(|(seller, makers)| makers.iter().chain([seller]));
        for name in named.chain(sold.copied()) {
            assert_eq!(provider_of(name), Some(name));
        }
    }

    #[test]
    fn every_name_of_opentelemetry_is_known() {
        let names = [
            ("openai", "openai"),
            ("azure.ai.openai", "azure"),
            ("azure.ai.inference", "azure"),
            ("aws.bedrock", "aws"),
            ("gcp.vertex_ai", "google"),
            ("gcp.gemini", "google"),
            ("gcp.gen_ai", "google"),
            ("anthropic", "anthropic"),
            ("cohere", "cohere"),
            ("mistral_ai", "mistral"),
            ("x_ai", "x-ai"),
            ("deepseek", "deepseek"),
            ("groq", "groq"),
            ("perplexity", "perplexity"),
            ("ibm.watsonx.ai", "ibm"),
            ("moonshot_ai", "moonshotai"),
            // Of the older `gen_ai.system`.
            ("vertex_ai", "google"),
            ("gemini", "google"),
            ("az.ai.openai", "azure"),
            ("az.ai.inference", "azure"),
            ("xai", "x-ai"),
            // As others write it.
            ("AzureOpenAI", "azure"),
            ("amazon-bedrock", "aws"),
            ("google.generative-ai", "google"),
            ("anthropic.messages", "anthropic"),
        ];
        for (theirs, ours) in names {
            assert_eq!(provider_of(theirs), Some(ours), "{theirs}");
        }
    }

    #[test]
    fn open_weights_are_nobodys_where_another_is_named() {
        assert_eq!(maker_of("deepseek-chat", false), Some("deepseek"));
        assert_eq!(maker_of("deepseek-chat", true), None);
        assert_eq!(maker_of("claude-sonnet-4-5", true), Some("anthropic"));
        assert_eq!(maker_of("gpt-oss-120b", false), None);
    }
}
