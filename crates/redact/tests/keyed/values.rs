//! Which value is one, and where it ends.

use serde_json::{Value, json};
use ticketlens_redact::{Gate, GateConfig};

use super::{gate, gone, gone_under, untouched};

#[test]
fn secrets_that_begin_with_a_sign() {
    gone(&[
        "DB_PASSWORD=«$Tr0ng!Pw#9»",
        "SMTP_PASS=«$2y$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy»",
        "password_hash: «$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub»",
        "password=«$6$rounds=5000$saltsalt$hashhashhash»",
        "password=«$Passw0rd$»",
        "client_secret=«*Xy12ab9q»",
        "password: «%Gh7!x»",
        "?password=«%24Tr0ng»&x=1",
        "PASSWORD=«{abc}9!»",
        "userPassword: «{SSHA}DkMTwBl+a/3DQTxCYEApdUtNXGgdUac3»",
        "pw=«<Xy9!k»",
        "password=«Pa55w(rd»",
        "password=${PW:-«hunter2»}",
        "Password: <b>«hunter2»</b>",
        "password=**«hunter2»**",
        "**Client secret:** «s3cr3tValue9»",
        "**Client secret**: «s3cr3tValue9»",
        "`client_secret`: «s3cr3tValue9»",
        "password = N'«x»'",
        "password=b'«hunter2»'",
        "password: ${DB_PASSWORD:«hunter2»}",
        "Set-Cookie: «key:term=value:term»",
        "Cookie: «${A}; session=abc123»",
        "{'password': b'«hunter2»', 'n': 1}",
        "password=SecretStr('«hunter2»')",
    ]);
    untouched(&[
        "password=${TOKEN}",
        "password=$VAR",
        "password=$DB_PASSWORD make",
        "password=$this->password",
        "password=$env:PASSWORD",
        "password=$1",
        "password=%PASSWORD%",
        "password=<password>",
        "token=<your token here>",
        "password={{ secret }}",
        "password=***",
        "password=****1234",
        "password=$(cat x)",
        "password=%s, user=%s",
        "token=%(token)s",
        "token={token}",
        "token={0}",
        "url?token={token}&page={n}",
        "token=*args",
        "password=os.getenv('X')",
        "password='${DB_PASSWORD}'",
        "token=<%= token %>",
        "WHERE password = :password",
        "token: ${env:GITHUB_TOKEN}",
        "connect(token=token, n=1)",
    ]);
}

#[test]
fn absence_is_no_secret() {
    untouched(&[
        "Authorization: null",
        "Authorization: Bearer undefined",
        "Authorization: Bearer ${TOKEN}",
        "password=None",
        "token=undefined&x=1",
        "password=false",
        "password=''",
        "password=nil",
        "password=NULL",
        "password=(none)",
        "password: (not set), token=<not provided>",
        "password: N/A",
        "password=-",
        "password=[REDACTED]",
        "GET /?token=null&email=null",
        r#"{"password": false, "token": true, "pin": "null", "email": "N/A"}"#,
        "{'password': None, 'token': False, 'email': None}",
        r#"{"tokens": [], "credentials": {}}"#,
        r#"{"password": "{{ secret }}", "token": "***"}"#,
    ]);
    gone(&["password=«nullable9»", "password=«None1»", r#"{"password": "«$ecret»"}"#]);
    let value = json!({
        "password": false, "token": true, "secret": null, "pin": "", "credentials": {}, "tokens": [],
        "email": "None", "api_key": "${API_KEY}",
    });
    let mut after = value.clone();
    gate().pass(None).value(&mut after).unwrap();
    assert_eq!(after, value);
    let mut number = json!({"password": 0});
    gate().pass(None).value(&mut number).unwrap();
    assert_eq!(number, json!({"password": "[secret]"}));
}

#[test]
fn where_keys_are_denied_only_null_stays() {
    let denied_keys = vec!["seat".to_owned()];
    let gate = Gate::new(GateConfig { denied_keys, ..GateConfig::default() }).unwrap();
    let mut value = json!({"seat": false, "b": {"seat": "false"}, "c": {"seat": null}});
    let text = value.to_string();
    gate.pass(None).value(&mut value).unwrap();
    let after = json!({"seat": "[secret]", "b": {"seat": "[secret]"}, "c": {"seat": null}});
    assert_eq!(value, after);
    assert_eq!(serde_json::from_str::<Value>(&gate.pass(None).text(&text)).unwrap(), after);
    assert_eq!(gate.pass(None).text("seat=false"), "seat=[secret]");
}

#[test]
fn what_is_no_name_in_brackets_is_no_placeholder() {
    gone_under(&[
        ("token", "{eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJlMTIz}"),
        ("api_key", "<sk-ant-api03-hYt5x9Q2bV7mKq4Rz1Lw8Np3Jd6Fs0Gc>"),
        ("api_key", "{{ghp_16C7e42F292c6912E7710c838347Ae178B4a}}"),
        ("password", "${Tr0ngPassw0rd}"),
        ("password", "{{ hunter2x9 }}"),
        ("pin", "{4711}"),
        ("password", "{hunter2}"),
        ("card_number", "{4111 1111 1111 1111}"),
        ("ssn", "<536-90-4399>"),
        ("full_name", "{Jane Roe}"),
        ("full_name", "{{ Jane Roe }}"),
        ("full_name", "<Jane Roe>"),
        ("full_name", "{Jane}"),
        ("name", "<Jane Roe>"),
        ("date_of_birth", "{1990-04-05}"),
        ("address", "<12 Elm Street>"),
        ("phone", "{{+1 415 555 0132}}"),
        ("email", "<mia@example.com>"),
    ]);
    gone(&[
        "<secret>«{AQAAABAAA sk-ant-api03-hYt5x9Q2bV}»</secret>",
        "password: «{hunter2}»",
        "password=«{AQAAABAAAAAQx0VZ1y8kKq7}»",
        "password=«<x9Kq2Lm4>»",
        "password='«{x9Kq2 Lm4}»'",
        "url?token=«{x9Kq2Lm4}»&x=1",
    ]);
    untouched(&[
        r#"{"token": "{token}", "api_key": "<your token here>", "secret": "<YOUR_SECRET>"}"#,
        r#"{"password": "{{vault.password}}", "pin": "{0}", "token": "${VAR}", "api_key": "{admin_api_key}"}"#,
        r#"{"email": "{{ customer.email }}", "phone": "<phone number>", "full_name": "{First Name}"}"#,
        r#"{"email": "{Email}", "full_name": "{{Contact.FirstName}}", "address": "<unknown>"}"#,
        r#"{"token": "{{ secrets.AWS_S3_KEY }}", "password": "${{ secrets.OAUTH2_TOKEN }}"}"#,
        r#"{"token": "<Your Token Here>", "password": "{{ lookup('env', 'TOKEN') | default(omit) }}"}"#,
        "password: { type: String, minLength: 8, maxLength: 128 }",
        "password={password2}",
        "token: ${{ secrets.NPM_TOKEN }}",
        "token: {{ .Values.oauth2.token }}",
    ]);
}

#[test]
fn what_stays_under_a_key_is_judged_by_its_form() {
    let gate = gate();
    let mut value =
        json!({ "token": "{mail_to} a b" , "password": "${ask mia.quill@example.com}" });
    gate.pass(None).value(&mut value).unwrap();
    assert!(!value.to_string().contains("mia.quill"), "{value}");
}

#[test]
fn a_scheme_alone_and_masks_are_no_secrets() {
    untouched(&[
        r#"req.Header.Set("Authorization", "Bearer " + tok)"#,
        r#"headers["Authorization"] = "Bearer " + token"#,
        r#"{"Authorization": "Bearer ", "authorization": "Basic "}"#,
        r#"{"api_key": "xxxxxxxxxxxx", "token": "glpat-XXXXXXXX"}"#,
        "AWS_ACCESS_KEY_ID=AKIAXXXXXXXXXXXXXXXX",
        "use AKIAXXXXXXXXXXXXXXXX here",
        "token=xxxxxxxx",
        "token: glpat-XXXXXXXXXXXXXXXXXXXX",
        "password = var.db_password\n",
        "  password = local.x\n",
        "password    = data.aws_secretsmanager_secret_version.db.secret_string\n",
    ]);
    gone(&["password=«xxxx1y»", "password = «var.x9Kq2Lm4»"]);
}

#[test]
fn an_ampersand_is_the_secrets_own_or_ends_it() {
    gone(&[
        "PASSWORD=«git&202503251200&R2xlVEmqi+OW1xFEYw==»",
        "DB_PASSWORD=«Tr0ub&4dor»",
        "password: «ab&cd12!x»",
        "api_key=«a1b2c3»&limit=5",
        "?token=«a1b2c3»&flag",
        "token=«a1b2c3»&amp;limit=5",
        "token=«a1b2c3»&#38;limit=5",
        "export TOKEN=«a1b2c3»&& make",
        "TOKEN=«a1b2c3»& wait",
        "password=«a1b2c3»&filter[0]=x",
        "PASSWORD=«ab&cd12»;",
        "PASSWORD=«ab&$cd12»",
    ]);
}

#[test]
fn connection_strings_and_headers_are_read_to_their_own_end() {
    gone(&[
        "Server=tcp:db,1433;User ID=app;Password=«P@ss,w0rd9»;Encrypt=True",
        "Server=db;Password=«ab&cd12»;Encrypt=True",
        "Endpoint=sb://x.net/;SharedAccessKey=«aGVsbG8=»",
        "DefaultEndpointsProtocol=https;AccountKey=«aGVsbG8+d29ybGQ==»;EndpointSuffix=x.net",
        "a=1&amp;token=«a1b2c3»&amp;b=2",
    ]);
    let gate = gate();
    for (text, expected) in [
        (
            "Authorization: Digest username=\"bob\", realm=\"r\", response=\"6629fae4\"\r\nHost: x",
            "Authorization: [secret]\r\nHost: x",
        ),
        ("Authorization: Hawk id=\"x\", mac=\"6R4rV5iE\"", "Authorization: [secret]"),
    ] {
        assert_eq!(gate.pass(None).text(text), expected);
        assert_eq!(gate.pass(None).text(expected), expected);
    }
}
