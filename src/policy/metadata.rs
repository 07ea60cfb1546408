//! `# METADATA` comments: what a policy says about itself.
//!
//! The format is OPA's: a comment line `METADATA`, then comment lines of YAML. kate reads `title`,
//! `description`, `scope` and its own keys under `custom`.

use std::ops::Range;
use std::sync::LazyLock;

use regorus::Value;

use super::outline::Outline;
use crate::diagnostic::{Confidence, Group, Severity};

/// What a policy is evaluated on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Input {
    /// Each rendered object by itself.
    #[default]
    Object,
    /// All objects, references and Terraform resources at once.
    Graph,
    /// What differs between base and head.
    Change,
    /// Candidates for findings that native code has collected.
    Facts,
}

impl Input {
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "object" => Self::Object,
            "graph" => Self::Graph,
            "change" => Self::Change,
            "facts" => Self::Facts,
            _ => return None,
        })
    }
}

/// What one block says; what it does not say is `None`.
#[derive(Clone, Debug, Default)]
pub(super) struct Metadata {
    pub(super) title: Option<String>,
    pub(super) description: Option<String>,
    pub(super) id: Option<String>,
    pub(super) level: Option<Severity>,
    pub(super) group: Option<Group>,
    pub(super) confidence: Option<Confidence>,
    pub(super) enabled: Option<bool>,
    pub(super) redact: Option<bool>,
    pub(super) input: Option<Input>,
    pub(super) security_severity: Option<&'static str>,
    pub(super) params: Option<Value>,
    pub(super) kinds: Option<Vec<String>>,
}

impl Metadata {
    /// This, with what it does not say taken from a wider scope.
    pub(super) fn within(self, outer: &Self) -> Self {
        let outer = outer.clone();
        Self {
            title: self.title.or(outer.title),
            description: self.description.or(outer.description),
            id: self.id.or(outer.id),
            level: self.level.or(outer.level),
            group: self.group.or(outer.group),
            confidence: self.confidence.or(outer.confidence),
            enabled: self.enabled.or(outer.enabled),
            redact: self.redact.or(outer.redact),
            input: self.input.or(outer.input),
            security_severity: self.security_severity.or(outer.security_severity),
            params: self.params.or(outer.params),
            kinds: self.kinds.or(outer.kinds),
        }
    }
}

/// A mistake in a block.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Mistake {
    pub(super) at: Range<usize>,
    pub(super) message: String,
}

/// All blocks of a file.
#[derive(Debug, Default)]
pub(super) struct Annotations {
    /// Of the package.
    pub(super) package: Metadata,
    /// Of definitions, by index into [`Outline::heads`].
    pub(super) rules: Vec<(usize, Metadata)>,
    /// What is wrong with them.
    pub(super) mistakes: Vec<Mistake>,
}

impl Annotations {
    /// Read the blocks of a file.
    pub(super) fn of(source: &str, outline: &Outline) -> Self {
        let mut found = Self::default();
        let tokens = &outline.tokens;
        let mut at = 0;
        while at < tokens.len() {
            let first = tokens[at];
            let is_comment = |index: usize| tokens[index].text(source).starts_with('#');
            if !is_comment(at) || !first.starts_line || first.text(source).trim_start_matches('#').trim() != "METADATA"
            {
                at += 1;
                continue;
            }
            let end = (at + 1..tokens.len()).find(|next| !is_comment(*next)).unwrap_or(tokens.len());
            let lines: Vec<(usize, &str)> = (at + 1..end)
                .map(|line| (tokens[line].start, tokens[line].text(source).trim_start_matches('#')))
                .collect();
            let (metadata, scope) = block(&lines, first.start..first.end, &mut found.mistakes);
            // The block belongs to what follows it: the package, or the next definition.
            let position = tokens.get(end).map_or(source.len(), |token| token.start);
            let is_package = match scope.as_deref() {
                Some(scope) => matches!(scope, "package" | "subpackages"),
                None => position <= outline.package_at.start,
            };
            if is_package {
                found.package = metadata;
            } else if let Some(head) = outline.heads.iter().position(|head| head.at.start >= position) {
                found.rules.push((head, metadata));
            }
            at = end;
        }
        found
    }

    /// What is known of a rule: of its own blocks, else of the package.
    pub(super) fn rule(&self, outline: &Outline, name: &str) -> Metadata {
        let own = self.rules.iter().filter(|(head, _)| outline.heads[*head].name == name);
        own.fold(Metadata::default(), |sum, (_, metadata)| sum.within(metadata)).within(&self.package)
    }
}

fn block(lines: &[(usize, &str)], header: Range<usize>, mistakes: &mut Vec<Mistake>) -> (Metadata, Option<String>) {
    let text: Vec<&str> = lines.iter().map(|(_, line)| *line).collect();
    let whole = header.start..lines.last().map_or(header.end, |(start, line)| start + 1 + line.len());
    let yaml = match Value::from_yaml_str(&text.join("\n")) {
        Ok(value @ Value::Object(_)) => value,
        Ok(_) => {
            mistakes.push(Mistake { at: header, message: "METADATA is not a map".to_owned() });
            return (Metadata::default(), None);
        }
        Err(error) => {
            let message = format!("METADATA is not YAML: {}", error.to_string().lines().next().unwrap_or_default());
            mistakes.push(Mistake { at: header, message });
            return (Metadata::default(), None);
        }
    };
    let place = |key: &str| {
        let line = lines.iter().find(|(_, line)| line.trim_start().starts_with(&format!("{key}:")));
        line.map_or(whole.clone(), |(start, line)| {
            let blanks = line.len() - line.trim_start().len();
            start + 1 + blanks..start + 1 + line.trim_end().len()
        })
    };
    let mut wrong = |key: &str, message: String| mistakes.push(Mistake { at: place(key), message });
    let mut metadata =
        Metadata { title: string(&yaml["title"]), description: string(&yaml["description"]), ..Metadata::default() };
    let scope = string(&yaml["scope"]);
    if let Some(scope) = scope.as_deref().filter(|s| !["rule", "document", "package", "subpackages"].contains(s)) {
        wrong("scope", format!("unknown scope `{scope}`"));
    }
    let custom = &yaml["custom"];
    let Value::Object(keys) = custom else { return (metadata, scope) };
    for (key, value) in keys.iter() {
        let Ok(key) = key.as_string() else { continue };
        let text = string(value);
        let known = match &**key {
            "id" => keep(&mut metadata.id, text.as_deref().and_then(rule_id)),
            "level" | "severity" => keep(&mut metadata.level, text.as_deref().and_then(severity)),
            "confidence" => keep(&mut metadata.confidence, text.as_deref().and_then(confidence)),
            "group" => keep(&mut metadata.group, Group::ALL.into_iter().find(|g| Some(g.as_str()) == text.as_deref())),
            "input" => keep(&mut metadata.input, text.as_deref().and_then(Input::parse)),
            "enabled" => keep(&mut metadata.enabled, value.as_bool().ok().copied()),
            "redact" => keep(&mut metadata.redact, value.as_bool().ok().copied()),
            "security_severity" => keep(&mut metadata.security_severity, score(value)),
            "params" => keep(&mut metadata.params, value.as_object().is_ok().then(|| value.clone())),
            "kinds" => keep(&mut metadata.kinds, kinds(value)),
            _ => true, // other tools keep their own keys here
        };
        // A map or list under one of these names belongs to another tool (Trivy's `input`).
        if !known && (text_like(value) || &**key == "params") {
            wrong(key, format!("`{key}` of METADATA cannot be {}", text_of(value)));
        }
    }
    (metadata, scope)
}

/// Kinds of objects; `workload` stands for every kind that has pods.
const WORKLOADS: [&str; 10] = [
    "CronJob",
    "DaemonSet",
    "Deployment",
    "Job",
    "Pod",
    "PodTemplate",
    "ReplicaSet",
    "ReplicationController",
    "Rollout",
    "StatefulSet",
];

fn kinds(value: &Value) -> Option<Vec<String>> {
    let names: Option<Vec<String>> = value.as_array().ok()?.iter().map(string).collect();
    let names = names?.into_iter().flat_map(|name| match name.as_str() {
        "workload" => WORKLOADS.map(str::to_owned).to_vec(),
        _ => vec![name],
    });
    Some(names.collect())
}

/// Store what was understood; whether it was.
fn keep<T>(slot: &mut Option<T>, value: Option<T>) -> bool {
    *slot = value;
    slot.is_some()
}

fn string(value: &Value) -> Option<String> {
    value.as_string().ok().map(|text| text.trim().to_owned())
}

fn text_like(value: &Value) -> bool {
    !matches!(value, Value::Object(_) | Value::Array(_))
}

fn text_of(value: &Value) -> String {
    value.as_string().map_or_else(|_| value.to_string(), |text| format!("`{text}`"))
}

/// A rule's name made of words: `KSV_001.x` becomes `ksv-001-x`. `None` if it is not made of words.
pub(super) fn rule_id(text: &str) -> Option<String> {
    let id = text.to_ascii_lowercase().replace(['_', '.'], "-");
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric());
    id.split(['-', '/']).all(is_word).then_some(id)
}

/// A severity by its word; the words of other tools are understood too.
pub(super) fn severity(word: &str) -> Option<Severity> {
    Some(match word.to_ascii_lowercase().as_str() {
        "error" | "critical" | "high" => Severity::Error,
        "warning" | "warn" | "medium" => Severity::Warning,
        "info" | "note" | "low" => Severity::Info,
        _ => return None,
    })
}

/// A confidence by its word.
pub(super) fn confidence(word: &str) -> Option<Confidence> {
    Some(match word {
        "low" => Confidence::Low,
        "medium" => Confidence::Medium,
        "high" => Confidence::High,
        _ => return None,
    })
}

/// A score between 0.1 and 10.0, written with one digit.
fn score(value: &Value) -> Option<&'static str> {
    static SCORES: LazyLock<Vec<String>> =
        LazyLock::new(|| (1..=100).map(|n| format!("{}.{}", n / 10, n % 10)).collect());
    let text = match value {
        Value::Number(_) => format!("{:.1}", value.as_f64().ok()?),
        _ => string(value)?,
    };
    SCORES.iter().find(|score| **score == text).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(source: &str) -> (Annotations, Outline) {
        let outline = Outline::of(source);
        (Annotations::of(source, &outline), outline)
    }

    #[test]
    fn blocks_belong_to_what_follows() {
        let (found, outline) = read(
            "# METADATA\n# title: One\n# custom:\n#   id: one\n#   level: error\n#   security_severity: 7.5\npackage p\n\n# METADATA\n# title: Two\n# custom:\n#   level: warning\ndeny contains 1\n\nwarn contains 2\n",
        );
        assert_eq!(found.mistakes, []);
        let deny = found.rule(&outline, "deny");
        assert_eq!((deny.title.as_deref(), deny.id.as_deref()), (Some("Two"), Some("one")));
        assert_eq!((deny.level, deny.security_severity), (Some(Severity::Warning), Some("7.5")));
        assert_eq!(found.rule(&outline, "warn").level, Some(Severity::Error));
    }

    #[test]
    fn mistakes_have_places() {
        let source = "# METADATA\n# custom:\n#   level: loud\n#   id: Not An Id\npackage p\n";
        let (found, _) = read(source);
        let texts: Vec<_> =
            found.mistakes.iter().map(|mistake| (&source[mistake.at.clone()], mistake.message.as_str())).collect();
        assert!(texts.contains(&("level: loud", "`level` of METADATA cannot be `loud`")), "{texts:?}");
        assert!(texts.contains(&("id: Not An Id", "`id` of METADATA cannot be `Not An Id`")), "{texts:?}");
        assert_eq!(read("# METADATA\n# a: [\npackage p\n").0.mistakes.len(), 1);
    }

    #[test]
    fn other_tools_metadata_is_left_alone() {
        let (found, _) = read(
            "# METADATA\n# custom:\n#   id: KSV-1\n#   severity: HIGH\n#   input:\n#     selector:\n#     - type: kubernetes\npackage p\n",
        );
        assert_eq!(found.mistakes, []);
        assert_eq!(found.package.id.as_deref(), Some("ksv-1"));
        assert_eq!(found.package.level, Some(Severity::Error));
    }
}
