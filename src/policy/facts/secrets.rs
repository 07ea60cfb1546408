//! Candidates for secrets.
use crate::policy::input::PolicyInput;
use crate::value::Value;
pub(in crate::policy) fn facts(_input: &PolicyInput<'_>) -> Vec<Value> {
    Vec::new()
}
