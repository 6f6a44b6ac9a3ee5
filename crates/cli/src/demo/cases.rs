//! What customers of the sample shop write, and what its agent can do about it. The people, their
//! addresses and their cards do not exist (the cards are the networks' test numbers).

/// One kind of request.
pub struct Case {
    /// `ticket.category`.
    pub category: &'static str,
    /// Subject of the mail.
    pub subject: &'static str,
    /// The mail. `{name}`, `{email}`, `{phone}`, `{card}`, `{address}` and `{order}` are filled in.
    pub text: &'static str,
    /// How the agent means to go about it.
    pub plan: &'static str,
    /// What it does, one tool an iteration.
    pub actions: &'static [Action],
    /// What it looks up first.
    pub articles: &'static [Article],
    /// What it answers.
    pub answer: &'static str,
}

/// One iteration: a thought, a tool, a result.
pub struct Action {
    /// What the agent thinks.
    pub thought: &'static str,
    /// The tool.
    pub tool: &'static str,
    /// Its arguments, as JSON with the same places to fill in.
    pub arguments: &'static str,
    /// Its result, as JSON.
    pub result: &'static str,
    /// How long it usually takes, in milliseconds.
    pub typical_ms: f64,
}

/// An article of the knowledge base.
pub struct Article {
    /// Its title.
    pub title: &'static str,
    /// The passage that was found.
    pub text: &'static str,
    /// How well it fits.
    pub score: f64,
}

/// First and last names, combined freely.
pub const FIRST_NAMES: [&str; 12] = [
    "Amelia", "Noah", "Mia", "Yusuf", "Ingrid", "Mateo", "Chiara", "Oskar", "Leila", "Tomasz",
    "Aoife", "Kenji",
];
/// See [`FIRST_NAMES`].
pub const LAST_NAMES: [&str; 12] = [
    "Lindqvist",
    "Okafor",
    "Hernandez",
    "Brandt",
    "Kowalska",
    "Rossi",
    "Yilmaz",
    "Sorensen",
    "Gallagher",
    "Tanaka",
    "Moreau",
    "Petrov",
];
/// Streets of nowhere in particular.
pub const STREETS: [&str; 6] =
    ["Sunset Drive", "Mill Lane", "Harbour Street", "Birch Avenue", "Station Road", "Cedar Court"];
/// Towns.
pub const TOWNS: [&str; 6] = ["Austin", "Leeds", "Uppsala", "Gdynia", "Bergamo", "Cork"];
/// Test numbers of card networks: they pass the check digit and belong to nobody.
pub const CARDS: [&str; 3] = ["4242 4242 4242 4242", "5555 5555 5555 4444", "4000 0566 5566 5556"];

const LOOKUP: Action = Action {
    thought: "I need the order before I can say anything about it.",
    tool: "lookup_order",
    arguments: r#"{"order": "{order}", "include": ["items", "shipment"]}"#,
    result: r#"{"order": "{order}", "state": "SHIPPED", "items": [{"sku": "KB-2210", "name": "Mechanical keyboard", "quantity": 1, "price": 89.9}], "shipment": {"carrier": "DPX", "tracking": "DPX-55108834", "promised": "2026-11-12"}, "customer": {"name": "{name}", "email": "{email}", "address": "{address}"}}"#,
    typical_ms: 240.0,
};

/// Everything the sample agent knows.
pub const CASES: [Case; 5] = [
    Case {
        category: "ORDER_STATUS",
        subject: "Where is my order?",
        text: "Hello, my name is {name}. I ordered a keyboard two weeks ago (order {order}) and it has not arrived. You can reach me at {email} or {phone}. Thanks!",
        plan: "Find the order, ask the carrier where it is, tell the customer when it arrives.",
        actions: &[
            LOOKUP,
            Action {
                thought: "It is with the carrier. The last scan tells where it is stuck.",
                tool: "track_shipment",
                arguments: r#"{"carrier": "DPX", "tracking": "DPX-55108834"}"#,
                result: r#"{"state": "IN_TRANSIT", "last_scan": {"at": "2026-11-13T06:41:00Z", "where": "Depot 7"}, "estimated": "2026-11-16"}"#,
                typical_ms: 640.0,
            },
        ],
        articles: &[],
        answer: "Hello {name}, your keyboard (order {order}) is at the carrier's depot and arrives by 16 November. I will keep an eye on it.",
    },
    Case {
        category: "REFUND",
        subject: "Refund for a broken keyboard",
        text: "Hi, this is {name}. The keyboard from order {order} came with two dead keys. I want my money back on my card {card}. Send the label to {address}. {email}",
        plan: "Check that the order can still be returned, make a label, refund the card it was paid with.",
        actions: &[
            LOOKUP,
            Action {
                thought: "Delivered eleven days ago: within the 30 days. A defect is returned for free.",
                tool: "check_return_window",
                arguments: r#"{"order": "{order}", "reason": "defect"}"#,
                result: r#"{"eligible": true, "days_left": 19, "fee": 0}"#,
                typical_ms: 120.0,
            },
            Action {
                thought: "Now the refund, to the card the order was paid with.",
                tool: "create_refund",
                arguments: r#"{"order": "{order}", "amount": 89.9, "currency": "EUR", "card": "{card}"}"#,
                result: r#"{"refund": "RF-20417", "state": "PENDING", "days": 5}"#,
                typical_ms: 900.0,
            },
            Action {
                thought: "The label goes to the address on the order.",
                tool: "create_return_label",
                arguments: r#"{"order": "{order}", "to": "{address}"}"#,
                result: r#"{"label": "LBL-88213", "sent_to": "{email}"}"#,
                typical_ms: 410.0,
            },
        ],
        articles: &[Article {
            title: "Returns and refunds",
            text: "Defective goods are taken back within 30 days, free of charge. Refunds go to the means of payment of the order and take up to five days.",
            score: 0.93,
        }],
        answer: "Hello {name}, I am sorry about the keys. 89.90 EUR are on their way to the card you paid with (five days at most), and the label is in your mail.",
    },
    Case {
        category: "PRODUCT_SUPPORT",
        subject: "Headset does not pair",
        text: "My H-300 headset will not pair with my laptop any more since the update. I tried turning it off and on. {name}, {phone}",
        plan: "Find out the firmware, look for known problems with it, give the steps.",
        actions: &[
            Action {
                thought: "Which firmware is it on? 2.4 had a pairing problem.",
                tool: "lookup_device",
                arguments: r#"{"model": "H-300", "owner": "{email}"}"#,
                result: r#"{"model": "H-300", "serial": "H3-118842", "firmware": "2.4.0", "warranty_until": "2027-05-01"}"#,
                typical_ms: 310.0,
            },
            Action {
                thought: "2.4.0 it is. The knowledge base says a reset of the pairing list helps; the picture shows which keys.",
                tool: "compare_image",
                arguments: r#"{"image": "attachment-1", "with": "h300-pairing-led"}"#,
                result: r#"{"matches": 2, "best": {"name": "LED blinks red twice", "similarity": 0.88}}"#,
                typical_ms: 1350.0,
            },
        ],
        articles: &[
            Article {
                title: "H-300: reset the pairing list",
                text: "Hold both volume keys for ten seconds until the LED blinks white. Then pair again. Needed once after updating to firmware 2.4.",
                score: 0.91,
            },
            Article {
                title: "H-300: update the firmware",
                text: "Connect the headset by cable and open the updater. 2.4.1 corrects pairing with some laptops.",
                score: 0.78,
            },
            Article {
                title: "Bluetooth: general advice",
                text: "Keep the devices within two metres, remove old pairings on both sides.",
                score: 0.41,
            },
        ],
        answer: "Please hold both volume keys for ten seconds until the light blinks white, then pair again. Firmware 2.4.1 corrects this for good.",
    },
    Case {
        category: "BILLING",
        subject: "Charged twice",
        text: "I was charged twice for order {order}! My card is {card}. Please fix this today. {name} ({email}, {address})",
        plan: "Compare the charges with the order, void the one too many.",
        actions: &[
            Action {
                thought: "First the charges of this order.",
                tool: "list_charges",
                arguments: r#"{"order": "{order}"}"#,
                result: r#"[{"charge": "ch_9001", "amount": 89.9, "state": "CAPTURED"}, {"charge": "ch_9002", "amount": 89.9, "state": "AUTHORIZED"}]"#,
                typical_ms: 280.0,
            },
            Action {
                thought: "The second one is only authorized. It can be voided and never reaches the card.",
                tool: "void_charge",
                arguments: r#"{"charge": "ch_9002", "reason": "duplicate"}"#,
                result: r#"{"charge": "ch_9002", "state": "VOIDED"}"#,
                typical_ms: 700.0,
            },
        ],
        articles: &[Article {
            title: "Duplicate charges",
            text: "An authorization that is not captured disappears after seven days, or at once when it is voided.",
            score: 0.88,
        }],
        answer: "Hello {name}, the second charge was an authorization and is voided; your bank removes it within two days.",
    },
    Case {
        category: "ACCOUNT",
        subject: "New address",
        text: "I moved. My new address is {address}. Please change it for {email}. Regards, {name}",
        plan: "Make sure it is the customer who asks, then change the address.",
        actions: &[
            Action {
                thought: "The address may only be changed by the account's owner: send a code first.",
                tool: "verify_owner",
                arguments: r#"{"email": "{email}", "phone": "{phone}", "password": "not needed"}"#,
                result: r#"{"verified": true, "by": "code"}"#,
                typical_ms: 1900.0,
            },
            Action {
                thought: "Verified. Now the change.",
                tool: "update_address",
                arguments: r#"{"email": "{email}", "address": "{address}"}"#,
                result: r#"{"updated": true}"#,
                typical_ms: 160.0,
            },
        ],
        articles: &[],
        answer: "Done, {name}: everything goes to your new address from now on.",
    },
];

/// How a run can fail: `error.type`, what was said, and where.
pub struct Breakdown {
    /// `error.type`.
    pub kind: &'static str,
    /// What was said.
    pub message: &'static str,
    /// Where.
    pub stack: &'static str,
}

/// What goes wrong in tools.
pub const BREAKDOWNS: [Breakdown; 4] = [
    Breakdown {
        kind: "tool_timeout",
        message: "no answer within 10 s",
        stack: "at tools::http::call (tools/http.rs:118)\nat agent::act (agent.rs:204)\nat agent::run (agent.rs:71)",
    },
    Breakdown {
        kind: "tool_unavailable",
        message: "HTTP 503 from orders.internal: upstream connect error",
        stack: "at tools::http::call (tools/http.rs:131)\nat agent::act (agent.rs:204)\nat agent::run (agent.rs:71)",
    },
    Breakdown {
        kind: "invalid_arguments",
        message: "argument `order` is not an order number",
        stack: "at tools::schema::check (tools/schema.rs:57)\nat agent::act (agent.rs:198)",
    },
    Breakdown {
        kind: "model_rate_limited",
        message: "429 from the model's provider: try again in 21 s",
        stack: "at model::complete (model.rs:88)\nat agent::think (agent.rs:152)",
    },
];
