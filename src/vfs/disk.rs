//! The work tree on disk.
//!
//! Links are never followed while walking, and while reading only the root itself may lie behind
//! one, so nothing outside the root is ever read.

use std::collections::BTreeSet;
use std::fs::{self, File, FileType};
use std::io::{self, Read};
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError, RwLock};

use rayon::Scope as Workers;
use rustc_hash::FxHashSet;

use super::filter::{Decided, Filter};
use super::rules::{IgnoreRules, Scope};
use super::{Entry, EntryKind, FETCHED, Listing, MAX_ENTRIES, REPOSITORIES, Vfs, VfsError, WalkOptions, git};
use crate::text::RepoPath;

/// Most bytes of a `.gitignore` or `.gitmodules` that are looked at.
const MAX_RULES_SIZE: u64 = 1 << 20;

/// A directory and what is below it.
pub struct DiskVfs {
    /// Canonical.
    root: PathBuf,
    /// The root inside its git work tree, and that work tree's top (canonical), if there is one.
    prefix: RepoPath,
    top: PathBuf,
    /// What git tracks, by path relative to the root; read when a rule would ignore something.
    tracked: OnceLock<BTreeSet<RepoPath>>,
    /// Directories that are known to be real and inside the root.
    real: RwLock<FxHashSet<RepoPath>>,
}

impl DiskVfs {
    /// The tree below a directory.
    ///
    /// # Errors
    /// If it is not a directory that can be read.
    pub fn new(root: impl AsRef<Path>) -> Result<Self, VfsError> {
        let given = root.as_ref();
        let io = |source| VfsError::io(given.display(), source);
        let root = given.canonicalize().map_err(io)?;
        fs::read_dir(&root).map_err(io)?;
        // A root that is itself ignored was asked for by name: rules from above do not apply.
        let repository = git::open(&root).ok();
        let repository = repository.filter(|repository| !repository.is_path_ignored(&root).unwrap_or(false));
        let prefix = repository.as_ref().and_then(|repository| git::prefix_in(repository, &root).ok());
        let top = repository.and_then(|repository| repository.workdir()?.canonicalize().ok());
        let (prefix, top) = prefix.zip(top).unwrap_or_else(|| (RepoPath::root(), root.clone()));
        Ok(Self { root, prefix, top, tracked: OnceLock::new(), real: RwLock::default() })
    }

    /// The root as an absolute path without links.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Whether git ignores a path (and does not track it).
    #[must_use]
    pub fn is_ignored(&self, path: &RepoPath) -> bool {
        if self.tracks(path) {
            return false;
        }
        let mut scope = self.outer_scope();
        let mut directory = RepoPath::root();
        let mut rest = path.components().peekable();
        while let Some(name) = rest.next() {
            scope = self.scope_in(&directory, scope.as_ref()).or(scope);
            let Some(next) = directory.join(name) else { return true };
            let ignored = scope.as_ref().is_some_and(|scope| scope.ignores(&self.full(&next), rest.peek().is_some()));
            if ignored || FETCHED.contains(&name) || REPOSITORIES.contains(&name) {
                return true;
            }
            directory = next;
        }
        false
    }

    pub(super) fn absolute(&self, path: &RepoPath) -> PathBuf {
        if path.is_root() { self.root.clone() } else { self.root.join(path.as_str()) }
    }

    /// Whether a directory is inside the root with no link on the way to it.
    pub(super) fn is_real_directory(&self, directory: &RepoPath) -> bool {
        if directory.is_root() || self.real.read().unwrap_or_else(PoisonError::into_inner).contains(directory) {
            return true;
        }
        let absolute = self.absolute(directory);
        let real = absolute.canonicalize().is_ok_and(|canonical| canonical == absolute);
        if real {
            self.real.write().unwrap_or_else(PoisonError::into_inner).insert(directory.clone());
        }
        real
    }

    /// The path relative to the top of the git work tree.
    fn full(&self, path: &RepoPath) -> String {
        if self.prefix.is_root() { path.as_str().to_owned() } else { format!("{}/{}", self.prefix, path.as_str()) }
    }

    /// Rules from above the root: `.git/info/exclude` and the files of directories that hold it.
    fn outer_scope(&self) -> Option<Scope> {
        let rules = |path: PathBuf, at: &str, outer: Option<&Scope>| {
            read_rules(&path).map(|text| Scope::new(at, &text, outer)).or_else(|| outer.cloned())
        };
        let mut scope = rules(self.top.join(".git/info/exclude"), "", None);
        let mut at = RepoPath::root();
        for part in self.prefix.components() {
            scope = rules(self.top.join(at.as_str()).join(".gitignore"), at.as_str(), scope.as_ref());
            at = at.join(part).unwrap_or_default();
        }
        scope
    }

    fn scope_in(&self, directory: &RepoPath, outer: Option<&Scope>) -> Option<Scope> {
        let text = read_rules(&self.absolute(directory).join(".gitignore"))?;
        Some(Scope::new(self.full(directory).trim_end_matches('/'), &text, outer))
    }

    fn tracked(&self) -> &BTreeSet<RepoPath> {
        self.tracked.get_or_init(|| {
            let Some(index) = git::open(&self.root).ok().and_then(|repository| repository.index().ok()) else {
                return BTreeSet::new();
            };
            let paths = index.iter().filter_map(|entry| RepoPath::new(std::str::from_utf8(&entry.path).ok()?));
            let below = paths.filter(|path| path.is_within(&self.prefix));
            below.filter_map(|path| RepoPath::new(&path.relative_to(&self.prefix))).collect()
        })
    }

    /// Whether git tracks a path or something below it.
    fn tracks(&self, path: &RepoPath) -> bool {
        let below = format!("{}/", path.as_str());
        let tracked = self.tracked();
        tracked.contains(path)
            || tracked
                .range::<str, _>((Bound::Included(&*below), Bound::Unbounded))
                .next()
                .is_some_and(|next| next.as_str().starts_with(&below))
    }

    /// Paths of submodules, also of those that are not checked out.
    fn submodules(&self) -> FxHashSet<RepoPath> {
        let text = read_rules(&self.top.join(".gitmodules")).unwrap_or_default();
        let pairs = text.lines().filter_map(|line| line.split_once('='));
        let paths = pairs.filter(|(key, _)| key.trim() == "path").map(|(_, path)| path.trim().trim_matches('"'));
        let paths = paths.filter_map(RepoPath::new).filter(|path| path.is_within(&self.prefix));
        paths.filter_map(|path| RepoPath::new(&path.relative_to(&self.prefix))).collect()
    }

    /// Where a link leads: only to what every clone has, so never by an absolute path.
    fn link(&self, directory: &RepoPath, path: &RepoPath) -> EntryKind {
        let absolute = self.absolute(path);
        let target = fs::read_link(&absolute).ok();
        let target = target.as_deref().and_then(Path::to_str).filter(|target| !target.starts_with('/'));
        let Some(lexical) = target.and_then(|target| directory.join(target)) else { return EntryKind::ForeignLink };
        // Where links on the way make `..` mean another place than it seems, the disk decides.
        let Ok(real) = absolute.canonicalize() else { return EntryKind::Link(lexical) };
        let Ok(relative) = real.strip_prefix(&self.root) else { return EntryKind::ForeignLink };
        let seems = self.absolute(&lexical).canonicalize().is_ok_and(|seems| seems == real);
        let real = relative.to_str().and_then(RepoPath::new);
        if seems { EntryKind::Link(lexical) } else { real.map_or(EntryKind::ForeignLink, EntryKind::Link) }
    }
}

impl Vfs for DiskVfs {
    fn list(&self, options: &WalkOptions) -> Result<Listing, VfsError> {
        let walk = Walk {
            vfs: self,
            filter: Filter::new(options)?,
            submodules: self.submodules(),
            found: Mutex::default(),
            count: AtomicUsize::new(0),
        };
        let outer = self.outer_scope();
        let start =
            Directory { path: RepoPath::root(), scope: outer.clone(), decided: Decided::default(), ignored: false };
        rayon::scope(|workers| walk.directory(workers, start));
        if walk.count.into_inner() > MAX_ENTRIES {
            let source = io::Error::other(format!("more than {MAX_ENTRIES} entries"));
            return Err(VfsError::io(self.root.display(), source));
        }
        let Found { entries, scopes, unnamed } = walk.found.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok(Listing::new(entries, IgnoreRules::new(self.prefix.clone(), outer, scopes), unnamed))
    }

    fn read(&self, path: &RepoPath) -> Result<Vec<u8>, VfsError> {
        let failed = |source| VfsError::io(path, source);
        let outside = || failed(io::Error::new(io::ErrorKind::PermissionDenied, "is behind a link"));
        let directory = path.parent().ok_or_else(outside)?;
        if !self.is_real_directory(&directory) {
            fs::symlink_metadata(self.absolute(path)).map_err(failed)?;
            return Err(outside());
        }
        read_regular(&self.absolute(path), u64::MAX).map_err(failed)
    }
}

/// The bytes of a regular file that is no link. Opening a pipe would block, so look first.
pub(super) fn read_regular(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let metadata = fs::symlink_metadata(path)?;
    if !metadata.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "is not a regular file"));
    }
    // Room for exactly what was there: a file that grows meanwhile must not fill the memory.
    let size = metadata.len().min(limit);
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
    File::open(path)?.take(size).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn read_rules(path: &Path) -> Option<String> {
    let bytes = read_regular(path, MAX_RULES_SIZE).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// One walk, shared by its workers.
struct Walk<'a> {
    vfs: &'a DiskVfs,
    filter: Filter,
    submodules: FxHashSet<RepoPath>,
    found: Mutex<Found>,
    count: AtomicUsize,
}

#[derive(Default)]
struct Found {
    entries: Vec<(RepoPath, Entry)>,
    scopes: Vec<(RepoPath, Scope)>,
    unnamed: usize,
}

/// A directory to walk and what is known from above it.
struct Directory {
    path: RepoPath,
    scope: Option<Scope>,
    decided: Decided,
    /// Whether it is ignored and walked only for the files in it that git tracks.
    ignored: bool,
}

impl<'s> Walk<'s> {
    fn directory<'w>(&'w self, workers: &Workers<'w>, directory: Directory)
    where
        's: 'w,
    {
        let absolute = self.vfs.absolute(&directory.path);
        let mut children: Vec<(String, fs::DirEntry, FileType)> = Vec::new();
        let mut found = Found::default();
        let listed = fs::read_dir(&absolute).map(|entries| {
            for entry in entries {
                match entry.and_then(|entry| Ok((entry.file_type()?, entry))) {
                    Ok((kind, entry)) => match entry.file_name().into_string() {
                        Ok(name) => children.push((name, entry, kind)),
                        Err(_) => found.unnamed += 1,
                    },
                    // The directory is not known whole, so nothing can be said to be missing.
                    Err(_) => found.entries.push((directory.path.clone(), plain(EntryKind::Unreadable))),
                }
            }
        });
        if listed.is_err() {
            found.entries.push((directory.path.clone(), plain(EntryKind::Unreadable)));
        }
        let is_root = directory.path.is_root();
        let holds = |name: &str| children.iter().any(|(child, ..)| child == name);
        if !is_root && holds(".git") {
            found.entries.push((directory.path, plain(EntryKind::Submodule)));
            self.keep(found);
            return;
        }
        if !is_root && directory.path.file_name() == "vendor" && holds("modules.txt") {
            found.entries.push((directory.path, plain(EntryKind::Ignored)));
            self.keep(found);
            return;
        }
        let mut scope = directory.scope.clone();
        if holds(".gitignore")
            && let Some(own) = self.vfs.scope_in(&directory.path, scope.as_ref())
        {
            found.scopes.push((directory.path.clone(), own.clone()));
            scope = Some(own);
        }
        let mut below = 0;
        for (name, entry, file_type) in children {
            if REPOSITORIES.contains(&&*name) {
                continue;
            }
            let Some(path) = directory.path.join(&name) else { continue };
            below += 1;
            let is_directory = file_type.is_dir();
            let by_rule = directory.ignored
                || scope.as_ref().is_some_and(|scope| scope.ignores(&self.vfs.full(&path), is_directory));
            let ignored = by_rule && !self.vfs.tracks(&path);
            let kind = if ignored || (is_directory && FETCHED.contains(&&*name)) {
                plain(EntryKind::Ignored)
            } else if is_directory && self.submodules.contains(&path) {
                plain(EntryKind::Submodule)
            } else if is_directory {
                let decided = self.filter.directory(path.as_str(), directory.decided);
                let next = Directory { path, scope: scope.clone(), decided, ignored: by_rule };
                if self.count.load(Ordering::Relaxed) <= MAX_ENTRIES {
                    workers.spawn(move |workers| self.directory(workers, next));
                }
                continue;
            } else if file_type.is_symlink() {
                plain(self.vfs.link(&directory.path, &path))
            } else if file_type.is_file() {
                match entry.metadata() {
                    Ok(metadata) => {
                        let size = metadata.len();
                        Entry { kind: self.filter.file(path.as_str(), size, directory.decided), size }
                    }
                    Err(_) => plain(EntryKind::Unreadable),
                }
            } else {
                plain(EntryKind::Unreadable)
            };
            found.entries.push((path, kind));
        }
        if below == 0 && !is_root && found.entries.is_empty() {
            found.entries.push((directory.path, plain(EntryKind::Directory)));
        }
        self.keep(found);
    }

    fn keep(&self, found: Found) {
        self.count.fetch_add(found.entries.len(), Ordering::Relaxed);
        let mut all = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        all.entries.extend(found.entries);
        all.scopes.extend(found.scopes);
        all.unnamed += found.unnamed;
    }
}

fn plain(kind: EntryKind) -> Entry {
    Entry { kind, size: 0 }
}
