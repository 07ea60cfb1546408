//! Crossplane: which configuration of their provider managed resources are made with, and which
//! credentials that has.

use super::Holder;
use crate::graph::{ReferenceKind, Want};
use crate::model::kubernetes::scalar;
use crate::value::{Known, Str, Value};

/// The `providerConfigRef` of a managed resource, the credentials of a configuration.
pub(super) fn all(holder: &mut Holder<'_>) {
    let object = holder.object;
    let Some((group, namespaced)) = provider_group(&object.group) else { return };
    if matches!(object.kind.as_str(), "ProviderConfig" | "ClusterProviderConfig") {
        return credentials(holder);
    }
    let Some(reference) = object.value.at(&["spec", "providerConfigRef"]) else { return };
    let Some(name) = reference.get("name") else { return };
    let kind = reference.str_at(&["kind"]).unwrap_or("ProviderConfig");
    let namespace = if namespaced && kind == "ProviderConfig" { object.namespace.clone() } else { Known::Absent };
    let want = Want { group: Str::from(group), kind: Str::from(kind), name: scalar(Some(name)), namespace, key: None };
    if !want.name.is_absent() {
        let reference = holder.unresolved(ReferenceKind::ProviderConfig, want, name.origin.clone());
        holder.out.push(reference);
    }
}

/// The Secret of a provider's configuration, which says its namespace unless it has one of its own.
fn credentials(holder: &mut Holder<'_>) {
    let object = holder.object;
    let Some(reference) = object.value.at(&["spec", "credentials", "secretRef"]) else { return };
    let (Some(name), key) = (reference.get("name"), reference.get("key")) else { return };
    let namespace = scalar(reference.get("namespace")).or_else(|| object.namespace.clone());
    let want = Want {
        group: Str::default(),
        kind: Str::from("Secret"),
        name: scalar(Some(name)),
        namespace,
        key: key.and_then(Value::as_str).map(Str::from),
    };
    if want.name.is_absent() || want.namespace.is_absent() {
        return;
    }
    let mut reference = holder.unresolved(ReferenceKind::StoreCredentials, want, name.origin.clone());
    reference.key_origin = key.map(|key| key.origin.clone());
    holder.out.push(reference);
}

/// The group of a provider's configurations: that of its resources (`s3.aws.upbound.io`) without
/// the service. Whether the resources are namespaced.
fn provider_group(group: &str) -> Option<(&str, bool)> {
    let namespaced = group.ends_with(".m.upbound.io") || group.ends_with(".m.crossplane.io");
    if !group.ends_with(".upbound.io") && !group.ends_with(".crossplane.io") {
        return None;
    }
    let labels = if namespaced { 4 } else { 3 };
    let mut rest = group;
    while rest.split('.').count() > labels {
        rest = rest.split_once('.')?.1;
    }
    (rest.split('.').count() == labels).then_some((rest, namespaced))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_of_providers() {
        assert_eq!(provider_group("s3.aws.upbound.io"), Some(("aws.upbound.io", false)));
        assert_eq!(provider_group("s3.aws.m.upbound.io"), Some(("aws.m.upbound.io", true)));
        assert_eq!(provider_group("helm.crossplane.io"), Some(("helm.crossplane.io", false)));
        assert_eq!(provider_group("apps"), None);
    }
}
