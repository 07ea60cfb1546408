//! Rules about Argo CD.

pub(super) mod missing_application_path;
pub(super) mod missing_value_file;
pub(super) mod outdated_field;
pub(super) mod unknown_destination;
pub(super) mod unknown_project;
