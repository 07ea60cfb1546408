//! Cases: a tree of files in one text, and what the real program makes of it.
//!
//! A case begins with comment lines and headers (`build: DIRECTORY`, `fault: KIND FILE:LINE`,
//! `unknown: REASON`, `application: FILE`), then come files, each behind a line `-- PATH --` (or `-- PATH (base64) --`),
//! and at last `-- expected --` with the documents or `-- failure --` with the error's first line.

use std::path::{Path, PathBuf};

/// One case.
pub(crate) struct Case {
    /// Its group and name: `patches/json6902-add`.
    pub(crate) name: String,
    /// Everything before the verdict, as written.
    pub(crate) text: String,
    /// The directory to build.
    pub(crate) build: String,
    /// The file, in JSON, with the Application whose options change the kustomization first.
    pub(crate) application: Option<String>,
    /// Faults that kate must find, and no others, if any is named: kind, file and line.
    pub(crate) faults: Vec<String>,
    /// The kind of reason for which kate must say that the build is unknown.
    pub(crate) unknown: Option<String>,
    /// Its files.
    pub(crate) files: Vec<(String, Vec<u8>)>,
    /// What the real program does; `None` until it is recorded.
    pub(crate) verdict: Option<Verdict>,
}

/// What the real program does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Verdict {
    /// It prints this.
    Expected(String),
    /// It fails with a message that begins with this line.
    Failure(String),
}

impl Case {
    /// Read a case.
    pub(crate) fn parse(name: &str, source: &str) -> Result<Self, String> {
        let fault = |line: usize, why: &str| format!("{name}.case:{}: {why}", line + 1);
        let mut case = Self {
            name: name.to_owned(),
            text: String::new(),
            build: ".".to_owned(),
            application: None,
            faults: Vec::new(),
            unknown: None,
            files: Vec::new(),
            verdict: None,
        };
        let mut body: Option<(String, bool, String)> = None;
        let mut rest = source;
        let mut number = 0;
        while !rest.is_empty() {
            let line = rest.split_inclusive('\n').next().unwrap_or_default();
            rest = &rest[line.len()..];
            let marker = line.trim_end_matches('\n').strip_prefix("-- ").and_then(|line| line.strip_suffix(" --"));
            if let Some(marker) = marker {
                case.close(body.take()).map_err(|why| fault(number, &why))?;
                match marker {
                    "expected" => case.verdict = Some(Verdict::Expected(rest.to_owned())),
                    "failure" => case.verdict = Some(Verdict::Failure(rest.trim_end().to_owned())),
                    _ => {
                        let (path, encoded) =
                            marker.strip_suffix(" (base64)").map_or((marker, false), |path| (path, true));
                        body = Some((path.to_owned(), encoded, String::new()));
                    }
                }
                if case.verdict.is_some() {
                    break;
                }
            } else if let Some((_, _, text)) = &mut body {
                text.push_str(line);
            } else {
                case.header(line.trim()).map_err(|why| fault(number, &why))?;
            }
            case.text.push_str(line);
            number += 1;
        }
        case.close(body).map_err(|why| fault(number, &why))?;
        if case.files.is_empty() {
            return Err(fault(0, "no files"));
        }
        if !case.text.starts_with("# ") {
            return Err(fault(0, "begin with a comment that says what the case shows"));
        }
        Ok(case)
    }

    fn header(&mut self, line: &str) -> Result<(), String> {
        match line.split_once(':') {
            _ if line.is_empty() || line.starts_with('#') => {}
            Some(("build", directory)) => self.build = directory.trim().to_owned(),
            Some(("application", file)) => self.application = Some(file.trim().to_owned()),
            Some(("fault", fault)) => self.faults.push(fault.trim().to_owned()),
            Some(("unknown", reason)) => self.unknown = Some(reason.trim().to_owned()),
            _ => return Err(format!("`{line}` is no comment and no header")),
        }
        Ok(())
    }

    fn close(&mut self, body: Option<(String, bool, String)>) -> Result<(), String> {
        let Some((path, encoded, text)) = body else { return Ok(()) };
        let inside = Path::new(&path).components().all(|part| matches!(part, std::path::Component::Normal(_)));
        if !inside || self.files.iter().any(|(other, _)| *other == path) {
            return Err(format!("`{path}` is no path inside the tree, or stands there twice"));
        }
        let bytes = if encoded { base64(&text).ok_or("not base64")? } else { text.into_bytes() };
        self.files.push((path, bytes));
        Ok(())
    }
}

/// All cases below a directory, in order of name, with their files.
pub(crate) fn cases(directory: &Path) -> Result<Vec<(PathBuf, Case)>, String> {
    let mut found = Vec::new();
    let mut directories = vec![directory.to_owned()];
    while let Some(current) = directories.pop() {
        let listed = std::fs::read_dir(&current).map_err(|error| format!("{}: {error}", current.display()))?;
        for entry in listed {
            let path = entry.map_err(|error| error.to_string())?.path();
            if path.is_dir() {
                directories.push(path);
            } else if path.extension().is_some_and(|extension| extension == "case") {
                let name = path.strip_prefix(directory).map_err(|error| error.to_string())?.with_extension("");
                let source = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
                let case = Case::parse(&name.to_string_lossy(), &source)?;
                found.push((path, case));
            }
        }
    }
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    Ok(found)
}

/// Standard base64; line breaks are skipped.
fn base64(text: &str) -> Option<Vec<u8>> {
    const SYMBOLS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let symbols = text.bytes().filter(|byte| !byte.is_ascii_whitespace() && *byte != b'=');
    let (mut bytes, mut bits, mut held) = (Vec::new(), 0_u32, 0);
    for symbol in symbols {
        bits = bits << 6 | u32::try_from(SYMBOLS.iter().position(|known| *known == symbol)?).ok()?;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held & 0xff) as u8);
        }
    }
    Some(bytes)
}
