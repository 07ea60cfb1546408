//! The declaration of a rule, as rules name it.

#[allow(unused_imports, reason = "used by every rule")]
pub(crate) use crate::diagnostic::declare_rule;
