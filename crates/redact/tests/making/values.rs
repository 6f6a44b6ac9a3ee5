//! Values that must go, in their documented forms.

use super::{
    Random,
    carriers::carry,
    personal::{birth, card, email, iban, in_other_digits, national, phone},
};

/// A way to make a value: its detector, and the value, or what announces it and the value.
type Make = fn(&mut Random) -> (String, String);

/// At least `count` values: detector, value, text with the value in it.
pub fn positives(random: &mut Random, count: usize) -> Vec<(&'static str, String, String)> {
    let mut list = Vec::new();
    while list.len() < count {
        for (detector, make) in FORMS {
            let (cue, value) = make(random);
            let carried = if cue.is_empty() {
                carry(random, &value)
            } else {
                carry(random, &format!("{cue}{value}"))
            };
            list.push((*detector, value, carried));
        }
    }
    list
}

pub fn plain(value: String) -> (String, String) {
    (String::new(), value)
}

pub fn after(cue: &str, value: String) -> (String, String) {
    (cue.to_owned(), value)
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for three in bytes.chunks(3) {
        let bits =
            three.iter().fold(0u32, |bits, b| bits << 8 | u32::from(*b)) << (8 * (3 - three.len()));
        for place in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * place) & 63) as usize];
            out.push(if place <= three.len() { char::from(letter) } else { '=' });
        }
    }
    out
}

const FORMS: &[(&str, Make)] = &[
    ("email", |r| plain(email(r))),
    ("email", |r| plain(email(r))),
    ("card", |r| plain(card(r))),
    ("card", |r| plain(card(r))),
    ("card", |r| {
        let card = card(r);
        plain(in_other_digits(r, &card))
    }),
    // A word or sign touches it.
    ("card", |r| after(r.pick(&["Visa:", "card#", "MasterCard", "paid_", "no."]), card(r))),
    ("phone", |r| {
        let number = format!("{}{}{}", r.between(201, 989), r.between(200, 999), r.digits(4));
        after(r.pick(&["Phone:", "Mobile:", "tel-", "Phone", "call:"]), number)
    }),
    ("phone", |r| {
        let number = format!("011 44 20 {} {}", r.between(1000, 9999), r.digits(4));
        after(r.pick(&["phone ", "dial ", "", "reach us at "]), number)
    }),
    ("base64", |r| plain(base64(format!("[{{\"token\": \"{}\"}}]", r.alnum(14)).as_bytes()))),
    ("base64", |r| plain(base64(format!("{{\n  \"pin\": {}\n}}", r.digits(4)).as_bytes()))),
    ("base64", |r| plain(base64(format!("DB_PASSWORD={}", r.alnum(12)).as_bytes()))),
    ("base64", |r| plain(base64(format!("To: {} <{}>", r.lower(6), email(r)).as_bytes()))),
    ("phone", |r| {
        let (cue, phone) = phone(r);
        (cue, in_other_digits(r, &phone))
    }),
    ("dob", |r| {
        let (cue, date) = birth(r);
        (cue, in_other_digits(r, &date))
    }),
    ("iban", |r| plain(iban(r))),
    ("phone", phone),
    ("phone", phone),
    ("ssn", |r| {
        plain(format!("{}-{:02}-{:04}", r.between(100, 665), r.between(1, 99), r.between(1, 9999)))
    }),
    ("secret", |r| after("{\"name\": \"API_TOKEN\", \"value\": \"", r.alnum(14))),
    ("secret", |r| after("env:\n  - name: DB_PASSWORD\n    value: ", r.alnum(14))),
    ("personal", |r| after("[{\"v\": 1}, {\"k\": \"customer_id\", \"v\": \"", r.digits(6))),
    ("national-id", |r| plain(national(r))),
    ("national-id", |r| plain(national(r))),
    ("dob", birth),
    ("dob", birth),
    ("jwt", |r| {
        plain(format!("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ{}.{}", r.body(40), r.body(43)))
    }),
    ("private-key", |r| {
        plain(format!(
            "-----BEGIN PRIVATE KEY-----\n{}\n{}\n-----END PRIVATE KEY-----",
            r.alnum(64),
            r.alnum(40)
        ))
    }),
    ("bearer", |r| after("Bearer ", format!("{}1{}", r.alnum(10), r.alnum(20)))),
    ("basic-auth", |r| {
        let pair = format!("{}:{}", r.lower(6), r.alnum(10));
        after("Basic ", base64(pair.as_bytes()))
    }),
    ("basic-auth", |r| {
        let option = r.pick(&["curl -u ", "curl -X POST --user ", "curl -s -u '"]);
        after(option, format!("{}:{}", r.lower(6), r.alnum(10)))
    }),
    ("url-credentials", |r| after("postgres://", format!("{}:{}@", r.lower(5), r.alnum(12)))),
    ("secret", |r| {
        after(
            r.pick(&[
                "password=",
                "api_key: ",
                "token=",
                "my password is ",
                "\"secret\": \"",
                "AWS_SECRET_ACCESS_KEY=",
            ]),
            format!("{}7{}", r.alnum(8), r.alnum(8)),
        )
    }),
    ("secret", |r| {
        let (before, behind) = FRAMES[r.between(0, FRAMES.len() as u64 - 1) as usize];
        after(before, format!("{}7{}{behind}", r.alnum(6), r.alnum(6)))
    }),
    ("secret", |r| {
        let sign = r.pick(&["$", "%", "*", "!", "#", "{a}", "<", "^"]);
        let value = format!("{sign}{}7!{}3", r.upper(3), r.lower(4));
        after(r.pick(&["DB_PASSWORD=", "client_secret=", "pw="]), value)
    }),
    ("base64", |r| {
        let inner = format!("{{\"password\": \"{}\"}}", r.alnum(12));
        plain(base64(inner.as_bytes()))
    }),
    ("aws-key", |r| {
        plain(format!(
            "{}{}",
            r.pick(&["AKIA", "ASIA"]),
            r.of("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16)
        ))
    }),
    ("gcp-key", |r| plain(format!("AIza{}", r.body(35)))),
    ("gcp-key", |r| plain(format!("GOCSPX-{}", r.body(28)))),
    ("gcp-key", |r| plain(format!("1//0{}", r.body(100)))),
    ("azure-key", |r| plain(format!("{}8Q~{}", r.alnum(3), r.alnum(34)))),
    ("azure-key", |r| plain(format!("{}JQQJ99{}ACOG{}", r.alnum(52), r.alnum(18), r.alnum(4)))),
    ("azure-key", |r| plain(format!("{}+ASt{}==", r.alnum(76), r.alnum(6)))),
    ("azure-key", |r| plain(format!("{}AzSe{}", r.alnum(42), r.alnum(6)))),
    ("aws-key", |r| plain(format!("bedrock-api-key-{}", r.alnum(120)))),
    ("alibaba-key", |r| plain(format!("LTAI5t{}", r.alnum(18)))),
    ("digitalocean-token", |r| plain(format!("dop_v1_{}", r.hex(64)))),
    ("cloudflare-key", |r| plain(format!("v1.0-{}-{}", r.hex(24), r.hex(146)))),
    ("cloudflare-key", |r| {
        plain(format!("{}{}", r.pick(&["cfut_", "cfat_", "cfk_"]), r.alnum(48)))
    }),
    ("heroku-key", |r| plain(format!("HRKU-{}", r.uuid()))),
    ("fly-token", |r| plain(format!("fo1_{}", r.body(43)))),
    ("vercel-token", |r| {
        plain(format!("{}{}", r.pick(&["vcp_", "vci_", "vca_", "vcr_", "vck_"]), r.alnum(56)))
    }),
    ("netlify-token", |r| plain(format!("nfp_{}", r.alnum(36)))),
    ("render-key", |r| plain(format!("rnd_{}", r.alnum(32)))),
    ("tailscale-key", |r| plain(format!("tskey-auth-{}-{}", r.alnum(16), r.alnum(32)))),
    ("github-token", |r| {
        plain(format!("{}{}", r.pick(&["ghp_", "gho_", "ghu_", "ghs_", "ghr_"]), r.alnum(36)))
    }),
    ("github-token", |r| plain(format!("github_pat_{}_{}", r.alnum(22), r.alnum(59)))),
    ("gitlab-token", |r| plain(format!("{}{}", r.pick(&["glpat-", "gldt-", "glrt-"]), r.body(20)))),
    ("bitbucket-token", |r| plain(format!("ATBB{}", r.alnum(32)))),
    ("bitbucket-token", |r| plain(format!("BBDC-{}", r.alnum(44)))),
    ("atlassian-token", |r| plain(format!("ATTA{}", r.hex(72)))),
    ("atlassian-token", |r| plain(format!("ATATT3{}", r.body(186)))),
    ("sourcegraph-token", |r| plain(format!("sgp_{}", r.hex(40)))),
    ("circleci-token", |r| plain(format!("CCIPAT_{}_{}", r.alnum(22), r.hex(40)))),
    ("buildkite-token", |r| plain(format!("bkua_{}", r.hex(40)))),
    ("sonar-token", |r| plain(format!("{}{}", r.pick(&["squ_", "sqp_", "sqa_"]), r.hex(40)))),
    ("octopus-key", |r| plain(format!("API-{}", r.upper(26)))),
    ("harness-key", |r| plain(format!("pat.{}.{}.{}", r.body(22), r.alnum(24), r.alnum(20)))),
    ("npm-token", |r| plain(format!("npm_{}", r.alnum(36)))),
    ("pypi-token", |r| plain(format!("pypi-AgEIcHlwaS5vcmc{}", r.body(80)))),
    ("rubygems-key", |r| plain(format!("rubygems_{}", r.hex(48)))),
    ("docker-token", |r| plain(format!("dckr_pat_{}", r.body(27)))),
    ("jfrog-token", |r| plain(format!("AKCp{}", r.alnum(69)))),
    ("stripe-key", |r| {
        plain(format!("{}{}", r.pick(&["sk_live_", "sk_test_", "rk_live_"]), r.alnum(24)))
    }),
    ("stripe-key", |r| plain(format!("whsec_{}", r.alnum(32)))),
    ("square-token", |r| plain(format!("sq0atp-{}", r.body(22)))),
    ("paypal-token", |r| {
        plain(format!(
            "access_token$production${}${}",
            r.of("abcdefghijklmnopqrstuvwxyz0123456789", 16),
            r.hex(32)
        ))
    }),
    ("shopify-token", |r| plain(format!("shpat_{}", r.hex(32)))),
    ("razorpay-key", |r| plain(format!("rzp_live_{}", r.alnum(14)))),
    ("flutterwave-key", |r| plain(format!("FLWSECK_TEST-{}-X", r.hex(32)))),
    ("plaid-token", |r| plain(format!("access-production-{}", r.uuid()))),
    ("paddle-key", |r| {
        plain(format!("pdl_live_apikey_{}_{}_{}", r.hex(26), r.alnum(22), r.alnum(3)))
    }),
    ("slack-token", |r| plain(format!("xoxb-{}-{}-{}", r.digits(12), r.digits(12), r.alnum(24)))),
    ("slack-token", |r| plain(format!("xapp-1-{}-{}-{}", r.upper(11), r.digits(13), r.hex(64)))),
    ("slack-webhook", |r| {
        plain(format!("hooks.slack.com/services/T{}/B{}/{}", r.upper(8), r.upper(8), r.alnum(24)))
    }),
    ("discord-token", |r| {
        let id = base64(r.digits(18).as_bytes());
        plain(format!("{id}.{}.{}", r.alnum(6), r.body(27)))
    }),
    ("discord-webhook", |r| {
        plain(format!("discord.com/api/webhooks/{}/{}", r.digits(18), r.body(68)))
    }),
    ("teams-webhook", |r| {
        let (group, tenant, id) = (r.uuid(), r.uuid(), r.uuid());
        let path = format!("{group}@{tenant}/IncomingWebhook/{}/{id}", r.hex(32));
        plain(format!("webhook.office.com/webhookb2/{path}"))
    }),
    ("zapier-webhook", |r| {
        plain(format!("hooks.zapier.com/hooks/catch/{}/{}", r.digits(8), r.alnum(7)))
    }),
    ("telegram-token", |r| {
        plain(format!("{}:AA{}", r.between(100_000_000, 9_999_999_999), r.body(33)))
    }),
    ("twilio-key", |r| plain(format!("SK{}", r.hex(32)))),
    ("sendgrid-key", |r| plain(format!("SG.{}.{}", r.body(22), r.body(43)))),
    ("mailgun-key", |r| plain(format!("key-{}", r.hex(32)))),
    ("mailchimp-key", |r| plain(format!("{}-us{}", r.hex(32), r.between(1, 21)))),
    ("brevo-key", |r| plain(format!("xkeysib-{}-{}", r.hex(64), r.alnum(16)))),
    ("resend-key", |r| plain(format!("re_{}_{}", r.alnum(8), r.alnum(24)))),
    ("facebook-token", |r| plain(format!("EAAC{}", r.alnum(120)))),
    ("openai-key", |r| plain(format!("sk-{}T3BlbkFJ{}", r.alnum(20), r.alnum(20)))),
    ("openai-key", |r| plain(format!("sk-proj-{}T3BlbkFJ{}", r.body(74), r.body(74)))),
    ("anthropic-key", |r| plain(format!("sk-ant-api03-{}AA", r.body(93)))),
    ("huggingface-token", |r| plain(format!("hf_{}", r.alnum(34)))),
    ("groq-key", |r| plain(format!("gsk_{}", r.alnum(52)))),
    ("perplexity-key", |r| plain(format!("pplx-{}", r.alnum(48)))),
    ("replicate-token", |r| plain(format!("r8_{}", r.alnum(37)))),
    ("xai-key", |r| plain(format!("xai-{}", r.alnum(80)))),
    ("openrouter-key", |r| plain(format!("sk-or-v1-{}", r.hex(64)))),
    ("langsmith-key", |r| plain(format!("lsv2_pt_{}_{}", r.hex(32), r.hex(10)))),
    ("langfuse-key", |r| plain(format!("sk-lf-{}", r.uuid()))),
    ("nvidia-key", |r| plain(format!("nvapi-{}", r.body(64)))),
    ("pinecone-key", |r| plain(format!("pcsk_{}_{}", r.alnum(6), r.alnum(60)))),
    ("tavily-key", |r| plain(format!("tvly-{}", r.alnum(32)))),
    ("elevenlabs-key", |r| plain(format!("sk_{}", r.hex(48)))),
    ("cerebras-key", |r| plain(format!("csk-{}", r.alnum(48)))),
    ("fireworks-key", |r| plain(format!("fw_{}", r.alnum(23)))),
    ("together-key", |r| plain(format!("tgp_v1_{}", r.body(43)))),
    ("helicone-key", |r| plain(format!("sk-helicone-{}", r.uuid()))),
    ("llamacloud-key", |r| plain(format!("llx-{}", r.alnum(48)))),
    ("wandb-key", |r| plain(format!("wandb_v1_{}_{}", r.alnum(27), r.alnum(43)))),
    ("jina-key", |r| plain(format!("jina_{}{}", r.hex(32), r.body(28)))),
    ("firecrawl-key", |r| plain(format!("fc-{}", r.hex(32)))),
    ("apify-token", |r| plain(format!("apify_api_{}", r.alnum(36)))),
    ("e2b-key", |r| plain(format!("e2b_{}", r.hex(40)))),
    ("mem0-key", |r| plain(format!("m0-{}", r.alnum(40)))),
    ("vault-token", |r| plain(format!("hvs.{}", r.body(95)))),
    ("terraform-token", |r| plain(format!("{}.atlasv1.{}", r.alnum(14), r.body(67)))),
    ("pulumi-token", |r| plain(format!("pul-{}", r.hex(40)))),
    ("databricks-token", |r| plain(format!("dapi{}", r.hex(32)))),
    ("planetscale-token", |r| plain(format!("pscale_tkn_{}", r.body(43)))),
    ("supabase-key", |r| plain(format!("sbp_{}", r.hex(40)))),
    ("neon-key", |r| plain(format!("napi_{}", r.alnum(64)))),
    ("mongodb-key", |r| plain(format!("mdb_sa_sk_{}", r.body(40)))),
    ("clickhouse-key", |r| plain(format!("4b1d{}", r.alnum(38)))),
    ("doppler-token", |r| plain(format!("dp.pt.{}", r.alnum(43)))),
    ("grafana-token", |r| plain(format!("glsa_{}_{}", r.alnum(32), r.hex(8)))),
    ("newrelic-key", |r| plain(format!("NRAK-{}", r.upper(27)))),
    ("newrelic-key", |r| plain(format!("{}FFFFNRAL", r.hex(32)))),
    ("sentry-token", |r| plain(format!("sntryu_{}", r.hex(64)))),
    ("dynatrace-token", |r| plain(format!("dt0c01.{}.{}", r.upper(24), r.upper(64)))),
    ("honeycomb-key", |r| plain(format!("hcaik_{}", r.alnum(58)))),
    ("posthog-key", |r| plain(format!("phx_{}", r.alnum(43)))),
    ("postman-key", |r| plain(format!("PMAK-{}-{}", r.hex(24), r.hex(34)))),
    ("linear-key", |r| plain(format!("lin_api_{}", r.alnum(40)))),
    ("notion-token", |r| plain(format!("ntn_{}{}", r.digits(11), r.alnum(35)))),
    ("airtable-token", |r| plain(format!("pat{}.{}", r.alnum(14), r.hex(64)))),
    ("figma-token", |r| plain(format!("figd_{}", r.body(40)))),
    ("hubspot-token", |r| plain(format!("pat-na1-{}", r.uuid()))),
    ("intercom-token", |r| {
        let token = format!("tok:{}_{}_{}:1:0", r.hex(8), r.hex(8), r.hex(17));
        plain(base64(token.as_bytes()))
    }),
    ("salesforce-token", |r| plain(format!("00D{}!AQ{}", r.alnum(12), r.alnum(94)))),
    ("salesforce-token", |r| plain(format!("3MVG9{}", r.alnum(80)))),
    ("zoho-token", |r| plain(format!("1000.{}.{}", r.hex(32), r.hex(32)))),
    ("clickup-token", |r| plain(format!("pk_{}_{}", r.digits(8), r.upper(32)))),
    ("contentful-token", |r| plain(format!("CFPAT-{}", r.body(43)))),
    ("launchdarkly-key", |r| plain(format!("sdk-{}", r.uuid()))),
    ("adobe-secret", |r| plain(format!("p8e-{}", r.hex(32)))),
    ("clojars-token", |r| plain(format!("CLOJARS_{}", r.hex(60)))),
    ("frameio-token", |r| plain(format!("fio-u-{}", r.body(64)))),
    ("scalingo-token", |r| plain(format!("tk-us-{}", r.body(48)))),
    ("maxmind-key", |r| plain(format!("{}_{}_mmk", r.alnum(6), r.alnum(29)))),
    ("1password-key", |r| {
        plain(format!(
            "A3-{}-{}-{}-{}-{}",
            r.upper(6),
            r.upper(11),
            r.upper(5),
            r.upper(5),
            r.upper(5)
        ))
    }),
    ("age-key", |r| {
        plain(format!("AGE-SECRET-KEY-1{}", r.of("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58)))
    }),
    ("easypost-key", |r| plain(format!("EZAK{}", r.alnum(54)))),
    ("shippo-token", |r| plain(format!("shippo_live_{}", r.hex(40)))),
    ("duffel-token", |r| plain(format!("duffel_live_{}", r.body(43)))),
    ("openshift-token", |r| plain(format!("sha256~{}", r.body(43)))),
    ("yandex-key", |r| plain(format!("AQVN{}", r.body(36)))),
    ("prefect-token", |r| plain(format!("pnu_{}", r.alnum(36)))),
    ("readme-key", |r| plain(format!("rdme_{}", r.of("abcdefghijklmnopqrstuvwxyz0123456789", 70)))),
    ("typeform-token", |r| plain(format!("tfp_{}", r.body(59)))),
    ("ticketlens-key", |r| plain(format!("tl_skyline-air_{}_{}", r.alnum(8), r.alnum(48)))),
];

/// What stands before and behind a secret in markup, commands and statements.
const FRAMES: &[(&str, &str)] = &[
    ("<wsse:Password Type='x'>", "</wsse:Password>"),
    ("<password id=1><![CDATA[", "]]></password>"),
    ("<add key='ApiKey' value='", "'/>"),
    ("<entry key='db.password'>", "</entry>"),
    ("<key>token</key><string>", "</string>"),
    ("&lt;password&gt;", "&lt;/password&gt;"),
    ("&quot;secret&quot;: &quot;", "&quot;"),
    ("{%22token%22:%22", "%22}"),
    ("run deploy --client-secret ", " --now"),
    ("mysql -u app -p", " shop"),
    ("redis-cli -a ", " ping"),
    ("htpasswd -nb app ", ""),
    ("CREATE USER a IDENTIFIED BY '", "'"),
    ("ALTER ROLE a WITH PASSWORD '", "'"),
    ("contraseña=", ""),
    ("пароль: ", ""),
    ("密码：", ""),
    ("PGPASSWORD=", " psql"),
];
