//! Elements, attributes and quotes that are escaped.

use serde_json::{Value, json};

use super::{gate, gone, untouched};

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
