//! A support agent that reports its tickets. Where to is read from the environment:
//!
//! ```sh
//! TICKETLENS_KEY=tl_… OTEL_SERVICE_NAME=support-agent cargo run --example support_agent
//! ```

use std::time::Duration;

use serde_json::{Value, json};
use ticketlens::{Lens, StepKind};

fn main() {
    let lens = Lens::from_env();
    for id in ["12345", "12346"] {
        answer(&lens, id);
    }
    let report = lens.shutdown(Duration::from_secs(5));
    println!("sent {}, lost {}", report.sent, report.dropped.total() + report.left);
}

fn answer(lens: &Lens, id: &str) {
    let ticket = lens
        .ticket(id)
        .category("ORDER_STATUS")
        .customer("c-42")
        .known_pii(["Amelia Ahmed", "975 Sunset Drive"])
        .model("gpt-4o")
        .request(json!({"question": "Where is my order?"}));

    // A step times itself; those started from it are shown within it.
    let thought = ticket.start_step(StepKind::React, "agent").iteration(1);
    let call = thought.start_step(StepKind::Tool, "lookup_order").input(json!({"order": 7}));
    match lookup_order(7) {
        Ok(order) => call.output(order).end(),
        Err(why) => {
            call.error("order_not_found", why);
            thought.end();
            return ticket.fail("order_not_found");
        }
    }
    thought.output("The order is in transit.").end();

    ticket
        .metric("react_iterations", 1)
        .tokens(1200, 340)
        .output("Your order is on its way.")
        .succeed();
}

fn lookup_order(order: u32) -> Result<Value, String> {
    Ok(json!({"order": order, "state": "in transit"}))
}
