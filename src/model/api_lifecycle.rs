//! Which release of which project serves an API: `schemas/api-lifecycle.tsv`.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::versions::{Project, Release};

/// The table: one API a line, evidence last. `cargo xtask deprecations --check` compares it.
const TABLE: &str = include_str!("../../schemas/api-lifecycle.tsv");

/// The life of one API.
#[derive(Clone, Copy, Debug)]
pub struct Lifecycle {
    /// Whose release decides.
    pub project: Project,
    /// The first release that serves it; none if that is before every release of the table.
    pub introduced: Option<Release>,
    /// The first release that calls it deprecated.
    pub deprecated: Option<Release>,
    /// The first release that no longer serves it.
    pub removed: Option<Release>,
    /// `apiVersion` and kind that replace it.
    pub replacement: Option<(&'static str, &'static str)>,
    /// Whether the same object is right under the replacement: certainly, or after a look; none
    /// if fields differ.
    pub compatible: Option<Compatible>,
}

/// How far an object can be moved to the replacement as it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Compatible {
    /// The fields are equal and mean the same.
    Same,
    /// The fields are equal for most objects; defaults or rare fields differ.
    Mostly,
}

/// The life of an API, if the table has it.
#[must_use]
pub fn lifecycle(api_version: &str, kind: &str) -> Option<&'static Lifecycle> {
    static ROWS: LazyLock<FxHashMap<&str, Vec<(&str, Lifecycle)>>> = LazyLock::new(|| {
        let mut by_version: FxHashMap<_, Vec<_>> = FxHashMap::default();
        for ((api_version, kind), life) in rows() {
            by_version.entry(api_version).or_default().push((kind, life));
        }
        by_version
    });
    ROWS.get(api_version)?.iter().find(|(of, _)| *of == kind).map(|(_, life)| life)
}

/// All rows: `apiVersion`, kind, life.
pub fn rows() -> impl Iterator<Item = ((&'static str, &'static str), Lifecycle)> {
    TABLE.lines().skip(1).filter_map(row)
}

fn row(line: &'static str) -> Option<((&'static str, &'static str), Lifecycle)> {
    let mut cells = line.split('\t').map(|cell| if cell == "-" { "" } else { cell });
    let project = Project::from_id(cells.next()?)?;
    let name = (cells.next()?, cells.next()?);
    let mut release = || cells.next().and_then(Release::parse);
    let (introduced, deprecated, removed) = (release(), release(), release());
    let replacement = cells.next()?.split_once(' ');
    let compatible = match cells.next()? {
        "safe" => Some(Compatible::Same),
        "unsafe" => Some(Compatible::Mostly),
        _ => None,
    };
    Some((name, Lifecycle { project, introduced, deprecated, removed, replacement, compatible }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_read_and_makes_sense() {
        assert_eq!(rows().count(), TABLE.lines().count() - 1);
        for ((api_version, kind), life) in rows() {
            let row = format!("{api_version} {kind}");
            assert!(life.introduced.is_some() || life.deprecated.is_some() || life.removed.is_some(), "{row}");
            let order = [life.introduced, life.deprecated, life.removed];
            assert!(order.iter().flatten().is_sorted(), "{row}");
            assert!(life.replacement.is_some() || life.compatible.is_none(), "{row}");
            if let Some((api_version, kind)) = life.replacement {
                let served = lifecycle(api_version, kind).is_none_or(|life| life.removed.is_none());
                assert!(served, "{row} is replaced by what is gone");
            }
        }
        let cron = lifecycle("batch/v1beta1", "CronJob").expect("a row");
        assert_eq!(cron.removed, Release::parse("1.25"));
    }
}
