//! A document of ours as the text that it shows, and as what it is made of. It reads our templates'
//! HTML, not everyone's.

use std::collections::BTreeMap;

/// What is between tags, a line for each row and block; without the style.
pub fn text(document: &str) -> String {
    let (head, rest) = document.split_once("<style>").unwrap();
    let (_, body) = rest.split_once("</style>").unwrap();
    let mut out = String::new();
    for part in [head, body].concat().split('<').skip(1) {
        let (tag, text) = part.split_once('>').unwrap();
        let is_inline =
            ["th", "/th", "td", "/td", "span", "/span", "strong", "/strong", "bdi", "/bdi"]
                .iter()
                .any(|inline| tag.split(' ').next() == Some(inline));
        if !is_inline && !out.ends_with('\n') {
            out.truncate(out.trim_end().len());
            out.push('\n');
        }
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if !text.is_empty() {
            let begins_cell = ["th ", "td ", "bdi", "span"].iter().any(|one| tag.starts_with(one));
            out.push_str(match out.ends_with('\n') {
                true => "",
                false if begins_cell => " | ",
                false => " ",
            });
            out.push_str(&unescaped(&text));
        }
    }
    let lines = out.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n")
}

/// What is within tags.
pub fn tags(document: &str) -> impl Iterator<Item = &str> {
    document.split('<').skip(1).map(|part| part.split_once('>').unwrap().0)
}

/// How many elements there are of each name.
pub fn elements(document: &str) -> BTreeMap<&str, usize> {
    let mut elements = BTreeMap::new();
    for name in tags(document).filter_map(|tag| tag.split([' ', '\n']).next()) {
        *elements.entry(name).or_default() += 1;
    }
    elements
}

fn unescaped(text: &str) -> String {
    let text = text.replace("&#60;", "<").replace("&#62;", ">").replace("&#34;", "\"");
    text.replace("&#39;", "'").replace("&#38;", "&")
}
