//! Writing several files of the work tree: all of them or none.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::disk::read_regular;
use super::{DiskVfs, VfsError};
use crate::text::{ContentHash, RepoPath};

/// One file to write.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Write {
    /// Where.
    pub path: RepoPath,
    /// What it must hold now; `None` if it must not exist.
    pub expect: Option<ContentHash>,
    /// Its new content.
    pub bytes: Vec<u8>,
}

/// A file that is ready to be put in its place.
struct Staged {
    target: PathBuf,
    new: NamedTempFile,
    /// A copy of what stands there now, to go back to.
    old: Option<NamedTempFile>,
}

/// What a rollback undoes.
enum Done {
    Replaced(PathBuf, NamedTempFile),
    Created(PathBuf),
}

impl DiskVfs {
    /// Write files, keeping permissions. New content is first written beside each target and
    /// forced to disk; only when every target is found to be as expected are all renamed into
    /// place, and if that fails for one, those before it are put back.
    ///
    /// # Errors
    /// [`VfsError::Refused`] if a target is not as expected, is a link, behind a link, ignored by
    /// git or named twice; [`VfsError::Io`] if the system fails. Nothing has changed then, unless
    /// the system also fails to put a file back, which the message says.
    pub fn write_all(&self, writes: &[Write]) -> Result<(), VfsError> {
        let mut made = Vec::new();
        let result = self.stage(writes, &mut made).and_then(|staged| commit(writes, staged));
        if result.is_err() {
            // Deepest first; one that is not empty any more is somebody else's by now.
            made.iter().rev().for_each(|directory| drop(fs::remove_dir(directory)));
        }
        result
    }

    fn stage(&self, writes: &[Write], made: &mut Vec<PathBuf>) -> Result<Vec<Staged>, VfsError> {
        let mut staged = Vec::with_capacity(writes.len());
        for (at, write) in writes.iter().enumerate() {
            if writes[..at].iter().any(|other| other.path == write.path) {
                return Err(refused(&write.path, "is written twice"));
            }
            staged.push(self.stage_one(write, made)?);
        }
        // Look again as late as possible: somebody may have written meanwhile.
        for (write, staged) in writes.iter().zip(&staged) {
            current(&write.path, &staged.target, write.expect)?;
        }
        Ok(staged)
    }

    fn stage_one(&self, write: &Write, made: &mut Vec<PathBuf>) -> Result<Staged, VfsError> {
        let path = &write.path;
        let directory = path.parent().ok_or_else(|| refused(path, "is a directory"))?;
        if self.is_ignored(path) {
            return Err(refused(path, "is ignored by git"));
        }
        if write.expect.is_none() {
            self.make_directory(path, &directory, made)?;
        }
        if !self.is_real_directory(&directory) {
            return Err(refused(path, "is behind a link"));
        }
        let target = self.absolute(path);
        let old = current(path, &target, write.expect)?;
        let io = |source| VfsError::io(path, source);
        let permissions = match &old {
            Some(_) => Some(fs::metadata(&target).map_err(io)?.permissions()),
            None => None,
        };
        if permissions.as_ref().is_some_and(fs::Permissions::readonly) {
            return Err(refused(path, "is read-only"));
        }
        let beside = self.absolute(&directory);
        let stage = |bytes: &[u8]| stage_bytes(&beside, bytes, permissions.as_ref()).map_err(io);
        Ok(Staged { new: stage(&write.bytes)?, old: old.as_deref().map(stage).transpose()?, target })
    }

    /// Make the directories that a new file needs, none of them behind a link.
    fn make_directory(&self, path: &RepoPath, directory: &RepoPath, made: &mut Vec<PathBuf>) -> Result<(), VfsError> {
        let mut at = RepoPath::root();
        for part in directory.components() {
            at = at.join(part).ok_or_else(|| refused(path, "leaves the root"))?;
            let absolute = self.absolute(&at);
            match fs::symlink_metadata(&absolute) {
                Ok(found) if found.is_dir() => {}
                Ok(_) => return Err(refused(path, "is behind a link or a file")),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    fs::create_dir(&absolute).map_err(|source| VfsError::io(path, source))?;
                    made.push(absolute);
                }
                Err(source) => return Err(VfsError::io(path, source)),
            }
        }
        Ok(())
    }
}

/// What stands at a target, if it is what was expected.
fn current(path: &RepoPath, target: &Path, expect: Option<ContentHash>) -> Result<Option<Vec<u8>>, VfsError> {
    let Some(expect) = expect else {
        return match fs::symlink_metadata(target) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(VfsError::io(path, source)),
            Ok(_) => Err(refused(path, "exists already")),
        };
    };
    let is_link = fs::symlink_metadata(target).is_ok_and(|metadata| metadata.is_symlink());
    if is_link {
        return Err(refused(path, "is a link"));
    }
    let bytes = read_regular(target, u64::MAX).map_err(|source| VfsError::io(path, source))?;
    if ContentHash::of(&bytes) == expect {
        Ok(Some(bytes))
    } else {
        Err(refused(path, "has changed since it was read"))
    }
}

fn stage_bytes(directory: &Path, bytes: &[u8], permissions: Option<&fs::Permissions>) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".kate-").suffix(".tmp");
    #[cfg(unix)]
    let plain = std::os::unix::fs::PermissionsExt::from_mode(0o666); // less the umask
    #[cfg(unix)]
    builder.permissions(plain);
    let mut file = builder.tempfile_in(directory)?;
    file.write_all(bytes)?;
    if let Some(permissions) = permissions {
        file.as_file().set_permissions(permissions.clone())?;
    }
    file.as_file().sync_all()?;
    Ok(file)
}

fn commit(writes: &[Write], staged: Vec<Staged>) -> Result<(), VfsError> {
    let mut done = Vec::with_capacity(staged.len());
    for (write, Staged { target, new, old }) in writes.iter().zip(staged) {
        let placed = match &old {
            Some(_) => new.persist(&target),
            None => new.persist_noclobber(&target),
        };
        if let Err(error) = placed {
            let source = match roll_back(done) {
                Ok(()) => error.error,
                Err(stuck) => io::Error::other(format!("{}; could not be undone: {stuck}", error.error)),
            };
            return Err(VfsError::io(&write.path, source));
        }
        done.push(old.map_or_else(|| Done::Created(target.clone()), |old| Done::Replaced(target.clone(), old)));
    }
    for step in &done {
        let (Done::Replaced(target, _) | Done::Created(target)) = step;
        // Makes the rename last; the files are whole either way, so a failure is none of ours.
        let directory = target.parent().map(fs::File::open);
        if let Some(Ok(directory)) = directory {
            drop(directory.sync_all());
        }
    }
    Ok(())
}

fn roll_back(done: Vec<Done>) -> io::Result<()> {
    let mut result = Ok(());
    for step in done.into_iter().rev() {
        let undone = match step {
            Done::Replaced(target, old) => old.persist(target).map(drop).map_err(|error| {
                let kept =
                    error.file.keep().map_or_else(|error| error.to_string(), |(_, path)| path.display().to_string());
                io::Error::other(format!("{} (the original is {kept})", error.error))
            }),
            Done::Created(target) => fs::remove_file(target),
        };
        result = result.and(undone);
    }
    result
}

fn refused(path: &RepoPath, message: &str) -> VfsError {
    VfsError::Refused { path: path.clone(), message: message.to_owned() }
}
