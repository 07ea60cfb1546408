//! A generated repository of any size in which every reference holds: Argo CD Applications of two
//! clusters, kustomizations with overlays, workloads that read ConfigMaps and Secrets, External
//! Secrets, and the Terraform that makes what these fetch.
//!
//! Invariant: the same size gives the same bytes.

/// Objects that one service comes to after rendering, on both clusters together.
const OBJECTS_PER_SERVICE: usize = 14;
const REPOSITORY: &str = "https://git.example.com/acme/deployments.git";

/// The files, as path and text, of a repository that renders to about `objects` objects.
pub(crate) fn files(objects: usize) -> Vec<(String, String)> {
    let mut files = vec![
        ("kate.yaml".to_owned(), format!("repository:\n  aliases: [{REPOSITORY}]\n")),
        ("infra/stores/kustomization.yaml".to_owned(), "resources:\n  - store.yaml\n".to_owned()),
        ("infra/stores/store.yaml".to_owned(), STORE.to_owned()),
    ];
    for cluster in ["stage", "prod"] {
        let root = application("root", "argocd", &format!("clusters/{cluster}/apps"));
        files.push((format!("clusters/{cluster}/root.yaml"), root));
        let stores = application("stores", "external-secrets", "infra/stores");
        files.push((format!("clusters/{cluster}/apps/stores.yaml"), stores));
    }
    for number in 0..objects.div_ceil(OBJECTS_PER_SERVICE) {
        service(&format!("service-{number:05}"), &mut files);
    }
    files
}

const STORE: &str = "apiVersion: external-secrets.io/v1
kind: ClusterSecretStore
metadata:
  name: aws
spec:
  provider:
    aws:
      service: SecretsManager
      region: eu-central-1
";

fn application(name: &str, namespace: &str, path: &str) -> String {
    format!(
        "apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: {name}
  namespace: argocd
spec:
  project: default
  source:
    repoURL: {REPOSITORY}
    targetRevision: HEAD
    path: {path}
  destination:
    server: https://kubernetes.default.svc
    namespace: {namespace}
  syncPolicy:
    automated: {{}}
    syncOptions:
      - CreateNamespace=true
"
    )
}

fn service(name: &str, files: &mut Vec<(String, String)>) {
    let mut add = |path: String, text: String| files.push((path, text));
    let base = format!("apps/{name}/base");
    add(
        format!("{base}/kustomization.yaml"),
        "resources:
  - deployment.yaml
  - service.yaml
  - external-secret.yaml
configMapGenerator:
  - name: settings
    literals:
      - LOG_LEVEL=info
      - WORKERS=4
"
        .to_owned(),
    );
    add(format!("{base}/deployment.yaml"), deployment(name));
    add(
        format!("{base}/service.yaml"),
        format!(
            "apiVersion: v1
kind: Service
metadata:
  name: {name}
spec:
  selector:
    app: {name}
  ports:
    - port: 80
      targetPort: http
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {name}
"
        ),
    );
    add(
        format!("{base}/external-secret.yaml"),
        format!(
            "apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata:
  name: database
spec:
  secretStoreRef:
    kind: ClusterSecretStore
    name: aws
  data:
    - secretKey: username
      remoteRef:
        key: {name}/database
        property: username
    - secretKey: password
      remoteRef:
        key: {name}/database
        property: password
"
        ),
    );
    for cluster in ["stage", "prod"] {
        add(
            format!("apps/{name}/overlays/{cluster}/kustomization.yaml"),
            format!("namespace: {name}\nresources:\n  - ../../base\n"),
        );
        let deployed = application(name, name, &format!("apps/{name}/overlays/{cluster}"));
        add(format!("clusters/{cluster}/apps/{name}.yaml"), deployed);
    }
    add(
        format!("terraform/{name}/main.tf"),
        format!(
            "variable \"region\" {{
  type    = string
  default = \"eu-central-1\"
}}

provider \"aws\" {{
  region = var.region
}}

locals {{
  name = \"{name}\"
}}

resource \"random_password\" \"database\" {{
  length = 32
}}

resource \"aws_secretsmanager_secret\" \"database\" {{
  name = \"{name}/database\"
  tags = {{ service = local.name }}
}}

resource \"aws_secretsmanager_secret_version\" \"database\" {{
  secret_id = aws_secretsmanager_secret.database.id
  secret_string = jsonencode({{
    username = local.name
    password = random_password.database.result
  }})
}}

output \"secret_arn\" {{
  value = aws_secretsmanager_secret.database.arn
}}
"
        ),
    );
}

fn deployment(name: &str) -> String {
    format!(
        "# The service {name}.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  labels:
    app: {name}
spec:
  replicas: 2
  selector:
    matchLabels:
      app: {name}
  template:
    metadata:
      labels:
        app: {name}
    spec:
      serviceAccountName: {name}
      containers:
        - name: server
          image: registry.example.com/acme/{name}:1.4.2
          ports:
            - name: http
              containerPort: 8080
          envFrom:
            - configMapRef:
                name: settings
          env:
            - name: DATABASE_USER
              valueFrom:
                secretKeyRef:
                  name: database
                  key: username
            - name: DATABASE_PASSWORD
              valueFrom:
                secretKeyRef:
                  name: database
                  key: password
          readinessProbe:
            httpGet:
              path: /healthz
              port: http
          resources:
            requests: {{cpu: 100m, memory: 128Mi}}
            limits: {{memory: 256Mi}}
          volumeMounts:
            - name: database
              mountPath: /run/secrets/database
              readOnly: true
      volumes:
        - name: database
          secret:
            secretName: database
"
    )
}
