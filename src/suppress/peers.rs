//! Ignores that were written for other tools: which rules they mean.

use crate::diagnostic::{peer_checks, rules_of_peer};

/// The rules that an annotation of an object switches off for another tool; none if it is none.
#[must_use]
pub fn peer_annotation(key: &str, value: &str) -> Vec<&'static str> {
    let off = || value.trim().eq_ignore_ascii_case("true");
    if let Some(check) = key.strip_prefix("ignore-check.kube-linter.io/") {
        return one("kube-linter", check);
    }
    if key == "kube-linter.io/ignore-all" {
        return all("kube-linter");
    }
    if key == "kube-score/ignore" {
        let checks = value.split(',').map(str::trim);
        return checks
            .flat_map(|check| if check == "*" { all("kube-score") } else { one("kube-score", check) })
            .collect();
    }
    if let Some(rest) = key.strip_prefix("polaris.fairwinds.com/") {
        return match rest.strip_suffix("exempt") {
            Some("") if off() => all("polaris"),
            Some(check) if off() => one("polaris", check.trim_end_matches('-')),
            _ => Vec::new(),
        };
    }
    if let Some(number) = key.strip_prefix("checkov.io/skip")
        && number.bytes().all(|byte| byte.is_ascii_digit())
    {
        let check = value.split_once('=').map_or(value, |(check, _)| check);
        return one("checkov", check.trim());
    }
    Vec::new()
}

/// The rules that a comment switches off for another tool; none if it is none.
#[must_use]
pub fn peer_comment(comment: &str) -> Vec<&'static str> {
    let mut found = Vec::new();
    for word in comment.trim_start_matches(['#', '/', ' ', '\t']).split_whitespace() {
        if let Some(rest) = word.strip_prefix("checkov:skip=") {
            found.extend(one("checkov", rest.split(':').next().unwrap_or_default()));
        } else if let Some(rest) = word.strip_prefix("trivy:ignore:").or_else(|| word.strip_prefix("tfsec:ignore:")) {
            found.extend(one("trivy", rest.split(':').next().unwrap_or_default()));
        } else {
            break; // what follows is prose
        }
    }
    found
}

fn one(tool: &str, check: &str) -> Vec<&'static str> {
    let is_theirs = |rule: &&&str| peer_checks().iter().any(|known| known.tool == tool && known.rules.contains(*rule));
    rules_of_peer(check).unwrap_or_default().iter().filter(is_theirs).copied().collect()
}

fn all(tool: &str) -> Vec<&'static str> {
    let rules = peer_checks().iter().filter(|check| check.tool == tool).flat_map(|check| &check.rules);
    let mut rules: Vec<&str> = rules.copied().collect();
    rules.sort_unstable();
    rules.dedup();
    rules
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn annotations() {
        for (key, value, expected) in [
            ("ignore-check.kube-linter.io/privileged-container", "it must", &["privileged-container"][..]),
            ("ignore-check.kube-linter.io/nothing-known", "", &[]),
            (
                "kube-score/ignore",
                "container-image-tag, pod-networkpolicy",
                &["latest-image-tag", "missing-network-policy"],
            ),
            ("polaris.fairwinds.com/hostNetworkSet-exempt", "true", &["host-network"]),
            ("polaris.fairwinds.com/hostNetworkSet-exempt", "false", &[]),
            ("checkov.io/skip1", "CKV_K8S_20=it must", &["privilege-escalation"]),
            ("checkov.io/skipped", "CKV_K8S_20=it must", &[]),
            ("app.kubernetes.io/name", "privileged-container", &[]),
        ] {
            assert_eq!(peer_annotation(key, value), expected, "{key}");
        }
        assert!(peer_annotation("kube-linter.io/ignore-all", "because").len() > 30);
        assert!(peer_annotation("polaris.fairwinds.com/exempt", "true").len() > 20);
    }

    #[test]
    fn comments() {
        for (comment, expected) in [
            ("#checkov:skip=CKV_K8S_16:it must", &["privileged-container"][..]),
            ("# checkov:skip=CKV_K8S_16", &["privileged-container"]),
            ("#trivy:ignore:KSV017", &["privileged-container"]),
            ("# trivy:ignore:AVD-KSV-0017 trivy:ignore:KSV-0009", &["privileged-container", "host-network"]),
            ("# we use checkov:skip=CKV_K8S_16", &[]),
            ("# kate: ignore[host-network] why", &[]),
        ] {
            assert_eq!(peer_comment(comment), expected, "{comment}");
        }
    }
}
