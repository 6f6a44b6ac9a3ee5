//! A Grafana of our own making: the calls we make, answered in the words Grafana 12.4 was seen to
//! answer with.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex, MutexGuard},
    thread,
};

use serde_json::{Value, json};

/// The admin's password.
pub const PASSWORD: &str = "right-password";

/// One organisation.
#[derive(Default)]
pub struct Org {
    pub name: String,
    pub data_source: Option<Value>,
    pub has_folder: bool,
    /// By uid, with their versions.
    pub dashboards: BTreeMap<String, (Value, u64)>,
    pub home: String,
}

/// Everything it holds.
pub struct State {
    pub orgs: BTreeMap<u64, Org>,
    /// The organisation its admin looks at: meant where a request names none.
    pub active: u64,
    pub has_plugin: bool,
    pub is_server_admin: bool,
    pub is_healthy: bool,
    /// `METHOD path`, of everything but reading.
    pub changes: Vec<String>,
}

/// A running one.
pub struct Grafana {
    pub url: String,
    state: Arc<Mutex<State>>,
}

struct Request {
    method: String,
    path: String,
    org: Option<u64>,
    authorization: String,
    body: Value,
}

type Answer = (u16, Value);

impl Grafana {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let main = Org { name: "Main Org.".into(), ..Org::default() };
        let state = Arc::new(Mutex::new(State {
            orgs: BTreeMap::from([(1, main)]),
            active: 1,
            has_plugin: true,
            is_server_admin: true,
            is_healthy: true,
            changes: Vec::new(),
        }));
        let served = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let served = Arc::clone(&served);
                thread::spawn(move || serve(&stream, &served));
            }
        });
        Self { url, state }
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// The organisation of that name.
    pub fn org(&self, name: &str) -> Option<u64> {
        self.state().orgs.iter().find(|(_, org)| org.name == name).map(|(id, _)| *id)
    }

    /// What was changed since it was asked last.
    pub fn changes(&self) -> Vec<String> {
        std::mem::take(&mut self.state().changes)
    }
}

/// Requests of one connection, one after the other, until it is closed.
fn serve(stream: &TcpStream, state: &Mutex<State>) {
    let mut reader = BufReader::new(stream);
    while let Some(request) = read(&mut reader) {
        let (status, body) = state.lock().unwrap().answer(&request);
        let body = body.to_string();
        let answer = format!(
            "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut stream = stream;
        if stream.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

fn read(reader: &mut BufReader<&TcpStream>) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split(' ');
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = BTreeMap::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim_end().split_once(": ") else { break };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let header = |name: &str| headers.get(name).cloned().unwrap_or_default();
    let mut body = vec![0; header("content-length").parse().unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    Some(Request {
        method,
        path,
        org: header("x-grafana-org-id").parse().ok(),
        authorization: header("authorization"),
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
    })
}

fn message(status: u16, text: &str) -> Answer {
    (status, json!({ "message": text }))
}

impl State {
    fn answer(&mut self, request: &Request) -> Answer {
        // admin:right-password
        if request.authorization != "Basic YWRtaW46cmlnaHQtcGFzc3dvcmQ=" {
            return message(401, "Invalid username or password");
        }
        let method = request.method.as_str();
        if method != "GET" {
            self.changes.push(format!("{method} {}", request.path));
        }
        let parts: Vec<_> = request.path.trim_start_matches("/api/").split('/').collect();
        match (method, parts.as_slice()) {
            ("GET", ["user"]) => {
                (200, json!({ "login": "admin", "isGrafanaAdmin": self.is_server_admin }))
            }
            ("GET", ["plugins", "grafana-clickhouse-datasource", "settings"]) => {
                match self.has_plugin {
                    true => (200, json!({ "id": "grafana-clickhouse-datasource" })),
                    false => message(404, "Plugin not found, no installed plugin with that id"),
                }
            }
            ("POST", ["admin", "provisioning", "dashboards", "reload"]) => {
                message(200, "Dashboards config reloaded")
            }
            (_, ["orgs", ..]) => self.orgs(request, &parts[1..]),
            _ => match self.orgs.get_mut(&request.org.unwrap_or(self.active)) {
                Some(org) => org.answer(request, &parts, self.is_healthy),
                None => message(403, "You'll need additional permissions to perform this action."),
            },
        }
    }

    fn orgs(&mut self, request: &Request, parts: &[&str]) -> Answer {
        let found = |(id, org): (&u64, &Org)| (200, json!({ "id": id, "name": org.name }));
        let none = || message(404, "Organization not found");
        let id = parts.first().and_then(|id| id.parse::<u64>().ok());
        match (request.method.as_str(), parts) {
            ("POST", []) => {
                let name = request.body["name"].as_str().unwrap().to_owned();
                if self.orgs.values().any(|org| org.name == name) {
                    return message(409, "Organization name taken");
                }
                let id = self.orgs.keys().max().unwrap() + 1;
                self.orgs.insert(id, Org { name, ..Org::default() });
                (200, json!({ "message": "Organization created", "orgId": id }))
            }
            ("GET", ["name", name]) => {
                self.orgs.iter().find(|(_, org)| org.name == *name).map_or_else(none, found)
            }
            ("GET", [_]) => {
                let id = id.unwrap();
                self.orgs.get(&id).map_or_else(none, |org| found((&id, org)))
            }
            ("DELETE", [_]) if id == Some(request.org.unwrap_or(self.active)) => {
                message(400, "Cannot delete your active organization.")
            }
            ("DELETE", [_]) => match self.orgs.remove(&id.unwrap()) {
                Some(_) => message(200, "Organization deleted"),
                None => none(),
            },
            _ => message(404, "Not found"),
        }
    }
}

impl Org {
    fn answer(&mut self, request: &Request, parts: &[&str], is_healthy: bool) -> Answer {
        let body = &request.body;
        match (request.method.as_str(), parts) {
            ("GET", ["datasources", "uid", "ticketlens"]) => match &self.data_source {
                Some(there) => (200, shown(there)),
                None => message(404, "Data source not found"),
            },
            ("POST", ["datasources"]) => {
                self.data_source = Some(body.clone());
                message(200, "Datasource added")
            }
            ("PUT", ["datasources", "uid", "ticketlens"]) => {
                let mut new = body.clone();
                if new["secureJsonData"].is_null() {
                    new["secureJsonData"] =
                        self.data_source.take().unwrap()["secureJsonData"].take();
                }
                self.data_source = Some(new);
                message(200, "Datasource updated")
            }
            ("DELETE", ["datasources", "uid", "ticketlens"]) => {
                self.data_source = None;
                message(200, "Data source deleted")
            }
            ("GET", ["datasources", "uid", "ticketlens", "health"]) => match is_healthy {
                true => (200, json!({ "status": "OK", "message": "Data source is working" })),
                false => {
                    (400, json!({ "status": "ERROR", "message": "dial tcp: connection refused" }))
                }
            },
            ("GET", ["folders", "ticketlens"]) if !self.has_folder => {
                message(404, "folder not found")
            }
            ("GET", ["folders", "ticketlens"]) => (200, json!({ "uid": "ticketlens" })),
            ("POST", ["folders"]) => {
                self.has_folder = true;
                (200, json!({ "uid": "ticketlens" }))
            }
            ("DELETE", ["folders", "ticketlens"]) => {
                self.has_folder = false;
                self.dashboards.clear();
                message(200, "Folder deleted")
            }
            ("GET", ["dashboards", "uid", uid]) => match self.dashboards.get(*uid) {
                None => message(404, "Dashboard not found"),
                Some((dashboard, version)) => {
                    let mut dashboard = dashboard.clone();
                    dashboard["id"] = 17.into();
                    dashboard["version"] = (*version).into();
                    (200, json!({ "dashboard": dashboard, "meta": { "provisioned": false } }))
                }
            },
            ("POST", ["dashboards", "db"]) => {
                assert!(self.has_folder && body["folderUid"] == "ticketlens");
                let dashboard = body["dashboard"].clone();
                let uid = dashboard["uid"].as_str().unwrap().to_owned();
                let version = self.dashboards.get(&uid).map_or(1, |(_, version)| version + 1);
                self.dashboards.insert(uid, (dashboard, version));
                (200, json!({ "status": "success", "version": version }))
            }
            ("GET", ["org", "preferences"]) if self.home.is_empty() => (200, json!({})),
            ("GET", ["org", "preferences"]) => (200, json!({ "homeDashboardUID": self.home })),
            ("PATCH", ["org", "preferences"]) => {
                self.home = body["homeDashboardUID"].as_str().unwrap().to_owned();
                message(200, "Preferences updated")
            }
            _ => message(404, "Not found"),
        }
    }
}

/// A data source as it is shown: that it has secrets, and not which.
fn shown(there: &Value) -> Value {
    let mut shown = there.clone();
    let has_password = shown["secureJsonData"]["password"].is_string();
    shown.as_object_mut().unwrap().remove("secureJsonData");
    shown["secureJsonFields"] = json!({ "password": has_password });
    shown["readOnly"] = false.into();
    shown
}
