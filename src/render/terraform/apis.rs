//! Which API of the cluster a Terraform resource speaks: what its manifest says, or the one that the
//! provider's code has for its type.

use crate::model::terraform::Resource;
use crate::syntax::yaml::{Schema, inline};
use crate::text::Sources;
use crate::value::{Data, Map, Origin, Str, Value};

/// An API that a resource uses.
#[derive(Clone, Debug)]
pub struct Api {
    /// `apiVersion`: where a manifest states it, else at the type of the resource.
    pub version: Value,
    /// Kind.
    pub kind: Str,
    /// The type of resource that uses the next version, if it is the type that decides.
    pub successor: Option<&'static str>,
}

impl Api {
    /// That of a manifest, if it is known.
    pub(super) fn of_manifest(manifest: &Map) -> Option<Self> {
        let version = manifest.get("apiVersion").filter(|version| version.as_str().is_some())?.clone();
        let kind = Str::from(manifest.get("kind")?.as_str()?);
        Some(Self { version, kind, successor: None })
    }

    /// Those of the manifests in a text.
    pub(super) fn of_text(sources: &Sources, text: &Value) -> Vec<Self> {
        let Some(yaml) = text.as_str() else { return Vec::new() };
        let at = text.span();
        let documents = inline(sources.get(at.file), at, yaml, Schema::Kubernetes).unwrap_or_default();
        documents.iter().filter_map(Value::as_map).filter_map(Self::of_manifest).collect()
    }

    /// That of a type: of those whose API is no longer served by every version of Kubernetes, as the clients say that
    /// the provider makes (`conn.BatchV1beta1()`).
    pub(super) fn of_type(resource: &Resource<'_>) -> Option<Self> {
        let (version, kind, successor) = match resource.kind.as_str() {
            "kubernetes_certificate_signing_request" => {
                let successor = Some("kubernetes_certificate_signing_request_v1");
                ("certificates.k8s.io/v1beta1", "CertificateSigningRequest", successor)
            }
            "kubernetes_cron_job" => ("batch/v1beta1", "CronJob", Some("kubernetes_cron_job_v1")),
            "kubernetes_csi_driver" => ("storage.k8s.io/v1beta1", "CSIDriver", Some("kubernetes_csi_driver_v1")),
            "kubernetes_horizontal_pod_autoscaler_v2beta2" => {
                let successor = Some("kubernetes_horizontal_pod_autoscaler_v2");
                ("autoscaling/v2beta2", "HorizontalPodAutoscaler", successor)
            }
            // The provider takes the older API unless one of these is there (`useV2Beta2`).
            "kubernetes_horizontal_pod_autoscaler" if has_metrics(resource) => {
                let successor = Some("kubernetes_horizontal_pod_autoscaler_v2");
                ("autoscaling/v2beta2", "HorizontalPodAutoscaler", successor)
            }
            "kubernetes_ingress" => ("extensions/v1beta1", "Ingress", Some("kubernetes_ingress_v1")),
            "kubernetes_pod_disruption_budget" => {
                ("policy/v1beta1", "PodDisruptionBudget", Some("kubernetes_pod_disruption_budget_v1"))
            }
            "kubernetes_pod_security_policy" | "kubernetes_pod_security_policy_v1beta1" => {
                ("policy/v1beta1", "PodSecurityPolicy", None)
            }
            _ => return None,
        };
        let origin = Origin::Source(resource.kind_span);
        let version = Value { data: Data::String(Str::from(version)), origin };
        Some(Self { version, kind: Str::from(kind), successor })
    }
}

fn has_metrics(resource: &Resource<'_>) -> bool {
    let mut inner = resource.block.blocks_of("spec").flat_map(|spec| &spec.body.blocks);
    inner.any(|block| matches!(block.kind.as_str(), "metric" | "behavior"))
}
