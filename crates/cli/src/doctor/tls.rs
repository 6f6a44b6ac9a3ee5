//! Certificates: the file, and the one that the listener really shows.

use std::{fs, path::Path};

use jiff::Timestamp;
use ticketlens_show::safe;
use tokio_rustls::rustls::pki_types::{CertificateDer, pem::PemObject};
use x509_parser::parse_x509_certificate;

use super::check::Check;

/// The file of the configuration.
pub const FILE: &str = "tls.file";
/// What a connection is shown.
pub const LISTENER: &str = "tls.listener";

/// Days before its end somebody should look.
const SOON_DAYS: i64 = 21;
const SECONDS_A_DAY: i64 = 86_400;

/// The first certificate of a file: the one that is shown.
pub fn leaf_of(path: &Path) -> Result<CertificateDer<'static>, String> {
    let shown = || safe::line(&path.display().to_string()).into_owned();
    let text = fs::read(path).map_err(|error| format!("{} can't be read: {error}", shown()))?;
    CertificateDer::from_pem_slice(&text).map_err(|_| format!("{} holds no certificate", shown()))
}

/// When it ends.
pub fn end_of(certificate: &CertificateDer<'_>) -> Option<Timestamp> {
    let (_, certificate) = parse_x509_certificate(certificate).ok()?;
    Timestamp::from_second(certificate.validity().not_after.timestamp()).ok()
}

/// Judges how long it still holds.
pub fn end(name: &'static str, end: Option<Timestamp>, now: Timestamp) -> Check {
    const RENEW: &str = "renew it and replace the files: the receiver takes them over within 10 seconds, \
                         at once on SIGHUP";
    let Some(end) = end else {
        return Check::problem(name, "its end can't be read", RENEW);
    };
    let day = end.strftime("%Y-%m-%d");
    let left = end.duration_since(now).as_secs();
    let days = left.div_euclid(SECONDS_A_DAY);
    if left <= 0 {
        Check::problem(name, format!("ended on {day}: senders refuse to connect"), RENEW)
    } else if days < SOON_DAYS {
        Check::warning(name, format!("ends on {day}, in {days} days"), RENEW)
    } else {
        Check::ok(name, format!("holds until {day}, {days} days"))
    }
}

/// Judges what the listener shows beside what the file holds, where that is known.
pub fn shown(
    shown: &CertificateDer<'_>,
    in_file: Option<&CertificateDer<'_>>,
    now: Timestamp,
) -> Check {
    if in_file.is_some_and(|file| file != shown) {
        return Check::warning(
            LISTENER,
            "the receiver shows another certificate than the file holds",
            "if the file was replaced more than 10 seconds ago, look for \"certificate\" in the \
             receiver's log; something before it may also end TLS, and have a certificate of its own",
        );
    }
    end(LISTENER, end_of(shown), now)
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    use super::{super::check::Outcome, *};

    fn made() -> rcgen::Certificate {
        let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        params.not_after = date_time_ymd(2026, 12, 31);
        params.self_signed(&KeyPair::generate().unwrap()).unwrap()
    }

    #[test]
    fn a_certificate_is_judged_by_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.pem");
        fs::write(&path, made().pem()).unwrap();
        let ends = end_of(&leaf_of(&path).unwrap());
        let judged = |now: &str| end(FILE, ends, now.parse().unwrap());
        assert_eq!(judged("2026-12-10T00:00:00Z").outcome, Outcome::Ok);
        assert_eq!(judged("2026-12-10T00:00:00Z").found, "holds until 2026-12-31, 21 days");
        assert_eq!(judged("2026-12-10T00:00:01Z").outcome, Outcome::Warning);
        assert_eq!(judged("2026-12-30T23:59:59Z").outcome, Outcome::Warning);
        assert_eq!(judged("2026-12-31T00:00:00Z").outcome, Outcome::Problem);
        assert_eq!(end(FILE, None, Timestamp::now()).outcome, Outcome::Problem);
        fs::write(&path, "none").unwrap();
        assert!(leaf_of(&path).unwrap_err().contains("holds no certificate"));
        assert!(leaf_of(&folder.path().join("gone.pem")).unwrap_err().contains("can't be read"));
    }

    #[test]
    fn another_certificate_than_the_file_s_is_told() {
        let (one, other) = (made(), made());
        let now = "2026-11-01T00:00:00Z".parse().unwrap();
        assert_eq!(shown(one.der(), Some(one.der()), now).outcome, Outcome::Ok);
        assert_eq!(shown(one.der(), None, now).outcome, Outcome::Ok);
        assert_eq!(shown(one.der(), Some(other.der()), now).outcome, Outcome::Warning);
    }
}
