//! Byte offset to line and column.

/// A place as people read it: lines and columns from 1, columns in Unicode scalar values.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in Unicode scalar values, from 1.
    pub column: u32,
}

/// Starts of lines of one text. A line ends with LF, CRLF or a lone CR.
#[derive(Clone, Debug)]
pub struct LineIndex {
    starts: Vec<u32>,
}

impl LineIndex {
    /// Index a text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for (at, byte) in bytes.iter().enumerate() {
            let ends = match byte {
                b'\n' => true,
                b'\r' => bytes.get(at + 1) != Some(&b'\n'),
                _ => false,
            };
            if ends {
                starts.push(u32::try_from(at + 1).unwrap_or(u32::MAX));
            }
        }
        Self { starts }
    }

    /// Number of lines; a text that ends with a line break has an empty last line.
    #[must_use]
    pub fn line_count(&self) -> u32 {
        u32::try_from(self.starts.len()).unwrap_or(u32::MAX)
    }

    /// The line (from 1) that holds a byte offset.
    #[must_use]
    pub fn line(&self, offset: usize) -> u32 {
        let offset = u32::try_from(offset).unwrap_or(u32::MAX);
        let line = self.starts.partition_point(|start| *start <= offset);
        u32::try_from(line).unwrap_or(u32::MAX)
    }

    /// Bytes of a line (from 1) including its line break; empty beyond the last line.
    #[must_use]
    pub fn line_range(&self, line: u32, text: &str) -> std::ops::Range<usize> {
        let at = |index: u32| self.starts.get(index as usize).map_or(text.len(), |start| *start as usize);
        let index = line.saturating_sub(1);
        at(index)..at(index + 1)
    }

    /// Line and column of a byte offset in `text`, the text this index was made from.
    /// An offset beyond the end, or inside a character, is moved back to the nearest boundary.
    #[must_use]
    pub fn position(&self, text: &str, offset: usize) -> Position {
        let mut offset = offset.min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.line(offset);
        let start = self.line_range(line, text).start;
        let column = text[start..offset].chars().count() + 1;
        Position { line, column: u32::try_from(column).unwrap_or(u32::MAX) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_with_lf_crlf_or_cr() {
        let text = "a\nb\r\nc\rd";
        let index = LineIndex::new(text);
        assert_eq!(index.line_count(), 4);
        assert_eq!(&text[index.line_range(2, text)], "b\r\n");
        assert_eq!(index.position(text, 7), Position { line: 4, column: 1 });
    }

    #[test]
    fn columns_count_scalar_values() {
        let text = "é: ü";
        let index = LineIndex::new(text);
        assert_eq!(index.position(text, text.len()), Position { line: 1, column: 5 });
        assert_eq!(index.position(text, 1), Position { line: 1, column: 1 });
    }
}
