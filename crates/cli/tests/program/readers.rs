//! Readers for panels in a `dev`: there for every tenant, while it is there.

use std::{
    io::{Read, Write},
    net::TcpStream,
};

use serde_json::Value;

use crate::{dev::Dev, runs};

/// Asks the database as one of the readers in `dev.json`; the answer, or ClickHouse's error code.
fn ask(dev: &Dev, user: &str, password: &str, sql: &str) -> Result<String, u32> {
    let file = dev.file();
    let url = file["running"]["clickhouse_url"].as_str().unwrap().to_owned();
    let mut stream = TcpStream::connect(url.trim_start_matches("http://")).unwrap();
    let request = format!(
        "POST /?database={user} HTTP/1.0\r\nX-ClickHouse-User: {user}\r\n\
         X-ClickHouse-Key: {password}\r\nContent-Length: {}\r\n\r\n{sql}",
        sql.len()
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    if head.split(' ').nth(1) == Some("200") {
        return Ok(body.trim_end().to_owned());
    }
    let code = |line: &str| line.strip_prefix("X-ClickHouse-Exception-Code: ")?.parse().ok();
    Err(head.lines().find_map(code).unwrap())
}

fn password(dev: &Dev, user: &str) -> Option<String> {
    let file = dev.file();
    let readers = file["readers"].as_array().unwrap();
    let reader = readers.iter().find(|reader| reader["user"] == *user)?;
    Some(reader["password"].as_str().unwrap().to_owned())
}

#[test]
fn a_tenant_has_a_reader_as_long_as_it_is_there() {
    let dev = Dev::start();
    runs::file(dev.folder.path(), "runs.jsonl", &runs::lines(3));
    dev.call(&["send", "runs.jsonl"]).ended(0);
    let count = "SELECT count(), groupUniqArray(tenant) FROM tickets";
    let demo = password(&dev, "ticketlens_t_demo").unwrap();
    let all = password(&dev, "ticketlens_all").unwrap();
    assert_ne!(demo, all);
    assert_eq!(ask(&dev, "ticketlens_t_demo", &demo, count), Ok("3\t['demo']".to_owned()));

    // What comes right after an answer finds it done.
    dev.call(&["tenant", "add", "skyline-air"]).ended(0);
    let key = ["key", "create", "--tenant", "skyline-air", "--scope", "ingest"];
    let key = dev.call(&key).ended(0).out;
    dev.call(&["send", "runs.jsonl", "--key", key.trim()]).ended(0);
    let skyline = password(&dev, "ticketlens_t_skyline_air").unwrap();
    let own = ask(&dev, "ticketlens_t_skyline_air", &skyline, count);
    assert_eq!(own, Ok("3\t['skyline-air']".to_owned()));
    assert_eq!(password(&dev, "ticketlens_t_demo").unwrap(), demo, "passwords stay");
    let both = ask(&dev, "ticketlens_all", &all, "SELECT count(), uniq(tenant) FROM tickets");
    assert_eq!(both, Ok("6\t2".to_owned()));

    dev.call(&["tenant", "remove", "skyline-air", "--yes"]).ended(0);
    assert_eq!(ask(&dev, "ticketlens_t_skyline_air", &skyline, "SELECT 1"), Err(516));
    assert_eq!(password(&dev, "ticketlens_t_skyline_air"), None);
    let databases = "SELECT count() FROM system.databases";
    assert_eq!(ask(&dev, "ticketlens_all", &all, databases), Ok("1".to_owned()), "its own");

    // The same over a restart, and with the engine's users written anew.
    let folder = dev.into_folder();
    let dev = Dev::start_in(folder);
    assert_eq!(password(&dev, "ticketlens_t_demo").unwrap(), demo);
    assert_eq!(ask(&dev, "ticketlens_t_demo", &demo, count), Ok("3\t['demo']".to_owned()));
}

/// A `dev.json` of a version before there were readers.
#[test]
fn an_older_folder_gets_its_readers() {
    let dev = Dev::start();
    let mut file = dev.file();
    let folder = dev.into_folder();
    file.as_object_mut().unwrap().remove("readers");
    file["running"] = Value::Null;
    let path = folder.path().join(".ticketlens/dev.json");
    std::fs::write(&path, file.to_string()).unwrap();
    let dev = Dev::start_in(folder);
    let demo = password(&dev, "ticketlens_t_demo").unwrap();
    let count = ask(&dev, "ticketlens_t_demo", &demo, "SELECT count() FROM tickets");
    assert_eq!(count, Ok("0".to_owned()));
}
