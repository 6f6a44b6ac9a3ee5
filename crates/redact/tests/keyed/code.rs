//! Commands, statements and code.

use serde_json::json;

use super::{gate, gone, untouched};

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
