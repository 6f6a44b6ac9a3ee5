//! The file: what all have in common first, then a row a line, so that a change is a line of a diff.

use anyhow::Result;
use serde_json::{Map, Value, json};

use crate::prices::{json::text, timeline::Price};

/// One price of some patterns of a provider's models.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Row {
    pub(super) provider: String,
    pub(super) models: Vec<String>,
    pub(super) price: Price,
}

impl Row {
    fn line(&self) -> String {
        let mut fields = Map::new();
        fields.insert("provider".into(), self.provider.as_str().into());
        fields.insert("models".into(), self.models.clone().into());
        let price = &self.price;
        for (name, text) in
            [("service_tier", &price.service_tier), ("valid_from", &price.valid_from)]
        {
            if !text.is_empty() {
                fields.insert(name.into(), text.as_str().into());
            }
        }
        if price.above_input_tokens > 0 {
            fields.insert("above_input_tokens".into(), price.above_input_tokens.into());
        }
        for (name, rate) in &price.rates {
            fields.insert((*name).into(), rate.as_str().into());
        }
        Value::Object(fields).to_string()
    }
}

/// The file's text.
pub(super) fn written(data: &Value, rows: &[Row]) -> Result<String> {
    let head = json!({
        "name": "genai-prices",
        "version": text(&data["version"])?,
        "date": text(&data["date"])?,
        "home": "https://github.com/pydantic/genai-prices",
        "licence": "MIT: LICENSE.genai-prices",
        "currency": "USD",
    });
    let head = head.to_string();
    let lines: Vec<_> = rows.iter().map(Row::line).collect();
    // The head without its last sign: the rows follow in the same object.
    Ok(format!("{},\"prices\":[\n{}\n]}}\n", &head[..head.len() - 1], lines.join(",\n")))
}
