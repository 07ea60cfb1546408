//! `images` (`api/filters/imagetag`, `api/internal/image`).

use regex::{Regex, RegexBuilder};

use super::super::accumulator::Accumulator;
use super::super::configuration::scalar_text;
use super::super::fault::{Effect, Fault, FaultKind};
use super::super::field_spec::{FieldSpec, Mismatch};
use super::super::resource::Resource;
use super::{mismatch, retyped};
use crate::value::{Data, Origin, Step, Unknown, Value};

/// Do what an entry of `images` asks for: in the containers of all objects, and at some places.
pub(in crate::render::kustomize) fn set(out: &mut Accumulator, entry: &Value, specs: &[FieldSpec]) {
    let image = match Image::new(entry) {
        Ok(image) => image,
        Err(why) => {
            // kustomize crashes at the first image that it compares.
            let at = entry.get("name").unwrap_or(entry).span();
            out.faults.push(Fault::new(FaultKind::Override, at, why));
            return;
        }
    };
    let mut hit = false;
    let is_crd = |resource: &Resource| resource.kind() == "CustomResourceDefinition";
    // Two passes over all, as the tag suffix is put twice where both find an image.
    for resource in out.resources.iter_mut().filter(|resource| !is_crd(resource)) {
        if !image.is_in(&resource.value) {
            continue;
        }
        if let Err(found) = image.walk(&mut resource.value, &mut hit) {
            let why = format!(
                "`containers` of {} `{}` holds something else than containers",
                resource.kind(),
                resource.name()
            );
            let fault = Fault::new(FaultKind::InvalidResource, found.at, why);
            out.faults.push(fault.related(entry.span(), "`images` reads all fields of this name"));
            return;
        }
    }
    for resource in out.resources.iter_mut().filter(|resource| !is_crd(resource)) {
        let gvk = resource.gvk();
        for spec in specs.iter().filter(|spec| spec.selects(&gvk)) {
            let wants = |value: &Value| image.concerns(value);
            let result = spec.apply_to(&mut resource.value, None, &wants, &mut |value| {
                hit = true;
                image.write(value)
            });
            if let Err(found) = result {
                out.faults.push(mismatch(found, spec, resource, entry.span()));
                return;
            }
        }
    }
    // What cannot be told counts as done.
    let hit = hit || !out.is_complete();
    out.effects.push(Effect { field: "images", at: entry.span(), hit });
}

/// An entry of `images`.
struct Image<'v> {
    entry: &'v Value,
    name: Name<'v>,
    new_name: &'v str,
    new_tag: &'v str,
    digest: &'v str,
    tag_suffix: &'v str,
    /// Why it is not known what an image becomes.
    unknown: Option<&'v Unknown>,
    /// The values that say what an image becomes.
    from: Vec<Origin>,
}

/// What the part of an image before tag and digest must match.
enum Name<'v> {
    /// A text in which only `.` is special, which stands for any character.
    Plain(&'v str),
    /// A regular expression for a whole image.
    Pattern(Box<Regex>),
}

impl<'v> Image<'v> {
    fn new(entry: &'v Value) -> Result<Self, String> {
        let text = |field: &str| entry.get(field).and_then(Value::as_str).unwrap_or_default();
        let is_set = |field: &&str| !text(field).is_empty();
        // A tag or a digest leaves no room for a suffix.
        let replaced = ["newTag", "digest"].into_iter().filter(is_set).collect::<Vec<_>>();
        let suffix = ["tagSuffix"].into_iter().filter(is_set).filter(|_| replaced.is_empty()).collect();
        let fields = [replaced, suffix, ["newName"].into_iter().filter(is_set).collect()].concat();
        let from = fields.into_iter().filter_map(|field| entry.get(field)).map(|value| value.origin.clone());
        Ok(Self {
            entry,
            name: Name::new(text("name"))?,
            new_name: text("newName"),
            new_tag: text("newTag"),
            digest: text("digest"),
            tag_suffix: text("tagSuffix"),
            unknown: ["newName", "newTag", "digest", "tagSuffix"]
                .into_iter()
                .find_map(|field| entry.get(field).and_then(Value::unknown)),
            from: from.collect(),
        })
    }

    /// Whether a value is an image of this name, or nothing that can be one.
    fn concerns(&self, value: &Value) -> bool {
        match &value.data {
            Data::Unknown(_) => false,
            Data::Map(_) | Data::List(_) => true,
            _ => scalar_text(value).is_some_and(|text| self.name.matches(&text)),
        }
    }

    /// Replace an image of this name.
    fn write(&self, value: &mut Value) -> Result<(), Mismatch> {
        let Some(text) = scalar_text(value) else { return Err(Mismatch { at: value.span() }) };
        if let Some(why) = self.unknown {
            value.data = Data::Unknown(why.clone());
            return Ok(());
        }
        let (name, mut tag, mut digest) = split(&text);
        let name = if self.new_name.is_empty() { name } else { self.new_name };
        let suffixed;
        if !self.new_tag.is_empty() || !self.digest.is_empty() {
            (tag, digest) = (self.new_tag, self.digest);
        } else if !self.tag_suffix.is_empty() {
            suffixed = format!("{tag}{}", self.tag_suffix);
            (tag, digest) = (&suffixed, "");
        }
        let mut new = name.to_owned();
        for (separator, part) in [(':', tag), ('@', digest)] {
            if !part.is_empty() {
                new.push(separator);
                new.push_str(part);
            }
        }
        let is_done = matches!(&value.origin, Origin::Derived(derivation)
            if derivation.step == Step::Image && derivation.at == self.entry.span());
        if is_done && *new == *text {
            return Ok(());
        }
        let mut from = self.from.clone();
        from.push(value.origin.clone());
        let data = retyped(&value.data, &new);
        *value = Value::new(data, Origin::derived(Step::Image, self.entry.span(), from));
        Ok(())
    }

    /// Whether [`walk`](Self::walk) finds anything to do.
    fn is_in(&self, value: &Value) -> bool {
        match &value.data {
            Data::List(items) => items.iter().any(|item| self.is_in(item)),
            Data::Map(map) => map.iter().any(|entry| {
                self.is_in(&entry.value)
                    || (is_containers(&entry.key) && entry.value.items().iter().any(|item| self.is_in_container(item)))
            }),
            _ => false,
        }
    }

    fn is_in_container(&self, item: &Value) -> bool {
        match &item.data {
            Data::Map(map) => map.get("image").is_some_and(|image| self.concerns(image)),
            Data::Null | Data::Unknown(_) => false,
            _ => true,
        }
    }

    /// Replace the images of whatever is in a list below a key for containers, anywhere in a value
    /// in which there is one.
    fn walk(&self, value: &mut Value, hit: &mut bool) -> Result<(), Mismatch> {
        if let Some(items) = value.as_list_mut() {
            return items.iter_mut().filter(|item| self.is_in(item)).try_for_each(|item| self.walk(item, hit));
        }
        for entry in value.as_map_mut().into_iter().flat_map(|map| map.iter_mut()) {
            if self.is_in(&entry.value) {
                self.walk(&mut entry.value, hit)?;
            }
            if !is_containers(&entry.key) || !entry.value.items().iter().any(|item| self.is_in_container(item)) {
                continue;
            }
            for item in entry.value.as_list_mut().into_iter().flatten() {
                if !self.is_in_container(item) {
                    continue;
                }
                let at = item.span();
                let Some(image) = item.as_map_mut().and_then(|map| map.get_mut("image")) else {
                    return Err(Mismatch { at });
                };
                *hit = true;
                self.write(image)?;
            }
        }
        Ok(())
    }
}

fn is_containers(key: &str) -> bool {
    matches!(key, "containers" | "initContainers")
}

impl<'v> Name<'v> {
    /// The name of an entry. It is a part of a regular expression, which makes most names match
    /// what they say and a little more.
    fn new(name: &'v str) -> Result<Self, String> {
        if name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._/:@-".contains(&byte)) {
            return Ok(Self::Plain(name));
        }
        let pattern = format!("^{name}(:[a-zA-Z0-9_.{{}}-]*)?(@sha256:[a-zA-Z0-9_.{{}}-]*)?$");
        let regex = RegexBuilder::new(&pattern).size_limit(1 << 20).build();
        regex.map(|regex| Self::Pattern(Box::new(regex))).map_err(|_| format!("`{name}` is not a regular expression"))
    }

    fn matches(&self, image: &str) -> bool {
        let name = match self {
            Self::Plain(name) => name,
            Self::Pattern(regex) => return regex.is_match(image),
        };
        let mut rest = image.chars();
        for wanted in name.chars() {
            match rest.next() {
                Some('\n') | None => return false,
                Some(is) if wanted != '.' && wanted != is => return false,
                Some(_) => {}
            }
        }
        let rest = rest.as_str();
        let is_word = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.{}-".contains(&byte));
        let (tag, digest) = rest.split_once('@').map_or((rest, None), |(tag, digest)| (tag, Some(digest)));
        (tag.is_empty() || tag.strip_prefix(':').is_some_and(is_word))
            && digest.is_none_or(|digest| digest.strip_prefix("sha256:").is_some_and(is_word))
    }
}

/// Name, tag and digest of an image: `[[host[:port]/]component/]component[:tag][@digest]`.
fn split(image: &str) -> (&str, &str, &str) {
    let after_host = image.find('/').unwrap_or(0);
    let search = &image[after_host..];
    let at = |separator| search.find(separator).map(|at| at + after_host);
    match (at(':'), at('@')) {
        (None, None) => (image, "", ""),
        (Some(colon), None) => (&image[..colon], without(&image[colon..], ':'), ""),
        (Some(colon), Some(digest)) if colon < digest => {
            (&image[..colon], without(&image[colon..digest], ':'), without(&image[digest..], '@'))
        }
        (_, Some(digest)) => (&image[..digest], "", without(&image[digest..], '@')),
    }
}

fn without(text: &str, separator: char) -> &str {
    text.strip_prefix(separator).unwrap_or(text)
}
