//! The directory of a local module must exist.

use super::facts;
use crate::diagnostic::RuleMeta;
use crate::render::terraform::FactKind;
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule};

declare_rule! {
    MissingModuleSource = "missing-module-source" {
        summary: "a module is called from a directory that does not exist",
        group: Terraform, level: Error, confidence: High, fix: Sometimes, since: "0.1.0",
    }
}

impl Rule for MissingModuleSource {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn snapshot(&self, cx: &Context<'_>) {
        facts::report(cx, &META, FactKind::ModuleSource, |name| facts::Words {
            message: format!("module source `{name}` does not exist", name = name.name),
            primary: "no such directory".to_owned(),
            consequence: "`terraform init` fails: `Unreadable module directory`",
        });
    }
}
