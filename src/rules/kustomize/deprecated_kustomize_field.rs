//! Fields that kustomize will drop should be written in their newer form.

use super::{faults, modernise};
use crate::diagnostic::{Applicability, Diagnostic, Edit, Fix, RuleMeta};
use crate::model::kustomization;
use crate::render::kustomize::fields;
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule, support};
use crate::syntax::ParsedFile;
use crate::syntax::yaml::Schema;

declare_rule! {
    DeprecatedKustomizeField = "deprecated-kustomize-field" {
        summary: "kustomization has fields that kustomize has replaced by others",
        group: Kustomize, level: Info, confidence: High, fix: Sometimes, since: "0.1.0",
    }
}

impl Rule for DeprecatedKustomizeField {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    /// One finding for each file, naming all fields.
    fn file(&self, cx: &Context<'_>, file: &ParsedFile) {
        if !kustomization::is_kustomization(file.source.path.file_name()) {
            return;
        }
        let Some(document) = file.yaml().and_then(|stream| stream.documents.first()) else { return };
        if document.broken.is_some() {
            return;
        }
        let found = fields::deprecated(&document.value(Schema::Kubernetes));
        let Some(first) = found.first() else { return };
        let mut names: Vec<String> = found.iter().map(|found| format!("`{}`", found.field)).collect();
        names.sort();
        names.dedup();
        let (has, noun) = if names.len() == 1 { ("is", "a field") } else { ("are", "fields") };
        let message = format!("{} {has} {noun} that kustomize has replaced", support::and(&names));
        let mut diagnostic = Diagnostic::new(&META, first.at, message, file.source.path.to_string())
            .severity(faults::level(cx.head, &META, first.at, &[]))
            .primary(format!("now `{}`", first.instead))
            .note("it still works, with a warning at each build; a later version of kustomize will refuse it");
        for other in found.iter().skip(1).take(8) {
            diagnostic = diagnostic.label(other.at, format!("now `{}`", other.instead));
        }
        let made = modernise::edits(cx.head, file);
        cx.report(match made {
            Some(made) => diagnostic.fix(Fix {
                title: format!("write {} in the newer form", support::and(&made.fields)),
                applicability: Applicability::Safe,
                edits: made.edits.into_iter().map(|(span, text)| Edit::Replace { span, text }).collect(),
            }),
            None => diagnostic.help("`kustomize edit fix` rewrites the file, without its comments"),
        });
    }
}
