//! The tree of a git revision, and what git knows of a directory. Never touches the work tree.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use git2::{ErrorCode, ObjectType, Oid, Repository};
use rayon::prelude::*;

use super::filter::{Decided, Filter};
use super::rules::{IgnoreRules, Scope};
use super::{Entry, EntryKind, FETCHED, Listing, MAX_ENTRIES, REPOSITORIES, Vfs, VfsError, WalkOptions};
use crate::text::RepoPath;

const LINK: i32 = 0o120_000;
const SUBMODULE: i32 = 0o160_000;

/// The files of one revision at and below the analysis root.
pub struct GitVfs {
    git_dir: PathBuf,
    /// Open repositories, one for each thread that is reading at the same time.
    pool: Mutex<Vec<Repository>>,
    commit: Oid,
    /// The tree of the whole commit.
    top: Oid,
    prefix: RepoPath,
}

impl GitVfs {
    /// The tree of `rev` below `root`, a directory in a git work tree (or a bare repository).
    /// `rev` is what git understands; `a...b` means the merge base of both (`HEAD` if left out).
    /// A root that the revision does not have is an empty tree.
    ///
    /// # Errors
    /// If there is no repository, or it does not have the revision; the help is the command that
    /// fetches it.
    pub fn open(root: &Path, rev: &str) -> Result<Self, VfsError> {
        let repository = open(root)?;
        let prefix = prefix_in(&repository, root)?;
        let commit = resolve(&repository, rev)?;
        let tree = repository.find_commit(commit).and_then(|commit| commit.tree());
        let top = tree.map_err(|error| lost(&repository, rev, &error))?.id();
        let git_dir = repository.path().to_owned();
        Ok(Self { git_dir, pool: Mutex::new(vec![repository]), commit, top, prefix })
    }

    /// Object id of the commit, in hexadecimal.
    #[must_use]
    pub fn commit(&self) -> String {
        self.commit.to_string()
    }

    /// Run something with a repository that no other thread is using.
    fn with<T>(&self, work: impl FnOnce(&Repository) -> Result<T, VfsError>) -> Result<T, VfsError> {
        let idle = self.pool.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let repository = match idle {
            Some(repository) => repository,
            None => Repository::open(&self.git_dir).map_err(|error| plain(&error))?,
        };
        let result = work(&repository);
        self.pool.lock().unwrap_or_else(PoisonError::into_inner).push(repository);
        result
    }

    fn walk(&self, repository: &Repository, filter: &Filter) -> Result<Walk, VfsError> {
        let lost = |error: git2::Error| lost(repository, &self.commit.to_string(), &error);
        let mut walk = Walk::default();
        let mut tree = repository.find_tree(self.top).map_err(lost)?;
        let mut full = RepoPath::root();
        for part in self.prefix.components() {
            let outer = walk.outer.as_ref();
            walk.outer = own_rules(repository, &tree, full.as_str(), outer).or_else(|| outer.cloned());
            let below = tree.get_name(part).filter(|entry| entry.kind() == Some(ObjectType::Tree));
            let Some(id) = below.map(|below| below.id()) else { return Ok(walk) };
            tree = repository.find_tree(id).map_err(lost)?;
            full = full.join(part).unwrap_or_default();
        }
        let mut open = vec![(RepoPath::root(), tree.id(), Decided::default(), walk.outer.clone())];
        while let Some((directory, tree, decided, scope)) = open.pop() {
            let tree = repository.find_tree(tree).map_err(lost)?;
            let at = self.prefix.join(directory.as_str()).unwrap_or_default();
            let own = own_rules(repository, &tree, at.as_str(), scope.as_ref());
            walk.scopes.extend(own.iter().map(|scope| (directory.clone(), scope.clone())));
            let scope = own.or(scope);
            for entry in &tree {
                let Ok(name) = entry.name() else {
                    walk.unnamed += 1;
                    continue;
                };
                // Git refuses to write such names; a hostile tree may hold them all the same.
                if name.is_empty() || name.contains('/') || matches!(name, "." | "..") || REPOSITORIES.contains(&name) {
                    continue;
                }
                let Some(path) = directory.join(name) else { continue };
                let mode = entry.filemode();
                if walk.blobs.len() + walk.others.len() + open.len() >= MAX_ENTRIES {
                    let message = format!("the tree of {} has more than {MAX_ENTRIES} entries", self.commit);
                    return Err(VfsError::Git { message, help: None });
                }
                match entry.kind() {
                    Some(ObjectType::Tree) if is_fetched(repository, name, entry.id()) => {
                        walk.others.push((path, EntryKind::Ignored));
                    }
                    Some(ObjectType::Tree) => {
                        let decided = filter.directory(path.as_str(), decided);
                        open.push((path, entry.id(), decided, scope.clone()));
                    }
                    Some(ObjectType::Blob) if mode == LINK => {
                        let blob = repository.find_blob(entry.id()).map_err(lost)?;
                        let target = std::str::from_utf8(blob.content()).ok().filter(|to| !to.starts_with('/'));
                        let target = target.and_then(|target| directory.join(target));
                        walk.others.push((path, target.map_or(EntryKind::ForeignLink, EntryKind::Link)));
                    }
                    Some(ObjectType::Blob) => walk.blobs.push((path, entry.id(), decided)),
                    _ if mode == SUBMODULE => walk.others.push((path, EntryKind::Submodule)),
                    _ => walk.others.push((path, EntryKind::Unreadable)),
                }
            }
        }
        Ok(walk)
    }
}

/// What one pass over the trees found; sizes of blobs come later and in parallel.
#[derive(Default)]
struct Walk {
    blobs: Vec<(RepoPath, Oid, Decided)>,
    others: Vec<(RepoPath, EntryKind)>,
    scopes: Vec<(RepoPath, Scope)>,
    outer: Option<Scope>,
    unnamed: usize,
}

impl Vfs for GitVfs {
    fn list(&self, options: &WalkOptions) -> Result<Listing, VfsError> {
        let filter = Filter::new(options)?;
        let Walk { blobs, others, scopes, outer, unnamed } = self.with(|repository| self.walk(repository, &filter))?;
        let chunks = blobs.par_chunks(512).map(|chunk| {
            self.with(|repository| {
                let odb = repository.odb().map_err(|error| plain(&error))?;
                let entry = |(path, id, decided): &(RepoPath, Oid, Decided)| {
                    // A blob that a partial clone does not have is known to exist.
                    let (kind, size) = match odb.read_header(*id) {
                        Ok((size, _)) => (filter.file(path.as_str(), size as u64, *decided), size as u64),
                        Err(_) => (EntryKind::Unreadable, 0),
                    };
                    (path.clone(), Entry { kind, size })
                };
                Ok(chunk.iter().map(entry).collect::<Vec<_>>())
            })
        });
        let mut entries: Vec<_> = chunks.collect::<Result<Vec<_>, VfsError>>()?.into_iter().flatten().collect();
        entries.extend(others.into_iter().map(|(path, kind)| (path, Entry { kind, size: 0 })));
        Ok(Listing::new(entries, IgnoreRules::new(self.prefix.clone(), outer, scopes), unnamed))
    }

    fn read(&self, path: &RepoPath) -> Result<Vec<u8>, VfsError> {
        self.with(|repository| {
            let failed = |error: git2::Error| VfsError::Git {
                message: format!("cannot read `{path}` of {}: {}", self.commit, error.message()),
                help: None,
            };
            let full = self.prefix.join(path.as_str()).unwrap_or_default();
            let tree = repository.find_tree(self.top).map_err(failed)?;
            let entry = tree.get_path(Path::new(full.as_str())).map_err(|error| match error.code() {
                ErrorCode::NotFound => VfsError::io(path, ErrorKind::NotFound.into()),
                _ => failed(error),
            })?;
            if entry.filemode() == LINK {
                let source = std::io::Error::other("is a link");
                return Err(VfsError::io(path, source));
            }
            Ok(repository.find_blob(entry.id()).map_err(failed)?.content().to_vec())
        })
    }
}

/// The rules of the `.gitignore` in a tree.
fn own_rules(repository: &Repository, tree: &git2::Tree<'_>, at: &str, outer: Option<&Scope>) -> Option<Scope> {
    let entry = tree.get_name(".gitignore").filter(|entry| entry.filemode() != LINK)?;
    let blob = repository.find_blob(entry.id()).ok()?;
    Some(Scope::new(at, &String::from_utf8_lossy(blob.content()), outer))
}

fn is_fetched(repository: &Repository, name: &str, tree: Oid) -> bool {
    let go_modules = || repository.find_tree(tree).is_ok_and(|tree| tree.get_name("modules.txt").is_some());
    FETCHED.contains(&name) || (name == "vendor" && go_modules())
}

/// The top of the git work tree that holds a directory; `None` outside of git and in a bare
/// repository.
#[must_use]
pub fn discover_top_level(path: &Path) -> Option<PathBuf> {
    open(path).ok()?.workdir()?.canonicalize().ok()
}

/// The path of a directory inside its git work tree; `None` outside of git.
#[must_use]
pub fn prefix_of(root: &Path) -> Option<RepoPath> {
    prefix_in(&open(root).ok()?, root).ok()
}

/// URLs of the repository's remotes, sorted, without user names and passwords of `https` URLs.
#[must_use]
pub fn remotes(root: &Path) -> Vec<String> {
    let Ok(repository) = open(root) else { return Vec::new() };
    let Ok(names) = repository.remotes() else { return Vec::new() };
    let names = names.iter().filter_map(|name| name.ok().flatten());
    let remotes = names.filter_map(|name| repository.find_remote(name).ok());
    let mut urls: Vec<_> = remotes.filter_map(|remote| remote.url().ok().map(without_credentials)).collect();
    urls.sort();
    urls.dedup();
    urls
}

fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://").filter(|(scheme, _)| *scheme != "ssh") else {
        return url.to_owned();
    };
    let host_end = rest.find('/').unwrap_or(rest.len());
    let rest = rest[..host_end].rfind('@').map_or(rest, |at| &rest[at + 1..]);
    format!("{scheme}://{rest}")
}

/// The name of the branch that is checked out, also if it has no commit yet; `None` outside of
/// git and if `HEAD` is detached.
#[must_use]
pub fn current_branch(root: &Path) -> Option<String> {
    let repository = open(root).ok()?;
    let head = repository.find_reference("HEAD").ok()?;
    let target = head.symbolic_target().ok().flatten()?;
    target.strip_prefix("refs/heads/").map(str::to_owned)
}

/// The object id of the best common ancestor of `rev` and `HEAD`: what a pull request against
/// `rev` is compared with.
///
/// # Errors
/// If there is none, or the clone is too shallow to know it.
pub fn merge_base(root: &Path, rev: &str) -> Result<String, VfsError> {
    resolve(&open(root)?, &format!("{rev}...HEAD")).map(|id| id.to_string())
}

pub(super) fn open(path: &Path) -> Result<Repository, VfsError> {
    Repository::discover(path).map_err(|error| {
        let place = path.display();
        match error.code() {
            ErrorCode::NotFound => {
                VfsError::Git { message: format!("`{place}` is not in a git repository"), help: None }
            }
            ErrorCode::Owner => VfsError::Git {
                message: format!("the git repository of `{place}` belongs to somebody else"),
                help: Some("git config --global --add safe.directory '*'".to_owned()),
            },
            _ => plain(&error),
        }
    })
}

pub(super) fn prefix_in(repository: &Repository, root: &Path) -> Result<RepoPath, VfsError> {
    let Some(top) = repository.workdir() else { return Ok(RepoPath::root()) };
    let io = |source| VfsError::io(root.display(), source);
    let (top, root) = (top.canonicalize().map_err(io)?, root.canonicalize().map_err(io)?);
    let prefix = root.strip_prefix(&top).ok().and_then(Path::to_str).and_then(RepoPath::new);
    prefix.ok_or_else(|| VfsError::Git {
        message: format!("`{}` is not inside the git work tree `{}`", root.display(), top.display()),
        help: None,
    })
}

fn resolve(repository: &Repository, rev: &str) -> Result<Oid, VfsError> {
    let commit = |rev: &str| {
        let rev = if rev.is_empty() { "HEAD" } else { rev };
        let object = repository.revparse_single(rev).and_then(|object| object.peel_to_commit());
        object.map(|commit| commit.id()).map_err(|error| lost(repository, rev, &error))
    };
    let Some((one, two)) = rev.split_once("...") else { return commit(rev) };
    repository.merge_base(commit(one)?, commit(two)?).map_err(|_| VfsError::Git {
        message: format!("`{}` has no known common ancestor", printable(rev)),
        help: repository.is_shallow().then(|| "git fetch --unshallow".to_owned()),
    })
}

/// The error for a revision that this clone does not have.
fn lost(repository: &Repository, rev: &str, error: &git2::Error) -> VfsError {
    let shown = printable(rev);
    let unborn = repository.head().is_err_and(|error| error.code() == ErrorCode::UnbornBranch);
    if unborn && error.code() == ErrorCode::NotFound && rev == "HEAD" {
        return VfsError::Git { message: format!("`{shown}` does not exist: there is no commit yet"), help: None };
    }
    let why = match error.code() {
        ErrorCode::NotFound if repository.is_shallow() => "is not in this shallow clone",
        ErrorCode::NotFound => "is not in this clone",
        ErrorCode::Ambiguous => "is ambiguous",
        ErrorCode::InvalidSpec => "is not a revision",
        _ => "cannot be read",
    };
    let help = (error.code() == ErrorCode::NotFound).then(|| fetch_command(repository, rev)).flatten();
    VfsError::Git { message: format!("`{shown}` {why}"), help }
}

/// The command that makes `rev` resolve, if it is a plain name or an object id.
fn fetch_command(repository: &Repository, rev: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-');
    if rev.is_empty() || rev.starts_with('-') || rev.contains("..") || !rev.chars().all(plain) {
        return None;
    }
    let remotes = repository.remotes().ok();
    let names: Vec<&str> = remotes.iter().flat_map(|all| all.iter()).filter_map(|name| name.ok().flatten()).collect();
    let named = rev.split_once('/').filter(|(remote, _)| names.contains(remote));
    let depth = if repository.is_shallow() { "--depth=1 " } else { "" };
    let is_id = rev.len() >= 40 && rev.bytes().all(|byte| byte.is_ascii_hexdigit());
    let fallback = if names.contains(&"origin") { "origin" } else { names.first().copied().unwrap_or("origin") };
    Some(match named {
        _ if is_id => format!("git fetch {depth}{fallback} {rev}"),
        Some((remote, branch)) => format!("git fetch {depth}{remote} {branch}:refs/remotes/{rev}"),
        None => format!("git fetch {depth}{fallback} {rev}:{rev}"),
    })
}

fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

fn plain(error: &git2::Error) -> VfsError {
    VfsError::Git { message: printable(error.message()), help: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_not_kept() {
        let cases = [
            ("https://user:token@host/a.git", "https://host/a.git"),
            ("https://host/a@b.git", "https://host/a@b.git"),
            ("git@host:a/b.git", "git@host:a/b.git"),
            ("ssh://git@host/a.git", "ssh://git@host/a.git"),
        ];
        for (url, expected) in cases {
            assert_eq!(without_credentials(url), expected);
        }
    }
}
