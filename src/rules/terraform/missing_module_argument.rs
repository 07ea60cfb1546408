//! A module call must set every variable without a default.

use super::facts;
use crate::diagnostic::RuleMeta;
use crate::render::terraform::FactKind;
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule};

declare_rule! {
    MissingModuleArgument = "missing-module-argument" {
        summary: "a module call leaves out a variable that has no default",
        group: Terraform, level: Error, confidence: High, fix: Sometimes, since: "0.1.0",
    }
}

impl Rule for MissingModuleArgument {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn snapshot(&self, cx: &Context<'_>) {
        facts::report(cx, &META, FactKind::RequiredArgument, |name| facts::Words {
            message: format!(
                "module `{within}` is called without `{name}`, which has no default",
                name = name.name,
                within = name.within
            ),
            primary: format!("`{name}` is not set", name = name.name),
            consequence: "Terraform refuses the configuration: `Missing required argument`",
        });
    }
}
