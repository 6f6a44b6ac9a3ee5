"""What genai-prices' own calculator says that some calls cost, as the table that
main.rs beside it holds ours to. `cargo xtask prices` runs it with the package's version that the
list is made of.

A call where the two differ says why, and what ours says."""

import json
import sys
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal

from genai_prices import Usage, __version__, calc_price

NOW = "2026-12-01T12:00:00Z"
KEYS = {
    "input": "input_tokens",
    "output": "output_tokens",
    "cache_read": "cache_read_tokens",
    "cache_write": "cache_write_tokens",
    "reasoning": "output_reasoning_tokens",
}


def call(provider, theirs, model, tier="", at=NOW, differs=None, **tokens):
    return {
        "provider": provider,
        "their_provider": theirs,
        "model": model,
        "service_tier": tier,
        "at": at,
        "tokens": tokens,
        "differs": differs,
    }


def differs(ours, why):
    return {"ours": ours, "why": why}


CALLS = [
    # Plain, and models with dates.
    call("openai", "openai", "gpt-4o", input=1000, output=200),
    call("openai", "openai", "gpt-4o-2024-08-06", input=1234, output=567, cache_read=1024),
    call("openai", "openai", "gpt-4o-2024-05-13", input=1234, output=567),
    call("openai", "openai", "gpt-4o-mini-2024-07-18", input=99, output=1),
    call("openai", "openai", "gpt-4.1-nano-2025-04-14", input=7, output=3, cache_read=5),
    call("openai", "openai", "gpt-5.2-20251211", input=5000, output=100, cache_read=4096),
    call("openai", "openai", "GPT-5-Mini", input=31_415, output=9_265, reasoning=8_000),
    call("openai", "openai", "o3", input=812, output=4_000, reasoning=3_500),
    call("openai", "openai", "o4-mini", input=1, output=0),
    call("openai", "openai", "text-embedding-3-small", input=8_191),
    call("openai", "openai", "text-embedding-3-large", input=512),
    call("openai", "openai", "gpt-4o", input=0, output=0),
    # A price that changed: on the day before, and on it.
    call("openai", "openai", "o3", at="2025-06-09T23:59:59Z", input=1000, output=1000),
    call("openai", "openai", "o3", at="2025-06-10T00:00:00Z", input=1000, output=1000),
    call("openai", "openai", "gpt-5.6-sol", at="2026-08-20T00:00:00Z", input=300_000, output=50),
    call("openai", "openai", "gpt-5.6-sol", at="2026-08-21T00:00:00Z", input=300_000, output=50),
    call("anthropic", "anthropic", "claude-sonnet-4-6", at="2026-03-12T00:00:00Z", input=250_000, output=9),
    call("anthropic", "anthropic", "claude-sonnet-4-6", at="2026-03-13T00:00:00Z", input=250_000, output=9),
    # By size: at the limit, and above it.
    call("openai", "openai", "gpt-5.5", input=272_000, output=1_000, cache_read=100_000),
    call("openai", "openai", "gpt-5.5", input=272_001, output=1_000, cache_read=100_000),
    call("gcp.gemini", "google", "gemini-2.5-pro", input=200_000, output=100, cache_read=150_000),
    call("gcp.gemini", "google", "gemini-2.5-pro", input=200_001, output=100, cache_read=150_000),
    call("gcp.gen_ai", "google", "models/gemini-2.5-pro", input=10, output=10,
         differs=differs("0.0001125", "theirs does not know the path `models/`")),
    call("anthropic", "anthropic", "claude-sonnet-4-5-20250929", input=200_001, output=1_000, cache_write=1_000),
    # Caches.
    call("anthropic", "anthropic", "claude-opus-4-1-20250805", input=50_000, output=800, cache_read=40_000, cache_write=9_000),
    call("anthropic", "anthropic", "claude-3-5-haiku-20241022", input=2_048, output=16, cache_write=2_048),
    call("anthropic", "anthropic", "claude-haiku-4-5", input=100, output=5, cache_read=100),
    call("anthropic", "anthropic", "claude-haiku-4-5", input=100, output=5, cache_read=101,
         differs=differs("0.000035", "theirs refuses more cached tokens than there are; ours takes all for cached")),
    call("deepseek", "deepseek", "deepseek-v3.1-terminus", input=64_000, output=1_024, cache_read=60_000),
    # Other tiers.
    call("openai", "openai", "gpt-5", tier="flex", input=10_000, output=2_000, cache_read=8_000),
    call("openai", "openai", "gpt-5", tier="priority", input=10_000, output=2_000, cache_read=8_000),
    call("openai", "openai", "gpt-5", tier="default", input=10_000, output=2_000, cache_read=8_000),
    call("openai", "openai", "o1", tier="batch", input=10_000, output=2_000, cache_read=8_000),
    call("anthropic", "anthropic", "claude-sonnet-4-5", tier="batch", input=250_000, output=2_000, cache_write=7),
    call("gcp.gemini", "google", "gemini-2.5-flash", tier="batch", input=1_001, output=77),
    call("openai", "openai", "gpt-5", tier="batch", at="2026-10-01T00:00:00Z", input=10_000, output=2_000,
         differs=differs(None, "of a tier whose price is not known theirs takes the standard's")),
    call("azure.ai.openai", "azure", "gpt-5", tier="batch", input=10_000, output=2_000,
         differs=differs(None, "of a tier whose price is not known theirs takes the standard's")),
    # Models of one sold by another.
    call("azure.ai.openai", "azure", "gpt-4o-2024-11-20", input=4_321, output=1_234, cache_read=4_096),
    call("azure.ai.inference", "azure", "grok-4.3", input=4_321, output=1_234),
    call("gcp.vertex_ai", "google", "claude-sonnet-4-5@20250929", input=1_000, output=2_000),
    call("aws.bedrock", "aws", "us.anthropic.claude-3-5-sonnet-20241022-v2:0", input=1_000, output=2_000),
    call("aws.bedrock", "aws", "global.anthropic.claude-haiku-4-5-20251001-v1:0", input=1_000, output=2_000),
    call("aws.bedrock", "aws", "eu.anthropic.claude-haiku-4-5-20251001-v1:0", input=1_000, output=2_000),
    call("aws.bedrock", "aws",
         "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-opus-4-1-20250805-v1:0",
         input=1_000, output=2_000),
    call("aws.bedrock", "aws", "amazon.nova-lite-v1:0", input=123_456, output=789),
    call("fireworks", "fireworks", "accounts/fireworks/models/deepseek-v3p2", input=10_000, output=500, cache_read=9_000),
    call("groq", "groq", "llama-3.3-70b-versatile", input=1_000, output=1_000),
    call("mistral_ai", "mistral", "codestral-2508", input=1_000, output=1_000),
    call("x_ai", "x-ai", "grok-4.3", input=150_000, output=1_000),
    call("cohere", "cohere", "command-r-08-2024", input=1_000, output=1_000),
    call("perplexity", "perplexity", "sonar-deep-research", input=1_000, output=9_000, reasoning=6_000),
    call("perplexity", "perplexity", "sonar-pro", input=1_000, output=1_000,
         differs=differs("0.018", "theirs adds a price for each request, which ours leaves out")),
    call("openrouter", "openrouter", "anthropic/claude-sonnet-4.5", input=1_000, output=1_000),
    # Nobody says whose.
    call("", None, "claude-opus-4-1", input=10, output=10),
    call("", None, "gpt-4.1", input=10, output=10),
    call("litellm", "litellm", "openai/gpt-4o-2024-08-06", input=10, output=10),
    call("litellm", "litellm", "azure/gpt-4.1-mini", input=10, output=10),
    # Nobody's.
    call("openai", "openai", "my-own-model", input=10, output=10),
    call("anthropic", "anthropic", "gpt-4o", input=10, output=10),
]


def amount(one):
    tier = one["service_tier"]
    context = None
    if tier:
        context = {"processing": "batch"} if tier == "batch" else {"service_tier": tier}
    try:
        total = calc_price(
            Usage(**{KEYS[key]: count for key, count in one["tokens"].items()}),
            one["model"],
            provider_id=one["their_provider"],
            genai_request_timestamp=datetime.fromisoformat(one["at"]),
            price_context=context,
        ).total_price
    except (LookupError, ValueError):
        return None
    nanos = total.quantize(Decimal("1e-9"), ROUND_HALF_UP)
    # No exponent, and no zeros at the end.
    return format(nanos.normalize() + 0, "f")


def seconds(moment):
    return int(datetime.fromisoformat(moment).astimezone(UTC).timestamp())


lines = []
for one in CALLS:
    row = {"at_seconds": seconds(one["at"]), "amount": amount(one)}
    lines.append(json.dumps({k: v for k, v in one.items() if v is not None} | row))
sys.stdout.write('{"package": "genai-prices %s", "calls": [\n%s\n]}\n' % (__version__, ",\n".join(lines)))
