//! Requests of about so many bytes, each made to cost as much as it can, by name.

use std::ops::Range;

/// A field that has a length.
pub fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | 2];
    ticketlens_ticket::wire::write_varint(&mut out, bytes.len() as u64);
    out.extend_from_slice(bytes);
    out
}

pub fn text(value: impl AsRef<[u8]>) -> Vec<u8> {
    field(1, value.as_ref())
}

fn list(items: impl IntoIterator<Item = Vec<u8>>) -> Vec<u8> {
    field(5, &items.into_iter().flat_map(|item| field(1, &item)).collect::<Vec<_>>())
}

fn map<K: AsRef<[u8]>>(pairs: impl IntoIterator<Item = (K, Vec<u8>)>) -> Vec<u8> {
    field(6, &pairs.into_iter().flat_map(|(k, v)| field(1, &pair(k, &v))).collect::<Vec<_>>())
}

fn pair(key: impl AsRef<[u8]>, value: &[u8]) -> Vec<u8> {
    [field(1, key.as_ref()), field(2, value)].concat()
}

fn int(value: u64) -> Vec<u8> {
    let mut out = vec![3 << 3];
    ticketlens_ticket::wire::write_varint(&mut out, value);
    out
}

pub fn attribute(key: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Vec<u8> {
    field(9, &pair(key, &text(value)))
}

/// A span with its id, its parent's (0 is none) and its time in milliseconds.
pub fn span(id: u64, parent: u64, time: Range<u64>, more: &[Vec<u8>]) -> Vec<u8> {
    const BASE: u64 = 1_790_000_000_000_000_000;
    let at = |number: u8, ms: u64| {
        [&[number << 3 | 1][..], &(BASE + ms * 1_000_000).to_le_bytes()].concat()
    };
    let mut span = [field(1, &[1; 16]), field(2, &id.to_be_bytes())].concat();
    if parent > 0 {
        span.extend(field(4, &parent.to_be_bytes()));
    }
    span.extend(at(7, time.start));
    span.extend(at(8, time.end));
    span.extend(more.concat());
    span
}

/// A request of one scope, whose resource has these attributes.
pub fn request(
    resource: &[Vec<u8>],
    scope: &str,
    spans: impl IntoIterator<Item = Vec<u8>>,
) -> Vec<u8> {
    let resource: Vec<u8> = resource.iter().flat_map(|pair| field(1, pair)).collect();
    let mut items = field(1, &field(1, scope.as_bytes()));
    items.extend(spans.into_iter().flat_map(|span| field(2, &span)));
    field(1, &[field(1, &resource), field(2, &items)].concat())
}

fn agent(name: impl AsRef<[u8]>, end: u64) -> Vec<u8> {
    let more =
        [attribute("gen_ai.operation.name", "invoke_agent"), attribute("gen_ai.agent.name", name)];
    span(1, 0, 0..end, &more)
}

fn chat(id: u64, time: Range<u64>, more: &[Vec<u8>]) -> Vec<u8> {
    span(id, 1, time, &[&[attribute("gen_ai.operation.name", "chat")], more].concat())
}

fn tool(id: u64, time: Range<u64>, more: &[Vec<u8>]) -> Vec<u8> {
    let named =
        [attribute("gen_ai.operation.name", "execute_tool"), attribute("gen_ai.tool.name", "t")];
    span(id, 1, time, &[&named, more].concat())
}

fn said(calls: &str) -> Vec<u8> {
    attribute("gen_ai.output.messages", format!(r#"[{{"role":"assistant","parts":[{calls}]}}]"#))
}

/// Each by its name.
pub fn requests(size: usize) -> Vec<(&'static str, Vec<u8>)> {
    let n = |each: usize| 2..2 + (size / each) as u64;
    let spans = |of: Vec<Vec<u8>>| request(&[], "s", of);
    let one = |more: &[Vec<u8>]| request(&[], "s", [span(2, 0, 0..1, more)]);
    let of_chat = |more: &[Vec<u8>]| request(&[], "s", [chat(2, 0..1, more)]);
    let repeat = |text: &str| text.repeat(size / text.len());
    let json = |key: &str, item: &str| attribute(key, format!("[{}0]", repeat(item)));
    let large = |share: usize| "x".repeat(size / share);
    let called = |arguments: &str| {
        said(&format!(
            r#"{{"type":"tool_call","id":"c","name":"t","arguments":{{"x":"{arguments}"}}}}"#
        ))
    };
    vec![
        ("spans of an id", spans(n(12).map(|id| field(2, &id.to_be_bytes())).collect())),
        ("scopes of nothing", field(1, &field(2, &[]).repeat(size / 2))),
        ("attributes of nothing", one(&vec![field(9, &[]); size / 2])),
        ("attributes", one(&n(12).map(|k| attribute(k.to_string(), "")).collect::<Vec<_>>())),
        ("events of nothing", one(&vec![field(11, &[]); size / 2])),
        (
            "events that are messages",
            of_chat(&vec![field(11, &field(2, b"gen_ai.user.message")); size / 23]),
        ),
        (
            "lists of nothing",
            of_chat(&[field(9, &pair("gen_ai.input.messages", &list(vec![list([]); size / 4])))]),
        ),
        (
            "maps of nothing",
            of_chat(&[field(9, &pair("input.value", &map(n(8).map(|_| ("", vec![])))))]),
        ),
        (
            "numbers",
            of_chat(&[field(9, &pair("gen_ai.input.messages", &list(vec![int(0); size / 4])))]),
        ),
        ("messages that are numbers, in JSON", of_chat(&[json("gen_ai.input.messages", "0,")])),
        (
            "messages of a letter, in JSON",
            of_chat(&[json("gen_ai.input.messages", r#"{"content":"x"},"#)]),
        ),
        ("calls, in JSON", of_chat(&[said(&format!("{}0", repeat(r#"{"name":"t"},"#)))])),
        (
            "calls of a type, in JSON",
            of_chat(&[said(&format!("{}0", repeat(r#"{"type":"tool_use","name":"t"},"#)))]),
        ),
        (
            "results, in JSON",
            of_chat(&[json("gen_ai.input.messages", r#"{"role":"tool","content":"x"},"#)]),
        ),
        ("maps of nothing, in JSON", of_chat(&[json("gen_ai.output.messages", "{},")])),
        (
            "maps of a key, in JSON",
            spans(vec![tool(2, 0..1, &[json("gen_ai.tool.call.result", r#"{"":0},"#)])]),
        ),
        (
            "maps of nothing in a tool, in JSON",
            spans(vec![tool(2, 0..1, &[json("gen_ai.tool.call.result", "{},")])]),
        ),
        (
            "JSON in many attributes",
            spans(
                n(1024)
                    .map(|id| {
                        let json = format!("[{}0]", "{},".repeat(256));
                        tool(id, 0..1, &[attribute("gen_ai.tool.call.result", json)])
                    })
                    .collect(),
            ),
        ),
        ("levels in JSON", of_chat(&[attribute("gen_ai.input.messages", repeat("["))])),
        ("levels in Python", of_chat(&[attribute("gen_ai.input.messages", repeat("['',["))])),
        (
            "keys of many parts",
            of_chat(
                &n(64)
                    .map(|k| attribute(format!("gen_ai.prompt.{k}.1.1.1.1.1.1.1.1.1.1.1.1.1"), "x"))
                    .collect::<Vec<_>>(),
            ),
        ),
        ("a chain", spans(n(48).map(|id| span(id, id - 1, 0..9, &[])).collect())),
        ("a chain of agents", {
            let more = [attribute("gen_ai.operation.name", "invoke_agent")];
            spans(n(86).map(|id| span(id, id - 1, 0..9, &more)).collect())
        }),
        ("a circle", {
            let last = (size / 48) as u64;
            spans((1..=last).map(|id| span(id, id % last + 1, 0..9, &[])).collect())
        }),
        ("siblings", spans(n(48).map(|id| span(id, 1, 0..9, &[])).collect())),
        ("missing parents", spans(n(48).map(|id| span(id, id + 1_000_000, 0..9, &[])).collect())),
        ("one span, many times", spans(n(40).map(|_| span(1, 0, 0..9, &[])).collect())),
        ("tools of one name", spans(n(130).map(|id| tool(id, id..id + 1, &[])).collect())),
        (
            "calls of one name and their tools",
            spans(
                n(420)
                    .flat_map(|id| {
                        let call = r#"{"type":"tool_call","name":"t","arguments":{}}"#;
                        let id = 2 * id;
                        [chat(id, id..id + 1, &[said(call)]), tool(id + 1, id + 1..id + 2, &[])]
                    })
                    .collect(),
            ),
        ),
        (
            "model calls of as many tokens",
            spans(
                n(130)
                    .map(|id| {
                        let tokens = field(9, &pair("gen_ai.usage.input_tokens", &int(7)));
                        chat(id, id..id + 1, &[tokens])
                    })
                    .collect(),
            ),
        ),
        ("turns", {
            let turn = [attribute("gen_ai.operation.name", "agent_step")];
            let of = |id: u64| {
                let model = [attribute("gen_ai.operation.name", "chat")];
                [span(2 * id, 1, id..id + 1, &turn), span(2 * id + 1, 2 * id, id..id + 1, &model)]
            };
            spans(n(170).flat_map(of).collect())
        }),
        (
            "an agent of a long name",
            spans(
                [agent(large(2), 9_000)]
                    .into_iter()
                    .chain(n(256).map(|id| tool(id, id..id + 1, &[])))
                    .collect(),
            ),
        ),
        (
            "a tool call of long arguments, carried out often",
            spans(
                [chat(1_000_000, 0..1, &[called(&large(4))])]
                    .into_iter()
                    .chain(
                        n(256).map(|id| {
                            tool(id, id..id + 1, &[attribute("gen_ai.tool.call.id", "c")])
                        }),
                    )
                    .collect(),
            ),
        ),
        (
            "a scope of a long name",
            request(&[], &large(2), n(256).map(|id| tool(id, id..id + 1, &[]))),
        ),
        (
            "a resource of a long value",
            request(
                &[pair("ticket.key", &text(large(2)))],
                "s",
                n(256).map(|id| tool(id, id..id + 1, &[])),
            ),
        ),
        ("a conversation told again and again", {
            let told = |turns: u64| {
                let messages: Vec<_> =
                    (0..turns).map(|n| format!(r#"{{"role":"user","content":"{n}"}}"#)).collect();
                attribute("gen_ai.input.messages", format!("[{}]", messages.join(",")))
            };
            // Its bytes are the square of its turns.
            let turns = (2..).take_while(|n| n * n * 17 < size as u64);
            spans(turns.map(|id| chat(id, id..id + 1, &[told(id)])).collect())
        }),
    ]
}
