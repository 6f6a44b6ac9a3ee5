//! What stands behind a key, however the two are written; and what only looks like it.

#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use ticketlens_redact::{Gate, GateConfig, HashKey, KeyClass};

fn gate() -> Gate {
    let hash_key = Some(HashKey::new(*b"0123456789abcdef"));
    Gate::new(GateConfig { hash_key, ..GateConfig::default() }).unwrap()
}

/// Each text has `«…»` around what must go; the marks themselves are not part of it.
#[track_caller]
fn gone(texts: &[&str]) {
    let gate = gate();
    let mut wrong = Vec::new();
    for text in texts {
        let (start, rest) = text.split_once('«').unwrap();
        let (value, end) = rest.split_once('»').unwrap();
        let before = format!("{start}{value}{end}");
        let expected = format!("{start}[secret]{end}");
        let is = gate.pass(None).text(&before).into_owned();
        if is != expected {
            wrong.push(format!("{before}\n  is   {is}\n  not  {expected}"));
        }
        assert_eq!(gate.pass(None).text(&is), is, "what is clean stays");
        // The same in a string of JSON.
        let quoted = json!({ "note": before }).to_string();
        let after: Value = serde_json::from_str(&gate.pass(None).text(&quoted)).unwrap();
        if after != json!({ "note": expected }) {
            wrong.push(format!("in JSON: {before}\n  is   {}", after["note"]));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[track_caller]
fn untouched(texts: &[&str]) {
    let gate = gate();
    let mut wrong = Vec::new();
    for text in texts {
        for text in [(*text).to_owned(), json!({ "note": text }).to_string()] {
            let is = gate.pass(None).text(&text).into_owned();
            if is != text {
                wrong.push(format!("{text}\n  is   {is}"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn elements_with_attributes() {
    gone(&[
        r##"<wsse:Password Type="#PasswordText">«hunTer2pw»</wsse:Password>"##,
        r#"<password xsi:type="xsd:string">«hunTer2pw»</password>"#,
        "<tns:password xmlns:tns='urn:x'>«hunter2»</tns:password>",
        "<password type=plain>«hunter»</password>",
        "<Password\n  a = \"b\"\n  >«hunter»</Password>",
        "<PASSWORD>«x»</PASSWORD>",
        "<a/><password id=\"1\">«x»</password><b/>",
        "<password><![CDATA[«x»]]></password>",
        r#"<password type="a">  <![CDATA[ «a<b>c» ]]>  </password>"#,
        "<key>password</key>\n  <string>«x»</string>",
        "<property><name>db.password</name><value>«x»</value></property>",
        "&lt;password&gt;«hunter2»&lt;/password&gt;",
        "&lt;soap:Password Type=&quot;x&quot;&gt;«hunter2»&lt;/soap:Password&gt;",
    ]);
    let gate = gate();
    let name = gate.pass(None).hash("Quill");
    assert_eq!(
        gate.pass(None).text(r#"<lastName lang="en">Quill</lastName>"#),
        format!(r#"<lastName lang="en">{name}</lastName>"#)
    );
    untouched(&[
        "login <user> <password> to start",
        "<password/>x<b>y</b>",
        r#"<a href="/reset-password">Reset</a>"#,
        r#"<p class="password">Forgot it?</p>"#,
        "Result<Token>> x, Vec<Token><b>, map<string, password>",
        "<![CDATA[password]]>",
        "<name>get_user</name><value>x</value>",
        r#"<password type="x">[secret]</password>"#,
        "<password a='b'>null</password>",
    ]);
}

#[test]
fn attributes_and_what_they_name() {
    gone(&[
        r#"<user password="«x»">"#,
        r#"<property name="password" value="«x»"/>"#,
        r#"<add key="ApiKey" value="«x»"/>"#,
        r#"<add value="«x»" key="ApiKey"/>"#,
        r#"<param name='password' type='text' value='«x»'/>"#,
        r#"<entry key="password">«x»</entry>"#,
        r#"<string name="api_key">«abc»</string>"#,
        r#"<Data Name="Password">«x»</Data>"#,
        r#"<input type="password" name="pw" value="«x»">"#,
        r#"<input type="password" value="«x»">"#,
        r#"<meta name="csrf-token" content="«x»">"#,
        "&lt;add key=&quot;ApiKey&quot; value=&quot;«x»&quot;/&gt;",
    ]);
    untouched(&[
        r#"<label for="password">Password</label>"#,
        r#"<div id="password"><b>New</b></div>"#,
        r#"<div id="address">Somewhere</div>"#,
        r#"<a name="token">Tokens</a>"#,
        r#"<input type="password" name="pw" value="">"#,
        r#"<input type="password" name="pw">"#,
        r#"<property name="password" value="${DB_PASSWORD}"/>"#,
        r#"{"type": "password", "label": "Password"}"#,
        r#"{"required": ["email", "password"], "x": 1}"#,
        r#"the "password" field"#,
    ]);
}

#[test]
fn what_crosses_literals_is_no_element() {
    for text in [
        r#"{"a":"<pwd a='b'>","b":"x</pwd>"}"#,
        r#"{"a":"<b value='x","b":"y' name='password'>"}"#,
        r#"{"a":"<pwd><![CDATA[","b":"x]]></pwd>"}"#,
    ] {
        let cleaned = gate().pass(None).text(text).into_owned();
        let value: Value = serde_json::from_str(&cleaned).unwrap();
        assert_eq!(value.as_object().unwrap().len(), 2, "{cleaned}");
    }
}

#[test]
fn what_python_prints_in_a_string_of_json_leaves_it_json() {
    for (before, after) in [
        ("{'pin': 5, 'n': 1}", "{'pin': '[secret]', 'n': 1}"),
        ("{'password': {'a': 1}}", "{'password': '[secret]'}"),
        ("credentials={'user': 'x', 'n': 1}, y", "credentials='[secret]', y"),
    ] {
        assert_eq!(gate().pass(None).text(before), after);
        let quoted = json!([before]).to_string();
        assert_eq!(gate().pass(None).text(&quoted), json!([after]).to_string());
    }
}

#[test]
fn quotes_that_are_escaped() {
    gone(&[
        "&quot;password&quot;:&quot;«x»&quot;",
        "{&#34;password&#34;: &#34;«x»&#34;}",
        "&#x27;token&#x27;: &#x27;«x»&#x27;",
        "data-props=\"{&quot;apiKey&quot;:&quot;«x»&quot;}\"",
        "password=&quot;«x»&quot;",
        "?q=%7B%22token%22%3A+%22«x»%22%7D",
    ]);
    untouched(&[
        "&quot;token&quot; is",
        "&quot;a&quot;:&quot;password&quot;",
        "%22a%22%3A%22token%22",
    ]);
}

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
fn commands() {
    gone(&[
        "run: deploy --password «sunshine» --now",
        "deploy --client-secret «hunTer2pw»",
        "deploy --client-secret '«s x»'",
        "`deploy --token «sunshine»`",
        "mysql -u root -p«hunter» db",
        "mysqldump -p'«hun ter»' db",
        "psql \"host=x password=«hunter» port=5\"",
        "sshpass -p «hunter» ssh x",
        "redis-cli -h x -a «hunter» ping",
        "docker login -u me -p «hunter» reg.example.com",
        "htpasswd -b file user «hunter»",
        "htpasswd -nbB user «hunter»",
        "openssl rsa -passin pass:«hunter» -in x",
        "ldapsearch -D x -w «hunter» -b y",
        "mongosh -u a -p «hunter»",
        "cmd: ['deploy', '--api-key', '«sunshine»']",
        r#"["deploy", "--token", "«abc\"def»"]"#,
    ]);
    let gate = gate();
    assert_eq!(gate.pass(None).text("curl -U me:hunter x"), "curl -U [basic-auth] x");
    untouched(&[
        "use --password to set it, --token is missing, and --secret <name>",
        "--token TOKEN",
        "Cannot use --docker-creds without --upload",
        r#"["--password", "must be set"]"#,
        "mysql -u root -p -h db",
        "mysql -p$PASS",
        "mysql -P 3306",
        "docker run -p 8080:80 x",
        "mkdir -p a/b; cp -a x y; ssh -p 2222 host; nc -w 5 host",
        "redis-cli -a $REDIS_PASSWORD",
        "login with -p to pass",
        "openssl req -passout file:x",
        r#"["deploy", "--token", "--now"]"#,
    ]);
}

#[test]
fn statements() {
    gone(&[
        "CREATE USER x IDENTIFIED BY '«X»'",
        "create user x identified with sha256_password by '«x»'",
        "CREATE USER x IDENTIFIED BY «tiger»;",
        "ALTER USER x WITH PASSWORD '«x»';",
        "create user x with password '«sunshine»'",
        "SET PASSWORD FOR 'a'@'b' = PASSWORD('«x»')",
        "CREATE LOGIN x WITH PASSWORD = N'«x»'",
        "CREATE SECRET s (TYPE S3, SECRET '«bcd»')",
        "OPTIONS (user 'u', password '«x»')",
        "jdbc:x://h;db=a;password=«x»;y=1",
        "Pwd=«x»;Uid=y",
    ]);
    untouched(&[
        "identified by 'name' in the list",
        "IDENTIFIED BY '***'",
        "IDENTIFIED EXTERNALLY",
        "WHERE password = ?",
        "WHERE password = $1",
        "BY 'Jane'",
    ]);
}

/// Under each key the value goes, in text and in values.
#[track_caller]
fn gone_under(pairs: &[(&str, &str)]) {
    let gate = gate();
    let mut wrong = Vec::new();
    for (key, inside) in pairs {
        let mut value = json!({ *key: inside });
        let text = gate.pass(None).text(&value.to_string()).into_owned();
        gate.pass(None).value(&mut value).unwrap();
        let left = value[*key].as_str().unwrap();
        if !(left == "[secret]" || left.starts_with("hmac:")) {
            wrong.push(format!("{key}: {inside}, is {left}"));
        }
        if serde_json::from_str::<Value>(&text).unwrap() != value {
            wrong.push(format!("{key}: {inside}, in text {text}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
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
fn code_of_several_lines_keeps_its_line_breaks() {
    let code = "push('a', [');\n  push(`x`, { join: `\\n${i}` });\n  push(`CURLOPT_COOKIE => \"${c.join('; ')}\",`);\n\
                push(['mia@example.com', '\\n']);\n";
    let after = gate().pass(None).text(code).into_owned();
    assert_eq!(after.lines().count(), code.lines().count(), "{after}");
    assert!(after.contains("[email]"), "{after}");
}

#[test]
fn comparisons_with_what_looks_secret() {
    gone(&[
        "password==«abc123»",
        "http POST :/login password==«hunter2x9»",
        "(password==\"«hunter2x9»\")",
        "if (apikey == \"«hunter2x9»\") {",
        "if apiKey === '«hunter2x9»'",
    ]);
    untouched(&[
        "if (token == \"x\") return password;",
        "if token == 'expired'",
        "if (token==token2) return",
        "token == config.token1",
        "if password == user.password:",
        "assert token == \"{token}\"",
        "auth-token==1.2.3",
        "tokens == 123456",
        "state.token === action.payload.token1",
        "if (password == null || token === undefined)",
        "token_type == \"access_token\"",
    ]);
}

#[test]
fn assignments_in_code_of_every_kind() {
    gone(&[
        "X_TOKEN ?= \"«hunTer2pw»\"",
        "X_TOKEN?=«hunTer2pw»",
        "X_TOKEN ::= «hunTer2pw»",
        "X_TOKEN :::= \"«hunTer2pw»\"",
        "$xToken .= \"«hunTer2pw»\";",
        "token ||= '«hunTer2pw»'",
        "this.token ??= '«hunTer2pw»'",
        "var xToken string = \"«hunTer2pw»\"",
        "password: str = \"«sunshine»\"",
        "val password: String = \"«sunshine»\"",
        "const apiKey: string = '«sunshine»';",
        "apiKey?: string = '«sunshine»';",
        "const TOKEN: &str = \"«sunshine»\";",
        "const TOKEN: &'static str = \"«sunshine»\";",
        "String password = \"«sunshine»\";",
        "System.setProperty(\"DB_PASSWORD\", \"«sunshine»\")",
        "os.environ[\"DB_PASSWORD\"] = \"«sunshine»\"",
        "os.environ['DB_PASSWORD']='«sunshine»'",
        "os.environ.setdefault(\"DB_PASSWORD\", \"«sunshine»\")",
        "setenv(\"DB_PASSWORD\", \"«sunshine»\", 1)",
        "os.Setenv(\"DB_PASSWORD\", \"«sunshine»\")",
        "\"ibm_cloud_api_key\" := \"«sunshine»\"",
        "requests.get(url, auth=('kevin', '«sunshine»'))",
        "requests.get(url, auth=HTTPBasicAuth(\"kevin\", \"«sunshine»\"))",
    ]);
    untouched(&[
        "password: str = Depends(get_password)",
        "password: str",
        "token: str = token",
        "func login(token string) error",
        "var xToken string = os.Getenv(\"X_TOKEN\")",
        "password: str = \"\"",
        "const apiKey: string = `${env.API_KEY}`;",
        "a string = \"hunter2\"",
        "the password string: \"abc\"",
        "os.environ[\"DB_PASSWORD\"]",
        "if os.environ[\"DB_PASSWORD\"] == \"x\":",
        "os.environ[\"DB_PASSWORD\"] = password",
        "t(\"password\", \"Your password\")",
        "setProperty(\"type\", \"password\")",
        "auth=(user, password)",
        "auth=('user', password)",
        "a ?= b, c ||= d",
        "GET /token?=1",
    ]);
    let gate = gate();
    for (before, after) in [
        ("curl --user kevin:'pRf7x9Q2' https://x", "curl --user [basic-auth] https://x"),
        ("curl --user \"kevin\":\"pRf7x9Q2\" https://x", "curl --user [basic-auth] https://x"),
        ("curl -u 'kevin':'pRf7 x9Q2' https://x", "curl -u [basic-auth] https://x"),
    ] {
        assert_eq!(gate.pass(None).text(before), after);
        assert_eq!(gate.pass(None).text(&json!([before]).to_string()), json!([after]).to_string());
    }
    untouched(&["curl --user kevin:'$PASS'"]);
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

#[test]
fn names_of_where_a_value_is_stay() {
    untouched(&[
        "password = self.password",
        "password=args.password",
        "token=config.token, x",
        "const token = req.headers.authorization;",
        "password: process.env.PW",
        "API_KEY=os.environ",
        "api_key=settings.API_KEY",
        "api_key=YOUR_API_KEY",
        "Authorization: Bearer YOUR_API_KEY",
        "Authorization: Bearer",
        "Authorization: Basic",
    ]);
    gone(&[
        "password=«self.Xy12ab9q»",
        "password=«config!x9»",
        "api_key=«your_a1b2c3d4»",
        "Authorization: «Bearer hunter2x»",
        "Authorization: «bearerx»",
        "password: «$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub»",
    ]);
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

#[test]
fn a_prompt_is_no_key() {
    untouched(&[
        "password = input('Password: ')",
        "getpass(prompt=\"Enter your password: \")",
        "print(\"token:\", token)",
        "read -p \"Password: \"",
    ]);
    gone(&[
        "login(\"bob\", password=\"«hunter2»\")",
        "('user', password: '«hunter2»')",
        "run(\"x\", token: \"«,)x9Kq2»\")",
    ]);
}
