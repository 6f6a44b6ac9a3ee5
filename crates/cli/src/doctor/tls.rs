//! Certificates: the file, and the one that the listener really shows.

use std::{
    fs,
    path::{Path, PathBuf},
};

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

/// The files of the configuration.
#[derive(Debug)]
pub struct Files {
    /// The chain.
    pub certificate: PathBuf,
    /// What is wrong with them, as a start of the receiver finds it.
    pub unusable: Vec<String>,
}

/// Judges the files, and reads the certificate in them where it can be read.
pub fn files(files: &Files, now: Timestamp) -> (Check, Option<CertificateDer<'static>>) {
    let leaf = leaf_of(&files.certificate);
    let why = match (&*files.unusable, &leaf) {
        ([], Ok(leaf)) => {
            return (validity(FILE, Validity::of(leaf), now), Some(leaf.clone()));
        }
        ([], Err(why)) => why.clone(),
        (unusable, _) => safe::line(&unusable.join("; ")).into_owned(),
    };
    let next = "put files there that fit together: a receiver that runs goes on with the last ones, and \
                none starts with these";
    (Check::problem(FILE, why, next), leaf.ok())
}

/// Judges a certificate's file by itself, for who is about to show it.
pub fn certificate(file: &Path) -> Check {
    match leaf_of(file) {
        Ok(leaf) => validity(FILE, Validity::of(&leaf), Timestamp::now()),
        Err(why) => Check::problem(FILE, why, "name a certificate in PEM"),
    }
}

/// The first certificate of a file: the one that is shown.
fn leaf_of(path: &Path) -> Result<CertificateDer<'static>, String> {
    let shown = || safe::line(&path.display().to_string()).into_owned();
    let text = fs::read(path).map_err(|error| format!("{} can't be read: {error}", shown()))?;
    CertificateDer::from_pem_slice(&text).map_err(|_| format!("{} holds no certificate", shown()))
}

/// When a certificate holds.
#[derive(Clone, Copy, Debug)]
pub struct Validity {
    begins: Timestamp,
    ends: Timestamp,
}

impl Validity {
    /// Reads it; `None` where it can't be read.
    pub fn of(certificate: &CertificateDer<'_>) -> Option<Self> {
        let (_, certificate) = parse_x509_certificate(certificate).ok()?;
        let at = |seconds| Timestamp::from_second(seconds).ok();
        let said = certificate.validity();
        let (begins, ends) = (at(said.not_before.timestamp())?, at(said.not_after.timestamp())?);
        Some(Self { begins, ends })
    }
}

/// Judges whether it holds, and for how long it still does.
pub fn validity(name: &'static str, validity: Option<Validity>, now: Timestamp) -> Check {
    const RENEW: &str = "renew it and replace the files: the receiver takes them over within 10 seconds, \
                         at once on SIGHUP";
    const TOO_EARLY: &str = "use one that holds already until then; if it should, check the clocks of this \
                             machine and of whoever issued it";
    let Some(Validity { begins, ends }) = validity else {
        return Check::problem(name, "when it holds can't be read", RENEW);
    };
    if now < begins {
        let day = begins.strftime("%Y-%m-%d");
        let found = format!("begins on {day}: senders refuse to connect");
        return Check::problem(name, found, TOO_EARLY);
    }
    let day = ends.strftime("%Y-%m-%d");
    let left = ends.duration_since(now).as_secs();
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
    validity(LISTENER, Validity::of(shown), now)
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    use super::{super::check::Outcome, *};

    fn made() -> rcgen::Certificate {
        let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        params.not_before = date_time_ymd(2026, 10, 1);
        params.not_after = date_time_ymd(2026, 12, 31);
        params.self_signed(&KeyPair::generate().unwrap()).unwrap()
    }

    #[test]
    fn a_certificate_is_judged_by_its_beginning_and_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.pem");
        fs::write(&path, made().pem()).unwrap();
        let holds = Validity::of(&leaf_of(&path).unwrap());
        let judged = |now: &str| validity(FILE, holds, now.parse().unwrap());
        assert_eq!(judged("2026-09-30T23:59:59Z").outcome, Outcome::Problem);
        let early = judged("2026-09-30T23:59:59Z").found;
        assert_eq!(early, "begins on 2026-10-01: senders refuse to connect");
        assert_eq!(judged("2026-10-01T00:00:00Z").outcome, Outcome::Ok);
        assert_eq!(judged("2026-12-10T00:00:00Z").outcome, Outcome::Ok);
        assert_eq!(judged("2026-12-10T00:00:00Z").found, "holds until 2026-12-31, 21 days");
        assert_eq!(judged("2026-12-10T00:00:01Z").outcome, Outcome::Warning);
        assert_eq!(judged("2026-12-30T23:59:59Z").outcome, Outcome::Warning);
        assert_eq!(judged("2026-12-31T00:00:00Z").outcome, Outcome::Problem);
        assert_eq!(validity(FILE, None, Timestamp::now()).outcome, Outcome::Problem);
        fs::write(&path, "none").unwrap();
        assert!(leaf_of(&path).unwrap_err().contains("holds no certificate"));
        assert!(leaf_of(&folder.path().join("gone.pem")).unwrap_err().contains("can't be read"));
    }

    #[test]
    fn files_that_no_receiver_starts_with_are_a_problem_whatever_the_certificate_says() {
        let folder = tempfile::tempdir().unwrap();
        let certificate = folder.path().join("c.pem");
        let judged = |unusable: &[&str]| {
            let unusable = unusable.iter().map(|text| (*text).to_owned()).collect();
            files(
                &Files { certificate: certificate.clone(), unusable },
                "2026-11-01T00:00:00Z".parse().unwrap(),
            )
        };
        let (check, leaf) = judged(&["tls.certificate: c.pem can't be read"]);
        assert_eq!((check.outcome, leaf), (Outcome::Problem, None));
        assert_eq!(check.found, "tls.certificate: c.pem can't be read");
        fs::write(&certificate, made().pem()).unwrap();
        let (check, leaf) = judged(&[]);
        assert_eq!((check.outcome, leaf.is_some()), (Outcome::Ok, true));
        let (check, leaf) = judged(&["tls: the certificate and the key cannot be used"]);
        assert_eq!((check.outcome, leaf.is_some()), (Outcome::Problem, true));
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
