//! Names in text: where one stands, and how people misspell it.

use std::ops::Range;

use crate::random::Random;

/// Ways to misspell a name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Typo {
    /// Two neighbours swapped.
    Swap,
    /// A letter left out.
    Drop,
    /// A letter doubled.
    Double,
    /// Another ending.
    Suffix,
}

impl Typo {
    pub(super) const ALL: [Self; 4] = [Self::Swap, Self::Drop, Self::Double, Self::Suffix];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Swap => "swap",
            Self::Drop => "drop",
            Self::Double => "double",
            Self::Suffix => "suffix",
        }
    }

    /// A name misspelt; `None` if this way does not apply to it. Only letters are touched.
    pub(super) fn apply(self, name: &str, random: &mut Random) -> Option<String> {
        let chars: Vec<char> = name.chars().collect();
        let letter = |at: usize| chars.get(at).is_some_and(|c| c.is_ascii_alphabetic());
        let places: Vec<usize> = match self {
            Self::Swap => {
                (0..chars.len()).filter(|&at| letter(at) && letter(at + 1) && chars[at] != chars[at + 1]).collect()
            }
            Self::Drop if chars.len() < 3 => Vec::new(),
            Self::Drop | Self::Double => (0..chars.len()).filter(|&at| letter(at)).collect(),
            Self::Suffix => return Some(with_suffix(name, "old")),
        };
        let at = *random.pick(&places)?;
        let mut chars = chars;
        match self {
            Self::Swap => chars.swap(at, at + 1),
            Self::Drop => drop(chars.remove(at)),
            Self::Double => chars.insert(at, chars[at]),
            Self::Suffix => {}
        }
        Some(chars.into_iter().collect())
    }
}

/// A name with a word more at its end, in the way that the name itself joins words.
pub(super) fn with_suffix(name: &str, word: &str) -> String {
    let file = name.rfind('/').map_or(0, |at| at + 1);
    let end = name[file..].rfind('.').filter(|at| *at > 0).map_or(name.len(), |at| file + at);
    let stem = &name[..end];
    let last = &stem[file.min(end)..];
    let joint = if last.contains('-') || !last.contains('_') && last.chars().all(|c| !c.is_ascii_uppercase()) {
        '-'
    } else {
        '_'
    };
    format!("{stem}{joint}{word}{}", &name[end..])
}

/// Where, within a piece of source, stands a name: all of a scalar (without its quotes), or the
/// last part of `wanted` in anything longer.
pub(super) fn name_in(source: &str, wanted: Option<&str>) -> Option<Range<usize>> {
    let quoted =
        source.len() >= 2 && source.starts_with(['"', '\'']) && source.as_bytes().first() == source.as_bytes().last();
    let inner = if quoted { 1..source.len() - 1 } else { 0..source.len() };
    let text = source.get(inner.clone())?;
    let plain = |text: &str| {
        !text.is_empty()
            && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_./:@$+".contains(c))
            && text.chars().any(|c| c.is_ascii_alphabetic())
    };
    if plain(text) && wanted.is_none_or(|wanted| wanted == text || !text.ends_with(last_part(wanted))) {
        return Some(inner);
    }
    let part = last_part(wanted?);
    let at = (!part.is_empty() && plain(part)).then(|| text.rfind(part))??;
    Some(inner.start + at..inner.start + at + part.len())
}

/// The last part of an address or path.
fn last_part(name: &str) -> &str {
    name.rsplit(['.', ':', '/']).next().unwrap_or(name)
}
