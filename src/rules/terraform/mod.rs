//! Rules about names in Terraform.

mod facts;
pub(super) mod missing_module_argument;
pub(super) mod missing_module_source;
pub(super) mod undeclared_local;
pub(super) mod undeclared_module;
pub(super) mod undeclared_output;
pub(super) mod undeclared_remote_output;
pub(super) mod undeclared_resource;
pub(super) mod undeclared_variable;
pub(super) mod unknown_module_argument;
