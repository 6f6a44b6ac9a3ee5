//! What `--version` says: which program this is, what it was built from, and its engine.

use std::sync::LazyLock;

use ticketlens_engine::Package;

/// In one line, for `-V`.
pub const SHORT: &str = concat!(env!("CARGO_PKG_VERSION"), " (", env!("BUILD_COMMIT"), ")");

/// For `--version`: the same line, then one for each thing a report of a bug should name.
pub fn long() -> &'static str {
    static LONG: LazyLock<String> = LazyLock::new(lines);
    &LONG
}

fn lines() -> String {
    let target = env!("BUILD_TARGET");
    let engine = match Package::for_this_platform() {
        Some(package) => format!(
            "engine: {}\nclickhouse: {} (embedded)",
            package.version,
            package.clickhouse_version()
        ),
        None => "engine: none is published for this platform".to_owned(),
    };
    format!("{SHORT}\ntarget: {target}\n{engine}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_is_the_short_one() {
        let long = long();
        assert_eq!(long.lines().next(), Some(SHORT));
        assert!(SHORT.starts_with(env!("CARGO_PKG_VERSION")) && SHORT.ends_with(')'), "{SHORT}");
        for key in ["target: ", "engine: "] {
            let lines = long.lines().filter(|line| line.starts_with(key));
            assert_eq!(lines.count(), 1, "{key}: {long}");
        }
    }
}
