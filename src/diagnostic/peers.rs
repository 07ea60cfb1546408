//! Checks of other tools, and the rules that find the same: their names are understood.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A check of another tool.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PeerCheck {
    /// The tool: `kube-linter`.
    pub tool: &'static str,
    /// What the tool calls it.
    pub id: &'static str,
    /// The rules that find the same, if there are any.
    pub rules: Vec<&'static str>,
    /// Why there is none, or how they differ.
    pub note: &'static str,
}

/// Every check, in order of tool.
#[must_use]
pub fn peer_checks() -> &'static [PeerCheck] {
    static CHECKS: LazyLock<Vec<PeerCheck>> = LazyLock::new(|| {
        let text = include_str!("../../policies/data/peers.tsv");
        text.lines().filter(|line| !line.starts_with('#')).filter_map(check).collect()
    });
    &CHECKS
}

fn check(line: &'static str) -> Option<PeerCheck> {
    let mut fields = line.split('\t');
    let (tool, id) = (fields.next()?, fields.next()?);
    let names = fields.next().unwrap_or_default().split(',').filter(|name| !name.is_empty());
    Some(PeerCheck { tool, id, rules: names.collect(), note: fields.next().unwrap_or_default() })
}

/// The rules for a check by the name that some tool gives it; `None` if no tool has it.
#[must_use]
pub fn rules_of_peer(name: &str) -> Option<&'static [&'static str]> {
    static BY_NAME: LazyLock<BTreeMap<&str, Vec<&str>>> = LazyLock::new(|| {
        let mut by_name: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for check in peer_checks().iter().filter(|check| !check.id.ends_with('*')) {
            let rules = by_name.entry(check.id).or_default();
            rules.extend(check.rules.iter().copied());
        }
        by_name
    });
    BY_NAME.get(&*canonical(name)).map(Vec::as_slice)
}

/// Trivy's ids have had three forms: `KSV001`, `AVD-KSV-0001`, `KSV-0001`.
fn canonical(name: &str) -> String {
    let bare = name.strip_prefix("AVD-").unwrap_or(name);
    match bare.strip_prefix("KSV").map(|rest| rest.trim_start_matches('-')) {
        Some(digits) if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            format!("KSV-{digits:0>4}")
        }
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_checks() {
        for name in ["KSV001", "KSV-0001", "AVD-KSV-0001", "CKV_K8S_20", "privilegeEscalationAllowed"] {
            assert_eq!(rules_of_peer(name), Some(&["privilege-escalation"][..]), "{name}");
        }
        assert_eq!(rules_of_peer("sorted-keys"), Some(&[][..]));
        assert_eq!(rules_of_peer("missing-secret"), None);
        assert!(peer_checks().iter().all(|check| { !check.note.is_empty() || !check.rules.is_empty() }));
    }
}
