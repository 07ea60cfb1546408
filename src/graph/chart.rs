//! What the texts of a chart's templates say about the objects that it makes, without rendering
//! them: which kinds, and whether each name holds the release's, the chart's or a value's text.
//!
//! Invariant: knows template texts only. Where a text does not say for certain, nothing is said.

use std::collections::BTreeSet;

use super::symbols;
use crate::model::kubernetes::{canonical_group, split_api_version};
use crate::value::Str;

/// What is known of a chart's objects.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Templates {
    /// Group and kind of everything that is made.
    pub(super) kinds: BTreeSet<(Str, Str)>,
    /// Whether every name that is made holds a token (release, chart) or stands in the values or
    /// the templates.
    pub(super) named: bool,
}

/// Read the templates of a chart without dependencies; `None` if they may make anything.
pub(super) fn read<'t>(templates: impl IntoIterator<Item = &'t str>) -> Option<Templates> {
    let mut found = Templates { kinds: BTreeSet::new(), named: true };
    for template in templates {
        for document in documents(template) {
            found.read(&document)?;
        }
    }
    Some(found)
}

/// The lines of each document without comments and empty lines.
fn documents(template: &str) -> Vec<Vec<&str>> {
    let mut found = vec![Vec::new()];
    for line in template.lines() {
        if line.starts_with("---") {
            found.push(Vec::new());
        } else if let Some(last) = found.last_mut().filter(|_| !line.trim().is_empty() && !line.trim().starts_with('#'))
        {
            last.push(line);
        }
    }
    found
}

impl Templates {
    fn read(&mut self, lines: &[&str]) -> Option<()> {
        // What an action at the start of a line writes can be a whole object.
        if lines.iter().any(|line| line.starts_with("{{") && !is_silent(line)) {
            return None;
        }
        let mut kinds = top(lines, "kind:");
        let Some(kind) = kinds.next() else {
            // Nothing but actions and settings of blocks.
            let is_content = |line: &&&str| !line.trim_start().starts_with("{{");
            return lines.iter().find(is_content).is_none().then_some(());
        };
        if kinds.next().is_some() || kind.contains("{{") {
            return None;
        }
        // Of several versions behind conditions one is enough to know the group.
        let version = top(lines, "apiVersion:").find(|version| !version.contains("{{"))?;
        let group = canonical_group(split_api_version(version).0, kind);
        self.kinds.insert((Str::from(group), Str::from(kind)));
        let makes_others = !crate::model::kubernetes::is_builtin_group(group);
        let mut in_metadata = false;
        let mut has_name = false;
        for line in lines {
            if !line.starts_with([' ', '{']) {
                in_metadata = line.trim_end() == "metadata:";
            }
            let text = line.trim_start().trim_start_matches("- ");
            if in_metadata && text.starts_with("generateName:") {
                self.named = false;
            }
            let name =
                text.strip_prefix("name:").filter(|_| makes_others || in_metadata && line.starts_with("  name:"));
            let name = name.or_else(|| text.strip_prefix("secretName:").filter(|_| makes_others));
            if let Some(name) = name {
                has_name |= in_metadata;
                self.named &= is_told(name.trim());
            }
        }
        self.named &= has_name;
        Some(())
    }

    /// Whether something of these kinds makes objects of a kind, or others that do.
    pub(super) fn may_make(kinds: &BTreeSet<(Str, Str)>, group: &str, kind: &str) -> bool {
        let has = |wanted: &[&str]| kinds.iter().any(|(_, kind)| wanted.contains(&kind.as_str()));
        // A controller that is not known may make anything from a resource of its own.
        let by_controller = || kinds.iter().any(|(group, kind)| !symbols::makes_nothing(group, kind));
        if kinds.iter().any(|(_, is)| is == kind) {
            return true;
        }
        match (group, kind) {
            ("external-secrets.io", _) | ("argoproj.io", "AppProject") => false,
            ("", "ServiceAccount") => has(&["Job", "CronJob"]),
            ("", "PersistentVolumeClaim") => has(&["StatefulSet", "Job", "CronJob"]) || by_controller(),
            ("", "Secret") => {
                has(&[
                    "ExternalSecret",
                    "ClusterExternalSecret",
                    "SealedSecret",
                    "Certificate",
                    "Ingress",
                    "Gateway",
                    "Issuer",
                    "ClusterIssuer",
                    "SecretProviderClass",
                    "Job",
                    "CronJob",
                ]) || by_controller()
            }
            ("kate.pods", _) => {
                has(&["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Pod"])
                    || by_controller()
            }
            _ => has(&["Job", "CronJob"]) || by_controller(),
        }
    }
}

/// The values of a key at the start of lines.
fn top<'l>(lines: &'l [&str], key: &'static str) -> impl Iterator<Item = &'l str> {
    lines.iter().filter_map(move |line| line.strip_prefix(key)).map(unquoted)
}

fn unquoted(text: &str) -> &str {
    text.trim().trim_matches(['"', '\''])
}

/// Whether an action writes nothing itself: control structures, comments, assignments.
fn is_silent(line: &str) -> bool {
    let mut rest = line.trim_end();
    // Several actions may stand on one line, and nothing else.
    while let Some(action) = rest.strip_prefix("{{") {
        let Some((action, behind)) = action.split_once("}}") else {
            return action.trim_start_matches('-').trim_start().starts_with("/*");
        };
        let action = action.trim_matches('-').trim();
        let word = action.split([' ', '(']).next().unwrap_or_default();
        let silent = matches!(word, "if" | "else" | "end" | "range" | "with" | "define" | "fail" | "required")
            || action.starts_with("/*")
            || action.starts_with('$') && (action.contains(":=") || action.contains(" = "));
        if !silent {
            return false;
        }
        rest = behind.trim_start();
    }
    rest.is_empty()
}

/// Whether a name holds a token, or is a literal or a value as it stands: what is put together of
/// several values stands nowhere.
fn is_told(name: &str) -> bool {
    let name = unquoted(name);
    let mut actions = Vec::new();
    let mut literal = String::new();
    let mut rest = name;
    while let Some((before, action)) = rest.split_once("{{") {
        let Some((action, behind)) = action.split_once("}}") else { return false };
        literal.push_str(before);
        actions.push(action.trim_matches('-').trim());
        rest = behind;
    }
    literal.push_str(rest);
    let holds_token = |action: &&&str| {
        action.contains(".Release.Name")
            || action.contains(".Chart.Name")
            || action.starts_with("include ") && [".fullname\"", ".name\""].iter().any(|end| action.contains(end))
    };
    if actions.iter().find(holds_token).is_some() {
        // Only shortening at the end keeps what is in front.
        return true;
    }
    match actions.as_slice() {
        [] => true,
        [value] => literal.is_empty() && value.starts_with(".Values.") && !value.contains(['|', '(']),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_stand_somewhere() {
        for name in ["web", "{{ .Release.Name }}", "{{ include \"web.fullname\" . }}-tls", "\"{{ .Values.name }}\""] {
            assert!(is_told(name), "{name}");
        }
        for name in ["{{ .Values.a }}-{{ .Values.b }}", "x-{{ .Values.a }}", "{{ $key }}", "{{ printf \"%s\" .x }}"] {
            assert!(!is_told(name), "{name}");
        }
    }

    #[test]
    fn kinds_of_templates() {
        let text = "{{- if .Values.on }}\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\n{{- end }}\n";
        let found = read([text]).expect("known");
        assert!(found.named);
        assert!(Templates::may_make(&found.kinds, "", "ConfigMap"));
        assert!(!Templates::may_make(&found.kinds, "", "Secret"));
        assert_eq!(read(["{{ toYaml .Values.extra }}\n"]), None);
        assert_eq!(read(["apiVersion: v1\nkind: {{ .Values.kind }}\n"]), None);
    }
}
