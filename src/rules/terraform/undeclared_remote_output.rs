//! An output that is read from remote state must be declared by the root that writes the state.

use super::facts;
use crate::diagnostic::RuleMeta;
use crate::render::terraform::FactKind;
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule};

declare_rule! {
    UndeclaredRemoteOutput = "undeclared-remote-output" {
        summary: "an output of remote state is read that its root module does not declare",
        group: Terraform, level: Error, confidence: High, fix: Sometimes, since: "0.1.0",
    }
}

impl Rule for UndeclaredRemoteOutput {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn snapshot(&self, cx: &Context<'_>) {
        facts::report(cx, &META, FactKind::RemoteStateOutput, |name| facts::Words {
            message: format!(
                "the root behind `{within}` has no output `{name}`",
                name = name.name,
                within = name.within
            ),
            primary: "no such output in the root that writes this state".to_owned(),
            consequence: "the plan fails: `Unsupported attribute`; the object has no such attribute",
        });
    }
}
