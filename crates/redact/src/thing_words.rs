//! Words that people are not called by: a name with one in it is a thing's. None of them is a first
//! or a family name that is met.

/// In lower case and in order, those of things one at a time.
#[rustfmt::skip]
const WORDS: &[&str] = &[
    "accessory", "account", "action", "adapter", "addon", "address", "admin", "advanced", "agency",
    "aircon", "airline", "airport", "airways", "alarm", "alert", "allowance", "analysis",
    "analytics", "analyze", "android", "annual", "answer", "api", "app", "apparel", "appliance",
    "application", "archive", "array", "article", "assistant", "association", "attendance",
    "attribute", "audio", "authentication", "authorization", "auto", "backpack", "backup", "bag",
    "baggage", "bash", "bathroom", "battery", "beauty", "bedroom", "benefit", "beverage",
    "bicycle", "bike", "billing", "blanket", "blender", "blog", "blouse", "bluetooth", "boarding",
    "bonus", "book", "booking", "bookshelf", "boolean", "boot", "bottle", "bracelet", "break",
    "breakfast", "brewery", "brewing", "browse", "browser", "bucket", "budget", "buffer", "build",
    "bulb", "bundle", "business", "button", "calculate", "calculator", "calendar", "camera",
    "campaign", "cancel", "cancellation", "category", "cell", "center", "centre", "certificate",
    "chair", "change", "channel", "charge", "charger", "chart", "chat", "check", "checking",
    "checkout", "chess", "chicken", "chrome", "class", "classic", "classifier", "cleaner",
    "client", "clinic", "closed", "cloud", "cluster", "code", "coffee", "collection", "college",
    "color", "colour", "column", "comforter", "command", "comment", "community", "company",
    "compare", "complaint", "completion", "component", "computer", "config", "configuration",
    "console", "consumer", "contact", "container", "content", "context", "control", "cookie",
    "cordless", "corp", "corporation", "cost", "cotton", "country", "coupon", "course", "cpu",
    "create", "created", "credit", "csv", "currency", "curtain", "custom", "customer", "cycling",
    "dashboard", "data", "database", "dataset", "debit", "debug", "default", "delete", "deluxe",
    "demo", "department", "deployment", "deposit", "description", "design", "desk", "destination",
    "detail", "device", "diffuser", "digital", "dinner", "discount", "disk", "display", "dmarc",
    "docs", "document", "documentation", "download", "dress", "duffel", "dumbbell", "duration",
    "duvet", "earbud", "earphone", "echo", "economy", "editor", "education", "electric",
    "electronic", "email", "embedding", "enable", "endpoint", "energy", "engine", "enterprise",
    "entry", "environment", "equipment", "ergonomic", "error", "escalate", "escalation",
    "espresso", "essential", "estimate", "europe", "event", "example", "execute", "executor",
    "exit", "expense", "export", "express", "extension", "fabric", "facility", "feature", "feed",
    "feedback", "fetch", "fiber", "file", "filter", "final", "finance", "find", "finish",
    "firefox", "first", "fitness", "fleece", "flight", "float", "folder", "food", "football",
    "form", "format", "formula", "foundation", "framework", "fruit", "fuel", "function",
    "furniture", "game", "gaming", "garage", "gateway", "gdpr", "get", "gigabit", "github",
    "glasses", "gloves", "gmbh", "goggles", "google", "government", "gps", "gpt", "grader",
    "graph", "grill", "grinder", "grocery", "group", "guide", "gym", "handbag", "handler",
    "handoff", "hardware", "header", "headphone", "headset", "health", "heater", "helmet",
    "hiking", "history", "hoodie", "hose", "hosting", "hotel", "hotspot", "hour", "html", "http",
    "hub", "humidifier", "icon", "image", "import", "inc", "index", "indoor", "industrial",
    "industry", "info", "information", "infrastructure", "ingest", "initial", "input", "insert",
    "inspect", "install", "insurance", "integer", "integration", "internal", "international",
    "internet", "intro", "inventory", "invoice", "invoke", "ipad", "iphone", "issue", "item",
    "jacket", "java", "javascript", "jewelry", "jigsaw", "json", "juice", "kernel", "kettle",
    "keyboard", "kitchen", "knowledge", "kubernetes", "label", "lamp", "laptop", "laundry",
    "layer", "leather", "legging", "level", "library", "license", "lightweight", "limit", "line",
    "linen", "linux", "listing", "llc", "llm", "load", "local", "location", "login", "logout",
    "lookup", "loyalty", "ltd", "luggage", "lunch", "luxury", "machine", "mail", "maintenance",
    "makeup", "marketing", "marketplace", "massage", "material", "mattress", "maximum", "measure",
    "media", "medical", "medium", "meeting", "membership", "memory", "menu", "merged", "message",
    "metadata", "method", "metric", "metro", "microphone", "microwave", "minimum", "minute",
    "mobile", "mode", "model", "modem", "moderation", "modify", "module", "monitor", "month",
    "monthly", "mortgage", "mouse", "movie", "multi", "museum", "name", "national", "native",
    "navigate", "navigation", "network", "new", "newsletter", "next", "night", "node", "none",
    "note", "notebook", "notification", "null", "number", "nutrition", "object", "office",
    "onboarding", "online", "open", "operation", "operator", "option", "order", "organic",
    "organization", "original", "ottoman", "outdoor", "outlet", "output", "oven", "overview",
    "package", "pad", "pants", "parameter", "parking", "parse", "parser", "password", "path",
    "patio", "payment", "payroll", "pdf", "pending", "percent", "perfume", "permission",
    "personal", "pharmacy", "phone", "photo", "pillow", "pipeline", "pizza", "plan", "planner",
    "plastic", "platform", "playlist", "plugin", "plus", "policy", "polyester", "portable",
    "portal", "portfolio", "position", "postgres", "prediction", "predictor", "premium", "prepaid",
    "preset", "preview", "pricing", "primary", "printer", "priority", "private", "pro", "process",
    "processor", "product", "production", "profile", "program", "progress", "project", "projector",
    "promo", "promotion", "prompt", "property", "protein", "provider", "proxy", "public",
    "purchase", "purifier", "push", "puzzle", "python", "quality", "quantity", "query", "question",
    "queue", "random", "range", "rate", "receipt", "recharge", "rechargeable", "recipe", "record",
    "refer", "reference", "refill", "refrigerator", "refund", "region", "register", "registry",
    "regular", "release", "reminder", "remote", "remove", "removed", "rental", "repair", "replace",
    "reply", "report", "repository", "request", "research", "reservation", "reset", "resolve",
    "resource", "response", "restaurant", "result", "retail", "retrieve", "retry", "return",
    "review", "ringtone", "roaming", "robot", "role", "rooftop", "room", "route", "router", "rug",
    "run", "runner", "running", "sale", "sandbox", "sauce", "sauna", "save", "savings", "scale",
    "scan", "scarf", "schedule", "schema", "science", "scooter", "score", "scraper", "screen",
    "script", "sdk", "seafood", "search", "seasonal", "secret", "section", "security", "select",
    "send", "sensor", "sentiment", "series", "server", "service", "session", "set", "setting",
    "setup", "shack", "shaver", "shelf", "shipment", "shipping", "shirt", "shoe", "shop",
    "shopping", "shorts", "shot", "shuttle", "signup", "simple", "single", "size", "skateboard",
    "skill", "skin", "skincare", "skirt", "slack", "sleeping", "smartphone", "smartwatch", "sms",
    "snack", "sneaker", "soap", "sock", "socket", "sofa", "software", "solution", "source",
    "speaker", "special", "sport", "spreadsheet", "sql", "stack", "stainless", "standard", "start",
    "starter", "station", "status", "step", "stop", "storage", "store", "string", "stroller",
    "studio", "subject", "submit", "subscribe", "subscription", "suitcase", "suite", "summarize",
    "summary", "sunglasses", "supply", "support", "surf", "sweater", "sweatshirt", "switch",
    "sync", "system", "table", "tablet", "tag", "task", "tax", "taxi", "team", "tech",
    "technology", "telegram", "television", "template", "tennis", "tent", "terminal", "test",
    "text", "theatre", "theme", "thermostat", "thinking", "thread", "threshold", "ticket", "tier",
    "timeout", "timer", "title", "toaster", "toggle", "token", "tool", "toolkit", "toothbrush",
    "topic", "total", "tour", "towel", "track", "tracker", "traffic", "training", "transaction",
    "transcript", "transfer", "transform", "transit", "translate", "translation", "transport",
    "travel", "treadmill", "trial", "trigger", "tripod", "trouser", "tshirt", "type", "umbrella",
    "uninstall", "unit", "university", "unlimited", "unsubscribe", "update", "updated", "upgrade",
    "upload", "url", "usage", "usb", "user", "util", "utility", "vacation", "vacuum", "validate",
    "validation", "value", "variant", "vehicle", "vendor", "verify", "version", "video", "view",
    "virtual", "visual", "vitamin", "voice", "volume", "voucher", "waiver", "wallet", "wardrobe",
    "warehouse", "warranty", "watch", "waterproof", "weather", "web", "webhook", "website",
    "weekly", "wellness", "widget", "wifi", "window", "wireless", "women", "work", "workflow",
    "workout", "workspace", "world", "wrapper", "wristwatch", "write", "xml", "yaml", "yearly",
    "yoga", "zip",
];

const SHORTEST: usize = 3;
const LONGEST: usize = 16;

/// Whether `word` is one of them, or more than one of them.
pub(crate) fn is_thing_word(word: &str) -> bool {
    if !(SHORTEST..=LONGEST).contains(&word.len()) || !word.is_ascii() {
        return false;
    }
    let mut lower = [0; LONGEST];
    let lower = &mut lower[..word.len()];
    lower.copy_from_slice(word.as_bytes());
    lower.make_ascii_lowercase();
    let is_listed =
        |word: &[u8]| WORDS.binary_search_by(|listed| listed.as_bytes().cmp(word)).is_ok();
    is_listed(lower)
        || lower
            .strip_suffix(b"s")
            .is_some_and(|one| is_listed(one) || one.strip_suffix(b"e").is_some_and(is_listed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_in_order() {
        assert!(WORDS.is_sorted_by(|a, b| a < b));
        assert!(WORDS.iter().all(|word| (SHORTEST..=LONGEST).contains(&word.len())));
    }
}
