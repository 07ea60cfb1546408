//! What the process is told from outside: environment variables, terminal, date.

use std::env;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use super::args::Color;
use crate::vfs;

/// The environment, read once.
#[derive(Debug, Default)]
pub(super) struct Environment {
    /// `--color`, or what the environment asks for.
    color: Color,
    forced: bool,
    /// Whether a CI system runs kate.
    ci: bool,
    /// URLs that the CI environment gives the repository.
    ci_urls: Vec<String>,
}

impl Environment {
    /// Read the environment of the process.
    pub(super) fn read(color: Color) -> Self {
        let set = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
        let forced = ["FORCE_COLOR", "CLICOLOR_FORCE"].iter().any(|name| set(name).is_some_and(|value| value != "0"));
        let color = match color {
            Color::Auto if set("NO_COLOR").is_some() => Color::Never,
            color => color,
        };
        Self { color, forced, ci: set("CI").is_some_and(|value| value != "false"), ci_urls: ci_urls(set) }
    }

    /// Whether to use colours on a stream.
    pub(super) fn color(&self, is_terminal: bool) -> bool {
        match self.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => self.forced || is_terminal,
        }
    }

    /// Whether to show what is going on: to people, not to logs.
    pub(super) fn progress(&self) -> bool {
        !self.ci
    }

    /// URLs under which the repository at `root` is known.
    pub(super) fn own_urls(&self, root: &Path) -> Vec<String> {
        let mut urls = vfs::remotes(root);
        urls.extend(self.ci_urls.iter().cloned());
        urls
    }
}

/// Columns of the terminal, if there is one.
pub(super) fn terminal_width() -> Option<usize> {
    terminal_size::terminal_size().map(|(width, _)| usize::from(width.0))
}

/// The URL of the repository as CI systems tell it: GitHub, GitLab, Bitbucket, Azure, Gitea,
/// CircleCI, Buildkite.
fn ci_urls(set: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let mut urls = Vec::new();
    if let (Some(server), Some(repository)) = (set("GITHUB_SERVER_URL"), set("GITHUB_REPOSITORY")) {
        urls.push(format!("{}/{repository}", server.trim_end_matches('/')));
    }
    for name in [
        "CI_PROJECT_URL",
        "BITBUCKET_GIT_HTTP_ORIGIN",
        "BUILD_REPOSITORY_URI",
        "CIRCLE_REPOSITORY_URL",
        "BUILDKITE_REPO",
        "GIT_URL",
    ] {
        urls.extend(set(name));
    }
    urls
}

/// Today in UTC, as `YYYY-MM-DD`.
pub(super) fn today() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let (year, month, day) = civil(seconds / 86_400);
    format!("{year:04}-{month:02}-{day:02}")
}

/// Days since 1970-01-01 to a date of the Gregorian calendar: years that start in March put the
/// leap day at the end.
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        for (days, date) in [
            (0, (1970, 1, 1)),
            (59, (1970, 3, 1)),
            (11_016, (2000, 2, 29)),
            (20_454, (2026, 1, 1)),
            (47_540, (2100, 2, 28)),
        ] {
            assert_eq!(civil(days), date);
        }
    }

    #[test]
    fn colours() {
        let environment = |color, forced| Environment { color, forced, ..Environment::default() };
        assert!(environment(Color::Auto, false).color(true));
        assert!(!environment(Color::Auto, false).color(false));
        assert!(environment(Color::Auto, true).color(false));
        assert!(!environment(Color::Never, true).color(true));
        assert!(environment(Color::Always, false).color(false));
    }
}
