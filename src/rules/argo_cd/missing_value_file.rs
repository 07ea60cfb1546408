//! Value files of an Application must exist.

use crate::diagnostic::{RuleMeta, Severity};
use crate::graph::{ReferenceKind, Resolution};
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule, Uses, support};

declare_rule! {
    MissingValueFile = "missing-value-file" {
        summary: "Application reads a Helm value file that does not exist",
        group: ArgoCd, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

impl Rule for MissingValueFile {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn reference(&self, cx: &Context<'_>, uses: &Uses<'_>) {
        let Some(first) = uses.first().filter(|first| first.kind == ReferenceKind::ApplicationValueFile) else {
            return;
        };
        let Some(name) = first.want.name.value() else { return };
        // With `ignoreMissingValueFiles` a missing file is legal; one with a nearly equal name
        // beside it is a typo that Helm will never report.
        let near = support::near_path(cx.head, name);
        if first.optional && first.resolution.is_missing() && near.is_none() {
            return;
        }
        let broken = support::Broken {
            reference: first,
            deployed: first.unit.is_none_or(|unit| cx.head.unit(unit).deployed),
            certain: true,
            units: Vec::new(),
        };
        if !matches!(first.resolution, Resolution::Missing { .. }) {
            return;
        }
        let written = cx.head.repository.sources.slice(first.origin.span()).trim_matches(['"', '\'']).to_owned();
        let holder = support::holder(cx.head, &first.from);
        let reference_name = written.strip_prefix('$').and_then(|rest| rest.split_once('/')).map(|(name, _)| name);
        let undefined = reference_name.is_some() && name == written.as_str();
        let (message, primary) = match reference_name {
            Some(reference) if undefined => (
                format!("{holder} reads `{written}`, but no source has `ref: {reference}`"),
                format!("no source with `ref: {reference}`"),
            ),
            _ => (format!("{holder} reads value file `{name}`, which does not exist"), "no such file".to_owned()),
        };
        let mut diagnostic = support::report(cx, &META, &broken, META.level, message, primary);
        diagnostic = if first.optional {
            diagnostic
                .severity(Severity::Warning)
                .note("`ignoreMissingValueFiles` hides the mistake: the values are never applied")
        } else {
            diagnostic.note("Helm cannot render the chart and the Application does not sync")
        };
        if let Some(near) = near.filter(|_| !undefined) {
            diagnostic = diagnostic.help(format!("did you mean `{near}`?"));
        }
        cx.report(diagnostic);
    }
}
