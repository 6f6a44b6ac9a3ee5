//! What a release ships, made into one folder: for each platform the program with its manual pages
//! and completions, the engine, a list of what is in it; `install.sh`, the image's files, the sums.
//!
//! ```text
//! program (built) ──> archive ──> ticketlens-<version>-<triple>.tar.gz   } SHA256SUMS
//!        └─ asked for pages      engine ──> ticketlens-engine-….tar.gz   }
//! ```
//!
//! An archive is laid out as it is installed: `bin`, `share`. `install.sh` checks and copies it.

mod archive;
mod engine;
mod pages;
mod platform;
mod program;
mod sbom;
mod sums;

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};
use clap::Args;

use crate::{run::root, workspace::Workspace};
use archive::{Entry, all_of, pack};
use platform::Platform;
use program::Runnable;

#[derive(Args)]
pub struct DistArgs {
    /// A platform, by Rust's name (x86_64-unknown-linux-gnu); again for more. Without it: this machine's.
    #[arg(long = "target", value_name = "TRIPLE")]
    targets: Vec<String>,
    /// The folder to put everything into.
    #[arg(long, value_name = "DIR", default_value = "dist")]
    out: PathBuf,
    /// Link with this machine's own linker: the program then needs its C library, or a newer one.
    #[arg(long)]
    own_linker: bool,
    /// Pack this program, which runs here, instead of building one.
    #[arg(long, value_name = "FILE", conflicts_with = "targets")]
    program: Option<PathBuf>,
    /// Pack this file as the engine's library instead of fetching it.
    #[arg(long, value_name = "FILE")]
    engine_library: Option<PathBuf>,
    /// Leave the engine out.
    #[arg(long, conflicts_with = "engine_library")]
    without_engine: bool,
    /// Leave the list of what the program is made of (SBOM) out.
    #[arg(long)]
    without_sbom: bool,
}

pub fn run(args: &DistArgs) -> Result<()> {
    let here = Platform::of_this_machine()?;
    let named = args.targets.iter().map(|triple| Platform::named(triple));
    let mut platforms = named.collect::<Result<Vec<_>>>()?;
    if platforms.is_empty() {
        platforms.push(here.clone());
    }
    fs::create_dir_all(&args.out).with_context(|| format!("making {}", args.out.display()))?;
    clear(&args.out).with_context(|| format!("clearing {}", args.out.display()))?;
    let release = Release { args, version: Workspace::read()?.version()?, time: commit_time() };

    let mut programs = Vec::new();
    for platform in &platforms {
        let built = match &args.program {
            Some(program) => program.clone(),
            None => program::build(platform, args.own_linker)?,
        };
        programs.push((platform, built));
    }
    let runs_here = programs.iter().find(|(platform, _)| **platform == here);
    let runnable = match runs_here {
        Some((_, program)) => Runnable::new(std::path::absolute(program)?),
        None => Runnable::built_for_here()?,
    };
    let pages = pages::write(&runnable)?;
    for (platform, program) in &programs {
        release.pack_program(platform, program, &pages)?;
        if !args.without_sbom {
            sbom::write(&release.version, platform, &args.out, release.time)?;
        }
    }
    let engine =
        if platforms.contains(&here) { release.pack_engine(&here, &runnable)? } else { None };
    let installer = args.out.join("install.sh");
    fs::copy(root().join("install.sh"), &installer).context("copying install.sh")?;
    let sums = sums::write(&args.out)?;
    release.tell(&sums, engine.is_some());
    Ok(())
}

/// What the README links to, so that no link of an installed one is dead.
const DOCUMENTS: [&str; 6] = [
    "README.md",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "RELEASING.md",
    "SECURITY.md",
];
/// Of the data that the program has in it: `docs/prices.md` links to it, too.
const PRICES_LICENSE: &str = "crates/prices/data/LICENSE.genai-prices";
const DOCUMENT_FOLDERS: [&str; 4] = ["docs", "docs/pictures", "examples", "collector-config"];

/// Takes out what an earlier run made: the installer would find two versions there.
fn clear(out: &Path) -> io::Result<()> {
    for entry in fs::read_dir(out)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_file() && (name.starts_with("ticketlens-") || name == sums::NAME) {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}

/// What every step has to know.
struct Release<'a> {
    args: &'a DistArgs,
    version: String,
    time: u64,
}

impl Release<'_> {
    fn pack_program(&self, platform: &Platform, program: &Path, pages: &Path) -> Result<()> {
        let document =
            |name: &str| Entry::new(format!("share/doc/ticketlens/{name}"), root().join(name));
        let mut entries = vec![
            Entry::program("bin/ticketlens", program),
            document("LICENSE"),
            document(PRICES_LICENSE),
            // It removes what it installed, too.
            Entry::program("share/ticketlens/install.sh", root().join("install.sh")),
        ];
        entries.extend(DOCUMENTS.map(document));
        for folder in DOCUMENT_FOLDERS {
            let place = format!("share/doc/ticketlens/{folder}");
            entries.extend(all_of(&root().join(folder), &place)?);
        }
        for (folder, place) in pages::PLACES {
            entries.extend(all_of(&pages.join(folder), place)?);
        }
        let name = format!("ticketlens-{}-{}.tar.gz", self.version, platform.triple);
        pack(&self.args.out.join(name), entries, self.time)?;
        self.lay_for_image(platform, program)
    }

    /// The image's build takes the program from a folder with its processor's name.
    fn lay_for_image(&self, platform: &Platform, program: &Path) -> Result<()> {
        let Some(arch) = platform.image_arch() else { return Ok(()) };
        let image = self.args.out.join("image");
        let folder = image.join(arch);
        fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
        fs::copy(program, folder.join("ticketlens")).context("copying the program")?;
        fs::copy(root().join("LICENSE"), image.join("LICENSE")).context("copying LICENSE")?;
        fs::copy(root().join(PRICES_LICENSE), image.join("LICENSE.genai-prices"))
            .with_context(|| format!("copying {PRICES_LICENSE}"))?;
        fs::write(image.join("Dockerfile"), include_str!("dist/image.Dockerfile"))
            .context("writing the image's Dockerfile")
    }

    /// Its archive, where an engine is published for this machine's platform.
    fn pack_engine(&self, here: &Platform, runnable: &Runnable) -> Result<Option<PathBuf>> {
        if self.args.without_engine {
            return Ok(None);
        }
        let Some(version) = runnable.engine()? else { return Ok(None) };
        let library = match &self.args.engine_library {
            Some(library) => library.clone(),
            None => engine::fetch(&version, here)?,
        };
        engine::archive(&version, here, &library, &self.args.out, self.time).map(Some)
    }

    /// What was made, and what is not as a release's would be.
    fn tell(&self, made: &[sums::Made], has_engine: bool) {
        println!("{} in {}:", self.version, self.args.out.display());
        for file in made {
            println!("{:>10.1} MB  {}", file.bytes as f64 / 1e6, file.name);
        }
        println!("               SHA256SUMS, over the files above");
        if self.args.out.join("image").is_dir() {
            println!("               image/, for `docker buildx build`");
        }
        if self.args.without_engine {
            println!("note: no engine was packed; `ticketlens dev` will fetch it with npm");
        } else if !has_engine {
            println!(
                "note: no engine was packed: none for this machine's platform was asked for, or is pinned"
            );
        }
        if self.args.without_sbom {
            println!("note: no list of what the program is made of (SBOM) was written");
        }
        if self.args.own_linker {
            println!(
                "note: linked with this machine's C library; systems with an older one can't run it"
            );
        }
        if git(&["status", "--porcelain"]).is_some_and(|changes| !changes.is_empty()) {
            println!("note: changes that no commit has are in it");
        }
    }
}

/// When the checked-out commit was made, in seconds since 1970: the time of every packed file.
fn commit_time() -> u64 {
    let given = std::env::var("SOURCE_DATE_EPOCH").ok();
    let time = given.or_else(|| git(&["show", "--no-patch", "--format=%ct", "HEAD"]));
    time.and_then(|text| text.trim().parse().ok()).unwrap_or(0)
}

fn git(args: &[&str]) -> Option<String> {
    let output = Command::new("git").args(args).current_dir(root()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}
