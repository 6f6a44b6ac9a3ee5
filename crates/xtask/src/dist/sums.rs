//! `SHA256SUMS`, as `sha256sum --check` and `install.sh` read it.

use std::{
    fs::{self, File},
    io,
    path::Path,
};

use anyhow::{Context, Result};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

pub const NAME: &str = "SHA256SUMS";

/// A file that the sums are over.
pub struct Made {
    pub name: String,
    pub bytes: u64,
}

/// Writes it over every file that lies in the folder itself. They are returned in their order.
pub fn write(folder: &Path) -> Result<Vec<Made>> {
    let mut made = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().is_file() && name != NAME {
            made.push(Made { name, bytes: entry.metadata()?.len() });
        }
    }
    made.sort_by(|a, b| a.name.cmp(&b.name));
    let mut lines = String::new();
    for file in &made {
        let sum =
            sum(&folder.join(&file.name)).with_context(|| format!("reading {}", file.name))?;
        lines.push_str(&format!("{sum}  {}\n", file.name));
    }
    fs::write(folder.join(NAME), lines).with_context(|| format!("writing {NAME}"))?;
    Ok(made)
}

fn sum(file: &Path) -> io::Result<String> {
    let mut hash = Sha256::new();
    let mut file = File::open(file)?;
    let mut chunk = vec![0; 1 << 20];
    loop {
        match io::Read::read(&mut file, &mut chunk)? {
            0 => return Ok(HEXLOWER.encode(&hash.finalize())),
            read => hash.update(&chunk[..read]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_has_its_line_and_the_sums_have_none() {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [("b", "abc"), ("a", ""), (NAME, "old")] {
            fs::write(folder.path().join(name), text).unwrap();
        }
        fs::create_dir(folder.path().join("image")).unwrap();
        assert_eq!(write(folder.path()).unwrap().len(), 2);
        // The examples of FIPS 180-2.
        let expected = "\
e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  a
ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  b
";
        assert_eq!(fs::read_to_string(folder.path().join(NAME)).unwrap(), expected);
    }
}
