//! The fields that name something: what each is called in tables and in findings.

use std::fmt;

macro_rules! reference_kinds {
    ($($(#[$doc:meta])* $name:ident = $id:literal, $phrase:literal;)*) => {
        /// The fields that name something. The name is used in coverage and recall tables.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum ReferenceKind { $($(#[$doc])* $name,)* }
        impl ReferenceKind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];
            /// Its name in tables.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $id,)* }
            }
            /// What the holder does with the target: "reads", "runs as".
            #[must_use]
            pub fn verb(self) -> &'static str {
                match self { $(Self::$name => $phrase,)* }
            }
        }
    };
}

reference_kinds! {
    /// `spec.source.path` of an Application.
    ApplicationPath = "application-path", "deploys";
    /// `spec.project` of an Application.
    ApplicationProject = "application-project", "belongs to";
    /// `spec.destination` of an Application.
    ApplicationDestination = "application-destination", "deploys to";
    /// `helm.valueFiles` of an Application.
    ApplicationValueFile = "application-value-file", "reads";
    /// An entry of a kustomization that names a file or directory.
    KustomizationEntry = "kustomization-entry", "includes";
    /// `secretStoreRef` of an `ExternalSecret`, wherever it stands.
    SecretStore = "secret-store", "reads from";
    /// `remoteRef` and `extract` keys of an `ExternalSecret`; the property is the reference's key.
    RemoteSecret = "remote-secret", "fetches";
    /// A workload's environment variables from a Secret.
    SecretEnv = "secret-env", "reads";
    /// A workload's `envFrom` Secret.
    SecretEnvFrom = "secret-env-from", "reads";
    /// A workload's volume from a Secret.
    SecretVolume = "secret-volume", "mounts";
    /// `imagePullSecrets`.
    PullSecret = "pull-secret", "pulls images with";
    /// Credentials of a secret store or a cloud provider.
    StoreCredentials = "store-credentials", "authenticates with";
    /// The service account by which a secret store, its client or an issuer logs in.
    StoreAccount = "store-account", "logs in as";
    /// How the Vault secrets operator logs in, and where.
    VaultAuth = "vault-auth", "logs in by";
    /// `tls.secretName` of an Ingress.
    IngressTls = "ingress-tls", "serves TLS with";
    /// A workload's environment variables from a ConfigMap.
    ConfigMapEnv = "config-map-env", "reads";
    /// A workload's `envFrom` ConfigMap.
    ConfigMapEnvFrom = "config-map-env-from", "reads";
    /// A workload's volume from a ConfigMap.
    ConfigMapVolume = "config-map-volume", "mounts";
    /// A workload's service account.
    ServiceAccount = "service-account", "runs as";
    /// A workload's claim.
    PersistentVolumeClaim = "persistent-volume-claim", "mounts";
    /// A Service's selector.
    ServiceSelector = "service-selector", "selects";
    /// A Service's named target port.
    ServicePort = "service-port", "forwards to";
    /// An Ingress's backend Service; the port is the reference's key.
    IngressBackend = "ingress-backend", "routes to";
    /// A workload's CSI volume of secrets.
    SecretProviderClass = "secret-provider-class", "mounts";
    /// A workload's projected trust bundle.
    TrustBundle = "trust-bundle", "mounts";
    /// A workload's claim of devices.
    ResourceClaim = "resource-claim", "claims devices with";
    /// `priorityClassName`.
    PriorityClass = "priority-class", "is scheduled with";
    /// `runtimeClassName`.
    RuntimeClass = "runtime-class", "runs with";
    /// `storageClassName` of a claim, wherever it stands.
    StorageClass = "storage-class", "is provisioned by";
    /// `volumeName` of a claim, the content of a snapshot.
    PersistentVolume = "persistent-volume", "is bound to";
    /// `dataSource` of a claim.
    VolumeSource = "volume-source", "is filled from";
    /// `claimRef` of a volume.
    BoundClaim = "bound-claim", "is reserved for";
    /// The driver of a volume.
    CsiDriver = "csi-driver", "is mounted by";
    /// A priority class whose pods a quota counts.
    QuotaScope = "quota-scope", "counts the pods of";
    /// Credentials of a storage driver.
    StorageSecret = "storage-secret", "authenticates with";
    /// The class of a snapshot.
    SnapshotClass = "snapshot-class", "is taken with";
    /// The claim of a snapshot.
    SnapshotSource = "snapshot-source", "is taken of";
    /// `serviceName` of a StatefulSet.
    GoverningService = "governing-service", "is governed by";
    /// `secrets` of a service account.
    AccountSecret = "account-secret", "lists";
    /// The label that says to which Service a slice of endpoints belongs.
    EndpointService = "endpoint-service", "belongs to";
    /// `ingressClassName`.
    IngressClass = "ingress-class", "is served by";
    /// The annotation that stood for `ingressClassName`: a class of a controller, which needs no object.
    IngressAnnotation = "ingress-annotation", "is served by";
    /// A backend of an Ingress that is no Service.
    IngressResource = "ingress-resource", "routes to";
    /// A Secret in an annotation of an Ingress.
    IngressSecret = "ingress-secret", "authenticates with";
    /// `parameters` of an IngressClass, a GatewayClass or a Gateway, and what configures a machine or an Alertmanager.
    ClassParameters = "class-parameters", "is configured by";
    /// `gatewayClassName`.
    GatewayClass = "gateway-class", "is implemented by";
    /// A certificate of a Gateway's listener.
    GatewayCertificate = "gateway-certificate", "serves TLS with";
    /// `parentRefs` of a route; the section is the reference's key.
    RouteParent = "route-parent", "is attached to";
    /// `backendRefs` of a route; the port is the reference's key.
    RouteBackend = "route-backend", "routes to";
    /// A filter of a route that is an object of its own.
    RouteExtension = "route-extension", "filters with";
    /// What allows a reference into another namespace.
    ReferenceGrant = "reference-grant", "needs";
    /// `targetRefs` of a policy of the Gateway API.
    PolicyTarget = "policy-target", "applies to";
    /// What an autoscaler scales.
    ScaleTarget = "scale-target", "scales";
    /// The object of an autoscaler's metric.
    MetricObject = "metric-object", "measures";
    /// `workloadRef` of a Rollout.
    WorkloadRef = "workload-ref", "takes its pods from";
    /// `authenticationRef` of a trigger of KEDA.
    TriggerAuthentication = "trigger-authentication", "authenticates with";
    /// A Secret of a TriggerAuthentication.
    TriggerSecret = "trigger-secret", "reads";
    /// The selector of a PodDisruptionBudget.
    DisruptionSelector = "disruption-selector", "protects";
    /// A selector of a NetworkPolicy.
    PolicySelector = "policy-selector", "selects";
    /// A selector of pods that a NetworkPolicy lets in or out.
    PolicyPeer = "policy-peer", "lets through";
    /// A named port of what a NetworkPolicy lets through.
    PolicyPort = "policy-port", "allows";
    /// `roleRef`.
    Role = "role", "grants";
    /// A service account among the subjects of a binding.
    RoleSubject = "role-subject", "grants rights to";
    /// What a ClusterRole is put together from.
    AggregatedRole = "aggregated-role", "aggregates";
    /// The Service of a webhook; the port is the reference's key.
    WebhookService = "webhook-service", "calls";
    /// The Service of an APIService; the port is the reference's key.
    ApiService = "api-service", "is served by";
    /// Whose certificate authority is injected.
    InjectedAuthority = "injected-authority", "trusts";
    /// `policyName` of a binding of an admission policy.
    AdmissionPolicy = "admission-policy", "binds";
    /// `paramRef` of a binding of an admission policy.
    AdmissionParameter = "admission-parameter", "takes parameters from";
    /// The template that makes the kind of a constraint of Gatekeeper.
    ConstraintTemplate = "constraint-template", "is a constraint of";
    /// The issuer of a certificate.
    Issuer = "issuer", "gets certificates from";
    /// Credentials of an issuer.
    IssuerSecret = "issuer-secret", "authenticates with";
    /// The selector of a ServiceMonitor or PodMonitor.
    MonitorSelector = "monitor-selector", "scrapes";
    /// What a Prometheus collects: its selectors of monitors and rules.
    PrometheusSelector = "prometheus-selector", "collects";
    /// The selector of the Grafanas that something is imported into.
    GrafanaSelector = "grafana-selector", "is imported into";
    /// A port of a ServiceMonitor or PodMonitor.
    MonitorPort = "monitor-port", "scrapes";
    /// Credentials for scraping or alerting.
    MonitorSecret = "monitor-secret", "reads";
    /// The Service of an Alertmanager; the port is the reference's key.
    AlertService = "alert-service", "sends alerts to";
    /// A Gateway of a VirtualService.
    MeshGateway = "mesh-gateway", "is attached to";
    /// A host of Istio that is a Service; the port is the reference's key.
    MeshHost = "mesh-host", "routes to";
    /// The VirtualService that another one hands requests to.
    MeshDelegate = "mesh-delegate", "delegates to";
    /// A subset of a host of Istio.
    MeshSubset = "mesh-subset", "routes to";
    /// `credentialName` of a Gateway of Istio.
    MeshCredential = "mesh-credential", "serves TLS with";
    /// The selector of a resource of Istio.
    MeshSelector = "mesh-selector", "applies to";
    /// A Service of a Rollout.
    RolloutService = "rollout-service", "shifts traffic with";
    /// An Ingress, VirtualService or route of a Rollout.
    RolloutRoute = "rollout-route", "shifts traffic with";
    /// An analysis of a Rollout.
    AnalysisTemplate = "analysis-template", "is judged by";
    /// Credentials of an analysis.
    AnalysisSecret = "analysis-secret", "reads";
    /// A template of a Workflow; the template within it is the reference's key.
    WorkflowTemplate = "workflow-template", "runs";
    /// The bus of an event source or sensor.
    EventBus = "event-bus", "is connected to";
    /// What a sensor listens to.
    EventSource = "event-source", "listens to";
    /// `nodeClassRef` of a NodePool.
    NodeClass = "node-class", "makes nodes of";
    /// `providerConfigRef` of a resource of Crossplane.
    ProviderConfig = "provider-config", "is made with";
    /// Credentials of a database that an operator runs.
    DatabaseSecret = "database-secret", "reads";
    /// The cluster of an operator that a custom resource belongs to.
    OperandCluster = "operand-cluster", "belongs to";
    /// The source of a Flux object.
    FluxSource = "flux-source", "reads from";
    /// What a Flux object waits for.
    FluxDependency = "flux-dependency", "waits for";
    /// A Secret of a Flux object.
    FluxSecret = "flux-secret", "reads";
    /// What a PushSecret pushes.
    PushedSecret = "pushed-secret", "pushes";
    /// A ConfigMap that a controller reads for a custom resource.
    ControllerConfigMap = "controller-config-map", "reads";
    /// A Secret that a controller reads for a custom resource.
    ControllerSecret = "controller-secret", "reads";
    /// `var.x` in Terraform.
    TerraformVariable = "terraform-variable", "uses";
    /// `local.x` in Terraform.
    TerraformLocal = "terraform-local", "uses";
    /// `type.name` and `data.type.name` in Terraform.
    TerraformResource = "terraform-resource", "uses";
    /// `module.x` in Terraform.
    TerraformModule = "terraform-module", "uses";
    /// `source` of a local module.
    TerraformModuleSource = "terraform-module-source", "calls";
    /// `module.x.output` in Terraform.
    TerraformModuleOutput = "terraform-module-output", "uses";
    /// An argument of a module call.
    TerraformModuleArgument = "terraform-module-argument", "passes";
    /// `data.terraform_remote_state.x.outputs.y`.
    TerraformRemoteState = "terraform-remote-state", "reads";
}

impl ReferenceKind {
    /// Whether it selects by labels: what it names is a selector.
    #[must_use]
    pub fn is_selector(self) -> bool {
        matches!(
            self,
            Self::ServiceSelector
                | Self::DisruptionSelector
                | Self::PolicySelector
                | Self::PolicyPeer
                | Self::MonitorSelector
                | Self::PrometheusSelector
                | Self::GrafanaSelector
                | Self::AggregatedRole
                | Self::MeshSelector
        ) || self.is_port_of_selected()
    }

    /// Whether it is a port of what a selector selects.
    #[must_use]
    pub fn is_port_of_selected(self) -> bool {
        matches!(self, Self::ServicePort | Self::MonitorPort | Self::PolicyPort)
    }
}

impl fmt::Display for ReferenceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
