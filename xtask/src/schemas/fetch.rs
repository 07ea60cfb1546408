//! Packages of other projects, by way of the ordinary clients, with the sums that they must have.

use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};

/// Where wheels are put.
const CACHE: &str = "target/schemas";

/// A package that was read.
pub(super) struct Package {
    /// Where it is unpacked.
    pub(super) root: PathBuf,
    /// What its client says of its content.
    pub(super) sum: String,
}

/// A module of Go, unpacked in the module cache.
pub(super) fn go(module: &str, version: &str) -> Result<Package, String> {
    let name = format!("{module}@{version}");
    let answer = output(Command::new("go").args(["mod", "download", "-json", &name]))?;
    let answer: serde_json::Value = serde_json::from_str(&answer).map_err(|error| format!("{name}: {error}"))?;
    let text = |key: &str| answer[key].as_str().map(str::to_owned).ok_or_else(|| format!("{name}: {answer}"));
    Ok(Package { root: text("Dir")?.into(), sum: text("Sum")? })
}

/// A wheel of PyPI, unpacked below `target`.
pub(super) fn wheel(package: &str, version: &str) -> Result<Package, String> {
    let directory = Path::new(CACHE).join(format!("{package}-{version}"));
    let wheel = || {
        let entries = std::fs::read_dir(&directory).ok()?;
        entries.flatten().map(|entry| entry.path()).find(|path| path.extension().is_some_and(|end| end == "whl"))
    };
    if wheel().is_none() {
        let name = format!("{package}=={version}");
        output(Command::new("pip").args(["download", "--quiet", "--no-deps", "--dest"]).arg(&directory).arg(name))?;
    }
    let wheel = wheel().ok_or_else(|| format!("{}: no wheel", directory.display()))?;
    let root = directory.join("unpacked");
    if !root.exists() {
        output(Command::new("python3").args(["-m", "zipfile", "-e"]).arg(&wheel).arg(&root))?;
    }
    let bytes = std::fs::read(&wheel).map_err(|error| format!("{}: {error}", wheel.display()))?;
    Ok(Package { root, sum: format!("sha256:{}", hex(&Sha256::digest(&bytes))) })
}

pub(super) fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn output(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if !output.status.success() {
        return Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Bytes in hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
