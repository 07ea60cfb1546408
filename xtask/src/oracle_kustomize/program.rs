//! The real programs, run without network, plugins and other programs.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// The version that tests compare with, as `kustomize version` prints it.
pub(crate) const VERSION: &str = "v5.8.1";

/// How to get it.
const INSTALL: &str = "go install sigs.k8s.io/kustomize/kustomize/v5@v5.8.1";

/// Longest that one build may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Most characters of an error.
const LONGEST: usize = 1_000;

/// A program that builds kustomizations.
pub(crate) struct Program {
    path: PathBuf,
    arguments: &'static [&'static str],
}

/// What a build came to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Build {
    /// The documents that it printed.
    Printed(String),
    /// The first line of its error.
    Failed(String),
}

impl Program {
    /// The pinned kustomize, on the `PATH` or where `go install` puts it.
    ///
    /// # Errors
    /// If it is not there or has another version.
    pub(crate) fn pinned() -> Result<Self, String> {
        let installed = std::env::var_os("GOPATH").map(PathBuf::from).or_else(|| {
            let home = std::env::var_os("HOME")?;
            Some(Path::new(&home).join("go"))
        });
        let candidates = on_path("kustomize").into_iter().chain(installed.map(|path| path.join("bin/kustomize")));
        let mut seen = Vec::new();
        for path in candidates.filter(|path| path.is_file()) {
            let version = Command::new(&path).arg("version").output().map_err(|error| error.to_string())?;
            let version = String::from_utf8_lossy(&version.stdout).trim().to_owned();
            if version == VERSION {
                return Ok(Self { path, arguments: &["build"] });
            }
            seen.push(format!("{} is {version}", path.display()));
        }
        let seen = if seen.is_empty() { "there is none".to_owned() } else { seen.join(", ") };
        Err(format!("kustomize {VERSION} is needed ({seen}); install it with `{INSTALL}`"))
    }

    /// The kustomize inside kubectl, if there is one.
    pub(crate) fn kubectl() -> Option<Self> {
        Some(Self { path: on_path("kubectl")?, arguments: &["kustomize"] })
    }

    /// The version of the kustomize inside kubectl.
    pub(crate) fn kubectl_version(&self) -> Option<String> {
        let output = Command::new(&self.path).args(["version", "--client"]).output().ok()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        Some(text.lines().find_map(|line| line.strip_prefix("Kustomize Version: "))?.trim().to_owned())
    }

    /// A command that runs in `root`.
    fn command(&self, root: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.path);
        command.args(arguments).current_dir(root);
        // No git to fetch with, no helm to run, no server to ask.
        command.env_clear().env("PATH", "").env("HOME", root).env("TMPDIR", std::env::temp_dir());
        for variable in ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"] {
            command.env(variable, "http://127.0.0.1:9");
        }
        command
    }

    /// Build `directory` inside `root` and drop what is printed, with nothing beside that takes time.
    ///
    /// # Errors
    /// If it cannot be run or does not build.
    pub(crate) fn drop_output(&self, root: &Path, directory: &str) -> Result<(), String> {
        let mut command = self.command(root, self.arguments);
        command.arg(directory);
        let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
        let status = status.map_err(|error| format!("{}: {error}", self.path.display()))?;
        if status.success() { Ok(()) } else { Err(format!("{directory}: {status}")) }
    }

    /// Build `directory` inside `root`.
    ///
    /// # Errors
    /// If it cannot be run or does not end.
    pub(crate) fn build(&self, root: &Path, directory: &str) -> Result<Build, String> {
        let mut command = self.command(root, self.arguments);
        command.arg(directory);
        self.run(command, root)
    }

    /// Change the kustomization of `directory` inside `root` with a command of `kustomize edit`.
    ///
    /// # Errors
    /// If it cannot be run or does not end.
    pub(crate) fn edit(&self, root: &Path, directory: &str, arguments: &[String]) -> Result<Build, String> {
        let mut command = self.command(&root.join(directory), &["edit"]);
        command.args(arguments);
        self.run(command, root)
    }

    fn run(&self, mut command: Command, root: &Path) -> Result<Build, String> {
        let fault = |error| format!("{}: {error}", self.path.display());
        let child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(fault)?;
        let (success, printed, complained) = wait(child)?;
        if success {
            return Ok(Build::Printed(printed));
        }
        Ok(Build::Failed(neutral(first_line(&complained), root)))
    }
}

/// The first line of an error. kubectl may write it into a log line, which has times.
fn first_line(complained: &str) -> &str {
    // `2006/01/02 15:04:05 well-defined vars that were never replaced: A` is a remark, not an error.
    let is_log = |line: &str| line.len() > 10 && line.bytes().take(4).all(|byte| byte.is_ascii_digit());
    let is_remark = |line: &str| line.starts_with('#') || line.contains("Warning:") || is_log(line);
    let lines = complained.lines().filter(|line| !is_remark(line));
    let mut lines = lines.map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or("no message");
    match first.split_once("\"command failed\" err=") {
        Some((_, "<")) => lines.next().unwrap_or("no message"),
        Some((_, message)) => message,
        None => first,
    }
}

/// An error without what is another in each run: the directory in which it happened, addresses.
fn neutral(message: &str, root: &Path) -> String {
    let mut message = message.to_owned();
    for root in [root.canonicalize().ok().as_deref(), Some(root)].into_iter().flatten() {
        message = message.replace(&*root.to_string_lossy(), "/ROOT");
    }
    let mut parts = message.split("0x");
    let mut neutral = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_hexdigit());
        // Addresses are long; what else looks like one was written by somebody.
        let is_address = part.len() - rest.len() >= 8;
        neutral.push_str(if is_address { "0xADDRESS" } else { "0x" });
        neutral.push_str(if is_address { rest } else { part });
    }
    neutral.chars().take(LONGEST).collect()
}

fn wait(mut child: Child) -> Result<(bool, String, String), String> {
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let reader = |stream: Option<Box<dyn Read + Send>>| {
        thread::spawn(move || {
            let mut bytes = Vec::new();
            if let Some(mut stream) = stream {
                // What was read before an error is all there is.
                let _ = stream.read_to_end(&mut bytes);
            }
            String::from_utf8_lossy(&bytes).into_owned()
        })
    };
    let stdout = reader(stdout.map(|stream| Box::new(stream) as _));
    let stderr = reader(stderr.map(|stream| Box::new(stream) as _));
    let begin = Instant::now();
    let status = loop {
        match child.try_wait().map_err(|error| error.to_string())? {
            Some(status) => break status,
            None if begin.elapsed() > PATIENCE => {
                child.kill().map_err(|error| error.to_string())?;
                break child.wait().map_err(|error| error.to_string())?;
            }
            None => thread::sleep(Duration::from_millis(2)),
        }
    };
    let text = |reader: thread::JoinHandle<String>| reader.join().map_err(|_| "a reader of output failed".to_owned());
    Ok((status.success(), text(stdout)?, text(stderr)?))
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|directory| directory.join(name)).find(|path| path.is_file())
}
