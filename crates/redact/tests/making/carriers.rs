//! What a value stands in: sentences, logs, JSON, JSON in JSON.

use super::Random;

/// `value` in a text of some kind.
pub fn carry(random: &mut Random, value: &str) -> String {
    let json = |text: &str| serde_json::Value::from(text).to_string();
    match random.between(0, 11) {
        0 => value.to_owned(),
        1 => format!("The customer wrote {value} and asked for a refund."),
        2 => format!("- value: {value}\n- next: see order 20391"),
        3 => format!("({value})"),
        4 => format!("\"{value}\""),
        5 => format!("I found {value}, which is what you asked for"),
        6 => format!("{{\"id\": {}, \"note\": {}}}", random.between(1, 99), json(value)),
        7 => format!("{{\"output\": {}}}", json(&format!("{{\"note\": {}}}", json(value)))),
        8 => format!("Traceback:\n  File \"a.py\", line 12\nValueError: bad input '{value}'"),
        9 => format!("result\\n{value}\\nend"),
        10 => format!("see\t{value}\nthanks"),
        _ => format!("Sent {value}."),
    }
}
