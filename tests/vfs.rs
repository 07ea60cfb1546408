//! The disk, git revisions and overlays as trees of files, tried on scratch directories.

#![allow(clippy::disallowed_methods, reason = "tests make scratch directories")]

use std::fs;
use std::path::Path;

use git2::{Repository, Signature};
use kate::text::{ContentHash, RepoPath};
use kate::vfs::{
    DiskVfs, EntryKind, GitVfs, Listing, Lookup, Vfs, VfsError, WalkOptions, Write, current_branch, discover_top_level,
    merge_base, prefix_of, remotes,
};
use tempfile::TempDir;

fn path(text: &str) -> RepoPath {
    RepoPath::new(text).expect("a path inside the root")
}

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().expect("has a parent")).expect("directory");
    fs::write(path, text).expect("file");
}

fn tree(files: &[(&str, &str)]) -> TempDir {
    let directory = TempDir::new().expect("scratch directory");
    files.iter().for_each(|(at, text)| write(directory.path(), at, text));
    directory
}

fn list(vfs: &dyn Vfs) -> Listing {
    vfs.list(&WalkOptions::default()).expect("the root can be read")
}

/// `kind path` for every entry.
fn shown(listing: &Listing) -> Vec<String> {
    listing.iter().map(|(path, entry)| format!("{:?} {path}", entry.kind)).collect()
}

fn commit(repository: &Repository, paths: &[&str]) -> git2::Oid {
    let mut index = repository.index().expect("index");
    index.clear().expect("an empty index");
    paths.iter().for_each(|path| index.add_path(Path::new(path)).expect("added"));
    index.write().expect("index written");
    let tree = repository.find_tree(index.write_tree().expect("tree")).expect("tree");
    let author = Signature::new("a", "a@example.org", &git2::Time::new(0, 0)).expect("signature");
    let parent = repository.head().ok().and_then(|head| head.peel_to_commit().ok());
    let parents: Vec<_> = parent.iter().collect();
    repository.commit(Some("HEAD"), &author, &author, "a step", &tree, &parents).expect("committed")
}

fn init(root: &Path) -> Repository {
    let mut options = git2::RepositoryInitOptions::new();
    Repository::init_opts(root, options.initial_head("main").external_template(false)).expect("repository")
}

#[test]
fn everything_is_listed_and_only_ordinary_files_are_read() {
    let scratch = tree(&[
        (".github/workflows/ci.yml", "on: push\n"),
        (".gitignore", "*.log\n/out/\n!keep.log\n"),
        ("apps/a.yaml", "a: 1\n"),
        ("apps/keep.log", "kept\n"),
        ("apps/x.log", "dropped\n"),
        ("out/deep/b.yaml", "b: 1\n"),
        ("modules/m/.terraform/providers/x.tf", "x = 1\n"),
        ("modules/m/main.tf", "y = 1\n"),
        ("third/vendor/modules.txt", "# go\n"),
        ("third/vendor/pkg/x.yaml", "x: 1\n"),
        ("vendor/chart/Chart.yaml", "name: x\n"),
        ("nested/.git/HEAD", "ref: refs/heads/main\n"),
        ("nested/x.yaml", "x: 1\n"),
    ]);
    fs::create_dir(scratch.path().join("empty")).expect("directory");
    let vfs = DiskVfs::new(scratch.path()).expect("a directory");
    assert_eq!(
        shown(&list(&vfs)),
        [
            "File .github/workflows/ci.yml",
            "File .gitignore",
            "File apps/a.yaml",
            "File apps/keep.log",
            "Ignored apps/x.log",
            "Directory empty",
            "Ignored modules/m/.terraform",
            "File modules/m/main.tf",
            "Submodule nested",
            "Ignored out",
            "Ignored third/vendor",
            "File vendor/chart/Chart.yaml",
        ]
    );
    assert_eq!(vfs.read(&path("apps/a.yaml")).expect("a file"), b"a: 1\n");
    assert!(vfs.read(&path("apps")).is_err());
    assert!(vfs.read(&path("none")).is_err());
}

#[test]
fn a_path_that_would_be_ignored_is_never_missing() {
    let scratch = tree(&[(".gitignore", "generated/\n"), ("a/.gitignore", "*.out\n"), ("a/x.yaml", "")]);
    let listing = list(&DiskVfs::new(scratch.path()).expect("a directory"));
    let unknown = |at: &str| matches!(listing.lookup(&path(at)), Lookup::Unknown(_));
    assert!(unknown("a/generated/x.yaml") && unknown("a/b/c.out"));
    assert_eq!(listing.lookup(&path("b/c.out")), Lookup::Missing);
}

#[test]
fn include_exclude_and_size() {
    let scratch =
        tree(&[("apps/a.yaml", "a"), ("apps/test/b.yaml", "b"), ("docs/c.yaml", "c"), ("apps/d.yaml", "dddd")]);
    let options =
        WalkOptions { include: vec!["apps/".to_owned()], exclude: vec!["test/".to_owned()], max_file_size: 3 };
    let listing = DiskVfs::new(scratch.path()).and_then(|vfs| vfs.list(&options)).expect("a listing");
    assert_eq!(
        shown(&listing),
        ["File apps/a.yaml", "TooLarge apps/d.yaml", "Excluded apps/test/b.yaml", "Excluded docs/c.yaml"]
    );
    let bad = WalkOptions { include: vec!["[z-a]".to_owned()], ..WalkOptions::default() };
    let error = DiskVfs::new(scratch.path()).and_then(|vfs| vfs.list(&bad)).expect_err("no glob");
    assert!(matches!(error, VfsError::Glob { .. }), "{error}");
}

#[cfg(unix)]
#[test]
fn links_never_lead_out() {
    use std::os::unix::fs::symlink;
    let outside = tree(&[("secret.yaml", "password: hunter2\n")]);
    let scratch = tree(&[("a/x.yaml", "x: 1\n"), ("deep/er/y.yaml", "y: 1\n")]);
    let at = |path: &str| scratch.path().join(path);
    symlink("x.yaml", at("a/alias.yaml")).expect("link");
    symlink("../deep/er", at("a/dir")).expect("link");
    symlink("dir/../gone", at("a/crooked")).expect("link");
    symlink("dir/..", at("a/up")).expect("link");
    symlink("loop", at("loop")).expect("link");
    symlink("..", at("parent")).expect("link");
    symlink(outside.path(), at("outside")).expect("link");
    symlink(outside.path().join("secret.yaml"), at("secret.yaml")).expect("link");
    symlink(scratch.path().join("a/x.yaml"), at("absolute.yaml")).expect("link");
    symlink(".", at("a/self")).expect("link");
    let vfs = DiskVfs::new(scratch.path()).expect("a directory");
    let listing = list(&vfs);
    assert_eq!(
        shown(&listing),
        [
            "Link(\"a/x.yaml\") a/alias.yaml",
            "Link(\"a/gone\") a/crooked",
            "Link(\"deep/er\") a/dir",
            "Link(\"a\") a/self",
            "Link(\"deep\") a/up",
            "File a/x.yaml",
            "ForeignLink absolute.yaml",
            "File deep/er/y.yaml",
            "Link(\"loop\") loop",
            "ForeignLink outside",
            "ForeignLink parent",
            "ForeignLink secret.yaml",
        ]
    );
    assert_eq!(listing.lookup(&path("a/self/self/dir/y.yaml")), Lookup::File(path("deep/er/y.yaml")));
    for unreadable in ["secret.yaml", "outside/secret.yaml", "a/dir/y.yaml", "a/alias.yaml"] {
        assert!(vfs.read(&path(unreadable)).is_err(), "{unreadable}");
    }
}

#[cfg(unix)]
#[test]
fn odd_entries_survive() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::net::UnixListener;
    let scratch = tree(&[("a.yaml", "a: 1\n")]);
    fs::write(scratch.path().join(OsStr::from_bytes(b"\xff\xfe.yaml")), "x: 1\n").expect("file");
    let _socket = UnixListener::bind(scratch.path().join("socket")).expect("socket");
    let vfs = DiskVfs::new(scratch.path()).expect("a directory");
    let listing = list(&vfs);
    assert_eq!(shown(&listing), ["File a.yaml", "Unreadable socket"]);
    assert_eq!(listing.unnamed(), 1);
    assert!(vfs.read(&path("socket")).is_err());
}

#[test]
fn what_git_tracks_is_a_file_even_if_a_rule_ignores_it() {
    let scratch = tree(&[
        (".gitignore", "*.log\nbuild/\n"),
        ("sub/build/kept.yaml", "a: 1\n"),
        ("sub/build/dropped.yaml", "a: 1\n"),
        ("sub/a.log", "a\n"),
        ("sub/b.log", "b\n"),
    ]);
    let repository = init(scratch.path());
    commit(&repository, &[".gitignore", "sub/build/kept.yaml", "sub/a.log"]);
    for (root, prefix) in [("", "sub/"), ("sub", "")] {
        let vfs = DiskVfs::new(scratch.path().join(root)).expect("a directory");
        let listing = list(&vfs);
        let kind = |at: &str| listing.get(&path(&format!("{prefix}{at}"))).map(|entry| entry.kind.clone());
        assert_eq!(kind("build/kept.yaml"), Some(EntryKind::File), "{root}");
        assert_eq!(kind("build/dropped.yaml"), Some(EntryKind::Ignored), "{root}");
        assert_eq!(kind("a.log"), Some(EntryKind::File), "{root}");
        assert_eq!(kind("b.log"), Some(EntryKind::Ignored), "{root}");
        assert!(vfs.is_ignored(&path(&format!("{prefix}b.log"))) && !vfs.is_ignored(&path(&format!("{prefix}a.log"))));
    }
}

#[test]
fn a_revision_is_read_without_the_work_tree() {
    let scratch = tree(&[("env/a.yaml", "a: 1\n"), ("env/.gitignore", "*.gen\n"), ("other/b.yaml", "b: 1\n")]);
    let repository = init(scratch.path());
    let first = commit(&repository, &["env/a.yaml", "env/.gitignore", "other/b.yaml"]).to_string();
    write(scratch.path(), "env/a.yaml", "a: 2\n");
    commit(&repository, &["env/a.yaml", "env/.gitignore"]);
    write(scratch.path(), "env/a.yaml", "a: 3\n");

    let whole = GitVfs::open(scratch.path(), &first).expect("the first commit");
    assert_eq!(whole.commit(), first);
    assert_eq!(shown(&list(&whole)), ["File env/.gitignore", "File env/a.yaml", "File other/b.yaml"]);
    let part = GitVfs::open(&scratch.path().join("env"), "HEAD~1").expect("the first commit");
    let listing = list(&part);
    let entry = listing.get(&path("a.yaml")).expect("listed");
    assert_eq!(entry.size, 5);
    assert!(matches!(listing.lookup(&path("x.gen")), Lookup::Unknown(_)));
    assert_eq!(part.read(&path("a.yaml")).expect("a blob"), b"a: 1\n");
    assert!(part.read(&path("none.yaml")).is_err());
    assert_eq!(fs::read(scratch.path().join("env/a.yaml")).expect("untouched"), b"a: 3\n");

    let vfs: &dyn Vfs = &part;
    let bytes: Vec<_> = std::thread::scope(|threads| {
        let readers: Vec<_> = (0..8).map(|_| threads.spawn(|| vfs.read(&path("a.yaml")))).collect();
        readers.into_iter().map(|reader| reader.join().expect("no panic").expect("a blob")).collect()
    });
    assert!(bytes.iter().all(|bytes| bytes == b"a: 1\n"));
}

#[cfg(unix)]
#[test]
fn links_and_submodules_of_a_revision() {
    use std::os::unix::fs::symlink;
    let scratch = tree(&[("a/x.yaml", "x: 1\n")]);
    symlink("../a/x.yaml", scratch.path().join("a/alias.yaml")).expect("link");
    symlink("../../etc/passwd", scratch.path().join("a/out")).expect("link");
    let repository = init(scratch.path());
    let id = commit(&repository, &["a/x.yaml", "a/alias.yaml", "a/out"]);
    let mut builder = repository.treebuilder(None).expect("builder");
    let top = repository.find_commit(id).and_then(|commit| commit.tree()).expect("tree");
    builder.insert("a", top.get_name("a").expect("listed").id(), 0o040_000).expect("tree");
    builder.insert("sub", id, 0o160_000).expect("submodule");
    let tree = repository.find_tree(builder.write().expect("tree")).expect("tree");
    let author = Signature::new("a", "a@example.org", &git2::Time::new(0, 0)).expect("signature");
    let id = repository.commit(None, &author, &author, "sub", &tree, &[]).expect("commit");
    let vfs = GitVfs::open(scratch.path(), &id.to_string()).expect("a commit");
    assert_eq!(
        shown(&list(&vfs)),
        ["Link(\"a/x.yaml\") a/alias.yaml", "ForeignLink a/out", "File a/x.yaml", "Submodule sub"]
    );
    assert!(vfs.read(&path("a/alias.yaml")).is_err());
}

#[test]
fn what_is_wrong_with_a_revision_is_said() {
    let scratch = tree(&[("a.yaml", "a: 1\n")]);
    let open = |rev: &str| GitVfs::open(scratch.path(), rev).err().expect("no such revision");
    assert!(open("HEAD").to_string().contains("not in a git repository"));

    let repository = init(scratch.path());
    assert_eq!(current_branch(scratch.path()).as_deref(), Some("main"));
    assert!(open("HEAD").to_string().contains("no commit yet"));
    assert_eq!(list(&DiskVfs::new(scratch.path()).expect("unborn")).len(), 1);

    let id = commit(&repository, &["a.yaml"]);
    repository.remote("origin", "https://me:token@example.org/a.git").expect("remote");
    assert_eq!(remotes(scratch.path()), ["https://example.org/a.git"]);
    let missing = "0123456789012345678901234567890123456789";
    assert_eq!(open(missing).help(), Some(&*format!("git fetch origin {missing}")));
    fs::write(repository.path().join("shallow"), format!("{id}\n")).expect("shallow");
    assert_eq!(open("origin/dev").help(), Some("git fetch --depth=1 origin dev:refs/remotes/origin/dev"));
    assert_eq!(open("dev").help(), Some("git fetch --depth=1 origin dev:dev"));
    assert_eq!(open("dev;rm -rf /").help(), None);
    assert!(open("dev").to_string().contains("shallow"));
}

#[test]
fn merge_bases() {
    let scratch = tree(&[("a.yaml", "a: 1\n")]);
    let repository = init(scratch.path());
    let fork = commit(&repository, &["a.yaml"]);
    write(scratch.path(), "a.yaml", "a: 2\n");
    let tip = commit(&repository, &["a.yaml"]);
    repository.branch("other", &repository.find_commit(fork).expect("commit"), false).expect("branch");
    assert_eq!(merge_base(scratch.path(), "other").expect("a common ancestor"), fork.to_string());
    assert_eq!(GitVfs::open(scratch.path(), "other...").expect("a range").commit(), fork.to_string());
    assert_eq!(GitVfs::open(scratch.path(), "main").expect("a branch").commit(), tip.to_string());
}

#[test]
fn bare_repositories_work_trees_and_prefixes() {
    let scratch = tree(&[("main/env/a.yaml", "a: 1\n")]);
    let main = scratch.path().join("main");
    let repository = init(&main);
    commit(&repository, &["env/a.yaml"]);
    assert_eq!(discover_top_level(&main.join("env")), main.canonicalize().ok());
    assert_eq!(prefix_of(&main.join("env")), Some(path("env")));
    assert_eq!(discover_top_level(scratch.path()), None);

    let linked = scratch.path().join("linked");
    repository.worktree("linked", &linked, None).expect("a work tree");
    assert_eq!(shown(&list(&DiskVfs::new(&linked).expect("a directory"))), ["File env/a.yaml"]);
    assert_eq!(shown(&list(&GitVfs::open(&linked.join("env"), "HEAD").expect("a commit"))), ["File a.yaml"]);

    let bare = scratch.path().join("bare.git");
    let mut clone = git2::build::RepoBuilder::new();
    clone.bare(true).clone(main.to_str().expect("UTF-8"), &bare).expect("a bare clone");
    assert_eq!(shown(&list(&GitVfs::open(&bare, "main").expect("a commit"))), ["File env/a.yaml"]);
    assert_eq!(discover_top_level(&bare), None);
}

fn replace(at: &str, old: &str, new: &str) -> Write {
    Write { path: path(at), expect: Some(ContentHash::of(old.as_bytes())), bytes: new.as_bytes().to_vec() }
}

fn create(at: &str, new: &str) -> Write {
    Write { path: path(at), expect: None, bytes: new.as_bytes().to_vec() }
}

/// All files below a directory with their text, also those beside which nothing may be left.
fn content(root: &Path) -> Vec<(String, String)> {
    let vfs = DiskVfs::new(root).expect("a directory");
    let listing = list(&vfs);
    let files = listing.iter().filter(|(_, entry)| entry.kind == EntryKind::File);
    files.map(|(path, _)| (path.to_string(), String::from_utf8(vfs.read(path).expect("read")).expect("text"))).collect()
}

#[test]
fn several_files_are_written_together() {
    let scratch = tree(&[("a.yaml", "a: 1\n"), ("b.yaml", "b: 1\n")]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(scratch.path().join("a.yaml"), fs::Permissions::from_mode(0o755)).expect("mode");
    }
    let vfs = DiskVfs::new(scratch.path()).expect("a directory");
    vfs.write_all(&[replace("a.yaml", "a: 1\n", "a: 2\n"), create("new/dir/c.yaml", "c: 1\n")]).expect("written");
    let now = [("a.yaml", "a: 2\n"), ("b.yaml", "b: 1\n"), ("new/dir/c.yaml", "c: 1\n")];
    assert_eq!(content(scratch.path()), now.map(|(path, text)| (path.to_owned(), text.to_owned())));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |at: &str| fs::metadata(scratch.path().join(at)).expect("metadata").permissions().mode() & 0o777;
        assert_eq!(mode("a.yaml"), 0o755);
        assert_eq!(mode("new/dir/c.yaml") & 0o600, 0o600);
    }
}

#[test]
fn nothing_is_written_if_one_file_is_refused() {
    let files = [("a.yaml", "a: 1\n"), (".gitignore", "*.gen\n"), ("x.gen", "x: 1\n"), ("taken.yaml", "")];
    let scratch = tree(&files);
    let before = content(scratch.path());
    let vfs = DiskVfs::new(scratch.path()).expect("a directory");
    let first = || replace("a.yaml", "a: 1\n", "a: 2\n");
    let refused = [
        (replace("taken.yaml", "something else", ""), "has changed"),
        (create("taken.yaml", "x"), "exists already"),
        (replace("x.gen", "x: 1\n", "x: 2\n"), "ignored"),
        (create("a.yaml/x", "x"), "behind a link or a file"),
        (create("deep/new/y.gen", "x"), "ignored"),
        (create(".git/hooks/pre-commit", "x"), "ignored"),
        (first(), "written twice"),
        (replace("none.yaml", "", "x"), "none.yaml"),
    ];
    for (write, expected) in refused {
        let error = vfs.write_all(&[first(), create("made/for/it.yaml", "x"), write]).expect_err(expected);
        assert!(error.to_string().contains(expected), "{error}");
        assert_eq!(content(scratch.path()), before, "{expected}");
        assert!(!scratch.path().join("made").exists(), "{expected}");
    }
}

#[cfg(unix)]
#[test]
fn links_are_not_written_through() {
    use std::os::unix::fs::symlink;
    let outside = tree(&[("x.yaml", "x: 1\n")]);
    let scratch = tree(&[("real/y.yaml", "y: 1\n")]);
    symlink(outside.path(), scratch.path().join("out")).expect("link");
    symlink("real", scratch.path().join("in")).expect("link");
    symlink("real/y.yaml", scratch.path().join("y.yaml")).expect("link");
    let vfs = DiskVfs::new(scratch.path()).expect("a directory");
    for write in [
        replace("out/x.yaml", "x: 1\n", "x: 2\n"),
        create("out/new.yaml", "n"),
        create("in/new.yaml", "n"),
        replace("in/y.yaml", "y: 1\n", "y: 2\n"),
        replace("y.yaml", "y: 1\n", "y: 2\n"),
    ] {
        let error = vfs.write_all(std::slice::from_ref(&write)).expect_err("refused");
        assert!(error.to_string().contains("link"), "{error}");
    }
    assert_eq!(content(outside.path()).len(), 1);
    assert_eq!(content(scratch.path()), [("real/y.yaml".to_owned(), "y: 1\n".to_owned())]);
}
