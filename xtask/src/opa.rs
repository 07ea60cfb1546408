//! Open Policy Agent as a program, and kate's values as it takes them.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use kate::value::{Data, Value};
use serde_json::Value as Json;

/// The program.
pub(crate) struct Opa<'a>(pub(crate) &'a Path);

/// What METADATA says of a package.
pub(crate) struct Annotated {
    /// The last part of the package's name.
    pub(crate) package: String,
    /// `custom`.
    pub(crate) custom: Json,
}

impl Opa<'_> {
    /// What it prints with arguments.
    pub(crate) fn start(&self, arguments: &[&OsStr]) -> Result<Json, String> {
        let output = Command::new(self.0).args(arguments).output();
        let output = output.map_err(|error| format!("{}: {error}", self.0.display()))?;
        serde_json::from_slice(&output.stdout)
            .map_err(|error| format!("{arguments:?}: {error}: {}", String::from_utf8_lossy(&output.stderr)))
    }

    /// The packages of a directory that have METADATA.
    pub(crate) fn annotated(&self, directory: &Path) -> Result<Vec<Annotated>, String> {
        let fixed = ["inspect", "-a", "-f", "json"].map(OsStr::new);
        let report = self.start(&[&fixed[..], &[directory.as_os_str()]].concat())?;
        let annotated = |found: &Json| {
            let package = found["path"].as_array()?.last()?["value"].as_str()?.to_owned();
            Some(Annotated { package, custom: found["annotations"]["custom"].clone() })
        };
        Ok(report["annotations"].as_array().into_iter().flatten().filter_map(annotated).collect())
    }

    /// The set that a query gives for an input, with policies and data from paths.
    pub(crate) fn set(&self, query: &str, input: &Path, data: &[PathBuf]) -> Result<Vec<Json>, String> {
        let fixed = ["eval", "-f", "json", "--ignore", "data", query, "-i"].map(OsStr::new);
        let mut arguments = [&fixed[..], &[input.as_os_str()]].concat();
        for path in data {
            arguments.extend([OsStr::new("-d"), path.as_os_str()]);
        }
        let mut report = self.start(&arguments)?;
        match report.pointer_mut("/result/0/expressions/0/value").map(Json::take) {
            Some(Json::Array(items)) => Ok(items),
            _ => Err(format!("opa eval: {}", report["errors"])),
        }
    }
}

/// A value as JSON; `None` if something in it is not known.
pub(crate) fn json(value: &Value) -> Option<Json> {
    Some(match &value.data {
        Data::Null => Json::Null,
        Data::Bool(truth) => Json::from(*truth),
        Data::Int(number) => Json::from(*number),
        Data::Float(number) => Json::from(*number),
        Data::String(text) => Json::from(text.as_str()),
        Data::List(items) => Json::Array(items.iter().map(json).collect::<Option<_>>()?),
        Data::Map(map) if map.open.is_none() => {
            let entries = map.iter().map(|entry| Some((entry.key.to_string(), json(&entry.value)?)));
            Json::Object(entries.collect::<Option<_>>()?)
        }
        Data::Map(_) | Data::Unknown(_) => return None,
    })
}
