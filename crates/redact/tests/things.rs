//! Whose name it is: objects as shops, airlines, telephone companies, agents and their tools write
//! them, with names of things and of people. What names a thing stays, what names a person goes. Made
//! from a seed; `cargo test --test things -- --nocapture` prints the table.

#![allow(clippy::unwrap_used)]

#[allow(dead_code, unused_imports)]
mod making;

use std::collections::BTreeMap;

use making::Random;
use serde_json::{Value, json};
use ticketlens_redact::{Gate, GateConfig, HashKey};

const SEED: u64 = 20_261_130;
const ROUNDS: usize = 120;

#[rustfmt::skip]
const GIVEN: &[&str] = &[
    "Mia", "Noah", "Amelia", "Yusuf", "Priya", "Wei", "Chen", "Fatima", "Olga", "Dmitri", "José", "Søren",
    "Zoë", "Anne-Marie", "Björn", "Kwame", "Oluwaseun", "Grace", "Rose", "Hunter", "April", "Mason", "Ethan",
    "Sofia", "Raj", "Hiroshi", "Yuki", "Nguyen", "Ivan", "Lucía", "Harper", "Evelyn", "Omar", "Aaliyah",
    "Jean-Luc", "Siobhán", "Łukasz", "Mary Ann", "J.", "Mei Ling",
];
#[rustfmt::skip]
const FAMILY: &[&str] = &[
    "Li", "Ahmed", "Smith", "Brooks", "Young", "Green", "Parker", "Waters", "Bishop", "Walker", "Price",
    "O'Neill", "van der Berg", "de la Cruz", "García Márquez", "Müller", "Nakamura", "Kowalski", "Patel",
    "Rossi", "Silva", "Nguyen", "Kim", "Johansson", "Lopez-Hernandez", "Okonkwo", "Al-Hassan", "Ivanov",
    "McDonald", "Taylor", "Moore", "Jackson", "Rivera", "Dubois", "Chen", "Khan", "Gates", "Banks", "Stone",
    "Santos",
];

fn person(r: &mut Random) -> String {
    let (given, family) = (r.pick(GIVEN).to_owned(), r.pick(FAMILY).to_owned());
    match r.between(0, 9) {
        0 => given,
        1 => format!("{family}, {given}"),
        2 => format!("{given} {family}").to_uppercase(),
        _ => format!("{given} {family}"),
    }
}

/// In full, as it stands where only its look tells.
fn full(r: &mut Random) -> String {
    format!("{} {}", r.pick(GIVEN), r.pick(FAMILY))
}

fn product(r: &mut Random) -> String {
    r.pick(&[
        "Bookshelf",
        "Hiking Boots",
        "T-Shirt",
        "E-Reader",
        "Garden Hose",
        "Wall Clock",
        "Pet Bed",
        "Fender Jazzmaster",
        "Adidas Samba",
        "Emerald Tide",
        "Grill",
        "Tea Kettle",
        "LED Light Bulb",
        "Nordic Throw",
        "Perfume",
        "Sneakers",
        "Mia Sofa Large",
        "Rose Quartz",
        "Jordan Retro",
        "Levi's 501",
        "iPhone 15 Pro",
        "Dyson Airwrap",
        "Moleskine",
    ])
    .to_owned()
}

fn tool(r: &mut Random) -> String {
    match r.between(0, 3) {
        0 => format!("{}_{}", r.lower(4), r.lower(6)),
        1 => format!("{}-{}", r.lower(4), r.lower(6)),
        _ => r
            .pick(&[
                "bash",
                "Finish",
                "calculate",
                "Search",
                "think",
                "echo",
                "Read",
                "Task",
                "get_user",
                "str_replace",
            ])
            .to_owned(),
    }
}

fn place(r: &mut Random) -> String {
    r.pick(&[
        "San Francisco",
        "Charles de Gaulle",
        "London",
        "Saint Louis",
        "Paris",
        "O'Hare",
        "Grand Hyatt",
        "Austin",
    ])
    .to_owned()
}

fn plan(r: &mut Random) -> String {
    r.pick(&[
        "Basic Plan",
        "Family Share",
        "Gold",
        "IoT Basic",
        "Unlimited Plus",
        "Pro",
        "Claude Opus",
        "Galaxy Fold",
        "Team",
    ])
    .to_owned()
}

type Make = fn(&mut Random) -> (Value, String);

/// An object in which that name names a thing.
const THINGS: &[(&str, Make)] = &[
    ("order item", |r| {
        let name = product(r);
        let item = json!({"name": name, "product_id": r.digits(10), "item_id": r.digits(10), "price": 12.5, "options": {"color": "red"}});
        (
            json!({"order_id": "#W123", "items": [item], "address": {"city": "Rome"}, "status": "pending"}),
            name,
        )
    }),
    ("product", |r| {
        let name = product(r);
        (
            json!({"name": name, "product_id": r.digits(10), "variants": {r.digits(10): {"available": true, "price": 3}}}),
            name,
        )
    }),
    ("cart", |r| {
        let name = product(r);
        (
            json!({"cart": [{"sku": r.upper(8), "name": name, "qty": 2}], "customer_id": "c-42"}),
            name,
        )
    }),
    ("shop", |r| {
        let name = product(r);
        (
            json!({"line_items": [{"id": 1, "name": name, "title": name, "vendor": "x", "fulfillable_quantity": 1}], "email": "m@x.co"}),
            name,
        )
    }),
    ("catalogue", |r| {
        let name = product(r);
        (json!({"object": "product", "id": "prod_1", "active": true, "name": name}), name)
    }),
    ("list of products", |r| {
        let name = product(r);
        (json!({"products": [{"name": "x_y"}, {"name": name}]}), name)
    }),
    ("plan", |r| {
        let name = plan(r);
        (
            json!({"plans": [{"plan_id": "P1", "name": name, "data_limit_gb": 5, "price_per_month": 40}]}),
            name,
        )
    }),
    ("plan of a line", |r| {
        let name = plan(r);
        (json!({"line": {"line_id": "L1", "phone_number": "x", "plan": {"name": name}}}), name)
    }),
    ("device", |r| {
        let name = plan(r);
        (json!({"devices": [{"device_id": "D1", "device_type": "phone", "name": name}]}), name)
    }),
    ("airport", |r| {
        let name = place(r);
        (json!({"flight": {"number": "HAT1", "origin": {"iata": "SFO", "name": name}}}), name)
    }),
    ("city", |r| {
        let name = place(r);
        (json!({"city": {"name": name}, "passengers": [{"first_name": "M"}]}), name)
    }),
    ("hotel", |r| {
        let name = place(r);
        (json!({"hotels": [{"hotel_id": "1", "name": name, "stars": 4, "room_type": "x"}]}), name)
    }),
    ("model", |r| {
        let name = plan(r);
        (json!({"model": {"name": name, "context_window": 8}}), name)
    }),
    ("tool call of OpenAI", |r| {
        let name = tool(r);
        (
            json!({"role": "assistant", "content": null, "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": name, "arguments": "{\"a\": 1}"}}]}),
            name,
        )
    }),
    ("tool result of OpenAI", |r| {
        let name = tool(r);
        (
            json!({"messages": [{"role": "tool", "tool_call_id": "call_1", "name": name, "content": "done"}]}),
            name,
        )
    }),
    ("tool use of Anthropic", |r| {
        let name = tool(r);
        (
            json!({"content": [{"type": "tool_use", "id": "toolu_1", "name": name, "input": {"q": 1}}]}),
            name,
        )
    }),
    ("function call of Gemini", |r| {
        let name = tool(r);
        (json!({"functionCall": {"name": name, "args": {"q": 1}}}), name)
    }),
    ("tools of MCP", |r| {
        let name = tool(r);
        (
            json!({"tools": [{"name": name, "description": "Does it", "inputSchema": {"type": "object"}}]}),
            name,
        )
    }),
    ("tool of MCP", |r| {
        let name = tool(r);
        (json!({"method": "tools/call", "params": {"name": name, "arguments": {"q": 1}}}), name)
    }),
    ("tools", |r| {
        let name = tool(r);
        (
            json!({"tools": [{"type": "function", "name": name, "parameters": {"type": "object", "properties": {"name": {"type": "string"}}}}]}),
            name,
        )
    }),
    ("described tool", |r| {
        let name = tool(r);
        (json!([{"name": name, "description": "Does it"}]), name)
    }),
    ("LangChain", |r| {
        let name = tool(r);
        (
            json!({"tool_calls": [{"name": name, "args": {"q": 1}, "id": "1", "type": "tool_call"}]}),
            name,
        )
    }),
    ("parameter", |r| {
        let name = r.lower(6);
        (json!({"parameters": [{"name": name, "in": "query", "schema": {"type": "string"}}]}), name)
    }),
    ("workflow", |r| {
        let name = tool(r);
        (json!({"workflow": {"name": name, "steps": [{"name": name}]}}), name)
    }),
    ("container", |r| {
        let name = r.lower(7);
        (
            json!({"spec": {"containers": [{"name": name, "image": "nginx", "env": [{"name": "LOG_LEVEL", "value": "debug"}]}]}}),
            name,
        )
    }),
    ("label of an issue", |r| {
        let name = r.lower(7);
        (
            json!({"labels": [{"id": 1, "name": name, "color": "d73a4a"}], "user": {"login": "x"}}),
            name,
        )
    }),
    ("repository", |r| {
        let name = r.lower(7);
        (json!({"repository": {"id": 1, "name": name, "owner": {"login": "x"}}}), name)
    }),
    ("header", |r| {
        let name = r.pick(&["Host", "Accept", "Content-Type", "User-Agent", "Via"]).to_owned();
        (json!({"headers": [{"name": name, "value": "x"}]}), name)
    }),
    ("property", |r| {
        let name =
            r.pick(&["Color", "Size", "Shipping Method", "Material", "max_retries"]).to_owned();
        (json!({"properties": [{"name": name, "value": "x"}]}), name)
    }),
    ("number of an order", |r| {
        let name = format!("#{}{}", r.pick(&["", "D"]), r.digits(4));
        (
            json!({"order": {"name": name, "email": "m@x.co", "billing_address": {"city": "Rome"}}}),
            name,
        )
    }),
    ("province", |r| {
        let name = r.pick(&["Ohio", "Washington", "British Columbia", "Puerto Rico"]).to_owned();
        (json!({"country": {"provinces": [{"code": "X", "id": 1, "name": name}]}}), name)
    }),
    ("country by its name alone", |r| {
        let name = r.pick(&["Brazil", "New Zealand", "Ohio", "UK", "North Carolina"]).to_owned();
        (json!([{"name": name}]), name)
    }),
    ("holiday", |r| {
        let name = r.pick(&["Easter Monday", "All Saints' Day", "Armistice Day"]).to_owned();
        (
            json!({"result": [{"date": "2026-01-01", "localName": "Pâques", "countryCode": "FR", "name": name}]}),
            name,
        )
    }),
    ("value of an option", |r| {
        let name = r.pick(&["Black", "XXS", "Rose", "PROJ-007", "Hunter Green"]).to_owned();
        (json!({"options": [{"name": "Color", "values": [{"name": name}]}]}), name)
    }),
    ("term of a product's attribute", |r| {
        let name = r.pick(&["Black", "XXS", "Rose", "Hunter Green"]).to_owned();
        (json!({"product_attribute_term": {"name": name}}), name)
    }),
    ("type of GraphQL", |r| {
        let name = r.pick(&["Boolean", "String", "QueryRoot", "Customer Input"]).to_owned();
        (
            json!({"queryType": {"name": name}, "type": {"kind": "LIST", "name": name, "ofType": {"kind": "SCALAR", "name": name}}}),
            name,
        )
    }),
    ("hint of a model", |r| {
        let name = r.pick(&["claude-3-sonnet", "sonnet", "gpt-4o"]).to_owned();
        (json!({"modelPreferences": {"hints": [{"name": name}]}}), name)
    }),
    ("team", |r| {
        let name = r.pick(&["West Coast Sales", "Sales", "Escalations"]).to_owned();
        (json!({"teams": [{"id": "1", "name": name, "primary": true}]}), name)
    }),
    ("service account", |r| {
        let name = r.pick(&["Service Account", "Production App", "My Service Account"]).to_owned();
        (
            json!({"object": "organization.project.service_account", "role": "member", "name": name, "api_key": {"value": "x"}}),
            name,
        )
    }),
    ("state of a ticket", |r| {
        let name = r.pick(&["closed", "pending close", "merged", "in progress"]).to_owned();
        (json!([{"id": 4, "name": name, "active": true, "created_by_id": 1}]), name)
    }),
    ("certificate", |r| {
        let name =
            r.pick(&["My Example Certificate", "Root One", "Renamed Certificate"]).to_owned();
        (json!({"object": "certificate", "id": "c", "name": name}), name)
    }),
    ("modifier", |r| {
        let name = r.pick(&["Almond Milk", "Well", "Soy Milk"]).to_owned();
        (json!({"modifier_data": {"name": name, "price_money": {"amount": 1}}}), name)
    }),
    ("price of money", |r| {
        let name = product(r);
        (json!({"name": name, "base_price_money": {"amount": 1, "currency": "USD"}}), name)
    }),
    ("location", |r| {
        let name = r.pick(&["Midtown", "Harbor"]).to_owned();
        (json!({"location": {"name": name, "description": "x", "address": {"city": "Rome"}}}), name)
    }),
    ("break", |r| {
        let name = r.pick(&["Tea Break", "Lunch Break", "Siesta"]).to_owned();
        (json!({"breaks": [{"name": name, "is_paid": true, "expected_duration": "PT5M"}]}), name)
    }),
    ("vendor", |r| {
        let name =
            r.pick(&["Joe's Fresh Seafood", "Annie’s Hot Sauce", "Macro Brewing"]).to_owned();
        (
            json!({"vendor": {"name": name, "address": {"city": "Rome"}, "contacts": [{"name": "Mia Li", "phone_number": "x"}]}}),
            name,
        )
    }),
    ("bot", |r| {
        let name = r.pick(&["Operator", "Fin"]).to_owned();
        (json!({"author": {"type": "bot", "name": name, "email": "o@x.co"}}), name)
    }),
    ("group of properties", |r| {
        let name =
            r.pick(&["mypropertygroup", "column1", "customerdetails", "hs_field"]).to_owned();
        (json!([{"name": name, "label": "Mine"}, {"name": name}]), name)
    }),
    ("company as a contact", |r| {
        let name = r.pick(&["OpenAI Support", "Swagger API Team", "Acme Ltd."]).to_owned();
        (json!({"info": {"contact": {"name": name, "email": "m@x.co", "url": "x"}}}), name)
    }),
    ("entry of documentation", |r| {
        let name = r.pick(&["List Batches", "Retrieve User", "Moderations"]).to_owned();
        (json!({"x-oaiMeta": {"name": name, "group": "x", "example": "x"}}), name)
    }),
    ("parameter of a route", |r| {
        let name = r.pick(&["user_id", "limit", "Retrieve user"]).to_owned();
        (
            json!({"paths": {"/users/{user_id}": {"get": {"parameters": [{"name": name, "in": "path", "schema": {"type": "string"}}]}}}}),
            name,
        )
    }),
    ("schema of a person", |r| {
        let name = r.lower(5);
        (
            json!({"schemas": {"User": {"type": "object", "x-oaiMeta": {"name": name}, "properties": {"id": {"type": "string"}}, "example": {"id": "1"}}}}),
            name,
        )
    }),
    ("version of a package", |r| {
        let version =
            format!("{}{}.{}.{}", r.pick(&["^", "~", ">="]), r.digits(1), r.digits(2), r.digits(1));
        (
            json!({"dependencies": {r.pick(&["cookie", "mail", "address"]).to_owned(): version}}),
            version,
        )
    }),
    ("a thing by its name alone", |r| {
        let name = r
            .pick(&[
                "Water Bottle",
                "Running Shoes",
                "get_user",
                "Premium Plan",
                "#1001",
                "24 inch screen",
                "Basic Economy",
            ])
            .to_owned();
        (json!({"name": name}), name)
    }),
];

/// An object in which that name names a person.
const PEOPLE: &[(&str, Make)] = &[
    ("contact", |r| {
        let name = person(r);
        (json!({"id": 7, "name": name, "email": "m@x.co"}), name)
    }),
    ("list of contacts", |r| {
        let name = person(r);
        (json!({"results": [{"name": name, "phone": "x", "tags": ["a"], "url": "x"}]}), name)
    }),
    ("passenger", |r| {
        let name = person(r);
        (
            json!({"reservation_id": "X", "passengers": [{"name": name}], "flights": [{"number": "HAT1", "price": 3}]}),
            name,
        )
    }),
    ("passenger with a seat", |r| {
        let name = person(r);
        (json!({"name": name, "seat": "12A", "price": 30}), name)
    }),
    ("customer of an order", |r| {
        let name = person(r);
        (
            json!({"order": {"customer": {"name": name, "total": 3}, "items": [{"sku": "A", "name": "Chair"}]}}),
            name,
        )
    }),
    ("shipping", |r| {
        let name = person(r);
        (json!({"shipping": {"name": name, "address": {"line1": "x"}}, "object": "charge"}), name)
    }),
    ("billing", |r| {
        let name = person(r);
        (json!({"billing_details": {"name": name, "email": null}, "object": "charge"}), name)
    }),
    ("author", |r| {
        let name = person(r);
        (json!({"commit": {"author": {"name": name, "date": "2026-01-01"}}, "sha": "x"}), name)
    }),
    ("assignee", |r| {
        let name = person(r);
        (
            json!({"issue": {"assignees": [{"name": name, "url": "x"}], "labels": [{"name": "bug"}]}}),
            name,
        )
    }),
    ("sender", |r| {
        let name = person(r);
        (json!({"message": {"sender": {"name": name}, "recipients": [{"name": name}]}}), name)
    }),
    ("message of OpenAI", |r| {
        let name = person(r);
        (json!({"messages": [{"role": "user", "name": name, "content": "Hello"}]}), name)
    }),
    ("arguments", |r| {
        let name = person(r);
        (json!({"type": "tool_use", "name": "create_user", "input": {"name": name}}), name)
    }),
    ("arguments in a text", |r| {
        let name = person(r);
        (
            json!({"function": {"name": "book", "arguments": json!({"name": name, "city": "Rome"}).to_string()}}),
            name,
        )
    }),
    ("birth", |r| {
        let name = person(r);
        (json!({"name": name, "date_of_birth": "x", "membership": "gold"}), name)
    }),
    ("employee", |r| {
        let name = person(r);
        (json!({"employees": [{"id": 1, "name": name, "category": "A"}]}), name)
    }),
    ("person of schema.org", |r| {
        let name = person(r);
        (json!({"@type": "Person", "name": name, "url": "x", "description": "x"}), name)
    }),
    ("parts of a name", |r| {
        let name = r.pick(GIVEN).to_owned();
        (json!({"name": {"first": name, "last": "x"}}), name)
    }),
    ("name and value", |r| {
        let name = person(r);
        (json!({"fields": [{"name": "customer_name", "value": name}]}), name)
    }),
    ("name as a field", |r| {
        let name = person(r);
        (json!({"fields": [{"key": "name", "value": name}]}), name)
    }),
    ("map in a text below a personal key", |r| {
        let name = full(r);
        (
            json!({"customer": json!({"note": name}).to_string(), "email": format!("{{note: {name}}}")}),
            name,
        )
    }),
    ("contact of a vendor", |r| {
        let name = person(r);
        (json!({"vendor": {"name": "Macro Brewing", "contacts": [{"name": name}]}}), name)
    }),
    ("record of a person", |r| {
        let name = person(r);
        (json!({"created_by_user_obj": {"id": 1, "name": name}, "type": "x"}), name)
    }),
    ("person as a member of a team", |r| {
        let name = person(r);
        (json!({"team": {"name": "Sales", "members": [{"name": name, "role": "admin"}]}}), name)
    }),
    ("person at a location", |r| {
        let name = full(r);
        (json!({"location": {"name": name, "address": {"city": "Rome"}}}), name)
    }),
    ("person as a bot", |r| {
        let name = full(r);
        (json!({"author": {"type": "bot", "name": name, "email": "m@x.co"}}), name)
    }),
    ("user name", |r| {
        let name = format!("{}{}", r.pick(&["mia", "noah.li", "jroe", "mia-li-"]), r.digits(2));
        (json!({"name": name}), name)
    }),
    ("a person by the name alone", |r| {
        let name = person(r);
        (json!({"name": name}), name)
    }),
    ("a person among others", |r| {
        let name = full(r);
        (json!({"data": [{"name": "Water Bottle"}, {"name": name, "id": 4}]}), name)
    }),
    ("a person where things are", |r| {
        let name = full(r);
        (json!({"items": [{"name": name, "description": "x"}]}), name)
    }),
    ("count by person", |r| {
        let name = person(r);
        (json!({"series": [{"name": name, "value": 12}]}), name)
    }),
];

/// Of objects of these kinds, those in which the name is not as it should be: in a tree, or in a text.
fn wrong(kinds: &[(&'static str, Make)], stays: bool, seed: u64) -> (usize, Vec<String>) {
    let hash_key = Some(HashKey::new(*b"0123456789abcdef"));
    let gate = Gate::new(GateConfig { hash_key, ..GateConfig::default() }).unwrap();
    let mut random = Random::new(seed);
    let mut table: BTreeMap<&str, (usize, Vec<String>)> = BTreeMap::new();
    for (kind, make) in kinds.iter().cycle().take(ROUNDS * kinds.len()) {
        let (value, name) = make(&mut random);
        let mut tree = value.clone();
        gate.pass(None).value(&mut tree).unwrap();
        let text = gate.pass(None).text(&value.to_string()).into_owned();
        let pretty = serde_json::to_string_pretty(&value).unwrap();
        let pretty = gate.pass(None).text(&pretty).into_owned();
        let row = table.entry(kind).or_default();
        let quoted = Value::from(name.as_str()).to_string();
        let inside = quoted.trim_matches('"').to_owned();
        for clean in [tree.to_string(), text, pretty] {
            row.0 += 1;
            let is_there =
                clean.contains(&format!("{inside}\"")) || clean.contains(&format!("{inside}\\\""));
            if is_there != stays {
                row.1.push(format!("{value} → {clean}"));
            }
        }
    }
    println!("{:28} {:>6} {:>6}", if stays { "things" } else { "people" }, "names", "wrong");
    for (kind, (names, wrong)) in &table {
        println!("{kind:28} {names:>6} {:>6}", wrong.len());
        wrong.iter().take(2).for_each(|text| println!("    {text}"));
    }
    let all = table.values().map(|row| row.0).sum();
    (all, table.into_values().flat_map(|row| row.1).collect())
}

#[test]
fn what_names_a_thing_stays() {
    let (all, wrong) = wrong(THINGS, true, SEED);
    assert!(all >= 10_000, "{all}");
    assert!(wrong.len() * 1000 <= all * 5, "{} of {all}", wrong.len());
}

#[test]
fn what_names_a_person_goes() {
    let (all, wrong) = wrong(PEOPLE, false, SEED + 1);
    assert!(all >= 8_000, "{all}");
    assert!(wrong.len() * 1000 <= all * 5, "{} of {all}", wrong.len());
}
