//! What a key is.

use serde_json::json;
use ticketlens_redact::{Gate, GateConfig, KeyClass};

use super::{gate, gone, gone_under, untouched};

#[test]
fn marks_around_a_word_announce_nothing() {
    untouched(&[
        "See `/etc/passwd` file.",
        "`/etc/passwd` file.`",
        "cat /etc/passwd: denied12",
        "the \"password\" field5",
        "'token' is 12345678",
        "**password** is required1x",
        "*pin* 1234",
        "(password) reset9!x",
        "<code>password</code> must1x",
        "the `password`: must have 8+ chars.",
    ]);
    gone(&["**Password**: «hunter2»", "`pin`: «4711»", "**PIN:** «4711»"]);
}

#[test]
fn keys_glued_and_in_other_languages() {
    gone(&[
        "PGPASSWORD=«hunter» psql",
        "MYSQL_PWD=«hunter» mysql",
        "REDISCLI_AUTH=«hunter»",
        "accesstoken=«abc»",
        "clientsecret=«abc»",
        "cvv_code=«123»",
        "contraseña=«x»",
        "CONTRASEÑA=«x»",
        "contrasen\u{303}a=«x»",
        "mot_de_passe=«x»",
        "mot de passe : «Abc123x»",
        "senha=«x»",
        "wachtwoord=«x»",
        "hasło=«x»",
        "пароль=«x»",
        "ПАРОЛЬ: «Abc123x»",
        "密码：«Abc123x»",
        "用户密码=«x»",
        "数据库password=«x»",
        r#"{"登录密码":"«x»"}"#,
        r#"{"パスワード": "«x»"}"#,
        r#"{"вашПароль": "«x»"}"#,
        "db_password: «sunshine»\nuser: x",
    ]);
    let gate = gate();
    let hash = gate.pass(None).hash("x");
    for key in ["straße", "STRASSE", "prénom", "PRÉNOM", "pre\u{301}nom", "téléphone", "naissance"]
    {
        let text = format!(r#"{{"{key}": "x"}}"#);
        assert_eq!(gate.pass(None).text(&text), format!(r#"{{"{key}": "{hash}"}}"#));
    }
    untouched(&[
        "token: string\npassword: required\nid-token: write\n",
        "authorization: Mutex::default(),",
        "if (token == \"x\") return password;",
        "let token = next();",
        r#"{"nextpagetoken": "x", "密": "x", "schließen": "x"}"#,
    ]);
}

#[test]
fn a_path_is_no_key_of_a_record() {
    let gate = gate();
    for key in ["/users/{user_id}", "/auth/token", "POST /login/token", "node_modules/cookie"] {
        let value = json!({ key: { "get": "x", "summary": "Get it" } });
        let mut after = value.clone();
        gate.pass(None).value(&mut after).unwrap();
        assert_eq!(after, value);
        assert_eq!(gate.pass(None).text(&value.to_string()), value.to_string());
    }
    gone_under(&[("Email / Phone", "mia")]);
    let denied_keys = vec!["token".to_owned()];
    let gate = Gate::new(GateConfig { denied_keys, ..GateConfig::default() }).unwrap();
    let mut value = json!({"/auth/token": "x"});
    gate.pass(None).value(&mut value).unwrap();
    assert_eq!(value, json!({"/auth/token": "[secret]"}));
}

#[test]
fn a_key_with_quotes_in_it_is_read_whole() {
    let numbers_under = |before: &str| gate().pass(None).text(before).into_owned();
    let path = r#"{"/\"card\": {password":0}"#;
    assert_eq!(numbers_under(path), r#"{"/\"card\": \"[secret]\"":0}"#);
    assert_eq!(
        numbers_under(r#"{"the \"old\" password":4}"#),
        r#"{"the \"old\" password":"[secret]"}"#
    );
    // Escaped by halves, or cut.
    assert_eq!(numbers_under(r#"{\"password":4}"#), r#"{\"password":"[secret]"}"#);
}

#[test]
fn a_key_that_ends_in_a_mark_says_nothing() {
    let gate = gate();
    for key in ["[email]", "[email]#2", "=[phone]", "a [secret]", "[phone][private-key]"] {
        assert_eq!(gate.classify(key), KeyClass::Plain, "{key}");
    }
    assert_eq!(gate.classify("user[email]"), KeyClass::Personal);
    assert_eq!(gate.classify("user[a][secret]"), KeyClass::Secret);
    assert_eq!(gate.classify("user[email][phone]"), KeyClass::Personal);
}

#[test]
fn keys_that_are_counted_apart_from_their_sign() {
    gone(&[
        "password1 = «hunter2»",
        "DB_PASSWORD_1 = «hunter2x»",
        "api_key2 = \"«hunter2abc»\"",
        "password2 : «hunter2»",
    ]);
    untouched(&["order1 = next", "x1 = 5", "1 = 2", "step 12 : done"]);
}
