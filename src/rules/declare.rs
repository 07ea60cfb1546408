//! One declaration per rule.

/// Declare a rule: its type, and its [`RuleMeta`](crate::diagnostic::RuleMeta) as `META`.
///
/// The page `<id>.md` beside the rule's source is its documentation, its `kate explain` text and
/// its test suite.
///
/// ```ignore
/// declare_rule! {
///     UnresolvedStore = "unresolved-store" {
///         summary: "ExternalSecret names a store that nothing creates",
///         group: ExternalSecrets, level: Error, confidence: High, fix: Sometimes, since: "0.1.0",
///     }
/// }
/// impl Rule for UnresolvedStore {
///     fn meta(&self) -> &'static RuleMeta { &META }
///     …
/// }
/// ```
/// Optional entries, in this order: `enabled: false`, `security_severity: "7.5"`,
/// `ignorable: false`.
macro_rules! declare_rule {
    ($name:ident = $id:literal {
        summary: $summary:literal,
        group: $group:ident, level: $level:ident, confidence: $confidence:ident, fix: $fix:ident, since: $since:literal,
        $(enabled: $enabled:literal,)? $(security_severity: $score:literal,)? $(ignorable: $ignorable:literal,)?
    }) => {
        #[doc = $summary]
        pub(crate) struct $name;

        pub(crate) static META: $crate::diagnostic::RuleMeta = $crate::diagnostic::RuleMeta {
            id: $crate::diagnostic::RuleId::new($id),
            summary: std::borrow::Cow::Borrowed($summary),
            group: $crate::diagnostic::Group::$group,
            level: $crate::diagnostic::Severity::$level,
            enabled: true $(&& $enabled)?,
            confidence: $crate::diagnostic::Confidence::$confidence,
            status: $crate::diagnostic::Status::Preview,
            since: $since,
            fix: $crate::diagnostic::FixAvailability::$fix,
            security_severity: declare_rule!(@option $($score)?),
            ignorable: true $(&& $ignorable)?,
            docs: std::borrow::Cow::Borrowed(include_str!(concat!($id, ".md"))),
        };
    };
    (@option $score:literal) => { Some($score) };
    (@option) => { None };
}

#[allow(unused_imports)]
pub(crate) use declare_rule;
