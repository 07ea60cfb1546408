//! Markdown pages as test suites: headings, and the fenced blocks below them.

use std::ops::Range;

/// A page cut into sections, one for each heading.
#[derive(Debug)]
pub(crate) struct Page {
    /// Path from the repository's root.
    pub(crate) path: String,
    /// The whole text.
    pub(crate) text: String,
    /// In order; a section's content ends at the next heading of any level.
    pub(crate) sections: Vec<Section>,
}

/// A heading and what stands between it and the next.
#[derive(Debug)]
pub(crate) struct Section {
    /// The titles from the page's first heading down to this one.
    pub(crate) headings: Vec<String>,
    /// Level of the heading: 1 for `#`.
    pub(crate) level: usize,
    /// Line of the heading, from 1.
    pub(crate) line: usize,
    /// Bytes of the page up to which the section reaches.
    pub(crate) end: usize,
    /// Its fenced blocks.
    pub(crate) blocks: Vec<Block>,
}

/// A fenced block.
#[derive(Debug)]
pub(crate) struct Block {
    /// What the line above the fence names.
    pub(crate) place: Place,
    /// The word after the opening fence.
    pub(crate) language: String,
    /// Bytes of the content in the page.
    pub(crate) content: Range<usize>,
    /// Line of the first line of content, from 1.
    pub(crate) line: usize,
}

/// Which file a block is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Nothing names it.
    Unnamed,
    /// A file of the tree being checked.
    Head(String),
    /// A file of the tree it is compared with.
    Base(String),
    /// A file as it is after fixing.
    Fixed(String),
}

impl Page {
    /// Read a page. Fences are recognised at the start of a line only.
    pub(crate) fn parse(path: &str, text: String) -> Result<Self, String> {
        let mut sections: Vec<Section> = Vec::new();
        let mut above = String::new();
        let mut fence: Option<(String, Block)> = None;
        let mut offset = 0;
        for (index, line) in text.split_inclusive('\n').enumerate() {
            let number = index + 1;
            let start = offset;
            offset += line.len();
            let line = line.trim_end();
            if let Some((ticks, mut block)) = fence.take() {
                if line.starts_with(&ticks) && line.trim_start_matches(['`', '~']).is_empty() {
                    block.content.end = start;
                    let section = sections.last_mut().ok_or(format!("{path}:{number}: a block before any heading"))?;
                    section.blocks.push(block);
                } else {
                    fence = Some((ticks, block));
                }
                continue;
            }
            if let Some(ticks) = opening_fence(line) {
                let place = named_place(&above).map_err(|why| format!("{path}:{number}: {why}"))?;
                let language = line[ticks.len()..].split_whitespace().next().unwrap_or_default().to_owned();
                fence = Some((ticks, Block { place, language, content: offset..offset, line: number + 1 }));
                above.clear();
            } else if let Some((level, title)) = heading(line) {
                if let Some(section) = sections.last_mut() {
                    section.end = start;
                }
                let mut headings = match sections.iter().rev().find(|section| section.level < level) {
                    Some(parent) => parent.headings.clone(),
                    None => Vec::new(),
                };
                headings.push(title.to_owned());
                sections.push(Section { headings, level, line: number, end: text.len(), blocks: Vec::new() });
                above.clear();
            } else if !line.is_empty() {
                line.clone_into(&mut above);
            }
        }
        if let Some((_, block)) = fence {
            return Err(format!("{path}:{}: the block is not closed", block.line - 1));
        }
        Ok(Self { path: path.to_owned(), text, sections })
    }

    /// The content of a block.
    pub(crate) fn content(&self, block: &Block) -> &str {
        &self.text[block.content.clone()]
    }
}

/// The fence that a line opens, if it does.
fn opening_fence(line: &str) -> Option<String> {
    ['`', '~'].into_iter().find_map(|tick| {
        let length = line.chars().take_while(|c| *c == tick).count();
        (length >= 3 && !line[length..].contains(tick)).then(|| line[..length].to_owned())
    })
}

/// The level and title of a heading line.
fn heading(line: &str) -> Option<(usize, &str)> {
    let level = line.bytes().take_while(|byte| *byte == b'#').count();
    let title = line[level..].strip_prefix(' ')?;
    (1..=6).contains(&level).then(|| (level, title.trim()))
}

/// What a line such as `` `path` (base): `` names.
fn named_place(line: &str) -> Result<Place, String> {
    let Some((path, rest)) = line.strip_prefix('`').and_then(|rest| rest.split_once('`')) else {
        return Ok(Place::Unnamed);
    };
    match rest {
        ":" => Ok(Place::Head(path.to_owned())),
        " (base):" => Ok(Place::Base(path.to_owned())),
        " (fixed):" => Ok(Place::Fixed(path.to_owned())),
        // Prose may end in code and a colon; what looks like a mark must be one.
        rest if rest.starts_with(" (") && rest.ends_with("):") => Err(format!("`{rest}` is no mark of a file")),
        _ => Ok(Place::Unnamed),
    }
}
