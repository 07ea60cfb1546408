//! The program as users run it, and scratch repositories to run it in.

#![allow(clippy::disallowed_methods, reason = "tests run the program")]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use git2::{IndexAddOption, Repository, Signature};
use tempfile::TempDir;

/// How a run ended.
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    /// Everything, for messages of assertions.
    pub fn shown(&self) -> String {
        format!("exit {}\n{}{}", self.code, self.stdout, self.stderr)
    }
}

/// Run kate in an environment that says nothing about CI, colours or git.
pub fn run_in(directory: &Path, arguments: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kate"));
    command.current_dir(directory).args(arguments).env_clear().stdin(Stdio::null());
    let output = command.output().expect("the program can be started");
    Run {
        code: output.status.code().expect("the program exits by itself"),
        stdout: String::from_utf8(output.stdout).expect("output is UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("output is UTF-8"),
    }
}

/// A directory of files, that may become a git repository.
pub struct Scratch(TempDir);

impl Scratch {
    pub fn new(files: &[(&str, &str)]) -> Self {
        let scratch = Self(tempfile::tempdir().expect("a temporary directory"));
        scratch.write(files);
        scratch
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn write(&self, files: &[(&str, &str)]) {
        for (path, text) in files {
            let file = self.path().join(path);
            fs::create_dir_all(file.parent().expect("inside")).expect("writable");
            fs::write(file, text).expect("writable");
        }
    }

    pub fn remove(&self, path: &str) {
        fs::remove_file(self.path().join(path)).expect("writable");
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path().join(path)).expect("there")
    }

    /// Make it a repository without a commit.
    pub fn init(&self) {
        Repository::init(self.path()).expect("a repository");
    }

    /// Commit everything; the commit's id.
    pub fn commit(&self) -> String {
        let repository = Repository::init(self.path()).expect("a repository");
        let mut index = repository.index().expect("an index");
        index.add_all(["*"], IndexAddOption::DEFAULT, None).expect("added");
        index.update_all(["*"], None).expect("updated");
        index.write().expect("written");
        let tree = repository.find_tree(index.write_tree().expect("a tree")).expect("there");
        let who = Signature::now("a", "a@example.org").expect("a signature");
        let parent = repository.head().ok().and_then(|head| head.peel_to_commit().ok());
        let parents: Vec<_> = parent.iter().collect();
        repository.commit(Some("HEAD"), &who, &who, "change", &tree, &parents).expect("committed").to_string()
    }

    pub fn run(&self, arguments: &[&str]) -> Run {
        run_in(self.path(), arguments)
    }
}
