//! Where the engine listens: as wanted, looked at before a start, or chosen where the engine can't choose.

use std::io;
use std::net::{Ipv4Addr, TcpListener};

/// Where the engine listens, on 127.0.0.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ports {
    /// ClickHouse's HTTP protocol; 0 = any free port.
    pub http: u16,
    /// ClickHouse's native protocol; 0 = any free port.
    pub native: u16,
}

impl Ports {
    /// The first that another program listens on.
    pub(crate) fn taken(self) -> Option<u16> {
        [self.http, self.native].into_iter().find(|&port| port != 0 && listen(port).is_err())
    }

    /// The same ports, with a free one for each 0.
    pub(crate) fn chosen(self) -> io::Result<Self> {
        // Both are held until both are known: else the system may give the same port twice.
        let (http, native) = (listen(self.http)?, listen(self.native)?);
        Ok(Self { http: http.local_addr()?.port(), native: native.local_addr()?.port() })
    }
}

fn listen(port: u16) -> io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_named_and_any_free_one_is_chosen() {
        let other = listen(0).unwrap();
        let port = other.local_addr().unwrap().port();
        assert_eq!(Ports { http: 0, native: port }.taken(), Some(port));
        assert_eq!(Ports::default().taken(), None);
        let chosen = Ports::default().chosen().unwrap();
        assert!(chosen.http != 0 && chosen.native != 0 && chosen.http != chosen.native);
        assert!(Ports { http: port, native: 0 }.chosen().is_err());
    }
}
