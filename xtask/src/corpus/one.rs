//! One repository, checked in this process: a record of what was found and what it took.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Instant;

use kate::diagnostic::{Group, Severity};
use kate::graph::{Resolution, Snapshot};
use kate::model::kubernetes::pod_template;
use kate::pipeline::{Outcome, Request, check};
use kate::text::RepoPath;
use kate::vfs::{DiskVfs, MemoryVfs, Vfs, WalkOptions};
use serde_json::{Value, json};

use crate::tree::own_urls;

/// Check a repository.
pub(super) fn record(directory: &Path) -> Result<Value, String> {
    let vfs = DiskVfs::new(directory).map_err(|error| error.to_string())?;
    let mut request = Request::new(&vfs);
    request.own_urls = own_urls(vfs.root());
    let idle = after_a_small_check()?;
    let begin = Instant::now();
    let outcome = check(&request).map_err(|error| error.to_string())?;
    let seconds = begin.elapsed().as_secs_f64();
    let peak = peak_memory();
    let reading = outcome.summary.timings.iter().find(|(stage, _)| stage == "read and parse");
    let listed = vfs.list(&WalkOptions::default()).map_err(|error| error.to_string())?.len();
    let (mut known_units, mut known_references, mut bytes) = ((0, 0), (0, 0), 0);
    if let Some(head) = &outcome.head {
        known_units = units(head);
        known_references = references(head);
        bytes = head.repository.files.values().map(|file| file.source.text.len()).sum();
    }
    let summary = &outcome.summary;
    let unknown = summary.unknown.iter().take(10).map(|line| format!("{:6} {}", line.count, line.reason));
    Ok(json!({
        "listed": listed,
        "files": summary.files,
        "bytes": bytes,
        "objects": summary.objects,
        "errors": summary.errors,
        "warnings": summary.warnings,
        "infos": summary.infos,
        "known_units": known_units,
        "known_references": known_references,
        "seconds": seconds,
        "reading": reading.map(|(_, time)| time.as_secs_f64()),
        "idle": idle,
        "peak": peak,
        "workloads": outcome.head.as_ref().map_or(0, workloads),
        "quality": quality(&outcome),
        "crashed": outcome.crashed,
        "unknown": unknown.collect::<Vec<_>>(),
        "findings": findings(&outcome),
    }))
}

/// Objects with pods, each source once.
fn workloads(head: &Snapshot) -> usize {
    let spans = head.objects.iter().filter(|object| pod_template(&object.group, &object.kind).is_some());
    spans.map(|object| object.value.span()).collect::<BTreeSet<_>>().len()
}

/// Warnings about the quality of workloads, by rule.
fn quality(outcome: &Outcome) -> BTreeMap<String, usize> {
    let groups = [Group::Security, Group::Reliability, Group::Efficiency, Group::Pedantic];
    let is_quality = |finding: &kate::diagnostic::Diagnostic| {
        finding.severity >= Severity::Warning
            && finding.rule.as_str() != "plaintext-secret"
            && outcome.rules.iter().any(|rule| rule.id == finding.rule && groups.contains(&rule.group))
    };
    let mut found = BTreeMap::new();
    for finding in outcome.diagnostics.iter().filter(|finding| is_quality(finding)) {
        *found.entry(finding.rule.to_string()).or_insert(0) += 1;
    }
    found
}

/// Known and all deployed units.
pub(crate) fn units(head: &Snapshot) -> (usize, usize) {
    let deployed = head.units.iter().filter(|unit| unit.deployed);
    deployed.fold((0, 0), |(known, all), unit| (known + usize::from(unit.unknown.is_none()), all + 1))
}

/// Known and all references of deployed units.
pub(crate) fn references(head: &Snapshot) -> (usize, usize) {
    let settled = |resolution: &Resolution| !matches!(resolution, Resolution::Unknown { .. });
    let deployed =
        head.references.iter().filter(|reference| reference.unit.is_none_or(|unit| head.unit(unit).deployed));
    deployed.fold((0, 0), |(known, all), reference| {
        let certain = settled(&reference.resolution) && reference.key.as_ref().is_none_or(settled);
        (known + usize::from(certain), all + 1)
    })
}

fn findings(outcome: &Outcome) -> Vec<Value> {
    let finding = |finding: &kate::diagnostic::Diagnostic| {
        let span = finding.primary_span();
        let file = outcome.sources.get(span.file);
        let line = file.position(span.start as usize).line;
        let text = if finding.redact {
            ""
        } else {
            file.text.get(file.lines().line_range(line, &file.text)).unwrap_or_default()
        };
        json!({
            "rule": finding.rule.as_str(),
            "level": finding.severity.as_str(),
            "path": file.path.as_str(),
            "line": line,
            "message": finding.message,
            "source": text.chars().take(200).collect::<String>(),
        })
    };
    outcome.diagnostics.iter().map(finding).collect()
}

/// What every check takes, however small: the program itself, its tables and its threads.
fn after_a_small_check() -> Result<u64, String> {
    const SMALL: &str = r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: web:1}]}
";
    let mut small = MemoryVfs::default();
    small.insert(RepoPath::new("web.yaml").unwrap_or_default(), SMALL);
    check(&Request::new(&small)).map_err(|error| error.to_string())?;
    Ok(peak_memory())
}

/// The most memory that this process has had, in bytes; 0 where the system does not tell.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
    kilobytes.unwrap_or_default() * 1024
}
