//! One declaration per rule.

/// Declare a rule's [`RuleMeta`](crate::diagnostic::RuleMeta) as a static, and, for rules of the
/// `rules` module, its type.
///
/// The page `<id>.md` beside the source is its documentation, its `kate explain` text and its test
/// suite.
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
/// Findings that other modules make are declared with `static NAME = "id" { … }`, any number in
/// one module. Optional entries, in this order: `enabled: false`, `security_severity: "7.5"`,
/// `ignorable: false`.
macro_rules! declare_rule {
    ($name:ident = $id:literal { summary: $summary:literal, $($rest:tt)* }) => {
        #[doc = $summary]
        pub(crate) struct $name;

        $crate::diagnostic::declare_rule! { static META = $id { summary: $summary, $($rest)* } }
    };
    (static $name:ident = $id:literal {
        summary: $summary:literal,
        group: $group:ident, level: $level:ident, confidence: $confidence:ident, fix: $fix:ident, since: $since:literal,
        $(enabled: $enabled:literal,)? $(security_severity: $score:literal,)? $(ignorable: $ignorable:literal,)?
    }) => {
        #[doc = $summary]
        pub(crate) static $name: $crate::diagnostic::RuleMeta = $crate::diagnostic::RuleMeta {
            id: $crate::diagnostic::RuleId::new($id),
            summary: std::borrow::Cow::Borrowed($summary),
            group: $crate::diagnostic::Group::$group,
            level: $crate::diagnostic::Severity::$level,
            enabled: true $(&& $enabled)?,
            confidence: $crate::diagnostic::Confidence::$confidence,
            status: $crate::diagnostic::Status::Preview,
            since: $since,
            fix: $crate::diagnostic::FixAvailability::$fix,
            security_severity: $crate::diagnostic::declare_rule!(@option $($score)?),
            ignorable: true $(&& $ignorable)?,
            docs: std::borrow::Cow::Borrowed(include_str!(concat!($id, ".md"))),
        };
    };
    (@option $score:literal) => { Some($score) };
    (@option) => { None };
}

pub(crate) use declare_rule;
