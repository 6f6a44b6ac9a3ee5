use proptest::prelude::*;

use super::*;

proptest! {
    /// What is listed is never passed over by a look at its last letters.
    #[test]
    fn endings_miss_no_listed_key(
        keys in prop::collection::vec("[a-c]{1,7}|[a-c]{1,3} [a-c]{1,4}", 1..6),
        before in "[ !#-~é]{0,9}",
        written in "[a-cA-C]{0,4}[ _.-]{0,2}[a-cA-C]{1,4}[0-9]{0,2}",
    ) {
        let table = KeyTable::new(&GateConfig { secret_keys: keys, ..GateConfig::default() });
        for text in [&written, &format!("{before}{written}")] {
            let is_listed = table.look_up(&Words::of(Folded::of(text, WINDOW).bytes())).0 != KeyClass::Plain;
            prop_assert!(!is_listed || table.endings.may_end(text.as_bytes()), "{text}");
        }
    }
}

fn class(key: &str) -> KeyClass {
    KeyTable::new(&GateConfig::default()).classify(key)
}

#[test]
fn case_and_separators_do_not_matter() {
    for key in ["apiKey", "API-KEY", "api_key", "x-api-key", "APIKey", "openai.apiKey", "api key"] {
        assert_eq!(class(key), KeyClass::Secret, "{key}");
    }
    for key in
        ["customerEmail", "CUSTOMER_EMAIL", "email", "e-mail", "user_phone_number", "address1"]
    {
        assert_eq!(class(key), KeyClass::Personal, "{key}");
    }
}

#[test]
fn keys_that_only_look_alike_are_plain() {
    let keys = [
        "token_count",
        "input_tokens",
        "max_tokens",
        "flight_number",
        "tool_name",
        "file_name",
        "model_name",
        "hostname",
        "filename",
        "service.name",
        "host.name",
        "next_page_token",
        "nextPageToken",
        "ip_address",
        "gift_card",
        "boarding_pass",
        "credit_card_4421486",
        "id",
        "status",
        "order_id",
        "",
        "_",
        "9",
        "12345",
        "payment_id",
        "last_four",
        "card_type",
        "time_to_first_token",
        "hotel_name",
        "passenger_count",
        "phone_model",
        "keyboard",
        "monkey",
    ];
    for key in keys {
        assert_eq!(class(key), KeyClass::Plain, "{key}");
    }
}

#[test]
fn a_bare_name_may_be_a_persons() {
    assert_eq!(class("name"), KeyClass::Name);
}

#[test]
fn configuration_adds_and_exempts() {
    let config = GateConfig {
        secret_keys: vec!["voucherCode".into()],
        personal_keys: vec!["Steuernummer".into()],
        exempt_keys: vec!["subject".into(), "user_id".into()],
        ..GateConfig::default()
    };
    let table = KeyTable::new(&config);
    assert_eq!(table.classify("gift_voucher_code"), KeyClass::Secret);
    assert_eq!(table.classify("STEUERNUMMER"), KeyClass::Personal);
    assert_eq!(table.classify("subject"), KeyClass::Plain);
    assert_eq!(table.classify("userId"), KeyClass::Plain);
    assert_eq!(table.classify("email"), KeyClass::Personal);
}

#[test]
fn a_denied_key_wins_over_every_other_list() {
    let config = GateConfig {
        personal_keys: vec!["seat".into()],
        exempt_keys: vec!["badge".into(), "staff_badge".into()],
        denied_keys: vec!["Badge".into(), "seat".into(), "token".into(), "name".into()],
        ..GateConfig::default()
    };
    let table = KeyTable::new(&config);
    for key in ["badge", "BADGE1", "staff_badge", "myStaffBadge", "seat", "page_token", "tool_name"]
    {
        assert_eq!(table.classify(key), KeyClass::Secret, "{key}");
    }
    for (key, class) in
        [("badges", KeyClass::Plain), ("password", KeyClass::Secret), ("email", KeyClass::Personal)]
    {
        assert_eq!(table.classify(key), class, "{key}");
    }
}

#[test]
fn many_own_keys_fit() {
    let secret_keys: Vec<String> = (0..5000).map(|n| format!("own{n}key")).collect();
    let table = KeyTable::new(&GateConfig { secret_keys, ..GateConfig::default() });
    assert_eq!(table.classify("own4999key"), KeyClass::Secret);
    assert_eq!(table.classify("own5000key"), KeyClass::Plain);
}

#[test]
fn every_listed_key_means_what_its_list_says() {
    for list in KEY_LISTS {
        for key in list.keys {
            assert_eq!(class(key), list.class, "{key}");
        }
    }
}
