//! What goes and what stays, form by form.

#![allow(clippy::unwrap_used)]

use ticketlens_redact::{Gate, GateConfig, HashKey};

fn gate() -> Gate {
    let hash_key = Some(HashKey::new(*b"0123456789abcdef"));
    Gate::new(GateConfig { hash_key, ..GateConfig::default() }).unwrap()
}

fn clean(text: &str) -> String {
    gate().pass(None).text(text).into_owned()
}

#[track_caller]
fn all(cases: &[(&str, &str)]) {
    let wrong: Vec<String> = cases
        .iter()
        .filter(|(text, expected)| clean(text) != *expected)
        .map(|(text, expected)| format!("{text}\n  is     {}\n  not    {expected}", clean(text)))
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[track_caller]
fn untouched(texts: &[&str]) {
    all(&texts.iter().map(|text| (*text, *text)).collect::<Vec<_>>());
}

#[test]
fn mail_addresses() {
    all(&[
        ("write to mia.li3818@example.com.", "write to [email]."),
        ("<mia+tag@sub.example.co.uk>", "<[email]>"),
        ("?to=mia%40example.com&x=1", "?to=[email]&x=1"),
        ("mia&#64;example.com", "[email]"),
        (r"mia\u0040example.com", "[email]"),
        (r"Hi\nmia@example.com\n", r"Hi\n[email]\n"),
        ("'mia@example.com'", "'[email]'"),
        ("\"mia li\"@example.com", "[email]"),
        ("josé@bücher.example", "[email]"),
        ("a@b.co,c@d.org", "[email],[email]"),
    ]);
    untouched(&[
        "@mention",
        "lodash@4.17.21",
        "@types/node@20.1.0",
        "icon@2x.png",
        "a @ b",
        "user@localhost",
        "git@github.com:acme/tool.git",
        "@",
        "@@",
        "x@",
        "\"@",
    ]);
}

#[test]
fn cards_and_accounts() {
    all(&[
        ("card 4111 1111 1111 1111, exp 12/27", "card [card], exp 12/27"),
        ("4111-1111-1111-1111", "[card]"),
        ("4111111111111111", "[card]"),
        ("3782 822463 10005", "[card]"),
        ("pay 5555555555554444!", "pay [card]!"),
        ("6011 1111 1111 1117 12/27", "[card] 12/27"),
        ("IBAN DE89 3704 0044 0532 0130 00.", "IBAN [iban]."),
        ("GB29NWBK60161331926819", "[iban]"),
        ("fr14 2004 1010 0505 0001 3m02 606", "[iban]"),
    ]);
    untouched(&[
        "4111111111111112",
        "order 1234567890123456",
        "0.4111111111111111",
        "2024-05-20T08:13:51.446000Z",
        "1716192000000",
        "GB29NWBK60161331926818",
        "HAT069 DE891",
        r#"{"n":4111111111111111}"#,
        r#"{"a":[4111111111111111, 2]}"#,
    ]);
}

#[test]
fn what_touches_a_card_is_no_part_of_it() {
    all(&[
        ("Visa:4111 1111 1111 1111", "Visa:[card]"),
        ("4111 1111 1111 1111.Thanks", "[card].Thanks"),
        ("4111111111111111/12/27", "[card]/12/27"),
        ("Visa4111111111111111", "Visa[card]"),
        ("bob,4111111111111111,12/27,123", "bob,[card],12/27,123"),
        ("4111  1111  1111  1111", "[card]"),
        ("VISA-4111-1111-1111-1111", "VISA-[card]"),
        ("card#4111111111111111,thanks", "card#[card],thanks"),
        ("4111111111111111thanks", "[card]thanks"),
        ("card_4111111111111111.png", "card_[card].png"),
        ("id-4111111111111111a", "id-[card]a"),
        ("4111111111111111-123", "[card]-123"),
        ("my visa:4111-1111-1111-1111;exp", "my visa:[card];exp"),
        ("card 4222222222222", "card [card]"),
    ]);
    untouched(&[
        "1.4111111111111111",
        "4111111111111111.5",
        // Groups that go on alike are something longer.
        "4111-1111-1111-1111-2222",
        "2222-4111-1111-1111-1111",
        // An article's number, which thirteen digits of a card once were.
        "EAN 4006381333931",
        "4222222222222",
        "9f4111111111111111c0ffee00",
    ]);
}

#[test]
fn what_touches_a_phone_is_no_part_of_it() {
    all(&[
        ("Phone:2025550143", "Phone:[phone]"),
        ("Mobile:020 7946 0958", "Mobile:[phone]"),
        ("Phone2025550143", "Phone[phone]"),
        ("tel-2025550143", "tel-[phone]"),
        ("call 2025550143.Thanks", "call [phone].Thanks"),
        ("call me at 2025550143-home", "call me at [phone]-home"),
        ("call 415-555-0132:now", "call [phone]:now"),
        ("Tel+4930123456789", "Tel[phone]"),
        ("phone 011 44 20 7946 0958", "phone [phone]"),
        ("011 44 20 7946 0958", "[phone]"),
        ("0011 44 20 7946 0958", "[phone]"),
        ("my phone number is 20 12 34 56", "my phone number is [phone]"),
        ("+1 (202) 555 \u{2013} 0143", "[phone]"),
        ("their number:536-90-4399", "their number:[ssn]"),
    ]);
    untouched(&[
        "rows 20 12 34 56",
        "at 12:020 7946",
        "call 112-1234567-1234567",
        "pool-2025550143",
        "a+12025550143b",
    ]);
}

#[test]
fn of_a_number_behind_its_key_nothing_is_left() {
    let hash = |text: &str| gate().pass(None).hash(text);
    all(&[
        ("card_number=4111 1111 1111 1111 ok", "card_number=[secret] ok"),
        ("iban=DE89 3704 0044 0532 0130 00.", "iban=[secret]."),
        ("phone=020 7946 0958, thanks", &format!("phone={}, thanks", hash("020 7946 0958"))),
        ("cell=(202) 555-0143 x", &format!("cell={} x", hash("(202) 555-0143"))),
        (
            "out=\"login password=\\\"hunTer2pw\\\" ok\"",
            "out=\"login password=\\\"[secret]\\\" ok\"",
        ),
    ]);
}

#[test]
fn what_begins_like_json_is_not_always() {
    all(&[
        ("[INFO] password=\"hunTer2pw\"", "[INFO] password=\"[secret]\""),
        ("[db]\npassword = \"hunTer2pw\"", "[db]\npassword = \"[secret]\""),
        ("{\"a\": 1} password=\"hunTer2pw\"", "{\"a\": 1} password=\"[secret]\""),
        ("{ apiKey: \"hunTer2pw\" }", "{ apiKey: \"[secret]\" }"),
        ("[user] visa, 4111111111111111, thanks", "[user] visa, [card], thanks"),
        ("--client-secret hunTer2pw", "--client-secret [secret]"),
        ("\"my password: 'abc1def\"", "\"my password: '[secret]\""),
    ]);
    untouched(&[
        "[1, 4111111111111111]",
        "[[\"call [phone]\",\"Tuesday\"]]",
        "6a1202de-352a-4335-8954-84653b735c0f",
        "Hanover, NH 03487-3815",
    ]);
}

#[test]
fn base64_of_any_text_is_looked_into() {
    let json = "W3sicGFzc3dvcmQiOiAiaHVuVGVyMnB3In1d";
    let pretty = "ewogICJhcGlfa2V5IjogImh1blRlcjJwdyIKfQ==";
    let assigned = "cGFzc3dvcmQ9aHVuVGVyMnB3";
    let address = "TWlhIExpIDxtaWFAZXhhbXBsZS5jb20+LCBBdXN0aW4=";
    for text in [json, pretty, assigned, address] {
        assert_eq!(clean(&format!("sent {text} here")), "sent [base64] here");
        assert_eq!(clean(&format!("{{\"data\":\"{text}\"}}")), "{\"data\":\"[base64]\"}");
    }
    let line = "QSBsb25nIG5vdGUgb2Ygb3JkaW5hcnkgd29yZHMgdGhhdCBnb2VzIG9uIGZvciBhIHdoaWxlLCBhbmQg";
    let more = "dGhlbiBtaWFAZXhhbXBsZS5jb20=";
    for parted in ["\n", "\r\n", "\\n", "\n  "] {
        assert_eq!(clean(&format!("{line}{parted}{more}.")), "[base64].", "{parted:?}");
    }
    untouched(&[
        "QSBub3RlIG9mIG9yZGluYXJ5IHdvcmRz",
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk",
        "/usr/local/lib/python3/dist-packages/Requests",
        "TheQuickBrownFoxJumpsOverTheLazyDog",
    ]);
}

#[test]
fn phones() {
    all(&[
        ("call +1 (415) 555-0132 now", "call [phone] now"),
        ("+14155550132", "[phone]"),
        ("+49 (0)30 1234567", "[phone]"),
        ("+33 1 23 45 67 89", "[phone]"),
        ("0044 20 7946 0958", "[phone]"),
        ("(415) 555-0132", "[phone]"),
        ("415-555-0132", "[phone]"),
        ("1-800-555-0199", "[phone]"),
        ("020 7946 0958", "[phone]"),
        ("07700 900123", "[phone]"),
        ("07700900123", "[phone]"),
        ("0171-1234567", "[phone]"),
        ("030/1234567", "[phone]"),
        ("01 23 45 67 89", "[phone]"),
        ("(11) 91234-5678", "[phone]"),
        ("138 1234 5678", "[phone]"),
        ("my phone number is 4155550132", "my phone number is [phone]"),
        ("Tel: 555 0132", "Tel: [phone]"),
    ]);
    untouched(&[
        "order 4155550132",
        "2024-05-20 08:13",
        "05/20/2024",
        "112-1234567-1234567",
        "1716192000",
        "03:00:00+1",
        "152 + 103",
        "+0200",
        "v10.0.19041.1234",
        "$1,234,567",
        "HAT123",
        "123456",
        "555-0132",
        "call id 1234567890",
        "phone order 1234567890",
        "00012345",
        "550e8400-e29b-41d4-a716-446655440000",
        "9780306406157",
    ]);
}

#[test]
fn national_ids() {
    all(&[
        ("SSN 536-90-4399", "SSN [ssn]"),
        ("social security number 536904399", "social security number [ssn]"),
        ("CPF 529.982.247-25", "CPF [national-id]"),
        ("12345678Z", "[national-id]"),
        ("RSSMRA85T10A562S", "[national-id]"),
        ("44051401359", "[national-id]"),
        ("756.9217.0769.85", "[national-id]"),
        ("AHV 85.07.30-033.28", "AHV [national-id]"),
        ("S1234567D", "[national-id]"),
        ("AB123456C", "[national-id]"),
        ("811228-9874", "[national-id]"),
        ("11010519491231002X", "[national-id]"),
        ("SSN 536.90.4399", "SSN [ssn]"),
        ("DNI 12345678-Z, NIE X-1234567-L", "DNI [national-id], NIE [national-id]"),
        (r"it is\n12345678Z", r"it is\n[national-id]"),
        ("NINO JK 12 34 56 C.", "NINO [national-id]."),
        ("JK 123456 C", "[national-id]"),
        ("JK123456 C", "[national-id]"),
        ("nino: JK 123456C", "nino: [national-id]"),
        ("TFN 314 159 238", "TFN [national-id]"),
        ("BSN 1112.22.333", "BSN [national-id]"),
        (
            "resident registration number 901021-1234567",
            "resident registration number [national-id]",
        ),
        ("198112289874", "[national-id]"),
        ("personnummer 8112289874", "personnummer [national-id]"),
        ("M1234567K", "[national-id]"),
        ("2345 6789 0124", "[national-id]"),
    ]);
    untouched(&[
        "000-12-3456",
        "666-12-3456",
        "529.982.247-26",
        "12345678A",
        "12345678-A",
        "A-12345678-Z",
        "ABCDEF12G34H567I",
        "at 10 20 30 a",
        "DF 12 34 56 C",
        "JK 12 34 56 E",
        "NO 123456C",
        "JK 123456E",
        "TFN 314 159 239",
        "ref 314 159 238",
        "202405201234",
        "231120-1234567",
        "account 2345 6789 0124 7712",
        "account 7711 2345 6789 0124",
    ]);
}

#[test]
fn dates_of_birth_by_their_cue() {
    all(&[
        ("DOB: 1990-04-05", "DOB: [dob]"),
        ("date of birth is April 5th, 1990.", "date of birth is [dob]."),
        ("born on 5 April 1990 in Austin", "born on [dob] in Austin"),
        ("geboren am 05.04.1990", "geboren am [dob]"),
        ("Date of Birth: 04/05/90", "Date of Birth: [dob]"),
    ]);
    untouched(&[
        "flight on 2024-05-20",
        "boarding 2024-05-20",
        "neighbor 05/04/1990",
        "border 1990-04-05",
    ]);
}

#[test]
fn tokens_and_headers() {
    let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U";
    let pem = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nabc=\n-----END RSA PRIVATE KEY-----";
    all(&[
        (&format!("token {jwt} end"), "token [jwt] end"),
        (&format!("Authorization: Bearer {jwt}"), "Authorization: [secret]"),
        ("sent Bearer abc123def456 there", "sent [bearer] there"),
        ("curl -H 'x: Basic dXNlcjpwYXNz'", "curl -H 'x: [basic-auth]'"),
        (&format!("key:\n{pem}\nend"), "key:\n[private-key]\nend"),
        ("-----BEGIN PRIVATE KEY-----\nMIIEow", "[private-key]"),
        ("-----BEGIN SSH2 PRIVATE KEY-----\nMIIEow", "[private-key]"),
        // {"alg":"none"}.{"sub":"1"} in base64 twice.
        ("kept ZXlKaGJHY2lPaUp1YjI1bEluMC5leUp6ZFdJaU9pSXhJbjAu there", "kept [base64] there"),
        ("curl -s -u app:hunter2 https://x", "curl -s -u [basic-auth] https://x"),
        ("curl --user 'app:hun ter2' https://x", "curl --user '[basic-auth]' https://x"),
        ("postgres://app:s3cr3t@db:5432/x", "postgres://[url-credentials]@db:5432/x"),
        ("https://user:p@ss@example.com/", "https://[url-credentials]@example.com/"),
        (
            "https://x.com/?email=Mia%40x.com&token=abc&page=2",
            &format!(
                "https://x.com/?email={}&token=[secret]&page=2",
                gate().pass(None).hash("mia@x.com")
            ),
        ),
        ("PASSWORD=hunter2 make", "PASSWORD=[secret] make"),
        ("api_key = \"abc\"", "api_key = \"[secret]\""),
        ("my password is hunter2!", "my password is [secret]!"),
        ("PIN: 4711, cvv 123", "PIN: [secret], cvv [secret]"),
        ("the passphrase is \"correct horse battery\".", "the passphrase is \"[secret]\"."),
        ("the password \"hun-T3r!\" fails", "the password \"[secret]\" fails"),
        ("User: jroe\nPassword: sunshine\n", "User: jroe\nPassword: [secret]\n"),
        (r#"{"a":"password: sunshine"}"#, r#"{"a":"password: [secret]"}"#),
        ("my API key is 7d1c9e02ab4f, thanks", "my API key is [secret], thanks"),
        ("the secret key is 7d1c9e02ab4f.", "the secret key is [secret]."),
        ("deploy --api-key 7d1c9e02ab4f", "deploy --api-key [secret]"),
        ("deploy --token 7d1c9e02ab4f --now", "deploy --token [secret] --now"),
        ("your one-time code is 482913", "your one-time code is [secret]"),
        ("OTP is 482913", "OTP is [secret]"),
        ("the verification code was 482913", "the verification code was [secret]"),
        ("my account number is 30291884", "my account number is [secret]"),
        ("passport number C01X20T47", "passport number [secret]"),
        ("passport # 301920418", "passport # [secret]"),
        ("account no. 30291884", "account no. [secret]"),
        ("API key: 7d1c9e02ab4f", "API key: [secret]"),
        ("Routing number: 021000021.", "Routing number: [secret]."),
        ("api_key : 7d1c9e02ab4f", "api_key : [secret]"),
        ("apiKey := \"7d1c9e\"", "apiKey := \"[secret]\""),
        ("api_key:=7d1c9e02ab4f", "api_key:=[secret]"),
        ("Cookie: a=b; c=d\nHost: x", "Cookie: [secret]\nHost: x"),
        ("eyJwYXNzd29yZCI6ICJodW50ZXIyIn0=", "[base64]"),
    ]);
    untouched(&[
        "the bearer of bad news",
        "basic economy is cheap",
        "Basic understanding",
        "password is required",
        "ssh://git@github.com/x",
        "https://example.com/a@b",
        "eyJhIjogMX0=",
        "max_tokens=100",
        "token_count: 5",
        "the token: see below",
        "-----BEGIN CERTIFICATE-----",
        "pinned 1234",
        "docker run -u 1000:1000 tool",
        "curl -u $USER:$PASS https://x",
        "curl -user-agent a:b",
        "ZXlKaGJHY2lPaUp1",
        "the API key is invalid",
        "password: required",
        "password: please choose another",
        "password is sunshine",
        "passphrase = sunshine",
        "password: String,",
        "api_key : string",
        "cookie : usize",
        "\"no private key: \" + text",
        "keystore : session_keystore",
        "can't parse private key: InvalidEncoding",
        "token := next()",
        "token ::Kind1",
        "an API key v2 was issued",
        "API key created 2024-05-20",
        "token usage 1234567",
        "the token is on page 12345678a9b",
        "one-time code expires in 300 seconds",
        "passport expires 2027-05-20",
        "password is 'x",
    ]);
}

#[test]
fn elements_of_xml_by_key() {
    let hash = |text: &str| gate().pass(None).hash(text);
    let name = hash("Jane Roe");
    all(&[
        ("<password>hunter2</password>", "<password>[secret]</password>"),
        ("<ns:ApiKey>\n  x1\n</ns:ApiKey>", "<ns:ApiKey>\n  [secret]\n</ns:ApiKey>"),
        ("<lastName>Jane Roe</lastName>", &format!("<lastName>{name}</lastName>")),
        ("<card><CVV>123</CVV></card>", "<card><CVV>[secret]</CVV></card>"),
        (r#"{"a":"<pwd>x</pwd>"}"#, r#"{"a":"<pwd>[secret]</pwd>"}"#),
    ]);
    untouched(&[
        "login <user> <password> to start",
        "<password></password>",
        "<password>[secret]</password>",
        "<name>get_user</name>",
        "a<token>b",
        "if password>5 && x</password",
        r#"{"a":"<pwd>","b":"x</pwd>"}"#,
    ]);
}

#[test]
fn json_in_text_by_key() {
    let hash = |text: &str| gate().pass(None).hash(text);
    let dob = hash("1990-04-05");
    all(&[
        (r#"{"dob": "1990-04-05", "n": 1}"#, &format!(r#"{{"dob": "{dob}", "n": 1}}"#)),
        (
            r#"{"user": {"a": "1990-04-05", "b": null}}"#,
            &format!(r#"{{"user": {{"a": "{dob}", "b": null}}}}"#),
        ),
        (r#"result: {'dob': '1990-04-05'}"#, &format!("result: {{'dob': '{dob}'}}")),
        (r#"{\"dob\": \"1990-04-05\"}"#, &format!(r#"{{\"dob\": \"{dob}\"}}"#)),
        (r#"{"password": ["a", 1]}"#, r#"{"password": "[secret]"}"#),
        (r#"{"pin": 1234, "cvv":123}"#, r#"{"pin": "[secret]", "cvv":"[secret]"}"#),
        (r#"{"dob": "1990-04-05"#, &format!(r#"{{"dob": "{dob}"#)),
        (r#"{"pass\u0077ord": "x"}"#, r#"{"pass\u0077ord": "[secret]"}"#),
        (r#"{"a": "line\nmia@x.com"}"#, r#"{"a": "line\n[email]"}"#),
        (r#"{"a": "{\"dob\": \"1990-04-05\"}"}"#, &format!(r#"{{"a": "{{\"dob\": \"{dob}\"}}"}}"#)),
    ]);
    untouched(&[
        r#"{"function": {"name": "get_user_details"}}"#,
        r#"{"status": "email", "x": "name"}"#,
        r#"{"password": null, "email": ""}"#,
        r#"{"password": "[secret]", "email": "hmac:0123456789abcdef"}"#,
        r#"{"a": "x\ny", "b": [1, 2.5e10]}"#,
        r#"{"a":"token=","b":1}"#,
        // Found by the property tests: what starts in one literal ends there.
        r#"{"":{"@0.Aa":null}}"#,
        r#"["dob ",19766623.21120246]"#,
        r#"{"dob ":"1990-04-05+\\"}"#,
        r#"{"my password is ":null}"#,
        r#"{"curl -u ":null}"#,
    ]);
}

#[test]
fn dashes_and_blanks_of_typesetting_group_numbers_too() {
    for (before, after) in [
        ("card 4111\u{2011}1111\u{2011}1111\u{2011}1111.", "card [card]."),
        ("SSN 536\u{2011}90\u{2011}4399", "SSN [ssn]"),
        ("call 415\u{2013}555\u{2013}0132 now", "call [phone] now"),
        ("IBAN DE89\u{a0}3704\u{a0}0044\u{a0}0532\u{a0}0130\u{a0}00 –", "IBAN [iban] –"),
        ("DOB: 1990\u{2011}04\u{2011}05, 10–12 nights", "DOB: [dob], 10–12 nights"),
    ] {
        assert_eq!(clean(before), after);
        assert_eq!(clean(&format!("{{\"a\": \"{before}\"}}")), format!("{{\"a\": \"{after}\"}}"));
    }
}

#[test]
fn dates_that_only_a_birth_can_have() {
    all(&[
        (
            "Passengers: Sophia Silva (1957-10-05), 2 bags",
            "Passengers: Sophia Silva ([dob]), 2 bags",
        ),
        (
            "your date of birth from your user profile. It's 1990-04-05.",
            "your date of birth from your user profile. It's [dob].",
        ),
        (
            "born in Paris. The flight he takes is on 2024-05-20",
            "born in Paris. The flight he takes is on 2024-05-20",
        ),
        ("Flight HAT001 (2024-05-20)", "Flight HAT001 (2024-05-20)"),
    ]);
}

#[test]
fn what_only_looks_like_a_card_or_is_in_parentheses() {
    untouched(&["tracking 500530764322"]);
    all(&[("(555-123-2002)", "([phone])"), ("(415) 555-0132", "[phone]")]);
}
