//! Identity of content, to tell whether a file is what it was when it was read.

use std::fmt;

/// SHA-1 of `blob <len>\0<bytes>`: git's object id of the file's bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentHash(pub [u8; 20]);

impl ContentHash {
    /// The hash of a file's bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let oid = git2::Oid::hash_object(git2::ObjectType::Blob, bytes);
        let mut hash = [0; 20];
        if let Ok(oid) = oid
            && oid.as_bytes().len() == hash.len()
        {
            hash.copy_from_slice(oid.as_bytes());
        }
        Self(hash)
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_the_blob_id_of_git() {
        assert_eq!(format!("{:?}", ContentHash::of(b"")), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
        assert_eq!(format!("{:?}", ContentHash::of(b"hello\n")), "ce013625030ba8dba906f756967f9e9ca394464a");
    }
}
