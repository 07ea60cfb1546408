//! An output of a module must be declared by it.

use super::facts;
use crate::diagnostic::RuleMeta;
use crate::render::terraform::FactKind;
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule};

declare_rule! {
    UndeclaredOutput = "undeclared-output" {
        summary: "an output is read that the called module does not declare",
        group: Terraform, level: Error, confidence: High, fix: Sometimes, since: "0.1.0",
    }
}

impl Rule for UndeclaredOutput {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn snapshot(&self, cx: &Context<'_>) {
        facts::report(cx, &META, FactKind::ModuleOutput, |name| facts::Words {
            message: format!("module `{within}` has no output `{name}`", name = name.name, within = name.within),
            primary: "no such output".to_owned(),
            consequence: "Terraform refuses the configuration: `Unsupported attribute`",
        });
    }
}
