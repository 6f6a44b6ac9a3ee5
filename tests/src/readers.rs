//! Who reads tickets in a test's database: the provider and tenants, as panels log in.

use secrecy::{ExposeSecret, SecretString};
use ticketlens_engine::{Access, GuardedTable, Name, Reader as User, Rows, random_password};
use ticketlens_store::{GUARDED, Reader, Store, Visibility};

/// A login to the database.
#[derive(Clone, Debug)]
pub struct Login {
    /// Its name.
    pub user: String,
    /// Its password.
    pub password: String,
    /// The database that unqualified names mean.
    pub database: String,
    /// Where ClickHouse's HTTP protocol is spoken.
    pub url: String,
    /// The port of the native protocol, on 127.0.0.1.
    pub native_port: u16,
}

/// What the database answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP's status.
    pub status: u16,
    /// Status line and headers.
    pub head: String,
    /// Rows, or what went wrong.
    pub body: String,
}

impl Answer {
    /// ClickHouse's error code; 0 without one.
    pub fn code(&self) -> u32 {
        self.header("x-clickhouse-exception-code").and_then(|code| code.parse().ok()).unwrap_or(0)
    }

    /// A header's value, by its lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let pairs = self.head.lines().filter_map(|line| line.split_once(':'));
        pairs.into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, v)| v.trim())
    }
}

impl Login {
    /// Asks; whatever the answer is. `parameters` are further parameters of the URL, each with `&`
    /// before it.
    ///
    /// # Panics
    ///
    /// If there is no answer.
    pub fn ask(&self, parameters: &str, sql: &str) -> Answer {
        let address = self.url.trim_start_matches("http://").parse().expect("an address");
        let request = format!(
            "POST /?wait_end_of_query=1&database={}{parameters} HTTP/1.0\r\nHost: test\r\n\
             X-ClickHouse-User: {}\r\nX-ClickHouse-Key: {}\r\nContent-Length: {}\r\n\r\n{sql}",
            self.database,
            self.user,
            self.password,
            sql.len()
        );
        let answer = crate::receiver::exchange(address, &request).expect("an answer");
        let (head, body) = answer.split_once("\r\n\r\n").expect("an HTTP answer");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        Answer { status: status.expect("a status"), head: head.to_owned(), body: body.to_owned() }
    }

    /// The answer to a query that must succeed, as text.
    ///
    /// # Panics
    ///
    /// If it is refused.
    pub fn query(&self, sql: &str) -> String {
        let answer = self.ask("", sql);
        assert!(answer.status == 200, "{sql}: {}", answer.body);
        answer.body
    }
}

/// The provider's reader and the tenants'.
#[derive(Clone, Debug)]
pub struct Readers {
    /// Sees every tenant.
    pub provider: Login,
    all: Vec<(Reader, Login)>,
}

impl Readers {
    pub(crate) fn new(store: &Store, tenants: &[&str], like: &Login) -> Self {
        let tenant = |name: &&str| Visibility::Tenant(name.parse().expect("a tenant's name"));
        let whose = std::iter::once(Visibility::All).chain(tenants.iter().map(tenant));
        let all: Vec<_> = whose
            .map(|whose| {
                let reader = Reader::new(&store.config().database, whose);
                let login = Login {
                    user: reader.name().to_owned(),
                    password: random_password().expect("randomness").expose_secret().to_owned(),
                    database: reader.name().to_owned(),
                    ..like.clone()
                };
                (reader, login)
            })
            .collect();
        Self { provider: all[0].1.clone(), all }
    }

    /// A tenant's login.
    ///
    /// # Panics
    ///
    /// If it is none of them.
    pub fn tenant(&self, name: &str) -> &Login {
        let found = self
            .all
            .iter()
            .find(|(reader, _)| reader.tenant().is_some_and(|tenant| tenant.as_str() == name));
        &found.expect("a tenant with a reader").1
    }

    /// All of them, the provider first.
    pub fn all(&self) -> &[(Reader, Login)] {
        &self.all
    }
}

/// The users of an engine: the administrator, and these readers with their definers.
pub(crate) fn access(store: &Store, admin: SecretString, readers: &[(Reader, Login)]) -> Access {
    let name = |text: &str| Name::new(text).expect("a name");
    let database = &store.config().database;
    let guard = |guarded: &ticketlens_store::Guarded| GuardedTable {
        database: name(&database.store()),
        table: name(guarded.table),
        tenant_column: name(guarded.tenant_column),
    };
    let user = |(reader, login): &(Reader, Login)| User {
        user: name(reader.name()),
        password: SecretString::from(login.password.clone()),
        database: name(reader.name()),
        definer: name(reader.definer()),
        rows: match reader.tenant() {
            None => Rows::All,
            Some(tenant) => Rows::OfTenant(tenant.as_str().to_owned()),
        },
    };
    Access {
        admin_password: admin,
        guarded: GUARDED.iter().map(guard).collect(),
        invoker_views: vec![name(database.views())],
        readers: readers.iter().map(user).collect(),
    }
}
