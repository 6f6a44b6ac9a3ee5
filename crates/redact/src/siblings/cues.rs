//! The words by which the entries of an object speak about each other. Compared without case and
//! separators: `inputSchema` is `input_schema`.

/// What a key has to do with the entries beside it, as bits.
pub(super) mod part {
    /// Names whoever or whatever the object is.
    pub(in super::super) const NAME: u8 = 1;
    /// Its text may be the name of the value beside it.
    pub(in super::super) const NAMING: u8 = 2;
    /// As `NAMING`, and never anything else: what changed may stand beside it.
    pub(in super::super) const FIELD: u8 = 4;
    /// Its value may be named by the text beside it.
    pub(in super::super) const VALUE: u8 = 8;
    /// As `VALUE`, beside a `FIELD` only.
    pub(in super::super) const CHANGE: u8 = 16;
    /// Its text says what kind of thing the object is.
    pub(in super::super) const KIND: u8 = 32;
}

use part::{CHANGE, FIELD, KIND, NAME, NAMING, VALUE};

/// What an entry says about who or what its object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cue {
    /// People alone have it.
    Person,
    /// People have it, and places, shops and orders too.
    Contact,
    /// Things alone have it.
    Thing,
    /// Things have it more often.
    Hint,
}

#[rustfmt::skip]
const PARTS: &[(&str, u8)] = &[
    ("name", NAME | NAMING), ("names", NAME), ("nom", NAME | NAMING), ("nombre", NAME | NAMING),
    ("nome", NAME | NAMING),
    ("key", NAMING), ("k", NAMING), ("label", NAMING), ("title", NAMING), ("question", NAMING),
    ("header", NAMING), ("setting", NAMING), ("variable", NAMING), ("var", NAMING),
    ("env", NAMING), ("param", NAMING), ("parameter", NAMING), ("system", NAMING),
    ("keyname", NAMING), ("headername", NAMING), ("paramname", NAMING), ("variablename", NAMING),
    ("type", NAMING | KIND), ("kind", NAMING | KIND), ("object", KIND), ("role", KIND),
    ("typename", KIND), ("entity", KIND), ("entitytype", KIND), ("resourcetype", KIND),
    ("field", NAMING | FIELD), ("fieldname", NAMING | FIELD), ("fieldlabel", NAMING | FIELD),
    ("attribute", NAMING | FIELD), ("attributename", NAMING | FIELD), ("attr", NAMING | FIELD),
    ("property", NAMING | FIELD), ("propertyname", NAMING | FIELD), ("prop", NAMING | FIELD),
    ("column", NAMING | FIELD), ("columnname", NAMING | FIELD),
    ("parameterkey", NAMING), ("optionname", NAMING), ("settingname", NAMING),
    ("attributekey", NAMING), ("tagkey", NAMING), ("parametername", NAMING),
    ("parametervalue", VALUE), ("attributevalue", VALUE), ("fieldvalue", VALUE),
    ("propertyvalue", VALUE), ("headervalue", VALUE), ("variablevalue", VALUE),
    ("optionvalue", VALUE), ("settingvalue", VALUE), ("tagvalue", VALUE), ("paramvalue", VALUE),
    ("value", VALUE), ("val", VALUE), ("v", VALUE), ("values", VALUE), ("answer", VALUE),
    ("answers", VALUE), ("stringvalue", VALUE), ("textvalue", VALUE), ("rawvalue", VALUE),
    ("defaultvalue", VALUE), ("currentvalue", VALUE), ("displayvalue", VALUE),
    ("content", CHANGE), ("old", CHANGE), ("new", CHANGE), ("before", CHANGE), ("after", CHANGE),
    ("from", CHANGE), ("to", CHANGE), ("oldvalue", CHANGE), ("newvalue", CHANGE),
    ("previous", CHANGE), ("previousvalue", CHANGE), ("fromstring", CHANGE),
    ("tostring", CHANGE), ("fromvalue", CHANGE), ("tovalue", CHANGE),
];

#[rustfmt::skip]
const PERSON: &[&str] = &[
    "age", "birthdate", "birthday", "birthyear", "dateofbirth", "dob", "employeeid", "employer",
    "familyname", "firstname", "forename", "frequentflyernumber", "gender", "givenname", "hiredate",
    "initials", "jobtitle", "lastname", "loyaltynumber", "maidenname", "maritalstatus",
    "membership", "middlename", "nationality", "nickname", "occupation", "passengerid",
    "passengertype", "passport", "passportnumber", "patientid", "preferredname", "pronouns",
    "relationship", "salary", "salutation", "seat", "seatnumber", "sex", "ssn", "surname",
];

#[rustfmt::skip]
const CONTACT: &[&str] = &[
    "address", "addresses", "billingaddress", "cell", "customerid", "email",
    "emailaddress", "emails", "fax", "homeaddress", "login", "mail", "memberid", "mobile",
    "mobilephone", "phone", "phonenumber", "phones", "postalcode", "postcode", "shippingaddress",
    "street", "tel", "telephone", "userid", "username", "zip", "zipcode",
];

#[rustfmt::skip]
const THING: &[&str] = &[
    "amenities", "apiversion", "args", "argumenthint", "arguments", "asin", "authors", "barcode",
    "bucket", "callid", "capabilities", "certificatedetails", "childcss", "color", "colour",
    "command", "containerport", "containers", "contenttype", "contextlength", "contextwindow",
    "css", "cuisine", "datalimitgb", "dependencies", "deviceid", "devicetype", "discounttype",
    "displayorder", "ean", "endpoint", "enum", "expectedduration", "filename", "filesize",
    "filterbranch", "fuelpolicy", "function", "gtin", "handler", "hostname", "iata", "icao",
    "imageurl", "inputs", "inputschema", "instock", "inventory", "isbn", "ispublished",
    "isscimmanaged", "itemid", "lat", "latitude", "lineid", "listprice", "lng", "localname",
    "longitude", "manufacturer", "maxoccupancy", "maxtokens", "mimetype", "model", "module",
    "mountpath", "mpn", "namespace", "numbervalue", "oftype", "options", "originalrequest",
    "outputs", "outputschema", "parameters", "path", "ports", "price", "pricepermonth", "prices",
    "processingtype", "productid", "producttype", "protocolprofilebehavior", "qty", "quantity",
    "resources", "returns", "returntype", "roomtype", "schema", "selectionuidvalues",
    "sendonpublish", "sku", "skus", "spec", "stack", "stacktrace", "stargazerscount", "stock",
    "strict", "taxids", "toolcallid", "toolcalls", "tools", "tooluseid", "traceback", "unit",
    "unitamount", "unitprice", "units", "upc", "variant", "variantid", "variants", "vendor",
    "version", "volumemounts",
];

#[rustfmt::skip]
const HINT: &[&str] = &[
    "abbreviation", "annotations", "category", "cost", "default", "description", "duration",
    "durationms", "example", "examples", "format", "icon", "image", "images", "input",
    "instructions", "latencyms", "license", "optional", "readonly", "required", "size", "slug",
    "timeout", "uri", "url", "visibility",
];

/// How keys of prices end.
const PRICES: [&[u8]; 4] = [b"_money", b"Money", b"_price", b"Price"];

/// Nouns of people: what stands below them, or says to be one, is somebody.
#[rustfmt::skip]
const PEOPLE: &[&str] = &[
    "applicant", "approver", "assignedto", "assignee", "attendee", "author", "authorizedby",
    "authorizeduser", "beneficiary", "billingdetails", "billto", "buyer", "caller", "candidate",
    "cardholder", "child", "client", "colleague", "committer", "contact", "contributor", "coworker",
    "createdby", "creator", "customer", "dependent", "doctor", "driver", "employee", "enduser",
    "familymember", "friend", "guest", "human", "insured", "lead", "maintainer", "manager",
    "member", "modifiedby", "nurse", "orderedby", "organizer", "owner", "participant", "passenger",
    "patient", "payee", "payer", "people", "person", "personnel", "persons", "physician",
    "practitioner", "profile", "receiver", "recipient", "reporter", "representative", "requester",
    "requestor", "resident", "reviewer", "seller", "sender", "shipto", "signer", "speaker",
    "spouse", "staff", "student", "submitter", "subscriber", "supervisor", "tagger", "teacher",
    "technician", "traveler", "traveller", "updatedby", "user", "visitor", "worker",
];

/// Nouns of things, and of places.
#[rustfmt::skip]
const THINGS: &[&str] = &[
    "accessory", "action", "addon", "airline", "airport", "album", "answer", "api", "app",
    "application", "arrival", "arrivalairport", "artifact", "assistant", "benefit", "book", "bot",
    "branch", "brand", "break", "bundle", "button", "campaign", "canton", "carrier", "category",
    "certificate", "chain", "chatmodel", "choice", "city", "class", "clientinfo", "cluster",
    "code", "collection", "color", "column", "command", "component", "config", "configmap",
    "configmapkeyref", "constraint", "container", "continent", "country", "county", "coupon",
    "course", "currency", "dashboard", "database", "dataset", "definition", "departure",
    "departureairport", "dependency", "deployment", "destination", "device", "dimension",
    "discount", "district", "documentation", "endpoint", "enum", "environment", "equipment",
    "error", "exception", "experiment", "extension", "facility", "feature", "field", "flight",
    "format", "function", "functioncall", "functionresponse", "game", "hint", "holiday", "hotel",
    "icon", "image", "index", "ingredient", "instrument", "integration", "job", "jsonschema",
    "label", "language", "layer", "library", "license", "line", "lineitem", "llm", "location",
    "mcpserver", "menu", "menuitem", "method", "metric", "milestone", "mimetype", "model",
    "modifier", "module", "movie", "namespace", "network", "node", "operation", "option", "origin",
    "package", "panel", "part", "payment", "paymentmethod", "permission", "phase", "pipeline",
    "place", "plan", "platform", "playlist", "plugin", "pod", "policy", "prefecture", "price",
    "priority", "product", "productvariant", "program", "promotion", "prompt", "property",
    "provider", "province", "question", "queue", "recipe", "region", "release", "resource",
    "restaurant", "role", "room", "roomtype", "route", "rule", "runtime", "schema", "scope",
    "script", "search", "secretkeyref", "secretref", "section", "sensor", "server", "serverinfo",
    "service", "serviceaccount", "shippingline", "shippingmethod", "shippingoption", "shop",
    "software", "span", "stack", "stage", "state", "station", "status", "step", "store",
    "subcategory", "subscription", "suite", "table", "tag", "task", "tax", "taxline", "taxonomy",
    "template", "term", "test", "theme", "tier", "timezone", "tool", "toolcall", "toolchoice",
    "toolresult", "tooluse", "topic", "track", "trigger", "type", "unit", "utility", "variant",
    "vehicle", "venue", "version", "view", "volume", "warehouse", "webhook", "widget", "workflow",
    "workspace", "xoaimeta", "zone",
];

/// Nouns of what is a thing in a list only: a map below them is somebody's, as often as not.
#[rustfmt::skip]
const THINGS_IN_LISTS: &[&str] = &[
    "arg", "args", "argument", "env", "header", "input", "inputs", "item", "output", "param",
    "parameter", "params", "querystring", "value", "variable",
];

/// Nouns that say it of some.
#[rustfmt::skip]
const LIKELY: &[&str] = &[
    "account", "agent", "attachment", "bot", "business", "channel", "company", "department",
    "directory", "division", "document", "event", "file", "folder", "group", "institution", "item",
    "list", "listing", "merchant", "office", "org", "organisation", "organization", "page",
    "partner", "project", "repo", "report", "repository", "school", "segment", "source", "subject",
    "supplier", "target", "team", "tenant", "vendor",
];

/// What a noun says of what it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Noun {
    Person,
    Thing,
    Likely,
}

/// Letters and digits of the longest word, and bytes of a key that may be one with its separators.
const WIDTH: usize = 24;
const LONGEST: usize = 2 * WIDTH;

/// What a key's letters and digits are read over.
const SEPARATORS: &[u8] = b"_- .@$:";

/// A key's letters and digits in lower case.
struct Folded {
    letters: [u8; WIDTH],
    len: usize,
}

impl Folded {
    fn of(key: &[u8]) -> Option<Self> {
        let mut folded = Self { letters: [0; WIDTH], len: 0 };
        let key = Some(key).filter(|key| key.len() <= LONGEST)?;
        for byte in key.iter().filter(|b| !SEPARATORS.contains(b)) {
            *folded.letters.get_mut(folded.len)? = byte.to_ascii_lowercase();
            folded.len += 1;
        }
        Some(folded)
    }

    fn text(&self) -> &[u8] {
        &self.letters[..self.len]
    }

    fn is_in(&self, list: &[&str]) -> bool {
        list.binary_search_by(|word| word.as_bytes().cmp(self.text())).is_ok()
    }

    /// The word, and what it is one of.
    fn is_one_of(&self, list: &[&str]) -> bool {
        self.is_in(list) || self.singular().is_some_and(|one| one.is_in(list))
    }

    fn singular(&self) -> Option<Self> {
        let text = self.text();
        let (stem, end): (&[u8], &[u8]) = match text {
            [stem @ .., b'i', b'e', b's'] => (stem, b"y"),
            [stem @ .., b's' | b'x' | b'h', b'e', b's'] => (&text[..stem.len() + 1], b""),
            [stem @ .., b's'] => (stem, b""),
            _ => return None,
        };
        let mut letters = [0; WIDTH];
        letters[..stem.len()].copy_from_slice(stem);
        letters[stem.len()..stem.len() + end.len()].copy_from_slice(end);
        Some(Self { letters, len: stem.len() + end.len() })
    }
}

/// For each first letter of a word of `PARTS`, the second, third and last letters: nearly every key
/// is done after this.
const LETTERS: [[u32; 3]; 32] = {
    let mut letters = [[0; 3]; 32];
    let mut at = 0;
    while at < PARTS.len() {
        let word = PARTS[at].0.as_bytes();
        let of = &mut letters[(word[0] & 31) as usize];
        let last = word.len() - 1;
        of[0] |= 1 << (word[if last < 1 { last } else { 1 }] & 31);
        of[1] |= 1 << (word[if last < 2 { last } else { 2 }] & 31);
        of[2] |= 1 << (word[last] & 31);
        at += 1;
    }
    letters
};

/// Whether a key has the letters of one of `PARTS`, as far as can be told at once.
#[inline]
pub(super) fn may_be_part(key: &[u8]) -> bool {
    let (Some(first), Some(last)) = (key.first(), key.last()) else { return false };
    let of = &LETTERS[usize::from(first & 31)];
    let has = |set: u32, letter: u8| match letter.is_ascii_alphabetic() {
        true => set >> (letter & 31) & 1 == 1,
        false => SEPARATORS.contains(&letter),
    };
    let at = |n: usize| *key.get(n).unwrap_or(last);
    let fits = has(of[2], *last) && has(of[0], at(1)) && has(of[1], at(2));
    key.len() <= WIDTH && (fits || SEPARATORS.contains(first))
}

/// What `key` has to do with the entries beside it.
#[inline]
pub(super) fn parts(key: &[u8]) -> u8 {
    if may_be_part(key) { parts_of(key) } else { 0 }
}

fn parts_of(key: &[u8]) -> u8 {
    // Only what tools add stands before a key: `@type`, `_type`, `$type`.
    let Some(folded) = Folded::of(key).filter(|_| !key[0].is_ascii_digit()) else { return 0 };
    let text = folded.text();
    let has_its_first = |word: &str| word.as_bytes().first() == text.first();
    let mut words = PARTS.iter().filter(|(word, _)| has_its_first(word));
    words.find(|(word, _)| word.as_bytes() == text).map_or(0, |(_, parts)| *parts)
}

/// What the entry of `key` says of its object.
pub(super) fn cue(key: &[u8]) -> Option<Cue> {
    // Of whatever it is the price: `base_price_money`.
    if key.len() <= LONGEST && PRICES.iter().any(|end| key.ends_with(end)) {
        return Some(Cue::Thing);
    }
    let key = Folded::of(key)?;
    let lists =
        [(PERSON, Cue::Person), (CONTACT, Cue::Contact), (THING, Cue::Thing), (HINT, Cue::Hint)];
    lists.into_iter().find(|(list, _)| key.is_in(list)).map(|(_, cue)| cue)
}

/// What `key` stands for, as a key above an object (of a list of them: `listed`) or as its kind:
/// the whole of it, or else its last word (`head_repository`), or the one before words that say
/// nothing (`discount_data`). Every object of a list asks it of one key: whatever the key's length,
/// little of it is looked at.
pub(super) fn noun(key: &[u8], listed: bool) -> Option<Noun> {
    let mut key = key;
    for _ in 0..=MOST_FILLERS {
        if let noun @ Some(_) = noun_of(key, listed) {
            return noun;
        }
        let last = last_word(key);
        let before = &key[..key.len() - last.len()];
        if !FILLERS.contains(&last) {
            return noun_of(last, listed);
        }
        let (end, rest) = before.split_last()?;
        key = if end.is_ascii_alphanumeric() { before } else { rest };
    }
    None
}

/// Words that say nothing behind one that does, at most.
const MOST_FILLERS: usize = 2;
/// Last words of keys that say nothing of what is there.
const FILLERS: [&[u8]; 8] =
    [b"data", b"Data", b"info", b"Info", b"details", b"Details", b"obj", b"Obj"];

fn last_word(key: &[u8]) -> &[u8] {
    let is_end = |at: &usize| {
        let hump = key[*at].is_ascii_uppercase() && key[*at - 1].is_ascii_lowercase();
        hump || b"_-. ".contains(&key[*at - 1])
    };
    let from = key.len().saturating_sub(WIDTH).max(1);
    (from..key.len()).rev().find(is_end).map_or(key, |at| &key[at..])
}

fn noun_of(word: &[u8], listed: bool) -> Option<Noun> {
    let word = Folded::of(word)?;
    if listed && word.is_one_of(THINGS_IN_LISTS) {
        // What is bought is an item; so is whatever a list holds.
        return Some(if word.is_in(&["item", "items"]) { Noun::Likely } else { Noun::Thing });
    }
    let lists = [(PEOPLE, Noun::Person), (THINGS, Noun::Thing), (LIKELY, Noun::Likely)];
    lists.into_iter().find(|(list, _)| word.is_one_of(list)).map(|(_, noun)| noun)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_in_order_and_folded() {
        for list in [PERSON, CONTACT, THING, HINT, PEOPLE, THINGS, THINGS_IN_LISTS, LIKELY] {
            assert!(list.is_sorted_by(|a, b| a < b));
            let folded = |word: &&str| {
                Folded::of(word.as_bytes()).is_some_and(|f| f.text() == word.as_bytes())
            };
            assert!(list.iter().all(folded));
        }
        assert!(PARTS.iter().all(|(word, parts)| self::parts(word.as_bytes()) == *parts));
    }

    #[test]
    fn a_noun_is_told_by_its_last_word() {
        assert_eq!(noun(b"passengers", true), Some(Noun::Person));
        assert_eq!(noun(b"homeCity", false), Some(Noun::Thing));
        assert_eq!(noun(b"head_categories", true), Some(Noun::Thing));
        assert_eq!(noun(b"boxes", true), None);
        assert_eq!(noun(b"items", true), Some(Noun::Likely));
        assert_eq!(noun(b"parameters", false), None);
        assert_eq!(noun(b"parameters", true), Some(Noun::Thing));
        assert_eq!(noun(b"discount_data", false), Some(Noun::Thing));
        assert_eq!(noun(b"data", false), None);
    }

    #[test]
    fn little_of_a_long_key_is_read() {
        assert_eq!(noun(b"tool_data_info", false), Some(Noun::Thing));
        assert_eq!(noun(b"tool_data_info_data", false), None);
        assert_eq!(noun("_data".repeat(1 << 20).as_bytes(), false), None);
        assert_eq!(
            noun(format!("{}tool", "x".repeat(1 << 20) + "_").as_bytes(), false),
            Some(Noun::Thing)
        );
        assert_eq!(noun(format!("tool{}", "_".repeat(LONGEST)).as_bytes(), false), None);
    }
}
