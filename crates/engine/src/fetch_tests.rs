//! The way from a packed package to the library, with a small package made here.

use super::*;
use crate::progress::Silent;

const LIBRARY: &[u8] = b"\x7fELF and so on";

/// A packed package as npm makes one, and its description.
fn packed(content: &[u8]) -> (Vec<u8>, Package) {
    let mut archive =
        tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), Default::default()));
    for (name, bytes) in
        [("package/package.json", b"{}".as_slice()), ("package/libchdb.so", content)]
    {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, name, bytes).unwrap();
    }
    let bytes = archive.into_inner().unwrap().finish().unwrap();
    let integrity = format!("sha512-{}", BASE64.encode(&Sha512::digest(&bytes)));
    let package = Package {
        integrity: integrity.leak(),
        packed_bytes: bytes.len() as u64,
        file_bytes: LIBRARY.len() as u64,
        ..Package::KNOWN[0]
    };
    (bytes, package)
}

fn writing(bytes: Vec<u8>) -> impl Fn(&Package, &Path) -> Result<PathBuf, FetchError> {
    move |_, into| {
        let path = into.join("package.tgz");
        fs::write(&path, &bytes).map_err(|error| FetchError::file(&path, error))?;
        Ok(path)
    }
}

/// What is in the cache folder besides the lock.
fn left(folder: &Path) -> Vec<String> {
    let name = |entry: fs::DirEntry| entry.file_name().into_string().unwrap();
    let entries = fs::read_dir(folder).unwrap().map(|entry| name(entry.unwrap()));
    entries.filter(|name| name != "fetch.lock").collect()
}

#[test]
fn only_the_library_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let (bytes, package) = packed(LIBRARY);
    fs::create_dir(dir.path().join("work-of-a-killed-fetch")).unwrap();
    fetch_locked(&package, dir.path(), &mut Silent, &writing(bytes)).unwrap();
    assert_eq!(left(dir.path()), ["libchdb.so"]);
    assert_eq!(fs::read(dir.path().join("libchdb.so")).unwrap(), LIBRARY);
}

#[test]
fn a_wrong_hash_is_said_and_nothing_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let (mut bytes, package) = packed(LIBRARY);
    *bytes.last_mut().unwrap() ^= 1;
    let error = fetch_locked(&package, dir.path(), &mut Silent, &writing(bytes)).unwrap_err();
    assert!(matches!(error, FetchError::Hash { .. }), "{error}");
    assert!(error.to_string().contains(package.integrity), "{error}");
    assert_eq!(left(dir.path()), [""; 0]);
}

#[test]
fn a_package_without_the_library_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (bytes, package) = packed(b"short");
    let error = fetch_locked(&package, dir.path(), &mut Silent, &writing(bytes)).unwrap_err();
    assert!(matches!(error, FetchError::Content { .. }), "{error}");
    assert_eq!(left(dir.path()), [""; 0]);
}

#[test]
fn two_at_once_download_once() {
    use std::sync::atomic::{AtomicUsize, Ordering};

    let dir = tempfile::tempdir().unwrap();
    let (bytes, package) = packed(LIBRARY);
    let downloads = AtomicUsize::new(0);
    let both_started = std::sync::Barrier::new(2);
    let write = writing(bytes);
    let download = |package: &Package, into: &Path| {
        downloads.fetch_add(1, Ordering::SeqCst);
        write(package, into)
    };
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                both_started.wait();
                fetch_locked(&package, dir.path(), &mut Silent, &download).unwrap();
            });
        }
    });
    assert_eq!(downloads.load(Ordering::SeqCst), 1);
}

#[test]
fn a_full_disk_is_called_that() {
    let error = FetchError::file(Path::new("/cache"), io::ErrorKind::StorageFull.into());
    assert!(error.to_string().starts_with("no space left for /cache"), "{error}");
}

#[test]
fn npm_is_quoted_from_its_first_errors() {
    let said =
        b"npm warn Unknown config\nnpm error code E404\nnpm error\nnpm error 404 Not Found\n";
    assert_eq!(complaint(said, "x".into()), "code E404; 404 Not Found");
    assert_eq!(complaint(b"", "exit status: 1".into()), "exit status: 1");
}
