//! The command line.

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::builder::styling::{AnsiColor, Effects, Styles};
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

use crate::diagnostic::Severity;
use crate::report::Format;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().effects(Effects::BOLD))
    .usage(AnsiColor::Green.on_default().effects(Effects::BOLD))
    .literal(AnsiColor::Cyan.on_default().effects(Effects::BOLD))
    .placeholder(AnsiColor::Cyan.on_default());

/// The type checker for GitOps.
///
/// kate reads a whole repository of Kubernetes manifests, Argo CD, Terraform and External Secrets,
/// links every reference across them, and reports what does not hold, at the line to edit. It works
/// offline and runs nothing.
#[derive(Parser, Debug)]
#[command(name = "kate", version, styles = STYLES, max_term_width = 100, after_help = AFTER_HELP)]
#[command(disable_help_subcommand = true)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,

    #[command(flatten)]
    pub(super) global: Global,
}

const AFTER_HELP: &str = "\
Exit codes: 0 nothing found, 1 findings at or above --fail-on, 2 usage, configuration or I/O, 101 a bug of kate

Examples:
  kate check                      check the repository of the current directory
  kate check --base origin/main   check a change, and what it breaks
  kate explain missing-secret     what a rule finds and why
  kate init                       set up kate.yaml, pre-commit and a GitHub workflow";

#[derive(Args, Debug)]
#[command(next_help_heading = "Global options")]
pub(super) struct Global {
    /// Print nothing but findings; twice: nothing at all
    #[arg(short, long, global = true, action = ArgAction::Count, conflicts_with = "verbose")]
    pub(super) quiet: u8,

    /// Say on stderr what is done
    #[arg(short, long, global = true)]
    pub(super) verbose: bool,

    /// When to use colours [env: NO_COLOR, FORCE_COLOR, CLICOLOR_FORCE]
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN", hide_possible_values = true)]
    pub(super) color: Color,
}

/// When to use colours.
#[derive(ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Color {
    /// On a terminal
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

#[derive(Subcommand, Debug)]
pub(super) enum Command {
    /// Check a repository
    #[command(after_help = CHECK_EXAMPLES)]
    Check(Box<CheckArgs>),
    /// Explain a rule: what it finds, why that is bad, and what to do instead
    #[command(after_help = "Examples:\n  kate explain missing-secret")]
    Explain(ExplainArgs),
    /// List all rules
    #[command(after_help = "Examples:\n  kate rules\n  kate rules --output-format json | jq '.[].id'")]
    Rules(RulesArgs),
    /// Print what a directory or an Application deploys, without fetching or running anything
    #[command(after_help = RENDER_EXAMPLES)]
    Render(RenderArgs),
    /// Work on Rego policies
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Set up kate in a repository; existing files are never changed
    #[command(after_help = "Examples:\n  kate init\n  kate init --dry-run")]
    Init(InitArgs),
    /// Print a completion script
    #[command(after_help = "Examples:\n  kate completions bash > ~/.local/share/bash-completion/completions/kate\n  \
                            kate completions zsh > \"${fpath[1]}/_kate\"")]
    Completions(CompletionsArgs),
    /// Print the JSON schema of kate.yaml
    Schema,
}

const RENDER_EXAMPLES: &str = "\
Examples:
  kate render overlays/production             the manifests, as `kustomize build` prints them
  kate render overlays/production --origins   with the file and line that each line comes from
  kate render payments                        an Application, with its own kustomize options

Exit codes: 0 rendered, 1 the real build would fail or is not known as a whole, 2 usage or I/O";

const CHECK_EXAMPLES: &str = "\
Examples:
  kate check                                        the repository of the current directory
  kate check --base origin/main --only-changed      only what the change brings
  kate check --fix                                  mend what can be mended safely
  kate check --unsafe-fixes --diff                  show all fixes, write none
  kate check --output-format github --report sarif=kate.sarif
  kate check --select terraform --fail-on warning
  kate check --write-baseline                       accept what is there, report what comes

Exit codes: 0 nothing found, 1 findings at or above --fail-on, 2 usage, configuration or I/O, 101 a bug of kate";

#[derive(Args, Debug)]
pub(super) struct CheckArgs {
    /// Directory to check [default: the top of the git work tree, or the current directory]
    pub(super) path: Option<PathBuf>,

    /// Run only these rules: ids, groups or `all`
    #[arg(long, value_name = "RULE", value_delimiter = ',', help_heading = "Rule selection")]
    pub(super) select: Vec<String>,

    /// Do not run these rules
    #[arg(long, value_name = "RULE", value_delimiter = ',', help_heading = "Rule selection")]
    pub(super) ignore: Vec<String>,

    /// Run these rules too, such as those of the group `pedantic`
    #[arg(long, value_name = "RULE", value_delimiter = ',', help_heading = "Rule selection")]
    pub(super) extend_select: Vec<String>,

    /// Further directory of Rego policies; may be given several times
    #[arg(long, value_name = "DIR", help_heading = "Rule selection")]
    pub(super) policy: Vec<PathBuf>,

    /// Configuration file, instead of kate.yaml, .kate.yaml or .github/kate.yaml
    #[arg(long, value_name = "FILE", env = "KATE_CONFIG", help_heading = "Configuration")]
    pub(super) config: Option<PathBuf>,

    /// Read no configuration file
    #[arg(long, conflicts_with = "config", help_heading = "Configuration")]
    pub(super) isolated: bool,

    /// Take configuration, baseline and policies from the base revision, so that a change cannot
    /// weaken its own check
    #[arg(long, requires = "base", conflicts_with_all = ["config", "isolated"], help_heading = "Configuration")]
    pub(super) config_from_base: bool,

    /// URL of the repository, beside its git remotes and what the CI environment says
    #[arg(long, value_name = "URL", help_heading = "Configuration")]
    pub(super) repository_url: Vec<String>,

    /// Date for expiries [default: today]
    #[arg(long, value_name = "YYYY-MM-DD", help_heading = "Configuration")]
    pub(super) today: Option<String>,

    /// Report only findings in this file or directory, relative to PATH; may be given several times
    #[arg(long, value_name = "PATH", help_heading = "What to report")]
    pub(super) only: Vec<String>,

    /// Report also what ignore comments and annotations hide
    #[arg(long, help_heading = "What to report")]
    pub(super) no_ignores: bool,

    /// Baseline of accepted findings [default: that of kate.yaml]
    #[arg(long, value_name = "FILE", help_heading = "What to report")]
    pub(super) baseline: Option<PathBuf>,

    /// Accept all findings: write them into the baseline (kate-baseline.json)
    #[arg(long, conflicts_with_all = ["prune_baseline", "fix", "diff"], help_heading = "What to report")]
    pub(super) write_baseline: bool,

    /// Take entries that no longer occur out of the baseline
    #[arg(long, conflicts_with_all = ["fix", "diff"], help_heading = "What to report")]
    pub(super) prune_baseline: bool,

    /// Least severity that makes the exit code 1
    #[arg(long, value_name = "SEVERITY", default_value = "error", value_parser = severity, help_heading = "What to report")]
    pub(super) fail_on: Severity,

    /// Exit with 0 whatever is found
    #[arg(long, help_heading = "What to report")]
    pub(super) exit_zero: bool,

    /// Compare with this git revision: check the change, too
    #[arg(long, value_name = "REV", value_parser = NonEmptyStringValueParser::new(), help_heading = "Change")]
    pub(super) base: Option<String>,

    /// Report only findings that the base revision does not have
    #[arg(long, requires = "base", help_heading = "Change")]
    pub(super) only_changed: bool,

    /// Format of the findings on stdout
    #[arg(long, value_name = "FORMAT", default_value = "full", env = "KATE_OUTPUT_FORMAT", value_parser = format_parser(), help_heading = "Output")]
    pub(super) output_format: Format,

    /// Write the findings to a file instead of stdout
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub(super) output_file: Option<PathBuf>,

    /// Write a further report, such as sarif=kate.sarif; may be given several times
    #[arg(long, value_name = "FORMAT=FILE", value_parser = report, help_heading = "Output")]
    pub(super) report: Vec<(Format, PathBuf)>,

    /// List every reason for which references could not be checked
    #[arg(long, help_heading = "Output")]
    pub(super) show_unknown: bool,

    /// Show how long each stage took
    #[arg(long, help_heading = "Output")]
    pub(super) timings: bool,

    /// Show no progress on a terminal
    #[arg(long, help_heading = "Output")]
    pub(super) no_progress: bool,

    /// Apply safe fixes
    #[arg(long, help_heading = "Fixes")]
    pub(super) fix: bool,

    /// Apply also fixes that may change what is deployed in an unwanted way
    #[arg(long, help_heading = "Fixes")]
    pub(super) unsafe_fixes: bool,

    /// Show what the fixes would change, and write nothing
    #[arg(long, help_heading = "Fixes")]
    pub(super) diff: bool,

    /// Number of threads [default: one for each processor]
    #[arg(long, value_name = "N", env = "KATE_THREADS", help_heading = "Output")]
    pub(super) threads: Option<usize>,
}

#[derive(Args, Debug)]
pub(super) struct RenderArgs {
    /// Directories (as the shell sees them), or names of Applications of the repository
    #[arg(required = true, value_name = "TARGET")]
    pub(super) targets: Vec<String>,

    /// Say behind each line where it comes from
    #[arg(long)]
    pub(super) origins: bool,

    /// Directory of the repository [default: the top of the git work tree, or the current directory]
    #[arg(long, value_name = "DIR")]
    pub(super) root: Option<PathBuf>,

    /// URL of the repository, beside its git remotes and what the CI environment says
    #[arg(long, value_name = "URL")]
    pub(super) repository_url: Vec<String>,
}

#[derive(Args, Debug)]
pub(super) struct ExplainArgs {
    /// Rule id
    pub(super) rule: String,
}

#[derive(Args, Debug)]
pub(super) struct RulesArgs {
    /// `text`, or `json`: an array of rules
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(super) output_format: ListFormat,
}

/// How a list is printed.
#[derive(ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum ListFormat {
    /// A table
    #[default]
    Text,
    /// An array
    Json,
}

#[derive(Subcommand, Debug)]
pub(super) enum PolicyCommand {
    /// Run the `test_` rules of the policies in a directory
    #[command(after_help = "Examples:\n  kate policy test policies")]
    Test(PolicyTestArgs),
}

#[derive(Args, Debug)]
pub(super) struct PolicyTestArgs {
    /// Directory of `.rego` files
    #[arg(default_value = "policies")]
    pub(super) directory: PathBuf,
}

#[derive(Args, Debug)]
pub(super) struct InitArgs {
    /// Directory to set up [default: the top of the git work tree, or the current directory]
    pub(super) path: Option<PathBuf>,

    /// Print the files, and write nothing
    #[arg(long)]
    pub(super) dry_run: bool,
}

#[derive(Args, Debug)]
pub(super) struct CompletionsArgs {
    /// Shell
    #[arg(value_enum)]
    pub(super) shell: clap_complete::Shell,
}

fn severity(text: &str) -> Result<Severity, String> {
    let all = [Severity::Error, Severity::Warning, Severity::Info];
    all.into_iter().find(|severity| severity.as_str() == text).ok_or_else(|| "use error, warning or info".to_owned())
}

fn format_parser() -> impl clap::builder::TypedValueParser<Value = Format> {
    use clap::builder::TypedValueParser as _;
    clap::builder::PossibleValuesParser::new(Format::ALL.iter().map(|format| format.as_str()))
        .try_map(|text| text.parse::<Format>())
}

fn report(text: &str) -> Result<(Format, PathBuf), String> {
    let (format, file) = text.split_once('=').ok_or("write it as FORMAT=FILE, such as sarif=kate.sarif")?;
    if file.is_empty() {
        return Err("the file is missing".to_owned());
    }
    Ok((format.parse()?, PathBuf::from(file)))
}
