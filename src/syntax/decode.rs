//! Bytes to text.

use std::borrow::Cow;

/// Text of a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Decoded<'a> {
    /// The text; a byte order mark of UTF-8 is kept, so that offsets are those of the bytes.
    pub text: Cow<'a, str>,
    /// Whether the text is byte for byte the file (not so for UTF-16).
    pub verbatim: bool,
}

/// Bytes that are not text.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{message}")]
pub struct DecodeError {
    /// What is wrong: one line, lower case, no full stop.
    pub message: String,
    /// The text before the fault.
    pub before: String,
}

/// Decode UTF-8, or UTF-16 with a byte order mark.
///
/// # Errors
/// If the bytes are neither, or hold a NUL.
pub fn decode(bytes: &[u8]) -> Result<Decoded<'_>, DecodeError> {
    let decoded = match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes)?,
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes)?,
        _ => utf8(bytes)?,
    };
    match decoded.text.find('\0') {
        Some(at) => Err(DecodeError {
            message: "a NUL byte: this is not text".to_owned(),
            before: decoded.text[..at].to_owned(),
        }),
        None => Ok(decoded),
    }
}

fn utf8(bytes: &[u8]) -> Result<Decoded<'_>, DecodeError> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Decoded { text: text.into(), verbatim: true }),
        Err(error) => {
            let valid = error.valid_up_to();
            let byte = bytes.get(valid).copied().unwrap_or_default();
            let before = String::from_utf8_lossy(&bytes[..valid]).into_owned();
            Err(DecodeError { message: format!("byte 0x{byte:02x} is not UTF-8"), before })
        }
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Decoded<'static>, DecodeError> {
    let (pairs, odd) = bytes.as_chunks::<2>();
    let mut text = String::with_capacity(pairs.len());
    for c in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        match c {
            Ok(c) => text.push(c),
            Err(error) => {
                let message = format!("unit 0x{:04x} is not UTF-16", error.unpaired_surrogate());
                return Err(DecodeError { message, before: text });
            }
        }
    }
    if odd.is_empty() {
        Ok(Decoded { text: text.into(), verbatim: false })
    } else {
        Err(DecodeError { message: "half a unit of UTF-16 at the end".to_owned(), before: text })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf8_is_kept_byte_for_byte() {
        let bytes = "\u{feff}a: é\r\n".as_bytes().to_vec();
        let decoded = decode(&bytes).expect("text");
        assert_eq!((decoded.text.as_bytes(), decoded.verbatim), (bytes.as_slice(), true));
    }

    #[test]
    fn utf16_is_decoded() {
        let le: Vec<u8> = "\u{feff}a: 😀".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let be: Vec<u8> = "\u{feff}a: 😀".encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in [le, be] {
            assert_eq!(decode(&bytes), Ok(Decoded { text: "a: 😀".into(), verbatim: false }));
        }
    }

    #[test]
    fn what_is_not_text_says_where() {
        let fault = |bytes: &[u8]| decode(bytes).expect_err("not text");
        assert_eq!(
            fault(b"a\xffb"),
            DecodeError { message: "byte 0xff is not UTF-8".to_owned(), before: "a".to_owned() }
        );
        assert_eq!(fault(b"ab\0c").before, "ab");
        assert_eq!(fault(b"\xff\xfea\0\x00\xd8").message, "unit 0xd800 is not UTF-16");
        assert_eq!(fault(b"\xff\xfea\0b").message, "half a unit of UTF-16 at the end");
    }
}
