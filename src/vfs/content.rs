//! Bytes that stand for something else.

use crate::value::{Reason, Unknown};

/// First bytes of files whose real content is not here, and what they are.
const OPAQUE: [(&[u8], &str); 6] = [
    (b"version https://git-lfs.github.com/spec/", "a Git LFS pointer"),
    (b"version https://hawser.github.com/spec/", "a Git LFS pointer"),
    (b"\0GITCRYPT\0", "encrypted with git-crypt"),
    (b"$ANSIBLE_VAULT;", "encrypted with Ansible Vault"),
    (b"-----BEGIN AGE ENCRYPTED FILE-----", "encrypted with age"),
    (b"-----BEGIN PGP MESSAGE-----", "encrypted with OpenPGP"),
];

/// Why a file's bytes are not the content that the real readers get: they are a pointer or
/// encrypted as a whole. `None` for ordinary bytes.
#[must_use]
pub fn opaque_content(bytes: &[u8]) -> Option<Unknown> {
    let (_, what) = OPAQUE.iter().find(|(magic, _)| bytes.starts_with(magic))?;
    Some(Unknown::new(Reason::NotInGit, *what, None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_and_ciphertext() {
        let detail = |bytes: &[u8]| opaque_content(bytes).map(|why| why.detail().to_owned());
        let pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n";
        assert_eq!(detail(pointer).as_deref(), Some("a Git LFS pointer"));
        assert_eq!(detail(b"\0GITCRYPT\0\x01").as_deref(), Some("encrypted with git-crypt"));
        assert_eq!(detail(b"version: 1\n"), None);
        assert_eq!(detail(b""), None);
    }
}
