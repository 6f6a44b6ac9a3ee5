//! A `clickhouse` program instead of the library: the same folder, the same users, `clickhouse server`.
//!
//! **Unverified**: written from ClickHouse's documentation and tested only as far as its command line and its
//! configuration; no `clickhouse` program was at hand. It is therefore used only when asked for by name
//! (`TICKETLENS_ENGINE_PROGRAM`) and never picked up silently from the `PATH`.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use crate::folder::Folder;
use crate::protocol::{Order, Refusal, Report};

/// Replaces this process by the server. It holds the folder's lock on, and ends when its parent ends.
pub(crate) fn become_server(program: &Path, order: &Order) -> Result<Report, Refusal> {
    let folder = Folder::prepare(order)?;
    let arguments = arguments(&folder.config_file);
    replace(program, &arguments, &folder)
}

#[cfg(target_os = "linux")]
fn replace(program: &Path, arguments: &[OsString], folder: &Folder) -> Result<Report, Refusal> {
    use std::os::unix::process::CommandExt;

    use nix::fcntl::{FcntlArg, FdFlag, fcntl};
    use nix::sys::{prctl, signal::Signal};
    use nix::unistd::setsid;

    let _ = setsid();
    // The lock lives on in the server's process.
    fcntl(&folder.lock, FcntlArg::F_SETFD(FdFlag::empty()))
        .map_err(Refusal::system("keeping the lock"))?;
    // Follows the parent's thread, which here is the supervisor's: it lives as long as the engine.
    prctl::set_pdeathsig(Signal::SIGTERM).map_err(Refusal::system("following the parent"))?;
    let error = Command::new(program).args(arguments).current_dir(&folder.database).exec();
    Err(Refusal::Load { path: program.to_owned(), message: error.to_string() })
}

#[cfg(not(target_os = "linux"))]
fn replace(program: &Path, _: &[OsString], _: &Folder) -> Result<Report, Refusal> {
    let message = "a clickhouse program is only supported on Linux".to_owned();
    Err(Refusal::Load { path: program.to_owned(), message })
}

fn arguments(config_file: &Path) -> Vec<OsString> {
    let mut config = OsString::from("--config-file=");
    config.push(config_file);
    vec!["server".into(), config]
}

/// Asks the server's `/ping` from another thread until it answers or the time is over.
pub(crate) fn tell_when_ready(
    order: &Order,
    limit: Duration,
    tell: impl FnOnce(Report) + Send + 'static,
) {
    let (http_port, native_port) = (order.http_port, order.native_port);
    thread::spawn(move || {
        let deadline = Instant::now() + limit;
        while Instant::now() < deadline {
            if answers(http_port).unwrap_or(false) {
                return tell(Report::Ready { http_port, native_port });
            }
            thread::sleep(Duration::from_millis(20));
        }
    });
}

fn answers(port: u16) -> io::Result<bool> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    stream.write_all(b"GET /ping HTTP/1.0\r\n\r\n")?;
    let mut answer = [0; 12];
    stream.read_exact(&mut answer)?;
    Ok(answer.ends_with(b"200"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_gets_our_configuration_and_no_other() {
        assert_eq!(
            arguments(Path::new("/data/config/config.xml")),
            ["server", "--config-file=/data/config/config.xml"]
        );
    }
}
