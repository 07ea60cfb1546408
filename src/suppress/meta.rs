//! The rules about ignores and the baseline.

use std::borrow::Cow;

use crate::diagnostic::{Confidence, FixAvailability, Group, RuleId, RuleMeta, Severity, Status};

macro_rules! declare {
    ($name:ident, $id:literal, $summary:literal, $fix:ident) => {
        #[doc = $summary]
        pub static $name: RuleMeta = RuleMeta {
            id: RuleId::new($id),
            summary: Cow::Borrowed($summary),
            group: Group::Meta,
            level: Severity::Warning,
            enabled: true,
            confidence: Confidence::High,
            status: Status::Preview,
            since: "0.1.0",
            fix: FixAvailability::$fix,
            security_severity: None,
            ignorable: false,
            docs: Cow::Borrowed(include_str!(concat!($id, ".md"))),
        };
    };
}

declare!(EXPIRED_IGNORE, "expired-ignore", "an ignore is older than the day that it names", None);
declare!(IGNORE_WITHOUT_REASON, "ignore-without-reason", "an ignore does not say why", None);
declare!(INVALID_IGNORE, "invalid-ignore", "an ignore is malformed or stands where it has no effect", None);
declare!(STALE_BASELINE, "stale-baseline", "the baseline lists a finding that is gone", None);
declare!(UNKNOWN_RULE_IN_IGNORE, "unknown-rule-in-ignore", "an ignore names a rule that does not exist", Sometimes);
declare!(UNUSED_IGNORE, "unused-ignore", "an ignore hides nothing", Sometimes);

/// All of them, in order of id.
pub static RULES: [&RuleMeta; 6] = [
    &EXPIRED_IGNORE,
    &IGNORE_WITHOUT_REASON,
    &INVALID_IGNORE,
    &STALE_BASELINE,
    &UNKNOWN_RULE_IN_IGNORE,
    &UNUSED_IGNORE,
];
