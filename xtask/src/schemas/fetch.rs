//! Packages of other projects, by way of the ordinary clients, with the sums that they must have.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use kate::syntax::{self, yaml::Schema};
use kate::text::{FileId, RepoPath, Side, SourceFile};
use kate::value::Value;
use sha2::{Digest, Sha256};

/// Where wheels are put.
const CACHE: &str = "target/schemas";

/// A package that was read.
pub(super) struct Package {
    /// Where it is unpacked.
    pub(super) root: PathBuf,
    /// What its client says of its content.
    pub(super) sum: String,
    /// Day of the release; empty if the client does not say it.
    pub(super) date: String,
}

/// A module of Go, unpacked in the module cache.
pub(super) fn go(module: &str, version: &str) -> Result<Package, String> {
    let name = format!("{module}@{version}");
    // A module may ask for a newer Go than the one that is installed.
    let answer = output(Command::new("go").env("GOTOOLCHAIN", "auto").args(["mod", "download", "-json", &name]))?;
    let answer: serde_json::Value = serde_json::from_str(&answer).map_err(|error| format!("{name}: {error}"))?;
    let text = |key: &str| answer[key].as_str().map(str::to_owned).ok_or_else(|| format!("{name}: {answer}"));
    let information = read(Path::new(&text("Info")?))?;
    let information: serde_json::Value =
        serde_json::from_str(&information).map_err(|error| format!("{name}: {error}"))?;
    let date = information["Time"].as_str().and_then(|time| time.split('T').next()).unwrap_or_default();
    Ok(Package { root: text("Dir")?.into(), sum: text("Sum")?, date: date.to_owned() })
}

/// A crate, unpacked in cargo's cache. Its version says the day: `3.20260613.112915`.
pub(super) fn rust(package: &str, version: &str) -> Result<Package, String> {
    let directory = Path::new(CACHE).join(format!("{package}-{version}"));
    let manifest = directory.join("Cargo.toml");
    let error = |error: std::io::Error| format!("{}: {error}", directory.display());
    std::fs::create_dir_all(&directory).map_err(error)?;
    std::fs::write(directory.join("lib.rs"), "").map_err(error)?;
    let text = format!(
        "[package]\nname = \"fetch\"\nedition = \"2024\"\n[lib]\npath = \"lib.rs\"\n[workspace]\n\
         [dependencies]\n{package} = \"={version}\"\n"
    );
    std::fs::write(&manifest, text).map_err(error)?;
    let metadata = Command::new("cargo")
        .args(["metadata", "--quiet", "--format-version", "1", "--manifest-path"])
        .arg(&manifest)
        .output();
    let metadata = metadata.map_err(error)?;
    let metadata: serde_json::Value = serde_json::from_slice(&metadata.stdout)
        .map_err(|_| format!("{package}: {}", String::from_utf8_lossy(&metadata.stderr)))?;
    let found = metadata["packages"].as_array().into_iter().flatten().find(|found| found["name"] == package);
    let root = found.and_then(|found| Path::new(found["manifest_path"].as_str()?).parent());
    let root = root.ok_or_else(|| format!("{package}: cargo does not find it"))?.to_owned();
    let lock = read(&directory.join("Cargo.lock"))?;
    let (_, entry) = lock.split_once(&format!("name = \"{package}\"")).ok_or("no entry in Cargo.lock")?;
    let (_, sum) = entry.split_once("checksum = \"").ok_or("no sum in Cargo.lock")?;
    let sum = format!("sha256:{}", sum.split('"').next().unwrap_or_default());
    let day = version.split('.').nth(1).filter(|day| day.len() == 8 && day.is_ascii());
    let date = day.map_or(String::new(), |day| format!("{}-{}-{}", &day[..4], &day[4..6], &day[6..]));
    Ok(Package { root, sum, date })
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
    Ok(Package { root, sum: format!("sha256:{}", hex(&Sha256::digest(&bytes))), date: String::new() })
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

/// The documents of a YAML file.
pub(super) fn documents(text: &str) -> Result<Vec<Value>, String> {
    let path = RepoPath::new("document.yaml").ok_or("a path")?;
    let file = syntax::parse(Arc::new(SourceFile::new(FileId(0), path, text.into(), Side::Head, true)));
    let stream = file.yaml().ok_or("not YAML")?;
    Ok(stream.documents.iter().map(|document| document.value(Schema::Kubernetes)).collect())
}

/// Bytes in hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
