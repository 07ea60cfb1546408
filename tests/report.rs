//! Every output format, compared with recorded bytes (`KATE_UPDATE=1` records), validated against
//! its schema, and attacked with hostile text.

#![allow(clippy::disallowed_methods, reason = "tests read and record files of the checkout")]

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use kate::diagnostic::{
    Applicability, Confidence, Diagnostic, Edit, Fix, FixAvailability, Group, RuleId, RuleMeta, Severity, Status,
};
use kate::report::{Format, KnownVersion, References, Report, Style, Summary, Suppressed, UnknownLine, render};
use kate::text::{RepoPath, Side, SourceFile, Sources, Span};

/// Compare with a recorded file.
fn check(name: &str, actual: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/report").join(name);
    if std::env::var_os("KATE_UPDATE").is_some() {
        std::fs::write(&path, actual).expect("snapshot is written");
        return;
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        actual == expected,
        "{name} differs; KATE_UPDATE=1 records it\n--- expected\n{expected}\n--- actual\n{actual}"
    );
}

fn rule(id: &'static str, level: Severity, group: Group, score: Option<&'static str>) -> RuleMeta {
    RuleMeta {
        id: RuleId::new(id),
        summary: Cow::Borrowed("a workload reads something that nothing creates"),
        group,
        level,
        enabled: true,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "0.1.0",
        fix: FixAvailability::Sometimes,
        security_severity: score,
        ignorable: true,
        docs: Cow::Borrowed(
            "# rule\n\n## What it does\n\nFinds a reference to nothing.\n\n## Why is this bad?\n\nIt fails.\n",
        ),
    }
}

/// Files and where things are in them.
#[derive(Default)]
struct Repo {
    sources: Sources,
}

impl Repo {
    fn add(&mut self, path: &str, text: &str, side: Side) {
        let path = RepoPath::new(path).expect("a path inside the root");
        let file = SourceFile::new(self.sources.next_id(), path, Arc::from(text), side, true);
        self.sources.push(Arc::new(file));
    }

    /// The first place of a text in the last added file of a path.
    fn at(&self, path: &str, needle: &str) -> Span {
        let file = self.sources.iter().filter(|file| file.path.as_str() == path).last().expect("the file was added");
        let start = file.text.find(needle).expect("the text is in the file");
        Span::new(file.id, start, start + needle.len())
    }
}

const DEPLOYMENT: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
spec:
  template:
    spec:
      containers:
        - name: web
          env:
            - name: DB_PASSWORD
              valueFrom:
                secretKeyRef:
                  name: db-creds
                  key: password
";

const EXTERNAL_SECRET: &str = "\
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata:
  name: db
  namespace: shop
spec:
  secretStoreRef:
    name: vault
    kind: ClusterSecretStore
  target:
    name: db-credentials
";

fn version(project: &'static str, version: Option<&str>, cluster: Option<&str>, path: &str) -> KnownVersion {
    KnownVersion {
        project,
        version: version.map(str::to_owned),
        minimum: false,
        cluster: cluster.map(str::to_owned),
        evidence: "declared",
        path: path.to_owned(),
        line: 7,
        places: 1,
    }
}

struct Case {
    repo: Repo,
    diagnostics: Vec<Diagnostic>,
    rules: Vec<RuleMeta>,
    summary: Summary,
    root: RepoPath,
}

impl Case {
    fn render(&self, format: Format, style: Style) -> String {
        let rules: Vec<&RuleMeta> = self.rules.iter().collect();
        render(
            format,
            &Report {
                sources: &self.repo.sources,
                diagnostics: &self.diagnostics,
                rules: &rules,
                summary: &self.summary,
                root_in_git: &self.root,
                secrets: &[],
                style,
            },
        )
    }
}

/// Findings across files and layers, as a real run has them.
fn realistic() -> Case {
    let mut repo = Repo::default();
    let (deployment, external, kustomization) =
        ("apps/web/deployment.yaml", "apps/web/external-secret.yaml", "apps/web/kustomization.yaml");
    repo.add(deployment, DEPLOYMENT, Side::Head);
    repo.add(external, EXTERNAL_SECRET, Side::Head);
    repo.add(kustomization, "resources:\n  - deployment.yaml\n  - external-secret.yaml\n  - servce.yaml\n", Side::Head);
    repo.add("infra/main.tf", "resource \"aws_db_instance\" \"shop\" {\n\tinstance_class = \"db.t3.micro\"\n\ttags = {\n\t\tnäme = \"läden\"\n\t}\n}\n", Side::Head);
    repo.add(
        "infra/main.tf",
        "resource \"aws_db_instance\" \"shop\" {\n\tinstance_class = \"db.m5.large\"\n}\n",
        Side::Base,
    );
    repo.add(
        "apps/web/secret.yaml",
        "kind: Secret\r\nstringData:\r\n  user: shop\r\n  password: hunter2-läden\r\n  other: x\r\n",
        Side::Head,
    );

    let dangling = rule("dangling-secret", Severity::Error, Group::Kubernetes, None);
    let entry = rule("dangling-kustomization-entry", Severity::Error, Group::Kustomize, None);
    let change = rule("destructive-instance-change", Severity::Warning, Group::Change, None);
    let plaintext = rule("plaintext-secret", Severity::Error, Group::Security, Some("7.5"));
    let hint = rule("unpinned-image", Severity::Info, Group::Policy, None);
    let name = repo.at(deployment, "db-creds");
    let diagnostics = vec![
        Diagnostic::new(&dangling, name, "Deployment `web` reads Secret `db-creds`, which nothing creates", "shop/Deployment/web")
            .primary("no Secret of this name in namespace `shop`")
            .label(repo.at(external, "db-credentials"), "this ExternalSecret creates a Secret with a near name")
            .flow(repo.at(kustomization, "deployment.yaml"), "deployed by this entry")
            .flow(repo.at(kustomization, "external-secret.yaml"), "deployed by this entry")
            .note("the pod stays in CreateContainerConfigError until the Secret exists")
            .help("read the Secret that the ExternalSecret creates, or create the one that is read, in the same namespace as the Deployment")
            .fix(Fix::replace(Applicability::Safe, "rename to `db-credentials`", name, "db-credentials")),
        Diagnostic::new(&entry, repo.at(kustomization, "servce.yaml"), "`servce.yaml` does not exist", "apps/web/servce.yaml")
            .fix(Fix { title: "create it".to_owned(), applicability: Applicability::DisplayOnly, edits: vec![Edit::Create {
                path: RepoPath::new("apps/web/servce.yaml").expect("inside"), text: "kind: Service\n".to_owned() }] }),
        Diagnostic::new(&plaintext, repo.at("apps/web/secret.yaml", "hunter2-läden"), "Secret holds a password in plain text", "Secret/shop/password")
            .primary("a password").redacted(),
        Diagnostic::new(&change, repo.at("infra/main.tf", "\"db.m5.large\""), "`aws_db_instance.shop` gets a smaller instance class", "aws_db_instance.shop")
            .primary("was large")
            .label(Span { file: kate::text::FileId(3), start: 37, end: 67 }, "is small now"),
        Diagnostic::new(&hint, repo.at("infra/main.tf", "instance_class"), "a hint of a policy", "x").severity(Severity::Info),
    ];
    let summary = Summary {
        files: 1412,
        objects: 350,
        units: 41,
        references: References { resolved: 771, missing: 3, unknown: 38 },
        suppressed: Suppressed { comments: 1, annotations: 0, baseline: 1 },
        unknown: vec![
            UnknownLine {
                reason: "the chart `redis` is fetched from https://charts.example.com".to_owned(),
                count: 21,
                remedy: Some("external: [{kind: Secret, name: redis-*}]".to_owned()),
            },
            UnknownLine {
                reason: "the ApplicationSet `clusters` reads clusters that are registered at run time".to_owned(),
                count: 17,
                remedy: None,
            },
        ],
        versions: vec![
            version("kubernetes", Some("1.30"), Some("prod"), "kate.yaml"),
            KnownVersion { minimum: true, places: 2, ..version("kubernetes", Some("1.31"), None, "terraform/gke.tf") },
            version("external-secrets", None, None, "apps/external-secrets.yaml"),
        ],
        notes: vec!["assumed that `apps/` is deployed to one cluster, because nothing says otherwise".to_owned()],
        ..Summary::default()
    }
    .counting(&diagnostics);
    Case {
        repo,
        diagnostics,
        rules: vec![dangling, entry, change, plaintext, hint],
        summary,
        root: RepoPath::new("gitops repo").expect("inside"),
    }
}

/// Untrusted text wherever a repository can put some.
fn hostile() -> Case {
    const EVIL: &str = "\u{1b}[31m\u{202e}::error::x\r\n%0A`<img src=x onerror=1>` @team #1 GH-2 [a](http://b) |pipe| www.evil.com ]]> &\u{0}\u{9b}\u{1}";
    let mut repo = Repo::default();
    let path = "a:b,c%/\u{1b}]0;x\u{7}<&>\"'.yaml";
    repo.add(path, &format!("key: {EVIL}\n\tvalue: {}\n", "0123456789".repeat(50)), Side::Head);
    repo.add("gone.yaml", "a: 1\nb: 2\n", Side::Base);
    let evil = rule("evil", Severity::Error, Group::Security, Some("9.8"));
    let whole = Span::new(kate::text::FileId(0), 0, 500);
    let far = Span::new(kate::text::FileId(0), 400, 410);
    let beyond = Span::new(kate::text::FileId(0), 9000, 9001);
    let gone = repo.at("gone.yaml", "b: 2");
    let diagnostics = vec![
        Diagnostic::new(&evil, whole, EVIL, EVIL)
            .primary(EVIL)
            .label(gone, EVIL)
            .flow(far, EVIL)
            .note(EVIL)
            .help(EVIL)
            .fix(Fix::replace(Applicability::Unsafe, EVIL, far, "new")),
        Diagnostic::new(&evil, far, "far to the right", "x").label(beyond, "after the end"),
        Diagnostic::new(&evil, gone, "about a file that is gone", "y"),
        Diagnostic::new(&rule("not-listed", Severity::Info, Group::Meta, None), beyond, "", ""),
    ];
    let summary = Summary {
        unknown: vec![UnknownLine { reason: EVIL.to_owned(), count: 1, remedy: Some(EVIL.to_owned()) }],
        versions: vec![version("kubernetes", Some(EVIL), Some(EVIL), EVIL)],
        notes: vec![EVIL.to_owned()],
        ..Summary::default()
    }
    .counting(&diagnostics);
    Case { repo, diagnostics, rules: vec![evil], summary, root: RepoPath::root() }
}

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).expect("the output is JSON")
}

#[track_caller]
fn validate(schema: &str, instance: &serde_json::Value) {
    let validator = jsonschema::validator_for(&json(schema)).expect("the schema is a schema");
    let errors: Vec<String> =
        validator.iter_errors(instance).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

fn formats(case: &Case, name: &str) {
    for format in Format::ALL {
        check(&format!("{name}.{format}.txt"), &case.render(format, Style::default()));
    }
}

#[test]
fn realistic_findings_in_every_format() {
    formats(&realistic(), "realistic");
}

#[test]
fn hostile_text_in_every_format() {
    formats(&hostile(), "hostile");
}

#[test]
fn nothing_found_in_every_format() {
    let case = Case {
        repo: Repo::default(),
        diagnostics: Vec::new(),
        rules: Vec::new(),
        summary: Summary::default(),
        root: RepoPath::root(),
    };
    formats(&case, "silent");
}

#[test]
fn terminal_styles() {
    let case = realistic();
    check("style.color-links.txt", &case.render(Format::Full, Style { color: true, links: true, ..Style::default() }));
    check(
        "style.ascii-narrow.txt",
        &case.render(Format::Full, Style { unicode: false, width: 50, ..Style::default() }),
    );
}

#[test]
fn json_follows_its_schema() {
    let schema = include_str!("../schemas/report.schema.json");
    let mut lines = json(schema);
    lines["$ref"] = serde_json::json!("#/$defs/diagnostic");
    for key in ["type", "required", "additionalProperties", "properties"] {
        lines.as_object_mut().expect("an object").remove(key);
    }
    for case in [realistic(), hostile()] {
        validate(schema, &json(&case.render(Format::Json, Style::default())));
        for line in case.render(Format::JsonLines, Style::default()).lines() {
            validate(&lines.to_string(), &json(line));
        }
    }
}

#[test]
fn sarif_follows_its_schema() {
    for case in [realistic(), hostile()] {
        let log = json(&case.render(Format::Sarif, Style::default()));
        validate(include_str!("../schemas/sarif-2.1.0.json"), &log);
        for result in log["runs"][0]["results"].as_array().expect("results") {
            assert!(!result["message"]["text"].as_str().expect("a message").trim().is_empty());
            assert_eq!(result["locations"].as_array().expect("locations").len(), 1);
        }
    }
}

#[test]
fn sarif_keeps_the_worst_findings_within_the_limit() {
    let mut case = realistic();
    let one = case.diagnostics[0].clone();
    case.diagnostics = vec![one.clone().severity(Severity::Info); 5001];
    case.diagnostics.push(one);
    let log = json(&case.render(Format::Sarif, Style::default()));
    let results = log["runs"][0]["results"].as_array().expect("results");
    assert_eq!((results.len(), results[0]["level"].as_str()), (5000, Some("error")));
    let said = log["runs"][0]["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"].to_string();
    assert!(said.contains("2 findings of the lowest severity are left out"), "{said}");
}

#[test]
fn github_stops_at_ten_annotations_per_level() {
    let mut case = realistic();
    let one = case.diagnostics[0].clone();
    case.diagnostics = (0..12).map(|_| one.clone().severity(Severity::Warning)).collect();
    case.diagnostics.extend((0..10).map(|_| one.clone()));
    let text = case.render(Format::Github, Style::default());
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.iter().filter(|line| line.starts_with("::error ")).count(), 10);
    assert_eq!(lines.iter().filter(|line| line.starts_with("::warning ")).count(), 10);
    assert!(lines[..10].iter().all(|line| line.starts_with("::error ")), "errors come first");
    assert_eq!(lines[19], "::warning title=kate::3 more in the summary");
}

#[test]
fn markdown_fits_a_comment() {
    let mut case = realistic();
    case.diagnostics = vec![case.diagnostics[0].clone(); 2000];
    let text = case.render(Format::Markdown, Style::default());
    assert!(text.len() < 65_536, "{} bytes", text.len());
    assert!(text.contains("more are left out here"));
}

#[test]
fn no_format_lets_control_characters_out() {
    for format in Format::ALL {
        let text = hostile().render(format, Style::default());
        let bad = text.chars().find(|c| (c.is_control() && *c != '\n') || matches!(c, '\u{202a}'..='\u{202e}'));
        assert_eq!(bad, None, "{format}");
    }
}

#[test]
fn no_format_shows_a_redacted_value() {
    let mut case = realistic();
    let secret = case.diagnostics[2].primary_span();
    let meta = rule("other", Severity::Warning, Group::Meta, None);
    // Another finding on the same and on the next line must not show it either.
    let line = Span { start: secret.start - 5, ..secret };
    case.diagnostics.push(Diagnostic::new(&meta, line, "another finding", "x"));
    case.diagnostics.push(Diagnostic::new(
        &meta,
        Span { start: secret.end + 3, end: secret.end + 4, ..secret },
        "next line",
        "x",
    ));
    for format in Format::ALL {
        let text = case.render(format, Style::default());
        assert!(!text.contains("hunter2") && !text.contains("läden\\r"), "{format}:\n{text}");
    }
}

/// Whatever spans a rule gives, the excerpt is drawn.
#[test]
fn any_span_can_be_drawn() {
    let texts =
        ["", "\n", "a", "a\r\nb\r\n", "é\tü\n\n\n日本語: \u{1b}x\n", "a\rb\rc", "\u{feff}k: v\n", &"x".repeat(3000)];
    let meta = rule("any", Severity::Error, Group::Meta, None);
    for text in texts {
        let mut repo = Repo::default();
        repo.add("f", text, Side::Head);
        let limit = text.len().min(24) + 2;
        let span = |start, end| Span::new(kate::text::FileId(0), start, end);
        let mut diagnostics = Vec::new();
        for start in 0..limit {
            for end in start..limit {
                let one = Diagnostic::new(&meta, span(start, end), "m", "s").primary("p");
                diagnostics.push(one.clone().label(span(end / 2, end), "r").flow(span(end, text.len()), ""));
                diagnostics.push(one.redacted());
            }
        }
        let case =
            Case { repo, diagnostics, rules: vec![meta.clone()], summary: Summary::default(), root: RepoPath::root() };
        for format in Format::ALL {
            assert!(!case.render(format, Style { width: 0, ..Style::default() }).is_empty());
        }
    }
}
