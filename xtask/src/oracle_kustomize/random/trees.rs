//! Random overlay trees: directories of kustomizations over bases, with fields that mostly fit what
//! is there, so that most trees build.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::objects::{Object, api_version, object, odd};
use super::spell::{self, document};
use crate::random::Random;

/// Fields that are only used if asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub(crate) enum Extra {
    /// Variables.
    Vars,
    /// Configurations of built-in plugins.
    Plugins,
}

/// A tree of files.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Tree {
    /// The directory to build.
    pub(super) build: String,
    /// YAML files with their documents.
    pub(super) documents: BTreeMap<String, Vec<Value>>,
    /// Other files.
    pub(super) texts: BTreeMap<String, String>,
    /// How the documents are spelt.
    pub(super) spelling: u64,
}

impl Tree {
    /// A tree from a seed.
    pub(super) fn random(seed: u64, extras: &[Extra]) -> Self {
        let mut random = Random::new(seed);
        let tree =
            Self { build: String::new(), documents: BTreeMap::new(), texts: BTreeMap::new(), spelling: random.next() };
        let levels = 1 + random.below(4);
        let mut maker = Maker { random, tree, number: 0, has_host: false, extras };
        let (build, _) = maker.directory(levels, true);
        Self { build, ..maker.tree }
    }

    /// Its files.
    pub(super) fn files(&self) -> Vec<(String, Vec<u8>)> {
        let spell = |documents: &Vec<Value>| {
            let spelt: Vec<String> = documents.iter().map(|value| document(value, self.spelling)).collect();
            spelt.join("---\n").into_bytes()
        };
        let documents = self.documents.iter().map(|(path, documents)| (path.clone(), spell(documents)));
        documents.chain(self.texts.iter().map(|(path, text)| (path.clone(), text.clone().into_bytes()))).collect()
    }
}

/// What a kustomization can refer to.
#[derive(Default)]
struct Scope {
    objects: Vec<Object>,
}

struct Maker<'a> {
    random: Random,
    tree: Tree,
    number: usize,
    /// Whether there is a variable of the name that objects refer to; there can be one.
    has_host: bool,
    extras: &'a [Extra],
}

impl Maker<'_> {
    fn number(&mut self) -> usize {
        self.number += 1;
        self.number
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.random.below(n) == 0
    }

    fn pick<T: Clone>(&mut self, things: &[T]) -> T {
        self.random.pick(things).cloned().unwrap_or_else(|| things[0].clone())
    }

    /// A kustomization over `levels` further ones.
    fn directory(&mut self, levels: usize, is_root: bool) -> (String, Scope) {
        let directory = format!("d{}", self.number());
        let mut scope = Scope::default();
        let mut fields = Map::new();
        let mut resources = Vec::new();
        if levels > 1 {
            for _ in 0..1 + self.random.below(2) {
                let (base, inner) = self.directory(levels - 1, false);
                scope.objects.extend(inner.objects);
                let list = if self.one_in(8) { "bases" } else { "resources" };
                let entry = json!(format!("../{base}{}", if self.one_in(8) { "/" } else { "" }));
                match list {
                    "bases" => fields.entry("bases").or_insert_with(|| json!([])).as_array_mut().map(|l| l.push(entry)),
                    _ => {
                        resources.push(entry);
                        Some(())
                    }
                };
            }
        }
        resources.extend(self.objects(&directory, &mut scope, levels == 1));
        self.random.shuffle(&mut resources);
        fields.insert("resources".to_owned(), json!(resources));
        if self.one_in(3) {
            fields.insert("apiVersion".to_owned(), json!("kustomize.config.k8s.io/v1beta1"));
            fields.insert("kind".to_owned(), json!("Kustomization"));
        }
        if levels > 1 && self.one_in(3) {
            let component = self.component(&mut scope);
            fields.insert("components".to_owned(), json!([format!("../{component}")]));
        }
        self.fields(&directory, &mut fields, &mut scope);
        if is_root {
            self.root_fields(&mut fields);
        }
        let file = self.pick(&["kustomization.yaml", "kustomization.yaml", "kustomization.yml", "Kustomization"]);
        self.write(&format!("{directory}/{file}"), fields);
        (directory, scope)
    }

    fn component(&mut self, scope: &mut Scope) -> String {
        let directory = format!("c{}", self.number());
        let mut fields = Map::new();
        fields.insert("apiVersion".to_owned(), json!("kustomize.config.k8s.io/v1alpha1"));
        fields.insert("kind".to_owned(), json!("Component"));
        if self.one_in(2) {
            let resources = self.objects(&directory, scope, true);
            fields.insert("resources".to_owned(), json!(resources));
        }
        self.fields(&directory, &mut fields, scope);
        self.write(&format!("{directory}/kustomization.yaml"), fields);
        directory
    }

    /// Write a kustomization, its fields in any order.
    fn write(&mut self, path: &str, fields: Map<String, Value>) {
        let mut fields: Vec<(String, Value)> = fields.into_iter().collect();
        self.random.shuffle(&mut fields);
        self.tree.documents.insert(path.to_owned(), vec![Value::Object(fields.into_iter().collect())]);
    }

    /// Files with objects; entries of `resources`.
    fn objects(&mut self, directory: &str, scope: &mut Scope, some: bool) -> Vec<Value> {
        let mut entries = Vec::new();
        for _ in 0..usize::from(some) + self.random.below(2) {
            let mut documents = Vec::new();
            for _ in 0..1 + self.random.below(3) {
                let number = self.number();
                let (object, value) = object(&mut self.random, number, &scope.objects);
                scope.objects.push(object);
                documents.push(value);
            }
            if self.one_in(10) {
                documents = vec![json!({"apiVersion": "v1", "kind": "List", "items": documents})];
            }
            let file = format!("f{}.yaml", self.number());
            self.tree.documents.insert(format!("{directory}/{file}"), documents);
            entries.push(json!(file));
        }
        entries
    }

    /// Fields of the root alone.
    fn root_fields(&mut self, fields: &mut Map<String, Value>) {
        if self.one_in(6) {
            let options = ["originAnnotations", "transformerAnnotations", "managedByLabel"];
            let options: Vec<&str> = options.into_iter().filter(|_| self.one_in(2)).collect();
            fields.insert("buildMetadata".to_owned(), json!(options));
        }
        if self.one_in(4) {
            let options = match self.random.below(3) {
                0 => json!({"order": "fifo"}),
                1 => json!({"order": "legacy"}),
                _ => {
                    let lists = json!({"orderFirst": ["Thing", "Service"], "orderLast": ["ConfigMap"]});
                    json!({"order": "legacy", "legacySortOptions": lists})
                }
            };
            fields.insert("sortOptions".to_owned(), options);
        }
    }

    /// Fields of kustomizations and components.
    fn fields(&mut self, directory: &str, fields: &mut Map<String, Value>, scope: &mut Scope) {
        let mut set = |name: &str, value: Value| drop(fields.insert(name.to_owned(), value));
        for (field, kind) in [("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")] {
            if self.one_in(4) {
                let made: Vec<Value> =
                    (0..1 + self.random.below(2)).map(|_| self.generator(directory, kind, scope)).collect();
                set(field, json!(made));
            }
        }
        if self.one_in(6) {
            set("generatorOptions", self.generator_options());
        }
        if self.one_in(5) {
            set("configurations", json!([self.configuration(directory)]));
        }
        if self.one_in(4) {
            let entry = self.strategic(scope);
            let text = spell::document(&entry, self.random.next());
            let entry = self.inline(directory, text);
            set("patchesStrategicMerge", json!([entry]));
        }
        if self.one_in(2) {
            let patches: Vec<Value> = (0..1 + self.random.below(2)).map(|_| self.patch(directory, scope)).collect();
            set("patches", json!(patches));
        }
        if self.one_in(8)
            && let Some(object) = self.random.pick(&scope.objects).cloned()
        {
            let (group, version) = group_version(&object.kind);
            let (name, namespace) = object.called(&mut self.random);
            let mut target = json!({"group": group, "version": version, "kind": object.kind, "name": name});
            if let Some(namespace) = namespace {
                target["namespace"] = json!(namespace);
            }
            let operations = spell::document(&self.operations(&object.kind), self.random.next());
            set("patchesJson6902", json!([{"target": target, "patch": operations}]));
        }
        if self.one_in(4) {
            let namespace = self.pick(&["here", "there", "elsewhere", "default"]);
            for object in &mut scope.objects {
                object.rename(object.current().0.clone(), Some(namespace.to_owned()));
            }
            set("namespace", json!(namespace));
        }
        for (field, texts) in [("namePrefix", ["p-", "dev.", ""]), ("nameSuffix", ["-s", "-v2", ""])] {
            if self.one_in(4) {
                let text = self.pick(&texts);
                for object in &mut scope.objects {
                    let (old, namespace) = object.current().clone();
                    let new = if field == "namePrefix" { format!("{text}{old}") } else { format!("{old}{text}") };
                    object.rename(new, namespace);
                }
                set(field, json!(text));
            }
        }
        if self.one_in(5) {
            set("commonLabels", json!({"owner": self.pick(&["me", "true", "5", "a.b"]), "app": "common"}));
        }
        if self.one_in(4) {
            let mut label = json!({"pairs": {"team": self.pick(&["x", "red", "1"]), "app.io/part": "p"}});
            match self.random.below(4) {
                0 => label["includeSelectors"] = json!(true),
                1 => label["includeTemplates"] = json!(true),
                2 => label["fields"] = json!([{"path": "spec/labels", "kind": "Thing", "create": self.one_in(2)}]),
                _ => {}
            }
            set("labels", json!([label]));
        }
        if self.one_in(5) {
            set("commonAnnotations", json!({"note": self.pick(&["n", "yes", "1.0", "a: b", "two\nlines"])}));
        }
        if self.one_in(4) {
            let images: Vec<Value> = (0..1 + self.random.below(2)).map(|_| self.image()).collect();
            set("images", json!(images));
        }
        if self.one_in(5) {
            let scaled = scope.objects.iter().filter(|object| ["Deployment", "StatefulSet"].contains(&&*object.kind));
            if let Some(object) = self.random.pick(&scaled.cloned().collect::<Vec<_>>()) {
                let (name, _) = object.called(&mut self.random);
                set("replicas", json!([{"name": name, "count": self.random.below(9)}]));
            }
        }
        if self.one_in(3)
            && let Some(replacement) = self.replacement(scope)
        {
            set("replacements", json!([replacement]));
        }
        if self.extras.contains(&Extra::Vars)
            && self.one_in(4)
            && let Some(object) = self.random.pick(&scope.objects).cloned()
        {
            let name = if self.has_host { format!("V{}", self.number()) } else { "HOST".to_owned() };
            self.has_host = true;
            let reference = json!({"apiVersion": object.api_version(), "kind": object.kind, "name": object.name()});
            let mut variable = json!({"name": name, "objref": reference});
            if self.one_in(3) {
                variable["fieldref"] =
                    json!({"fieldPath": self.pick(&["kind", "metadata.name", "metadata.labels.app"])});
            }
            set("vars", json!([variable]));
        }
        if self.extras.contains(&Extra::Plugins) && self.one_in(4) {
            let plugin = self.transformer();
            let text = spell::document(&plugin, self.random.next());
            set("transformers", json!([self.inline(directory, text)]));
        }
    }

    /// A text in the kustomization, or the name of a file that holds it.
    fn inline(&mut self, directory: &str, text: String) -> Value {
        if self.one_in(2) {
            return json!(text);
        }
        let file = format!("p{}.yaml", self.number());
        self.tree.texts.insert(format!("{directory}/{file}"), text);
        json!(file)
    }

    fn generator(&mut self, directory: &str, kind: &str, scope: &mut Scope) -> Value {
        let known: Vec<Object> = scope.objects.iter().filter(|object| object.kind == kind).cloned().collect();
        let generated: Vec<Object> = known.into_iter().filter(|object| object.generated || self.one_in(4)).collect();
        let mut made = json!({});
        if let (Some(old), true) = (self.random.pick(&generated).cloned(), self.one_in(2)) {
            let (name, namespace) = old.called(&mut self.random);
            made["name"] = json!(name);
            made["behavior"] = json!(self.pick(&["merge", "replace"]));
            if let Some(namespace) = namespace.filter(|_| !self.one_in(40)) {
                made["namespace"] = json!(namespace);
            }
        } else {
            let name = format!("made{}", self.number());
            made["name"] = json!(name);
            let namespace = self.one_in(8).then(|| "here".to_owned());
            if let Some(namespace) = &namespace {
                made["namespace"] = json!(namespace);
            }
            scope.objects.push(Object::new(kind, &name, namespace, true));
        }
        let number = self.number();
        if self.one_in(2) {
            let value = self.pick(&["1", "", "a=b", "'quoted'", "\"two words\"", "é", "true"]);
            made["literals"] = json!([format!("k{number}={value}"), "x=2"]);
        }
        if self.one_in(3) {
            let text =
                self.pick(&["one\ntwo\n", "a", "", " lead\n", "tab\there\n", "end \n", "a\r\nb\r\n", "\u{0}bin"]);
            self.tree.texts.insert(format!("{directory}/t{number}.txt"), text.to_owned());
            let key = self.pick(&["", "key.txt="]);
            made["files"] = json!([format!("{key}t{number}.txt")]);
        }
        if self.one_in(4) {
            let text = self.pick(&["E=1\n# no\n\nF=a b\n", "E=\n", "E='x'\r\nF=\"y\"\r\n"]);
            self.tree.texts.insert(format!("{directory}/e{number}.env"), text.to_owned());
            made["envs"] = json!([format!("e{number}.env")]);
        }
        if self.one_in(4) {
            made["options"] = self.generator_options();
        }
        if kind == "Secret" && self.one_in(3) {
            made["type"] = json!("kubernetes.io/tls");
        }
        made
    }

    fn generator_options(&mut self) -> Value {
        let mut options = json!({});
        for (name, value) in [
            ("labels", json!({"made": "by"})),
            ("annotations", json!({"note": "made"})),
            ("disableNameSuffixHash", json!(true)),
            ("immutable", json!(true)),
        ] {
            if self.one_in(2) {
                options[name] = value;
            }
        }
        options
    }

    fn configuration(&mut self, directory: &str) -> String {
        let mut configuration = json!({});
        let specs = json!([{"kind": "Thing", "path": "spec/run"}]);
        for (name, value) in [
            ("images", specs.clone()),
            ("namePrefix", json!([{"kind": "Thing", "path": "spec/prefixed", "create": self.one_in(2)}])),
            ("commonLabels", json!([{"kind": "Thing", "path": "spec/labels", "create": true}])),
            ("commonAnnotations", json!([{"path": "spec/notes", "kind": "Thing", "create": true}])),
            ("namespace", json!([{"kind": "Thing", "path": "spec/space", "create": true}])),
            ("replicas", json!([{"kind": "Thing", "path": "spec/size"}])),
            ("nameReference", json!([{"kind": "ConfigMap", "fieldSpecs": [{"kind": "Thing", "path": "spec/map"}]}])),
        ] {
            if self.one_in(3) {
                configuration[name] = value;
            }
        }
        let file = format!("config{}.yaml", self.number());
        self.tree.documents.insert(format!("{directory}/{file}"), vec![configuration]);
        file
    }

    fn image(&mut self) -> Value {
        let mut image = json!({"name": self.pick(&["nginx", "redis", "reg.io:5000/app", "absent"])});
        match self.random.below(5) {
            0 => image["newTag"] = json!(self.pick(&["2", "v1.0", "latest"])),
            1 => image["newName"] = json!("other/web"),
            2 => image["digest"] = json!("sha256:def"),
            3 => image["tagSuffix"] = json!("-alpine"),
            _ => (image["newName"], image["newTag"]) = (json!("x:5/y"), json!("3")),
        }
        image
    }

    /// A strategic merge patch of something that is there.
    fn strategic(&mut self, scope: &mut Scope) -> Value {
        let object = self.random.pick(&scope.objects).cloned();
        let Some(object) = object else { return json!({"apiVersion": "v1", "kind": "X", "metadata": {"name": "x"}}) };
        let (name, namespace) = object.called(&mut self.random);
        let mut patch =
            json!({"apiVersion": api_version(&object.kind), "kind": object.kind, "metadata": {"name": name}});
        if let Some(namespace) = namespace.filter(|_| !self.one_in(40)) {
            patch["metadata"]["namespace"] = json!(namespace);
        }
        if self.one_in(4) {
            patch["metadata"]["labels"] = json!({"patched": odd(&mut self.random), "tier": Value::Null});
        }
        if self.one_in(4) {
            patch["metadata"]["annotations"] = json!({"note": odd(&mut self.random)});
        }
        match object.kind.as_str() {
            "Deployment" | "StatefulSet" => {
                let mut container = json!({"name": self.pick(&["main", "side", "new"])});
                match self.random.below(7) {
                    0 => container["image"] = json!("patched:1"),
                    1 => container["$patch"] = json!("delete"),
                    2 => {
                        container["env"] =
                            json!([{"name": "A", "value": "p"}, {"name": "C", "value": odd(&mut self.random)}])
                    }
                    3 => container["args"] = json!([odd(&mut self.random)]),
                    4 => container["ports"] = json!([{"containerPort": 80, "name": "p"}]),
                    5 => container["env"] = json!([{"name": "A", "$patch": "delete"}]),
                    _ => container["args"] = Value::Null,
                }
                patch["spec"] = json!({"template": {"spec": {"containers": [container]}}});
                if self.one_in(5) {
                    patch["spec"]["template"]["spec"]["volumes"] = json!([{"$patch": "replace"}, {"name": "w"}]);
                }
                if self.one_in(5) {
                    patch["spec"]["replicas"] = odd(&mut self.random);
                }
            }
            "ConfigMap" => patch["data"] = json!({"x": odd(&mut self.random), "text": Value::Null}),
            "Service" => patch["spec"] = json!({"ports": [{"port": 80, "targetPort": "http"}, {"port": 443}]}),
            "Thing" => patch["spec"] = json!({"list": [odd(&mut self.random)], "more": {"a": odd(&mut self.random)}}),
            _ if self.one_in(6) => {
                patch["$patch"] = json!("delete");
                scope.objects.retain(|other| other.kind != object.kind || other.name() != object.name());
            }
            _ => {}
        }
        patch
    }

    /// An entry of `patches`.
    fn patch(&mut self, directory: &str, scope: &mut Scope) -> Value {
        let strategic = self.one_in(2);
        let kind = self.random.pick(&scope.objects).map_or_else(|| "Thing".to_owned(), |object| object.kind.clone());
        let mut entry = json!({});
        let patch = if strategic {
            let mut patch = self.strategic(scope);
            if self.one_in(3) {
                entry["target"] = json!({"kind": patch["kind"]});
                patch["metadata"]["name"] = json!("any");
                if patch["$patch"] == "delete" {
                    scope.objects.retain(|object| patch["kind"] != *object.kind);
                }
            }
            patch
        } else {
            let mut target = json!({"kind": kind});
            match self.random.below(5) {
                0 => target["labelSelector"] = json!(self.pick(&["tier=back", "app", "tier in (back, front)", "!x"])),
                1 => target["name"] = json!(self.pick(&["web.*", "p-.*", ".*[0-9]"])),
                2 => target["version"] = json!("v1"),
                3 => target["namespace"] = json!("here"),
                _ => {}
            }
            entry["target"] = target;
            self.operations(&kind)
        };
        let text = spell::document(&patch, self.random.next());
        let written = self.inline(directory, text.clone());
        let field = if written.as_str() == Some(&text) { "patch" } else { "path" };
        entry[field] = written;
        if self.one_in(6) {
            entry["options"] = json!({"allowNameChange": self.one_in(2), "allowKindChange": self.one_in(2)});
        }
        entry
    }

    /// A JSON patch that fits a kind.
    fn operations(&mut self, kind: &str) -> Value {
        let value = odd(&mut self.random);
        let operation = match (kind, self.random.below(3)) {
            ("Deployment" | "StatefulSet", 0) => {
                json!({"op": "add", "path": "/spec/template/spec/containers/-", "value": {"name": "j", "image": "redis"}})
            }
            ("Deployment" | "StatefulSet", 1) => json!({"op": "replace", "path": "/spec/replicas", "value": value}),
            ("ConfigMap", 0) => json!({"op": "add", "path": "/data", "value": {"j": value}}),
            ("Service", 0) => json!({"op": "remove", "path": "/spec/ports/0"}),
            ("Thing", 0) => json!({"op": "copy", "from": "/spec/run", "path": "/spec/list/0"}),
            (_, 2) => json!({"op": "add", "path": "/metadata/labels", "value": {"j": "k"}}),
            _ => json!({"op": "add", "path": "/extra", "value": {"a": [value]}}),
        };
        json!([operation])
    }

    fn replacement(&mut self, scope: &Scope) -> Option<Value> {
        let source = self.random.pick(&scope.objects)?.clone();
        let target = self.random.pick(&scope.objects)?.clone();
        let mut from = json!({"kind": source.kind, "name": source.called(&mut self.random).0});
        if self.one_in(2) {
            from["fieldPath"] = json!(self.pick(&["metadata.name", "kind", "apiVersion"]));
        }
        let paths: &[&str] = match target.kind.as_str() {
            "Deployment" | "StatefulSet" => &[
                "spec.template.spec.containers.[name=main].image",
                "spec.template.spec.containers.*.image",
                "spec.template.spec.containers.0.name",
                "spec.template.metadata.labels.app",
            ],
            "ConfigMap" if !target.generated => &["data.x", "data.host"],
            "Thing" => &["spec.list.0", "spec.run", "spec.map"],
            _ => &["metadata.name"],
        };
        let path = self.pick(paths);
        let mut to = json!({"select": {"kind": target.kind}, "fieldPaths": [path]});
        // A name for all of a kind makes them one.
        if self.one_in(2) || path == "metadata.name" && !self.one_in(10) {
            to["select"]["name"] = json!(target.called(&mut self.random).0);
        }
        if self.one_in(3) {
            to["fieldPaths"] = json!(["metadata.annotations.replaced"]);
            to["options"] = json!({"create": true});
        } else if self.one_in(4) {
            to["options"] = json!({"delimiter": self.pick(&[":", "-", "."]), "index": self.random.below(3)});
        }
        Some(json!({"source": from, "targets": [to]}))
    }

    fn transformer(&mut self) -> Value {
        let specs = json!([{"path": "metadata/name"}]);
        let (kind, fields) = self.pick(&[
            ("PrefixTransformer", json!({"prefix": "t-", "fieldSpecs": specs})),
            ("SuffixTransformer", json!({"suffix": "-t", "fieldSpecs": specs})),
            (
                "LabelTransformer",
                json!({"labels": {"t": "u"}, "fieldSpecs": [{"path": "metadata/labels", "create": true}]}),
            ),
            (
                "AnnotationsTransformer",
                json!({"annotations": {"t": "u"}, "fieldSpecs": [{"path": "metadata/annotations", "create": true}]}),
            ),
            ("ImageTagTransformer", json!({"imageTag": {"name": "nginx", "newTag": "t"}})),
            ("NamespaceTransformer", json!({"unsetOnly": true})),
        ]);
        let mut plugin =
            json!({"apiVersion": "builtin", "kind": kind, "metadata": {"name": "t", "namespace": "moved"}});
        for (field, value) in fields.as_object().into_iter().flatten() {
            plugin[field] = value.clone();
        }
        plugin
    }
}

fn group_version(kind: &str) -> (&'static str, &'static str) {
    api_version(kind).split_once('/').unwrap_or(("", api_version(kind)))
}
