//! Where a value comes from.

use std::sync::Arc;

use super::Str;
use crate::text::Span;

/// Where a node of a value was written, and through which steps it came to be.
///
/// A node as written is its span. A node that a renderer made or changed shares one
/// [`Derivation`] with all nodes of the same step and inputs, so chains cost little.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Origin {
    /// Written here.
    Source(Span),
    /// Made from other values.
    Derived(Arc<Derivation>),
}

/// One step of rendering.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Derivation {
    /// What was done.
    pub step: Step,
    /// Where it was asked for: the kustomization line, the call, the expression.
    pub at: Span,
    /// The values it was done to, the one that a person would edit first. May be empty, for what
    /// the step itself makes.
    pub from: Vec<Origin>,
    /// What stood there before, of which nothing is left: the value does not depend on it.
    pub over: Option<Origin>,
    /// How the scalar stands there now, where its data alone does not say it.
    pub spelling: Option<Spelling>,
}

/// A scalar as a renderer holds it until it prints it: what its data is follows from all three.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Spelling {
    /// The text without quotes.
    pub text: Str,
    /// What it is taken for, whatever the text says; the text decides if there is none.
    pub tag: Option<Tag>,
    /// How it is written.
    pub style: Style,
}

/// What a scalar is taken for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Tag {
    /// Null.
    Null,
    /// A truth value.
    Bool,
    /// An integer.
    Int,
    /// Any number.
    Float,
    /// A time.
    Timestamp,
    /// Text.
    Text,
}

/// How a scalar is written.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// In quotes.
    Quoted,
    /// As a block that keeps its lines.
    Literal,
    /// As a block that folds its lines.
    Folded,
}

/// Kinds of steps, for labels such as "prefixed here".
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Step {
    /// `namePrefix` of a kustomization.
    NamePrefix,
    /// `nameSuffix` of a kustomization.
    NameSuffix,
    /// `namespace` of a kustomization, or the destination namespace.
    Namespace,
    /// `configMapGenerator` or `secretGenerator`.
    Generator,
    /// A reference that follows a rename.
    NameReference,
    /// The hash of a generator's content behind a name.
    NameHash,
    /// A patch of a kustomization.
    Patch,
    /// A transformer of a kustomization that writes the whole object, or all its annotations, anew.
    Rewritten,
    /// `labels` or `commonLabels` of a kustomization.
    Label,
    /// `commonAnnotations` or `buildMetadata` of a kustomization.
    Annotation,
    /// `images` of a kustomization.
    Image,
    /// `replicas` of a kustomization.
    Replicas,
    /// `replacements` of a kustomization.
    Replacement,
    /// `vars` of a kustomization.
    Variable,
    /// A merge key or alias of YAML.
    Alias,
    /// A Terraform expression.
    Expression,
    /// A Terraform variable given by a caller, a default or a tfvars file.
    Input,
    /// A template of an `ExternalSecret` or of an `ApplicationSet`.
    Template,
    /// A default that the real program fills in.
    Default,
}

impl Step {
    /// A label for the place of the step.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::NamePrefix => "prefixed here",
            Self::NameSuffix => "suffixed here",
            Self::Namespace => "namespace set here",
            Self::Generator => "generated here",
            Self::NameReference => "renamed here",
            Self::NameHash => "content hashed here",
            Self::Rewritten => "written anew here",
            Self::Patch => "patched here",
            Self::Label => "labelled here",
            Self::Annotation => "annotated here",
            Self::Image => "image set here",
            Self::Replicas => "replicas set here",
            Self::Replacement => "replaced here",
            Self::Variable => "variable replaced here",
            Self::Alias => "included here",
            Self::Expression => "computed here",
            Self::Input => "given here",
            Self::Template => "templated here",
            Self::Default => "defaulted here",
        }
    }
}

impl Origin {
    /// A step done to some values.
    #[must_use]
    pub fn derived(step: Step, at: Span, from: Vec<Self>) -> Self {
        Self::Derived(Arc::new(Derivation { step, at, from, over: None, spelling: None }))
    }

    /// A step that puts what comes from some values into the place of another one.
    #[must_use]
    pub fn replacing(step: Step, at: Span, from: Vec<Self>, over: Self) -> Self {
        Self::Derived(Arc::new(Derivation { step, at, from, over: Some(over), spelling: None }))
    }

    /// The origin of a scalar that since a step at `at` stands there in a certain way. The scalar is
    /// a node of its own from then on.
    #[must_use]
    pub fn spelled(self, at: Span, spelling: Spelling) -> Self {
        let derivation = match self {
            Self::Derived(derivation) => Arc::unwrap_or_clone(derivation),
            Self::Source(_) => Derivation { step: Step::Rewritten, at, from: vec![self], over: None, spelling: None },
        };
        Self::Derived(Arc::new(Derivation { spelling: Some(spelling), ..derivation }))
    }

    /// The same origin of a value that depends on one more.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match self {
            Self::Derived(derivation) => {
                let mut derivation = Arc::unwrap_or_clone(derivation);
                derivation.from.push(other);
                Self::Derived(Arc::new(derivation))
            }
            source @ Self::Source(_) => source,
        }
    }

    /// How the scalar stands there, if the last step says it.
    #[must_use]
    pub fn spelling(&self) -> Option<&Spelling> {
        match self {
            Self::Source(_) => None,
            Self::Derived(derivation) => derivation.spelling.as_ref(),
        }
    }

    /// The place that a person would edit to change the value: the first written place down the
    /// chain, or the step's own place where the step makes the value out of nothing.
    #[must_use]
    pub fn span(&self) -> Span {
        let mut origin = self;
        loop {
            match origin {
                Self::Source(span) => return *span,
                Self::Derived(derivation) => match derivation.from.first() {
                    Some(first) => origin = first,
                    None => return derivation.at,
                },
            }
        }
    }

    /// The steps from the value back to where it was written, last step first, following the
    /// first input of each.
    pub fn steps(&self) -> impl Iterator<Item = &Derivation> {
        let mut origin = Some(self);
        std::iter::from_fn(move || match origin? {
            Self::Source(_) => None,
            Self::Derived(derivation) => {
                origin = derivation.from.first();
                Some(&**derivation)
            }
        })
    }

    /// Every written place that the value depends on, steps' places included, each once, in order
    /// of first visit. Bounded: stops after 1,024 places.
    #[must_use]
    pub fn sources(&self) -> Vec<Span> {
        self.walk(false)
    }

    /// The same, and what stood in its place before.
    #[must_use]
    pub fn sources_and_replaced(&self) -> Vec<Span> {
        self.walk(true)
    }

    fn walk(&self, with_replaced: bool) -> Vec<Span> {
        let mut found = Vec::new();
        let mut stack = vec![self];
        let mut visited = 0;
        while let Some(origin) = stack.pop() {
            visited += 1;
            if visited > 4096 || found.len() >= 1024 {
                break;
            }
            let span = match origin {
                Self::Source(span) => *span,
                Self::Derived(derivation) => {
                    stack.extend(derivation.over.iter().filter(|_| with_replaced));
                    stack.extend(derivation.from.iter().rev());
                    derivation.at
                }
            };
            if !found.contains(&span) {
                found.push(span);
            }
        }
        found
    }
}

impl From<Span> for Origin {
    fn from(span: Span) -> Self {
        Self::Source(span)
    }
}
